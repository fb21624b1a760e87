"""What can be asked of alarms."""

from __future__ import annotations

from mayorista.apps.monitoring.models import Alarm, AlarmPost, Occurrence, Quarantine


def counts() -> dict[str, int]:
    """How many rows there are of what posts leave."""
    return {
        "posts": AlarmPost.objects.count(),
        "alarms": Alarm.objects.count(),
        "occurrences": Occurrence.objects.count(),
        "open": Occurrence.objects.filter(ends_at=None).count(),
        "quarantine": Quarantine.objects.count(),
    }
