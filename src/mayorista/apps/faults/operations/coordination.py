"""A.5: support hands over, the NOC accepts; then the provider's ticket or the work order (G-10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.faults.models import Advance, Fault, HandOver, ProviderTicket
from mayorista.apps.faults.operations import attaching, locking
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, work
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import STEPS, Act, Attribution, Role


def _require_route(fault: Fault) -> None:
    if fault.attribution not in {Attribution.EXTERNAL, Attribution.INTERNAL}:
        raise Conflict(
            _("La coordinación sigue a un diagnóstico externo o interno."),
            remedy=_("Diagnostique primero (A.3)."),
        )


@transaction.atomic
def hand_over(
    *, fault_id: int, actor: Actor, at: dt.datetime, note: str = "", version: str | None = None
) -> None:
    """Support hands the fault to the NOC with a note (A.5)."""
    require(actor, Act.HAND_OVER)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"nota": note})
    _require_route(fault)
    if HandOver.objects.filter(fault=fault, withdrawn=False).exists():
        raise Conflict(_("El daño ya fue entregado al NOC."))
    hand_over_locked(fault=fault, note=note, actor=actor, at=at)


def hand_over_locked(*, fault: Fault, note: str, actor: Actor, at: dt.datetime) -> None:
    """Write the hand-over of a fault already locked and ask the NOC to accept."""
    HandOver.objects.create(fault=fault, note=note.strip(), handed_by_id=actor.person, handed_at=at)
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.5"], keys=["hand-over"], actor=actor, at=at)
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.5",
        key="accept",
        role=Role.NOC,
        title=_("Aceptar la entrega de Soporte"),
        due_at=procedure_queries.step_due("A.5", at=at),
        at=at,
    )
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.HAND_OVER,
        text=_("Entregado al NOC. %(note)s") % {"note": note.strip()},
        actor=actor,
        at=at,
        step="A.5",
    )
    locking.touch(fault=fault)


@transaction.atomic
def accept(*, fault_id: int, actor: Actor, at: dt.datetime, version: str | None = None) -> None:
    """The NOC accepts the hand-over; from here the repair is coordinated by it."""
    require(actor, Act.ACCEPT_HAND_OVER)
    fault = locking.lock_fault(fault_id=fault_id, version=version)
    accept_locked(fault=fault, actor=actor, at=at)


def accept_locked(*, fault: Fault, actor: Actor, at: dt.datetime) -> None:
    """Accept the open hand-over of a fault already locked; Conflict when there is none."""
    found = (
        HandOver.objects.select_for_update().filter(fault=fault, accepted_at=None, withdrawn=False).first()
    )
    if found is None:
        raise Conflict(_("No hay una entrega por aceptar."))
    found.accepted_by_id, found.accepted_at = actor.user_id, at
    found.save(update_fields=["accepted_by", "accepted_at"])
    fault.coordinated_at = at
    state = Fault.State.REPAIR if fault.restored_at is None else None
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.5"], keys=["accept"], actor=actor, at=at)
    external = fault.attribution == Attribution.EXTERNAL
    if fault.restored_at is None:
        work.open_item(
            dossier_id=fault.dossier_id,
            step="A.5",
            key="repair",
            role=STEPS["A.5"].role,
            title=_("Abrir ticket del proveedor") if external else _("Emitir orden de trabajo"),
            due_at=procedure_queries.step_due("A.5", at=at),
            at=at,
        )
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.ACCEPT_HAND_OVER,
        text=_("El NOC acepta la coordinación"),
        actor=actor,
        at=at,
        step="A.5",
    )
    locking.touch(fault=fault, state=state)


@transaction.atomic
def open_ticket(
    *,
    fault_id: int,
    provider_id: int,
    reference: str,
    actor: Actor,
    at: dt.datetime,
    opened_at: dt.datetime | None = None,
    contact: str = "",
    level: int = 1,
    etr_at: dt.datetime | None = None,
    version: str | None = None,
) -> ProviderTicket:
    """Record our report to the contracted upstream, with its reference and estimate."""
    require(actor, Act.MANAGE_REPAIR)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"ticket": reference})
    _require_route(fault)
    errors = []
    if not reference.strip():
        errors.append(
            FieldError("reference", _("Falta el número de ticket."), _("Escriba el que dio el proveedor."))
        )
    if ProviderTicket.objects.filter(
        fault=fault, provider_id=provider_id, reference=reference.strip()
    ).exists():
        errors.append(FieldError("reference", _("Ese ticket ya está registrado.")))
    if opened_at and opened_at > at + dt.timedelta(minutes=2):
        errors.append(FieldError("opened_at", _("La hora está en el futuro."), _("Corríjala.")))
    if etr_at and etr_at < fault.started_at:
        errors.append(FieldError("etr_at", _("La hora estimada es anterior al inicio."), _("Corríjala.")))
    if errors:
        raise Invalid.of(errors)
    ticket = ProviderTicket.objects.create(
        fault=fault,
        provider_id=provider_id,
        reference=reference.strip(),
        contact=contact.strip(),
        level=level,
        opened_at=opened_at or at,
    )
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.5"], keys=["repair"], actor=actor, at=at)
    advance_locked(
        fault=fault,
        text=_("Reporte al proveedor %(provider)s, ticket %(reference)s, nivel %(level)d")
        % {"provider": ticket.provider.name, "reference": ticket.reference, "level": level},
        etr_at=etr_at,
        actor=actor,
        at=at,
    )
    return ticket


@transaction.atomic
def update_ticket(
    *,
    ticket_id: int,
    actor: Actor,
    at: dt.datetime,
    level: int | None = None,
    closed: bool = False,
    rfo_received: bool = False,
    version: str | None = None,
    note: str = "",
    file_ids: Sequence[int] = (),
) -> None:
    """Escalate, close, note that the provider's RFO arrived, or what the provider says, with its files."""
    require(actor, Act.MANAGE_REPAIR)
    found = ProviderTicket.objects.filter(id=ticket_id).values_list("fault_id", flat=True).first()
    if found is None:
        raise NotFound(_("No existe ese ticket."))
    fault = locking.lock_fault(fault_id=found, version=version, open_only=False)
    ticket = (
        ProviderTicket.objects.select_for_update(of=("self",)).select_related("provider").get(id=ticket_id)
    )
    words = []
    if level and level != ticket.level:
        ticket.level = level
        words.append(_("escalado a nivel %(level)d") % {"level": level})
    if closed and ticket.closed_at is None:
        ticket.closed_at = at
        words.append(_("cerrado por el proveedor"))
    if rfo_received and not ticket.rfo_received:
        ticket.rfo_received = True
        words.append(_("RFO recibido"))
    kept = attaching.checked(fault=fault, file_ids=file_ids)
    if note.strip():
        words.append(note.strip())
    elif kept and not words:
        words.append(_("archivos del proveedor"))
    if not words:
        return
    ticket.save()
    advance_locked(
        fault=fault,
        text=_("Ticket %(reference)s: %(words)s")
        % {"reference": ticket.reference, "words": ", ".join(words)},
        etr_at=fault.etr_at,
        actor=actor,
        at=at,
        file_ids=kept,
    )


@transaction.atomic
def open_work_order(
    *,
    fault_id: int,
    unit_code: str,
    description: str,
    actor: Actor,
    at: dt.datetime,
    assigned_to: str = "",
    etr_at: dt.datetime | None = None,
    version: str | None = None,
) -> None:
    """Order the repair from a unit (internal; Div. Aseguramiento by default)."""
    require(actor, Act.MANAGE_REPAIR)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"orden": description})
    _require_route(fault)
    order = contracts.open_work_order(
        fault_dossier_id=fault.dossier_id,
        unit_code=unit_code,
        description=description,
        assigned_to=assigned_to,
        etr_at=etr_at,
        actor=actor,
        at=at,
    )
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.5"], keys=["repair"], actor=actor, at=at)
    advance_locked(
        fault=fault,
        text=_("Orden de trabajo %(number)s: %(description)s")
        % {"number": order.number, "description": description.strip()},
        etr_at=etr_at,
        actor=actor,
        at=at,
    )


@transaction.atomic
def record_advance(
    *,
    fault_id: int,
    text: str,
    actor: Actor,
    at: dt.datetime,
    etr_at: dt.datetime | None = None,
    next_update_at: dt.datetime | None = None,
    version: str | None = None,
    file_ids: Sequence[int] = (),
) -> None:
    """Note what was done or learnt, with the new estimate; changes of the estimate stay visible.

    `file_ids` are stored files of the fault or its cases that belong to this advance.
    """
    require(actor, Act.MANAGE_REPAIR)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"avance": text})
    errors = []
    if not text.strip():
        errors.append(FieldError("text", _("Falta el avance."), _("Escriba qué se hizo o supo.")))
    if etr_at and etr_at < at - dt.timedelta(minutes=2):
        errors.append(FieldError("etr_at", _("La hora estimada ya pasó."), _("Indique una hora futura.")))
    if errors:
        raise Invalid.of(errors)
    kept = attaching.checked(fault=fault, file_ids=file_ids)
    if next_update_at:
        fault.next_update_at = next_update_at
    advance_locked(
        fault=fault, text=text.strip(), etr_at=etr_at or fault.etr_at, actor=actor, at=at, file_ids=kept
    )


def advance_locked(
    *,
    fault: Fault,
    text: str,
    etr_at: dt.datetime | None,
    actor: Actor,
    at: dt.datetime,
    file_ids: Sequence[int] = (),
) -> Advance:
    """Write an advance on a fault already locked, with files already checked."""
    made = Advance.objects.create(
        fault=fault, at=at, text=text, etr_at=etr_at, author_id=actor.user_id, recorded_at=at
    )
    before = fault.etr_at
    fault.etr_at = etr_at
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.MANAGE_REPAIR,
        text=text,
        actor=actor,
        at=at,
        step="A.5",
        payload={
            "etr_at": etr_at.isoformat() if etr_at else None,
            "etr_before": before.isoformat() if before else None,
            "files": list(file_ids),
        },
    )
    locking.touch(fault=fault)
    return made
