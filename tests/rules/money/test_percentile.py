"""The 95th percentile: vectors, packed days, pools and bundles against a plain sort."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayorista.rules import percentile
from mayorista.rules.errors import Invalid
from mayorista.rules.percentile import Columns, Lag, Member, PackedDays, Percentile, Pool, Run, RunLengths

DAY = 739_000
LEAST = (9, 10)
pairs = st.one_of(st.none(), st.tuples(st.integers(0, 50), st.integers(0, 50)))


def plain(samples: list) -> tuple:
    """By the words of the rule: sort each direction, drop the whole part of 5 %, take the next."""
    present = [pair for pair in samples if pair is not None]
    if not present:
        return None, None, 0, 0
    dropped = len(present) * 5 // 100
    inward, outward = (sorted((pair[way] for pair in present), reverse=True)[dropped] for way in (0, 1))
    return inward, outward, dropped, len(present)


def told(found: Percentile) -> tuple:
    return found.inward, found.outward, found.discarded, found.present


def packed(samples: list, per_day: int) -> PackedDays:
    days = [samples[at : at + per_day] for at in range(0, len(samples), per_day)]
    return PackedDays({DAY + number: percentile.pack(day) for number, day in enumerate(days)}, LEAST, per_day)


class TestHighest:
    @pytest.mark.parametrize(
        ("count", "dropped"),
        [(1, 0), (19, 0), (20, 1), (39, 1), (40, 2), (8640, 432), (8928, 446), (8064, 403)],
    )
    def test_drops_the_whole_part_of_five_percent(self, count, dropped):
        values = list(range(count))
        random.Random(count).shuffle(values)
        assert percentile.ninety_fifth(values) == (count - 1 - dropped, dropped)

    @settings(max_examples=40, deadline=None)
    @given(
        st.integers(0, 2**32),
        st.sampled_from(["flat", "two", "rising", "falling", "wave", "noise", "spikes"]),
    )
    def test_is_what_sorting_gives_whatever_the_shape(self, seed, shape):
        chance = random.Random(seed)
        count = chance.choice([1024, 1025, 5000, 8640, 8928])
        made = {
            "flat": lambda _: 7,
            "two": lambda _: chance.choice([1, 2]),
            "rising": lambda at: at,
            "falling": lambda at: -at,
            "wave": lambda at: abs(at % 288 - 144) * 1000 + chance.randrange(50),
            "noise": lambda _: chance.randrange(10**12),
            "spikes": lambda at: 10**9 if at % 17 else chance.randrange(10),
        }[shape]
        values = [made(at) for at in range(count)]
        for rank in (0, count * 5 // 100, count // 2, count - 1):
            assert percentile.highest(values, rank) == sorted(values, reverse=True)[rank]


class TestPackedDays:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(pairs, min_size=4, max_size=60).map(lambda some: some[: len(some) // 4 * 4]))
    def test_is_the_plain_percentile(self, samples):
        found = packed(samples, 4).between(DAY, DAY + len(samples) // 4)
        assert told(found) == plain(samples)
        assert found.expected == len(samples)

    @given(st.lists(pairs, min_size=1, max_size=40))
    def test_packs_and_unpacks(self, samples):
        assert percentile.unpack(percentile.pack(samples)) == samples

    def test_of_a_whole_month_with_gaps(self):
        chance = random.Random(5)
        samples = [
            None if chance.random() < 0.03 else (chance.randrange(4 * 10**11), chance.randrange(10**9))
            for _ in range(8928)
        ]
        assert told(packed(samples, 288).between(DAY, DAY + 31)) == plain(samples)

    def test_a_day_that_is_not_there_is_missing(self):
        found = packed([(1, 1)] * 8, 4).between(DAY, DAY + 3)
        assert (found.present, found.expected) == (8, 12)
        assert packed([(1, 1)] * 4, 4).between(DAY + 5, DAY + 6).billed is None

    def test_zero_is_a_sample(self):
        assert told(packed([(0, 0)] * 4, 4).between(DAY, DAY + 1)) == (0, 0, 0, 4)

    @pytest.mark.parametrize("value", [-1, percentile.LARGEST + 1, 2**64])
    def test_refuses_what_can_not_be(self, value):
        with pytest.raises(Invalid):
            percentile.pack([(0, value)])

    def test_refuses_a_day_of_another_length(self):
        with pytest.raises(Invalid):
            PackedDays({DAY: b"12345678"}, LEAST).between(DAY, DAY + 1)


class TestCoverage:
    @pytest.mark.parametrize(("present", "enough"), [(89, False), (90, True), (100, True), (0, False)])
    def test_exactly_the_least_is_enough(self, present, enough):
        assert Percentile(1, 1, 0, 100, present).covers(LEAST) is enough

    def test_nothing_never_is(self):
        assert not Percentile(None, None, 0, 100, 0).covers((0, 1))


runs = st.lists(st.tuples(st.integers(0, 9), pairs), max_size=8)


class TestRunLengths:
    @given(runs, st.integers(-1, 3), st.integers(1, 4))
    def test_is_the_plain_percentile_of_its_days(self, parts, start, length):
        made = RunLengths(
            tuple(Run(count, *(pair or (None, None))) for count, pair in parts), DAY, LEAST, 360
        )
        written = [pair for count, pair in parts for _ in range(count)]
        written = [None] * 4 + written + [None] * 100
        begin = (start + 1) * 4
        expected = written[begin : begin + length * 4]
        assert told(made.between(DAY + start, DAY + start + length)) == plain(expected)
        columns = made.columns(DAY + start, DAY + start + length)
        assert told(percentile.of_columns(columns, length * 4)) == plain(expected)


def columns_of(samples: list) -> Columns:
    return packed(samples, len(samples)).columns(DAY, DAY + 1)


class TestPool:
    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.lists(pairs, min_size=8, max_size=8), min_size=1, max_size=4), st.integers(0, 2))
    def test_adds_per_stamp_and_misses_where_one_active_port_does(self, ports, later):
        members = [Member(packed(port, 4), DAY, DAY + 2) for port in ports]
        members[0] = members[0]._replace(start=DAY + later)
        summed = []
        for stamp in range(8):
            active = [port[stamp] for number, port in enumerate(ports) if number or stamp // 4 >= later]
            known = active and None not in active
            summed.append(tuple(map(sum, zip(*active, strict=True))) if known else None)
        for order in (members, members[::-1]):
            assert told(Pool(tuple(order), LEAST, 4).between(DAY, DAY + 2)) == plain(summed)

    def test_does_not_touch_its_ports(self):
        port = packed([(1, 2)] * 4, 4)
        Pool((Member(port, DAY, DAY + 1),) * 3, LEAST, 4).between(DAY, DAY + 1)
        assert told(port.between(DAY, DAY + 1)) == (1, 2, 0, 4)


class TestLag:
    @given(st.lists(st.tuples(pairs, pairs, pairs), min_size=4, max_size=4))
    def test_takes_members_only_where_the_bundle_is_missing(self, stamps):
        bundle, one, two = (packed(list(part), 4) for part in zip(*stamps, strict=True))
        expected = [
            own or ((a[0] + b[0], a[1] + b[1]) if a is not None and b is not None else None)
            for own, a, b in stamps
        ]
        assert told(Lag(bundle, (one, two), LEAST, 4).between(DAY, DAY + 1)) == plain(expected)

    def test_without_members_is_the_bundle(self):
        bundle = packed([(5, 6), None, (7, 8), (9, 1)], 4)
        assert told(Lag(bundle, (), LEAST, 4).between(DAY, DAY + 1)) == (9, 8, 0, 3)


def test_a_value_that_looks_like_a_gap_across_two_samples_is_none():
    """Eight 0xff bytes may straddle two values; only a whole value of them is a gap."""
    column = array("Q", [0xFFFFFFFF00000000, 0x00000000FFFFFFFF])
    found = percentile.of_columns(Columns(column, column), 2)
    assert found.present == 2
