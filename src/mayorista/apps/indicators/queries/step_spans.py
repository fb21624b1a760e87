"""How long the tasks of each step took: kept for months that are over, read from the tasks for the others."""

from __future__ import annotations

import datetime as dt
import sys
from array import array
from collections.abc import Iterable, Sequence

from django.db import connection

from mayorista.apps.indicators.models import StepSpans
from mayorista.rules import lapaz, medians
from mayorista.rules.indicators.terms import Term
from mayorista.rules.periods import Month

MICROSECONDS = 1_000_000


def medians_of(term: Term) -> dict[str, tuple[int, int]]:
    """Return by step how many tasks were done in a term and their median in whole seconds; two reads."""
    first, after = (dt.date.fromordinal(day) for day in (term.first.first, term.last.after))
    kept = list(
        StepSpans.objects.filter(month__gte=first, month__lt=after).values_list("month", "step", "spans")
    )
    known = {month for month, step, _spans in kept if not step}
    if not known:
        return _asked(first, after)
    runs: dict[str, list[array[int]]] = {}
    for step, spans in (
        *((step, spans) for _month, step, spans in kept if step),
        *read([month for month in term.months if dt.date.fromordinal(month.first) not in known]),
    ):
        runs.setdefault(step, []).append(_numbers(bytes(spans)))
    return {step: (sum(map(len, mine)), _seconds(mine)) for step, mine in runs.items()}


def read(months: Sequence[Month]) -> Iterable[tuple[str, bytes]]:
    """Return by step how long each task done in these months took: microseconds, the shortest first; one read."""
    if not months:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            {
                "starts": [_midnight(month.first) for month in months],
                "ends": [_midnight(month.after) for month in months],
            },
        )
        return [(step, bytes(spans)) for step, spans in cursor.fetchall()]


def _midnight(day: int) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(day), dt.time(), tzinfo=lapaz.LA_PAZ)


def _asked(first: dt.date, after: dt.date) -> dict[str, tuple[int, int]]:
    """The same where nothing is kept, as of this month: the database sorts."""
    with connection.cursor() as cursor:
        cursor.execute(_MEDIANS, [_midnight(first.toordinal()), _midnight(after.toordinal())])
        return {step: (count, int(median)) for step, count, median in cursor.fetchall()}


def _numbers(spans: bytes) -> array[int]:
    found = array("q")
    found.frombytes(spans)
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _seconds(runs: Sequence[array[int]]) -> int:
    middle = medians.median(runs)
    return int((middle or 0) / MICROSECONDS)


_MEDIANS = """
SELECT step, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - opened_at))
FROM procedure_workitem WHERE done_at >= %s AND done_at < %s AND NOT withdrawn AND step <> '' GROUP BY step
"""
_READ = """
SELECT step, string_agg(int8send((extract(epoch FROM done_at - opened_at) * 1000000)::bigint), ''::bytea
    ORDER BY done_at - opened_at)
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) span (starts, ends)
JOIN procedure_workitem item ON item.done_at >= span.starts AND item.done_at < span.ends
WHERE NOT item.withdrawn AND item.step <> '' GROUP BY step
"""
