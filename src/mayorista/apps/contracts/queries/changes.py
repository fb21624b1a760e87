"""Changes of speed as the month's gate asks for them (R-B2.1, G-46)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from mayorista.apps.contracts.models import SpeedChange
from mayorista.rules.periods import Month

UNDECIDED = (SpeedChange.State.REQUESTED, SpeedChange.State.COORDINATION)
"""Asked for and not yet decided by the Gerente: what holds a group's month."""
UNDER_WAY = (
    SpeedChange.State.APPROVED,
    SpeedChange.State.ORDERED,
    SpeedChange.State.EXECUTED,
    SpeedChange.State.ACCEPTED,
)
"""Approved and not yet in force: it bills once it is."""


@dataclass(frozen=True, slots=True)
class MonthChange:
    """A change of speed that touches a month. `day` is since when it is in force, else when it is wanted."""

    id: int
    dossier_id: int
    number: str
    contract_id: int
    service_id: int
    circuit: str
    state: str
    state_name: str
    from_kbps: int
    to_kbps: int
    day: dt.date
    temporary_until: dt.date | None
    requested_date: dt.date
    requested_by: str
    in_force_at: dt.datetime | None

    @property
    def undecided(self) -> bool:
        """Whether the Gerente has yet to decide it."""
        return self.state in UNDECIDED

    @property
    def in_force(self) -> bool:
        """Whether it bills."""
        return self.state == SpeedChange.State.IN_FORCE


def undecided_changes(contract_ids: Iterable[int], *, month: Month) -> dict[int, list[MonthChange]]:
    """Return the undecided changes that touch `month`, by contract (one read): they hold their group's amount (gate 2.1)."""
    found: dict[int, list[MonthChange]] = {}
    for change in _changes(contract_ids, month, [state.value for state in UNDECIDED]):
        found.setdefault(change.contract_id, []).append(change)
    return found


def changes_of_month(contract_ids: Iterable[int] | None, *, month: Month) -> dict[int, list[MonthChange]]:
    """Return all changes that touch `month` (in force since a day of it, under way or undecided), by contract (one read).

    Of these contracts, or of all (None).
    """
    states = [state.value for state in (*UNDECIDED, *UNDER_WAY, SpeedChange.State.IN_FORCE)]
    found: dict[int, list[MonthChange]] = {}
    for change in _changes(contract_ids, month, states):
        found.setdefault(change.contract_id, []).append(change)
    return found


def _changes(contract_ids: Iterable[int] | None, month: Month, states: list[str]) -> list[MonthChange]:
    wanted = None if contract_ids is None else sorted(set(contract_ids))
    if wanted == []:
        return []
    first, after = dt.date.fromordinal(month.first), dt.date.fromordinal(month.after)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"contracts": wanted, "states": states, "first": first, "after": after})
        rows = cursor.fetchall()
    names = dict(SpeedChange.State.choices)
    return [MonthChange(*(*row[:7], str(names[row[6]]), *row[7:])) for row in rows]


# An open change wanted before the month's end may still take effect in it; one in force touches the month it
# began or, temporary, ended in.
_SQL = """
SELECT change.id, change.dossier_id, dossier.number, held.contract_id, change.service_id, service.circuit_code, change.state,
    change.from_kbps, change.to_kbps, coalesce(change.effective_date, change.wanted_date), change.temporary_until,
    change.requested_date, change.requested_by, change.in_force_at
FROM contracts_speedchange change
JOIN procedure_dossier dossier ON dossier.id = change.dossier_id
JOIN contracts_service service ON service.id = change.service_id
JOIN contracts_serviceholding held ON held.service_id = change.service_id
    AND coalesce(change.effective_date, change.wanted_date) >= held.starts_date
    AND (held.ends_date IS NULL OR coalesce(change.effective_date, change.wanted_date) < held.ends_date)
WHERE (%(contracts)s::bigint[] IS NULL OR held.contract_id = ANY(%(contracts)s::bigint[])) AND change.state = ANY(%(states)s)
    AND coalesce(change.effective_date, change.wanted_date) < %(after)s
    AND (change.state <> 'IN_FORCE' OR change.effective_date >= %(first)s OR change.temporary_until > %(first)s)
    AND (change.returns_id IS NULL OR change.state = 'IN_FORCE')
ORDER BY held.contract_id, service.circuit_code, coalesce(change.effective_date, change.wanted_date), change.id
"""
