"""Stored files: content by its hash behind a port, name and dossier in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.procedure.models import StoredFile
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import lapaz
from mayorista.rules.errors import Invalid, NotFound

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.procedure.actors import Actor

MAX_FILE_BYTES = 100 * 1024 * 1024


def store(
    *,
    dossier_id: int,
    name: str,
    content: bytes,
    content_type: str,
    actor: Actor,
    at: dt.datetime,
    kind: str = "",
) -> StoredFile:
    """Keep `content` (bytes) and hang it on a dossier; the same content is kept once."""
    if not content:
        raise Invalid(_("El archivo está vacío."), field="file", remedy=_("Elija otro archivo."))
    if len(content) > MAX_FILE_BYTES:
        raise Invalid(_("El archivo supera 100 MB."), field="file", remedy=_("Redúzcalo o divídalo."))
    sha256 = adapter("files").put(content)
    return StoredFile.objects.create(
        dossier_id=dossier_id,
        kind=kind,
        name=safe_name(name),
        content_type=content_type[:100],
        size=len(content),
        sha256=sha256,
        stored_at=at,
        stored_by_id=actor.user_id,
    )


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters or excess length."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in base if char.isprintable() and char not in '<>:"|?*').strip(". ")
    return kept[-200:] or "archivo"


def read(*, file_id: int) -> tuple[StoredFile, bytes]:
    """Return a stored file's row and content; raise NotFound when there is none, or when it went by an act."""
    stored = StoredFile.objects.filter(id=file_id).first()
    if stored is None:
        raise NotFound(_("No existe ese archivo."))
    refuse_disposed(stored)
    return stored, adapter("files").get(stored.sha256)


def refuse_disposed(stored: StoredFile) -> None:
    """Raise NotFound, saying when and what stays, for a file that an act of disposal let go."""
    if stored.disposed_at is not None:
        raise NotFound(
            _("«%(name)s» se eliminó el %(day)s por cumplir su plazo de conservación.")
            % {"name": stored.name, "day": lapaz.day(lapaz.local(stored.disposed_at).date())},
            remedy=_("Quedan su número y su huella SHA-256: %(hash)s.") % {"hash": stored.sha256},
        )
