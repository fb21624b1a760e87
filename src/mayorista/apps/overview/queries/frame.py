"""What stands around every screen: whose it is, how much waits, whether the channels are well."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q

from mayorista.apps.faults.models import Fault
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import User, WorkItem


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """Open faults that nobody acknowledged: how many, and the worst severity (0 when none)."""

    count: int
    worst: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The counts and names of the frame around a screen."""

    waiting: int
    overdue: int
    unacknowledged: Unacknowledged
    procedure: dict[str, str]
    acting_for: tuple[str, ...]


def unacknowledged() -> Unacknowledged:
    """Count the open faults that nobody acknowledged."""
    found = Fault.objects.filter(closed_at=None, acknowledged_at=None).aggregate(
        count=Count("id"), worst=Min("severity")
    )
    return Unacknowledged(found["count"], found["worst"] or 0)


def waiting(actor: Actor, at: dt.datetime) -> tuple[int, int]:
    """Count the actor's open work items that are not set aside, and those overdue."""
    found = WorkItem.objects.filter(role__in=list(actor.roles), done_at=None).aggregate(
        waiting=Count("id", filter=Q(snoozed_until=None) | Q(snoozed_until__lte=at)),
        overdue=Count("id", filter=Q(due_at__lte=at) & (Q(snoozed_until=None) | Q(snoozed_until__lte=at))),
    )
    return found["waiting"], found["overdue"]


def frame(*, actor: Actor, at: dt.datetime) -> Frame:
    """Return the frame of a screen of `actor` at `at`; four reads at most."""
    count, overdue = waiting(actor, at)
    names: tuple[str, ...] = ()
    if actor.delegated:
        ids = {user_id for _role, user_id in actor.delegated}
        names = tuple(
            User.objects.filter(pk__in=ids).order_by("full_name").values_list("full_name", flat=True)
        )
    return Frame(
        waiting=count,
        overdue=overdue,
        unacknowledged=unacknowledged(),
        procedure=procedure_queries.parameters(at=at, prefix="procedure."),
        acting_for=names,
    )
