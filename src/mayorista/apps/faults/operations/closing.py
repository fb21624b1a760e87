"""What ends: a case, and with its last case the fault and its outages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.apps.faults.models import Case, ClockStop, Fault, Outage, OutageInterval
from mayorista.apps.faults.operations import locking
from mayorista.apps.procedure.operations import work

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.procedure.actors import Actor


def close_case(*, case: Case, state: Case.State, actor: Actor, at: dt.datetime) -> None:
    """Close a case already locked with its outages and work items; the fault follows its last case."""
    outages = Outage.objects.filter(case=case, closed_at=None)
    OutageInterval.objects.filter(outage__in=outages, ends_at=None).update(ends_at=at)
    ClockStop.objects.filter(outage__in=outages, ends_at=None).update(ends_at=at)
    outages.update(closed_at=at)
    locking.touch_case(case=case, state=state, closed_at=at)
    work.complete(dossier_ids=[case.dossier_id], actor=actor, at=at)
    close_fault_if_done(fault=case.fault, actor=actor, at=at)


def close_fault_if_done(*, fault: Fault, actor: Actor, at: dt.datetime) -> None:
    """Close a fault whose cases are all closed (void only when all are void)."""
    states = list(Case.objects.filter(fault=fault).values_list("state", "closed_at"))
    if any(closed is None for _state, closed in states):
        return
    void = all(state == Case.State.VOID for state, _closed in states)
    fault.closed_at = at
    locking.touch(fault=fault, state=Fault.State.VOID if void else Fault.State.CLOSED, closed_at=at)
    work.complete(dossier_ids=[fault.dossier_id], keys=_ENDING_KEYS, actor=actor, at=at, withdrawn=True)


# What outlives the fault: the root cause that was promised (G-43), the acknowledgement of the D.A.C.
# and the dispute of its attribution.
_ENDING_KEYS = (
    "",
    "opening-notice",
    "progress-notice",
    "hand-over",
    "accept",
    "repair",
    "opening",
    "progress",
    "restore",
    "verify",
    "closing",
)
