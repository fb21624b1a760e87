"""Import of workbooks: upload, preview, load or discard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.onboarding import operations, queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms.administration import UploadForm
from mayorista.interfaces.desk.views.editing import Editor, edit
from mayorista.rules.errors import Stale
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_http_methods(["GET", "POST"])
def imports(request: DeskRequest) -> HttpResponse:
    """Upload a workbook; what it would change is shown next."""
    require(request.actor, Act.IMPORT)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    more = {"runs": queries.import_list(), "sheets": queries.documented_sheets()}
    editor = Editor(
        _("Importar clientes y servicios"), _("Ver qué cambiaría"), reverse("desk:customers"), "importar",
        template="desk/imports.html", more=more,
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        file, papers = said["file"], said["scans"]
        stored = operations.preview_import(
            content=file.read(), name=file.name, scans_zip=papers.read() if papers else b"",
            scans_name=papers.name if papers else "", actor=request.actor, at=request.at,
        )  # fmt: skip
        return redirect("desk:import", run_id=stored.pk)

    return edit(request, form, editor, save)


@require_GET
def template(request: DeskRequest) -> HttpResponse:
    """The workbook to fill."""
    require(request.actor, Act.IMPORT)
    name, content = queries.template_workbook()
    answer = HttpResponse(content, content_type=sheets.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_GET
def import_run(request: DeskRequest, run_id: int) -> HttpResponse:
    """What a workbook would change, or did change."""
    require(request.actor, Act.IMPORT)
    return render(request, "desk/import.html", {"page": queries.import_page(run_id=run_id)})


@require_POST
def confirm(request: DeskRequest, run_id: int) -> HttpResponse:
    """Load exactly what the preview showed."""
    try:
        operations.confirm_import(
            run_id=run_id, shown_hash=request.POST.get("hash", ""), partial=request.POST.get("parcial") == "1",
            actor=request.actor, at=request.at,
        )  # fmt: skip
    except Stale as error:
        toasts.say(request, f"{error.message} {error.remedy}", bad=True)
    else:
        toasts.say(request, _("Cargado."))
    return redirect("desk:import", run_id=run_id)


@require_POST
def discard(request: DeskRequest, run_id: int) -> HttpResponse:
    """Put a preview aside."""
    operations.discard_import(run_id=run_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Previsualización descartada: no se cargó nada."))
    return redirect("desk:imports")
