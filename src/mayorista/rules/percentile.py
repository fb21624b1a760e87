"""The 95th percentile of 5-minute samples, per direction (R12, R19), from run lengths or packed days.

A sample is a pair (in, out) in bits per second; where either direction is missing the pair is missing, and a
missing pair is left out, never zero. Billed is the larger of the two percentiles, never their sum.

# Note [Selection]
A month is 8,928 samples and only the value after the 5 % highest is asked. So a floor is taken from a probe of
every 17th sample, what reaches it is kept and sorted; if too little was kept, all of it is sorted. Exact for
any input, and a fraction of the time of sorting everything.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from mayorista.rules.errors import Invalid

PERCENT_DROPPED = 5
DAY_MINUTES = 1440
INTERVAL = 5
PER_DAY = DAY_MINUTES // INTERVAL
MISSING = 2**64 - 1
"""What stands in a packed day for a sample that is not there."""
LARGEST = 10**15
"""A petabit per second: more is a counter gone mad, and sums of thousands of ports still fit 64 bits."""
_STRIDE = 17  # coprime with 288, so that the probe meets every hour of the day
_SMALL = 1024
_ITEM = 8

Pair = tuple[int, int]
Coverage = tuple[int, int]


class Percentile(NamedTuple):
    """What a bill needs to show: bits per second, and the samples behind them. None: not one sample."""

    inward: int | None
    outward: int | None
    discarded: int
    expected: int
    present: int

    @property
    def billed(self) -> int | None:
        """The larger direction."""
        if self.inward is None or self.outward is None:
            return None
        return max(self.inward, self.outward)

    def covers(self, least: Coverage) -> bool:
        """Whether enough samples are there; `least` is a share (numerator, denominator)."""
        return self.present > 0 and self.present * least[1] >= least[0] * self.expected


def discarded(present: int) -> int:
    """Return how many of the highest samples are dropped: the whole part of 5 %."""
    return present * PERCENT_DROPPED // 100


def highest(values: Sequence[Any], rank: int) -> Any:
    """Return the value after the `rank` highest; any order of values. See Note [Selection]."""
    count = len(values)
    if count < _SMALL:
        return sorted(values, reverse=True)[rank]
    probe = sorted(values[::_STRIDE], reverse=True)
    guess = rank // _STRIDE
    floor = probe[min(guess + guess // 4 + 8, len(probe) - 1)]
    kept = [value for value in values if value >= floor]
    if len(kept) <= rank:
        kept = list(values)
    kept.sort(reverse=True)
    return kept[rank]


def ninety_fifth(values: Sequence[Any]) -> tuple[Any, int]:
    """Return (the 95th percentile, how many were discarded) of at least one sample."""
    dropped = discarded(len(values))
    return highest(values, dropped), dropped


class Columns(NamedTuple):
    """Both directions of consecutive stamps as unsigned 64-bit arrays; MISSING stands in both or in neither."""

    inward: array[int]
    outward: array[int]


class Port(Protocol):
    """Anything that has samples by day."""

    def columns(self, start: int, end: int) -> Columns:
        """Return the stamps of the days [start, end) (day numbers)."""


def of_columns(columns: Columns, expected: int) -> Percentile:
    """Return the percentile of some columns."""
    inward, outward = columns
    gaps = inward.count(MISSING) if _may_miss(inward) else 0
    present = len(inward) - gaps
    if not present:
        return Percentile(None, None, 0, expected, 0)
    dropped = discarded(present)
    # missing samples are the largest number there is, so they lie above the rank
    return Percentile(
        highest(inward, dropped + gaps), highest(outward, dropped + gaps), dropped, expected, present
    )


def _may_miss(column: array[int]) -> bool:
    return b"\xff\xff\xff\xff\xff\xff\xff\xff" in column.tobytes()


def pack(pairs: Sequence[Pair | None]) -> bytes:
    """Return a day's samples as stored: all inward, then all outward, 64-bit little-endian bits per second.

    Raises Invalid when a value is negative or does not fit.
    """
    ends = (array("Q"), array("Q"))
    for pair in pairs:
        for column, value in zip(ends, pair or (MISSING, MISSING), strict=True):
            if not 0 <= value <= LARGEST and pair is not None:
                raise Invalid(
                    f"Una muestra no puede valer {value} bit/s.", field="samples", remedy="Revise la fila."
                )
            column.append(value)
    return b"".join(_little(column).tobytes() for column in ends)


def unpack(day: bytes) -> list[Pair | None]:
    """Return a packed day as pairs, None where the sample is missing."""
    inward, outward = _day_columns(day)
    return [None if one == MISSING else (one, other) for one, other in zip(inward, outward, strict=True)]


@dataclass(frozen=True, slots=True)
class PackedDays:
    """Packed days by day number; a day that is not there is missing whole."""

    days: Mapping[int, bytes]
    min_coverage: Coverage
    per_day: int = PER_DAY

    def columns(self, start: int, end: int) -> Columns:
        """Return the stamps of the days [start, end). Raises Invalid for a day of another length."""
        inward, outward, half = bytearray(), bytearray(), self.per_day * _ITEM
        for day in range(start, end):
            packed = self.days.get(day)
            if packed is None:
                inward += b"\xff" * half
                outward += b"\xff" * half
            elif len(packed) != 2 * half:
                raise Invalid(
                    "Un día de muestras no tiene el largo debido.",
                    field="samples",
                    remedy="Cárguelo otra vez.",
                )
            else:
                inward += packed[:half]
                outward += packed[half:]
        return Columns(_from_little(inward), _from_little(outward))

    def between(self, start: int, end: int) -> Percentile:
        """Return the percentile over the days [start, end)."""
        return of_columns(self.columns(start, end), (end - start) * self.per_day)


class Run(NamedTuple):
    """`samples` equal ones in a row; None in both directions where they are missing."""

    samples: int
    inward: int | None
    outward: int | None


@dataclass(frozen=True, slots=True)
class RunLengths:
    """Samples in time order from the first stamp of `first_day` (a day number); what follows the runs is missing."""

    runs: tuple[Run, ...]
    first_day: int
    min_coverage: Coverage
    interval_minutes: int = INTERVAL

    def __post_init__(self) -> None:
        if not 1 <= self.interval_minutes <= DAY_MINUTES or DAY_MINUTES % self.interval_minutes:
            raise Invalid(
                "El intervalo debe dividir el día en partes iguales.",
                field="interval_minutes",
                remedy="Use 5.",
            )

    @property
    def per_day(self) -> int:
        """Samples of a day."""
        return DAY_MINUTES // self.interval_minutes

    def between(self, start: int, end: int) -> Percentile:
        """Return the percentile over the days [start, end), without writing the runs out."""
        found = [run for run in self._clipped(start, end) if run.inward is not None]
        present = sum(run.samples for run in found)
        expected = (end - start) * self.per_day
        if not present:
            return Percentile(None, None, 0, expected, 0)
        dropped = discarded(present)
        inward, outward = (_weighted(found, itemgetter(which), dropped) for which in (1, 2))
        return Percentile(inward, outward, dropped, expected, present)

    def columns(self, start: int, end: int) -> Columns:
        """Return the stamps of the days [start, end)."""
        ends = Columns(array("Q"), array("Q"))
        for samples, inward, outward in self._clipped(start, end):
            ends.inward.extend(repeat(MISSING if inward is None else inward, samples))
            ends.outward.extend(repeat(MISSING if outward is None else outward, samples))
        left = (end - start) * self.per_day - len(ends.inward)
        for column in ends:
            column.extend(repeat(MISSING, left))
        return ends

    def _clipped(self, start: int, end: int) -> Iterator[Run]:
        """The runs that lie in the days [start, end); days before the first stamp are missing."""
        begin, stop = (start - self.first_day) * self.per_day, (end - self.first_day) * self.per_day
        if begin < 0:
            yield Run(min(-begin, stop - begin), None, None)
        at = 0
        for samples, inward, outward in self.runs:
            low, high = max(at, begin), min(at + samples, stop)
            if low < high:
                yield Run(high - low, inward, outward)
            at += samples


def _weighted(runs: Sequence[Run], value: Callable[[Run], int], rank: int) -> int:
    left = rank
    for run in sorted(runs, key=value, reverse=True):
        if left < run.samples:
            return value(run)
        left -= run.samples
    raise AssertionError("the rank is below the number of samples")


class Member(NamedTuple):
    """A port of a pool and the days [start, end) it is active on."""

    port: Port
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pool:
    """In and out added separately per stamp over the active ports; a stamp that lacks one of them is missing (R19)."""

    members: tuple[Member, ...]
    min_coverage: Coverage
    per_day: int = PER_DAY

    def columns(self, start: int, end: int) -> Columns:
        """Return the summed stamps of the days [start, end)."""
        total = _zeros((end - start) * self.per_day)
        some = bytearray((end - start) * self.per_day)
        for port, since, until in self.members:
            low, high = max(start, since), min(end, until)
            if low < high:
                at = (low - start) * self.per_day
                part = port.columns(low, high)
                stop = at + len(part.inward)
                some[at:stop] = b"\x01" * (stop - at)
                for column, more in zip(total, part, strict=True):
                    column[at:stop] = _added(column[at:stop], more)
        for at in _gaps(some):
            total.inward[at] = total.outward[at] = MISSING
        return total

    def between(self, start: int, end: int) -> Percentile:
        """Return the percentile of the sums over the days [start, end)."""
        return of_columns(self.columns(start, end), (end - start) * self.per_day)


@dataclass(frozen=True, slots=True)
class Lag:
    """A bundle of links: itself where it was measured, else the sum of its members where all were (R19)."""

    bundle: Port
    members: tuple[Port, ...]
    min_coverage: Coverage
    per_day: int = PER_DAY

    def columns(self, start: int, end: int) -> Columns:
        """Return the stamps of the days [start, end)."""
        own = self.bundle.columns(start, end)
        if self.members and _may_miss(own.inward):
            parts = Pool(
                tuple(Member(each, start, end) for each in self.members), self.min_coverage, self.per_day
            )
            summed = parts.columns(start, end)
            for at, value in enumerate(own.inward):
                if value == MISSING:
                    own.inward[at], own.outward[at] = summed.inward[at], summed.outward[at]
        return own

    def between(self, start: int, end: int) -> Percentile:
        """Return the percentile over the days [start, end)."""
        return of_columns(self.columns(start, end), (end - start) * self.per_day)


def _zeros(count: int) -> Columns:
    return Columns(array("Q", bytes(count * _ITEM)), array("Q", bytes(count * _ITEM)))


def _added(column: array[int], more: array[int]) -> array[int]:
    if _may_miss(column) or _may_miss(more):
        return array("Q", [
            MISSING if MISSING in {one, other} else one + other for one, other in zip(column, more, strict=True)
        ])  # fmt: skip
    return array("Q", map(int.__add__, column, more))


def _gaps(some: bytearray) -> Iterable[int]:
    """The stamps at which no port was active."""
    return (at for at, active in enumerate(some) if not active) if 0 in some else ()


def _day_columns(day: bytes) -> Columns:
    half = len(day) // 2
    return Columns(_from_little(day[:half]), _from_little(day[half:]))


def _from_little(raw: bytes | bytearray) -> array[int]:
    column = array("Q")
    column.frombytes(raw)
    return _little(column)


def _little(column: array[int]) -> array[int]:
    if sys.byteorder == "big":
        column.byteswap()
    return column
