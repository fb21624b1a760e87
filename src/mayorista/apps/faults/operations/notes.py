"""Words and files that people add to a case or fault without changing its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults.operations import locking
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import files, journal, live
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


@transaction.atomic
def add_note(
    *,
    case_id: int,
    text: str,
    actor: Actor,
    at: dt.datetime,
    uploads: Sequence[tuple[str, str, bytes]] = (),
) -> None:
    """Add a note with files (name, content type, content) to a case's timeline."""
    require(actor, Act.NOTE)
    case = locking.lock_case(case_id=case_id, open_only=False)
    if not text.strip() and not uploads:
        raise Invalid(_("La nota está vacía."), field="text", remedy=_("Escriba o adjunte algo."))
    kept = [
        files.store(
            dossier_id=case.dossier_id,
            name=name,
            content=content,
            content_type=content_type,
            actor=actor,
            at=at,
            kind="NOTE",
        )
        for name, content_type, content in uploads
    ]
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.NOTE,
        text=text.strip() or _("Archivos adjuntos"),
        actor=actor,
        at=at,
        payload={"files": [each.pk for each in kept]},
    )
    live.bump(f"fault-{case.fault_id}")
