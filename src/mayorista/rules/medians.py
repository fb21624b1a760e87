"""The median of numbers that lie in several sorted runs, without putting them into one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction


def median(runs: Sequence[Sequence[int]]) -> Fraction | None:
    """Return the middle number of all runs, each sorted upwards; between the two middle ones of an even number."""
    filled = [run for run in runs if len(run)]
    count = sum(len(run) for run in filled)
    if not count:
        return None
    low, high = _ranked(filled, (count - 1) // 2), _ranked(filled, count // 2)
    return Fraction(low + high, 2)


def _ranked(runs: Sequence[Sequence[int]], rank: int) -> int:
    """The number that `rank` others stand before."""
    low, high = min(run[0] for run in runs), max(run[-1] for run in runs)
    while low < high:
        middle = (low + high) // 2
        if sum(bisect_right(run, middle) for run in runs) > rank:
            high = middle
        else:
            low = middle + 1
    return low
