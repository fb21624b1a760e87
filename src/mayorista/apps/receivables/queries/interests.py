"""Late interest of a customer's invoices, where their contract agrees it: owed so far less what was charged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from mayorista.apps.billing import queries as billing
from mayorista.apps.billing.queries import InvoiceCard
from mayorista.apps.receivables.models import Allocation, InterestCharge
from mayorista.apps.receivables.queries.dunning import disputed_of
from mayorista.apps.receivables.queries.wording import clauses_by_group
from mayorista.rules import interest

ZERO = Decimal(0)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LateInvoice:
    """What an invoice owes of interest up to `until` (that day not included)."""

    card: InvoiceCard
    contract: str
    rate: Decimal
    parts: tuple[interest.Part, ...]
    total: Decimal
    charged: Decimal

    @property
    def amount(self) -> Decimal:
        """What is still to be charged; never negative."""
        return max(ZERO, self.total - self.charged)

    @property
    def days(self) -> int:
        """How many days it was late."""
        return sum(part.days for part in self.parts if part.amount > 0)


def late_invoices(
    *, customer_id: int, until: dt.date, invoice_ids: Iterable[int] | None = None
) -> list[LateInvoice]:
    """Return the invoices of a customer that owe interest by their contract, also those paid late.

    Three reads where no contract agrees it, else seven.

    A timely objection that is open takes its part out; once lost the part owes from the original due date, and as
    what was charged is subtracted, what it owes of charged days comes with the next charge (R25).
    """
    wanted = None if invoice_ids is None else set(invoice_ids)
    clauses = clauses_by_group(billing.groups_invoiced(customer_id), on=until)
    rates = {
        group: (each.late_interest_yearly, each.number)
        for group, many in clauses.items()
        for each in reversed(many)
        if each.late_interest_yearly
    }
    if not rates:
        return []
    cards = [
        card
        for card in billing.open_invoices(customer_id)
        if card.group_id in rates
        and card.due_date is not None
        and card.due_date < until
        and (wanted is None or card.id in wanted)
    ]
    ids = [card.id for card in cards]
    paid: dict[int, list[tuple[dt.date, Decimal]]] = {}
    rows = Allocation.objects.filter(invoice_id__in=ids, undone_at=None).exclude(receipt__state="REJECTED")
    for invoice_id, on, amount in rows.order_by("receipt__paid_on").values_list(
        "invoice_id", "receipt__paid_on", "amount"
    ):
        paid.setdefault(invoice_id or 0, []).append((on, amount))
    disputed = disputed_of(ids)
    charged = dict(
        InterestCharge.objects.filter(invoice_id__in=ids)
        .values("invoice_id")
        .annotate(sum=Sum("amount"))
        .values_list("invoice_id", "sum")
    )
    found = []
    for card in cards:
        rate, number = rates[card.group_id]
        parts = late_parts(card, paid.get(card.id, ()), disputed.get(card.id, ZERO), until)
        total = interest.interest(parts, yearly_rate=rate)
        if total:
            found.append(LateInvoice(card, number, rate, parts, total, charged.get(card.id, ZERO)))
    return found


def late_parts(
    card: InvoiceCard, paid: Sequence[tuple[dt.date, Decimal]], disputed: Decimal, until: dt.date
) -> tuple[interest.Part, ...]:
    """Return what was owed on which late days: the balance falls on the day of each payment, which owes no more."""
    assert card.due_date is not None
    since = card.due_date + DAY
    balance, parts = card.owed, []
    for on, amount in (*sorted(paid), (until, ZERO)):
        ends = min(on, until)
        owed = max(ZERO, balance - disputed)
        if ends > since:
            if owed > 0:
                parts.append(interest.Part(owed, since, ends))
            since = ends
        balance -= amount
    return tuple(parts)
