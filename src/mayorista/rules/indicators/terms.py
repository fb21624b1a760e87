"""Periods of a report: a month, a quarter, a year; none in the future, none averaged (G-06)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mayorista.rules.errors import Invalid
from mayorista.rules.periods import FIRST_YEAR, LAST_YEAR, Month

_WRITTEN = re.compile(r"(\d{4})(?:-(?:(\d{2})|T([1-4])))?", re.ASCII)
_QUARTERS = ("primer", "segundo", "tercer", "cuarto")


@dataclass(frozen=True, slots=True)
class Term:
    """Some months in a row: `first` to `last`, both in it. `code` is as addresses write it: 2026-11, 2026-T4, 2026."""

    code: str
    first: Month
    last: Month
    words: str

    @property
    def months(self) -> tuple[Month, ...]:
        """Its months in order."""
        found = [self.first]
        while found[-1] != self.last:
            found.append(found[-1].next)
        return tuple(found)


def of_month(month: Month) -> Term:
    """Return a month as a term."""
    return Term(str(month), month, month, month.words)


def quarter(year: int, number: int) -> Term:
    """Return a quarter, 1 to 4."""
    first = Month(year, 3 * number - 2)
    return Term(
        f"{year}-T{number}", first, Month(year, 3 * number), f"{_QUARTERS[number - 1]} trimestre de {year}"
    )


def year(number: int) -> Term:
    """Return a calendar year."""
    return Term(f"{number}", Month(number, 1), Month(number, 12), f"año {number}")


def parse(text: str, *, now: Month) -> Term:
    """Return the term that a text names. Raises Invalid for no term, or one that begins after `now`."""
    match = _WRITTEN.fullmatch(text)
    if (
        match is None
        or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR
        or (match[2] and not 1 <= int(match[2]) <= 12)
    ):
        raise Invalid(
            f"«{text[:20]}» no es un período.", field="period", remedy="Escriba 2026-11, 2026-T4 o 2026."
        )
    found = (
        of_month(Month(int(match[1]), int(match[2])))
        if match[2]
        else quarter(int(match[1]), int(match[3]))
        if match[3]
        else year(int(match[1]))
    )
    if found.first > now:
        raise Invalid(
            f"{found.words} todavía no empezó.", field="period", remedy="Elija un período que ya empezó."
        )
    return found
