"""Work orders: an internal order to a unit, with advances, estimate and result (A.5, G-10)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import WorkOrder, WorkOrderState
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Dossier, Unit
from mayorista.apps.procedure.operations import dossiers, journal, links, serials
from mayorista.rules import formats
from mayorista.rules.errors import Conflict, FieldError, Invalid
from mayorista.rules.procedure import Act

SERIES = "OT"
STEP = "A.5"
OPEN_STATES = (WorkOrderState.OPEN, WorkOrderState.ASSIGNED, WorkOrderState.IN_PROGRESS)


@transaction.atomic
def open_work_order(
    *,
    unit_code: str,
    description: str,
    actor: Actor,
    at: dt.datetime,
    fault_dossier_id: int | None = None,
    assigned_to: str = "",
    etr_at: dt.datetime | None = None,
) -> WorkOrder:
    """Order work from a unit, numbered OT-year-n, linked to the fault it repairs.

    Raises Invalid with every wrong field, NotAllowed.
    """
    require(actor, Act.MANAGE_REPAIR)
    return write_order(
        unit_code=unit_code,
        description=description,
        actor=actor,
        at=at,
        cause_id=fault_dossier_id,
        assigned_to=assigned_to,
        etr_at=etr_at,
    )


def write_order(
    *,
    unit_code: str,
    description: str,
    actor: Actor,
    at: dt.datetime,
    cause_id: int | None = None,
    cause: str = "fault",
    assigned_to: str = "",
    etr_at: dt.datetime | None = None,
    act: Act = Act.MANAGE_REPAIR,
    step: str = STEP,
) -> WorkOrder:
    """Do what `open_work_order` says, for an act that has asked who may do it; `cause` is "fault" or "speed-change"."""
    unit = Unit.objects.filter(code=unit_code).first()
    errors = []
    if unit is None:
        errors.append(FieldError("unit_code", _("Falta la unidad que ejecuta."), _("Elija una de la lista.")))
    if not description.strip():
        errors.append(
            FieldError("description", _("Falta la descripción del trabajo."), _("Escriba qué debe hacerse."))
        )
    if etr_at is not None and etr_at < at - dt.timedelta(minutes=2):
        errors.append(FieldError("etr_at", _("La hora estimada ya pasó."), _("Indique una hora futura.")))
    if errors or unit is None:
        raise Invalid.of(errors)
    origin = Dossier.objects.filter(pk=cause_id).first() if cause_id else None
    number = serials.next_number(series=SERIES, at=at)
    state = WorkOrderState.ASSIGNED if assigned_to.strip() else WorkOrderState.OPEN
    dossier = dossiers.open_dossier(
        kind="WORK_ORDER",
        number=number,
        headline=f"{unit.name} · {description.strip()}",
        state=str(state.label),
        at=at,
        customer_id=origin.customer_id if origin else None,
    )
    order = WorkOrder.objects.create(
        dossier=dossier,
        number=number,
        fault_dossier=origin if cause == "fault" else None,
        unit=unit,
        description=description.strip(),
        assigned_to=assigned_to.strip()[:160],
        etr_at=etr_at,
        state=state,
        opened_at=at,
    )
    if origin is not None:
        links.link(source_id=origin.pk, target_id=dossier.pk, kind=f"{cause}-work-order")
    text = _("Orden a %(unit)s: %(what)s") % {"unit": unit.name, "what": description.strip()}
    journal.record(dossier_id=dossier.pk, act=act, text=text, actor=actor, at=at, step=step)
    return order


def close_order(
    *, order_id: int, state: WorkOrderState, text: str, actor: Actor, at: dt.datetime, act: Act, step: str
) -> None:
    """End an open order as part of another act (a change of speed executed or called off); a closed one stays."""
    order = WorkOrder.objects.select_for_update().filter(pk=order_id, state__in=OPEN_STATES).first()
    if order is None:
        return
    order.result, order.closed_at = text, at
    _store(order, state, text, actor, at, act=act, step=step)


@transaction.atomic
def advance_work_order(
    *,
    order_id: int,
    text: str,
    actor: Actor,
    at: dt.datetime,
    assigned_to: str | None = None,
    etr_at: dt.datetime | None = None,
    version: int | None = None,
) -> None:
    """Note an advance, who works on it, and a new estimate; the order is then in progress."""
    require(actor, Act.MANAGE_REPAIR)
    order = _open(order_id, version, {"avance": text})
    if not text.strip():
        raise Invalid(_("Falta el avance."), field="text", remedy=_("Escriba qué se hizo o supo."))
    if assigned_to is not None:
        order.assigned_to = assigned_to.strip()[:160]
    parts = [text.strip()]
    if etr_at is not None and etr_at != order.etr_at:
        before = formats.date_time(order.etr_at) if order.etr_at else _("en evaluación")
        parts.append(
            _("Hora estimada: %(before)s → %(after)s.")
            % {"before": before, "after": formats.date_time(etr_at)}
        )
        order.etr_at = etr_at
    _store(order, WorkOrderState.IN_PROGRESS, " ".join(parts), actor, at)


@transaction.atomic
def finish_work_order(
    *, order_id: int, result: str, actor: Actor, at: dt.datetime, version: int | None = None
) -> None:
    """Conclude an order with what was done."""
    require(actor, Act.MANAGE_REPAIR)
    order = _open(order_id, version, {"resultado": result})
    if not result.strip():
        raise Invalid(_("Falta el resultado."), field="result", remedy=_("Escriba qué se hizo."))
    order.result, order.closed_at = result.strip(), at
    _store(order, WorkOrderState.DONE, _("Concluida. %(result)s") % {"result": result.strip()}, actor, at)


@transaction.atomic
def cancel_work_order(
    *, order_id: int, reason: str, actor: Actor, at: dt.datetime, version: int | None = None
) -> None:
    """Cancel an order that is not needed, with the reason."""
    require(actor, Act.MANAGE_REPAIR)
    order = _open(order_id, version, {"motivo": reason})
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se anula."))
    order.result, order.closed_at = reason.strip(), at
    _store(order, WorkOrderState.CANCELLED, _("Anulada. %(reason)s") % {"reason": reason.strip()}, actor, at)


def _open(order_id: int, version: int | None, mine: dict[str, str]) -> WorkOrder:
    order = editing.locked(
        WorkOrder.objects.all(), row_id=order_id, missing=_("No existe esa orden de trabajo.")
    )
    if version is not None and version != order.version:
        dossiers.lock(dossier_id=order.dossier_id, version=-1, mine=mine)
    if order.state not in OPEN_STATES:
        raise Conflict(
            _("La orden %(number)s ya está cerrada.") % {"number": order.number},
            remedy=_("Emita otra orden si hace falta."),
        )
    return order


def _store(
    order: WorkOrder,
    state: WorkOrderState,
    text: str,
    actor: Actor,
    at: dt.datetime,
    *,
    act: Act = Act.MANAGE_REPAIR,
    step: str = STEP,
) -> None:
    order.state = state
    order.version += 1
    order.save()
    closed = at if state not in OPEN_STATES else None
    dossiers.change(dossier_id=order.dossier_id, state=str(state.label), closed_at=closed)
    journal.record(dossier_id=order.dossier_id, act=act, text=text, actor=actor, at=at, step=step)
