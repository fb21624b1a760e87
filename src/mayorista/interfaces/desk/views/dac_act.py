"""A.6: the next part of the D.A.C., prefilled, with a preview of exactly what will be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.faults.operations import dac as operations
from mayorista.apps.overview.queries import case as case_queries
from mayorista.apps.overview.queries import dac as dac_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, stale, toasts
from mayorista.interfaces.desk.forms import dac as forms
from mayorista.rules.errors import Conflict, Invalid, Stale
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

TITLES = {
    "OPENING": "Apertura del D.A.C.",
    "PROGRESS": "Avance del D.A.C.",
    "CLOSING": "Cierre del D.A.C.",
    "BOTH": "Apertura y cierre del D.A.C.",
}


PARTS: dict[str, type[forms.DacPart]] = {
    "OPENING": forms.Opening,
    "PROGRESS": forms.Progress,
    "CLOSING": forms.Closing,
}


def _forms(request: DeskRequest, known: dac_queries.Prefilled, version: str) -> dict[str, forms.DacPart]:
    """The forms of the part: opening and closing stand together for a short outage."""
    return {
        part: PARTS[part](
            request.POST or None,
            prefix=part.lower(),
            initial={**_prefill(part, known), "version": version},
        )
        for part in _parts(known)
    }


def _prefill(part: str, known: dac_queries.Prefilled) -> dict[str, Any]:
    """What a part is filled in with; nothing while there is nothing to close."""
    return {} if part == "CLOSING" and known.closing is None else PARTS[part].prefill(known)


def _sent(request: DeskRequest, known: dac_queries.Prefilled) -> list[stale.Version]:
    """Every field that was sent, of whatever part, beside what is known now."""
    found: list[stale.Version] = []
    for part, kind in PARTS.items():
        form = kind(request.POST, prefix=part.lower())
        if form["version"].html_name in request.POST:
            found += stale.versions(form, kind(prefix=part.lower(), initial=_prefill(part, known)))
    return found


def _parts(known: dac_queries.Prefilled) -> tuple[str, ...]:
    return ("OPENING", "CLOSING") if known.part == "BOTH" else (known.part,)


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
    _refuse_done(request, page, known)
    made = _forms(request, known, page.head.fault_version)
    if request.method == "POST" and not any(
        form["version"].html_name in request.POST for form in made.values()
    ):
        return _other_part(request, page, known)
    more: dict[str, Any] = {}
    status = 200
    if request.method == "POST" and all(list(map(forms.DacPart.is_valid, made.values()))):
        try:
            words = _send(request, page, known, made)
        except Stale as error:
            status, more = 409, _overtaken(request, page.head.number, made, error)
        except Invalid as error:
            _attach(made, error)
        else:
            toasts.say(request, words)
            return redirect("desk:case", number=page.head.number)
    if status == 200 and any(form.errors for form in made.values()):
        status = 422
    context = {
        "page": page,
        "known": known,
        "forms": list(made.items()),
        "title": _(TITLES[known.part]),
        **more,
    }
    return render(request, "desk/dac_act.html", context, status=status)


def _refuse_done(request: DeskRequest, page: case_queries.CasePage, known: dac_queries.Prefilled) -> None:
    """Say that the closing is out, beside what was typed for it."""
    if known.part != "DONE":
        return
    words = _("El cierre del D.A.C. ya fue enviado.")
    if typed := {name: mine for name, mine, _theirs in _sent(request, known)}:
        raise Stale(words, mine=typed, theirs={_("estado"): page.head.state_title})
    raise Conflict(words, remedy=_("Si algo está mal, emita una corrección."))


def _attach(made: dict[str, forms.DacPart], error: Invalid) -> None:
    """Put what was refused beside its fields, of whichever part; what names none stands on top of the last."""
    for each in error.errors:
        name = each.field.split(".")[-1]
        fitting = [form for form in made.values() if name in form.fields]
        for form in fitting:
            form.add_error(name, str(each))
        if not fitting:
            list(made.values())[-1].add_error(None, str(each))


def _overtaken(
    request: DeskRequest, number: str, made: dict[str, forms.DacPart], error: Stale
) -> dict[str, Any]:
    """Somebody else changed the case: every field as it was typed beside what would be filled in now."""
    page = case_queries.case_page(number=number, at=request.at)
    known = dac_queries.prefilled(fault_id=page.head.fault_id, actor=request.actor, at=request.at)
    versions = []
    for part, form in made.items():
        fresh = PARTS[part](prefix=form.prefix, initial=_prefill(part, known))
        versions += stale.versions(form, fresh)
    said = request.POST.copy()
    for form in made.values():
        stale.accept(form, said, page.head.fault_version, error)
    return {"page": page, "versions": versions, "meanwhile": stale.meanwhile(error)}


def _other_part(
    request: DeskRequest, page: case_queries.CasePage, known: dac_queries.Prefilled
) -> HttpResponse:
    """The part that was filled in was sent by somebody else meanwhile: the next part, and what was typed for the other."""
    following = {
        part: PARTS[part](
            prefix=part.lower(),
            initial={**_prefill(part, known), "version": page.head.fault_version},
        )
        for part in _parts(known)
    }
    words = _(
        "Otra persona ya envió esa parte del D.A.C. Lo que usted escribió está aquí abajo; sigue esta otra."
    )
    context = {
        "page": page,
        "known": known,
        "forms": list(following.items()),
        "title": _(TITLES[known.part]),
        "versions": _sent(request, known),
        "meanwhile": [(_("Nada se envió"), words)],
    }
    return render(request, "desk/dac_act.html", context, status=409)


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
