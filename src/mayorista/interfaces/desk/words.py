"""How the desk says times, speeds, sizes and states in Spanish."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from mayorista.rules import lapaz

AMBER_FROM = 70
span = lapaz.span
WEEKDAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")


def moment(at: dt.datetime) -> str:
    """`23/11/2026 21:57` of La Paz."""
    return f"{lapaz.local(at):%d/%m/%Y %H:%M}"


def long_moment(at: dt.datetime) -> str:
    """`lun 23/11/2026 21:57`."""
    return f"{WEEKDAYS[lapaz.local(at).weekday()]} {moment(at)}"


def short_moment(at: dt.datetime, now: dt.datetime) -> str:
    """`21:57` of today's, `23/11 21:57` of another day's."""
    here = lapaz.local(at)
    return f"{here:%H:%M}" if here.date() == lapaz.local(now).date() else f"{here:%d/%m %H:%M}"


def ago(at: dt.datetime, now: dt.datetime) -> str:
    """`hace 14 min`, `en 3 h`."""
    seconds = int((now - at).total_seconds())
    return (
        _("hace %(span)s") % {"span": span(seconds)}
        if seconds >= 0
        else _("en %(span)s") % {"span": span(seconds)}
    )


def age(at: dt.datetime, now: dt.datetime) -> str:
    """`01:39`: hours and minutes, for the wall."""
    minutes = max(int((now - at).total_seconds()), 0) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """What remains until something is due. `percent` of the time has gone; `css` is the colour's class."""

    starts_at: dt.datetime | None
    due_at: dt.datetime
    text: str
    percent: int
    css: str


def time_left(starts_at: dt.datetime | None, due_at: dt.datetime, now: dt.datetime) -> TimeLeft:
    """How much is left of [starts_at, due_at) at `now`: green, amber from 70 %, red when over."""
    seconds = int((due_at - now).total_seconds())
    whole = (due_at - starts_at).total_seconds() if starts_at else 0
    percent = 100 if seconds <= 0 else max(0, min(99, int(100 - 100 * seconds / whole))) if whole > 0 else 0
    if seconds <= 0:
        return TimeLeft(starts_at, due_at, _("venció hace %(span)s") % {"span": span(seconds)}, 100, "is-red")
    text = _("quedan %(span)s") % {"span": span(seconds)}
    return TimeLeft(starts_at, due_at, text, percent, "is-amber" if percent >= AMBER_FROM else "")


def speed(kbps: int) -> str:
    """`2 Gbps`, `2,5 Gbps`, `500 Mbps`, `512 kbps`, exact."""
    for unit, size_ in (("Gbps", 1_000_000), ("Mbps", 1_000)):
        if kbps >= size_:
            exact = Decimal(kbps) / size_
            return f"{number(exact.normalize())} {unit}"
    return f"{kbps} kbps"


_BOLIVIAN = str.maketrans(",.", ".,")


def number(value: int | Decimal | str) -> str:
    """`12.345,60`: Bolivia's way, with the decimals that the value has."""
    exact = Decimal(value)
    exponent = exact.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{exact:,.{places}f}".translate(_BOLIVIAN)


def size(count: int) -> str:
    """`812 B`, `1,2 MB`."""
    if count < 1000:
        return f"{count} B"
    for unit, factor in (("kB", 1000), ("MB", 1000**2), ("GB", 1000**3)):
        if count < factor * 1000:
            return f"{number(Decimal(count * 10 // factor) / 10)} {unit}"
    return f"{count // 1000**3} GB"


def severity(level: int) -> str:
    """The severity in words."""
    return {1: _("Caída total"), 2: _("Degradación"), 3: _("Menor")}.get(level, _("Sin severidad"))


def cell(value: object) -> str:
    """A value of a table as a screen shows it: moments and days of La Paz, whole seconds as a span."""
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    return span(value) if isinstance(value, int) else str(value)
