"""Ageing of what is owed: by customer and currency in buckets, with what is known of each debt's collection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from mayorista.apps.receivables.models import ContactLog, Handover, Promise, Settlement, SuspensionOrder
from mayorista.apps.receivables.queries import balances, dunning
from mayorista.rules import due_dates
from mayorista.rules.dunning import BUCKETS, OLDEST_BUCKET, bucket

ZERO = Decimal(0)
NAMES = (*(name for name, _limit in BUCKETS), OLDEST_BUCKET)


@dataclass(frozen=True, slots=True)
class Aged:
    """A customer's debt in one currency on a day; amounts by bucket name (`NAMES`), two decimals."""

    customer_id: int
    customer: str
    currency: str
    buckets: Mapping[str, Decimal]
    invoices: int
    days_late: int
    disputed: Decimal
    promised_on: dt.date | None
    on_account: Decimal
    handed_to: tuple[str, ...] = field(default=())
    suspension: str = ""
    last_contact: dt.datetime | None = None
    last_result: str = ""
    next_action: str = ""
    next_on: dt.date | None = None

    @property
    def total(self) -> Decimal:
        """All that is open."""
        return sum(self.buckets.values(), ZERO)

    @property
    def overdue(self) -> Decimal:
        """What is past its due date."""
        return self.total - self.buckets.get(NAMES[0], ZERO)


def aged(*, on: dt.date) -> list[Aged]:
    """Return the debts of all customers on a day, the latest first; eight reads whatever the number of customers."""
    rows: dict[tuple[int, str], list[balances.OpenDebt]] = {}
    for each in balances.open_debts():
        rows.setdefault((each.customer_id, each.currency), []).append(each)
    debtors = Settlement.objects.filter(owed__gt=F("settled")).values("customer_id")
    disputed = dunning.disputed_of()
    promised = dict(Promise.objects.filter(state="OPEN").values_list("invoice_id", "promised_on"))
    account = dunning.on_account({customer for customer, _currency in rows})
    last = last_contacts(debtors)
    handed: dict[int, set[str]] = {}
    for customer_id, to in Handover.objects.filter(closed_at=None).values_list("customer_id", "to"):
        handed.setdefault(customer_id, set()).add(to)
    suspended = dict(
        SuspensionOrder.objects.filter(
            customer_id__in=debtors, state__in=["PROPOSED", "APPROVED", "EXECUTED"]
        ).values_list("customer_id", "state")
    )
    found = []
    for (customer_id, currency), many in rows.items():
        sums = dict.fromkeys(NAMES, Decimal("0.00"))
        for each in many:
            sums[bucket(each.due_date or on, on)] += each.open
        contact = last.get(customer_id)
        dates = [promised[each.invoice_id] for each in many if each.invoice_id in promised]
        found.append(
            Aged(
                customer_id,
                many[0].customer,
                currency,
                sums,
                len(many),
                max(due_dates.days_late(each.due_date or on, on) for each in many),
                sum((min(each.open, disputed.get(each.invoice_id, ZERO)) for each in many), ZERO),
                min(dates) if dates else None,
                account.get((customer_id, currency), ZERO),
                tuple(sorted(handed.get(customer_id, ()))),
                suspended.get(customer_id, ""),
                contact.at if contact else None,
                str(ContactLog.Result(contact.result).label) if contact else "",
                contact.next_action if contact else "",
                contact.next_on if contact else None,
            )
        )
    return sorted(found, key=lambda each: (-each.days_late, each.customer, each.currency))


def summed(*, on: dt.date, customer_id: int | None = None) -> dict[str, dict[str, tuple[int, Decimal]]]:
    """Return by currency (invoices, amount) of each bucket, of all or of one customer; one read."""
    found: dict[str, dict[str, tuple[int, Decimal]]] = {}
    for currency, late, count, amount in balances.open_by_age(on=on, customer_id=customer_id):
        mine = found.setdefault(currency, dict.fromkeys(NAMES, (0, Decimal("0.00"))))
        name = bucket(on - dt.timedelta(days=late), on)
        mine[name] = (mine[name][0] + count, mine[name][1] + amount)
    return dict(sorted(found.items()))


def last_contacts(customer_ids: Iterable[int] | QuerySet[Any, Any]) -> dict[int, ContactLog]:
    """Return the newest contact with each customer; one read."""
    rows = (
        ContactLog.objects.filter(customer_id__in=customer_ids)
        .order_by("customer_id", "-at", "-id")
        .distinct("customer_id")
    )
    return {row.customer_id: row for row in rows}


def totals(rows: Iterable[Aged]) -> dict[str, dict[str, Decimal]]:
    """Return by currency the sum of each bucket."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        mine = found.setdefault(row.currency, dict.fromkeys(NAMES, Decimal("0.00")))
        for name, amount in row.buckets.items():
            mine[name] += amount
    return found
