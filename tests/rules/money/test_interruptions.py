"""What of an outage counts: each reason in a table, and laws over random months against a count of single minutes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayorista.rules import availability, interruptions
from mayorista.rules.availability import ClockStart, Terms
from mayorista.rules.interruptions import Interruption, Policy, Reason, Stop, Window
from mayorista.rules.lapaz import LA_PAZ
from mayorista.rules.periods import Month

APRIL = Month(2026, 4)
ALWAYS = [(0, 2**40)]


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0, month: int = 4) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, second, tzinfo=LA_PAZ)


def down(start: dt.datetime, end: dt.datetime | None, **more) -> Interruption:
    said = {"alarm_at": start, "claim_at": None, "case_at": start, "effect": "TOTAL", **more}
    return Interruption("DANO-2026-000001", "FALLA-2026-000001", ((start, end),), **said)


def judge(*one: Interruption, policy: Policy | None = None, **more) -> interruptions.Judged:
    said = {"served": ALWAYS, "until": at(15, month=5), **more}
    return interruptions.judge(APRIL, interruptions=one, policy=policy or Policy(), **said)


def seconds(found: interruptions.Judged) -> dict[Reason, int]:
    sums: dict[Reason, int] = {}
    for piece in found.pieces:
        sums[piece.reason] = sums.get(piece.reason, 0) + piece.seconds
    return sums


TEN = (at(10, 10), at(10, 12))


class TestReasons:
    def test_an_outage_of_ours_counts_whole_with_its_case(self):
        found = judge(down(*TEN, attribution="INTERNAL", cause="I-FIB"))
        assert seconds(found) == {Reason.COUNTS: 7200}
        assert found.pieces[0].case == "DANO-2026-000001"
        assert found.availability.percent == Decimal("99.7222")

    @pytest.mark.parametrize(
        ("said", "policy", "reason"),
        [
            ({"attribution": "CUSTOMER", "cause": "C-ENE"}, Policy(), Reason.CUSTOMER),
            ({"attribution": "EXTERNAL", "cause": "E-NAT"}, Policy(), Reason.COUNTS),
            (
                {"attribution": "EXTERNAL", "cause": "E-NAT"},
                Policy(excluded_causes=frozenset({"E-NAT"})),
                Reason.CONTRACT,
            ),
            ({"effect": "PARTIAL"}, Policy(), Reason.EFFECT),
            ({"effect": "PARTIAL"}, Policy(counted_effects=frozenset({"PARTIAL"})), Reason.COUNTS),
            ({}, Policy(), Reason.COUNTS),
            ({"effect": "INTERMITTENT"}, Policy(), Reason.COUNTS),
        ],
    )
    def test_by_attribution_cause_and_effect(self, said, policy, reason):
        assert seconds(judge(down(*TEN, **said), policy=policy)) == {reason: 7200}

    @pytest.mark.parametrize(
        ("announced", "notice", "excused"),
        [
            (at(5), 72, 3600),
            (at(9), 72, 0),
            (at(7, 10, 30), 72, 3600),
            (at(7, 10, 30, 1), 72, 0),
            (None, 0, 0),
            (at(10, 10, 30), 0, 3600),
        ],
    )
    def test_maintenance_is_excused_by_its_notice_and_inside_its_window(self, announced, notice, excused):
        window = Window("MNT-2026-0001", "cambio de tarjeta", at(10, 10, 30), at(10, 11, 30), announced)
        found = judge(down(*TEN), policy=Policy(notice_hours=notice), windows=[window])
        assert seconds(found).get(Reason.MAINTENANCE, 0) == excused
        assert found.availability.outage_seconds == 7200 - excused

    def test_a_stop_is_taken_out_with_its_proof(self):
        stop = Stop(at(10, 11), None, "sin acceso o energía del cliente", "llamada 11:02", 7)
        found = judge(down(*TEN, stops=(stop,)))
        assert [(piece.reason, piece.seconds, piece.file_id) for piece in found.pieces] == [
            (Reason.COUNTS, 3600, None),
            (Reason.STOP, 3600, 7),
        ]

    def test_suspended_time_leaves_outage_and_service(self):
        cut = (availability.whole_second(at(10, 11)), availability.whole_second(at(11)))
        found = judge(down(*TEN), suspensions=[cut])
        assert found.availability.service_seconds == 30 * 86400 - 13 * 3600
        assert seconds(found) == {Reason.COUNTS: 3600, Reason.SUSPENSION: 3600}

    @pytest.mark.parametrize(
        ("rule", "alarm", "claim", "case", "counted"),
        [
            (ClockStart.FIRST, at(10, 10), at(10, 10, 30), at(10, 10, 5), 7200),
            (ClockStart.ALARM, at(10, 10, 10), at(10, 10), at(10, 10, 5), 6600),
            (ClockStart.CLAIM, at(10, 10), at(10, 10, 30), at(10, 10, 5), 5400),
            (ClockStart.CLAIM, at(10, 10), None, at(10, 10, 5), 0),
            (ClockStart.CLAIM, at(10, 10), at(10, 13), at(10, 10, 5), 0),
            (ClockStart.CASE, at(10, 10), at(10, 10, 30), at(10, 10, 5), 6900),
        ],
    )
    def test_the_contract_says_what_starts_the_clock(self, rule, alarm, claim, case, counted):
        policy = Policy(Terms(clock_start=rule))
        found = judge(down(*TEN, alarm_at=alarm, claim_at=claim, case_at=case), policy=policy)
        assert found.availability.outage_seconds == counted
        assert seconds(found).get(Reason.BEFORE_CLOCK, 0) == 7200 - counted

    def test_a_claim_before_a_circuit_of_the_case_fell_adds_nothing_to_it(self):
        assert judge(down(*TEN, claim_at=at(10, 8))).availability.outage_seconds == 7200

    def test_what_is_shorter_than_the_contract_ignores_is_named(self):
        short = down(at(3), at(3, 0, 0, 59))
        policy = Policy(Terms(ignore_below_seconds=60))
        assert seconds(judge(short, down(*TEN), policy=policy)) == {Reason.SHORT: 59, Reason.COUNTS: 7200}

    def test_what_is_open_is_cut_and_what_lies_in_other_months_left_out(self):
        found = judge(down(at(30, 23), None), until=at(30, 23, 30))
        assert found.availability.outage_seconds == 1800
        assert seconds(judge(down(at(30, 23), None))) == {Reason.COUNTS: 3600}


def minutes() -> st.SearchStrategy[tuple[dt.datetime, dt.datetime]]:
    pairs = st.tuples(st.integers(-300, 500), st.integers(1, 300))
    return pairs.map(
        lambda each: (at(1) + dt.timedelta(minutes=each[0]), at(1) + dt.timedelta(minutes=sum(each)))
    )


@st.composite
def outages(draw) -> Interruption:
    start, end = draw(minutes())
    cause, attribution = draw(
        st.sampled_from([("I-FIB", "INTERNAL"), ("C-ENE", "CUSTOMER"), ("E-NAT", "EXTERNAL"), ("", "")])
    )
    stops = tuple(Stop(low, high, "espera", "acta") for low, high in draw(st.lists(minutes(), max_size=2)))
    return down(
        start,
        end,
        claim_at=draw(st.none() | st.just(start + dt.timedelta(minutes=draw(st.integers(-20, 20))))),
        effect=draw(st.sampled_from(["TOTAL", "PARTIAL", "INTERMITTENT"])),
        cause=cause,
        attribution=attribution,
        stops=stops,
    )


@st.composite
def worlds(draw) -> dict:
    windows = [
        Window(
            "MNT-2026-0001",
            "obra",
            low,
            high,
            draw(st.none() | st.just(low - dt.timedelta(hours=draw(st.integers(0, 90))))),
        )
        for low, high in draw(st.lists(minutes(), max_size=2))
    ]
    cuts = [
        (availability.whole_second(low), availability.whole_second(high))
        for low, high in draw(st.lists(minutes(), max_size=2))
    ]
    policy = Policy(
        Terms(draw(st.sampled_from(ClockStart)), draw(st.sampled_from([0, 600]))),
        draw(st.sampled_from([frozenset(), frozenset({"E-NAT"})])),
        draw(st.sampled_from([0, 72])),
    )
    return {"policy": policy, "windows": windows, "suspensions": cuts}


class TestLaws:
    @given(st.lists(outages(), max_size=5), worlds())
    def test_the_pieces_are_disjoint_and_sum_to_the_figure(self, found, world):
        judged = judge(*found, **world)
        assert judged.counted == judged.availability.outage_seconds
        for one, other in zip(judged.pieces, judged.pieces[1:], strict=False):
            assert one.start < one.end <= other.start

    @given(st.lists(outages(), max_size=4), worlds(), st.randoms())
    def test_the_order_in_which_they_are_told_changes_no_figure(self, found, world, chance):
        other = list(found)
        chance.shuffle(other)
        assert judge(*found, **world).availability == judge(*other, **world).availability

    @given(st.lists(outages(), max_size=4), outages(), worlds())
    def test_one_outage_more_never_makes_the_month_better_without_proof(self, found, more, world):
        before = judge(*found, **world).counted
        assert judge(*found, replace(more, stops=()), **world).counted >= before

    @given(st.lists(outages(), max_size=4), worlds())
    def test_an_attribution_to_the_customer_leaves_nothing_of_it(self, found, world):
        mine = [replace(each, attribution="CUSTOMER", cause="C-ENE") for each in found]
        assert judge(*mine, **world).availability.outage_seconds == 0

    @settings(max_examples=40)
    @given(st.lists(outages(), max_size=3), worlds())
    def test_against_a_count_of_single_minutes(self, found, world):
        policy = world["policy"]
        if policy.terms.ignore_below_seconds:
            return
        expected = sum(_counts(at(1) + dt.timedelta(minutes=minute), found, world) for minute in range(800))
        assert judge(*found, **world).counted == 60 * expected


def _counts(moment: dt.datetime, found: list[Interruption], world: dict) -> bool:
    """Whether this minute of April is an outage that counts, said plainly."""
    policy, second = world["policy"], availability.whole_second(moment)
    if any(low <= second < high for low, high in world["suspensions"]):
        return False
    for window in world["windows"]:
        told = (
            window.announced_at is not None
            and window.announced_at + dt.timedelta(hours=policy.notice_hours) <= window.starts_at
        )
        if told and window.starts_at <= moment < window.ends_at:
            return False
    if any(stop.starts_at <= moment < stop.ends_at for each in found for stop in each.stops):
        return False
    for each in found:
        (start, end) = each.intervals[0]
        doors = {
            ClockStart.ALARM: each.alarm_at,
            ClockStart.CLAIM: each.claim_at,
            ClockStart.CASE: each.case_at,
            ClockStart.FIRST: min(door for door in (each.alarm_at, each.claim_at) if door is not None),
        }
        clock = doors[policy.terms.clock_start]
        blameless = (
            each.attribution == "CUSTOMER" or each.cause in policy.excluded_causes or each.effect == "PARTIAL"
        )
        if not blameless and clock is not None and max(start, clock) <= moment < end:
            return True
    return False
