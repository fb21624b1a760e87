"""Availability by circuit and month: what counts, what was left out with its proof, and the credit it earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.billing.operations import credit_months
from mayorista.apps.overview.queries import availability as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.views.billing import may
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules import lapaz, periods
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

WHOLE = 100_000


@require_GET
def latest(request: DeskRequest) -> HttpResponse:
    """The month that ended last."""
    require(request.actor, Act.VIEW_BILLING)
    wanted = periods.month_of(lapaz.local(request.at).date()).previous
    return redirect("desk:availability-month", month=str(wanted))


@require_GET
def month(request: DeskRequest, month: str) -> HttpResponse:
    """Every circuit with an outage in a month, the worst first."""
    require(request.actor, Act.VIEW_BILLING)
    whole = request.GET.get("formato") == "xlsx"
    page = pages.month_page(
        month=periods.parse_month(month, field="month"),
        at=request.at,
        text=request.GET.get("texto", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"size": WHOLE} if whole else {}),
    )
    if whole:
        return _sheet(request, page)
    return render(request, "desk/availability_month.html", {"page": page, "may": may(request)})


def _sheet(request: DeskRequest, page: pages.MonthPage) -> HttpResponse:
    columns = (
        _("Circuito"), _("Cliente"), _("Contrato"), _("Disponibilidad"), _("Comprometida"), _("Cumple"), _("Corte que cuenta (s)"),
        _("Excluido (s)"), _("Casos"), _("Moneda"), _("Crédito"), _("Propuesta"), _("Observación"),
    )  # fmt: skip
    rows = [
        (
            row.circuit, row.customer, row.contract, row.percent, row.promised, row.kept, row.outage_seconds,
            row.excluded_seconds, ", ".join(row.cases), row.sign, row.amount, row.proposed, row.problem,
        )
        for row in page.rows
    ]  # fmt: skip
    return sheets.response(_("Disponibilidad %(m)s") % {"m": page.month}, request, columns, rows)


@require_GET
def service(request: DeskRequest, month: str, circuit: str) -> HttpResponse:
    """One circuit's month, to be redone by hand."""
    require(request.actor, Act.VIEW_BILLING)
    page = pages.service_page(circuit=circuit, month=periods.parse_month(month, field="month"), at=request.at)
    if request.GET.get("formato") == "xlsx":
        return _pieces(request, page)
    return render(request, "desk/availability.html", {"page": page, "may": may(request)})


def _pieces(request: DeskRequest, page: pages.ServicePage) -> HttpResponse:
    columns = (
        _("Contrato"),
        _("Desde"),
        _("Hasta"),
        _("Segundos"),
        _("Cuenta"),
        _("Motivo"),
        _("Detalle"),
        _("Caso"),
        _("Prueba"),
    )
    rows = [
        (
            holder.contract, f"{piece.starts_at:%d/%m/%Y %H:%M:%S}", f"{piece.ends_at:%d/%m/%Y %H:%M:%S}", piece.seconds, piece.counts,
            piece.reason, piece.why, piece.case, piece.proof,
        )
        for holder in page.holders
        for piece in holder.pieces
    ]  # fmt: skip
    title = _("Disponibilidad %(c)s %(m)s") % {"c": page.circuit, "m": page.month}
    return sheets.response(title, request, columns, rows)


@require_POST
def propose(request: DeskRequest, month: str) -> HttpResponse:
    """Compute the credits of a closed month now."""
    if not request.actor.may(Act.DECIDE_CREDIT):
        require(request.actor, Act.DEFINE_AMOUNT)
    wanted = periods.parse_month(month, field="month")
    found = credit_months.compute(month=wanted, actor=request.actor, at=request.at)
    said = ngettext("%(n)d crédito propuesto.", "%(n)d créditos propuestos.", found.proposed) % {
        "n": found.proposed
    }
    if found.problems:
        said += " " + _("Sin calcular: %(c)s.") % {
            "c": ", ".join(sorted({circuit for circuit, _why in found.problems})[:5])
        }
    toasts.say(request, said)
    return redirect("desk:availability-month", month=str(wanted))
