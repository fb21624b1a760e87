"""Suspension for non-payment (R22): always two people, stopped at once by a receipt, ended after the payment.

One proposes, the Gerente (never the same person) approves, the NOC cuts by a work order. Whatever is overdue is
looked at again at each act: what was paid, disputed or promised meanwhile stops it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.queries.members import groups_of
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.models import WorkOrderState
from mayorista.apps.contracts.operations import orders
from mayorista.apps.contracts.operations import suspensions as network
from mayorista.apps.contracts.queries.previews import holder_on
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as texts
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.apps.receivables.models import LaterCharge, SuspendedService, SuspensionOrder
from mayorista.apps.receivables.operations import charges
from mayorista.apps.receivables.operations.reminders import STEP, end_of
from mayorista.apps.receivables.queries import wording
from mayorista.apps.receivables.queries.suspendable import Suspendable, suspendable
from mayorista.rules import due_dates, formats, lapaz
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

State = SuspensionOrder.State
OPEN = (State.PROPOSED, State.APPROVED, State.EXECUTED)
SERIES, KIND, UNIT = "SUS", "SUSPENSION", "NOC"
APPROVE_KEY, EXECUTE_KEY, RETURN_KEY, CONNECT_KEY = "approve", "execute", "return", "connect"
TOLERANCE = dt.timedelta(minutes=2)


@transaction.atomic
def propose(
    *, customer_id: int, service_ids: Iterable[int], reason: str, actor: Actor, at: dt.datetime
) -> SuspensionOrder:
    """Propose to suspend circuits of a customer whose undisputed debt is late enough by its contract.

    Raises Invalid (circuits, reason), Conflict when the debt does not allow it or an order is open, NotAllowed.
    """
    require(actor, Act.PROPOSE_SUSPENSION)
    card = customers.customer(customer_id=customer_id)
    dossiers.lock(dossier_id=card.dossier_id)
    if SuspensionOrder.objects.filter(customer_id=customer_id, state__in=OPEN).exists():
        raise Conflict(_("Ya hay una orden de suspensión abierta de ese cliente."))
    debt = suspendable(customer_id, at=at)
    _require_debt(debt)
    own = {each.id: each.circuit_code for each in contracts.services_of([customer_id])}
    wanted = sorted(set(service_ids))
    if not wanted or not set(wanted) <= set(own):
        raise Invalid(
            _("Elija circuitos activos de ese cliente."),
            field="service_ids",
            remedy=_("Marque al menos uno."),
        )
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se propone."))
    home = dossiers.open_dossier(
        kind=KIND,
        number=serials.next_number(series=SERIES, at=at),
        headline=_("Suspensión de %(c)s: %(s)s") % {"c": card.name, "s": ", ".join(own[pk] for pk in wanted)},
        state=str(State.PROPOSED.label),
        customer_id=card.dossier_id,
        at=at,
    )
    order = SuspensionOrder.objects.create(
        dossier=home,
        customer_id=customer_id,
        reason=reason.strip(),
        proposed_by_id=actor.person,
        proposed_at=at,
    )
    SuspendedService.objects.bulk_create(SuspendedService(order=order, service_id=pk) for pk in wanted)
    text = _("Suspensión propuesta por %(sum)s vencidos, %(d)s días de mora: %(why)s") % {
        "sum": wording.totals(debt.sums),
        "d": debt.days_late,
        "why": order.reason,
    }
    _record(order, Act.PROPOSE_SUSPENSION, text, actor, at)
    _item(order, APPROVE_KEY, Role.MANAGER, _("Decidir la suspensión de %(c)s") % {"c": card.name}, 1, at)
    return order


def _require_debt(debt: Suspendable) -> None:
    if not debt.sums:
        raise Conflict(
            _("No hay deuda vencida sin objetar ni prometer: no corresponde suspender."),
            remedy=_("Revise pagos, promesas y objeciones del cliente."),
        )
    if not debt.late_enough:
        raise Conflict(
            _("La mora es de %(n)s días y el contrato pide %(m)s para suspender.")
            % {"n": debt.days_late, "m": debt.after_days}
        )


@transaction.atomic
def approve(*, order_id: int, actor: Actor, at: dt.datetime) -> SuspensionOrder:
    """The Gerente approves: the NOC gets its work order, the customer and Legal are told.

    Raises Conflict for who proposed it, for a state that is over, when the debt is no more; NotFound, NotAllowed.
    """
    require(actor, Act.APPROVE_SUSPENSION)
    order = _locked(order_id, State.PROPOSED)
    if order.proposed_by_id == actor.user_id:
        raise Conflict(_("Quien propuso la suspensión no la aprueba: se necesitan dos personas."))
    debt = suspendable(order.customer_id, at=at)
    _require_debt(debt)
    codes = circuits(order)
    made = orders.write_order(
        unit_code=UNIT,
        description=_("Suspender por falta de pago: %(s)s") % {"s": ", ".join(codes)},
        actor=actor,
        at=at,
        cause_id=order.dossier_id,
        cause="suspension",
        act=Act.APPROVE_SUSPENSION,
        step=STEP,
    )
    order.work_order_id, order.approved_by_id, order.approved_at = made.pk, actor.person, at
    _change(order, State.APPROVED, ["work_order", "approved_by", "approved_at"])
    _record(
        order,
        Act.APPROVE_SUSPENSION,
        _("Suspensión aprobada; orden %(o)s al NOC.") % {"o": made.number},
        actor,
        at,
    )
    _complete(order, [APPROVE_KEY], actor, at)
    _item(order, EXECUTE_KEY, Role.NOC, _("Suspender %(s)s") % {"s": ", ".join(codes)}, 1, at)
    _mail(order, "aviso_suspension", {"total": wording.totals(debt.sums)}, actor, at)
    _tell_legal(order, actor, at)
    return order


def _tell_legal(order: SuspensionOrder, actor: Actor, at: dt.datetime) -> None:
    to = [user.email for user in procedure.holders_of(Role.LEGAL, at=at) if user.email]
    if to:
        messaging.queue_email(
            dossier_id=order.dossier_id,
            to=to,
            subject=_("Suspensión aprobada: %(n)s") % {"n": order.dossier.number},
            body=f"{order.dossier.headline}\n\n{order.reason}",
            cause=STEP,
            actor=actor,
            at=at,
        )


@transaction.atomic
def reject(*, order_id: int, reason: str, actor: Actor, at: dt.datetime) -> SuspensionOrder:
    """The Gerente does not approve. Raises Invalid without a reason, Conflict, NotFound, NotAllowed."""
    require(actor, Act.APPROVE_SUSPENSION)
    order = _locked(order_id, State.PROPOSED)
    _end(order, State.REJECTED, _needed(reason), actor, at, act=Act.APPROVE_SUSPENSION)
    return order


@transaction.atomic
def stop(*, order_id: int, reason: str, actor: Actor, at: dt.datetime) -> SuspensionOrder:
    """Call a suspension off before the cut. Raises Invalid without a reason, Conflict once cut, NotFound, NotAllowed."""
    if not actor.may(Act.APPROVE_SUSPENSION):
        require(actor, Act.PROPOSE_SUSPENSION)
    order = _locked(order_id, State.PROPOSED, State.APPROVED)
    act = Act.APPROVE_SUSPENSION if actor.may(Act.APPROVE_SUSPENSION) else Act.PROPOSE_SUSPENSION
    _end(order, State.STOPPED, _needed(reason), actor, at, act=act)
    return order


@transaction.atomic
def execute(*, order_id: int, cut_at: dt.datetime, actor: Actor, at: dt.datetime) -> SuspensionOrder:
    """The NOC has cut the circuits: from `cut_at` their alarms are muted and their minutes leave the SLA.

    Raises Conflict when the debt was paid, promised or disputed meanwhile, Invalid for a moment that can not be,
    NotFound, NotAllowed.
    """
    require(actor, Act.EXECUTE_SUSPENSION)
    order = _locked(order_id, State.APPROVED)
    debt = suspendable(order.customer_id, at=at)
    if not debt.sums:
        raise Conflict(
            _("Ya no hay deuda vencida que la justifique: no corte."),
            remedy=_("Interconexión o la Gerencia detienen la orden."),
        )
    assert order.approved_at is not None
    cut_at = _within_the_minute(cut_at, order.approved_at)
    if not order.approved_at <= cut_at <= at + TOLERANCE:
        raise Invalid(
            _("El corte es entre la aprobación y ahora."), field="cut_at", remedy=_("Revise la hora.")
        )
    for row in SuspendedService.objects.filter(order=order).order_by("service_id"):
        row.suspension_id = network.write_suspension(
            service_id=row.service_id,
            starts_at=cut_at,
            reason=_("Falta de pago, %(n)s") % {"n": order.dossier.number},
            actor=actor,
            at=at,
            act=Act.EXECUTE_SUSPENSION,
            fee_apart=True,
        )
        row.save(update_fields=["suspension"])
    order.executed_by_id, order.executed_at = actor.person, cut_at
    _change(order, State.EXECUTED, ["executed_by", "executed_at"])
    text = _("Suspendido desde %(w)s.") % {"w": formats.date_time(cut_at)}
    _close_order(order.work_order_id, WorkOrderState.DONE, text, actor, at)
    _record(order, Act.EXECUTE_SUSPENSION, text, actor, at)
    _complete(order, [EXECUTE_KEY], actor, at)
    _mail(
        order,
        "aviso_suspension_ejecutada",
        {"total": wording.totals(debt.sums), "cuando": formats.date_time(cut_at)},
        actor,
        at,
    )
    return order


def _within_the_minute(typed: dt.datetime, not_before: dt.datetime) -> dt.datetime:
    """A moment is typed without seconds: in the minute of what went before it is not earlier than that."""
    return max(typed, not_before) if typed >= not_before.replace(second=0, microsecond=0) else typed


def receipt_came(*, customer_id: int, number: str, actor: Actor, at: dt.datetime) -> None:
    """A receipt of the customer was registered: what is not cut yet stops at once, what is cut is to be connected.

    Part of the act that registers it; asks nobody for a right.
    """
    order = (
        SuspensionOrder.objects.select_for_update(of=("self",))
        .select_related("dossier")
        .filter(customer_id=customer_id, state__in=OPEN)
        .first()
    )
    if order is None:
        return
    if order.state == State.EXECUTED:
        if order.return_order_id is None:
            words = _("Llegó %(n)s: revisar y rehabilitar") % {"n": number}
            _item(order, RETURN_KEY, Role.INTERCONNECTION, words, 1, at)
        return
    reason = _("Detenida: llegó el comprobante %(n)s.") % {"n": number}
    _end(order, State.STOPPED, reason, actor, at, act="STOP_SUSPENSION")


@transaction.atomic
def order_return(*, order_id: int, actor: Actor, at: dt.datetime, reason: str = "") -> SuspensionOrder:
    """Order the NOC to connect again; with debt still overdue only the Gerente may, with a reason.

    Raises Conflict (state, debt), NotFound, NotAllowed.
    """
    if not actor.may(Act.APPROVE_SUSPENSION):
        require(actor, Act.PROPOSE_SUSPENSION)
    order = _locked(order_id, State.EXECUTED)
    if order.return_order_id is not None:
        raise Conflict(_("La rehabilitación ya está ordenada."))
    debt = suspendable(order.customer_id, at=at)
    if debt.sums and not (actor.may(Act.APPROVE_SUSPENSION) and reason.strip()):
        raise Conflict(
            _("Aún debe %(s)s vencidos.") % {"s": wording.totals(debt.sums)},
            remedy=_("Con deuda, la Gerencia puede rehabilitar con un motivo."),
        )
    codes = circuits(order)
    act = Act.APPROVE_SUSPENSION if actor.may(Act.APPROVE_SUSPENSION) else Act.PROPOSE_SUSPENSION
    made = orders.write_order(
        unit_code=UNIT,
        description=_("Rehabilitar: %(s)s") % {"s": ", ".join(codes)},
        actor=actor,
        at=at,
        cause_id=order.dossier_id,
        cause="suspension",
        act=act,
        step=STEP,
    )
    order.return_order_id, order.return_by_id = made.pk, actor.person
    order.save(update_fields=["return_order", "return_by"])
    text = _("Rehabilitación ordenada al NOC (%(o)s). %(why)s") % {"o": made.number, "why": reason.strip()}
    _record(order, act, text.strip(), actor, at)
    _complete(order, [RETURN_KEY], actor, at)
    _item(order, CONNECT_KEY, Role.NOC, _("Rehabilitar %(s)s") % {"s": ", ".join(codes)}, 0, at)
    return order


@transaction.atomic
def connect(*, order_id: int, connected_at: dt.datetime, actor: Actor, at: dt.datetime) -> SuspensionOrder:
    """The NOC has connected the circuits; the reconnection charge goes to the next month's invoice.

    Raises Conflict, Invalid for a moment that can not be, NotFound, NotAllowed.
    """
    require(actor, Act.EXECUTE_SUSPENSION)
    order = _locked(order_id, State.EXECUTED)
    if order.return_order_id is None:
        raise Conflict(_("Falta la orden de rehabilitación."), remedy=_("La da Interconexión o la Gerencia."))
    rows = list(SuspendedService.objects.filter(order=order).order_by("service_id"))
    for row in rows:
        assert row.suspension_id is not None
        network.write_end(
            suspension_id=row.suspension_id,
            ends_at=connected_at,
            actor=actor,
            at=at,
            act=Act.EXECUTE_SUSPENSION,
        )
    text = _("Rehabilitado desde %(w)s.") % {"w": formats.date_time(connected_at)}
    _close_order(order.return_order_id, WorkOrderState.DONE, text, actor, at)
    _end(order, State.REVERSED, text, actor, at, act=Act.EXECUTE_SUSPENSION)
    _charge(order, [row.service_id for row in rows], connected_at, at)
    _mail(order, "aviso_rehabilitacion", {"cuando": formats.date_time(connected_at)}, actor, at)
    return order


def _charge(
    order: SuspensionOrder, service_ids: Sequence[int], connected_at: dt.datetime, at: dt.datetime
) -> None:
    """The reconnection charge of each contract, once for all its circuits (R22)."""
    on = lapaz.local(connected_at).date()
    held = {pk for pk in (holder_on(each, on) for each in service_ids) if pk is not None}
    clauses = contracts.collection_clauses(held, on=on)
    groups = groups_of(clauses)
    LaterCharge.objects.bulk_create(
        LaterCharge(
            group_id=groups[pk],
            kind="RECONNECTION",
            text=_("Reconexión, contrato %(c)s (%(n)s)") % {"c": each.number, "n": order.dossier.number},
            amount=each.reconnection_fee,
            made_by_id=order.return_by_id,
            made_at=at,
        )
        for pk, each in sorted(clauses.items())
        if each.reconnection_fee and pk in groups
    )
    charges.settle(at=at)


def circuits(order: SuspensionOrder) -> list[str]:
    """Return the codes of the circuits an order names."""
    rows = SuspendedService.objects.filter(order=order).order_by("service__circuit_code")
    return list(rows.values_list("service__circuit_code", flat=True))


def _locked(order_id: int, *states: State) -> SuspensionOrder:
    order = (
        SuspensionOrder.objects.select_for_update(of=("self",))
        .select_related("dossier")
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise NotFound(_("No existe esa suspensión."))
    if order.state not in states:
        raise Conflict(
            _("La suspensión está %(s)s.") % {"s": State(order.state).label}, remedy=_("Actualice la página.")
        )
    return order


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué."))
    return reason.strip()[:300]


def _change(
    order: SuspensionOrder, state: State, fields: list[str], closed_at: dt.datetime | None = None
) -> None:
    order.state = state
    order.save(update_fields=["state", *fields])
    dossiers.change(dossier_id=order.dossier_id, state=str(state.label), closed_at=closed_at)


def _end(
    order: SuspensionOrder, state: State, reason: str, actor: Actor, at: dt.datetime, *, act: Act | str
) -> None:
    order.ended_at, order.ended_reason = at, reason
    _change(order, state, ["ended_at", "ended_reason"], closed_at=at)
    if state == State.STOPPED:
        _close_order(order.work_order_id, WorkOrderState.CANCELLED, reason, actor, at)
    _record(order, act, reason, actor, at)
    keys = [APPROVE_KEY, EXECUTE_KEY, RETURN_KEY, CONNECT_KEY]
    work.complete(
        dossier_ids=[order.dossier_id], keys=keys, actor=actor, at=at, withdrawn=state == State.STOPPED
    )


def _close_order(
    work_order_id: int | None, state: WorkOrderState, text: str, actor: Actor, at: dt.datetime
) -> None:
    if work_order_id is not None:
        orders.close_order(
            order_id=work_order_id,
            state=state,
            text=text,
            actor=actor,
            at=at,
            act=Act.EXECUTE_SUSPENSION,
            step=STEP,
        )


def _complete(order: SuspensionOrder, keys: list[str], actor: Actor, at: dt.datetime) -> None:
    work.complete(dossier_ids=[order.dossier_id], keys=keys, actor=actor, at=at)


def _item(order: SuspensionOrder, key: str, role: Role, title: str, days: int, at: dt.datetime) -> None:
    on = due_dates.plus_business_days(lapaz.local(at).date(), days, procedure.calendar(at=at))
    due = end_of(on) if days else at + dt.timedelta(hours=4)
    work.open_item(dossier_id=order.dossier_id, step=STEP, key=key, role=role, title=title, due_at=due, at=at)


def _record(order: SuspensionOrder, act: Act | str, text: str, actor: Actor, at: dt.datetime) -> None:
    card = customers.customer(customer_id=order.customer_id)
    links.link(source_id=card.dossier_id, target_id=order.dossier_id, kind="SUSPENSION")
    journal.record_many(
        lines=[
            journal.Line(home, act, f"{prefix}{text}", STEP)
            for home, prefix in ((order.dossier_id, ""), (card.dossier_id, f"{order.dossier.number}: "))
        ],
        actor=actor,
        at=at,
    )
    live.bump("collection")


def _mail(order: SuspensionOrder, code: str, more: dict[str, str], actor: Actor, at: dt.datetime) -> None:
    """Tell the customer; one without a contact for invoices is named in the journal."""
    card = customers.customer(customer_id=order.customer_id)
    to = wording.addresses(customers.contacts_for(order.customer_id, [wording.CONTACTS]))
    if not to:
        _record(order, "SUSPENSION_NOT_TOLD", wording.no_contact(), actor, at)
        return
    filled = texts.fill(
        code,
        {
            **wording.common(wording.parameters(at=at)),
            "cliente": card.name,
            "servicios": "\n".join(f"- {each}" for each in circuits(order)),
            **more,
        },
    )
    messaging.queue_email(
        dossier_id=order.dossier_id,
        to=to,
        subject=filled.subject,
        body=filled.body,
        cause=STEP,
        actor=actor,
        at=at,
    )
