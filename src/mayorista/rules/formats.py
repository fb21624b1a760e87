"""How Bolivia writes numbers, dates and durations: 12.345,60 · 24/11/2026 14:05 · 04:17.

Times are of La Paz (UTC-4, no summer time), 24 hours.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from mayorista.rules.lapaz import LA_PAZ

_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MINUTE = 60
_HOUR = 3_600
_DAY = 86_400


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


def percent(value: Decimal | Fraction | int, places: int = 2) -> str:
    """Return a percentage truncated, never rounded up across a threshold: 89.996 is "89,99 %"."""
    fraction = Fraction(value)
    scaled = fraction.numerator * 10**places // fraction.denominator
    exact = Decimal(scaled).scaleb(-places).quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)
    return f"{number(exact, places)} %"


def date(value: dt.date | dt.datetime) -> str:
    """Return dd/mm/aaaa; an instant is taken to La Paz first."""
    return f"{_day(value):%d/%m/%Y}"


def long_date(value: dt.date | dt.datetime) -> str:
    """Return "24 de noviembre de 2026"."""
    day = _day(value)
    return f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}"


def weekday(value: dt.date | dt.datetime) -> str:
    """Return the name of the day in lower case: "martes"."""
    return _WEEKDAYS[_day(value).weekday()]


def month(value: dt.date | dt.datetime) -> str:
    """Return "noviembre de 2026"."""
    day = _day(value)
    return f"{_MONTHS[day.month - 1]} de {day.year}"


def date_time(value: dt.datetime) -> str:
    """Return dd/mm/aaaa HH:mm of La Paz."""
    return f"{local(value):%d/%m/%Y %H:%M}"


def clock_time(value: dt.datetime) -> str:
    """Return HH:mm of La Paz."""
    return f"{local(value):%H:%M}"


def utc(value: dt.datetime) -> str:
    """Return the instant in UTC, as shown in tooltips: "24/11/2026 18:05 UTC"."""
    return f"{value.astimezone(dt.UTC):%d/%m/%Y %H:%M} UTC"


def local(value: dt.datetime) -> dt.datetime:
    """Return the instant in La Paz. Raises ValueError for a time without zone."""
    if value.tzinfo is None:
        msg = "a time without zone says nothing"
        raise ValueError(msg)
    return value.astimezone(LA_PAZ)


def duration(span: dt.timedelta | int) -> str:
    """Return hours and minutes, whole minutes truncated: "04:17", "51:20", "-00:12"."""
    seconds = _seconds(span)
    sign = "-" if seconds <= -_MINUTE else ""
    minutes = abs(seconds) // _MINUTE
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def duration_words(span: dt.timedelta | int) -> str:
    """Return the two largest units: "3 d 4 h", "4 h 17 min", "12 min", "45 s"."""
    seconds = abs(_seconds(span))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        hours, minutes = divmod(seconds // _MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(seconds // _HOUR, 24)
    return f"{number(days, 0)} d {hours} h" if hours else f"{number(days, 0)} d"


def ago(value: dt.datetime, now: dt.datetime) -> str:
    """Return how long ago, or in how long: "hace 5 min", "en 2 h 10 min", "ahora"."""
    seconds = _seconds(now - value)
    if abs(seconds) < 5:  # noqa: PLR2004 - nobody counts less
        return "ahora"
    words = duration_words(seconds)
    return f"hace {words}" if seconds > 0 else f"en {words}"


def time_left(due: dt.datetime, now: dt.datetime) -> str:
    """Return what is left of a limit: "quedan 02:21" or "vencido hace 00:12"."""
    seconds = _seconds(due - now)
    if seconds >= 0:
        return f"quedan {duration(seconds)}"
    return f"vencido hace {duration(-seconds)}"


def _day(value: dt.date | dt.datetime) -> dt.date:
    return local(value).date() if isinstance(value, dt.datetime) else value


def _seconds(span: dt.timedelta | int) -> int:
    """Whole seconds, truncated towards zero."""
    if isinstance(span, int):
        return span
    total = span // dt.timedelta(seconds=1)
    return total if total >= 0 or span == dt.timedelta(seconds=total) else total + 1
