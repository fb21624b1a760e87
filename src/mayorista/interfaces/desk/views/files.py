"""Files of a case: stored at once when pasted or dropped, shown only as what they safely are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import require
from mayorista.apps.procedure.operations import files
from mayorista.rules import media
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

# What a browser may show inside a page of ours; everything else is downloaded (no HTML, no SVG).
INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
MAGIC = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF", "application/pdf"),
)


def sniff(content: bytes, said: str) -> str:
    """Return what the bytes are, whatever their sender said."""
    for start, kind in MAGIC:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return (
        "application/octet-stream"
        if said in INLINE or "html" in said or "svg" in said
        else said or "application/octet-stream"
    )


@require_POST
def upload(request: DeskRequest) -> HttpResponse:
    """Keep one file on a dossier; answer its id, so that a form can name it."""
    require(request.actor, Act.NOTE)
    dossier = procedure_queries.dossier_by_number(request.POST.get("number", ""))
    if dossier is None:
        raise NotFound(_("No existe el expediente del archivo."))
    file = request.FILES.get("file")
    if file is None:
        raise Invalid(_("Falta el archivo."), field="file", remedy=_("Elija, pegue o arrastre uno."))
    content = file.read()
    if media.sniff(content) == media.HEIC:
        raise Invalid(_("El archivo es una foto HEIC."), field="file", remedy=media.HEIC_REMEDY)
    stored = files.store(
        dossier_id=dossier.pk,
        name=file.name or "archivo",
        content=content,
        content_type=sniff(content, file.content_type or ""),
        actor=request.actor,
        at=request.at,
        kind="UPLOAD",
    )
    return JsonResponse(
        {
            "id": stored.pk,
            "name": stored.name,
            "type": stored.content_type,
            "url": reverse("desk:file", args=[stored.pk]),
        }
    )


@require_GET
def download(request: DeskRequest, file_id: int) -> HttpResponse:
    """Give a stored file: pictures and PDF in the page, the rest as a download."""
    require(request.actor, Act.VIEW)
    stored, content = files.read(file_id=file_id)
    answer = HttpResponse(content, content_type=stored.content_type)
    # What came by mail is never shown, only downloaded.
    shown = stored.content_type in INLINE and stored.kind != "MAIL" and request.GET.get("bajar") != "1"
    kind = "inline" if shown else "attachment"
    answer["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(stored.name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
    )
    answer["Cache-Control"] = "private, max-age=3600"
    return answer
