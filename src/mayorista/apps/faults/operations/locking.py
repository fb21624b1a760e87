"""Take a fault or case for an act, refusing a stale form.

# Note [One order of locks]
Every act locks the fault before its cases and cases before outages, so two acts never wait for
each other in a ring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Case, DacForm, Fault
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.operations import dossiers, live
from mayorista.rules.errors import Conflict, NotFound, Stale

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


def version_of(fault: Fault, case: Case | None = None) -> str:
    """Return the token that a form carries: the versions of the fault and of the case."""
    token = str(fault.dossier.version)
    return f"{token}.{case.dossier.version}" if case else token


def _check_version(
    fault: Fault, case: Case | None, version: str | None, mine: Mapping[str, str] | None
) -> None:
    if not version:
        return
    current = version_of(fault, case) if "." in version else version_of(fault)
    if version == current:
        return
    ids = [fault.dossier_id, *([case.dossier_id] if case else [])]
    newest = list(procedure_queries.journal_of(ids).reverse()[:3])
    theirs: dict[str, str] = {}
    for entry in reversed(newest):
        who = str(entry.user or entry.job)
        if entry.text:
            theirs[who] = f"{theirs[who]}\n{entry.text}" if who in theirs else entry.text
    raise Stale(
        _("Otra persona cambió este caso mientras usted escribía."),
        mine=mine,
        theirs={_("estado"): fault.get_state_display(), **theirs},
    )


def lock_fault(
    *,
    fault_id: int,
    version: str | None = None,
    mine: Mapping[str, str] | None = None,
    open_only: bool = True,
) -> Fault:
    """Lock a fault; NotFound, Stale, or Conflict when it is closed and `open_only`."""
    fault = (
        Fault.objects.select_for_update(of=("self", "dossier"))
        .select_related("dossier")
        .filter(id=fault_id)
        .first()
    )
    if fault is None:
        raise NotFound(_("No existe ese daño."))
    _check_version(fault, None, version, mine)
    if open_only and fault.closed_at is not None:
        raise Conflict(_("El daño ya está cerrado."), remedy=_("Reábralo si la falla persiste."))
    return fault


def lock_case(
    *,
    case_id: int,
    version: str | None = None,
    mine: Mapping[str, str] | None = None,
    open_only: bool = True,
) -> Case:
    """Lock a case and its fault (see Note [One order of locks])."""
    found = Case.objects.filter(id=case_id).values_list("fault_id", flat=True).first()
    if found is None:
        raise NotFound(_("No existe ese caso."))
    fault = lock_fault(fault_id=found, open_only=False)
    case = (
        Case.objects.select_for_update(of=("self", "dossier"))
        .select_related("dossier", "customer")
        .get(id=case_id)
    )
    if case.fault_id != fault.pk:
        return lock_case(case_id=case_id, version=version, mine=mine, open_only=open_only)
    case.fault = fault
    _check_version(fault, case, version, mine)
    if open_only and case.closed_at is not None:
        raise Conflict(_("El caso ya está cerrado."), remedy=_("Reábralo si la falla persiste."))
    return case


def touch(*, fault: Fault, state: Fault.State | None = None, closed_at: dt.datetime | None = None) -> None:
    """Save a changed fault, mirror its state on the dossier and wake the screens; its D.A.C. ends with it."""
    if state is not None:
        fault.state = state
    fault.save()
    dossiers.change(dossier_id=fault.dossier_id, state=fault.get_state_display(), closed_at=closed_at)
    if closed_at is not None:
        for dossier_id in _dac_of(fault):
            dossiers.change(dossier_id=dossier_id, closed_at=closed_at)
    live.bump("board", f"fault-{fault.pk}")


def reopen_dossiers(*, fault: Fault) -> None:
    """Say that the dossiers of a fault and of its D.A.C. are open again, so that their retention waits (G-39)."""
    for dossier_id in (fault.dossier_id, *_dac_of(fault)):
        dossiers.change(dossier_id=dossier_id, reopen=True)


def _dac_of(fault: Fault) -> list[int]:
    return list(DacForm.objects.filter(fault=fault).values_list("dossier_id", flat=True))


def touch_case(*, case: Case, state: Case.State | None = None, closed_at: dt.datetime | None = None) -> None:
    """Save a changed case, mirror its state on the dossier and wake the screens."""
    if state is not None:
        case.state = state
    if closed_at is not None:
        case.closed_at = closed_at
    case.save()
    dossiers.change(dossier_id=case.dossier_id, state=case.get_state_display(), closed_at=closed_at)
    live.bump("board", f"fault-{case.fault_id}")
