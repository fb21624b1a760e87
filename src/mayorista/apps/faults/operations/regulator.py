"""The regulator's duties of a fault: brought into the tray in time, answered by a person (G-38)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Fault, RegulatorAnswer
from mayorista.apps.faults.operations import locking
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules import regulator
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act, Role
from mayorista.rules.regulator import Duty

LOOKS_BACK = dt.timedelta(days=14)
STEP = ""
"""The regulator's duties are no step of the procedure (G-38): they count in none."""


def key_of(duty: Duty) -> str:
    """Return the key of a duty's task."""
    return f"att-{duty.value.lower()}"


def limits(*, at: dt.datetime) -> regulator.Limits:
    """Return the limits in force at a moment."""
    known = procedure.parameters(at=at, prefix="att.")
    return regulator.Limits(
        report_minutes=known["att.report_minutes"],
        report_days=known["att.report_days"],
        further_hours=known["att.further_hours"],
        notice_days=known["att.notice_days"],
    )


def interruption(fault: Fault) -> regulator.Interruption:
    """Return a fault as the regulator counts it: from its start to its restoration, not planned."""
    return regulator.Interruption(fault.started_at, fault.restored_at or fault.closed_at)


def counted(*, since: dt.datetime, until: dt.datetime) -> list[Fault]:
    """Return the faults that began in [since, until) and are the carrier's: not void, not the customer's own."""
    return list(
        Fault.objects.filter(started_at__gte=since, started_at__lt=until)
        .exclude(state=Fault.State.VOID)
        .exclude(attribution="CUSTOMER")
        .select_related("dossier")
        .order_by("started_at", "id")
    )


@transaction.atomic
def open_due(*, at: dt.datetime) -> int:
    """Open the task of each duty that began to run (a job, safe to repeat); return how many. None while switched off."""
    if not procedure.parameter("att.active", at=at):
        return 0
    set_limits, works = limits(at=at), procedure.calendar(at=at)
    faults = counted(since=at - LOOKS_BACK, until=at)
    known = procedure.known_keys([fault.dossier_id for fault in faults], step=STEP)
    items = [
        work.NewItem(
            fault.dossier_id,
            STEP,
            Role.MANAGER,
            str(_(regulator.DUTY_TITLES[timer.duty])),
            timer.due_at or at + dt.timedelta(days=1),
            key_of(timer.duty),
        )
        for fault in faults
        for timer in regulator.timers(interruption(fault), set_limits, at=at, works=works)
        if (fault.dossier_id, key_of(timer.duty)) not in known
    ]
    if items:
        work.open_items(items=items, at=at)
    return len(items)


@transaction.atomic
def answer(
    *,
    fault_id: int,
    duty: str,
    required: bool,
    done_at: dt.datetime | None,
    reference: str,
    note: str,
    actor: Actor,
    at: dt.datetime,
) -> RegulatorAnswer:
    """Write down that a duty was met (when, by which letter), or that it is not required and why.

    Raises Invalid naming every field that lacks or can not be, NotFound for no such fault.
    """
    require(actor, Act.ANSWER_REGULATOR)
    fault = locking.lock_fault(fault_id=fault_id, open_only=False)
    wrong: list[FieldError] = []
    if duty not in {Duty.REPORT, Duty.FURTHER}:
        wrong.append(FieldError("duty", _("Ese deber no se conoce."), _("Elija uno de la lista.")))
    if required and done_at is None:
        wrong.append(FieldError("done_at", _("Falta cuándo se reportó."), _("Escriba fecha y hora.")))
    if required and not reference.strip():
        wrong.append(
            FieldError("reference", _("Falta la constancia."), _("Escriba el número de nota u hoja de ruta."))
        )
    if done_at is not None and not fault.started_at <= done_at <= at + dt.timedelta(minutes=2):
        wrong.append(
            FieldError(
                "done_at", _("Esa fecha no es posible."), _("Debe estar entre el inicio del daño y ahora.")
            )
        )
    if not required and not note.strip():
        wrong.append(FieldError("note", _("Falta por qué no corresponde."), _("Escriba el motivo.")))
    if wrong:
        raise Invalid.of(wrong)
    row = RegulatorAnswer.objects.create(
        fault=fault,
        duty=duty,
        required=required,
        done_at=done_at if required else None,
        reference=reference.strip()[:120] if required else "",
        note=note.strip()[:300],
        answered_by_id=actor.person,
        answered_at=at,
    )
    title = _(regulator.DUTY_TITLES[Duty(duty)])
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.ANSWER_REGULATOR,
        text=_("%(d)s: hecho, %(r)s") % {"d": title, "r": row.reference}
        if required
        else _("%(d)s: no corresponde. %(n)s") % {"d": title, "n": row.note},
        actor=actor,
        at=at,
        payload={"duty": duty, "required": required},
    )
    work.complete(
        dossier_ids=[fault.dossier_id], keys=[key_of(Duty(duty))], actor=actor, at=at, withdrawn=not required
    )
    live.bump(f"fault-{fault.pk}", "tray")
    return row
