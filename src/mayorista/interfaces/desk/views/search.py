"""One box for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import search as search_queries
from mayorista.apps.procedure.actors import require
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


PLACES = {
    "CASE": "desk:case",
    "FAULT": "desk:case",
    "DAC": "desk:dac",
    "RESOURCE": "desk:resource",
    "MAINTENANCE": "desk:maintenance-window",
    "CONTRACT": "desk:contract",
    "SPEED_CHANGE": "desk:speed-change",
    "SUSPENSION": "desk:suspension",
    "RECEIPT": "desk:receipt",
    "BANK_STATEMENT": "desk:statement",
    "AMOUNT": "desk:billing-sheet",
    "PACKET": "desk:billing-packet",
    "INVOICE": "desk:invoice-by-number",
    "SLA_REPORT": "desk:paper",
    "RFO": "desk:paper",
    "PROVIDER_CLAIM": "desk:paper",
}
PATHS = {
    "CUSTOMER": "/clientes/{}/",
    "SERVICE": "/servicios/{}/",
    "BILLING_MONTH": "/facturacion/{}/",
    "CREDIT": "/facturacion/creditos/",
    "GROUP": "/facturacion/grupos/?texto={}",
}


# What the night's roles do not see; the others do.
OF_BILLING = frozenset({
    "AMOUNT", "BANK_STATEMENT", "BILLING_MONTH", "CREDIT", "GROUP", "INVOICE", "NOTE", "PACKET", "RECEIPT",
})  # fmt: skip

OF_REPORTS = frozenset({"SLA_REPORT", "RFO", "PROVIDER_CLAIM"})


def _may_open(request: DeskRequest, hit: search_queries.Hit) -> bool:
    if hit.kind in OF_REPORTS:
        return request.actor.may(Act.VIEW_REPORTS)
    return hit.kind not in OF_BILLING or request.actor.may(Act.VIEW_BILLING)


def address(hit: search_queries.Hit) -> str:
    """Where a hit is shown; what has no page of its own is searched for by its number."""
    if hit.kind in PLACES:
        return reverse(PLACES[hit.kind], args=[hit.key])
    if hit.kind in PATHS:
        return PATHS[hit.kind].format(hit.key.removeprefix("FACTURACION-"))
    return reverse("desk:search") + f"?q={hit.number}"


@require_GET
def search(request: DeskRequest) -> HttpResponse:
    """Look for anything; an exact number opens at once."""
    require(request.actor, Act.VIEW)
    page = search_queries.search(text=request.GET.get("q", ""))
    if page.jump and page.jump.kind in {**PLACES, **PATHS} and _may_open(request, page.jump):
        return redirect(address(page.jump))
    found = (page.jump, *page.hits) if page.jump else page.hits
    hits = [hit for hit in found if _may_open(request, hit)]
    rows = [(hit, _(search_queries.SHOWN_KINDS.get(hit.kind, hit.kind)), address(hit)) for hit in hits]
    return render(request, "desk/search.html", {"page": page, "rows": rows})
