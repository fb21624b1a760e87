"""What an interruption asks of the operator before the regulator (ATT), as timers that can be switched off (G-38).

Source: DS 1391 art. 170 as quoted in facts/sla-practice.md: more than 30 continuous minutes not planned are reported
within 3 business days; over 12 hours there is a further duty; a planned one needs notice to the users 5 days before.
Whether that binds wholesale service is for Asesoría Legal to say: each limit is a dated parameter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from mayorista.rules import due_dates, workdays
from mayorista.rules.errors import Invalid


class Duty(StrEnum):
    """What is asked."""

    REPORT = "REPORT"
    FURTHER = "FURTHER"
    NOTICE = "NOTICE"


DUTY_TITLES = {
    Duty.REPORT: "Reportar la interrupción a la ATT",
    Duty.FURTHER: "Deber adicional por interrupción larga",
    Duty.NOTICE: "Autorización y aviso previo a los usuarios",
}


class Standing(StrEnum):
    """Where a duty stands at a moment."""

    MET = "MET"
    LATE = "LATE"
    RUNNING = "RUNNING"
    OVERDUE = "OVERDUE"
    NOT_REQUIRED = "NOT_REQUIRED"


STANDING_TITLES = {
    Standing.MET: "cumplido",
    Standing.LATE: "fuera de plazo",
    Standing.RUNNING: "en plazo",
    Standing.OVERDUE: "vencido",
    Standing.NOT_REQUIRED: "no corresponde",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force.

    `report_minutes`: an interruption longer than this counts. `report_days`: business days to report it.
    `further_hours`: a longer one has a further duty. `notice_days`: calendar days a planned one is announced before.
    """

    report_minutes: int = 30
    report_days: int = 3
    further_hours: int = 12
    notice_days: int = 5


@dataclass(frozen=True, slots=True)
class Interruption:
    """A stretch without service. `ends_at` None while it lasts; `announced_at` only for a planned one.

    Raises Invalid when it ends before it starts.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime | None
    planned: bool = False
    announced_at: dt.datetime | None = None

    def __post_init__(self) -> None:
        if self.ends_at is not None and self.ends_at < self.starts_at:
            raise Invalid("La interrupción termina antes de empezar.", field="ends_at")

    def seconds(self, at: dt.datetime) -> int:
        """How long it lasted, or has lasted at a moment."""
        return max(0, int(((self.ends_at or at) - self.starts_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class Timer:
    """One duty of one interruption and until when; `due_at` None where the rule gives no term."""

    duty: Duty
    due_at: dt.datetime | None

    def standing(
        self, *, at: dt.datetime, done_at: dt.datetime | None, not_required: bool = False
    ) -> Standing:
        """Where it stands: done in time or late, not required by decision, or still to do."""
        if done_at is not None:
            return Standing.MET if self.due_at is None or done_at <= self.due_at else Standing.LATE
        if not_required:
            return Standing.NOT_REQUIRED
        return Standing.OVERDUE if self.due_at is not None and at > self.due_at else Standing.RUNNING


def timers(
    what: Interruption,
    limits: Limits,
    *,
    at: dt.datetime,
    works: due_dates.Calendar = workdays.is_workday,
) -> tuple[Timer, ...]:
    """Return what an interruption asks at a moment; () for one that is short enough."""
    lasted = what.seconds(at)
    if lasted <= limits.report_minutes * 60:
        return ()
    if what.planned:
        return (Timer(Duty.NOTICE, what.starts_at - dt.timedelta(days=limits.notice_days)),)
    found = [Timer(Duty.REPORT, workdays.after(what.starts_at, limits.report_days, works))]
    if lasted > limits.further_hours * 3600:
        found.append(Timer(Duty.FURTHER, None))
    return tuple(found)
