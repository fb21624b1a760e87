"""The queue between intake and correlation: changes are claimed, looked at, and answered by verdicts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from mayorista.apps.monitoring.models import Change, ChangeKind, Occurrence, SourceKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

CORRELATION_LOCK = 0x6D61_796F  # "mayo": one correlator at a time, whatever the number of workers
LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class Pending:
    """An occurrence to be looked at, with what its source says; `change_ids` are done with it."""

    occurrence_id: int
    change_ids: tuple[int, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    first_seen_at: dt.datetime
    severity: str
    labels: Mapping[str, str]
    source_code: str
    threshold: str
    internal: bool
    ignored: bool
    # Whether somebody or something asked to look again (a new name, the end of a silence).
    recheck: bool

    @property
    def name(self) -> str:
        """What people call the alarm."""
        return self.labels.get("alertname", "alarma")


@dataclass(slots=True)
class Finding:
    """What was made of an occurrence, to be kept as its verdict."""

    outcome: str
    service_ids: set[int] = field(default_factory=set)
    resource_ids: set[int] = field(default_factory=set)
    maintenance_id: int | None = None
    suspension_id: int | None = None
    error: str = ""


def take_turn() -> bool:
    """Whether this transaction is the only one that correlates, until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [CORRELATION_LOCK])
        return bool(cursor.fetchone()[0])


def claim(*, limit: int) -> list[Pending]:
    """Take the oldest changes that nobody else has, joined by occurrence, in the order they came."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, occurrence_id, kind FROM monitoring_change ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
            [limit],
        )
        taken: dict[int, list[int]] = {}
        again: set[int] = set()
        for change_id, occurrence_id, kind in cursor.fetchall():
            taken.setdefault(occurrence_id, []).append(change_id)
            if kind == ChangeKind.RECHECK:
                again.add(occurrence_id)
    rows = Occurrence.objects.filter(id__in=taken).values_list(
        "id",
        "starts_at",
        "ends_at",
        "first_seen_at",
        "alarm__severity",
        "alarm__labels",
        "alarm__source__code",
        "alarm__source__severity_threshold",
        "alarm__source__kind",
        "alarm__ignored_at",
    )
    found = {
        row[0]: Pending(
            row[0],
            tuple(taken[row[0]]),
            *row[1:8],
            row[8] == SourceKind.INTERNAL,
            row[9] is not None,
            row[0] in again,
        )
        for row in rows
    }
    return [found[occurrence_id] for occurrence_id in taken]


def answer(*, findings: Mapping[int, Finding], change_ids: Collection[int], at: dt.datetime) -> None:
    """Keep what was found (by occurrence id) and take the changes off the queue."""
    rows = [
        {
            "occurrence": occurrence_id,
            "outcome": finding.outcome,
            "services": sorted(finding.service_ids),
            "resources": sorted(finding.resource_ids),
            "maintenance": finding.maintenance_id,
            "suspension": finding.suspension_id,
            "error": finding.error.replace("\x00", "")[:LONGEST_ERROR],
        }
        for occurrence_id, finding in findings.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_PUT_VERDICTS, {"at": at, "rows": json.dumps(rows)})
        cursor.execute("DELETE FROM monitoring_change WHERE id = ANY(%s)", [list(change_ids)])


# One statement: a storm leaves twenty thousand verdicts.
_PUT_VERDICTS = """
INSERT INTO monitoring_verdict
    (occurrence_id, outcome, at, service_ids, resource_ids, maintenance_id, suspension_id, error)
SELECT occurrence, outcome, %(at)s, services, resources, maintenance, suspension, error
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    occurrence bigint, outcome text, services bigint[], resources bigint[],
    maintenance bigint, suspension bigint, error text
)
ON CONFLICT (occurrence_id) DO UPDATE SET
    outcome = EXCLUDED.outcome, at = EXCLUDED.at, service_ids = EXCLUDED.service_ids,
    resource_ids = EXCLUDED.resource_ids, maintenance_id = EXCLUDED.maintenance_id,
    suspension_id = EXCLUDED.suspension_id, error = EXCLUDED.error
"""


def recheck(*, occurrence_ids: Iterable[int], at: dt.datetime) -> int:
    """Have occurrences looked at again; returns how many."""
    made = Change.objects.bulk_create(
        (Change(occurrence_id=each, kind=ChangeKind.RECHECK, at=at) for each in occurrence_ids),
        batch_size=5_000,
    )
    if made:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('mayorista_alarms', '')")
    return len(made)


def recheck_unmuted(*, at: dt.datetime) -> int:
    """Have looked at again what still fired when its silence ended: maintenance over, service resumed."""
    with connection.cursor() as cursor:
        cursor.execute(_SILENCE_OVER, {"at": at})
        occurrence_ids = [row[0] for row in cursor.fetchall()]
    return recheck(occurrence_ids=occurrence_ids, at=at)


_SILENCE_OVER = """
SELECT verdict.occurrence_id
FROM monitoring_verdict AS verdict
JOIN monitoring_occurrence AS occurrence ON occurrence.id = verdict.occurrence_id
LEFT JOIN monitoring_maintenancewindow AS maintenance ON maintenance.id = verdict.maintenance_id
LEFT JOIN contracts_suspension AS suspension ON suspension.id = verdict.suspension_id
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN verdict.maintenance_id IS NOT NULL THEN LEAST(maintenance.ends_at, maintenance.cancelled_at)
        ELSE suspension.ends_at
    END AS over_at
) AS silence
WHERE (verdict.maintenance_id IS NOT NULL OR verdict.suspension_id IS NOT NULL)
    AND silence.over_at <= %(at)s
    AND (occurrence.ends_at IS NULL OR occurrence.ends_at > silence.over_at)
    AND NOT EXISTS (SELECT FROM monitoring_change AS change WHERE change.occurrence_id = verdict.occurrence_id)
"""
