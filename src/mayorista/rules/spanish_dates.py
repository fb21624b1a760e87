"""Dates as people write them in spreadsheets: day first, in words, or as a serial number."""

from __future__ import annotations

import datetime as dt
import re

from mayorista.rules import names
from mayorista.rules.errors import Invalid

MONTHS = (
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
_MONTH_OF = {name: number for number, name in enumerate(MONTHS, start=1)} | {
    "setiembre": 9,
    "set": 9,
    "sept": 9,
}
_MONTH_OF |= {name[:3]: number for number, name in enumerate(MONTHS, start=1)}
_WEEKDAYS = r"(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)\s*,?\s*"
_IN_WORDS = re.compile(
    rf"^(?:{_WEEKDAYS})?(\d{{1,2}}|primero)(?:ro|er|º|°|o)?[\s./-]*(?:de\s+)?([a-z]+)\.?[\s./-]*(?:del?\s+)?(?:ano\s+)?(\d{{2}}|\d{{4}})$"
)
_DAY_FIRST = re.compile(r"^(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{2}|\d{4})$")
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_TIME_TAIL = re.compile(r"[t\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_EPOCH_1900 = dt.date(1899, 12, 30)
_EPOCH_1904 = dt.date(1904, 1, 1)
# 1950 to 2149: what is outside is a number that happens to stand in a column of dates.
_LOWEST_SERIAL = 18_264
_HIGHEST_SERIAL = 91_313
_PIVOT = 80
_CENTURY = 100
_REMEDY = "Escriba la fecha como dd/mm/aaaa, por ejemplo 24/11/2026."


def parse(text: str, *, field: str = "", date1904: bool = False) -> dt.date:
    """Return the day written in `text`; the day comes before the month. Raises Invalid.

    Reads 24/11/2026, 24-11-26, 2026-11-24, "24 de noviembre de 2026", "24 nov 2026" and the serial
    numbers of spreadsheets. Years of two digits up to 79 are of this century.
    """
    clean = _TIME_TAIL.sub("", names.sort_key(text))
    if clean.isascii() and clean.isdigit() and len(clean) == 5:
        return from_serial(int(clean), field=field, date1904=date1904)
    match = _ISO.match(clean)
    if match:
        year, month, day = match.groups()
        return _date(int(year), int(month), int(day), text, field)
    match = _DAY_FIRST.match(clean)
    if match:
        day, month, year = match.groups()
        return _date(_full_year(year), int(month), int(day), text, field)
    match = _IN_WORDS.match(clean)
    if match and match.group(2) in _MONTH_OF:
        day, word, year = match.groups()
        number = 1 if day == "primero" else int(day)
        return _date(_full_year(year), _MONTH_OF[word], number, text, field)
    raise Invalid(f"«{text.strip()[:40]}» no es una fecha.", field=field, remedy=_REMEDY)


def from_serial(serial: int, *, field: str = "", date1904: bool = False) -> dt.date:
    """Return the day of a spreadsheet's serial number (1 January 2026 = 46023). Raises Invalid."""
    epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
    offset = 1_462 if date1904 else 0
    if not _LOWEST_SERIAL <= serial + offset <= _HIGHEST_SERIAL:
        raise Invalid(f"«{serial}» no es una fecha.", field=field, remedy=_REMEDY)
    return epoch + dt.timedelta(days=serial)


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < _PIVOT else 1900)


def _date(year: int, month: int, day: int, text: str, field: str) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise Invalid(
            f"«{text.strip()[:40]}» no existe en el calendario (se lee día/mes/año).",
            field=field,
            remedy=_REMEDY,
        ) from None
