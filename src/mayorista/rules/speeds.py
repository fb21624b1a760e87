"""The speed of a circuit day by day: what it began with, lasting changes, and temporary ones that lie over them.

This is what the network runs and the contract says. From when a change bills (notice, next cycle) is rating's
affair (R9); which of two changes holds is the same here and there (R6, R18).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mayorista.rules.errors import Invalid


@dataclass(frozen=True, slots=True)
class Change:
    """A speed from `day` on; before `end` only, where it is temporary, and then `returned_by` brings the former back."""

    id: int
    day: dt.date
    kbps: int
    known_at: dt.datetime
    end: dt.date | None = None
    returned_by: int | None = None

    @property
    def order(self) -> tuple[dt.date, dt.datetime, int]:
        """Of several, the last in this order holds (R6, R18)."""
        return (self.day, self.known_at, self.id)


class Period(NamedTuple):
    """A speed on the days [start, end); `change` is what brought it, None for what the circuit began with."""

    start: dt.date
    end: dt.date | None
    kbps: int
    change: int | None


def timeline(
    start: dt.date, kbps: int, changes: Sequence[Change], *, end: dt.date | None = None
) -> list[Period]:
    """Return the periods from `start` on, each beginning where the last one ends. Raises Invalid (field "effective_date").

    No change may take effect on the first day or before: the circuit began with what it began with.
    """
    early = next((each for each in changes if each.day <= start), None)
    if early is not None:
        raise Invalid(
            f"El servicio empieza el {start:%d/%m/%Y}: un cambio rige desde un día posterior.",
            field="effective_date",
            remedy="Revise la fecha, o corrija la velocidad inicial.",
        )
    lasting = sorted((each for each in changes if each.end is None), key=lambda each: each.order)
    boosts = sorted((each for each in changes if each.end is not None), key=lambda each: each.order)
    cuts = {start, *(each.day for each in changes), *(each.end for each in boosts if each.end)}
    days = sorted(day for day in cuts if end is None or day < end)
    periods: list[Period] = []
    for place, day in enumerate(days):
        until = days[place + 1] if place + 1 < len(days) else end
        speed, change = _on(day, kbps, lasting, boosts)
        last = periods[-1] if periods else None
        if last is not None and (last.kbps, last.change) == (speed, change):
            periods[-1] = last._replace(end=until)
        else:
            periods.append(Period(day, until, speed, change))
    return periods


def on(day: dt.date, kbps: int, changes: Sequence[Change]) -> int:
    """Return the speed of a day."""
    lasting = sorted((each for each in changes if each.end is None), key=lambda each: each.order)
    boosts = sorted((each for each in changes if each.end is not None), key=lambda each: each.order)
    return _on(day, kbps, lasting, boosts)[0]


def _on(
    day: dt.date, kbps: int, lasting: Sequence[Change], boosts: Sequence[Change]
) -> tuple[int, int | None]:
    """The speed of a day, and the change that brought it."""
    over = [each for each in boosts if each.end and each.day <= day < each.end]
    if over:
        return over[-1].kbps, over[-1].id
    below = [each for each in lasting if each.day <= day]
    base = below[-1] if below else None
    ended = [each for each in boosts if each.end and each.end <= day]
    if ended:
        back = max(ended, key=lambda each: (each.end or day, each.order))
        if back.returned_by is not None and (base is None or base.day < (back.end or day)):
            return (base.kbps if base else kbps), back.returned_by
    return (base.kbps, base.id) if base else (kbps, None)
