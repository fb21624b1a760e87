"""Availability of a month: union, exclusion, split, rounding; against a count of single seconds."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import availability
from mayorista.rules.availability import Availability, ClockStart, Outage, Rounding, Terms
from mayorista.rules.lapaz import LA_PAZ
from mayorista.rules.periods import Month, by_month, instants_by_month

APRIL = Month(2026, 4)
START = availability.whole_second(APRIL.starts_at)
END = availability.whole_second(APRIL.ends_at)


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0, month: int = 4) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, second, tzinfo=LA_PAZ)


def outage(start: dt.datetime, end: dt.datetime | None, claim: dt.datetime | None = None) -> Outage:
    return Outage(start, claim, end)


def of(*outages: Outage, terms: Terms | None = None, **more) -> Availability:
    return availability.of_month(
        APRIL,
        served=more.pop("served", [(0, 2**40)]),
        outages=outages,
        terms=terms or Terms(),
        until=more.pop("until", at(15, month=5)),
        **more,
    )


class TestMonth:
    @pytest.mark.parametrize(
        ("month", "minutes"), [((2026, 3), 44640), ((2026, 4), 43200), ((2028, 2), 41760), ((2026, 2), 40320)]
    )
    def test_has_the_minutes_of_la_paz(self, month, minutes):
        found = Month(*month)
        assert (found.ends_at - found.starts_at) == dt.timedelta(minutes=minutes)
        assert found.starts_at.utcoffset() == dt.timedelta(hours=-4)

    @pytest.mark.parametrize(
        ("promised", "seconds"), [("99.9", 2592), ("99.95", 1296), ("99.99", Fraction(1296, 5))]
    )
    def test_budget_of_a_promise(self, promised, seconds):
        assert of().budget_seconds(Decimal(promised)) == seconds

    def test_an_outage_over_midnight_of_the_first_is_split(self):
        one = outage(at(30, 23, 50), at(1, 0, 7, month=5))
        assert of(one).outage_seconds == 600
        may = availability.of_month(
            Month(2026, 5), served=[(0, 2**40)], outages=[one], terms=Terms(), until=at(15, month=5)
        )
        assert may.outage_seconds == 420

    def test_parts_of_days_and_instants_by_month(self):
        parts = list(by_month(dt.date(2026, 11, 20), dt.date(2027, 1, 3)))
        assert [(str(month), (stop - start).days) for month, start, stop in parts] == [
            ("2026-11", 11),
            ("2026-12", 31),
            ("2027-01", 2),
        ]
        spans = list(instants_by_month(at(30, 23), at(1, 1, month=5)))
        assert [(str(month), stop - start) for month, start, stop in spans] == [
            ("2026-04", dt.timedelta(hours=1)),
            ("2026-05", dt.timedelta(hours=1)),
        ]


class TestOutage:
    def test_overlaps_are_unioned_never_summed(self):
        assert (
            of(
                outage(at(3, 1), at(3, 3)), outage(at(3, 2), at(3, 4)), outage(at(3, 2), at(3, 3))
            ).outage_seconds
            == 10800
        )

    def test_one_still_open_counts_until_now(self):
        assert of(outage(at(3), None), until=at(3, 0, 5)).outage_seconds == 300

    @pytest.mark.parametrize(
        ("rule", "alarm", "claim", "seconds"),
        [
            (ClockStart.FIRST, at(3, 1), at(3, 2), 7200),
            (ClockStart.FIRST, at(3, 2), at(3, 1), 7200),
            (ClockStart.FIRST, None, at(3, 2), 3600),
            (ClockStart.ALARM, at(3, 2), at(3, 1), 3600),
            (ClockStart.ALARM, None, at(3, 1), 0),
            (ClockStart.CLAIM, at(3, 1), at(3, 2, 30), 1800),
            (ClockStart.CLAIM, at(3, 1), None, 0),
        ],
    )
    def test_starts_by_the_contracts_rule(self, rule, alarm, claim, seconds):
        assert of(Outage(alarm, claim, at(3, 3)), terms=Terms(rule)).outage_seconds == seconds

    def test_short_ones_may_be_ignored_but_not_cut_into_pieces(self):
        terms = Terms(ignore_below_seconds=60)
        short, exact = outage(at(3), at(3, 0, 0, 59)), outage(at(4), at(4, 0, 1))
        assert of(short, exact, terms=terms).outage_seconds == 60
        flaps = [outage(at(3, 0, 0, second), at(3, 0, 0, second + 30)) for second in (0, 20)]
        assert of(*flaps, outage(at(3, 0, 0, 45), at(3, 0, 1)), terms=terms).outage_seconds == 60

    def test_what_is_excluded_is_taken_out_and_its_excess_counts(self):
        window = (availability.whole_second(at(3, 1)), availability.whole_second(at(3, 2)))
        assert of(outage(at(3, 0, 50), at(3, 2, 5)), excluded=[window]).outage_seconds == 900

    def test_suspended_time_leaves_both_sides(self):
        gone = (availability.whole_second(at(3)), availability.whole_second(at(5)))
        found = of(outage(at(4, 23), at(5, 1)), suspended=[gone])
        assert (found.service_seconds, found.outage_seconds) == (28 * 86400, 3600)

    def test_a_part_month_has_its_own_minutes_and_holder(self):
        found = of(outage(at(9, 23), at(10, 1)), served=[(availability.whole_second(at(10)), 2**40)])
        assert (found.service_seconds, found.outage_seconds) == (21 * 86400, 3600)

    @pytest.mark.parametrize(
        ("rounding", "seconds"), [(Rounding.EXACT, 90), (Rounding.UP, 120), (Rounding.DOWN, 60)]
    )
    def test_is_rounded_once_at_the_end(self, rounding, seconds):
        two = [outage(at(3), at(3, 0, 0, 45)), outage(at(4), at(4, 0, 0, 45))]
        assert of(*two, terms=Terms(rounding=rounding)).outage_seconds == seconds


class TestPercent:
    @pytest.mark.parametrize(
        ("service", "down", "percent"),
        [
            (2592000, 0, "100.0000"),
            (2592000, 1, "99.9999"),
            (2592000, 2592, "99.9000"),
            (2592000, 2593, "99.8999"),
            (2592000, 2592000, "0.0000"),
            (0, 0, "100.0000"),
            (3, 1, "66.6666"),
        ],
    )
    def test_is_truncated_never_rounded_up(self, service, down, percent):
        assert str(Availability(APRIL, service, down).percent) == percent

    def test_the_promise_is_compared_exactly(self):
        assert Availability(APRIL, 2592000, 2592).kept(Decimal("99.9"))
        assert not Availability(APRIL, 2592000, 2593).kept(Decimal("99.9"))


moments = st.integers(0, 60)
spans = st.lists(st.tuples(moments, moments), max_size=6)


class TestLaws:
    @given(spans, spans, st.integers(0, 2**16))
    def test_against_a_count_of_single_seconds(self, some, taken, seed):
        def seconds(spans: list) -> set[int]:
            return {second for low, high in spans for second in range(low, high)}

        mixed = some[:]
        random.Random(seed).shuffle(mixed)
        assert availability.union(some) == availability.union(mixed)
        assert availability.length(availability.union(some)) == len(seconds(some))
        left = availability.without(some, taken)
        assert seconds(left) == seconds(some) - seconds(taken)
        assert left == sorted(left)

    @given(spans, st.tuples(moments, moments))
    def test_one_more_outage_never_raises_the_availability(self, some, more):
        def percent(spans: list) -> Fraction:
            down = availability.union(spans)
            return Availability(APRIL, 60, availability.length(availability.within(down, 0, 60))).exact

        assert percent([*some, more]) <= percent(some)

    @given(spans, moments)
    def test_cutting_an_outage_in_two_changes_nothing(self, some, cut):
        halves = [part for low, high in some for part in ((low, min(high, cut)), (max(low, cut), high))]
        assert availability.length(availability.union(halves)) == availability.length(
            availability.union(some)
        )
