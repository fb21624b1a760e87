"""Service comes back: restored, verified, the clock stopped for documented waits."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from mayorista.apps.faults import journal_facts
from mayorista.apps.faults.models import (
    Case,
    Claim,
    ClockStop,
    DacForm,
    Fault,
    Outage,
    OutageInterval,
)
from mayorista.apps.faults.operations import analysis, closing, locking
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, work
from mayorista.rules import clocks, lapaz
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import STEPS, Act, Attribution, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def _check_time(name: str, value: dt.datetime, *, after: dt.datetime, at: dt.datetime) -> list[FieldError]:
    if value > at + dt.timedelta(minutes=2):
        return [FieldError(name, _("La hora está en el futuro."), _("Corríjala (hora de La Paz)."))]
    if value < after:
        return [FieldError(name, _("La hora es anterior al inicio de la falla."), _("Corríjala."))]
    return []


@transaction.atomic
def restore(
    *,
    fault_id: int,
    restored_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
    outage_ids: Sequence[int] | None = None,
    note: str = "",
    version: str | None = None,
) -> None:
    """Record that circuits are back since `restored_at` (all of the fault's unless named).

    Intervals still open end there. When the last circuit is back the fault is restored and waits
    for verification.
    """
    require(actor, Act.RESTORE)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"nota": note})
    outages = list(
        Outage.objects.select_for_update(of=("self",))
        .select_related("service")
        .filter(case__fault=fault, closed_at=None, restored_at=None)
    )
    if outage_ids is not None:
        outages = [outage for outage in outages if outage.pk in set(outage_ids)]
    if not outages:
        raise Conflict(_("Esos circuitos ya figuran restablecidos."))
    errors = _check_time(
        "restored_at", restored_at, after=max(outage.started_at for outage in outages), at=at
    )
    if errors:
        raise Invalid.of(errors)
    ids = [outage.pk for outage in outages]
    end_intervals(outage_ids=ids, restored_at=restored_at)
    ClockStop.objects.filter(outage_id__in=ids, ends_at=None, starts_at__lt=restored_at).update(
        ends_at=restored_at
    )
    Outage.objects.filter(id__in=ids).update(restored_at=restored_at)
    analysis.acknowledge_locked(fault=fault, actor=actor, at=at)
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.5"], keys=["relapse"], actor=actor, at=at)
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.RESTORE,
        text=_("Restablecido: %(circuits)s. %(note)s")
        % {"circuits": _circuits(outages), "note": note.strip()},
        actor=actor,
        at=at,
        step="A.6",
        payload={
            "restored_at": restored_at.isoformat(),
            "outages": ids,
            "circuits": journal_facts.circuits(ids),
        },
    )
    settle(fault=fault, actor=actor, at=at)


def end_intervals(*, outage_ids: Sequence[int], restored_at: dt.datetime) -> None:
    """End each outage exactly at `restored_at`: what a person says stands over what the alarms said."""
    last: dict[int, OutageInterval] = {}
    for interval in OutageInterval.objects.filter(outage_id__in=outage_ids).order_by("starts_at", "id"):
        if interval.starts_at > restored_at:
            raise Invalid(
                _("El circuito volvió a caer después de esa hora (%(hour)s).")
                % {"hour": lapaz.moment(interval.starts_at)},
                field="restored_at",
                remedy=_("Indique la hora en que volvió por última vez."),
            )
        last[interval.outage_id] = interval
    open_ids = OutageInterval.objects.filter(outage_id__in=outage_ids, ends_at=None)
    open_ids.exclude(id__in=[interval.pk for interval in last.values()]).update(ends_at=restored_at)
    for interval in last.values():
        interval.ends_at = restored_at
    OutageInterval.objects.bulk_update(last.values(), ["ends_at"], batch_size=2000)


def _circuits(outages: Sequence[Outage]) -> str:
    codes = [outage.service.circuit_code for outage in outages]
    return ", ".join(codes) if len(codes) <= 5 else _("%(count)d circuitos") % {"count": len(codes)}


def settle(*, fault: Fault, actor: Actor, at: dt.datetime) -> None:
    """Bring a locked fault's state in line with its outages after one of them came back."""
    open_outages = Outage.objects.filter(case__fault=fault, case__closed_at=None)
    if open_outages.filter(restored_at=None).exists() or not open_outages.exists():
        locking.touch(fault=fault)
        return
    fault.restored_at = open_outages.aggregate(last=Max("restored_at"))["last"]
    work.complete(
        dossier_ids=[fault.dossier_id],
        keys=["restore", "repair", "opening-notice", "progress-notice"],
        actor=actor,
        at=at,
        withdrawn=True,
    )
    for case in Case.objects.filter(fault=fault, closed_at=None).select_related("dossier"):
        if case.state == Case.State.OPEN:
            locking.touch_case(case=case, state=Case.State.RESTORED)
    if fault.attribution == Attribution.CUSTOMER:
        locking.touch(fault=fault)
        return
    minutes = procedure_queries.parameter("verification.stable_minutes", at=at)
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.6",
        key="verify",
        role=Role.NOC,
        title=_("Verificar el restablecimiento"),
        due_at=max(fault.restored_at, at - dt.timedelta(minutes=minutes)) + dt.timedelta(minutes=2 * minutes),
        at=at,
    )
    locking.touch(fault=fault, state=Fault.State.RESTORED)


@transaction.atomic
def verify(
    *,
    fault_id: int,
    verification: str,
    actor: Actor,
    at: dt.datetime,
    verified_at: dt.datetime | None = None,
    version: str | None = None,
) -> None:
    """Say how the restoration was verified (ping, traffic, customer): the closing D.A.C. is then due."""
    require(actor, Act.RESTORE)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"verificación": verification})
    if fault.restored_at is None:
        raise Conflict(_("Todavía no está restablecido."), remedy=_("Registre primero el restablecimiento."))
    when = verified_at or at
    errors = _check_time("verified_at", when, after=fault.restored_at, at=at)
    if not verification.strip():
        errors.append(
            FieldError("verification", _("Falta cómo se verificó."), _("Ping, tráfico, BGP o conformidad."))
        )
    if errors:
        raise Invalid.of(errors)
    fault.verified_at, fault.verification = when, verification.strip()
    Outage.objects.filter(case__fault=fault, closed_at=None).update(verified_at=when)
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.6"], keys=["verify"], actor=actor, at=at)
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.RESTORE,
        text=_("Verificado: %(verification)s") % {"verification": verification.strip()},
        actor=actor,
        at=at,
        step="A.6",
        payload={"verified_at": when.isoformat()},
    )
    if fault.attribution in {Attribution.EXTERNAL, Attribution.INTERNAL}:
        minutes = procedure_queries.by_severity("dac.closing_minutes", fault.severity, at=at)
        work.complete(
            dossier_ids=[fault.dossier_id],
            steps=["A.6"],
            keys=["progress"],
            actor=actor,
            at=at,
            withdrawn=True,
        )
        work.open_item(
            dossier_id=fault.dossier_id,
            step="A.6",
            key="closing",
            role=STEPS["A.6"].role,
            title=_("Enviar cierre D.A.C."),
            due_at=when + dt.timedelta(minutes=minutes),
            at=at,
        )
    locking.touch(fault=fault, state=Fault.State.VERIFIED if fault.attribution else None)


@transaction.atomic
def stop_clock(
    *,
    outage_ids: Iterable[int],
    reason: str,
    evidence: str,
    actor: Actor,
    at: dt.datetime,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    evidence_file_id: int | None = None,
    version: str | None = None,
) -> None:
    """Stop the repair clock of outages of one fault for a documented wait; without proof it is refused."""
    require(actor, Act.STOP_CLOCK)
    outages = _locked_outages(outage_ids, version, {"prueba": evidence})
    since = starts_at or at
    errors = []
    if reason not in ClockStop.Reason.values:
        errors.append(FieldError("reason", _("Motivo de parada desconocido."), _("Elija uno de la lista.")))
    if not evidence.strip():
        errors.append(
            FieldError("evidence", _("Una parada sin prueba no vale."), _("Escriba la prueba o adjúntela."))
        )
    errors += _check_time("starts_at", since, after=max(outage.started_at for outage in outages), at=at)
    if ends_at is not None and not since < ends_at <= at + dt.timedelta(minutes=2):
        errors.append(FieldError("ends_at", _("El fin debe ser posterior al inicio y no futuro.")))
    if ClockStop.objects.filter(outage__in=outages, ends_at=None).exists():
        errors.append(FieldError("starts_at", _("El reloj ya está detenido."), _("Reanúdelo primero.")))
    if errors:
        raise Invalid.of(errors)
    ClockStop.objects.bulk_create(
        ClockStop(
            outage=outage,
            starts_at=since,
            ends_at=ends_at,
            reason=reason,
            evidence=evidence.strip(),
            evidence_file_id=evidence_file_id,
            author_id=actor.person,
        )
        for outage in outages
    )
    fault = outages[0].case.fault
    recompute_due(outages=outages, at=at)
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.STOP_CLOCK,
        text=_("Reloj detenido (%(circuits)s): %(reason)s. Prueba: %(evidence)s")
        % {
            "circuits": _circuits(outages),
            "reason": ClockStop.Reason(reason).label,
            "evidence": evidence.strip(),
        },
        actor=actor,
        at=at,
        payload={
            "starts_at": since.isoformat(),
            "ends_at": ends_at.isoformat() if ends_at else None,
            "stopped": [outage.service.circuit_code for outage in outages],
        },
    )
    locking.touch(fault=fault)


@transaction.atomic
def resume_clock(
    *, outage_ids: Iterable[int], actor: Actor, at: dt.datetime, version: str | None = None
) -> None:
    """Let the stopped clocks of outages of one fault run again."""
    require(actor, Act.STOP_CLOCK)
    outages = _locked_outages(outage_ids, version)
    if not ClockStop.objects.filter(outage__in=outages, ends_at=None, starts_at__lt=at).update(ends_at=at):
        raise Conflict(_("El reloj no está detenido."))
    recompute_due(outages=outages, at=at)
    journal.record(
        dossier_id=outages[0].case.fault.dossier_id,
        act=Act.STOP_CLOCK,
        text=_("Reloj reanudado (%(circuits)s)") % {"circuits": _circuits(outages)},
        actor=actor,
        at=at,
        payload={"stopped": [outage.service.circuit_code for outage in outages]},
    )
    locking.touch(fault=outages[0].case.fault)


def _locked_outages(
    outage_ids: Iterable[int], version: str | None, mine: Mapping[str, str] | None = None
) -> list[Outage]:
    wanted = list(outage_ids)
    faults = set(Outage.objects.filter(id__in=wanted).values_list("case__fault_id", flat=True))
    if len(faults) != 1:
        raise NotFound(_("Elija circuitos de un mismo daño."), field="outages")
    fault = locking.lock_fault(fault_id=faults.pop(), version=version, mine=mine)
    outages = list(
        Outage.objects.select_for_update(of=("self",))
        .select_related("service", "case")
        .filter(id__in=wanted, closed_at=None)
        .order_by("id")
    )
    if not outages:
        raise Conflict(_("Esos circuitos ya están cerrados."))
    for outage in outages:
        outage.case.fault = fault
    return outages


def recompute_due(*, outages: Sequence[Outage], at: dt.datetime) -> None:
    """Write the due times anew: each stop moves them by its length."""
    stops: dict[int, list[clocks.Period]] = {}
    for outage_id, start, end in ClockStop.objects.filter(outage__in=outages).values_list(
        "outage_id", "starts_at", "ends_at"
    ):
        stops.setdefault(outage_id, []).append(clocks.Period(start, end))
    for outage in outages:
        outage.due_at = clocks.due_at(
            outage.started_at, outage.repair_minutes, stops.get(outage.pk, []), until=at
        )
    with connection.cursor() as cursor:  # one statement: a storm has thousands
        cursor.execute(
            "UPDATE faults_outage AS outage SET due_at = given.due_at "
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS given (id, due_at) WHERE outage.id = given.id",
            [[outage.pk for outage in outages], [outage.due_at for outage in outages]],
        )


@transaction.atomic
def close_self_cleared(
    *,
    fault_ids: Sequence[int],
    actor: Actor,
    at: dt.datetime,
    note: str = "",
    versions: Mapping[int, str] | None = None,
) -> int:
    """Close in one act what cleared itself within minutes without a claim, as N-SIN (G-42).

    The only exception to "no closing before A.7": no D.A.C., no notice, its minutes counted.
    Raises Conflict naming the first fault that does not qualify; none is then closed.
    """
    require(actor, Act.CLOSE_SELF_CLEARED)
    limit = dt.timedelta(minutes=procedure_queries.parameter("flap.minutes", at=at))
    for fault_id in sorted(fault_ids):
        fault = locking.lock_fault(fault_id=fault_id, version=(versions or {}).get(fault_id))
        _refuse_unless_self_cleared(fault, limit)
        cases = list(
            Case.objects.select_for_update(of=("self", "dossier"))
            .select_related("dossier")
            .filter(fault=fault, closed_at=None)
        )
        last = None
        for outage in Outage.objects.filter(case__in=cases):
            ended = OutageInterval.objects.filter(outage=outage).aggregate(last=Max("ends_at"))["last"]
            Outage.objects.filter(pk=outage.pk).update(restored_at=outage.restored_at or ended)
            last = max(last, ended) if last else ended
        fault.cause_code, fault.restored_at = "N-SIN", last
        fault.acknowledged_at = fault.acknowledged_at or at
        fault.acknowledged_by_id = fault.acknowledged_by_id or actor.user_id
        journal.record(
            dossier_id=fault.dossier_id,
            act=Act.CLOSE_SELF_CLEARED,
            text=_("Se restableció solo: cerrado como N-SIN sin D.A.C. %(note)s") % {"note": note.strip()},
            actor=actor,
            at=at,
            step="A.1",
            payload={
                "circuits": journal_facts.circuits(
                    Outage.objects.filter(case__in=cases).values_list("id", flat=True)
                )
            },
        )
        for case in cases:
            case.fault = fault
            closing.close_case(case=case, state=Case.State.CLOSED_SELF, actor=actor, at=at)
    return len(fault_ids)


def _refuse_unless_self_cleared(fault: Fault, limit: dt.timedelta) -> None:
    why = ""
    intervals = OutageInterval.objects.filter(outage__case__fault=fault)
    if intervals.filter(ends_at=None).exists():
        why = _("todavía hay circuitos caídos")
    elif any(
        end is not None and end - start > limit
        for start, end in intervals.values_list("starts_at", "ends_at")
    ):
        why = _("duró más de %(minutes)d minutos") % {"minutes": limit.total_seconds() // 60}
    elif Claim.objects.filter(case__fault=fault, withdrawn_at=None).exists():
        why = _("hay un reclamo del cliente")
    elif DacForm.objects.filter(fault=fault).exists():
        why = _("ya tiene D.A.C.")
    if why:
        raise Conflict(
            _("%(number)s no puede cerrarse como N-SIN: %(why)s.")
            % {"number": fault.dossier.number, "why": why},
            remedy=_("Siga los pasos del procedimiento."),
        )
