"""The days by which the items of a month's control are due, from the parameters that were in force as it began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from mayorista.apps.procedure import queries as procedure
from mayorista.rules import due_dates, lapaz
from mayorista.rules.due_dates import Component, Limits
from mayorista.rules.periods import Month
from mayorista.rules.workdays import Calendar

_WORK_ENDS = dt.time(18, 0)


def end_of(day: dt.date) -> dt.datetime:
    """Return the end of an office day of La Paz."""
    return dt.datetime.combine(day, _WORK_ENDS, tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)


def midnight(day: dt.date) -> dt.datetime:
    """Return the first instant of a day of La Paz."""
    return dt.datetime.combine(day, dt.time(), tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)


def asked(sql: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of one read."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Days:
    """A month [first, after) with the limits of the billing months around it and the carrier's parameters."""

    month: Month
    first: dt.date
    after: dt.date
    limits: Mapping[tuple[Month, Component], Limits]
    parameters: Mapping[str, Any]
    works: Calendar

    @classmethod
    def read(cls, month: Month) -> Days:
        """Return the days of a month; two reads.

        A holiday can only be changed before its day, so the calendar of a time when all its days are over is theirs.
        """
        works = procedure.calendar(at=month.next.next.ends_at)
        known = procedure.parameters(at=month.starts_at)
        days = due_dates.LimitDays(**known["billing.limit_days"])
        return cls(
            month,
            dt.date.fromordinal(month.first),
            dt.date.fromordinal(month.after),
            {
                (each, component): due_dates.limits(each, component, days=days, works=works)
                for each in (month.previous, month, month.next)
                for component in Component
            },
            known,
            works,
        )

    def holds(self, day: dt.date) -> bool:
        """Whether a limit falls in this month."""
        return self.first <= day < self.after

    def network(self, component: Component) -> dt.date:
        """Return the day by which the NOC confirms the speeds: that of the coordination that falls in the month."""
        billed = self.month.next if component is Component.ADVANCE else self.month.previous
        return self.limits[(billed, component)].coordinated
