"""A.4: support by WhatsApp until the damage is solved; it ends the procedure for the customer's own faults."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults import journal_facts
from mayorista.apps.faults.models import Case, Fault, Outage, OutageInterval
from mayorista.apps.faults.operations import closing, locking, restoration
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, work
from mayorista.rules.errors import Conflict, FieldError, Invalid
from mayorista.rules.procedure import STEPS, Act, Attribution, Role


@transaction.atomic
def record_solution(
    *,
    case_id: int,
    solution: str,
    restored_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
    version: str | None = None,
) -> None:
    """Write how the customer's damage was solved; the customer is then asked to confirm (R-A4.2)."""
    require(actor, Act.CLOSE_SUPPORT)
    case = locking.lock_case(case_id=case_id, version=version, mine={"solución": solution})
    if case.fault.attribution != Attribution.CUSTOMER:
        raise Conflict(
            _("La solución por soporte es para daños atribuibles al cliente."),
            remedy=_("Siga con la coordinación y el D.A.C."),
        )
    errors = []
    if not solution.strip():
        errors.append(FieldError("solution", _("Falta la solución."), _("Escriba cómo se resolvió.")))
    if restored_at > at + dt.timedelta(minutes=2):
        errors.append(FieldError("restored_at", _("La hora está en el futuro."), _("Corríjala.")))
    outages = Outage.objects.select_for_update().filter(case=case, closed_at=None)
    if any(restored_at < outage.started_at for outage in outages):
        errors.append(FieldError("restored_at", _("La hora es anterior al inicio."), _("Corríjala.")))
    if errors:
        raise Invalid.of(errors)
    ids = list(outages.filter(restored_at=None).values_list("id", flat=True))
    restoration.end_intervals(outage_ids=ids, restored_at=restored_at)
    Outage.objects.filter(id__in=ids).update(restored_at=restored_at)
    case.solution, case.solved_at = solution.strip(), at
    locking.touch_case(case=case, state=Case.State.SOLVED)
    work.complete(dossier_ids=[case.dossier_id], steps=["A.4"], actor=actor, at=at)
    hours = procedure_queries.parameter("support.silence_hours", at=at)
    work.open_item(
        dossier_id=case.dossier_id,
        step="A.4",
        key="confirm",
        role=Role.SUPPORT,
        title=_("Obtener la conformidad del cliente"),
        due_at=at + dt.timedelta(hours=hours),
        at=at,
    )
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.CLOSE_SUPPORT,
        text=_("Solución: %(solution)s") % {"solution": solution.strip()},
        actor=actor,
        at=at,
        step="A.4",
        payload={
            "restored_at": restored_at.isoformat(),
            "solution": solution.strip(),
            "circuits": journal_facts.circuits(ids),
        },
    )
    restoration.settle(fault=case.fault, actor=actor, at=at)


@transaction.atomic
def confirm_solution(
    *, case_id: int, how: str, actor: Actor, at: dt.datetime, version: str | None = None
) -> None:
    """Record the customer's confirmation, which ends the procedure for this case (A.4.2)."""
    require(actor, Act.CLOSE_SUPPORT)
    case = locking.lock_case(case_id=case_id, version=version, mine={"conformidad": how})
    if case.state != Case.State.SOLVED:
        raise Conflict(_("Primero registre la solución."))
    if not how.strip():
        raise Invalid(_("Falta cómo confirmó el cliente."), field="how", remedy=_("Escriba quién y cómo."))
    case.confirmed_at, case.confirmed_how = at, how.strip()[:200]
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.CLOSE_SUPPORT,
        text=_("Conformidad del cliente: %(how)s. Concluye el procedimiento") % {"how": how.strip()},
        actor=actor,
        at=at,
        step="A.4",
    )
    closing.close_case(case=case, state=Case.State.CLOSED_SUPPORT, actor=actor, at=at)


@transaction.atomic
def close_silent(*, actor: Actor, at: dt.datetime) -> int:
    """Close the solved cases whose customer did not answer in time, counted and flagged (G-13).

    A job. Returns how many were closed. A case whose customer wrote since is left to people.
    """
    hours = procedure_queries.parameter("support.silence_hours", at=at)
    due = Case.objects.filter(
        state=Case.State.SOLVED, solved_at__lte=at - dt.timedelta(hours=hours)
    ).values_list("id", "dossier_id", "solved_at")
    closed = 0
    for case_id, dossier_id, solved_at in list(due):
        if message_queries.last_incoming_at(dossier_id=dossier_id, since=solved_at):
            continue
        case = locking.lock_case(case_id=case_id)
        journal.record(
            dossier_id=dossier_id,
            act="CLOSE_SILENT",
            text=_("Sin respuesta del cliente en %(hours)d horas: cierre sin respuesta") % {"hours": hours},
            actor=actor,
            at=at,
            step="A.4",
        )
        closing.close_case(case=case, state=Case.State.CLOSED_SILENT, actor=actor, at=at)
        closed += 1
    return closed


@transaction.atomic
def reopen(*, case_id: int, reason: str, actor: Actor, at: dt.datetime, version: str | None = None) -> None:
    """Open a closed case again because the damage is not solved.

    Support and NOC within the hours of the same cause, the Gerente within its own limit (G-01 d,
    G-13). The circuits that were closed with it are down again from `at`.
    """
    role = require(actor, Act.REOPEN)
    case = locking.lock_case(case_id=case_id, version=version, mine={"motivo": reason}, open_only=False)
    if case.closed_at is None:
        raise Conflict(_("El caso está abierto."))
    if case.state == Case.State.VOID:
        raise Conflict(_("Un caso anulado no se reabre."), remedy=_("Abra uno nuevo."))
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba qué dijo el cliente."))
    manager = actor.is_job or Role.MANAGER in actor.roles
    name = "support.reopen_hours" if manager else "reopen.same_cause_hours"
    hours = procedure_queries.parameter(name, at=at)
    if at > case.closed_at + dt.timedelta(hours=hours):
        raise Conflict(
            _("Pasaron más de %(hours)d horas desde el cierre.") % {"hours": hours},
            remedy=_("Abra un caso nuevo.") if manager else _("Pídalo a la Gerencia o abra un caso nuevo."),
        )
    _refuse_if_taken(case)
    fault = case.fault
    ids = list(Outage.objects.filter(case=case, closed_at=case.closed_at).values_list("id", flat=True))
    Outage.objects.filter(id__in=ids).update(
        closed_at=None, restored_at=None, verified_at=None, restoration_proposed_at=None
    )
    OutageInterval.objects.bulk_create(
        OutageInterval(outage_id=outage_id, starts_at=at, note=_("reabierto")) for outage_id in ids
    )
    closed_before = case.closed_at
    case.closed_at = case.told_at = case.solved_at = case.confirmed_at = None
    case.solution = case.confirmed_how = ""
    case.reopened += 1
    customer = fault.attribution == Attribution.CUSTOMER
    locking.touch_case(case=case, state=Case.State.SUPPORT if customer else Case.State.OPEN)
    dossiers.change(dossier_id=case.dossier_id, reopen=True)
    fault.closed_at = fault.restored_at = fault.verified_at = None
    fault.acknowledged_at = None
    locking.touch(fault=fault, state=_state_after_reopening(fault))
    locking.reopen_dossiers(fault=fault)
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.1",
        role=STEPS["A.1"].role,
        title=_("Reconocer la reapertura"),
        due_at=procedure_queries.step_due("A.1", at=at),
        at=at,
    )
    work.open_item(
        dossier_id=case.dossier_id if customer else fault.dossier_id,
        step="A.4" if customer else "A.3",
        role=Role.SUPPORT,
        title=_("Atender la reapertura"),
        due_at=procedure_queries.step_due("A.3", at=at),
        at=at,
    )
    journal.record(
        dossier_id=fault.dossier_id,
        act="REOPEN_FAULT",
        text=_("Reabierto con el caso %(number)s") % {"number": case.dossier.number},
        actor=actor,
        at=at,
    )
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.REOPEN,
        text=_("Reabierto: %(reason)s") % {"reason": reason.strip()},
        actor=actor,
        at=at,
        payload={"role": role, "times": case.reopened, "closed_before": closed_before.isoformat()},
    )


def _state_after_reopening(fault: Fault) -> Fault.State:
    if not fault.attribution:
        return Fault.State.ANALYSIS
    return Fault.State.SUPPORT if fault.attribution == Attribution.CUSTOMER else Fault.State.REPAIR


def _refuse_if_taken(case: Case) -> None:
    services = Outage.objects.filter(case=case).values("service_id")
    other = (
        Outage.objects.filter(service_id__in=services, closed_at=None)
        .exclude(case=case)
        .select_related("case__dossier", "service")
        .first()
    )
    if other:
        raise Conflict(
            _("%(circuit)s ya tiene abierto el caso %(number)s.")
            % {"circuit": other.service.circuit_code, "number": other.case.dossier.number},
            remedy=_("Siga en ese caso."),
        )
