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
    unit = Unit.objects.filter(code=unit_code).first()
    errors = []
    if unit is None:
        errors.append(FieldError("unit_code", _("Falta la unidad que ejecuta."), _("Elija una de la lista.")))
    if not description.strip():
        errors.append(FieldError("description", _("Falta la descripción del trabajo."), _("Escriba qué debe hacerse.")))
    if etr_at is not None and etr_at < at - dt.timedelta(minutes=2):
        errors.append(FieldError("etr_at", _("La hora estimada ya pasó."), _("Indique una hora futura.")))
    if errors or unit is None:
        raise Invalid.of(errors)
    fault = Dossier.objects.filter(pk=fault_dossier_id).first() if fault_dossier_id else None
    number = serials.next_number(series=SERIES, at=at)
    state = WorkOrderState.ASSIGNED if assigned_to.strip() else WorkOrderState.OPEN
    dossier = dossiers.open_dossier(
        kind="WORK_ORDER",
        number=number,
        headline=f"{unit.name} · {description.strip()}",
        state=str(state.label),
        at=at,
        customer_id=fault.customer_id if fault else None,
    )
    order = WorkOrder.objects.create(
        dossier=dossier,
        number=number,
        fault_dossier=fault,
        unit=unit,
        description=description.strip(),
        assigned_to=assigned_to.strip()[:160],
        etr_at=etr_at,
        state=state,
        opened_at=at,
    )
    if fault is not None:
        links.link(source_id=fault.pk, target_id=dossier.pk, kind="fault-work-order")
    text = _("Orden a %(unit)s: %(what)s") % {"unit": unit.name, "what": description.strip()}
    journal.record(dossier_id=dossier.pk, act=Act.MANAGE_REPAIR, text=text, actor=actor, at=at, step=STEP)
    return order


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
        parts.append(_("Hora estimada: %(before)s → %(after)s.") % {"before": before, "after": formats.date_time(etr_at)})
        order.etr_at = etr_at
    _store(order, WorkOrderState.IN_PROGRESS, " ".join(parts), actor, at)


@transaction.atomic
def finish_work_order(*, order_id: int, result: str, actor: Actor, at: dt.datetime, version: int | None = None) -> None:
    """Conclude an order with what was done."""
    require(actor, Act.MANAGE_REPAIR)
    order = _open(order_id, version, {"resultado": result})
    if not result.strip():
        raise Invalid(_("Falta el resultado."), field="result", remedy=_("Escriba qué se hizo."))
    order.result, order.closed_at = result.strip(), at
    _store(order, WorkOrderState.DONE, _("Concluida. %(result)s") % {"result": result.strip()}, actor, at)


@transaction.atomic
def cancel_work_order(*, order_id: int, reason: str, actor: Actor, at: dt.datetime, version: int | None = None) -> None:
    """Cancel an order that is not needed, with the reason."""
    require(actor, Act.MANAGE_REPAIR)
    order = _open(order_id, version, {"motivo": reason})
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se anula."))
    order.result, order.closed_at = reason.strip(), at
    _store(order, WorkOrderState.CANCELLED, _("Anulada. %(reason)s") % {"reason": reason.strip()}, actor, at)


def _open(order_id: int, version: int | None, mine: dict[str, str]) -> WorkOrder:
    order = editing.locked(WorkOrder.objects.all(), row_id=order_id, missing=_("No existe esa orden de trabajo."))
    if version is not None and version != order.version:
        dossiers.lock(dossier_id=order.dossier_id, version=-1, mine=mine)
    if order.state not in OPEN_STATES:
        raise Conflict(
            _("La orden %(number)s ya está cerrada.") % {"number": order.number}, remedy=_("Emita otra orden si hace falta.")
        )
    return order


def _store(order: WorkOrder, state: WorkOrderState, text: str, actor: Actor, at: dt.datetime) -> None:
    order.state = state
    order.version += 1
    order.save()
    closed = at if state not in OPEN_STATES else None
    dossiers.change(dossier_id=order.dossier_id, state=str(state.label), closed_at=closed)
    journal.record(dossier_id=order.dossier_id, act=Act.MANAGE_REPAIR, text=text, actor=actor, at=at, step=STEP)
