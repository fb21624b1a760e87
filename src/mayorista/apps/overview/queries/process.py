"""What stands on each step of the procedure now, for its picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from mayorista.rules.procedure import STEPS

MEDIAN_DAYS = 90


@dataclass(frozen=True, slots=True)
class StepState:
    """Open and overdue items of a step, and the median seconds from opening to done over the last 90 days."""

    code: str
    open: int
    overdue: int
    median_seconds: int | None


def step_states(*, at: dt.datetime) -> dict[str, StepState]:
    """Return every step of the procedure; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"at": at, "since": at - dt.timedelta(days=MEDIAN_DAYS)})
        found = {code: (count, late, median) for code, count, late, median in cursor.fetchall()}
    return {code: _state(code, *found.get(code, (0, 0, None))) for code in STEPS}


def _state(code: str, count: int, late: int, median: Decimal | None) -> StepState:
    return StepState(code, count, late, None if median is None else int(median))


_SQL = """
SELECT step,
    count(*) FILTER (WHERE done_at IS NULL),
    count(*) FILTER (WHERE done_at IS NULL AND due_at < %(at)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - opened_at))
        FILTER (WHERE done_at >= %(since)s AND NOT withdrawn)
FROM procedure_workitem
WHERE step <> '' AND (done_at IS NULL OR done_at >= %(since)s)
GROUP BY step
"""
