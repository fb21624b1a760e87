"""People put right what correlation grouped: join, split, detach, void (G-41, G-42)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults import journal_facts
from mayorista.apps.faults.models import (
    Advance,
    Case,
    Claim,
    CustomerNotice,
    DacForm,
    Fault,
    Outage,
)
from mayorista.apps.faults.operations import closing, locking, opening
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import STEPS, Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


@transaction.atomic
def merge(
    *, source_id: int, target_id: int, actor: Actor, at: dt.datetime, version: str | None = None
) -> None:
    """Move all of one fault into another by hand; what is moved keeps its numbers and clocks."""
    require(actor, Act.REGROUP)
    if source_id == target_id:
        raise Invalid(_("Elija dos daños distintos."), field="target")
    first, second = sorted((source_id, target_id))
    found = {
        each: locking.lock_fault(fault_id=each, version=version if each == source_id else None)
        for each in (first, second)
    }
    merge_locked(source=found[source_id], target=found[target_id], actor=actor, at=at)


def merge_locked(*, source: Fault, target: Fault, actor: Actor, at: dt.datetime) -> None:
    """Move a locked fault without D.A.C. into another locked one; the emptied one is void.

    A customer with a case in both keeps the older number; its outages and claims come together.
    """
    if DacForm.objects.filter(fault=source).exists():
        raise Conflict(
            _("%(number)s ya tiene D.A.C.: no puede unirse a otro.") % {"number": source.dossier.number},
            remedy=_("Una el otro daño a este."),
        )
    present = {
        case.customer_id: case
        for case in Case.objects.select_for_update(of=("self", "dossier"))
        .select_related("dossier")
        .filter(fault=target)
    }
    moving = list(
        Case.objects.select_for_update(of=("self", "dossier"))
        .select_related("dossier")
        .filter(fault=source, closed_at=None)
    )
    for case in moving:
        twin = present.get(case.customer_id)
        if twin is not None and twin.closed_at is not None:
            raise Conflict(
                _("El caso %(number)s ya está cerrado en el otro daño.") % {"number": twin.dossier.number}
            )
        if twin is None:
            case.fault = target
            locking.touch_case(case=case)
        else:
            _fold(case, into=twin, actor=actor, at=at)
    Advance.objects.filter(fault=source).update(fault=target)
    links.link(source_id=source.dossier_id, target_id=target.dossier_id, kind="merged-into")
    target.started_at = min(source.started_at, target.started_at)
    target.detected_at = min(source.detected_at, target.detected_at)
    if Case.objects.filter(fault=target).count() > 1:
        target.kind = Fault.Kind.MASS
    locking.touch(fault=target)
    opening.refresh_headlines(fault=target)
    source.void_reason = _("unido a %(number)s") % {"number": target.dossier.number}
    source.closed_at = at
    locking.touch(fault=source, state=Fault.State.VOID, closed_at=at)
    work.complete(dossier_ids=[source.dossier_id], actor=actor, at=at, withdrawn=True)
    text = _("%(source)s se une a %(target)s") % {
        "source": source.dossier.number,
        "target": target.dossier.number,
    }
    journal.record_many(
        lines=[
            journal.Line(source.dossier_id, Act.REGROUP, text, payload={"into": target.dossier.number}),
            journal.Line(
                target.dossier_id,
                Act.REGROUP,
                text,
                payload={
                    "detected_at": target.detected_at.isoformat(),
                    "advances": Advance.objects.filter(fault=target).exists(),
                },
            ),
        ],
        actor=actor,
        at=at,
    )


def _fold(case: Case, *, into: Case, actor: Actor, at: dt.datetime) -> None:
    """Fold a case into the same customer's case of the other fault; its number leads there."""
    moved = journal_facts.circuits(Outage.objects.filter(case=case).values_list("id", flat=True))
    Outage.objects.filter(case=case).update(case=into)
    Claim.objects.filter(case=case).update(case=into)
    into.alarm_origin |= case.alarm_origin
    into.claim_origin |= case.claim_origin
    into.claim_at = min((each for each in (case.claim_at, into.claim_at) if each), default=None)
    locking.touch_case(case=into)
    links.link(source_id=case.dossier_id, target_id=into.dossier_id, kind="merged-into")
    locking.touch_case(case=case, state=Case.State.VOID, closed_at=at)
    work.complete(dossier_ids=[case.dossier_id], actor=actor, at=at, withdrawn=True)
    text = _("%(source)s se une a %(target)s") % {
        "source": case.dossier.number,
        "target": into.dossier.number,
    }
    journal.record_many(
        lines=[
            journal.Line(case.dossier_id, Act.REGROUP, text, payload={"void": True, "left": list(moved)}),
            journal.Line(
                into.dossier_id,
                Act.REGROUP,
                text,
                payload={
                    "claim_at": into.claim_at.isoformat() if into.claim_at else None,
                    "circuits": moved,
                },
            ),
        ],
        actor=actor,
        at=at,
    )


@transaction.atomic
def detach(
    *,
    fault_id: int,
    outage_ids: Sequence[int],
    reason: str,
    actor: Actor,
    at: dt.datetime,
    version: str | None = None,
) -> Fault:
    """Take circuits out of a fault into one of their own (an outage that is the customer's: G-41).

    A case that loses all its circuits moves with its number; one that keeps some stays, and the
    circuits detached get a case of their own.
    """
    require(actor, Act.REGROUP)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"motivo": reason})
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se separa."))
    outages = list(
        Outage.objects.select_for_update(of=("self",))
        .select_related("case__dossier", "case__customer", "service")
        .filter(id__in=outage_ids, case__fault=fault, closed_at=None)
        .order_by("case_id", "id")
    )
    if not outages or len(outages) != len(set(outage_ids)):
        raise NotFound(_("Elija circuitos abiertos de este daño."), field="outages")
    if not Outage.objects.filter(case__fault=fault, closed_at=None).exclude(id__in=outage_ids).exists():
        raise Conflict(_("No queda ningún circuito en el daño."), remedy=_("Reclasifique el daño entero."))
    number = serials.next_number(series=opening.FAULT_SERIES, at=at)
    dossier = dossiers.open_dossier(
        kind="FAULT", number=number, headline="…", state=Fault.State.ANALYSIS.label, at=at
    )
    made = Fault.objects.create(
        dossier=dossier,
        severity=fault.severity,
        kind=Fault.Kind.FAILURE,
        state=Fault.State.ANALYSIS,
        started_at=min(outage.started_at for outage in outages),
        started_estimated=fault.started_estimated,
        detected_at=fault.detected_at,
        acknowledged_at=at,
        acknowledged_by_id=actor.user_id,
    )
    for case_id in sorted({outage.case_id for outage in outages}):
        _move_outages(made, [outage for outage in outages if outage.case_id == case_id], actor=actor, at=at)
    links.link(source_id=fault.dossier_id, target_id=dossier.pk, kind="detached")
    opening.refresh_headlines(fault=made)
    opening.refresh_headlines(fault=fault)
    work.open_items(
        items=[
            work.NewItem(
                dossier.pk,
                code,
                STEPS[code].role,
                STEPS[code].imperative,
                procedure_queries.step_due(code, at=at),
            )
            for code in ("A.2", "A.3")
        ],
        at=at,
    )
    text = _("Se separa %(circuits)s de %(source)s en %(target)s: %(reason)s") % {
        "circuits": ", ".join(outage.service.circuit_code for outage in outages[:5]),
        "source": fault.dossier.number,
        "target": number,
        "reason": reason.strip(),
    }
    journal.record_many(
        lines=[
            journal.Line(
                fault.dossier_id,
                Act.REGROUP,
                text,
                payload={"left": [outage.service.circuit_code for outage in outages]},
            ),
            journal.Line(
                dossier.pk, Act.REGROUP, text, payload={"detected_at": made.detected_at.isoformat()}
            ),
        ],
        actor=actor,
        at=at,
    )
    locking.touch(fault=fault)
    live.bump("board")
    return made


def _move_outages(fault: Fault, outages: Sequence[Outage], *, actor: Actor, at: dt.datetime) -> None:
    case = locking.lock_case(case_id=outages[0].case_id)
    ids = [outage.pk for outage in outages]
    if not Outage.objects.filter(case=case).exclude(id__in=ids).exists():
        case.fault = fault
        locking.touch_case(case=case)
        return
    number = serials.next_number(series=opening.CASE_SERIES, at=at)
    dossier = dossiers.open_dossier(
        kind="CASE",
        number=number,
        headline=case.dossier.headline,
        state=Case.State.OPEN.label,
        customer_id=case.dossier.customer_id,
        at=at,
    )
    own = Case.objects.create(
        dossier=dossier,
        fault=fault,
        customer_id=case.customer_id,
        severity=case.severity,
        alarm_origin=case.alarm_origin,
        opened_at=case.opened_at,
    )
    Outage.objects.filter(id__in=ids).update(case=own)
    links.link(source_id=case.dossier_id, target_id=dossier.pk, kind="detached")
    journal.record(
        dossier_id=dossier.pk,
        act="OPEN_CASE",
        text=_("Separado del caso %(number)s") % {"number": case.dossier.number},
        actor=actor,
        at=at,
        payload={"severity": own.severity, "circuits": journal_facts.circuits(ids)},
    )


@transaction.atomic
def void_case(
    *, case_id: int, reason: str, actor: Actor, at: dt.datetime, version: str | None = None
) -> None:
    """Void a case that was a mistake (false alarm, duplicate): it is excluded from counts, with reason.

    Refused when the customer claimed or was told, or a D.A.C. was sent: those follow the procedure.
    """
    require(actor, Act.VOID_CASE)
    case = locking.lock_case(case_id=case_id, version=version, mine={"motivo": reason})
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se anula."))
    if Claim.objects.filter(case=case, withdrawn_at=None).exists():
        raise Conflict(_("Un caso con reclamo del cliente no se anula."), remedy=_("Siga el procedimiento."))
    if (
        DacForm.objects.filter(fault=case.fault).exists()
        or CustomerNotice.objects.filter(case=case, undone_at=None).exists()
    ):
        raise Conflict(
            _("Ya hay D.A.C. o aviso al cliente: no se anula."), remedy=_("Siga el procedimiento.")
        )
    case.fault.void_reason = reason.strip()[:300]
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.VOID_CASE,
        text=_("Anulado: %(reason)s") % {"reason": reason.strip()},
        actor=actor,
        at=at,
    )
    closing.close_case(case=case, state=Case.State.VOID, actor=actor, at=at)
