"""Availability of a service in a month (E.800): intervals unioned, never summed, in whole seconds.

# Note [What counts]
1. Each outage starts by the contract's rule: alarm or claim, whichever first (FIRST), the alarm (ALARM), the
   claim (CLAIM; never claimed, never counted) or the case opened for it (CASE). It ends when service was restored.
2. Overlaps of one service's outages are unioned. Stretches shorter than the contract ignores fall away.
3. What is excluded with evidence is taken out: maintenance announced in time and inside its window, customer's
   cause, force majeure, stops of the clock. Suspended time leaves outage and service time alike.
4. The rest is split at the month of La Paz; the contract's rounding to the minute is applied once, at the end.
5. The percentage is truncated, never rounded up across a threshold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month

Span = tuple[int, int]
"""Whole seconds [start, end) since 1970, UTC."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SECOND = dt.timedelta(seconds=1)
MINUTE = 60
PLACES = 4


class ClockStart(StrEnum):
    """What starts the clock."""

    FIRST = "FIRST"
    ALARM = "ALARM"
    CLAIM = "CLAIM"
    CASE = "CASE"


class Rounding(StrEnum):
    """How a month's outage becomes minutes."""

    EXACT = "EXACT"
    UP = "UP"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage: when each door told of it, and when it was over (None: not yet)."""

    alarm_at: dt.datetime | None
    claim_at: dt.datetime | None
    restored_at: dt.datetime | None
    case_at: dt.datetime | None = None

    def starts_at(self, rule: ClockStart) -> dt.datetime | None:
        """Return the start by the contract's rule; None when by that rule it never started."""
        if rule is ClockStart.CLAIM:
            return self.claim_at
        if rule is ClockStart.ALARM:
            return self.alarm_at
        if rule is ClockStart.CASE:
            return self.case_at
        return min((at for at in (self.alarm_at, self.claim_at) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a contract counts, and the percentage it promises."""

    clock_start: ClockStart = ClockStart.FIRST
    ignore_below_seconds: int = 0
    rounding: Rounding = Rounding.EXACT
    promised: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Availability:
    """A service's month. Seconds; `percent` truncated to four decimals, 100 where there was no service time."""

    month: Month
    service_seconds: int
    outage_seconds: int

    @property
    def exact(self) -> Fraction:
        """The share available, in percent."""
        if not self.service_seconds:
            return Fraction(100)
        return Fraction(100 * (self.service_seconds - self.outage_seconds), self.service_seconds)

    @property
    def percent(self) -> Decimal:
        """The percentage, cut after four decimals."""
        exact = self.exact
        return Decimal(exact.numerator * 10**PLACES // exact.denominator).scaleb(-PLACES)

    def budget_seconds(self, promised: Decimal) -> Fraction:
        """Return the outage that the promise allows: 99.9 % of 30 days is 2,592 seconds."""
        return self.service_seconds * (100 - Fraction(promised)) / 100

    def kept(self, promised: Decimal) -> bool:
        """Whether the promise was kept, compared exactly."""
        return self.exact >= Fraction(promised)


def whole_second(at: dt.datetime) -> int:
    """Return an instant in whole seconds. Raises Invalid without zone."""
    if at.tzinfo is None:
        raise Invalid("La hora no dice su zona.", field="at", remedy="Agregue la zona.")
    return (at - _EPOCH) // _SECOND


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the spans merged and ordered, empty ones dropped."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of the spans' union outside the union of `taken`."""
    left: list[Span] = []
    holes = union(taken)
    at = 0
    for start, end in union(spans):
        while at < len(holes) and holes[at][1] <= start:
            at += 1
        here, number = start, at
        while number < len(holes) and holes[number][0] < end:
            if holes[number][0] > here:
                left.append((here, holes[number][0]))
            here = max(here, holes[number][1])
            number += 1
        if here < end:
            left.append((here, end))
    return left


def length(spans: Iterable[Span]) -> int:
    """Return the seconds of disjoint spans."""
    return sum(end - start for start, end in spans)


def within(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Return the parts of the spans inside [start, end)."""
    return [(max(low, start), min(high, end)) for low, high in spans if max(low, start) < min(high, end)]


def counted(outages: Iterable[Outage], terms: Terms, *, until: dt.datetime) -> list[Span]:
    """Return the outage as the contract counts it, before exclusions; what is open is cut at `until`."""
    end_of_all = whole_second(until)
    spans = []
    for outage in outages:
        starts_at = outage.starts_at(terms.clock_start)
        if starts_at is not None:
            end = (
                end_of_all
                if outage.restored_at is None
                else min(whole_second(outage.restored_at), end_of_all)
            )
            spans.append((whole_second(starts_at), end))
    return [span for span in union(spans) if span[1] - span[0] >= terms.ignore_below_seconds]


def of_month(
    month: Month,
    *,
    served: Sequence[Span],
    outages: Iterable[Outage],
    terms: Terms,
    until: dt.datetime,
    excluded: Sequence[Span] = (),
    suspended: Sequence[Span] = (),
) -> Availability:
    """Return a service's availability in `month`. `served` is when the holder had the service (G-48)."""
    start, end = whole_second(month.starts_at), whole_second(month.ends_at)
    in_service = within(without(served, suspended), start, end)
    down = without(counted(outages, terms, until=until), [*excluded, *suspended])
    seconds = sum(length(within(down, low, high)) for low, high in in_service)
    service = length(in_service)
    return Availability(month, service, min(rounded(seconds, terms.rounding), service))


def rounded(seconds: int, rounding: Rounding) -> int:
    """Return a month's outage in seconds, brought to whole minutes where the contract says so."""
    if rounding is Rounding.UP:
        return -(-seconds // MINUTE) * MINUTE
    return seconds // MINUTE * MINUTE if rounding is Rounding.DOWN else seconds


def by_month(spans: Iterable[Span], months: Iterable[Month]) -> Iterator[tuple[Month, int]]:
    """Yield the seconds of disjoint spans that lie in each month of La Paz."""
    every = list(spans)
    for month in months:
        yield month, length(within(every, whole_second(month.starts_at), whole_second(month.ends_at)))
