"""What stands around every screen: whose it is, how much waits, whether the channels are well."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from django.db import connection

from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import User
from mayorista.apps.procedure.parameters import DEFAULTS


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


PROCEDURE = "procedure."
# Every screen asks this, so it is one statement, and written out: building it anew each time cost more than asking.
_FRAME = """
SELECT (SELECT count(*) FROM faults_fault WHERE closed_at IS NULL AND acknowledged_at IS NULL),
       (SELECT min(severity) FROM faults_fault WHERE closed_at IS NULL AND acknowledged_at IS NULL),
       due.waiting, due.overdue,
       (SELECT jsonb_object_agg(name, value) FROM (
            SELECT DISTINCT ON (name) name, value FROM procedure_parameter
            WHERE %(named)s AND name LIKE 'procedure.%%' AND valid_from <= %(at)s
            ORDER BY name, valid_from DESC) named)
FROM (SELECT count(*) AS waiting, count(*) FILTER (WHERE due_at <= %(at)s) AS overdue
      FROM procedure_workitem
      WHERE role = ANY(%(roles)s) AND done_at IS NULL
        AND (snoozed_until IS NULL OR snoozed_until <= %(at)s)) due
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for an actor, and the open faults that nobody acknowledged."""

    waiting: int
    overdue: int
    unacknowledged: Unacknowledged


def _ask(actor: Actor, at: dt.datetime, *, named: bool) -> tuple[Counts, dict[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_FRAME, {"at": at, "roles": [role.value for role in actor.roles], "named": named})
        count, worst, waiting, overdue, names = cursor.fetchone()
    if isinstance(names, str):
        names = json.loads(names)
    return Counts(waiting, overdue, Unacknowledged(count, worst or 0)), names or {}


def counts(*, actor: Actor, at: dt.datetime) -> Counts:
    """Return what moves in the frame: the actor's open work items that are not set aside, the faults; one read."""
    return _ask(actor, at, named=False)[0]


def frame(*, actor: Actor, at: dt.datetime) -> Frame:
    """Return the frame of a screen of `actor` at `at`; two reads at most."""
    found, named = _ask(actor, at, named=True)
    names: tuple[str, ...] = ()
    if actor.delegated:
        ids = {user_id for _role, user_id in actor.delegated}
        names = tuple(
            User.objects.filter(pk__in=ids).order_by("full_name").values_list("full_name", flat=True)
        )
    texts = {name: default.value for name, default in DEFAULTS.items() if name.startswith(PROCEDURE)}
    return Frame(
        waiting=found.waiting,
        overdue=found.overdue,
        unacknowledged=found.unacknowledged,
        procedure=texts | {name: value for name, value in named.items() if name in texts},
        acting_for=names,
    )
