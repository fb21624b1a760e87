"""Numbers. Each is taken inside the transaction of the thing that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import connection

if TYPE_CHECKING:
    import datetime as dt

LA_PAZ = ZoneInfo("America/La_Paz")


def take(*, series: str, year: int, count: int = 1) -> int:
    """Return the first of `count` consecutive numbers of `series` in `year`.

    The counter row stays locked until the caller's transaction ends, so a rolled back issue leaves
    no gap and two issuers queue.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procedure_serial (series, year, last) VALUES (%s, %s, %s) "
            "ON CONFLICT (series, year) DO UPDATE SET last = procedure_serial.last + EXCLUDED.last "
            "RETURNING last",
            [series, year, count],
        )
        last: int = cursor.fetchone()[0]
    return last - count + 1


def year_of(at: dt.datetime) -> int:
    """Return the calendar year of La Paz at the instant `at`."""
    return at.astimezone(LA_PAZ).year


def next_numbers(*, series: str, at: dt.datetime, count: int) -> list[str]:
    """Return `count` consecutive numbers such as ``DANO-2026-000148``."""
    year = year_of(at)
    first = take(series=series, year=year, count=count)
    return [f"{series}-{year}-{number:06d}" for number in range(first, first + count)]


def next_number(*, series: str, at: dt.datetime) -> str:
    """Return the next number of `series` in the year of `at`, such as ``DAC-2026-000045``."""
    return next_numbers(series=series, at=at, count=1)[0]
