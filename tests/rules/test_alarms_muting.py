"""Maintenance and suspension: what is silent, and from when the rest counts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.alarms.muting import Mute, hear

T = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def at(minutes: float) -> dt.datetime:
    return T + dt.timedelta(minutes=minutes)


def mute(start: float, end: float | None, number: int = 1) -> Mute:
    return Mute(7, at(start), None if end is None else at(end), maintenance_id=number)


class TestHear:
    @pytest.mark.parametrize(
        ("starts", "ends", "mutes", "now", "counts_from"),
        [
            (0, None, [], 5, 0),
            (10, None, [mute(0, 60)], 20, None),
            (10, None, [mute(0, 60)], 60, 60),
            (10, 30, [mute(0, 60)], 90, None),
            (10, 60, [mute(0, 60)], 90, None),
            (10, 70, [mute(0, 60)], 90, 60),
            (60, None, [mute(0, 60)], 90, 60),
            (-5, None, [mute(0, 60)], 20, -5),
            (10, None, [mute(0, None)], 10_000, None),
            (10, None, [mute(0, 60), mute(60, 120)], 90, None),
            (10, None, [mute(0, 60), mute(60, 120)], 130, 120),
            (10, None, [mute(0, 60), mute(70, 120)], 130, 60),
            (10, None, [mute(0, 60), mute(30, 120)], 130, 120),
            (10, None, [mute(0, 120), mute(30, 60)], 130, 120),
        ],
    )
    def test_counts_from_the_end_of_the_silence(self, starts, ends, mutes, now, counts_from):
        ends_at = None if ends is None else at(ends)
        heard = hear(at(starts), ends_at, mutes, at(now))
        assert heard.counts_from == (None if counts_from is None else at(counts_from))

    def test_says_which_silence_it_was(self):
        assert hear(at(10), None, [mute(0, 60, 3)], at(20)).muted_by.maintenance_id == 3
        assert hear(at(10), None, [mute(0, 60, 3)], at(70)).muted_by.maintenance_id == 3
        assert hear(at(-10), None, [mute(0, 60, 3)], at(70)).muted_by is None

    @given(
        st.permutations([mute(0, 60, 1), mute(60, 90, 2), mute(80, 120, 3), mute(200, None, 4)]),
        st.integers(-10, 300),
    )
    def test_does_not_depend_on_the_order_of_silences(self, mutes, start):
        ordered = sorted(mutes, key=lambda each: each.maintenance_id)
        assert hear(at(start), None, mutes, at(150)) == hear(at(start), None, ordered, at(150))
