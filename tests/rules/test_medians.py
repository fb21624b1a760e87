"""The median of sorted runs is that of all their numbers."""

from __future__ import annotations

import statistics

from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import medians


@given(st.lists(st.lists(st.integers(-(10**12), 10**12))))
def test_is_that_of_all_numbers(runs):
    every = [number for run in runs for number in run]
    found = medians.median([sorted(run) for run in runs])
    assert found == (statistics.median(every) if every else None)
