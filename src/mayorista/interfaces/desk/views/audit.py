"""Auditing: the journal in plain words, given away as CSV and XES, and its seals."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mayorista.apps.overview.queries import audit as pages
from mayorista.apps.procedure import seal_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk.forms.audit import SealForm
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules import cells, lapaz, xes
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mayorista.interfaces.desk.request import DeskRequest

ON_PAPER = 1000
COLUMNS = (
    "N.º", "Fecha y hora (La Paz)", "Quién", "Rol", "En nombre de", "Qué hizo", "Antes y después", "Clase", "Expediente",
    "De qué trata", "Paso", "Acto",
)  # fmt: skip


def _filters(request: DeskRequest) -> pages.Filters:
    require(request.actor, Act.VIEW_AUDIT)
    return pages.read_filters(request.GET.dict(), at=request.at)


@require_GET
def journal(request: DeskRequest) -> HttpResponse:
    """Who did what when on which dossier, before and after; `formato=papel` shows up to a thousand rows to print."""
    filters = _filters(request)
    paper = request.GET.get("formato") == "papel"
    page = pages.audit_page(
        filters, page=number_of(request, "pagina", 1), size=ON_PAPER if paper else pages.SIZE
    )
    context = {"page": page, "kinds": sorted(pages.KINDS.items(), key=lambda each: each[1]), "paper": paper}
    return render(request, "desk/audit.html", context)


@require_GET
def journal_csv(request: DeskRequest) -> StreamingHttpResponse:
    """The same rows as CSV, written as they are read."""
    return _stream(_csv(_filters(request)), "text/csv; charset=utf-8", request, "csv")


@require_GET
def journal_xes(request: DeskRequest) -> StreamingHttpResponse:
    """The same rows as an event log for process mining (XES)."""
    filters = _filters(request)
    pieces = xes.written(pages.events(filters), name=_("Bitácora, %(what)s") % {"what": filters.words})
    return _stream((piece.encode() for piece in pieces), "application/xml; charset=utf-8", request, "xes")


@require_http_methods(["GET", "POST"])
def seals(request: DeskRequest) -> HttpResponse:
    """The seals of the days; POST hashes everything again and says the first day that differs."""
    require(request.actor, Act.VIEW_AUDIT)
    form, found = SealForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        found = seal_queries.verify(**form.cleaned_data)
    context = {"rows": seal_queries.seals(), "found": found, "form": form}
    return render(request, "desk/audit_seals.html", context, status=422 if form.errors else 200)


def _stream(
    pieces: Iterator[bytes], content_type: str, request: DeskRequest, ending: str
) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=content_type)
    name = f"bitacora-{lapaz.local(request.at):%Y%m%d-%H%M}.{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class _Line:
    """What a CSV writer writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line


def _csv(filters: pages.Filters) -> Iterator[bytes]:
    writer = csv.writer(_Line(), delimiter=";", lineterminator="\r\n")
    yield ("\ufeff" + writer.writerow([_(title) for title in COLUMNS])).encode()
    for row in pages.stream(filters):
        changes = "; ".join(f"{each.field}: {each.before} → {each.after}" for each in row.changes)
        values = (
            row.id, f"{lapaz.local(row.at):%d/%m/%Y %H:%M:%S}", row.who, row.role, row.behalf, row.did, changes, row.kind,
            row.home, row.headline, row.step, row.act,
        )  # fmt: skip
        yield writer.writerow([cells.safe(value) for value in values]).encode()
