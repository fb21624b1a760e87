"""Legal holds and acts of disposal: what is kept whatever its age, what goes, who proposed and who approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.procedure import retention_queries as retention
from mayorista.apps.procedure.actors import require
from mayorista.apps.procedure.operations import disposal as operations
from mayorista.apps.procedure.operations import holds as hold_operations
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.disposal import DecisionForm, HoldForm, ProposalForm
from mayorista.rules import records
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

LIFTED_SHOWN = 50
ACTS_SHOWN = 100


@require_http_methods(["GET", "POST"])
def holds(request: DeskRequest) -> HttpResponse:
    """What is held and what was; a new hold is set here."""
    require(request.actor, Act.VIEW if request.method == "GET" else Act.HOLD_RECORDS)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = hold_operations.place(**form.cleaned_data, actor=request.actor, at=request.at)
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("Retenido: %(n)s.") % {"n": made.dossier.number})
            return redirect("desk:record-holds")
    context = {
        "standing": retention.holds(standing=True),
        "lifted": retention.holds(standing=False)[:LIFTED_SHOWN],
        "form": form,
        "may_hold": request.actor.may(Act.HOLD_RECORDS),
    }
    return render(request, "desk/record_holds.html", context, status=422 if form.errors else 200)


@require_POST
def lift(request: DeskRequest, hold_id: int) -> HttpResponse:
    """End a hold, with its reason."""
    hold_operations.lift(
        hold_id=hold_id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Retención levantada."))
    return redirect("desk:record-holds")


@require_GET
def acts(request: DeskRequest) -> HttpResponse:
    """The acts of disposal, proposed and decided."""
    require(request.actor, Act.VIEW)
    rows = [(act, records.TYPES[act.code].name) for act in retention.disposals()[:ACTS_SHOWN]]
    return render(request, "desk/disposals.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def propose(request: DeskRequest, code: str) -> HttpResponse:
    """What would go of a type, and the proposal that it goes."""
    require(request.actor, Act.PROPOSE_DISPOSAL)
    kind = records.TYPES.get(code.upper())
    if kind is None:
        raise NotFound(_("No existe ese tipo de documento."))
    form = ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.propose(
                code=kind.code, reason=form.cleaned_data["reason"], actor=request.actor, at=request.at
            )
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("Acta propuesta. La aprueba otra persona."))
            return redirect("desk:disposal", disposal_id=made.pk)
    context = {
        "kind": kind,
        "files": retention.disposable(code=kind.code, at=request.at),
        "most": retention.MOST,
        "form": form,
    }
    return render(request, "desk/disposal_propose.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def act(request: DeskRequest, disposal_id: int) -> HttpResponse:
    """One act with its list; another person than its author approves it."""
    require(request.actor, Act.VIEW if request.method == "GET" else Act.APPROVE_DISPOSAL)
    row = retention.disposal(disposal_id)
    if row is None:
        raise NotFound(_("No existe esa acta."))
    form, status = DecisionForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            operations.decide(
                disposal_id=disposal_id,
                approve=request.POST.get("aprobar") == "1",
                note=form.cleaned_data["note"],
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            attach(form, error)
            status = 422
        except Conflict as error:
            form.add_error(None, f"{error.message} {error.remedy}")
            status = 409
        else:
            toasts.say(request, _("Acta decidida."))
            return redirect("desk:disposal", disposal_id=disposal_id)
    context = {
        "act": row,
        "kind": records.TYPES[row.code],
        "files": [line.file for line in retention.lines_of(row)],
        "form": form,
        "may_decide": row.state == "PROPOSED" and request.actor.may(Act.APPROVE_DISPOSAL),
        "own": row.proposed_by_id == request.actor.user_id,
    }
    return render(request, "desk/disposal.html", context, status=status)
