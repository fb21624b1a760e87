"""Bodies of old posts fall away; what they said stays in alarms and occurrences, and so does their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.apps.monitoring.models import AlarmPost, Quarantine

if TYPE_CHECKING:
    import datetime as dt

AT_ONCE = 500


def drop_bodies(*, before: dt.datetime, limit: int = 20_000) -> int:
    """Drop the bodies of posts received before `before`, but those still waiting in quarantine."""
    waiting = Quarantine.objects.filter(reviewed_at=None).values("post_id")
    dropped = 0
    while dropped < limit:
        batch = list(
            AlarmPost.objects.filter(received_at__lt=before, body__isnull=False)
            .exclude(id__in=waiting)
            .order_by("id")
            .values_list("id", flat=True)[:AT_ONCE]
        )
        if not batch:
            break
        dropped += AlarmPost.objects.filter(id__in=batch).update(body=None)
    return dropped
