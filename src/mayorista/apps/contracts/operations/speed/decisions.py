"""The Gerente decides, one by one or many at once; a change may be called off until it is executed (B.2, step 5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import SpeedChange, WorkOrderState
from mayorista.apps.contracts.operations import orders
from mayorista.apps.contracts.operations.speed import support
from mayorista.apps.contracts.queries import previews
from mayorista.apps.procedure.actors import Actor, require
from mayorista.rules import formats
from mayorista.rules.errors import DomainError, Invalid
from mayorista.rules.procedure import Act, Role

State = support.State
CANCELLABLE = (State.REQUESTED, State.COORDINATION, State.APPROVED, State.ORDERED, State.EXECUTED)


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one change of a bulk decision: empty `problem` when it went through."""

    change_id: int
    number: str
    problem: str = ""


@transaction.atomic
def decide(*, change_id: int, approve: bool, actor: Actor, at: dt.datetime, reason: str = "") -> str:
    """Approve a change, or reject it with a reason; return its number. The price shown then goes into the journal.

    An increase waits for the NOC's verdict; one that the network can not carry needs a reason to be approved.
    Raises Conflict when somebody else decided it, Invalid without a reason, NotFound, NotAllowed.
    """
    require(actor, Act.DECIDE_SPEED)
    change = support.locked(change_id, State.COORDINATION)
    if not approve and not reason.strip():
        raise Invalid(
            _("Falta el motivo del rechazo."),
            field="reason",
            remedy=_("El cliente recibirá una respuesta: escríbalo."),
        )
    if approve and change.capacity_verdict == "NO" and not reason.strip():
        raise Invalid(
            _("El NOC dice que la red no lo soporta."),
            field="reason",
            remedy=_("Escriba por qué se aprueba igual, o rechácelo."),
        )
    change.decided_by_id, change.decided_at, change.decision = actor.user_id, at, reason.strip()[:300]
    if not approve:
        text = _("Rechazado. %(why)s") % {"why": reason.strip()}
        support.move(change, State.REJECTED, act=Act.DECIDE_SPEED, text=text, actor=actor, at=at)
        support.done(change, actor=actor, at=at)
        support.hand_to(
            change, support.REFUSAL, Role.INTERCONNECTION, _("Comunicar al cliente el rechazo de"), at
        )
        return change.dossier.number
    preview = _preview(change, at)
    prices = [
        _("%(month)s %(sign)s %(amount)s")
        % {"month": each.month.words, "sign": preview.sign, "amount": formats.number(each.after_amount)}
        for each in preview.months
    ]
    text = _("Aprobado. %(prices)s. %(why)s") % {
        "prices": "; ".join(prices) or preview.problem.rstrip("."),
        "why": reason.strip(),
    }
    payload = {
        "preview": [
            {"month": str(each.month), "before": str(each.before_amount), "after": str(each.after_amount)}
            for each in preview.months
        ]
    }
    support.move(change, State.APPROVED, act=Act.DECIDE_SPEED, text=text, actor=actor, at=at, payload=payload)
    support.done(change, support.CAPACITY, support.DECISION, actor=actor, at=at)
    support.hand_to(change, support.ORDER, Role.INTERCONNECTION, _("Emitir orden a la red para"), at)
    if support.needs_addendum(change):
        support.hand_to(change, support.ADDENDUM, Role.INTERCONNECTION, _("Adjuntar adenda firmada de"), at)
    return change.dossier.number


def decide_many(
    *, change_ids: Sequence[int], approve: bool, actor: Actor, at: dt.datetime, reason: str = ""
) -> list[Decided]:
    """Decide each of these changes on its own; one that can not be decided says why and stops none of the others."""
    require(actor, Act.DECIDE_SPEED)
    results = []
    for change_id in change_ids:
        try:
            number = decide(change_id=change_id, approve=approve, actor=actor, at=at, reason=reason)
        except DomainError as error:
            row = SpeedChange.objects.select_related("dossier").filter(pk=change_id).first()
            results.append(
                Decided(
                    change_id,
                    row.dossier.number if row else str(change_id),
                    f"{error.message} {error.remedy}".strip(),
                )
            )
        else:
            results.append(Decided(change_id, number))
    return results


@transaction.atomic
def cancel(*, change_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Call a change off: it never bills. One that was executed can be, where the customer objected to it.

    Raises Invalid without a reason, Conflict once it is accepted, NotFound, NotAllowed.
    """
    require(actor, Act.REQUEST_SPEED)
    change = support.locked(change_id, *CANCELLABLE)
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se cancela."))
    if change.state == State.EXECUTED and change.objected_at is None:
        raise Invalid(
            _("La red ya lo ejecutó."),
            field="reason",
            remedy=_("Registre la objeción del cliente, o un cambio en sentido contrario."),
        )
    text = _("Cancelado. %(why)s") % {"why": reason.strip()}
    if change.work_order_id:
        orders.close_order(
            order_id=change.work_order_id,
            state=WorkOrderState.CANCELLED,
            text=text,
            actor=actor,
            at=at,
            act=Act.REQUEST_SPEED,
            step=support.STEP,
        )
    support.move(change, State.CANCELLED, act=Act.REQUEST_SPEED, text=text, actor=actor, at=at)
    support.done(change, actor=actor, at=at, withdrawn=True)


@transaction.atomic
def record_told(*, change_id: int, how: str, actor: Actor, at: dt.datetime) -> None:
    """Note that a person told the customer of a rejection, or confirmed a change that no mail could. Raises Invalid, Conflict."""
    require(actor, Act.REQUEST_SPEED)
    change = support.locked(change_id, State.REJECTED, State.IN_FORCE)
    if not how.strip():
        raise Invalid(
            _("Falta cómo se le comunicó."),
            field="how",
            remedy=_("Escriba a quién, por qué medio y qué se dijo."),
        )
    support.tell(
        change,
        act=Act.REQUEST_SPEED,
        text=_("Comunicado al cliente: %(how)s") % {"how": how.strip()},
        actor=actor,
        at=at,
    )
    support.done(change, support.REFUSAL, support.CONFIRM, actor=actor, at=at)


def _preview(change: SpeedChange, at: dt.datetime) -> previews.PricePreview:
    return previews.price_preview(
        change.service_id,
        to_kbps=change.to_kbps,
        effective=change.wanted_date,
        requested_on=change.requested_date,
        until=change.temporary_until,
        own_price=change.own_price,
        at=at,
    )
