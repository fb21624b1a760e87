"""The page of the shift and the page of the roster."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.overview.queries.administration import DelegationRow, delegation_row
from mayorista.apps.procedure import roster_queries
from mayorista.apps.procedure.models import (
    Delegation,
    Dossier,
    RoleGrant,
    RosterException,
    RosterSlot,
    ShiftHandover,
    WorkItem,
)
from mayorista.rules import lapaz, roster
from mayorista.rules.procedure import ROLE_SHORT, Role

if TYPE_CHECKING:
    from mayorista.apps.procedure.actors import Actor
    from mayorista.apps.procedure.roster_queries import Ahead

RECENT = 12
MANY = 60
CALLBACKS_WITHIN = dt.timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class ShiftPage:
    """Who attends now, what waits to be received, what was handed over, and a draft for those who may write one."""

    duties: tuple[Ahead, ...]
    now: tuple[tuple[Role, tuple[roster.Turn, ...]], ...]
    waiting: tuple[ShiftHandover, ...]
    recent: tuple[ShiftHandover, ...]
    mine: tuple[Role, ...]
    draft: str


@dataclass(frozen=True, slots=True)
class RosterPage:
    """The turns ahead by role, what they are made of, and who stands in for the Gerente."""

    duties: tuple[Ahead, ...]
    slots: tuple[RosterSlot, ...]
    changes: tuple[RosterException, ...]
    people: tuple[tuple[int, str], ...]
    delegations: tuple[DelegationRow, ...]
    shared: tuple[roster.Gap, ...]


def duties(*, at: dt.datetime) -> tuple[Ahead, ...]:
    """Return the turns ahead of the roles that attend day and night."""
    return tuple(roster_queries.ahead(role, at=at) for role in roster_queries.ROLES)


def shift_page(*, actor: Actor, at: dt.datetime) -> ShiftPage:
    """Return the page of the shift for `actor`."""
    rows = ShiftHandover.objects.select_related("written_by", "received_by")
    mine = tuple(role for role in roster_queries.ROLES if role in actor.roles)
    ahead = duties(at=at)
    return ShiftPage(
        duties=ahead,
        now=tuple((each.role, each.now(at)) for each in ahead),
        waiting=tuple(rows.filter(received_at=None).order_by("written_at")),
        recent=tuple(rows.exclude(received_at=None).order_by("-written_at")[:RECENT]),
        mine=mine,
        draft=draft(mine[0], at=at) if mine else "",
    )


def _where(row: WorkItem) -> str:
    """The number of what it is about; what has no number of its own says nothing."""
    return "" if row.dossier.kind == "STANDING" else f"{row.dossier.number}: "


def draft(role: Role, *, at: dt.datetime) -> str:
    """Return the notes of a hand-over as they begin: open faults, what was set aside, what is expected soon."""
    cases = Dossier.objects.filter(kind="CASE", closed_at=None).order_by("opened_at")
    items = WorkItem.objects.filter(role=role, done_at=None).select_related("dossier").order_by("due_at")
    aside = items.filter(snoozed_until__gt=at)
    soon = items.filter(due_at__lte=at + CALLBACKS_WITHIN).exclude(snoozed_until__gt=at)
    parts = [
        (_("Daños abiertos"), [f"{row.number}: {row.headline} ({row.state})" for row in cases[:MANY]]),
        (
            _("Tareas pospuestas"),
            [
                f"{_where(row)}{row.title}, hasta {lapaz.moment(row.snoozed_until)} ({row.snooze_reason})"
                for row in aside[:MANY]
            ],
        ),
        (
            _("Se espera en las próximas 8 horas"),
            [f"{lapaz.moment(row.due_at)} {_where(row)}{row.title}" for row in soon[:MANY]],
        ),
    ]
    return "\n\n".join(
        f"{title}:\n" + ("\n".join(f"- {line}" for line in lines) or _("- ninguno")) for title, lines in parts
    )


def roster_page(*, at: dt.datetime) -> RosterPage:
    """Return the roster with its gaps, and the delegations of the Gerente with what they share."""
    lent = list(
        Delegation.objects.select_related("delegator", "delegate")
        .filter(role=Role.MANAGER, revoked_at=None, ends_at__gt=at)
        .order_by("starts_at")
    )
    holders = RoleGrant.objects.filter(
        role__in=roster_queries.ROLES, revoked_at=None, user__is_active=True
    ).order_by("user__full_name", "role")
    people: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    for pk, name, role in holders.values_list("user_id", "user__full_name", "role"):
        names[pk] = name
        people.setdefault(pk, []).append(ROLE_SHORT[Role(role)])
    return RosterPage(
        duties=duties(at=at),
        slots=tuple(
            RosterSlot.objects.select_related("user")
            .filter(valid_until=None)
            .order_by("role", "weekday", "starts")
        ),
        changes=tuple(
            RosterException.objects.select_related("user")
            .filter(withdrawn_at=None, ends_at__gt=at)
            .order_by("starts_at")
        ),
        people=tuple((pk, f"{names[pk]} ({', '.join(roles)})") for pk, roles in people.items()),
        delegations=tuple(delegation_row(row, at) for row in lent),
        shared=tuple(
            roster.overlaps([roster.Turn(str(row.delegate), row.starts_at, row.ends_at) for row in lent])
        ),
    )
