"""The regulator's sheet of a month: long interruptions, their limits, what was answered; on screen, Excel and paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mayorista.apps.faults.operations import regulator
from mayorista.apps.overview.queries import case_facts
from mayorista.apps.overview.queries import regulator as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms.regulator import RegulatorForm
from mayorista.interfaces.desk.views.editing import Editor, bound, edit
from mayorista.rules import periods
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def newest(request: DeskRequest) -> HttpResponse:
    """Lead on to the sheet of this month."""
    require(request.actor, Act.VIEW)
    return redirect("desk:regulator", month=str(periods.month_of(request.at)))


def _page(request: DeskRequest, month: str) -> pages.RegulatorPage:
    require(request.actor, Act.VIEW)
    return pages.month_page(month=periods.parse_month(month, field="month"), at=request.at)


@require_GET
def month(request: DeskRequest, month: str) -> HttpResponse:
    """Each long interruption of a month with its duties."""
    page = _page(request, month)
    if request.GET.get("formato") == "xlsx":
        columns = (
            _("Daño"), _("Qué"), _("Clientes"), _("Circuitos"), _("Desde"), _("Hasta"), _("Minutos"), _("Deber"),
            _("Límite"), _("Hecho"), _("Estado"), _("Constancia"),
        )  # fmt: skip
        rows = [
            (
                line.number, line.what, line.customers, line.circuits, line.starts_at, line.ends_at, line.minutes,
                line.duty_title, line.due_at, line.done_at, line.standing_title, line.evidence,
            )
            for line in page.lines
        ]  # fmt: skip
        return sheets.response(_("Plazos de la ATT %(m)s") % {"m": page.month}, request, columns, rows)
    context = {"page": page, "may_answer": request.actor.may(Act.ANSWER_REGULATOR)}
    return render(request, "desk/regulator.html", context)


@require_GET
def paper(request: DeskRequest, month: str) -> HttpResponse:
    """The sheet of a month on paper."""
    name, content = pages.sheet_pdf(_page(request, month), at=request.at)
    return sheets.paper(name, content)


@require_http_methods(["GET", "POST"])
def answer(request: DeskRequest, number: str) -> HttpResponse:
    """Write down what was done about a duty of a fault."""
    require(request.actor, Act.ANSWER_REGULATOR)
    fault, _case = case_facts.find(number)
    back = reverse("desk:regulator", args=[str(periods.month_of(fault.started_at))])
    form = RegulatorForm(bound(request), initial={"duty": request.GET.get("deber", "")})
    editor = Editor(
        _("Plazos de la ATT: %(n)s") % {"n": fault.dossier.number}, _("Guardar respuesta"), back, f"att-{number}"
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        regulator.answer(
            fault_id=fault.pk,
            duty=said["duty"],
            required=said["required"] == "1",
            done_at=said["done_at"],
            reference=said["reference"],
            note=said["note"],
            actor=request.actor,
            at=request.at,
        )
        toasts.say(request, _("Respuesta guardada."))
        return redirect(back)

    return edit(request, form, editor, save)
