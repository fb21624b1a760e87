"""Bank statements and the carrier's own accounts on screen (B.7): what each movement may be, a person says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.receivables import queries as receivables
from mayorista.apps.receivables.models import BankAccount, Receipt, StatementLine
from mayorista.apps.receivables.queries.banks import bank_difference
from mayorista.rules import bank_statements as rules
from mayorista.rules import money
from mayorista.rules.errors import NotFound

PAGE = 40
MOST_CANDIDATES = 2000


@dataclass(frozen=True, slots=True)
class StatementRow:
    """An uploaded statement and how much of it is explained."""

    number: str
    bank: str
    first: dt.date
    last: dt.date
    movements: int
    waiting: int
    loaded_at: dt.datetime
    file_id: int


def statement_list(*, page: int = 1) -> tuple[list[StatementRow], Pages]:
    """Return the statements, newest first."""
    waiting = Count("id", filter=Q(receipt=None, set_aside=""))
    groups = (
        StatementLine.objects.values("file_id", "file__dossier__number", "file__stored_at")
        .annotate(bank=Min("bank"), first=Min("booked_on"), last=Max("booked_on"), movements=Count("id"), waiting=waiting)
        .order_by("-file_id")
    )  # fmt: skip
    pages = pages_of(groups.count(), page, PAGE)
    return [
        StatementRow(
            each["file__dossier__number"], each["bank"], each["first"], each["last"], each["movements"], each["waiting"],
            each["file__stored_at"], each["file_id"],
        )
        for each in groups[(pages.number - 1) * PAGE : pages.number * PAGE]
    ], pages  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """A receipt or an invoice that a movement may belong to, and why."""

    id: int
    number: str
    customer: str
    customer_id: int
    why: str
    differs: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """A movement: matched, set aside, or with what it may be."""

    id: int
    position: int
    booked_on: dt.date
    reference: str
    description: str
    sign: str
    amount: Decimal
    receipt: str
    set_aside: str
    receipts: tuple[Guess, ...]
    invoices: tuple[Guess, ...]


@dataclass(frozen=True, slots=True)
class StatementPage:
    """One statement, its movements and what they may be."""

    number: str
    bank: str
    file_id: int
    loaded_at: dt.datetime
    rows: tuple[LineRow, ...]
    pages: Pages
    waiting: int
    only_waiting: bool


def statement_page(*, number: str, page: int = 1, only_waiting: bool = True) -> StatementPage:
    """Return a statement with the receipts and open invoices each movement may be. Raises NotFound."""
    every = StatementLine.objects.filter(file__dossier__number=number)
    first = every.select_related("file").first()
    if first is None:
        raise NotFound(_("No existe ese extracto."))
    open_ones = Q(receipt=None, set_aside="")
    shown = every.filter(open_ones) if only_waiting else every
    pages = pages_of(shown.count(), page, PAGE)
    lines = list(
        shown.select_related("receipt__dossier").order_by("position")[
            (pages.number - 1) * PAGE : pages.number * PAGE
        ]
    )
    return StatementPage(
        number=number,
        bank=first.bank,
        file_id=first.file_id,
        loaded_at=first.file.stored_at,
        rows=tuple(_lines(lines)),
        pages=pages,
        waiting=every.filter(open_ones).count(),
        only_waiting=only_waiting,
    )


def _lines(lines: Sequence[StatementLine]) -> list[LineRow]:
    waiting = [line for line in lines if line.receipt_id is None and not line.set_aside]
    known = {
        row.pk: row
        for row in Receipt.objects.exclude(state=Receipt.State.REJECTED)
        .exclude(id__in=StatementLine.objects.filter(receipt__isnull=False).values("receipt_id"))
        .filter(amount__in={line.amount for line in waiting})
        .select_related("dossier", "customer")
        .order_by("-id")[:MOST_CANDIDATES]
    }
    candidates = [
        rules.Candidate(row.pk, row.bank_key, row.reference_key, row.paid_on, row.currency, row.amount)
        for row in known.values()
    ]
    owed: dict[tuple[str, Decimal], list[receivables.Balance]] = {}
    for each in receivables.open_balances() if waiting else []:
        owed.setdefault((each.invoice.currency, each.open), []).append(each)
    found = []
    for line in lines:
        free = line in waiting
        movement = rules.Movement(
            line.position,
            line.booked_on,
            line.reference,
            line.description,
            line.currency,
            line.amount,
            line.fingerprint,
        )
        ids = rules.propose(movement, line.bank, candidates) if free else ()
        found.append(
            LineRow(
                id=line.pk,
                position=line.position,
                booked_on=line.booked_on,
                reference=line.reference,
                description=line.description,
                sign=money.currency_sign(line.currency),
                amount=line.amount,
                receipt=line.receipt.dossier.number if line.receipt else "",
                set_aside=line.set_aside,
                receipts=tuple(_guess(known[pk], line) for pk in ids),
                invoices=tuple(
                    Guess(
                        each.invoice.id, each.invoice.number, each.invoice.customer, each.invoice.customer_id, _("debe lo mismo")
                    )
                    for each in owed.get((line.currency, line.amount), [])[:3]
                )
                if free
                else (),
            )
        )  # fmt: skip
    return found


def _guess(row: Receipt, line: StatementLine) -> Guess:
    return Guess(
        row.pk,
        row.dossier.number,
        row.customer.name,
        row.customer_id,
        f"{row.bank} {row.reference}",
        bank_difference(line.bank, row.bank),
    )


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One of the carrier's accounts."""

    id: int
    bank: str
    number: str
    currency: str
    holder: str
    state: str
    state_name: str
    reason: str
    proposed_by: str
    proposed_by_id: int
    proposed_at: dt.datetime
    decided_by: str
    closing_by: str
    closing_by_id: int | None
    closing_reason: str
    closed_by: str

    @property
    def waits(self) -> bool:
        """Whether another person has to decide."""
        return self.state in {"PROPOSED", "CLOSING"}

    @property
    def asked_by_id(self) -> int | None:
        """Who proposed what waits; that person may not approve it."""
        return self.closing_by_id if self.state == "CLOSING" else self.proposed_by_id


def account_list() -> list[AccountRow]:
    """Return all accounts, those that wait first, then in force, then the past."""
    order = {"PROPOSED": 0, "CLOSING": 0, "IN_FORCE": 1, "CLOSED": 2, "REFUSED": 3}
    rows = BankAccount.objects.select_related("proposed_by", "decided_by", "closing_by", "closed_by")
    return sorted((_account(row) for row in rows), key=lambda row: (order[row.state], row.bank, row.id))


def _account(row: BankAccount) -> AccountRow:
    return AccountRow(
        id=row.pk,
        bank=row.bank,
        number=row.number,
        currency=money.currency_sign(row.currency),
        holder=row.holder,
        state=row.state,
        state_name=str(BankAccount.State(row.state).label),
        reason=row.reason,
        proposed_by=row.proposed_by.full_name,
        proposed_by_id=row.proposed_by_id,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by.full_name if row.decided_by else "",
        closing_by=row.closing_by.full_name if row.closing_by else "",
        closing_by_id=row.closing_by_id,
        closing_reason=row.closing_reason,
        closed_by=row.closed_by.full_name if row.closed_by else "",
    )


def accounts_text(*, at: dt.datetime) -> str:
    """Return the accounts as the mails and papers of invoices say them now."""
    return str(procedure.parameter("billing.accounts", at=at))
