"""Clocks of outages: unions, stops, what is left."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import clocks
from mayorista.rules.clocks import Period

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def at(minutes: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


class TestSeconds:
    @pytest.mark.parametrize(
        ("periods", "minutes"),
        [
            ([], 0),
            ([(0, 10)], 10),
            ([(0, 10), (5, 15)], 15),
            ([(0, 10), (10, 20)], 20),
            ([(0, 10), (20, 30)], 20),
            ([(0, None)], 100),
            ([(0, None), (50, 60)], 100),
            ([(10, 5)], 0),
        ],
    )
    def test_counts_each_instant_once(self, periods, minutes):
        given_periods = [Period(at(start), None if end is None else at(end)) for start, end in periods]
        assert clocks.seconds(given_periods, until=at(100)) == minutes * 60


class TestNet:
    def test_of_the_filled_example_of_a_stop(self):
        outage = [Period(at(0), at(47))]
        stop = [Period(at(20), at(29))]
        assert clocks.net_seconds(outage, stop, until=at(90)) == 38 * 60

    def test_ignores_a_stop_outside_the_outage(self):
        assert clocks.net_seconds([Period(at(0), at(10))], [Period(at(20), at(30))], until=at(90)) == 600


minutes = st.integers(min_value=0, max_value=500)
some_periods = st.lists(
    st.tuples(minutes, st.one_of(st.none(), minutes)).map(
        lambda pair: Period(at(pair[0]), None if pair[1] is None else at(pair[1]))
    ),
    max_size=8,
)


class TestAlways:
    @given(some_periods, some_periods)
    def test_net_is_between_nothing_and_gross(self, outage, stops):
        gross = clocks.seconds(outage, until=at(500))
        assert 0 <= clocks.net_seconds(outage, stops, until=at(500)) <= gross

    @given(some_periods, st.randoms())
    def test_the_order_of_periods_is_of_no_account(self, periods, random):
        shuffled = periods[:]
        random.shuffle(shuffled)
        assert clocks.union(periods, until=at(500)) == clocks.union(shuffled, until=at(500))

    @given(some_periods)
    def test_a_stop_never_brings_the_due_time_forward(self, stops):
        plain = clocks.due_at(at(0), 240, [], until=at(500))
        assert clocks.due_at(at(0), 240, stops, until=at(500)) >= plain


class TestDue:
    def test_moves_by_each_stop_before_it(self):
        stops = [Period(at(10), at(19)), Period(at(300), at(400))]
        assert clocks.due_at(at(0), 240, stops, until=at(500)) == at(249)

    def test_counts_a_stop_only_from_the_start(self):
        assert clocks.due_at(at(0), 240, [Period(at(-30), at(10))], until=at(500)) == at(250)


class TestClock:
    @pytest.mark.parametrize(
        ("now", "level", "percent"),
        [
            (0, "OK", 0),
            (60, "OK", 60),
            (70, "WARN", 70),
            (99, "WARN", 99),
            (100, "LATE", 100),
            (150, "LATE", 100),
        ],
    )
    def test_turns_amber_at_seventy_and_red_at_a_hundred(self, now, level, percent):
        clock = clocks.clock(title="SLA", starts_at=at(0), due_at=at(100), at=at(now))
        assert (clock.level, clock.percent) == (level, percent)

    def test_that_ended_stands_still(self):
        clock = clocks.clock(title="SLA", starts_at=at(0), due_at=at(100), at=at(900), ended_at=at(40))
        assert (clock.remaining_seconds, clock.done) == (60 * 60, True)
