"""The clocks of an outage: unioned intervals, stops, what is left. Integer seconds, half-open periods.

Sources: D.A.C. times (duración bruta = restablecimiento − inicio; neta = bruta − paradas),
SLA practice (overlaps are unioned, never summed).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WARN_PERCENT = 70


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time [starts_at, ends_at); an empty end means "not over yet"."""

    starts_at: dt.datetime
    ends_at: dt.datetime | None = None


def union(periods: Iterable[Period], *, until: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the periods merged and ordered, open ones cut at `until`, empty ones dropped."""
    spans = sorted(
        (period.starts_at, min(period.ends_at, until) if period.ends_at else until) for period in periods
    )
    merged: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in spans:
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def seconds(periods: Iterable[Period], *, until: dt.datetime) -> int:
    """Return the whole seconds covered by the union of the periods up to `until`."""
    return sum(int((end - start).total_seconds()) for start, end in union(periods, until=until))


def overlap_seconds(first: Iterable[Period], second: Iterable[Period], *, until: dt.datetime) -> int:
    """Return the whole seconds that lie in both unions."""
    total = dt.timedelta()
    others = union(second, until=until)
    for start, end in union(first, until=until):
        for other_start, other_end in others:
            total += max(dt.timedelta(), min(end, other_end) - max(start, other_start))
    return int(total.total_seconds())


def net_seconds(outage: Iterable[Period], stops: Iterable[Period], *, until: dt.datetime) -> int:
    """Return the outage's seconds less those in which its clock was stopped."""
    periods = list(outage)
    return seconds(periods, until=until) - overlap_seconds(periods, stops, until=until)


def due_at(
    starts_at: dt.datetime, repair_minutes: int, stops: Iterable[Period], *, until: dt.datetime
) -> dt.datetime:
    """Return when the repair time runs out: each stop after the start moves it by its length."""
    due = starts_at + dt.timedelta(minutes=repair_minutes)
    for start, end in union(stops, until=until):
        begin = max(start, starts_at)
        if begin < due and end > begin:
            due += end - begin
    return due


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock as a screen shows it: `percent` used (0-100), `level` OK, WARN or LATE."""

    title: str
    starts_at: dt.datetime
    due_at: dt.datetime
    remaining_seconds: int
    percent: int
    level: str
    stopped: bool = False
    done: bool = False


def clock(
    *,
    title: str,
    starts_at: dt.datetime,
    due_at: dt.datetime,
    at: dt.datetime,
    ended_at: dt.datetime | None = None,
    stopped: bool = False,
) -> Clock:
    """Return the state of a clock at `at`; a clock that ended shows the moment it ended."""
    moment = min(at, ended_at) if ended_at else at
    whole = max(int((due_at - starts_at).total_seconds()), 1)
    left = int((due_at - moment).total_seconds())
    percent = max(0, min(100, (whole - left) * 100 // whole))
    if left < 0 or percent >= 100:
        level = "LATE"
    elif percent >= WARN_PERCENT:
        level = "WARN"
    else:
        level = "OK"
    return Clock(title, starts_at, due_at, left, percent, level, stopped, ended_at is not None)
