"""Who attends when: a weekly template with dated changes, and the hours that nobody attends."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mayorista.rules import lapaz

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekly turn; `starts` is an hour of La Paz on `weekday` (0 Monday). It is in force within its validity."""

    who: str
    weekday: int
    starts: dt.time
    minutes: int
    valid_from: dt.datetime
    valid_until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A person attends from one instant to another (aware)."""

    who: str
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Time in which nobody attends."""

    starts_at: dt.datetime
    ends_at: dt.datetime


def turns(
    slots: Iterable[Slot],
    covers: Iterable[Turn],
    absences: Sequence[Turn],
    *,
    since: dt.datetime,
    until: dt.datetime,
) -> list[Turn]:
    """Return who attends between two instants, by beginning; absences are cut out of the template's turns."""
    found = [turn for slot in slots for turn in _of_slot(slot, since, until)]
    left = [piece for turn in found for piece in _without(turn, absences)]
    whole = [*left, *covers]
    inside = [
        Turn(each.who, max(each.starts_at, since), min(each.ends_at, until))
        for each in whole
        if each.ends_at > since and each.starts_at < until
    ]
    return sorted(inside, key=lambda each: (each.starts_at, each.ends_at, each.who))


def gaps(attended: Iterable[Turn], *, since: dt.datetime, until: dt.datetime) -> list[Gap]:
    """Return the time between two instants that no turn covers, in order."""
    found, reached = [], since
    for turn in sorted(attended, key=lambda each: each.starts_at):
        if turn.starts_at > reached:
            found.append(Gap(reached, turn.starts_at))
        reached = max(reached, turn.ends_at)
    if reached < until:
        found.append(Gap(reached, until))
    return found


def overlaps(spans: Sequence[Turn]) -> list[Gap]:
    """Return the time that two spans share, each pair in order."""
    ordered = sorted(spans, key=lambda each: each.starts_at)
    return [
        Gap(later.starts_at, min(earlier.ends_at, later.ends_at))
        for place, earlier in enumerate(ordered)
        for later in ordered[place + 1 :]
        if later.starts_at < earlier.ends_at
    ]


def _of_slot(slot: Slot, since: dt.datetime, until: dt.datetime) -> Iterable[Turn]:
    day = lapaz.local(since).date() - DAY
    while day <= lapaz.local(until).date():
        if day.weekday() == slot.weekday:
            begins = dt.datetime.combine(day, slot.starts, lapaz.LA_PAZ)
            starts = max(begins, slot.valid_from)
            ends = begins + dt.timedelta(minutes=slot.minutes)
            if slot.valid_until:
                ends = min(ends, slot.valid_until)
            if ends > starts:
                yield Turn(slot.who, starts, ends)
        day += DAY


def _without(turn: Turn, absences: Sequence[Turn]) -> list[Turn]:
    pieces = [turn]
    for away in absences:
        if away.who != turn.who:
            continue
        pieces = [
            Turn(piece.who, starts, ends)
            for piece in pieces
            for starts, ends in (
                (piece.starts_at, min(piece.ends_at, away.starts_at)),
                (max(piece.starts_at, away.ends_at), piece.ends_at),
            )
            if ends > starts
        ]
    return pieces
