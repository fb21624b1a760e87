from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.indicators.cases import (
    Answer,
    CaseFacts,
    OutageFacts,
    Outcome,
    Verdict,
    first_indicator,
    impossible,
    judge,
)
from mayorista.rules.indicators.criteria import FIRST_SET, Criterion
from mayorista.rules.indicators.fraction import NOTHING
from mayorista.rules.periods import Month

DETECTED = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


def at(**after) -> dt.datetime:
    return DETECTED + dt.timedelta(**after)


GOOD = CaseFacts(
    number="DANO-2026-000001",
    claim_at=at(minutes=3),
    detected_at=DETECTED,
    severity=1,
    cause_class="EXTERNAL",
    outages=(OutageFacts("TIP-0141", 3 * 3600, restored=True, repair_minutes=240, sla_source="contrato"),),
    opening_from=at(minutes=10),
    opening_at=at(minutes=20),
    closing_from=at(hours=3, minutes=10),
    closing_at=at(hours=3, minutes=30),
    told_at=at(hours=3, minutes=50),
    restored_at=at(hours=3),
    closed_at=at(hours=3, minutes=50),
)
LATER = at(days=3)


def answers(facts, when=LATER):
    return {each.criterion: each.answer for each in judge(facts, FIRST_SET, at=when).findings}


def test_a_good_case_is_efficient():
    verdict = judge(GOOD, FIRST_SET, at=LATER)
    assert verdict.outcome is Outcome.EFFICIENT
    assert verdict.claimed
    assert {each.answer for each in verdict.findings} == {Answer.PASSED, Answer.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("change", "criterion"),
    [
        ({"outages": (replace(GOOD.outages[0], net_seconds=240 * 60 + 1),)}, Criterion.RESTORED),
        ({"outages": (*GOOD.outages, replace(GOOD.outages[0], net_seconds=5 * 3600))}, Criterion.RESTORED),
        ({"opening_at": at(minutes=25, seconds=1)}, Criterion.OPENING),
        ({"opening_at": None}, Criterion.OPENING),
        ({"closing_at": at(hours=3, minutes=40, seconds=1), "told_at": at(hours=4)}, Criterion.CLOSING),
        ({"told_at": at(hours=4, seconds=1)}, Criterion.TOLD),
        ({"reopened_at": at(hours=20)}, Criterion.LASTED),
        ({"missing": ("causa",)}, Criterion.COMPLETE),
    ],
)
def test_one_failure_is_named_and_enough(change, criterion):
    verdict = judge(replace(GOOD, **change), FIRST_SET, at=LATER)
    assert verdict.failed == (criterion,)
    assert verdict.outcome is Outcome.NOT_EFFICIENT


def test_the_limit_itself_is_in_time():
    exact = replace(
        GOOD,
        outages=(replace(GOOD.outages[0], net_seconds=240 * 60),),
        opening_at=at(minutes=25),
        told_at=at(hours=4),
    )
    assert judge(exact, FIRST_SET, at=LATER).outcome is Outcome.EFFICIENT


def test_the_customers_own_fault_needs_its_conversation_and_no_form():
    own = replace(GOOD, cause_class="CUSTOMER", opening_at=None, closing_at=None, told_at=None, messages=4)
    assert judge(own, FIRST_SET, at=LATER).outcome is Outcome.EFFICIENT
    assert judge(replace(own, messages=0), FIRST_SET, at=LATER).failed == (Criterion.THREAD,)


def test_a_set_may_give_a_class_of_cause_its_own_time():
    slow = replace(GOOD, outages=(replace(GOOD.outages[0], net_seconds=5 * 3600),))
    wider = replace(FIRST_SET, repair_minutes={"EXTERNAL": {1: 360, 2: 600, 3: 2880}})
    assert judge(slow, wider, at=LATER).outcome is Outcome.EFFICIENT
    assert judge(replace(slow, cause_class="INTERNAL"), wider, at=LATER).outcome is Outcome.NOT_EFFICIENT


def test_is_in_progress_while_a_limit_runs_and_lost_when_it_ran_out():
    open_case = replace(
        GOOD,
        outages=(replace(GOOD.outages[0], net_seconds=600, restored=False),),
        opening_at=None, closing_from=None, closing_at=None, told_at=None, restored_at=None, closed_at=None,
    )  # fmt: skip
    assert judge(open_case, FIRST_SET, at=at(minutes=12)).outcome is Outcome.IN_PROGRESS
    assert judge(open_case, FIRST_SET, at=at(minutes=26)).failed == (Criterion.OPENING,)


def test_a_closed_case_waits_for_the_day_in_which_it_may_come_back():
    assert judge(GOOD, FIRST_SET, at=at(hours=26)).outcome is Outcome.IN_PROGRESS
    assert answers(GOOD, at(hours=26))[Criterion.LASTED] is Answer.PENDING
    assert judge(GOOD, FIRST_SET, at=at(hours=27)).outcome is Outcome.EFFICIENT


def test_what_comes_back_after_the_time_is_another_damage():
    back = replace(GOOD, reopened_at=at(hours=30), closed_before=at(hours=4))
    assert judge(back, FIRST_SET, at=LATER).outcome is Outcome.EFFICIENT
    assert judge(replace(back, reopened_at=at(hours=28)), FIRST_SET, at=LATER).failed == (Criterion.LASTED,)


def test_a_cause_promised_for_later_is_waited_for():
    promised = replace(GOOD, missing=("causa raíz",), complete_by=at(days=4))
    assert judge(promised, FIRST_SET, at=LATER).outcome is Outcome.IN_PROGRESS
    assert judge(promised, FIRST_SET, at=at(days=5)).failed == (Criterion.COMPLETE,)


def test_what_cleared_itself_needs_neither_form_nor_notice():
    own = replace(GOOD, opening_at=None, closing_at=None, told_at=None, self_cleared=True)
    assert judge(own, FIRST_SET, at=LATER).outcome is Outcome.EFFICIENT


def test_a_form_sent_before_its_clock_began_is_early():
    assert answers(replace(GOOD, opening_from=at(minutes=30)))[Criterion.OPENING] is Answer.PASSED


def test_belongs_to_the_month_of_the_claim_in_la_paz():
    late = dt.datetime(2026, 12, 1, 3, 59, tzinfo=dt.UTC)
    assert replace(GOOD, claim_at=late).month == Month(2026, 11)
    assert replace(GOOD, claim_at=None).month == Month(2026, 11)


def verdict(outcome, claimed=1):
    return Verdict("x", Month(2026, 11), bool(claimed), outcome, ())


def test_counts_claims_on_both_sides_and_shows_the_rest_beside():
    found = first_indicator(
        [
            *[verdict(Outcome.EFFICIENT)] * 9,
            verdict(Outcome.NOT_EFFICIENT),
            *[verdict(Outcome.EFFICIENT, claimed=0)] * 5,
            verdict(Outcome.IN_PROGRESS),
            verdict(Outcome.EXCLUDED),
        ]
    )
    assert (found.official.numerator, found.official.denominator) == (9, 10)
    assert (found.extended.numerator, found.extended.denominator) == (14, 15)
    assert found.literal == (14, 11)
    assert (found.in_progress, found.excluded) == (1, 1)


verdicts = st.lists(st.builds(verdict, st.sampled_from(Outcome), st.integers(0, 1)), max_size=40)


@given(verdicts)
def test_never_leaves_its_bounds(found):
    made = first_indicator(found)
    assert 0 <= made.official.numerator <= made.official.denominator <= made.extended.denominator
    assert made.extended.denominator + made.excluded <= len(found)


@given(verdicts, verdicts)
def test_a_period_is_the_sum_of_its_parts(first, second):
    together = first_indicator([*first, *second])
    assert together.official == first_indicator(first).official + first_indicator(second).official


@given(verdicts, st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_nothing(found, chance):
    mixed = found.copy()
    chance.shuffle(mixed)
    assert first_indicator(mixed) == first_indicator(found)


instants = st.one_of(st.none(), st.integers(-600, 6000).map(lambda minutes: at(minutes=minutes)))
facts = st.builds(
    CaseFacts,
    number=st.just("x"), claim_at=instants, detected_at=st.just(DETECTED), severity=st.sampled_from([1, 2, 3]),
    cause_class=st.sampled_from(["", "EXTERNAL", "INTERNAL", "CUSTOMER"]),
    outages=st.lists(
        st.builds(
            OutageFacts, st.just("c"), st.integers(0, 400_000), st.booleans(), st.integers(1, 3000), st.just("")
        ),
        max_size=3,
    ),
    opening_from=instants, opening_at=instants, closing_from=instants, closing_at=instants, told_at=instants,
    restored_at=instants, reopened_at=instants, closed_before=instants, closed_at=instants, self_cleared=st.booleans(),
    missing=st.lists(st.just("causa"), max_size=1), messages=st.integers(0, 2), excluded=st.sampled_from(["", "nulo"]),
)  # fmt: skip


@given(facts, st.integers(0, 9000), st.integers(0, 9000))
def test_what_has_failed_never_recovers_by_waiting(case, minutes, more):
    then = judge(case, FIRST_SET, at=at(minutes=minutes))
    later = judge(case, FIRST_SET, at=at(minutes=minutes + more))
    assert set(then.failed) <= set(later.failed)


@given(facts, st.sampled_from(Criterion))
def test_a_criterion_less_never_makes_a_case_worse(case, criterion):
    whole = judge(case, FIRST_SET, at=LATER)
    less = judge(case, FIRST_SET.without(criterion), at=LATER)
    if whole.outcome is Outcome.EFFICIENT:
        assert less.outcome is Outcome.EFFICIENT
    # Times that can not be fail whatever is switched off.
    stays = {Criterion.COMPLETE} & set(whole.failed) if impossible(case) else set()
    assert set(less.failed) == set(whole.failed) - {criterion} | stays


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"opening_at": at(minutes=-60)}, "el D.A.C. de apertura antes del daño"),
        ({"told_at": at(minutes=-60)}, "el aviso al cliente antes del daño"),
        (
            {"closing_at": GOOD.opening_at - dt.timedelta(minutes=1)},
            "el D.A.C. de cierre antes del de apertura",
        ),
        ({"outages": [replace(GOOD.outages[0], net_seconds=-1)]}, "con tiempo negativo"),
    ],
)
@pytest.mark.parametrize("criteria", [FIRST_SET, FIRST_SET.without(Criterion.COMPLETE)])
def test_times_that_can_not_be_are_named_and_never_efficient(change, words, criteria):
    found = judge(replace(GOOD, **change), criteria, at=LATER)
    assert found.outcome is Outcome.NOT_EFFICIENT
    assert words in next(each.value for each in found.findings if each.criterion is Criterion.COMPLETE)


@given(verdicts, st.integers(0, 1))
def test_a_good_case_more_never_lowers_and_a_bad_one_never_raises(found, claimed):
    before = first_indicator(found)
    better = first_indicator([*found, verdict(Outcome.EFFICIENT, claimed)])
    worse = first_indicator([*found, verdict(Outcome.NOT_EFFICIENT, claimed)])
    for which in ("official", "extended"):
        was = getattr(before, which).percent
        if was is not None:
            assert getattr(better, which).percent >= was >= getattr(worse, which).percent


months = st.sampled_from([Month(2026, 10), Month(2026, 11), Month(2026, 12)])


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.booleans(), months), max_size=60))
def test_a_quarter_is_the_union_of_its_months_cases(rows):
    every = [Verdict("x", month, claimed, outcome, ()) for outcome, claimed, month in rows]
    parts = [
        first_indicator([each for each in every if each.month == month])
        for month in (Month(2026, 10), Month(2026, 11), Month(2026, 12))
    ]
    whole = first_indicator(every)
    assert whole.official == sum((each.official for each in parts), NOTHING)
    assert whole.extended == sum((each.extended for each in parts), NOTHING)
    assert whole.in_progress == sum(each.in_progress for each in parts)
