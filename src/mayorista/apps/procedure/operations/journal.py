"""Write the journal: one row per act, never changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayorista.apps.procedure.models import JournalEntry
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from mayorista.apps.procedure.actors import Actor


@dataclass(frozen=True, slots=True)
class Line:
    """One act to be recorded on one dossier."""

    dossier_id: int
    act: Act | str
    text: str
    step: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


def _acting_role(actor: Actor, act: Act | str) -> Role | None:
    if actor.is_job:
        return None
    if isinstance(act, Act):
        return actor.acting_role(act)
    return min(actor.roles, key=list(Role).index, default=None)


def record_many(*, lines: Sequence[Line], actor: Actor, at: dt.datetime) -> list[JournalEntry]:
    """Append one entry per line, all by `actor` at `at` (UTC)."""
    entries = []
    for line in lines:
        role = _acting_role(actor, line.act)
        entries.append(
            JournalEntry(
                dossier_id=line.dossier_id,
                at=at,
                act=str(line.act),
                step=line.step,
                text=line.text,
                user_id=actor.user_id,
                role=role or "",
                on_behalf_of_id=actor.on_behalf_of(role),
                job=actor.job,
                payload=dict(line.payload),
            )
        )
    return JournalEntry.objects.bulk_create(entries, batch_size=2000)


def record(
    *,
    dossier_id: int,
    act: Act | str,
    text: str,
    actor: Actor,
    at: dt.datetime,
    step: str = "",
    payload: Mapping[str, Any] | None = None,
) -> JournalEntry:
    """Append one entry to the journal of a dossier."""
    line = Line(dossier_id, act, text, step, payload or {})
    return record_many(lines=[line], actor=actor, at=at)[0]
