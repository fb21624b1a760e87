"""How Bolivia writes numbers and dates: 12.345,60 · 24/11/2026 14:05.

Times are of La Paz (UTC-4, no summer time), 24 hours.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from mayorista.rules.lapaz import LA_PAZ


def number(value: Decimal | int, places: int = 2) -> str:
    """Return a number with thousands and decimals, rounded half up: 12345.6 is "12.345,60"."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if not rounded:
        rounded = abs(rounded)  # no "-0,00"
    return f"{rounded:,.{places}f}".translate(str.maketrans(",.", ".,"))


def shortest(value: Decimal | int) -> str:
    """Return a number exactly, with the decimals it has: 1.50 is "1,5", 2000 is "2.000"."""
    exact = Decimal(value)
    text = f"{exact:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,"))


def date(value: dt.date | dt.datetime) -> str:
    """Return dd/mm/aaaa; an instant is taken to La Paz first."""
    return f"{_day(value):%d/%m/%Y}"


def date_time(value: dt.datetime) -> str:
    """Return dd/mm/aaaa HH:mm of La Paz."""
    return f"{local(value):%d/%m/%Y %H:%M}"


def local(value: dt.datetime) -> dt.datetime:
    """Return the instant in La Paz. Raises ValueError for a time without zone."""
    if value.tzinfo is None:
        msg = "a time without zone says nothing"
        raise ValueError(msg)
    return value.astimezone(LA_PAZ)


def _day(value: dt.date | dt.datetime) -> dt.date:
    return local(value).date() if isinstance(value, dt.datetime) else value
