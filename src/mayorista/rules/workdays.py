"""Business days of Bolivia and Cochabamba: Monday to Friday less the official holidays."""

from __future__ import annotations

import datetime as dt
from functools import cache

import holidays

from mayorista.rules import lapaz


@cache
def _holidays(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("BO", subdiv="C", years=year))


def is_workday(on: dt.date) -> bool:
    """Whether offices work on the date `on` in Cochabamba."""
    return on.weekday() < 5 and on not in _holidays(on.year)


def after(at: dt.datetime, days: int) -> dt.datetime:
    """Return the end of the office day (18:00 La Paz), `days` business days after the instant `at`."""
    on = lapaz.local(at).date()
    while days > 0:
        on += dt.timedelta(days=1)
        if is_workday(on):
            days -= 1
    return dt.datetime.combine(on, dt.time(18, 0), tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)
