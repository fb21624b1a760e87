"""Conformance: which cases left the written path, where, by whom, why; on screen and as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import conformance as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, words
from mayorista.rules import periods
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

SHOWN = 200


@require_GET
def newest(request: DeskRequest) -> HttpResponse:
    """Lead on to this month."""
    require(request.actor, Act.VIEW_AUDIT)
    return redirect("desk:conformance", month=str(periods.month_of(request.at)))


@require_GET
def month(request: DeskRequest, month: str) -> HttpResponse:
    """The departures of a month by kind, each leading to its trace."""
    require(request.actor, Act.VIEW_AUDIT)
    page = pages.month_page(
        month=periods.parse_month(month, field="month"), at=request.at, kind=request.GET.get("clase", "")
    )
    if request.GET.get("formato") == "csv":
        columns = (_("Desvío"), _("Expediente"), _("Qué"), _("Paso"), _("Cuándo"), _("Quién"), _("Motivo"))
        rows = [
            (
                line.title, line.number, line.headline, line.step, words.moment(line.at), line.who, line.reason,
            )
            for line in page.lines
        ]  # fmt: skip
        return sheets.download(
            sheets.csv_of(columns, rows), "text/csv; charset=utf-8", f"conformidad-{page.month}.csv"
        )
    context = {"page": page, "lines": page.lines[:SHOWN], "more": max(0, len(page.lines) - SHOWN)}
    return render(request, "desk/conformance.html", context)
