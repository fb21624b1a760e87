"""A month of a port: the percentile with its rank, the gaps, and the points of a graph (R12)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from mayorista.rules.percentile import MISSING, PER_DAY, Columns, PackedDays, of_columns
from mayorista.rules.periods import Month
from mayorista.rules.traffic import placing

PER_POINT = 12  # an hour
_COVERAGE = (9, 10)


class Ranked(NamedTuple):
    """A direction's 95th percentile: the value after the `discarded` highest of `present`, so the `rank`-th from above."""

    bps: int
    rank: int
    present: int
    discarded: int


class Gap(NamedTuple):
    """Consecutive stamps without a sample."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    samples: int


class DaySum(NamedTuple):
    """A day: its highest sample in each direction (None: none came), and how many are there."""

    on: dt.date
    inward: int | None
    outward: int | None
    present: int


class PortMonth(NamedTuple):
    """What a page shows. Points are the highest of each hour, None where nothing came. Gaps end at `upto`."""

    inward: Ranked | None
    outward: Ranked | None
    expected: int
    present: int
    gaps: tuple[Gap, ...]
    days: tuple[DaySum, ...]
    points_in: tuple[int | None, ...]
    points_out: tuple[int | None, ...]

    @property
    def covered(self) -> bool:
        """Whether enough came to bill a burst."""
        return self.present > 0 and self.present * _COVERAGE[1] >= _COVERAGE[0] * self.expected

    @property
    def billed(self) -> int | None:
        """The larger direction."""
        return None if self.inward is None or self.outward is None else max(self.inward.bps, self.outward.bps)


def port_month(days: dict[int, bytes], month: Month, *, upto: dt.datetime) -> PortMonth:
    """Return a port's month from its packed days; stamps after `upto` are not missing yet."""
    columns = PackedDays(days, _COVERAGE).columns(month.first, month.after)
    first = month.first * PER_DAY
    passed = max(0, min(len(columns.inward), placing.stamp_of(upto) - first))
    found = of_columns(columns, len(columns.inward))
    ranked = [
        None if value is None else Ranked(value, found.discarded + 1, found.present, found.discarded)
        for value in (found.inward, found.outward)
    ]
    return PortMonth(
        ranked[0],
        ranked[1],
        len(columns.inward),
        found.present,
        tuple(_gaps(columns, first, passed)),
        tuple(_day(columns, number, month) for number in range(month.days)),
        tuple(_points(columns.inward)),
        tuple(_points(columns.outward)),
    )


def _gaps(columns: Columns, first: int, passed: int) -> list[Gap]:
    found: list[Gap] = []
    begun: int | None = None
    for number in range(passed + 1):
        gone = number < passed and columns.inward[number] == MISSING
        if gone and begun is None:
            begun = number
        elif not gone and begun is not None:
            found.append(
                Gap(placing.at_stamp(first + begun), placing.at_stamp(first + number), number - begun)
            )
            begun = None
    return found


def _day(columns: Columns, number: int, month: Month) -> DaySum:
    part = slice(number * PER_DAY, (number + 1) * PER_DAY)
    inward = [value for value in columns.inward[part] if value != MISSING]
    outward = [value for value in columns.outward[part] if value != MISSING]
    on = dt.date.fromordinal(month.first + number)
    return DaySum(on, max(inward, default=None), max(outward, default=None), len(inward))


def _points(column: object) -> list[int | None]:
    values = list(column)  # type: ignore[call-overload]  # an array of unsigned integers
    points: list[int | None] = []
    for start in range(0, len(values), PER_POINT):
        there = [value for value in values[start : start + PER_POINT] if value != MISSING]
        points.append(max(there, default=None))
    return points
