"""Samples as runs of equal ones, as a case of the rating command writes them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from mayorista.rules.errors import Invalid
from mayorista.rules.percentile.selection import (
    DAY_MINUTES,
    INTERVAL,
    MISSING,
    Columns,
    Coverage,
    Percentile,
    discarded,
)


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
