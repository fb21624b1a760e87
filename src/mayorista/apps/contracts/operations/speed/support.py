"""What every act on a change of speed does alike: lock it, move it, tell it, and hand it to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import SpeedChange
from mayorista.apps.contracts.queries import checks
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import Act, Role

STEP = "B.2"
State = SpeedChange.State
CAPACITY, DECISION, ORDER, EXECUTION = "capacity", "decision", "order", "execution"
ACCEPTANCE, ADDENDUM, OBJECTION, CONFIRM, REFUSAL = (
    "acceptance",
    "addendum",
    "objection",
    "confirm",
    "refusal",
)
CLOSED = (State.REJECTED, State.IN_FORCE, State.CANCELLED)


def locked(change_id: int, *states: SpeedChange.State) -> SpeedChange:
    """Return the change, locked, with its service. Raises NotFound, Conflict where it stands elsewhere."""
    found = (
        SpeedChange.objects.select_for_update(of=("self",))
        .select_related("dossier", "service__customer")
        .filter(pk=change_id)
        .first()
    )
    if found is None:
        raise NotFound(_("No existe ese cambio de velocidad."))
    if states and found.state not in states:
        raise Conflict(
            _("%(number)s está %(state)s.")
            % {"number": found.dossier.number, "state": found.get_state_display()},
            remedy=_("Actualice la página: quizá otra persona ya lo hizo."),
        )
    return found


def move(
    change: SpeedChange,
    state: SpeedChange.State,
    *,
    act: Act,
    text: str,
    actor: Actor,
    at: dt.datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Write the change in its new state and tell it in the journal."""
    change.state = state
    change.save()
    dossiers.change(
        dossier_id=change.dossier_id, state=str(state.label), closed_at=at if state in CLOSED else None
    )
    tell(change, act=act, text=text, actor=actor, at=at, payload=payload)


def tell(
    change: SpeedChange,
    *,
    act: Act,
    text: str,
    actor: Actor,
    at: dt.datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Write a line into the journal of the change."""
    journal.record(
        dossier_id=change.dossier_id,
        act=act,
        text=text.strip(),
        actor=actor,
        at=at,
        step=STEP,
        payload=payload or {},
    )
    live.bump("speed")


def hand_to(
    change: SpeedChange,
    key: str,
    role: Role,
    title: str,
    at: dt.datetime,
    *,
    due_at: dt.datetime | None = None,
) -> None:
    """Open the task of the next step; it is due by the limit of its kind, or at `due_at`."""
    if due_at is None:
        days = procedure.parameter("speed.business_days", at=at).get(key, 1)
        due_at = procedure.calendar(at=at).after(at, days)
    work.open_item(
        dossier_id=change.dossier_id,
        step=STEP,
        key=key,
        role=role,
        title=f"{title} {change.dossier.number}",
        due_at=due_at,
        at=at,
    )


def done(change: SpeedChange, *keys: str, actor: Actor, at: dt.datetime, withdrawn: bool = False) -> None:
    """Close the tasks of these steps (all of them when none is named)."""
    work.complete(
        dossier_ids=[change.dossier_id],
        steps=[STEP],
        keys=keys or None,
        actor=actor,
        at=at,
        withdrawn=withdrawn,
    )


def needs_addendum(change: SpeedChange) -> bool:
    """Whether the contract asks for a signed addendum that is neither there nor dispensed with (G-22)."""
    if (
        change.addendum_id is not None
        or change.addendum_waived_until is not None
        or change.returns_id is not None
    ):
        return False
    _contract, terms = checks.terms_of(change.service_id, change.effective_date or change.wanted_date)
    return terms is not None and terms.requires_addendum
