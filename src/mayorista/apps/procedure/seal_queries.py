"""What the seals of the journal say when its rows are hashed again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.procedure.models import JournalEntry, JournalSeal
from mayorista.rules import journal_seals
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 2000
FIELDS = (
    "id", "dossier_id", "at", "act", "step", "text", "user_id", "role", "on_behalf_of_id", "job", "payload",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """What hashing everything again found; `wrong_day` is the first day that differs, `why` says how."""

    days: int
    rows: int
    last_day: dt.date | None
    last_digest: str
    wrong_day: dt.date | None = None
    why: str = ""

    @property
    def whole(self) -> bool:
        """Whether the journal is as it was sealed."""
        return self.wrong_day is None


def rows_between(after: int, upto: int | None) -> Iterator[journal_seals.Row]:
    """Yield the journal's rows with `after` < id ≤ `upto` (None: none), by id, a portion at a time."""
    if upto is None:
        return
    found = JournalEntry.objects.filter(id__gt=after, id__lte=upto).order_by("id").values_list(*FIELDS)
    for values in found.iterator(chunk_size=CHUNK):
        yield journal_seals.Row(*values)


def verify(*, day: dt.date | None = None, digest: str = "") -> Check:
    """Hash the journal again along its seals; stops at the first day that differs.

    `day` and `digest` are a seal as it was mailed: held against the one stored. Raises Invalid when that
    day has no seal.
    """
    previous, after, days, rows = journal_seals.FIRST, 0, 0, 0
    last: JournalSeal | None = None
    known = False
    for stored in JournalSeal.objects.order_by("day"):
        found = journal_seals.seal(previous, rows_between(after, stored.last_id))
        days, rows, last = days + 1, rows + found.rows, stored
        why = _difference(stored, found, previous)
        if not why and stored.day == day:
            known = True
            if digest.strip().lower() != stored.digest:
                why = _("el sello guardado no es el que se envió por correo")
        if why:
            return Check(days, rows, stored.day, stored.digest, stored.day, why)
        previous, after = stored.digest, stored.last_id or after
    if day is not None and not known:
        raise Invalid(
            _("Ese día no tiene sello."), field="day", remedy=_("Use la fecha que dice el correo del sello.")
        )
    return Check(days, rows, last.day if last else None, last.digest if last else "")


def _difference(stored: JournalSeal, found: journal_seals.Seal, previous: str) -> str:
    if stored.previous != previous:
        return _("no sigue al sello del día anterior")
    if found.rows != stored.rows:
        return _("se sellaron %(then)d registros y hoy hay %(now)d") % {
            "then": stored.rows,
            "now": found.rows,
        }
    if found.digest != stored.digest:
        return _("el contenido de sus registros cambió")
    return ""


def seals(*, limit: int = 60) -> list[JournalSeal]:
    """Return the newest seals, the last day first."""
    return list(JournalSeal.objects.order_by("-day")[:limit])
