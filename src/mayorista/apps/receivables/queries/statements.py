"""A customer's statement of account: what it owed, what was invoiced, noted and paid, and what is left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.receivables.models import Allocation
from mayorista.apps.receivables.queries.balances import open_balances
from mayorista.rules import due_dates

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a statement; `amount` positive is owed, negative is paid; `balance` what is owed after it."""

    on: dt.date
    kind: str
    number: str
    text: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice of which something is open."""

    id: int
    number: str
    issued: dt.date
    due: dt.date | None
    days_late: int
    owed: Decimal
    settled: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in one currency of the days since..until, both included."""

    customer_id: int
    currency: str
    since: dt.date
    until: dt.date
    opening: Decimal
    movements: tuple[Movement, ...]
    closing: Decimal
    open_invoices: tuple[OpenInvoice, ...]

    @property
    def invoiced(self) -> Decimal:
        """What was added in the days."""
        return sum((each.amount for each in self.movements if each.amount > 0), ZERO)

    @property
    def paid(self) -> Decimal:
        """What was taken off in the days."""
        return ZERO - sum((each.amount for each in self.movements if each.amount < 0), ZERO)


def currencies_of(customer_id: int) -> list[str]:
    """Return the currencies in which a customer was ever invoiced or paid; bolivianos when none."""
    with connection.cursor() as cursor:
        cursor.execute(_CURRENCIES, {"customer": customer_id})
        return [row[0] for row in cursor.fetchall()] or ["BOB"]


def statement(*, customer_id: int, currency: str, since: dt.date, until: dt.date) -> Statement:
    """Return a customer's statement; three reads.

    Rejected receipts are not in it. What a receipt left on account is taken off too, as it is the customer's money.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS, {"customer": customer_id, "currency": currency, "until": until})
        rows = cursor.fetchall()
    opening = sum((row[4] for row in rows if row[0] < since), ZERO)
    balance = opening
    movements = []
    for on, kind, number, text, amount in rows:
        if on >= since:
            balance += amount
            movements.append(Movement(on, kind_words(kind), number, text, amount, balance))
    return Statement(
        customer_id,
        currency,
        since,
        until,
        opening,
        tuple(movements),
        balance,
        tuple(
            OpenInvoice(
                each.invoice.id,
                each.invoice.number,
                each.invoice.issued_date,
                each.invoice.due_date,
                max(0, due_dates.days_late(each.invoice.due_date or until, until)),
                each.invoice.owed,
                each.settled,
                each.open,
            )
            for each in open_balances(customer_id)
            if each.invoice.currency == currency
        ),
    )


def kind_words(kind: str) -> str:
    """Return a kind of movement in words."""
    return {
        "INVOICE": _("factura"),
        "CREDIT": _("nota de crédito"),
        "DEBIT": _("nota de débito"),
        "PAYMENT": _("pago"),
        "ON_ACCOUNT": _("pago a cuenta"),
    }.get(kind) or str(Allocation.Kind(kind).label)


_CURRENCIES = """
SELECT currency FROM billing_invoice WHERE customer_id = %(customer)s
UNION SELECT currency FROM receivables_receipt WHERE customer_id = %(customer)s AND state <> 'REJECTED'
ORDER BY currency
"""
_MOVEMENTS = """
SELECT moved.on_day, moved.kind, moved.number, moved.text, moved.amount FROM (
    SELECT issued_date AS on_day, 1 AS place, id AS tie, 'INVOICE' AS kind, number, to_char(month, 'MM/YYYY') AS text, total AS amount
    FROM billing_invoice WHERE customer_id = %(customer)s AND currency = %(currency)s
    UNION ALL
    SELECT (note.issued_at AT TIME ZONE 'America/La_Paz')::date, 2, note.id, note.kind, home.number, invoice.number,
        CASE WHEN note.kind = 'DEBIT' THEN note.total ELSE -note.total END
    FROM billing_note note
    JOIN billing_invoice invoice ON invoice.id = note.invoice_id
    JOIN procedure_dossier home ON home.id = note.dossier_id
    WHERE invoice.customer_id = %(customer)s AND invoice.currency = %(currency)s
    UNION ALL
    SELECT receipt.paid_on, 3, receipt.id, allocation.kind, home.number,
        receipt.bank || ' ' || receipt.reference || ' → ' || string_agg(invoice.number, ', ' ORDER BY invoice.number),
        -sum(allocation.amount)
    FROM receivables_allocation allocation
    JOIN receivables_receipt receipt ON receipt.id = allocation.receipt_id
    JOIN billing_invoice invoice ON invoice.id = allocation.invoice_id
    JOIN procedure_dossier home ON home.id = receipt.dossier_id
    WHERE invoice.customer_id = %(customer)s AND invoice.currency = %(currency)s
        AND allocation.undone_at IS NULL AND receipt.state <> 'REJECTED'
    GROUP BY receipt.id, receipt.paid_on, allocation.kind, home.number, receipt.bank, receipt.reference
    UNION ALL
    SELECT receipt.paid_on, 4, receipt.id, 'ON_ACCOUNT', home.number, receipt.bank || ' ' || receipt.reference,
        -kept.amount_receipt_currency
    FROM receivables_receipt receipt
    JOIN procedure_dossier home ON home.id = receipt.dossier_id
    JOIN receivables_allocation kept ON kept.receipt_id = receipt.id AND kept.invoice_id IS NULL AND kept.undone_at IS NULL
    WHERE receipt.customer_id = %(customer)s AND receipt.currency = %(currency)s AND receipt.state <> 'REJECTED'
) moved
WHERE moved.on_day <= %(until)s
ORDER BY moved.on_day, moved.place, moved.tie, moved.kind
"""
