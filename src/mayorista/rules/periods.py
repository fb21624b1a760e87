"""Months and days of La Paz, half-open: [1st, 1st of next) (R1).

# Note [Day numbers]
Days are counted as `date.toordinal()` where money is computed: an integer comparison and an integer
difference say all that the rules ask. `Month` carries its own two ends so.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mayorista.rules import lapaz
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_YEAR, LAST_YEAR = 1980, 2199
_WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
NEVER = dt.date.max.toordinal()
"""The number of a day that does not come."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; `first` and `after` are day numbers, `after` is the 1st of the next."""

    year: int
    number: int
    first: int = field(init=False, repr=False, compare=False)
    after: int = field(init=False, repr=False, compare=False)
    days: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        days = monthrange(self.year, self.number)[1]
        first = dt.date(self.year, self.number, 1).toordinal()
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "after", first + days)
        object.__setattr__(self, "days", days)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def starts_at(self) -> dt.datetime:
        """The first instant, in La Paz."""
        return dt.datetime(self.year, self.number, 1, tzinfo=lapaz.LA_PAZ)

    @property
    def ends_at(self) -> dt.datetime:
        """The first instant after it, in La Paz."""
        return self.next.starts_at

    @property
    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Month:
        """The month before."""
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    @property
    def words(self) -> str:
        """As people say it: "noviembre de 2026"."""
        return f"{_MONTHS[self.number - 1]} de {self.year}"


def month_of(day: dt.date | dt.datetime) -> Month:
    """Return the month of a date, or of an instant in La Paz."""
    on = lapaz.local(day).date() if isinstance(day, dt.datetime) else day
    return Month(on.year, on.month)


def parse_month(text: str, *, field: str = "") -> Month:
    """Return the month written AAAA-MM. Raises Invalid."""
    match = _WRITTEN.fullmatch(text.strip())
    if not match or not 1 <= int(match[2]) <= 12 or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise Invalid(
            f"«{text[:40]}» no es un mes.", field=field, remedy="Escriba AAAA-MM, por ejemplo 2026-11."
        )
    return Month(int(match[1]), int(match[2]))


def parse_day(text: str, *, field: str = "") -> dt.date:
    """Return the date written AAAA-MM-DD. Raises Invalid, 31 February included."""
    match = _ISO_DAY.fullmatch(text.strip())
    if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise Invalid(
            f"«{text[:40]}» no es una fecha.",
            field=field,
            remedy="Escriba AAAA-MM-DD, por ejemplo 2026-11-24.",
        )
    try:
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise Invalid(
            f"El {int(match[3])}/{match[2]}/{match[1]} no existe en el calendario.",
            field=field,
            remedy="Revise la fecha.",
        ) from None


def first_of_next(day: int) -> int:
    """Return the number of the 1st of the month after the day numbered `day`."""
    return month_of(dt.date.fromordinal(day)).after


def is_first(day: int) -> bool:
    """Whether the day numbered `day` is the 1st of a month."""
    return dt.date.fromordinal(day).day == 1


def by_month(start: dt.date, end_exclusive: dt.date) -> Iterator[tuple[Month, dt.date, dt.date]]:
    """Yield the part [from, to) of [start, end) that lies in each month, in order."""
    while start < end_exclusive:
        month = month_of(start)
        stop = min(end_exclusive, dt.date.fromordinal(month.after))
        yield month, start, stop
        start = stop


def instants_by_month(
    starts_at: dt.datetime, ends_at: dt.datetime
) -> Iterator[tuple[Month, dt.datetime, dt.datetime]]:
    """Yield the part of [starts_at, ends_at) that lies in each month of La Paz, in order."""
    while starts_at < ends_at:
        month = month_of(starts_at)
        stop = min(ends_at, month.ends_at)
        yield month, starts_at, stop
        starts_at = stop


def span_words(start: int, end: int, *, with_year: bool = True) -> str:
    """Return the half-open days [start, end) as people say them: "del 1 al 15 de noviembre de 2026"."""
    first, last = dt.date.fromordinal(start), dt.date.fromordinal(end - 1)
    tail = _day_words(last, with_year=with_year)
    if first == last:
        return f"el {tail}"
    if (first.year, first.month) == (last.year, last.month):
        return f"del {first.day} al {tail}"
    return f"del {_day_words(first, with_year=with_year)} al {tail}"


def _day_words(day: dt.date, *, with_year: bool) -> str:
    year = f" de {day.year}" if with_year else ""
    return f"{day.day} de {_MONTHS[day.month - 1]}{year}"
