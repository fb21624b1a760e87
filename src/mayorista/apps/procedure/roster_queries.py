"""What can be asked of the roster and the hand-overs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from mayorista.apps.procedure.models import RosterException, RosterSlot
from mayorista.apps.procedure.queries import parameter
from mayorista.rules import roster
from mayorista.rules.procedure import Role

ROLES = (Role.NOC, Role.SUPPORT)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The turns of a role in the days ahead; `planned` says whether it has a roster at all."""

    role: Role
    turns: tuple[roster.Turn, ...]
    gaps: tuple[roster.Gap, ...]
    planned: bool

    def now(self, at: dt.datetime) -> tuple[roster.Turn, ...]:
        """Who attends at an instant."""
        return tuple(each for each in self.turns if each.starts_at <= at < each.ends_at)


def ahead(role: Role, *, at: dt.datetime) -> Ahead:
    """Return the turns of a role from now on, for as many days as are watched, with the hours nobody attends."""
    until = at + dt.timedelta(days=parameter("shift.warn_days", at=at))
    slots = RosterSlot.objects.select_related("user").filter(
        Q(valid_until=None) | Q(valid_until__gt=at), role=role
    )
    changes = RosterException.objects.select_related("user").filter(
        role=role, withdrawn_at=None, ends_at__gt=at, starts_at__lt=until
    )
    template = [
        roster.Slot(row.user.full_name, row.weekday, row.starts, row.minutes, row.valid_from, row.valid_until)
        for row in slots
    ]
    covers: list[roster.Turn] = []
    away: list[roster.Turn] = []
    for row in changes:
        turn = roster.Turn(row.user.full_name, row.starts_at, row.ends_at)
        (covers if row.kind == RosterException.Kind.COVERS else away).append(turn)
    turns = roster.turns(template, covers, away, since=at, until=until)
    return Ahead(
        role, tuple(turns), tuple(roster.gaps(turns, since=at, until=until)), bool(template or covers)
    )
