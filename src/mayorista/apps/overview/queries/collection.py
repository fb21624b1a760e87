"""Collection on its screens: the ageing of all, one customer with its history, a suspension."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contracts
from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.queries import ContactCard, CustomerCard
from mayorista.apps.overview.queries.collection_reminders import SentMail, mails_of
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.prepared import Prepared
from mayorista.apps.receivables.models import (
    ContactLog,
    Handover,
    Objection,
    Promise,
    SuspendedService,
    SuspensionOrder,
)
from mayorista.apps.receivables.queries import ageing, dunning, interests, suspendable
from mayorista.apps.receivables.queries.balances import open_balances
from mayorista.apps.receivables.queries.interests import LateInvoice
from mayorista.apps.receivables.queries.suspendable import Suspendable
from mayorista.rules import due_dates, formats, lapaz, money
from mayorista.rules.dunning import bucket
from mayorista.rules.errors import NotFound
from mayorista.rules.text import searchable

VIEWS = ("", "vencidas", "llamar", "cartera", "legal")
LOG_SHOWN = 60


@dataclass(frozen=True, slots=True)
class AgeRow:
    """A customer's debt in a currency."""

    aged: ageing.Aged
    code: str
    sign: str
    amounts: tuple[Decimal, ...]

    @property
    def named(self) -> tuple[tuple[str, Decimal], ...]:
        """The amounts with the names of their buckets."""
        return tuple(zip(ageing.NAMES, self.amounts, strict=True))


@dataclass(frozen=True, slots=True)
class AgeingPage:
    """All that is owed, the latest first."""

    on: dt.date
    names: tuple[str, ...]
    rows: tuple[AgeRow, ...]
    totals: tuple[tuple[str, tuple[Decimal, ...], Decimal], ...]
    pages: Pages
    view: str
    text: str
    age: str
    counts: dict[str, int]


def ageing_page(
    *, at: dt.datetime, view: str = "", text: str = "", age: str = "", page: int = 1, size: int = 50
) -> AgeingPage:
    """Return the debts of a day; `view` narrows to late ones, calls due, Cartera's or Legal's portfolio.

    `age` (of `ageing.NAMES`) narrows to who owes something of that age.
    """
    on = lapaz.local(at).date()
    every = ageing.aged(on=on)
    counts = {name or "todos": sum(_in_view(each, name, on) for each in every) for name in VIEWS}
    rows = [each for each in every if _in_view(each, view, on)]
    if text:
        rows = [each for each in rows if searchable(text) in searchable(each.customer)]
    if age in ageing.NAMES:
        rows = [each for each in rows if each.buckets[age]]
    if view == "llamar":
        rows.sort(key=lambda each: (each.next_on or dt.date.max, -each.days_late))
    pages = pages_of(len(rows), page, size)
    part = rows[(pages.number - 1) * size : pages.number * size]
    cards = customers.customers_by_id({each.customer_id for each in part})
    return AgeingPage(
        on,
        ageing.NAMES,
        tuple(
            AgeRow(
                each,
                cards[each.customer_id].code,
                money.currency_sign(each.currency),
                tuple(each.buckets[name] for name in ageing.NAMES),
            )
            for each in part
        ),
        tuple(
            (
                money.currency_sign(currency),
                tuple(sums[name] for name in ageing.NAMES),
                sum(sums.values(), Decimal(0)),
            )
            for currency, sums in sorted(ageing.totals(rows).items())
        ),
        pages,
        view,
        text,
        age if age in ageing.NAMES else "",
        counts,
    )


def _in_view(each: ageing.Aged, view: str, on: dt.date) -> bool:
    if view == "vencidas":
        return each.overdue > 0
    if view == "llamar":
        return each.next_on is not None and each.next_on <= on
    if view == "cartera":
        return Handover.To.PORTFOLIO in each.handed_to
    if view == "legal":
        return Handover.To.LEGAL in each.handed_to
    return True


@dataclass(frozen=True, slots=True)
class Debt:
    """An open invoice of a customer."""

    id: int
    number: str
    issued: dt.date
    due: dt.date | None
    days_late: int
    bucket: str
    sign: str
    owed: Decimal
    settled: Decimal
    provisional: Decimal
    open: Decimal
    disputed: Decimal
    promised_on: dt.date | None
    undelivered: bool


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection with what came of it."""

    row: Objection
    number: str
    invoice_id: int
    customer: str
    code: str
    sign: str
    state_name: str
    wants_note: bool
    by: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A customer as collection sees it."""

    card: CustomerCard
    debts: tuple[Debt, ...]
    sums: tuple[tuple[str, Decimal], ...]
    on_account: tuple[tuple[str, Decimal], ...]
    contacts: tuple[ContactCard, ...]
    log: tuple[ContactLog, ...]
    promises: tuple[Promise, ...]
    objections: tuple[ObjectionRow, ...]
    pause: dunning.Pause | None
    mails: tuple[SentMail, ...]
    handovers: tuple[Handover, ...]
    suspendable: Suspendable
    suspension: str
    suspensions: tuple[SuspensionOrder, ...]
    circuits: tuple[tuple[int, str], ...]
    interest: tuple[LateInvoice, ...]
    journal: tuple[JournalEntry, ...]

    @property
    def choices(self) -> tuple[tuple[int, str], ...]:
        """The open invoices to choose from."""
        return tuple(
            (each.id, f"{each.number} · {each.sign} {formats.number(each.open)}") for each in self.debts
        )

    @property
    def with_legal(self) -> bool:
        """Whether Legal has debts of it in hand."""
        return any(each.to == Handover.To.LEGAL and each.closed_at is None for each in self.handovers)

    @property
    def owes_interest(self) -> Decimal:
        """What of interest is still to be charged."""
        return sum((each.amount for each in self.interest), Decimal(0))


def customer_page(*, code: str, at: dt.datetime) -> CustomerPage:
    """Return a customer's collection. Raises NotFound."""
    card = customers.customer_by_code(code=code)
    on = lapaz.local(at).date()
    open_ = open_balances(card.id)
    standing = dunning.standing(on=on, at=at, customer_ids=[card.id], told=False, known=open_)
    debts = tuple(
        Debt(
            each.invoice.id,
            each.invoice.number,
            each.invoice.issued_date,
            each.invoice.due_date,
            due_dates.days_late(each.invoice.due_date or on, on),
            bucket(each.invoice.due_date or on, on),
            money.currency_sign(each.invoice.currency),
            each.invoice.owed,
            each.settled,
            each.provisional,
            each.open,
            debt.disputed,
            debt.promised_for,
            each.invoice.undelivered,
        )
        for each, debt in zip(open_, standing.debts, strict=True)
    )
    sums: dict[str, Decimal] = {}
    for debt in debts:
        sums[debt.sign] = sums.get(debt.sign, Decimal(0)) + debt.open
    orders = tuple(_ORDERS(card.id))
    return CustomerPage(
        card,
        debts,
        tuple(sums.items()),
        tuple(
            (money.currency_sign(currency), amount)
            for (_customer, currency), amount in sorted(dunning.on_account([card.id]).items())
            if amount > 0
        ),
        tuple(customers.contacts_for(card.id, ["BILLING", "MANAGEMENT", "LEGAL"])),
        tuple(_LOG(card.id)),
        tuple(_PROMISES(card.id)),
        tuple(_objection(row) for row in _OBJECTIONS(card.id)),
        standing.pauses.get(card.id),
        tuple(mails_of(card.id)[:LOG_SHOWN]),
        tuple(_HANDOVERS(card.id)),
        suspendable.suspendable_of(standing, at=at),
        next(
            (each.dossier.number for each in orders if each.state in {"PROPOSED", "APPROVED", "EXECUTED"}), ""
        ),
        orders,
        tuple((each.id, each.circuit_code) for each in contracts.services_of([card.id])),
        tuple(interests.late_invoices(customer_id=card.id, until=on)),
        tuple(_JOURNAL(card.dossier_id)),
    )


_ORDERS = Prepared(
    lambda customer: (
        SuspensionOrder.objects.filter(customer_id=customer).select_related("dossier").order_by("-id")[:20]
    )
)
_LOG = Prepared(
    lambda customer: (
        ContactLog.objects.filter(customer_id=customer)
        .select_related("author", "invoice")
        .order_by("-at", "-id")[:LOG_SHOWN]
    )
)
_PROMISES = Prepared(
    lambda customer: (
        Promise.objects.filter(invoice__customer_id=customer)
        .select_related("invoice", "author")
        .order_by("-made_at")[:LOG_SHOWN]
    )
)
_HANDOVERS = Prepared(
    lambda customer: (
        Handover.objects.filter(customer_id=customer)
        .select_related("invoice", "by", "file")
        .order_by("-at", "-id")[:LOG_SHOWN]
    )
)
_OBJECTIONS = Prepared(
    lambda customer: _objections().filter(invoice__customer_id=customer).order_by("-raised_on", "-id")[:200]
)
_JOURNAL = Prepared(
    lambda dossier: (
        JournalEntry.objects.filter(dossier_id=dossier)
        .select_related("user", "on_behalf_of")
        .order_by("-at", "-id")[:40]
    )
)


def _objections() -> QuerySet[Objection]:
    return Objection.objects.select_related("invoice__customer", "author", "decided_by", "note__dossier")


def objection_rows(*, state: str = "", limit: int = 200) -> list[ObjectionRow]:
    """Return objections, newest first; of all or of a state (WON: those that wait for their note)."""
    rows = _objections()
    if state:
        rows = rows.filter(state=state)
    if state == Objection.State.WON:
        rows = rows.filter(note=None)
    return [_objection(row) for row in rows.order_by("-raised_on", "-id")[:limit]]


def _objection(row: Objection) -> ObjectionRow:
    return ObjectionRow(
        row,
        row.invoice.number,
        row.invoice_id,
        row.invoice.customer.name,
        row.invoice.customer.code,
        money.currency_sign(row.invoice.currency),
        str(Objection.State(row.state).label),
        row.state == Objection.State.WON and row.note_id is None,
        row.author.full_name,
        row.decided_by.full_name if row.decided_by else "",
    )


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A suspension order in the list."""

    order: SuspensionOrder
    circuits: tuple[str, ...]
    state_name: str


@dataclass(frozen=True, slots=True)
class SuspensionPage:
    """A suspension order with its people, orders and history."""

    order: SuspensionOrder
    code: str
    state_name: str
    circuits: tuple[str, ...]
    debt: Suspendable
    debt_words: tuple[str, ...]
    journal: tuple[JournalEntry, ...]

    @property
    def proposed(self) -> bool:
        """Whether the Gerente has to decide."""
        return self.order.state == SuspensionOrder.State.PROPOSED

    @property
    def approved(self) -> bool:
        """Whether the NOC has to cut."""
        return self.order.state == SuspensionOrder.State.APPROVED

    @property
    def executed(self) -> bool:
        """Whether it is cut."""
        return self.order.state == SuspensionOrder.State.EXECUTED


def suspension_list(*, open_only: bool = True, limit: int = 200) -> list[SuspensionRow]:
    """Return suspension orders, newest first; two reads."""
    rows = SuspensionOrder.objects.select_related("dossier", "customer", "proposed_by", "approved_by")
    if open_only:
        rows = rows.filter(state__in=["PROPOSED", "APPROVED", "EXECUTED"])
    found = list(rows.order_by("-id")[:limit])
    circuits = _circuits(found)
    return [
        SuspensionRow(each, circuits.get(each.pk, ()), str(SuspensionOrder.State(each.state).label))
        for each in found
    ]


def _circuits(orders: Sequence[SuspensionOrder]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    rows = SuspendedService.objects.filter(order__in=orders).order_by("service__circuit_code")
    for order_id, code in rows.values_list("order_id", "service__circuit_code"):
        found.setdefault(order_id, []).append(code)
    return {pk: tuple(codes) for pk, codes in found.items()}


def suspension_page(*, number: str, at: dt.datetime) -> SuspensionPage:
    """Return a suspension order. Raises NotFound."""
    order = (
        SuspensionOrder.objects.select_related(
            "dossier", "customer", "proposed_by", "approved_by", "executed_by", "return_by", "work_order", "return_order"
        )
        .filter(dossier__number=number)
        .first()
    )  # fmt: skip
    if order is None:
        raise NotFound(_("No existe esa suspensión."))
    debt = suspendable.suspendable(order.customer_id, at=at)
    return SuspensionPage(
        order,
        order.customer.code,
        str(SuspensionOrder.State(order.state).label),
        _circuits([order]).get(order.pk, ()),
        debt,
        tuple(f"{money.currency_sign(key)} {formats.number(amount)}" for key, amount in debt.sums.items()),
        tuple(procedure.journal_of([order.dossier_id]).order_by("-at", "-id")[:60]),
    )
