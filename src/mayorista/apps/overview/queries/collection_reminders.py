"""The reminders of a day as a person reviews them: who gets which mail, and why each of the others is kept back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.customers import queries as customers
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.procedure.prepared import Prepared
from mayorista.apps.receivables.models import ReminderMail
from mayorista.apps.receivables.queries import dunning as facts
from mayorista.apps.receivables.queries import wording
from mayorista.rules import delivery, dunning, formats, lapaz, money

_SENT_SHOWN = 200
_MAILS_SHOWN = 20
_HELD_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice in a mail: what is claimed of it, the step it reached, and in `when` how late it is."""

    id: int
    number: str
    step: str
    amount: str
    when: str
    part: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that would leave."""

    customer_id: int
    customer: str
    code: str
    step: str
    to: tuple[str, ...]
    subject: str
    body: str
    invoices: tuple[Owed, ...]
    total: str
    problem: str


@dataclass(frozen=True, slots=True)
class Held:
    """An invoice whose reminder is kept back, and why in words."""

    invoice_id: int
    number: str
    customer: str
    code: str
    step: str
    amount: str
    stop: str
    why: str


@dataclass(frozen=True, slots=True)
class SentMail:
    """A reminder that left (or waits for its seconds)."""

    id: int
    customer: str
    code: str
    step: str
    to: str
    sent_at: dt.datetime
    state: str
    state_name: str
    error: str
    undone: bool
    by: str


@dataclass(frozen=True, slots=True)
class ReminderPage:
    """The reminders of a day: a page of its mails and one of what is kept back, with the counts of the whole day."""

    on: dt.date
    works: bool
    automatic: bool
    hour: int
    steps: tuple[str, ...]
    mails: tuple[Mail, ...]
    pages: Pages
    ready: int
    """How many can leave."""
    held: tuple[Held, ...]
    held_pages: Pages
    waiting_for_legal: int
    """How many of those kept back wait for Legal's release."""
    sent: tuple[SentMail, ...]


def ready(*, at: dt.datetime) -> list[int]:
    """Return the customers who would get a mail now."""
    plan = facts.standing(on=lapaz.local(at).date(), at=at).plan()
    ids = {int(each.customer) for each in plan.notices}
    return sorted(_reached(ids, customers.contacts_for_many(ids, [wording.CONTACTS])))


def _reached(ids: set[int], reach: dict[int, list[customers.ContactCard]]) -> set[int]:
    return {each for each in ids if wording.addresses(reach.get(each, []))}


def reminder_page(*, at: dt.datetime, number: int = 1, held_number: int = 1) -> ReminderPage:
    """Return the reminders of today as they would leave now: these pages of the mails and of what is kept back."""
    on = lapaz.local(at).date()
    standing = facts.standing(on=on, at=at)
    plan = standing.plan()
    pages = pages_of(len(plan.notices), number, _MAILS_SHOWN)
    notices = plan.notices[(pages.number - 1) * _MAILS_SHOWN : pages.number * _MAILS_SHOWN]
    held_pages = pages_of(len(plan.kept_back), held_number, _HELD_SHOWN)
    kept_back = plan.kept_back[(held_pages.number - 1) * _HELD_SHOWN : held_pages.number * _HELD_SHOWN]
    said = wording.Facts.read(standing, notices, at=at)
    cards = customers.customers_by_id(
        {int(each.customer) for each in notices} | {int(debt.customer) for debt, _s, _w in kept_back}
    )
    written_to = {int(each.customer) for each in plan.notices}
    reach = customers.contacts_for_many(written_to, [wording.CONTACTS])
    return ReminderPage(
        on,
        standing.works(on),
        bool(said.parameters["collection.automatic"]),
        int(said.parameters["collection.hour"]),
        tuple(step.code for step in standing.steps),
        tuple(_mail(each, standing, said, cards, reach) for each in notices),
        pages,
        len(_reached(written_to, reach)),
        tuple(_held(debt, step, why, standing, cards) for debt, step, why in kept_back),
        held_pages,
        sum(why is dunning.Stop.LEGAL for _d, _s, why in plan.kept_back),
        tuple(_sent(row) for row in _sent_mails().filter(on=on)[:_SENT_SHOWN]),
    )


def _mail(
    notice: dunning.Notice,
    standing: facts.Standing,
    said: wording.Facts,
    cards: dict[int, customers.CustomerCard],
    reach: dict[int, list[customers.ContactCard]],
) -> Mail:
    customer_id = int(notice.customer)
    to = tuple(wording.addresses(reach.get(customer_id, [])))
    filled = said.mail(notice, standing)
    return Mail(
        customer_id,
        cards[customer_id].name,
        cards[customer_id].code,
        notice.step.code,
        to,
        filled.subject,
        filled.body,
        tuple(_owed(entry, standing) for entry in notice.entries),
        wording.totals(notice.totals),
        "" if to else wording.no_contact(),
    )


def _owed(entry: dunning.Entry, standing: facts.Standing) -> Owed:
    card = standing.card(entry.debt)
    assert card.due_date is not None  # what is not due is in no mail
    days = entry.days_late
    if days > 0:
        when = ngettext("%(n)s día de mora", "%(n)s días de mora", days) % {"n": days}
    else:
        when = _("vence %(d)s") % {"d": formats.date(card.due_date)}
    return Owed(
        card.id,
        card.number,
        entry.step.code if entry.step else "",
        wording.totals({card.currency: entry.amount}),
        when,
        bool(entry.debt.disputed),
    )


def _held(
    debt: dunning.Debt,
    step: dunning.Step,
    why: dunning.Stop,
    standing: facts.Standing,
    cards: dict[int, customers.CustomerCard],
) -> Held:
    card = standing.card(debt)
    customer = cards[int(debt.customer)]
    return Held(
        card.id,
        card.number,
        customer.name,
        customer.code,
        step.code,
        wording.totals({debt.currency: debt.balance}),
        why.value,
        _why(debt, why, standing),
    )


def _why(debt: dunning.Debt, why: dunning.Stop, standing: facts.Standing) -> str:
    if why is dunning.Stop.PROMISE:
        return _("prometió pagar el %(d)s") % {"d": formats.date(standing.promises[int(debt.invoice)])}
    if why is dunning.Stop.PAUSE:
        until, reason = standing.pauses[int(debt.customer)]
        return _("en pausa hasta el %(d)s: %(r)s") % {"d": formats.date(until), "r": reason}
    if why is dunning.Stop.DISPUTE:
        return _("objetada en %(s)s %(a)s") % {
            "s": money.currency_sign(debt.currency),
            "a": formats.number(debt.disputed),
        }
    if why is dunning.Stop.RECEIPT:
        return _("un comprobante a cuenta la cubre")
    return {
        dunning.Stop.LEGAL: _("espera que Asesoría Legal lo libere"),
        dunning.Stop.NOT_DELIVERED: _("aún no consta su entrega"),
        dunning.Stop.PAID: _("pagada"),
    }[why]


def _sent_mails() -> QuerySet[ReminderMail]:
    return ReminderMail.objects.select_related("customer", "message", "sent_by").order_by("-sent_at", "-id")


_OF_CUSTOMER = Prepared(lambda customer: _sent_mails().filter(customer_id=customer)[:_SENT_SHOWN])


def mails_of(customer_id: int) -> list[SentMail]:
    """Return the reminders of a customer, newest first."""
    return [_sent(row) for row in _OF_CUSTOMER(customer_id)]


def _sent(row: ReminderMail) -> SentMail:
    assert row.message is not None  # empty only inside the transaction that sends
    state = delivery.State(row.message.state)
    return SentMail(
        row.pk,
        row.customer.name,
        row.customer.code,
        facts.code_of(row.stage),
        ", ".join(row.message.recipients),
        row.sent_at,
        state.value,
        delivery.STATE_TITLES[state],
        row.message.error_text,
        row.undone_at is not None,
        row.sent_by.full_name if row.sent_by else _("el sistema"),
    )
