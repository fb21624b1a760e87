"""What stands in the way of a reminder, read for a day: debts with their disputes, promises, pauses and receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, Sum

from mayorista.apps.billing import queries as billing
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


class Pause(NamedTuple):
    """No reminders to a customer before `until`."""

    until: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is owed on a day and what stops it. `debts` name invoices and customers by their ids as text."""

    on: dt.date
    debts: tuple[dunning.Debt, ...]
    steps: tuple[dunning.Step, ...]
    works: workdays.Calendar
    sent: frozenset[tuple[str, str]] = field(default=frozenset())
    told: frozenset[str] = field(default=frozenset())
    promises: Mapping[int, dt.date] = field(default_factory=dict)
    pauses: Mapping[int, Pause] = field(default_factory=dict)
    cards: dict[int, InvoiceCard] = field(default_factory=dict)
    """The invoices that were asked for so far: of all that is owed few are in a day's mails."""

    def plan(self) -> dunning.Plan:
        """Return the day's mails and what is kept back; one read, of their invoices."""
        plan = dunning.plan(
            self.debts, self.on, sent=self.sent, told=self.told, steps=self.steps, works=self.works
        )
        named = [entry.debt for notice in plan.notices for entry in notice.entries]
        self._read([*named, *(debt for debt, _step, _why in plan.kept_back)])
        return plan

    def card(self, debt: dunning.Debt) -> InvoiceCard:
        """Return the invoice of a debt."""
        if int(debt.invoice) not in self.cards:
            self._read(self.debts)
        return self.cards[int(debt.invoice)]

    def _read(self, debts: Iterable[dunning.Debt]) -> None:
        missing = {int(debt.invoice) for debt in debts} - self.cards.keys()
        if missing:
            self.cards.update(billing.invoice_card(missing))


def standing(
    *,
    on: dt.date,
    at: dt.datetime,
    customer_ids: Iterable[int] | None = None,
    told: bool = True,
    known: Sequence[balances.Balance] | None = None,
) -> Standing:
    """Return what these customers (or all) owe on a day with what stops it; nine reads however many they are.

    Without `told` the mails of the day do not count: for whoever holds the customers' day in hand. `known` is what
    they owe where it is read already.
    """
    wanted = None if customer_ids is None else sorted(set(customer_ids))
    open_ = _debts_of(wanted) if known is None else [_debt_of(each) for each in known]
    ids = [each.invoice_id for each in open_]
    # Of all debtors, what stops any debt is little; of few, only theirs is read.
    of_invoice = Q() if wanted is None else Q(invoice_id__in=ids)
    of_customer = Q() if wanted is None else Q(customer_id__in=wanted)
    disputed = disputed_of(None if wanted is None else ids)
    promises = dict(Promise.objects.filter(of_invoice, state="OPEN").values_list("invoice_id", "promised_on"))
    pauses = {
        customer_id: Pause(until, reason)
        for customer_id, until, reason in ReminderPause.objects.filter(
            of_customer, ended_at=None, until__gt=on
        ).values_list("customer_id", "until", "reason")
    }
    released, sent = _reminded(ids)
    told_ids = (
        ReminderMail.objects.filter(of_customer, on=on, undone_at=None).values_list("customer_id", flat=True)
        if told
        else ()
    )
    covered = _covered(open_, disputed, on_account({each.customer_id for each in open_}))
    debts = tuple(
        dunning.Debt(
            str(each.invoice_id),
            str(each.customer_id),
            each.currency,
            each.due_date,
            each.open,
            disputed=min(each.open, disputed.get(each.invoice_id, ZERO)),
            receipts=covered.get(each.invoice_id, ZERO),
            promised_for=promises.get(each.invoice_id),
            paused_until=pauses[each.customer_id].until if each.customer_id in pauses else None,
            released=each.invoice_id in released,
        )
        for each in open_
    )
    return Standing(
        on,
        debts,
        steps(at=at),
        procedure.calendar(at=at),
        sent,
        frozenset(str(pk) for pk in told_ids),
        promises,
        pauses,
        {each.invoice.id: each.invoice for each in known or ()},
    )


def _debts_of(wanted: list[int] | None) -> list[balances.OpenDebt]:
    found = balances.open_debts(wanted[0] if wanted is not None and len(wanted) == 1 else None)
    if wanted is None:
        return found
    mine = set(wanted)
    return [each for each in found if each.customer_id in mine]


def _debt_of(each: balances.Balance) -> balances.OpenDebt:
    card = each.invoice
    return balances.OpenDebt(
        card.id, card.customer_id, card.customer, card.currency, card.issued_date, card.due_date, each.open
    )


def _reminded(ids: Sequence[int]) -> tuple[set[int], frozenset[tuple[str, str]]]:
    """Of these invoices those that Legal released, and (invoice, step) of what left or will not; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_REMINDERS, {"ids": list(ids)})
        rows = cursor.fetchall()
    codes = {stage: code_of(stage) for _invoice, stage, _gone, _released in rows}
    released = {invoice for invoice, _stage, _gone, is_released in rows if is_released}
    sent = frozenset((str(invoice), codes[stage]) for invoice, stage, gone, _released in rows if gone)
    return released, sent


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
SELECT invoice_id, stage, sent_on IS NOT NULL OR skipped_reason <> '', released_at IS NOT NULL
FROM receivables_reminder WHERE invoice_id = ANY(%(ids)s::bigint[])
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
    open_: Sequence[balances.OpenDebt],
    disputed: Mapping[int, Decimal],
    left: dict[tuple[int, str], Decimal],
) -> dict[int, Decimal]:
    """Spread what is on account over the oldest undisputed debts of its customer and currency."""
    found: dict[int, Decimal] = {}
    waiting = [each for each in open_ if left.get((each.customer_id, each.currency), ZERO) > 0]
    for each in sorted(waiting, key=_age):
        key = (each.customer_id, each.currency)
        due = max(ZERO, each.open - disputed.get(each.invoice_id, ZERO))
        share = min(left[key], due)
        if share > 0:
            found[each.invoice_id] = share
            left[key] -= share
    return found


def _age(each: balances.OpenDebt) -> tuple[Any, ...]:
    return (each.due_date or dt.date.max, each.issued_date, each.invoice_id)
