"""What becomes of a message, by every order of what is told."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import delivery
from mayorista.rules.delivery import Standing, State, StatusReport

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
WORDS = ("sent", "delivered", "read", "failed", "played", "warming-up")


def report(word, seconds=0):
    return StatusReport(word, AT + dt.timedelta(seconds=seconds), "131026" if word == "failed" else "")


reports = st.lists(
    st.builds(report, st.sampled_from(WORDS), st.integers(min_value=0, max_value=5)), max_size=6
)
starts = st.sampled_from([State.SENDING, State.UNCERTAIN, State.ACCEPTED])


class TestFold:
    @pytest.mark.parametrize(
        "order", list(itertools.permutations([report("sent", 1), report("delivered", 2), report("read", 3)]))
    )
    def test_comes_to_the_same_in_any_order(self, order):
        standing = Standing(State.ACCEPTED, accepted_at=AT)
        for each in order:
            standing = delivery.fold(standing, [each])
        assert standing.state is State.READ
        assert standing.sent_at < standing.delivered_at < standing.read_at

    @given(starts, reports, st.randoms(use_true_random=False))
    def test_depends_on_what_was_told_and_not_on_its_order(self, start, told, chance):
        shuffled = list(told)
        chance.shuffle(shuffled)
        one = delivery.fold(Standing(start), told)
        two = Standing(start)
        for each in shuffled:
            two = delivery.fold(two, [each])
        assert one.state is two.state
        assert (one.sent_at, one.delivered_at, one.read_at, one.failed_at) == (
            two.sent_at,
            two.delivered_at,
            two.read_at,
            two.failed_at,
        )

    @given(starts, reports)
    def test_told_twice_changes_nothing(self, start, told):
        once = delivery.fold(Standing(start), told)
        assert delivery.fold(once, told) == once

    @given(starts, reports, reports)
    def test_never_takes_delivery_back(self, start, first, second):
        before = delivery.fold(Standing(start), first)
        after = delivery.fold(before, second)
        if before.state in (State.DELIVERED, State.READ):
            assert after.state in (State.DELIVERED, State.READ)
        if before.state is State.READ:
            assert after.state is State.READ

    @pytest.mark.parametrize(
        "order", list(itertools.permutations([report("failed", 2), report("delivered", 1)]))
    )
    def test_delivery_stands_against_failure_and_the_conflict_is_seen(self, order):
        standing = Standing(State.ACCEPTED)
        for each in order:
            standing = delivery.fold(standing, [each])
        assert (standing.state, standing.conflict) == (State.DELIVERED, True)

    def test_failure_after_sent_is_failure(self):
        standing = delivery.fold(Standing(State.ACCEPTED), [report("sent", 1), report("failed", 2)])
        assert (standing.state, standing.error_code, standing.conflict) == (State.FAILED, "131026", False)

    def test_a_late_sent_does_not_revive_a_failure(self):
        standing = delivery.fold(Standing(State.ACCEPTED), [report("failed", 2)])
        assert delivery.fold(standing, [report("sent", 9)]).state is State.FAILED

    def test_an_unknown_word_changes_nothing(self):
        assert delivery.fold(Standing(State.SENT), [report("warming-up")]).state is State.SENT

    def test_played_is_read(self):
        assert delivery.fold(Standing(State.ACCEPTED), [report("played")]).state is State.READ

    def test_a_status_settles_what_was_uncertain(self):
        assert delivery.fold(Standing(State.UNCERTAIN), [report("sent")]).state is State.SENT

    def test_a_cancelled_message_that_went_after_all_says_so(self):
        assert delivery.fold(Standing(State.CANCELLED), []).state is State.CANCELLED


class TestBackOff:
    def test_doubles_up_to_an_hour_with_some_spread(self):
        pauses = [delivery.back_off(attempt, seed=f"x:{attempt}").total_seconds() for attempt in range(1, 15)]
        assert 15 <= pauses[0] <= 23
        assert all(3600 <= pause <= 5400 for pause in pauses[9:])
        assert pauses[:8] == sorted(pauses[:8])

    def test_spreads_those_that_failed_together(self):
        assert len({delivery.back_off(4, seed=f"m{number}:4") for number in range(50)}) > 20

    def test_obeys_who_asks_for_more_time(self):
        assert delivery.back_off(1, seed="x", retry_after=500) == dt.timedelta(seconds=500)

    def test_for_one_recipient_is_four_to_the_n(self):
        assert [int(delivery.pair_back_off(n).total_seconds()) for n in (1, 2, 3, 4, 9)] == [
            4,
            16,
            64,
            256,
            4096,
        ]


class TestWords:
    def test_every_state_has_a_title(self):
        assert set(delivery.STATE_TITLES) == set(State)
