"""Moments as people at a desk type them: `21:55`, `23/11 21:55`, `23/11/2026 21:55`, `ahora`, `hace 10`.

An hour without day is the nearest one: the last that passed, or with `ahead` the next that comes.
All are hours of La Paz; what is returned is aware.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from mayorista.rules import lapaz

_HOUR = re.compile(r"(\d{1,2})[:.hH](\d{2})(?::(\d{2}))?")
_DAY = re.compile(r"(\d{1,2})[/\-.](\d{1,2})(?:[/\-.](\d{4}))?")
_AGO = re.compile(r"(hace|en)\s+(\d{1,4})\s*(min|minutos?|m|h|horas?)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[t ](\d{1,2}:\d{2})(?::\d{2})?")
LEAP = timedelta(minutes=2)
"""An hour that is this little in the future still means now: desks and servers differ."""


def parse(text: str, *, now: datetime, ahead: bool = False) -> datetime:
    """Return the moment that `text` names seen from `now`; raise ValueError when it names none."""
    words = " ".join(text.lower().split())
    if words in {"ahora", "ya"}:
        return now
    relative = _AGO.fullmatch(words)
    if relative:
        amount = timedelta(minutes=int(relative[2]) * (60 if (relative[3] or "").startswith("h") else 1))
        return now - amount if relative[1] == "hace" else now + amount
    iso = _ISO.fullmatch(words)
    if iso:
        words = f"{iso[3]}/{iso[2]}/{iso[1]} {iso[4]}"
    day_text, _sep, hour_text = words.rpartition(" ")
    hour = _HOUR.fullmatch(hour_text)
    if hour is None:
        raise ValueError(text)
    here = lapaz.local(now)
    clock: dict[str, Any] = {
        "hour": int(hour[1]),
        "minute": int(hour[2]),
        "second": int(hour[3] or 0),
        "microsecond": 0,
    }
    if day_text:
        return _on_day(day_text, here, clock, text)
    return _nearest(here.replace(**clock), now, ahead=ahead)


def _nearest(found: datetime, now: datetime, *, ahead: bool) -> datetime:
    if ahead:
        return (found if found > now else found + timedelta(days=1)).astimezone(UTC)
    return (found if found <= now + LEAP else found - timedelta(days=1)).astimezone(UTC)


def _on_day(day_text: str, here: datetime, clock: dict[str, Any], text: str) -> datetime:
    if day_text in {"hoy", "ayer", "mañana"}:
        shift = {"hoy": 0, "ayer": -1, "mañana": 1}[day_text]
        return (here + timedelta(days=shift)).replace(**clock).astimezone(UTC)
    day = _DAY.fullmatch(day_text)
    if day is None:
        raise ValueError(text)
    year = int(day[3]) if day[3] else here.year
    return here.replace(year=year, month=int(day[2]), day=int(day[1]), **clock).astimezone(UTC)
