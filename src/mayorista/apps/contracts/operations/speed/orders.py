"""The work order to the network, its execution with evidence, or its failure (B.2, steps 7 and 8)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import SpeedChange, WorkOrder, WorkOrderState
from mayorista.apps.contracts.operations import documents
from mayorista.apps.contracts.operations import orders as work_orders
from mayorista.apps.contracts.operations.documents import Upload
from mayorista.apps.contracts.operations.speed import force, support
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.rules import agreements, capacity, formats, lapaz
from mayorista.rules.errors import Conflict, FieldError, Invalid
from mayorista.rules.procedure import Act, Role

State = support.State
TOLERANCE = dt.timedelta(minutes=2)


@transaction.atomic
def order(
    *,
    change_id: int,
    window_at: dt.datetime | None,
    rollback: str,
    actor: Actor,
    at: dt.datetime,
    config_reference: str = "",
    unit_code: str = "NOC",
    assigned_to: str = "",
) -> WorkOrder:
    """Order the change from the network: window, way back and reference of the configuration.

    Raises Invalid with every wrong field, Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.ORDER_SPEED)
    change = support.locked(change_id, State.APPROVED)
    if support.needs_addendum(change):
        raise Conflict(
            _("El contrato exige adenda firmada antes de la orden."),
            remedy=_("Adjúntela; en una emergencia la Gerencia la dispensa y queda debida 15 días."),
        )
    errors = []
    if window_at is None:
        errors.append(FieldError("window_at", _("Falta la ventana."), _("Escriba cuándo se ejecuta.")))
    elif window_at < at - TOLERANCE and change.wanted_date >= lapaz.local(at).date():
        errors.append(FieldError("window_at", _("La ventana ya pasó."), _("Indique una hora futura.")))
    if not rollback.strip():
        errors.append(
            FieldError("rollback", _("Falta cómo se vuelve atrás."), _("Escriba los pasos de retorno."))
        )
    agreements.refuse(errors)
    assert window_at is not None
    made = write_order(
        change,
        window_at=window_at,
        rollback=rollback,
        config=config_reference,
        unit=unit_code,
        assigned_to=assigned_to,
        actor=actor,
        at=at,
    )
    text = _("Orden %(order)s a la red, ventana %(when)s.") % {
        "order": made.number,
        "when": formats.date_time(window_at),
    }
    support.move(change, State.ORDERED, act=Act.ORDER_SPEED, text=text, actor=actor, at=at)
    support.done(change, support.ORDER, actor=actor, at=at)
    support.hand_to(change, support.EXECUTION, Role.NOC, _("Ejecutar cambio"), at, due_at=max(window_at, at))
    return made


def write_order(
    change: SpeedChange,
    *,
    window_at: dt.datetime,
    rollback: str,
    config: str,
    unit: str,
    assigned_to: str,
    actor: Actor,
    at: dt.datetime,
) -> WorkOrder:
    """Write the order of a change and name it there (not saved)."""
    lines = [
        _("%(number)s: %(code)s de %(from)s a %(to)s")
        % {
            "number": change.dossier.number,
            "code": change.service.circuit_code,
            "from": capacity.show(change.from_kbps),
            "to": capacity.show(change.to_kbps),
        },
        _("Ventana: %(when)s") % {"when": formats.date_time(window_at)},
        _("Retorno: %(how)s") % {"how": rollback.strip()},
    ]
    if config.strip():
        lines.append(_("Configuración: %(ref)s") % {"ref": config.strip()})
    made = work_orders.write_order(
        unit_code=unit,
        description="\n".join(lines),
        cause_id=change.dossier_id,
        cause="speed-change",
        assigned_to=assigned_to,
        etr_at=max(window_at, at),
        actor=actor,
        at=at,
        act=Act.ORDER_SPEED,
        step=support.STEP,
    )
    change.work_order = made
    return made


@transaction.atomic
def execute(
    *,
    change_id: int,
    executed_at: dt.datetime | None,
    evidence: str,
    actor: Actor,
    at: dt.datetime,
    why_other_day: str = "",
    upload: Upload | None = None,
) -> None:
    """Record that the network runs at the new speed: its day of La Paz is the day the change holds from (G-21).

    Done before the approved day, it holds from the approved day: nothing bills that nobody approved. That, and a
    change approved for the past but done on another day, needs `why_other_day`. The customer is told and has 48 hours
    to object. A return needs no acceptance. Raises Invalid (no evidence, a time to come, before the service began,
    after a temporary one is over, another day without a reason), Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.EXECUTE_SPEED)
    change = support.locked(change_id, State.ORDERED)
    errors = _wrong_execution(change, executed_at, evidence, at, why_other_day)
    if upload is not None:
        errors += documents.check_file(upload, field="evidence_file")
    agreements.refuse(errors)
    assert executed_at is not None
    change.executed_at, change.evidence = executed_at, evidence.strip()
    if upload is not None:
        change.evidence_file_id = documents.store(change.dossier_id, upload, actor, at)
    if change.returns_id is None:
        change.effective_date = max(lapaz.local(executed_at).date(), change.wanted_date)
    text = _("Ejecutado el %(when)s. %(evidence)s") % {
        "when": formats.date_time(executed_at),
        "evidence": evidence.strip(),
    }
    if change.effective_date is not None and off_plan(change, lapaz.local(executed_at).date()):
        text += "\n" + _("Aprobado desde el %(asked)s, rige desde el %(day)s: %(why)s") % {
            "asked": formats.date(change.wanted_date),
            "day": formats.date(change.effective_date),
            "why": why_other_day.strip(),
        }
    if change.work_order_id:
        work_orders.close_order(
            order_id=change.work_order_id,
            state=WorkOrderState.DONE,
            text=text,
            actor=actor,
            at=at,
            act=Act.EXECUTE_SPEED,
            step=support.STEP,
        )
    support.done(change, support.EXECUTION, actor=actor, at=at)
    if change.returns_id is not None:
        force.returned(change, text=text, actor=actor, at=at)
        return
    support.move(change, State.EXECUTED, act=Act.EXECUTE_SPEED, text=text, actor=actor, at=at)
    support.hand_to(
        change,
        support.ACCEPTANCE,
        Role.INTERCONNECTION,
        _("Recibir conformidad de"),
        at,
        due_at=silence_ends(change, at),
    )
    _tell_customer(change, actor, at)


@transaction.atomic
def fail(*, change_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Record that the execution failed and was rolled back: it bills nothing and waits for another order.

    Raises Invalid without a reason, Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.EXECUTE_SPEED)
    change = support.locked(change_id, State.ORDERED)
    if not reason.strip():
        raise Invalid(
            _("Falta qué pasó."), field="reason", remedy=_("Escriba por qué no se pudo y cómo quedó la red.")
        )
    text = _("La ejecución falló y se volvió atrás. %(why)s") % {"why": reason.strip()}
    if change.work_order_id:
        work_orders.close_order(
            order_id=change.work_order_id,
            state=WorkOrderState.CANCELLED,
            text=text,
            actor=actor,
            at=at,
            act=Act.EXECUTE_SPEED,
            step=support.STEP,
        )
    change.work_order = None
    support.move(change, State.APPROVED, act=Act.EXECUTE_SPEED, text=text, actor=actor, at=at)
    support.done(change, support.EXECUTION, actor=actor, at=at)
    support.hand_to(change, support.ORDER, Role.INTERCONNECTION, _("Reprogramar orden de"), at)


def silence_ends(change: SpeedChange, at: dt.datetime) -> dt.datetime:
    """Return when silence accepts: hours after it was executed, but never before the customer had as long to answer."""
    hours = dt.timedelta(hours=procedure.parameter("speed.silence_hours", at=at))
    return max(change.executed_at or at, at) + hours


def off_plan(change: SpeedChange, day: dt.date) -> bool:
    """Whether an execution on `day` is not what was approved: earlier, or not on the past day that was approved."""
    if change.returns_id is not None or day == change.wanted_date:
        return False
    decided = lapaz.local(change.decided_at).date() if change.decided_at else day
    return day < change.wanted_date or change.wanted_date < decided


def _wrong_execution(
    change: SpeedChange, executed_at: dt.datetime | None, evidence: str, at: dt.datetime, why_other_day: str
) -> list[FieldError]:
    errors = []
    if not evidence.strip():
        errors.append(
            FieldError(
                "evidence",
                _("Falta la evidencia."),
                _("Escriba el policer antes y después, la prueba o el gráfico."),
            )
        )
    if executed_at is None:
        return [
            *errors,
            FieldError("executed_at", _("Falta cuándo se ejecutó."), _("Escriba la hora de La Paz.")),
        ]
    if executed_at > at + TOLERANCE:
        errors.append(
            FieldError("executed_at", _("La ejecución no puede ser del futuro."), _("Revise la hora."))
        )
    day = lapaz.local(executed_at).date()
    if change.temporary_until is not None and day >= change.temporary_until:
        errors.append(
            FieldError(
                "executed_at", _("El cambio temporal ya terminó ese día."), _("Cancélelo, o revise la hora.")
            )
        )
    if change.returns_id is None:
        errors += force.too_early(change, day)
    if off_plan(change, day) and not why_other_day.strip():
        errors.append(_other_day(change, day))
    return errors


def _other_day(change: SpeedChange, day: dt.date) -> FieldError:
    approved = formats.date(change.wanted_date)
    if day < change.wanted_date:
        remedy = _("Si la red ya se cambió, escriba por qué: el cambio rige y se factura desde el %(day)s.")
        since = approved
    else:
        remedy = _(
            "Si ya corre desde entonces, ponga esa fecha en «Ejecutado»; si no, escriba por qué: se factura desde el %(day)s."
        )
        since = formats.date(day)
    text = _("El Gerente lo aprobó desde el %(day)s.") % {"day": approved}
    return FieldError("why_other_day", text, remedy % {"day": since})


def _tell_customer(change: SpeedChange, actor: Actor, at: dt.datetime) -> None:
    """Tell the ISP that it was executed and that its silence accepts; without an address a person asks by other means."""
    to = force.addresses(change)
    if not to:
        support.tell(
            change,
            act=Act.EXECUTE_SPEED,
            text=_("El cliente no tiene correo: pida la conformidad por otro medio."),
            actor=actor,
            at=at,
        )
        return
    filled = message_queries.fill(
        "cambio_velocidad_ejecutado",
        {
            "cliente": change.service.customer.name,
            "servicio": change.service.circuit_code,
            "numero": change.dossier.number,
            "v_anterior": capacity.show(change.from_kbps),
            "v_nueva": capacity.show(change.to_kbps),
            "fecha": formats.date_time(change.executed_at or at),
            "limite": formats.date_time(silence_ends(change, at)),
        },
    )
    messaging.queue_email(
        dossier_id=change.dossier_id,
        to=to,
        subject=filled.subject,
        body=filled.body,
        cause=support.STEP,
        actor=actor,
        at=at,
    )
