"""Several ports billed as one: pools and link bundles (R19)."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from mayorista.rules.percentile.packed import ITEM_BYTES
from mayorista.rules.percentile.selection import (
    MISSING,
    PER_DAY,
    Columns,
    Coverage,
    Percentile,
    Port,
    may_miss,
    of_columns,
)


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
        if self.members and may_miss(own.inward):
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
    return Columns(array("Q", bytes(count * ITEM_BYTES)), array("Q", bytes(count * ITEM_BYTES)))


def _added(column: array[int], more: array[int]) -> array[int]:
    if may_miss(column) or may_miss(more):
        return array("Q", [
            MISSING if MISSING in {one, other} else one + other for one, other in zip(column, more, strict=True)
        ])  # fmt: skip
    return array("Q", map(int.__add__, column, more))


def _gaps(some: bytearray) -> Iterable[int]:
    """The stamps at which no port was active."""
    return (at for at, active in enumerate(some) if not active) if 0 in some else ()
