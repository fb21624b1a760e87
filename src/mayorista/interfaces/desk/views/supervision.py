"""The supervision desk of the Gerente, on screen, as a workbook and on paper; the rows behind each of its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import supervision as pages
from mayorista.apps.overview.queries import supervision_paper as papers
from mayorista.apps.overview.queries import supervision_rows as rows
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, words
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mayorista.interfaces.desk.request import DeskRequest

WHOLE = 20_000
FILTERS = ("periodo", "cliente", "clase")
# Where a row of a risk leads to.
RISK_ADDRESSES = {
    "relojes": "desk:case",
    "tareas": "desk:process-step",
    "avisos": "desk:case",
    "montos": "desk:billing-sheet",
    "comprobantes": "desk:receipt",
    "contratos": "desk:contract",
    "garantias": "desk:contract",
}


def _filters(request: DeskRequest) -> pages.Filters:
    """The filters of the address. A filter that is said twice says two things: refused."""
    for name in (*FILTERS, "formato", "ver", "estado"):
        if len(set(request.GET.getlist(name))) > 1:
            raise Invalid(
                _("El filtro «%(f)s» está dos veces, con valores distintos.") % {"f": name},
                field=name,
                remedy=_("Deje uno."),
            )
    period, customer, cause_class = (request.GET.get(name, "") for name in FILTERS)
    return pages.filters(period=period, customer=customer, cause_class=cause_class, at=request.at)


@require_GET
def desk(request: DeskRequest) -> HttpResponse:
    """Everything at a glance; `formato` xlsx or pdf gives the same away."""
    require(request.actor, Act.SUPERVISE)
    narrowed = _filters(request)
    page = pages.desk(narrowed, at=request.at)
    wanted = request.GET.get("formato", "")
    name = f"supervision-{narrowed.term.code}"
    if wanted == "xlsx":
        return sheets.download(
            sheets.workbook_of(_head(request, narrowed.words), papers.tables(page)),
            sheets.XLSX,
            f"{name}.xlsx",
        )
    if wanted == "pdf":
        return sheets.download(papers.pdf(page, at=request.at), "application/pdf", f"{name}.pdf")
    charts = papers.charts_of(page)
    context = {
        "page": page,
        "risks": [(each, _risk_links(each)) for each in page.risks],
        "given": urlencode(narrowed.given),
        "period": urlencode({"periodo": narrowed.term.code}),
        "periods": pages.periods_offered(at=request.at),
        "classes": [(code, pages.class_title(code)) for code in pages.CLASSES],
        # Charts escape what they are given.
        "charts": {key: mark_safe(drawn) for key, drawn in charts.items()},  # noqa: S308
        "debts": [(debt, mark_safe(charts[f"debts{place}"])) for place, debt in enumerate(page.debts)],  # noqa: S308
        "collection": reverse("desk:collection")
        + "?"
        + (urlencode({"texto": narrowed.customer}) + "&" if narrowed.customer else ""),
        "within": pages.WITHIN_HOURS,
        "soon": pages.SOON_DAYS,
    }
    return render(request, "desk/supervision.html", context)


def _risk_links(each: pages.Risk) -> list[tuple[pages.RiskRow, str]]:
    return [(row, reverse(RISK_ADDRESSES[each.slug], args=[row.key])) for row in each.rows]


@require_GET
def cases(request: DeskRequest) -> HttpResponse:
    """The damages behind a figure."""
    require(request.actor, Act.SUPERVISE)
    narrowed = _filters(request)
    table = rows.cases(
        narrowed,
        show=request.GET.get("ver", ""),
        cause=request.GET.get("causa", ""),
        circuit=request.GET.get("circuito", ""),
        provider=request.GET.get("proveedor", ""),
        **_part(request),
    )
    return _table(request, narrowed, table, "desk:indicator-case")


@require_GET
def controls(request: DeskRequest) -> HttpResponse:
    """The contract controls behind a figure."""
    require(request.actor, Act.SUPERVISE)
    narrowed = _filters(request)
    table = rows.controls(narrowed, state=request.GET.get("estado", ""), **_part(request))
    return _table(request, narrowed, table, "desk:control")


@require_GET
def step(request: DeskRequest, code: str) -> HttpResponse:
    """What was done in a step, the longest first."""
    require(request.actor, Act.SUPERVISE)
    narrowed = _filters(request)
    return _table(request, narrowed, rows.step_items(narrowed, code=code, **_part(request)), "desk:trace")


@require_GET
def risk(request: DeskRequest, slug: str) -> HttpResponse:
    """What is at risk now."""
    require(request.actor, Act.SUPERVISE)
    narrowed = _filters(request)
    table = rows.risk_rows(narrowed, slug=slug, at=request.at, **_part(request))
    return _table(request, narrowed, table, RISK_ADDRESSES[slug])


def _part(request: DeskRequest) -> dict[str, int]:
    if request.GET.get("formato") == "xlsx":
        return {"page": 1, "size": WHOLE}
    return {"page": number_of(request, "pagina", 1)}


def _head(request: DeskRequest, said: Iterable[tuple[str, str]]) -> str:
    """The line above a workbook's tables: when it was made, and what it was narrowed to."""
    return _("Generado %(when)s (La Paz). %(filters)s") % {
        "when": words.moment(request.at),
        "filters": " · ".join(f"{name}: {value}" for name, value in said),
    }


def _table(request: DeskRequest, narrowed: pages.Filters, table: rows.Table, address: str) -> HttpResponse:
    said = (*narrowed.words, *table.said)
    if request.GET.get("formato") == "xlsx":
        book = sheets.workbook_of(
            _head(request, said), [(table.title, table.heads, [row.cells for row in table.rows])]
        )
        return sheets.download(book, sheets.XLSX, "supervision.xlsx")
    context = {
        "table": table,
        "said": said,
        "given": urlencode(narrowed.given),
        "rows": [
            (reverse(address, args=row.key), [words.cell(cell) for cell in row.cells]) for row in table.rows
        ],
    }
    return render(request, "desk/supervision_rows.html", context)
