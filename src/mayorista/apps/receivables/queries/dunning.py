"""What stands in the way of a reminder, read for a day: debts with their disputes, promises, pauses and receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from mayorista.apps.billing.queries import InvoiceCard
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.receivables.models import Objection, Promise, ReminderMail, ReminderPause
from mayorista.apps.receivables.queries import balances
from mayorista.rules import dunning, workdays

ZERO = Decimal(0)


def code_of(stage: int) -> str:
    """Return a step's name from its days: `D-5`, `D0`, `D+15`."""
    return f"D{stage:+d}" if stage else "D0"


def steps(*, at: dt.datetime) -> tuple[dunning.Step, ...]:
    """Return the reminder calendar in force (G-26)."""
    found = procedure.parameters(at=at, prefix="collection.re")
    release_from = int(found["collection.release_from_days"])
    return tuple(
        dunning.Step(code_of(stage), stage, stage >= release_from)
        for stage in sorted({int(each) for each in found["collection.reminder_days"]})
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What is owed on a day and what stops it. `debts` name invoices and customers by their ids as text."""

    on: dt.date
    debts: tuple[dunning.Debt, ...]
    cards: Mapping[int, InvoiceCard]
    steps: tuple[dunning.Step, ...]
    works: workdays.Calendar
    sent: frozenset[tuple[str, str]] = field(default=frozenset())
    told: frozenset[str] = field(default=frozenset())
    promises: Mapping[int, dt.date] = field(default_factory=dict)
    pauses: Mapping[int, tuple[dt.date, str]] = field(default_factory=dict)

    def plan(self) -> dunning.Plan:
        """Return the day's mails and what is kept back."""
        return dunning.plan(
            self.debts, self.on, sent=self.sent, told=self.told, steps=self.steps, works=self.works
        )

    def card(self, debt: dunning.Debt) -> InvoiceCard:
        """Return the invoice of a debt."""
        return self.cards[int(debt.invoice)]


def standing(
    *, on: dt.date, at: dt.datetime, customer_ids: Iterable[int] | None = None, told: bool = True
) -> Standing:
    """Return what these customers (or all) owe on a day with what stops it; ten reads however many they are.

    Without `told` the mails of the day do not count: for whoever holds the customers' day in hand.
    """
    wanted = None if customer_ids is None else sorted(set(customer_ids))
    open_ = balances.open_balances(wanted[0] if wanted is not None and len(wanted) == 1 else None)
    if wanted is not None:
        mine = set(wanted)
        open_ = [each for each in open_ if each.invoice.customer_id in mine]
    ids = [each.invoice.id for each in open_]
    customers = sorted({each.invoice.customer_id for each in open_})
    # Of all debtors, what stops any debt is little; of few, only theirs is read.
    of_invoice = Q() if wanted is None else Q(invoice_id__in=ids)
    of_customer = Q() if wanted is None else Q(customer_id__in=customers)
    disputed = disputed_of(None if wanted is None else ids)
    promises = dict(Promise.objects.filter(of_invoice, state="OPEN").values_list("invoice_id", "promised_on"))
    pauses = {
        row.customer_id: (row.until, row.reason)
        for row in ReminderPause.objects.filter(of_customer, ended_at=None, until__gt=on)
    }
    with connection.cursor() as cursor:
        cursor.execute(_REMINDERS, {"ids": ids})
        reminders = cursor.fetchall()
    released = {invoice for invoice, _stage, _sent, released_at, _why in reminders if released_at is not None}
    sent = frozenset(
        (str(invoice), code_of(stage))
        for invoice, stage, sent_on, _released, why in reminders
        if sent_on is not None or why
    )
    told_ids = (
        ReminderMail.objects.filter(of_customer, on=on, undone_at=None).values_list("customer_id", flat=True)
        if told
        else ()
    )
    covered = _covered(open_, disputed, on_account(customers))
    debts = tuple(
        dunning.Debt(
            str(each.invoice.id),
            str(each.invoice.customer_id),
            each.invoice.currency,
            each.invoice.due_date,
            each.open,
            disputed=min(each.open, disputed.get(each.invoice.id, ZERO)),
            receipts=covered.get(each.invoice.id, ZERO),
            promised_for=promises.get(each.invoice.id),
            paused_until=pauses.get(each.invoice.customer_id, (None, ""))[0],
            released=each.invoice.id in released,
        )
        for each in open_
    )
    return Standing(
        on,
        debts,
        {each.invoice.id: each.invoice for each in open_},
        steps(at=at),
        procedure.calendar(at=at),
        sent,
        frozenset(str(pk) for pk in told_ids),
        promises,
        pauses,
    )


def disputed_of(invoice_ids: Iterable[int] | None = None) -> dict[int, Decimal]:
    """Return the part of each of these invoices, or of any, that a timely objection holds (R25); one read.

    An objection that was won holds its part until the note is issued.
    """
    mine = Q() if invoice_ids is None else Q(invoice_id__in=list(invoice_ids))
    rows = (
        Objection.objects.filter(mine, timely=True)
        .filter(Q(state="OPEN") | Q(state="WON", note=None))
        .values("invoice_id", "state")
        .annotate(asked=Sum("amount"), granted=Sum("granted"))
    )
    found: dict[int, Decimal] = {}
    for row in rows:
        part = row["asked"] if row["state"] == "OPEN" else row["granted"] or ZERO
        found[row["invoice_id"]] = found.get(row["invoice_id"], ZERO) + part
    return found


def on_account(customer_ids: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """Return what receipts left on account by (customer, currency): came, not rejected, not put on an invoice."""
    with connection.cursor() as cursor:
        cursor.execute(_ON_ACCOUNT, {"customers": list(customer_ids)})
        return {(customer, currency): left for customer, currency, left in cursor.fetchall()}


_REMINDERS = """
SELECT invoice_id, stage, sent_on, released_at, skipped_reason FROM receivables_reminder WHERE invoice_id = ANY(%(ids)s::bigint[])
"""
# A receipt keeps one live row for what no invoice takes; who spreads it writes the rest anew.
_ON_ACCOUNT = """
SELECT receipt.customer_id, receipt.currency, sum(kept.amount_receipt_currency)
FROM receivables_allocation kept JOIN receivables_receipt receipt ON receipt.id = kept.receipt_id
WHERE kept.invoice_id IS NULL AND kept.undone_at IS NULL
    AND receipt.customer_id = ANY(%(customers)s) AND receipt.state <> 'REJECTED'
GROUP BY receipt.customer_id, receipt.currency
"""


def _covered(
    open_: Sequence[balances.Balance],
    disputed: Mapping[int, Decimal],
    left: dict[tuple[int, str], Decimal],
) -> dict[int, Decimal]:
    """Spread what is on account over the oldest undisputed debts of its customer and currency."""
    found: dict[int, Decimal] = {}
    for each in sorted(open_, key=_age):
        key = (each.invoice.customer_id, each.invoice.currency)
        due = max(ZERO, each.open - disputed.get(each.invoice.id, ZERO))
        share = min(left.get(key, ZERO), due)
        if share > 0:
            found[each.invoice.id] = share
            left[key] -= share
    return found


def _age(each: balances.Balance) -> tuple[Any, ...]:
    return (each.invoice.due_date or dt.date.max, each.invoice.issued_date, each.invoice.id)
