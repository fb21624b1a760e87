"""What the regulator's timers ask of an interruption (G-38)."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.rules.errors import Invalid
from mayorista.rules.regulator import Duty, Interruption, Limits, Standing, timers

# Friday 20 November 2026, 22:00 in La Paz.
STARTED = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)
LATER = STARTED + dt.timedelta(days=30)


def asked(minutes: float | None, *, limits: Limits | None = None, **more) -> list[Duty]:
    ends = None if minutes is None else STARTED + dt.timedelta(minutes=minutes)
    return [each.duty for each in timers(Interruption(STARTED, ends, **more), limits or Limits(), at=LATER)]


@pytest.mark.parametrize(
    ("minutes", "duties"),
    [
        (30, []),
        (30 + 1 / 60, [Duty.REPORT]),
        (12 * 60, [Duty.REPORT]),
        (12 * 60 + 1, [Duty.REPORT, Duty.FURTHER]),
        (None, [Duty.REPORT, Duty.FURTHER]),
    ],
)
def test_asks_by_how_long_it_lasted(minutes, duties):
    assert asked(minutes) == duties


def test_a_planned_one_asks_for_notice_only_when_it_is_long():
    assert asked(30, planned=True) == []
    assert asked(31, planned=True) == [Duty.NOTICE]


def test_limits_are_what_is_set():
    assert asked(45, limits=Limits(report_minutes=60)) == []


def test_three_business_days_pass_over_the_week_end():
    (timer,) = timers(Interruption(STARTED, STARTED + dt.timedelta(hours=1)), Limits(), at=LATER)
    assert timer.due_at == dt.datetime(2026, 11, 25, 22, 0, tzinfo=dt.UTC)  # Wednesday, 18:00 in La Paz


@pytest.mark.parametrize(
    ("at_hours", "done_hours", "not_required", "standing"),
    [
        (1, None, False, Standing.RUNNING),
        (300, None, False, Standing.OVERDUE),
        (300, 20, False, Standing.MET),
        (300, 200, False, Standing.LATE),
        (300, None, True, Standing.NOT_REQUIRED),
    ],
)
def test_stands_where_its_evidence_puts_it(at_hours, done_hours, not_required, standing):
    (timer,) = timers(Interruption(STARTED, STARTED + dt.timedelta(hours=1)), Limits(), at=LATER)
    done = None if done_hours is None else STARTED + dt.timedelta(hours=done_hours)
    at = STARTED + dt.timedelta(hours=at_hours)
    assert timer.standing(at=at, done_at=done, not_required=not_required) is standing


def test_impossible_times_are_refused():
    with pytest.raises(Invalid):
        Interruption(STARTED, STARTED - dt.timedelta(seconds=1))
