"""A.6: the next part of the D.A.C., prefilled, with a preview of exactly what will be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.faults.operations import dac as operations
from mayorista.apps.overview.queries import case as case_queries
from mayorista.apps.overview.queries import dac as dac_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import dac as forms
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

TITLES = {
    "OPENING": "Apertura del D.A.C.",
    "PROGRESS": "Avance del D.A.C.",
    "CLOSING": "Cierre del D.A.C.",
    "BOTH": "Apertura y cierre del D.A.C.",
}


def _forms(request: DeskRequest, known: dac_queries.Prefilled, version: str) -> dict[str, forms.DacPart]:
    """The forms of the part: opening and closing stand together for a short outage."""
    classes: dict[str, type[forms.DacPart]] = {
        "OPENING": forms.Opening,
        "PROGRESS": forms.Progress,
        "CLOSING": forms.Closing,
    }
    wanted = ("OPENING", "CLOSING") if known.part == "BOTH" else (known.part,)
    return {
        part: classes[part](
            request.POST or None,
            prefix=part.lower(),
            initial={**classes[part].prefill(known), "version": version},
        )
        for part in wanted
    }


def _send(
    request: DeskRequest,
    page: case_queries.CasePage,
    known: dac_queries.Prefilled,
    made: dict[str, forms.DacPart],
) -> str:
    fault_id = page.head.fault_id
    version = next(iter(made.values())).cleaned_data["version"]
    if known.part == "OPENING":
        operations.issue_opening(
            fault_id=fault_id,
            form=made["OPENING"].value(),
            actor=request.actor,
            at=request.at,
            version=version,
        )
        return _("Apertura enviada a la Gerencia de Planificación.")
    if known.part == "PROGRESS":
        operations.issue_progress(
            fault_id=fault_id,
            form=made["PROGRESS"].value(),
            file_ids=made["PROGRESS"].cleaned_data["attachments"],
            actor=request.actor,
            at=request.at,
            version=version,
        )
        return _("Avance enviado a la Gerencia de Planificación.")
    opening = made["OPENING"].value() if "OPENING" in made else None
    operations.issue_closing(
        fault_id=fault_id,
        form=made["CLOSING"].value(),
        opening=opening,
        actor=request.actor,
        at=request.at,
        version=version,
    )
    return _("Cierre enviado: la Gerencia comunica la solución al cliente (A.7).")


@require_http_methods(["GET", "POST"])
def issue(request: DeskRequest, number: str) -> HttpResponse:
    """Send the part of the D.A.C. that comes now."""
    require(request.actor, Act.ISSUE_DAC)
    page = case_queries.case_page(number=number, at=request.at)
    known = dac_queries.prefilled(fault_id=page.head.fault_id, actor=request.actor, at=request.at)
    if known.part == "DONE":
        raise Conflict(
            _("El cierre del D.A.C. ya fue enviado."), remedy=_("Si algo está mal, emita una corrección.")
        )
    made = _forms(request, known, page.head.fault_version)
    if request.method == "POST" and all(list(map(forms.DacPart.is_valid, made.values()))):
        try:
            words = _send(request, page, known, made)
        except Invalid as error:
            last = list(made.values())[-1]
            for form in made.values():
                fitting = [each for each in error.errors if each.field.split(".")[-1] in form.fields]
                for each in fitting:
                    form.add_error(each.field.split(".")[-1], str(each))
            for each in error.errors:
                if not any(each.field.split(".")[-1] in form.fields for form in made.values()):
                    last.add_error(None, str(each))
        else:
            toasts.say(request, words)
            return redirect("desk:case", number=page.head.number)
    bad = any(form.errors for form in made.values())
    context = {"page": page, "known": known, "forms": list(made.items()), "title": _(TITLES[known.part])}
    return render(request, "desk/dac_act.html", context, status=422 if bad else 200)


@require_POST
def preview(request: DeskRequest, number: str) -> HttpResponse:
    """The PDF as it would be sent, marked as a draft; what is missing is told instead."""
    require(request.actor, Act.ISSUE_DAC)
    page = case_queries.case_page(number=number, at=request.at)
    known = dac_queries.prefilled(fault_id=page.head.fault_id, actor=request.actor, at=request.at)
    made = _forms(request, known, page.head.fault_version)
    for form in made.values():
        form.is_valid()
    wrong = [
        f"{form.fields[name].label}: {text}"
        for form in made.values()
        for name, texts in form.errors.items()
        for text in texts
    ]
    if wrong:
        raise Invalid(_("Para la vista previa falta: %(what)s") % {"what": "; ".join(wrong)})
    opening = made["OPENING"].value() if "OPENING" in made else operations.OpeningForm()
    closing = made["CLOSING"].value() if "CLOSING" in made else None
    pdf = dac_queries.preview_pdf(
        fault_id=page.head.fault_id, opening=opening, closing=closing, actor=request.actor, at=request.at
    )
    return sheets.paper("borrador-dac.pdf", pdf)
