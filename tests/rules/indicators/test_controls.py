from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.errors import Invalid
from mayorista.rules.indicators import terms
from mayorista.rules.indicators.controls import (
    MANDATORY,
    ControlState,
    Fact,
    Item,
    ItemState,
    check,
    second_indicator,
)
from mayorista.rules.periods import Month

DUE = dt.datetime(2026, 12, 1, 22, 0, tzinfo=dt.UTC)
BEFORE, AFTER = DUE - dt.timedelta(hours=1), DUE + dt.timedelta(hours=1)


def done(item=Item.COORDINATED, when=BEFORE):
    return Fact(item, DUE, when)


def test_there_are_thirteen_items_and_one_is_not_mandatory():
    assert len(Item) == 13
    assert set(Item) - MANDATORY == {Item.CREDITS}


def test_all_done_by_their_limit_is_efficient_and_the_limit_counts():
    made = check([done(item, DUE) for item in Item], at=AFTER)
    assert made.state is ControlState.ON_TIME
    assert made.efficient


@pytest.mark.parametrize(
    ("when", "at", "state", "control"),
    [
        (None, BEFORE, ItemState.DUE, ControlState.OPEN),
        (None, DUE, ItemState.DUE, ControlState.OPEN),
        (None, AFTER, ItemState.MISSED, ControlState.MISSED),
        (AFTER, AFTER, ItemState.LATE, ControlState.LATE),
    ],
)
def test_one_item_decides_the_control(when, at, state, control):
    made = check([done(Item.COPY), done(Item.DEFINED, when)], at=at)
    assert {each.item: each.state for each in made.items}[Item.DEFINED] is state
    assert made.state is control
    assert not made.efficient


def test_an_item_with_many_facts_is_as_its_worst():
    made = check([done(Item.RECEIPT), done(Item.RECEIPT, AFTER), done(Item.RECEIPT)], at=AFTER)
    assert made.state is ControlState.LATE


def test_the_one_that_is_not_mandatory_decides_nothing():
    assert check([done(Item.COPY), done(Item.CREDITS, None)], at=AFTER).efficient


def test_what_does_not_apply_does_not_count():
    made = check([], at=AFTER)
    assert made.efficient
    assert {each.state for each in made.items} == {ItemState.NOT_APPLICABLE}


facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from(Item),
        st.just(DUE),
        st.one_of(st.none(), st.integers(-5, 5).map(lambda hours: DUE + dt.timedelta(hours=hours))),
    ),
    max_size=20,
)


@given(facts, st.integers(-5, 5), st.integers(0, 9))
def test_what_was_missed_stays_missed(found, hours, more):
    then = check(found, at=DUE + dt.timedelta(hours=hours))
    later = check(found, at=DUE + dt.timedelta(hours=hours + more))
    if then.state is ControlState.MISSED:
        assert later.state is ControlState.MISSED


@given(st.lists(st.sampled_from(ControlState)))
def test_the_second_fraction_lies_in_its_bounds(states):
    made = second_indicator(states)
    assert made.denominator == len(states) - states.count(ControlState.OPEN)
    assert made.numerator == states.count(ControlState.ON_TIME)


def test_terms_are_months_quarters_and_years():
    now = Month(2026, 11)
    assert terms.parse("2026-11", now=now).months == (now,)
    assert terms.parse("2026-T4", now=now).words == "cuarto trimestre de 2026"
    assert [str(each) for each in terms.parse("2026-T2", now=now).months] == ["2026-04", "2026-05", "2026-06"]
    assert len(terms.parse("2026", now=now).months) == 12


@pytest.mark.parametrize(
    "text",
    [
        "2026-12",
        "2027",
        "2027-T1",
        "2026-13",
        "2026-T5",
        "2026-00",
        "noviembre",
        "",
        "1700",
        "２０２６",
        "2026-11-01",
    ],
)
def test_a_future_or_unwritten_term_is_refused(text):
    with pytest.raises(Invalid) as caught:
        terms.parse(text, now=Month(2026, 11))
    assert caught.value.field == "period"
