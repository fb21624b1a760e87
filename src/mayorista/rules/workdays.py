"""Business days of Bolivia and Cochabamba: Monday to Friday less the holidays.

The law's holidays come with the library; what decrees add, move or take away is data of the installation, so a
`Calendar` carries it. See Note [Holidays of the law and of decrees].
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import holidays

from mayorista.rules import lapaz

# Note [Holidays of the law and of decrees]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A supreme decree moves or adds a holiday nearly every year, a departmental one now and then, and a library learns it
# months later. So an installation keeps its own list, each line with the moment from which it counts: what was
# computed before keeps the day it was given (due dates and tasks are stored), what is computed afterwards has it.


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday of the law: its day, its name in Spanish, and whether only the department has it."""

    on: dt.date
    name: str
    departmental: bool


@cache
def of_law(year: int) -> tuple[Holiday, ...]:
    """Return the holidays of the law in Cochabamba in a year, by day."""
    nation = holidays.country_holidays("BO", years=year, language="es")
    here = holidays.country_holidays("BO", subdiv="C", years=year, language="es")
    return tuple(Holiday(on, here[on], on not in nation) for on in sorted(here))


@cache
def _days_of_law(year: int) -> frozenset[dt.date]:
    return frozenset(each.on for each in of_law(year))


@dataclass(frozen=True, slots=True)
class Calendar:
    """On which dates offices work: the law's holidays, those decrees added, less those they took away.

    Called with a date it says whether offices work on it.
    """

    added: frozenset[dt.date] = frozenset()
    removed: frozenset[dt.date] = frozenset()

    def __call__(self, on: dt.date) -> bool:
        """Whether offices work on the date `on`."""
        if on.weekday() >= 5 or on in self.added:
            return False
        return on in self.removed or on not in _days_of_law(on.year)

    def after(self, at: dt.datetime, days: int) -> dt.datetime:
        """Return the end of the office day (18:00 La Paz), `days` business days after the instant `at`."""
        return after(at, days, self)


is_workday = Calendar()
"""Whether offices work by the law alone."""


def after(at: dt.datetime, days: int, works: Callable[[dt.date], bool] = is_workday) -> dt.datetime:
    """Return the end of the office day (18:00 La Paz), `days` business days after the instant `at`."""
    on = lapaz.local(at).date()
    while days > 0:
        on += dt.timedelta(days=1)
        if works(on):
            days -= 1
    return dt.datetime.combine(on, dt.time(18, 0), tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)
