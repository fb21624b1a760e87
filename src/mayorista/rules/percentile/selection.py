"""The value after the 5 % highest of a column, and what a bill shows of it (R12).

# Note [Selection]
A month is 8,928 samples and only the value after the 5 % highest is asked. So a floor is taken from a probe of
every 17th sample, what reaches it is kept and sorted; if too little was kept, all of it is sorted. Exact for
any input, and a fraction of the time of sorting everything.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

PERCENT_DROPPED = 5
DAY_MINUTES = 1440
INTERVAL = 5
PER_DAY = DAY_MINUTES // INTERVAL
MISSING = 2**64 - 1
"""What stands in a packed day for a sample that is not there."""
_STRIDE = 17  # coprime with 288, so that the probe meets every hour of the day
_SMALL = 1024

Coverage = tuple[int, int]
"""A share of samples as (numerator, denominator)."""


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
    gaps = inward.count(MISSING) if may_miss(inward) else 0
    present = len(inward) - gaps
    if not present:
        return Percentile(None, None, 0, expected, 0)
    dropped = discarded(present)
    # missing samples are the largest number there is, so they lie above the rank
    return Percentile(
        highest(inward, dropped + gaps), highest(outward, dropped + gaps), dropped, expected, present
    )


def may_miss(column: array[int]) -> bool:
    """Whether a column may hold a missing sample; a quick look that is never wrong about "no"."""
    return b"\xff\xff\xff\xff\xff\xff\xff\xff" in column.tobytes()
