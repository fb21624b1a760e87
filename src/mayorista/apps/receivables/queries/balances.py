"""What is still open of each invoice: what it comes to with its notes, less what receipts settle of it.

Both sums stand ready in `Settlement`, which the database keeps in the transaction that changes them.
Only live allocations count (`undone_at` is empty): undoing one, or rejecting its receipt, opens the debt again.
Until accounting says that the money arrived, what a receipt settles is provisional (G-30): the debt does not
count as open, screens show it amber.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from mayorista.apps.billing import queries as billing
from mayorista.apps.billing.queries import InvoiceCard

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Balance:
    """An invoice and how much of it is settled; amounts in `invoice.currency`, two decimals.

    `settled` is all that live allocations take off it, `provisional` the part of that whose receipts accounting has
    not reconciled yet.
    """

    invoice: InvoiceCard
    settled: Decimal
    provisional: Decimal

    @property
    def open(self) -> Decimal:
        """What is still to be paid; never negative."""
        return max(self.invoice.owed - self.settled, ZERO)

    @property
    def excess(self) -> Decimal:
        """What was settled beyond what it comes to: a credit note after its payment."""
        return max(self.settled - self.invoice.owed, ZERO)


def open_balances(customer_id: int | None = None) -> list[Balance]:
    """Return the invoices of which something is open, of one customer or of all, by customer and age; two reads.

    The second reads only those that are open, so that years of paid invoices cost little.
    """
    sums = _sums(_OPEN, {"customer": customer_id})
    return [each for each in _with_cards(sums) if each.open > 0]


def balances_of(invoice_ids: Iterable[int]) -> dict[int, Balance]:
    """Return the balance of each of these invoices, paid or not; two reads. One that does not exist is missing."""
    wanted = sorted(set(invoice_ids))
    if not wanted:
        return {}
    return {each.invoice.id: each for each in _with_cards(_sums(_NAMED, {"ids": wanted}))}


@dataclass(frozen=True, slots=True)
class OpenDebt:
    """What is open of an invoice and since when it is late, without the rest of its card."""

    invoice_id: int
    customer_id: int
    customer: str
    currency: str
    issued_date: dt.date
    due_date: dt.date | None
    open: Decimal


def open_debts(customer_id: int | None = None) -> list[OpenDebt]:
    """Return what `open_balances` does, in its order, with only what ageing and reminders ask for; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_DEBTS, {"customer": customer_id})
        return [OpenDebt(*row) for row in cursor.fetchall()]


def open_by_age(*, on: dt.date, customer_id: int | None = None) -> list[tuple[str, int, int, Decimal]]:
    """Return (currency, days late, invoices, open amount) of what is open; one read, summed by the database.

    Not past due is 0 days or less; a term from delivery runs from the mail that took it, an invoice that was not
    delivered is not yet due.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BY_AGE, {"on": on, "customer": customer_id})
        return [(currency, late, count, amount) for currency, late, count, amount in cursor.fetchall()]


def _sums(condition: str, given: dict[str, Any]) -> dict[int, tuple[Decimal, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(condition=condition), given)
        return {pk: (settled, provisional) for pk, settled, provisional in cursor.fetchall()}


def _with_cards(sums: dict[int, tuple[Decimal, Decimal]]) -> list[Balance]:
    cards = billing.invoice_card(sums)
    return [Balance(card, *sums[pk]) for pk, card in cards.items()]


_OPEN = (
    "kept.owed > kept.settled AND (%(customer)s::bigint IS NULL OR kept.customer_id = %(customer)s::bigint)"
)
# Few are open of many: each is looked up. Left to itself the database takes a third for open and reads all invoices.
_INVOICE = "JOIN LATERAL (SELECT * FROM billing_invoice WHERE id = kept.invoice_id LIMIT 1) invoice ON true"
_NAMED = "kept.invoice_id = ANY(%(ids)s)"
_SQL = """
SELECT kept.invoice_id, kept.settled, coalesce(waiting.sum, 0) FROM receivables_settlement kept
LEFT JOIN LATERAL (
    SELECT sum(allocation.amount) AS sum
    FROM receivables_allocation allocation JOIN receivables_receipt receipt ON receipt.id = allocation.receipt_id
    WHERE allocation.undone_at IS NULL AND allocation.invoice_id = kept.invoice_id AND receipt.state <> 'RECONCILED'
) waiting ON true
WHERE {condition}
"""
_DEBTS = f"""
SELECT invoice.id, invoice.customer_id, customer.name, invoice.currency, invoice.issued_date, {billing.DUE},
    kept.owed - kept.settled
FROM receivables_settlement kept
{_INVOICE}
JOIN customers_customer customer ON customer.id = invoice.customer_id
{billing.SENT}
WHERE {_OPEN}
ORDER BY invoice.customer_id, invoice.issued_date, invoice.id
"""  # noqa: S608 - words of ours
_BY_AGE = f"""
SELECT invoice.currency, %(on)s::date - coalesce({billing.DUE}, %(on)s::date), count(*), sum(kept.owed - kept.settled)
FROM receivables_settlement kept
{_INVOICE}
{billing.SENT}
WHERE {_OPEN} GROUP BY 1, 2
"""  # noqa: S608 - words of ours
