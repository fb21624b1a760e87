"""A change comes into force: the timeline is closed and continued in one transaction and the customer is told."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import BandwidthPeriod, Contract, SpeedChange
from mayorista.apps.contracts.operations import bandwidth
from mayorista.apps.contracts.operations.speed import requests, support
from mayorista.apps.contracts.queries import previews
from mayorista.apps.contracts.queries.rating import rating_services
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.operations import dossiers, journal, links, serials
from mayorista.rules import capacity, formats, lapaz, money, periods, speeds
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act, Role
from mayorista.rules.rating import Billing, Case, explain, rate

State = support.State
RECIPIENTS = ("MANAGEMENT", "TECHNICAL", "BILLING")


def put_in_force(change: SpeedChange, *, actor: Actor, at: dt.datetime) -> None:
    """Write an accepted change into the timeline since its day of execution, with the return of a temporary one.

    `change` is locked. Raises Invalid where the timeline does not admit it.
    """
    assert change.effective_date is not None
    change.in_force_at = at
    text = _("Vigente desde el %(day)s.") % {"day": formats.date(change.effective_date)}
    support.move(change, State.IN_FORCE, act=Act.ACCEPT_SPEED, text=text, actor=actor, at=at)
    if change.temporary_until is not None:
        _open_return(change, actor, at)
    bandwidth.rebuild(service_id=change.service_id, at=at)
    change.service.refresh_from_db()
    service = change.service
    dossiers.change(
        dossier_id=service.dossier_id,
        headline=f"{service.customer.name} · {service.circuit_code} {capacity.show(service.capacity_kbps)}",
    )
    line = _("Velocidad %(to)s desde el %(day)s por %(number)s.") % {
        "to": capacity.show(change.to_kbps),
        "day": formats.date(change.effective_date),
        "number": change.dossier.number,
    }
    homes = [service.dossier_id, *_contract_dossiers(change)]
    lines = [journal.Line(dossier_id, Act.ACCEPT_SPEED, line, support.STEP) for dossier_id in homes]
    journal.record_many(lines=lines, actor=actor, at=at)
    _confirm(change, actor, at)


def returned(change: SpeedChange, *, text: str, actor: Actor, at: dt.datetime) -> None:
    """Close a return that the network executed: the timeline has held its day since the temporary one began."""
    change.effective_date, change.in_force_at, change.accepted_at = change.wanted_date, at, at
    change.accepted_how = _("retorno automático")
    support.move(change, State.IN_FORCE, act=Act.EXECUTE_SPEED, text=text, actor=actor, at=at)
    bandwidth.show_capacity(service_id=change.service_id, on=lapaz.local(at).date())


def too_early(change: SpeedChange, day: dt.date) -> list[FieldError]:
    """Return what is wrong with a day on or before the first of the circuit's timeline."""
    starts = (
        BandwidthPeriod.objects.filter(service_id=change.service_id, first=True)
        .values_list("starts_date", flat=True)
        .first()
    )
    if starts is None:
        text = _("%(code)s no tiene velocidad inicial registrada.") % {"code": change.service.circuit_code}
        return [
            FieldError(
                "executed_at", text, _("Vincúlelo a su contrato con el día en que empieza a facturar.")
            )
        ]
    if day > starts:
        return []
    text = _("El servicio empieza el %(day)s: un cambio rige después.") % {"day": formats.date(starts)}
    return [FieldError("executed_at", text, _("Revise la hora."))]


def addresses(change: SpeedChange) -> list[str]:
    """Return to whom of the ISP a change of speed is written: those who manage, run and pay it, else whoever has an address."""
    for roles in (RECIPIENTS, ()):
        cards = customers.contacts_for(change.service.customer_id, roles)
        found = list(dict.fromkeys(card.email for card in cards if card.email))
        if found:
            return found
    return []


def _open_return(change: SpeedChange, actor: Actor, at: dt.datetime) -> None:
    """Write the change that brings the former speed back; its work order goes out on its day."""
    assert change.temporary_until is not None
    others = [each for each in bandwidth.changes_in_force(change.service_id) if each.id != change.pk]
    first = BandwidthPeriod.objects.get(service_id=change.service_id, first=True)
    back_to = speeds.on(change.temporary_until, first.kbps, others)
    dossier = dossiers.open_dossier(
        kind=requests.KIND,
        number=serials.next_number(series=requests.SERIES, at=at),
        headline=requests.headline(change.service, change.to_kbps, back_to),
        state=str(State.APPROVED.label),
        at=at,
        customer_id=change.service.customer.dossier_id,
        search=change.service.circuit_code,
    )
    SpeedChange.objects.create(
        dossier=dossier,
        service=change.service,
        state=State.APPROVED,
        door="RETURN",
        requested_by=_("retorno de %(number)s") % {"number": change.dossier.number},
        requested_date=change.requested_date,
        from_kbps=change.to_kbps,
        to_kbps=back_to,
        wanted_date=change.temporary_until,
        returns=change,
        decided_by_id=change.decided_by_id,
        decided_at=change.decided_at,
        decision=change.decision,
    )
    links.link(source_id=change.dossier_id, target_id=dossier.pk, kind="speed-change-return")
    text = _("Retorno a %(speed)s el %(day)s: la orden sale ese día.") % {
        "speed": capacity.show(back_to),
        "day": formats.date(change.temporary_until),
    }
    journal.record(
        dossier_id=dossier.pk, act=Act.ACCEPT_SPEED, text=text, actor=actor, at=at, step=support.STEP
    )


def _contract_dossiers(change: SpeedChange) -> list[int]:
    contract_id = previews.holder_on(change.service_id, change.effective_date or change.wanted_date)
    return (
        list(Contract.objects.filter(pk=contract_id).values_list("dossier_id", flat=True))
        if contract_id
        else []
    )


def _confirm(change: SpeedChange, actor: Actor, at: dt.datetime) -> None:
    """Write the confirmation to the ISP, with the amounts; where that can not be, a person confirms by other means."""
    to = addresses(change)
    figures = _figures(change, at)
    if not to or figures is None:
        support.hand_to(
            change, support.CONFIRM, Role.INTERCONNECTION, _("Confirmar al cliente el cambio"), at
        )
        return
    increase = change.to_kbps > change.from_kbps
    assert change.effective_date is not None
    until = change.temporary_until
    filled = message_queries.fill(
        "cambio_velocidad_confirmado",
        {
            "cliente": change.service.customer.name,
            "fecha_solicitud": formats.date(change.requested_date),
            "sentido": _("aumento") if increase else _("disminución"),
            "servicio": change.service.circuit_code,
            "v_anterior": capacity.show(change.from_kbps),
            "v_nueva": capacity.show(change.to_kbps),
            "fecha_vigencia": formats.date(change.effective_date)
            + (
                _(" y hasta el %(day)s") % {"day": formats.date(until - dt.timedelta(days=1))}
                if until
                else ""
            ),
            **figures,
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


def _figures(change: SpeedChange, at: dt.datetime) -> dict[str, str] | None:
    """The month's amount and a whole month's, by rating, as the text says them; None where they can not be had."""
    assert change.effective_date is not None
    month = periods.month_of(change.effective_date)
    contract_id = previews.holder_on(change.service_id, change.effective_date)
    if contract_id is None:
        return None
    answers = []
    for each in (month, month.next):
        found = rating_services([contract_id], month=each, as_of=at)[contract_id]
        own = next((row for row in found.services if row.service_id == change.service_id), None)
        if own is None or found.clauses is None:
            return None
        try:
            answers.append(rate(Case(own.service, Billing(each, at, found.clauses.currency))))
        except Invalid:
            return None
    this, following = answers
    price = max(
        (line for line in (*this.lines, *following.lines) if line.bps == change.to_kbps * 1000),
        key=lambda line: line.start,
        default=None,
    )
    monthly = (
        money.half_up(price.monthly[0] * money.CENT, price.monthly[1])
        if price is not None
        else following.contract_total
    )
    return {
        "moneda": money.currency_sign(this.contract_currency),
        "importe": formats.number(money.amount(monthly)),
        "periodo": month.words,
        "prorrateo": formats.number(money.amount(this.contract_total)),
        "detalle": "\n".join(f"- {sentence}" for sentence in explain.sentences(this)),
    }
