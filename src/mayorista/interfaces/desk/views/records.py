"""The register of documents: types, their records, marked copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.overview.queries import records as pages
from mayorista.apps.procedure.actors import require
from mayorista.apps.procedure.operations import copies
from mayorista.apps.procedure.retention_queries import RETENTION
from mayorista.interfaces.desk import sheets
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def register(request: DeskRequest) -> HttpResponse:
    """Every type of document of the procedure."""
    require(request.actor, Act.VIEW)
    rows = pages.register(at=request.at)
    context = {"rows": rows, "may_edit": request.actor.may(Act.VIEW_PARAMETERS), "retention": RETENTION}
    return render(request, "desk/records.html", context)


@require_GET
def records_of(request: DeskRequest, code: str) -> HttpResponse:
    """The records of one type."""
    require(request.actor, Act.VIEW)
    whole = request.GET.get("formato") == "xlsx"
    page = pages.records_of(
        code=code,
        at=request.at,
        text=request.GET.get("texto", ""),
        due_only=request.GET.get("ver") == "vencidos",
        page=1 if whole else number_of(request, "pagina", 1),
        **({"size": 50_000} if whole else {}),
    )
    if not whole:
        return render(
            request,
            "desk/records_of.html",
            {"page": page, "may_propose": request.actor.may(Act.PROPOSE_DISPOSAL)},
        )
    columns = (
        _("Expediente"), _("Qué"), _("Archivo"), _("Guardado"), _("SHA-256"), _("Copias"), _("Conservar hasta"), _("Retenido"),
    )  # fmt: skip
    rows = [
        (
            each.number, each.headline, each.file.name, each.file.stored_at, each.file.sha256, each.copies, each.until,
            each.held,
        )
        for each in page.rows
    ]  # fmt: skip
    return sheets.response(_("Documentos %(t)s") % {"t": page.row.type.name}, request, columns, rows)


@require_POST
def copy(request: DeskRequest, file_id: int) -> HttpResponse:
    """Answer with the next marked copy of a document."""
    name, content = copies.take(file_id=file_id, actor=request.actor, at=request.at)
    return sheets.download(content, copies.PDF, name)
