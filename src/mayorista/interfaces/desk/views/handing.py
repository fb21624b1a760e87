"""B.1 by file: Ventas hands contracts over with a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

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
def book(request: DeskRequest) -> HttpResponse:
    """Upload the workbook; what it would do is shown next."""
    require(request.actor, Act.HAND_OVER_CONTRACT)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    editor = Editor(
        _("Entregar contratos con un libro"),
        _("Ver qué se entregaría"),
        reverse("desk:contract-hand-over"),
        "entrega-libro",
        _("B.1 · Las mismas hojas de la importación: contratos, adendas, servicios y precios."),
        "desk/contract_book.html",
        more={"sheets": queries.handed_sheets()},
    )

    def save(said: dict[str, Any]) -> HttpResponse:
        file, papers = said["file"], said["scans"]
        stored = operations.preview_hand_over(
            content=file.read(),
            name=file.name,
            scans_zip=papers.read() if papers else b"",
            scans_name=papers.name if papers else "",
            actor=request.actor,
            at=request.at,
        )
        return redirect("desk:contract-book-preview", run_id=stored.pk)

    return edit(request, form, editor, save)


@require_GET
def template(request: DeskRequest) -> HttpResponse:
    """The workbook to fill."""
    require(request.actor, Act.HAND_OVER_CONTRACT)
    name, content = queries.hand_over_template()
    answer = HttpResponse(content, content_type=sheets.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "POST"])
def preview(request: DeskRequest, run_id: int) -> HttpResponse:
    """What a workbook would hand over; a POST hands it over."""
    require(request.actor, Act.HAND_OVER_CONTRACT)
    if request.method == "POST":
        try:
            numbers = operations.hand_over_book(
                run_id=run_id, actor=request.actor, at=request.at, shown_hash=request.POST.get("hash", "")
            )
        except Stale as error:
            toasts.say(request, f"{error.message} {error.remedy}", bad=True)
            return redirect("desk:contract-book-preview", run_id=run_id)
        toasts.say(
            request,
            _("Entregado: %(these)s. Interconexión lo tiene en su bandeja.")
            % {"these": ", ".join(numbers[:10])},
        )
        return redirect("desk:contracts")
    page = queries.import_page(run_id=run_id, with_sales=True)
    return render(request, "desk/contract_book_preview.html", {"page": page})
