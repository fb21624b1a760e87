"""Open a case by hand in less than thirty seconds, and register a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mayorista.apps.faults import queries as fault_queries
from mayorista.apps.faults.operations import claims, opening
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.overview.queries import opening as opening_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.opening import NewCase, NewClaim
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


def _found(request: DeskRequest) -> opening_queries.Found:
    """The circuits that fit what is typed in the search of the form, those chosen first."""
    said = request.POST if request.method == "POST" else request.GET
    chosen = [int(key) for key in said.getlist("services") if key.isdecimal()]
    return opening_queries.circuits(text=said.get("buscar", ""), chosen=chosen)


def _is_part(request: DeskRequest) -> bool:
    return request.headers.get("HX-Target") == "circuits"


@require_http_methods(["GET", "POST"])
def new_case(request: DeskRequest) -> HttpResponse:
    """A.1 by hand."""
    require(request.actor, Act.OPEN_CASE)
    found = _found(request)
    if _is_part(request):
        return render(request, "desk/parts/circuits.html", {"found": found})
    form = NewCase(request.POST or None, ids=[row.id for row in found.rows])
    clash: Conflict | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            fault = opening.open_by_hand(
                service_ids=said["services"],
                effect=said["effect"],
                severity=int(said["severity"]),
                started_at=said["started_at"],
                estimated=said["estimated"],
                note=said["note"],
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            attach(form, error, {"service_ids": "services"})
        except Conflict as error:
            clash = error
        else:
            number = opening_queries.shown_number(fault_id=fault.pk)
            toasts.say(request, _("Caso %(number)s abierto.") % {"number": number})
            return redirect("desk:case", number=number)
    context = {"form": form, "found": found, "clash": clash}
    return render(
        request, "desk/new_case.html", context, status=409 if clash else 422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def new_claim(request: DeskRequest) -> HttpResponse:
    """A.1.1: the customer's words; an open case of the circuit takes them, else one is opened."""
    require(request.actor, Act.REGISTER_CLAIM)
    found = _found(request)
    if _is_part(request):
        return render(request, "desk/parts/circuits.html", {"found": found, "claim": True})
    callers = [(row.id, f"{row.name} · {row.customer}") for row in found.callers]
    initial = {}
    key = request.GET.get("mensaje", "")
    if key.isdecimal():
        message = message_queries.message(int(key))
        initial = {
            "message_id": message.id,
            "words": message.body,
            "claimed_at": message.at,
            "who": message.writer,
            "channel": message.channel,
            "contact_id": message.contact_id,
        }
    form = NewClaim(
        request.POST or None, ids=[row.id for row in found.rows], callers=callers, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        name = dict(callers).get(said["contact_id"], "") if said["contact_id"] else ""
        try:
            case = claims.register_claim(
                channel=said["channel"],
                who=said["who"].strip() or name.split(" · ")[0],
                words=said["words"],
                claimed_at=said["claimed_at"],
                service_ids=said["services"],
                severity=int(said["severity"]),
                effect=said["effect"],
                contact_id=said["contact_id"],
                message_id=said["message_id"],
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            attach(form, error, {"service_ids": "services"})
        else:
            number = fault_queries.case_number(case_id=case.pk)
            toasts.say(
                request,
                _("Reclamo registrado en %(number)s: dígale ese número al cliente.") % {"number": number},
            )
            return redirect("desk:case", number=number)
    return render(
        request, "desk/new_claim.html", {"form": form, "found": found}, status=422 if form.errors else 200
    )
