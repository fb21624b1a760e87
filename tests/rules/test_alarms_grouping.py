"""Which outages are one fault, whatever the order in which they are known."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.alarms.grouping import Group, Named, Strike, group

T = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
U, N1, N2 = 100, 101, 102
ELEMENTS = {k: frozenset({U, N1 if k < 5 else N2}) for k in range(10)}
RIDERS = {U: 10, N1: 5, N2: 5}


def at(seconds: float) -> dt.datetime:
    return T + dt.timedelta(seconds=seconds)


def strike(service: int, second: float = 0, fault: int | None = None, *, settled: bool = False) -> Strike:
    return Strike(service, (at(second),), fault, settled)


def grouped(*strikes: Strike, named: tuple[Named, ...] = (), elements=ELEMENTS) -> list[Group]:
    return group(strikes, elements=elements, riders=RIDERS, named=named)


class TestNewStrikes:
    def test_two_circuits_are_two_faults(self):
        assert [each.service_ids for each in grouped(strike(1), strike(2))] == [(1,), (2,)]

    def test_three_that_share_an_element_are_one(self):
        [only] = grouped(strike(1), strike(2), strike(7))
        assert (only.service_ids, only.element, only.fault_id) == ((1, 2, 7), U, None)

    def test_the_narrowest_element_that_explains_all_is_named(self):
        [only] = grouped(strike(1), strike(2), strike(3))
        assert only.element == N1

    @pytest.mark.parametrize(("gap", "faults"), [(120, 1), (121, 3)])
    def test_within_two_minutes_of_one_another(self, gap, faults):
        assert len(grouped(strike(1, 0), strike(2, gap), strike(3, 2 * gap))) == faults

    def test_what_shares_nothing_stays_apart(self):
        assert len(grouped(strike(1), strike(2), strike(3), elements={})) == 3

    def test_an_element_that_is_named_gathers_all_even_two(self):
        [only] = grouped(strike(1, 10), strike(7, 20), named=(Named(U, at(0)),))
        assert (only.service_ids, only.element) == ((1, 7), U)

    def test_an_element_named_long_before_gathers_nothing(self):
        assert len(grouped(strike(1, 1000), strike(7, 1000), named=(Named(U, at(0)),))) == 2


class TestFaultsThatAreThere:
    def test_a_single_outage_moves_into_the_shared_fault(self):
        [only] = grouped(strike(1, fault=51), strike(2, fault=52), strike(3))
        assert (only.fault_id, only.absorbed, only.service_ids) == (51, (52,), (1, 2, 3))

    def test_a_settled_fault_stays_and_takes_the_rest(self):
        [only] = grouped(strike(1, fault=51), strike(2, fault=52, settled=True), strike(3))
        assert (only.fault_id, only.absorbed) == (52, (51,))

    def test_two_settled_faults_stay_apart_and_the_older_takes_the_rest(self):
        first, second = grouped(
            strike(1, fault=51, settled=True), strike(2, fault=52, settled=True), strike(3)
        )
        assert (first.fault_id, first.service_ids) == (51, (1, 3))
        assert (second.fault_id, second.service_ids) == (52, (2,))

    def test_a_fault_is_never_split(self):
        [only] = grouped(strike(1, 0, 51), strike(2, 5000, 51))
        assert (only.fault_id, only.absorbed, only.element) == (51, (), None)

    def test_an_older_outage_is_drawn_in_by_a_later_beginning_of_its_own(self):
        old = Strike(1, (at(-9000), at(10)), 51)
        [only] = grouped(old, strike(2), strike(3))
        assert (only.fault_id, only.service_ids) == (51, (1, 2, 3))


def partition(groups: list[Group]) -> set[frozenset[int]]:
    return {frozenset(each.service_ids) for each in groups}


hits = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 6).map(lambda n: n * 60)),
    min_size=1,
    max_size=14,
    unique_by=lambda hit: hit[0],
)


class TestOrder:
    @given(hits, st.randoms(use_true_random=False), st.integers(1, 14))
    def test_batches_in_any_order_end_in_the_partition_of_all_at_once(self, known, random, size):
        """Correlating hit by hit, batch by batch, in any order and with repetitions, gives the same faults."""
        at_once = partition(grouped(*(strike(service, second) for service, second in known)))
        arrivals = known + random.sample(known, k=len(known) // 2)
        random.shuffle(arrivals)
        faults: dict[int, int] = {}
        starts: dict[int, int] = {}
        numbers = iter(range(1, 1000))
        for first in range(0, len(arrivals), size):
            starts.update(arrivals[first : first + size])
            for made in grouped(
                *(strike(service, second, faults.get(service)) for service, second in starts.items())
            ):
                kept = made.fault_id or next(numbers)
                faults.update(dict.fromkeys(made.service_ids, kept))
                faults = {
                    service: kept if fault in made.absorbed else fault for service, fault in faults.items()
                }
        ended: dict[int, set[int]] = {}
        for service, fault in faults.items():
            ended.setdefault(fault, set()).add(service)
        assert {frozenset(members) for members in ended.values()} == at_once

    @given(hits, st.randoms(use_true_random=False))
    def test_the_order_of_strikes_in_one_look_says_nothing(self, known, random):
        strikes = [strike(service, second) for service, second in known]
        shuffled = list(strikes)
        random.shuffle(shuffled)
        assert grouped(*shuffled) == grouped(*strikes)

    @given(hits)
    def test_every_circuit_is_in_exactly_one_fault(self, known):
        found = [
            service for each in grouped(*(strike(s, t) for s, t in known)) for service in each.service_ids
        ]
        assert sorted(found) == sorted(service for service, _second in known)
