"""Seal the journal: one seal for each day of La Paz that is over."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from mayorista.apps.procedure.models import JournalEntry, JournalSeal
from mayorista.apps.procedure.seal_queries import rows_between
from mayorista.rules import journal_seals, lapaz

# An act that began before midnight is written by then; no statement may last so long.
SETTLED_AFTER = dt.timedelta(minutes=30)
_LOCK = 7_300_411


@transaction.atomic
def seal_due(*, at: dt.datetime) -> list[JournalSeal]:
    """Write the seals that lack up to yesterday and return them; the first one covers all there was before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    until = lapaz.local(at - SETTLED_AFTER).date() - dt.timedelta(days=1)
    last = JournalSeal.objects.order_by("-day").first()
    day = last.day + dt.timedelta(days=1) if last else until
    previous = last.digest if last else journal_seals.FIRST
    after = _covered()
    made = []
    while day <= until:
        found = journal_seals.seal(previous, rows_between(after, _upto(after, day)))
        made.append(
            JournalSeal.objects.create(
                day=day,
                first_id=found.first_id,
                last_id=found.last_id,
                rows=found.rows,
                previous=previous,
                digest=found.digest,
                made_at=at,
            )
        )
        previous, after, day = found.digest, found.last_id or after, day + dt.timedelta(days=1)
    return made


def _covered() -> int:
    last = JournalSeal.objects.exclude(last_id=None).order_by("-day").values_list("last_id", flat=True)
    return last.first() or 0


def _upto(after: int, day: dt.date) -> int | None:
    """Return the id before the first row of a later day: what was written down late belongs to its day's seal."""
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), lapaz.LA_PAZ)
    rows = JournalEntry.objects.filter(id__gt=after)
    later = rows.filter(at__gte=end).order_by("id").values_list("id", flat=True).first()
    return later - 1 if later else rows.order_by("-id").values_list("id", flat=True).first()
