"""Promises to pay: they stop reminders until the day after, and the job says whether they were kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.apps.receivables.models import Allocation, ContactLog, Promise
from mayorista.apps.receivables.operations import contacts, reminders
from mayorista.apps.receivables.operations.reminders import STEP, end_of
from mayorista.apps.receivables.queries.balances import Balance, balances_of
from mayorista.rules import due_dates, formats, lapaz, money
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

State = Promise.State
LONGEST_DAYS = 60


@transaction.atomic
def make(
    *,
    invoice_id: int,
    amount: Decimal,
    promised_on: dt.date,
    who: str,
    actor: Actor,
    at: dt.datetime,
    channel: str = "PHONE",
) -> Promise:
    """Write down that somebody promised to pay; a former open promise of the invoice is withdrawn.

    It stands in the log as well. Raises Invalid with every wrong field, NotFound, NotAllowed.
    """
    require(actor, Act.LOG_CONTACT)
    balance = locked_balance(invoice_id)
    _check(balance, amount, promised_on, who, at)
    former = Promise.objects.filter(invoice_id=invoice_id, state=State.OPEN).update(state=State.WITHDRAWN)
    row = Promise.objects.create(
        invoice_id=invoice_id,
        amount=amount,
        promised_on=promised_on,
        made_at=at,
        who=who.strip()[:120],
        author_id=actor.person,
    )
    text = _("%(who)s promete pagar %(sign)s %(a)s el %(d)s.") % {
        "who": row.who,
        "sign": money.currency_sign(balance.invoice.currency),
        "a": formats.number(amount),
        "d": formats.date(promised_on),
    }
    if former:
        text += _(" Reemplaza la promesa anterior.")
    _record(balance, text, actor, at)
    contacts.log(
        customer_id=balance.invoice.customer_id,
        invoice_id=invoice_id,
        channel=channel,
        person=who,
        result=ContactLog.Result.PROMISE,
        text=text,
        next_action=_("Verificar la promesa de la factura %(n)s") % {"n": balance.invoice.number},
        next_on=due_dates.on_or_after(promised_on + dt.timedelta(days=1), procedure.calendar(at=at)),
        actor=actor,
        at=at,
    )
    reminders.settle_task(actor=actor, at=at)
    return row


def locked_balance(invoice_id: int) -> Balance:
    """Return an invoice's balance with its dossier held for the transaction. Raises NotFound."""
    balance = balances_of([invoice_id]).get(invoice_id)
    if balance is None:
        raise NotFound(_("No existe esa factura."), field="invoice_id")
    dossiers.lock(dossier_id=balance.invoice.dossier_id)
    return balances_of([invoice_id])[invoice_id]


def _check(balance: Balance, amount: Decimal, promised_on: dt.date, who: str, at: dt.datetime) -> None:
    today = lapaz.local(at).date()
    errors = []
    if money.scaled(amount, 2, field="amount") <= 0 or amount > balance.open:
        errors.append(
            FieldError(
                "amount",
                _("De la factura %(n)s se deben %(a)s.")
                % {"n": balance.invoice.number, "a": formats.number(balance.open)},
                _("Escriba un importe mayor que cero, hasta ese saldo."),
            )
        )
    if not today <= promised_on <= today + dt.timedelta(days=LONGEST_DAYS):
        errors.append(
            FieldError(
                "promised_on",
                _("Una promesa es para hoy o los próximos %(n)s días.") % {"n": LONGEST_DAYS},
                _("Revise la fecha."),
            )
        )
    if not who.strip():
        errors.append(FieldError("who", _("Falta quién promete."), _("Escriba su nombre.")))
    if errors:
        raise Invalid.of(errors)


@transaction.atomic
def withdraw(*, promise_id: int, reason: str, actor: Actor, at: dt.datetime) -> int:
    """Take a promise back (misunderstood, wrong invoice); return the customer. Raises Conflict, NotFound, NotAllowed."""
    require(actor, Act.LOG_CONTACT)
    row = Promise.objects.filter(pk=promise_id).first()
    if row is None:
        raise NotFound(_("No existe esa promesa."))
    balance = locked_balance(row.invoice_id)
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason")
    if not Promise.objects.filter(pk=promise_id, state=State.OPEN).update(state=State.WITHDRAWN):
        raise Conflict(_("Esa promesa ya no está vigente."), remedy=_("Actualice la página."))
    _record(balance, _("Promesa retirada: %(why)s") % {"why": reason.strip()}, actor, at)
    reminders.prepare(at=at)
    return balance.invoice.customer_id


def _record(balance: Balance, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(
        dossier_id=balance.invoice.dossier_id,
        act=Act.LOG_CONTACT,
        text=text,
        actor=actor,
        at=at,
        step=STEP,
    )
    live.bump("collection")


@transaction.atomic
def decide_due(*, actor: Actor, at: dt.datetime) -> tuple[int, int]:
    """Say of open promises which are kept (paid since) or broken (their day is over); return how many of each.

    A periodic act; a broken one becomes a task of Interconexión, done by the next contact.
    """
    today = lapaz.local(at).date()
    rows = list(
        Promise.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=State.OPEN)
        .order_by("id")
    )
    if not rows:
        return 0, 0
    balances = balances_of([row.invoice_id for row in rows])
    kept, broken = [], []
    for row in rows:
        paid = (
            Allocation.objects.filter(
                invoice_id=row.invoice_id, undone_at=None, made_at__gte=row.made_at
            ).aggregate(sum=Sum("amount"))["sum"]
            or 0
        )
        if balances[row.invoice_id].open <= 0 or paid >= row.amount:
            kept.append(row)
        elif today > row.promised_on:
            broken.append(row)
    for found, state in ((kept, State.KEPT), (broken, State.BROKEN)):
        Promise.objects.filter(pk__in=[row.pk for row in found]).update(state=state)
        for row in found:
            words = (
                _("Promesa del %(d)s cumplida.")
                if state == State.KEPT
                else _("Promesa del %(d)s incumplida.")
            )
            _record(balances[row.invoice_id], words % {"d": formats.date(row.promised_on)}, actor, at)
    if broken:
        due = end_of(due_dates.plus_business_days(today, 1, procedure.calendar(at=at)))
        work.open_items(
            items=[
                work.NewItem(
                    balances[row.invoice_id].invoice.customer_dossier_id,
                    STEP,
                    Role.INTERCONNECTION,
                    _("Promesa incumplida: llamar a %(c)s por la factura %(n)s")
                    % {
                        "c": balances[row.invoice_id].invoice.customer,
                        "n": balances[row.invoice_id].invoice.number,
                    },
                    due,
                    contacts.BROKEN_KEY,
                )
                for row in broken
            ],
            at=at,
        )
    return len(kept), len(broken)
