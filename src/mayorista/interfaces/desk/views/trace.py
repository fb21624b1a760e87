"""The trace: the whole chain behind and after a numbered thing, each link of it one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import trace as pages
from mayorista.apps.procedure.actors import require
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

PLACES = {
    "FAULT": "desk:case",
    "CASE": "desk:case",
    "DAC": "desk:dac",
    "MAINTENANCE": "desk:maintenance-window",
    "CUSTOMER": "desk:customer",
    "SERVICE": "desk:service",
    "OUTAGE": "desk:service",
    "CONTRACT": "desk:contract",
    "SPEED_CHANGE": "desk:speed-change",
    "AMOUNT": "desk:billing-sheet",
    "PACKET": "desk:billing-packet",
    "INVOICE": "desk:invoice",
    "NOTE": "desk:invoice",
    "RECEIPT": "desk:receipt",
    "MESSAGE": "desk:trace",
}


def address(entry: pages.Entry) -> str:
    """Where a link of the chain is shown; "" for what is only words."""
    if entry.kind == "CREDIT":
        month, _slash, circuit = entry.key.partition("/")
        return reverse("desk:availability", args=[month, circuit])
    place = PLACES.get(entry.kind)
    return reverse(place, args=[entry.key]) if place and entry.key else ""


@require_GET
def trace(request: DeskRequest, number: str) -> HttpResponse:
    """What led to a numbered thing, and what followed."""
    require(request.actor, Act.VIEW)
    if pages.start_of(number).kind in pages.MONEY_KINDS:
        require(request.actor, Act.VIEW_BILLING)
    page = pages.trace_page(number=number, money_too=request.actor.may(Act.VIEW_BILLING))
    rows = [(entry, address(entry)) for entry in page.entries]
    return render(request, "desk/trace.html", {"page": page, "rows": rows})
