"""Where each group stands in its month's list, from what decides it alone: the list's pages read the rest of their own rows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, Sum

from mayorista.apps.billing.models import CreditProposal, GroupContract, Month, OneOff, RunRow
from mayorista.apps.contracts import queries as contracts
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.text import searchable

State = Month.State
OBSERVED, HELD, REFUSED, CHANGED, MOVED, SAME = range(6)


class Brief(NamedTuple):
    """A group's month as the list sorts, counts and sums it; `amount_id`, `this` and `former` None while undefined."""

    id: int
    state: str
    group_id: int
    group: str
    customer: str
    customer_code: str
    currency: str
    in_advance: bool
    deferred: str
    observation: str
    confirmed: bool
    manager_confirmed: bool
    returned: str
    seen: Decimal | None
    amount_id: int | None
    this: Decimal | None
    former: Decimal | None
    holding: bool
    problem: str
    credit: Decimal
    rank: int

    @property
    def unchanged(self) -> bool:
        """Whether nothing of it asks for a look."""
        return self.rank >= MOVED and not self.holding

    def has(self, words: list[str], numbers: str) -> bool:
        """Whether each word of a search is in it or in its numbers: the month's and its invoice's."""
        whole = searchable(f"{self.customer} {self.customer_code} {self.group} {numbers}")
        return all(word in whole for word in words)


def rank_of(
    state: str,
    *,
    deferred: bool,
    holding: bool,
    problem: bool,
    said: bool,
    this: Decimal | None,
    former: Decimal | None,
) -> int:
    """Return how far up a row stands: observed, held, refused, changed, moved, the same."""
    if state == State.OBSERVED:
        return OBSERVED
    if holding and not deferred and state in {State.PENDING, State.COORDINATED}:
        return HELD
    if problem:
        return REFUSED
    if said or deferred:
        return CHANGED
    return SAME if this is None or former is None or this == former else MOVED


def briefs(month: Calendar) -> list[Brief]:
    """Return all groups of a month, odd ones first, then by customer and group; seven reads."""
    first = dt.date.fromordinal(month.first)
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, {"month": first, "before": dt.date.fromordinal(month.previous.first)})
        rows = cursor.fetchall()
    touched = _touched(month)
    one_offs = set(
        OneOff.objects.filter(month__month=first, withdrawn_at=None).values_list("month_id", flat=True)
    )
    refused = _refusals(first)
    credits_ = _credits(first, {row[_AMOUNT] for row in rows if row[_AMOUNT] is not None})
    found = []
    for row in rows:
        pk, state, group_id, deferred = row[0], row[1], row[2], bool(row[8])
        holding, problem = touched.get(group_id, False), refused.get(pk, "")
        credit = credits_.get(group_id, Decimal(0))
        rank = rank_of(
            state,
            deferred=deferred,
            holding=holding,
            problem=bool(problem) or bool(row[_AMOUNT - 2]),
            said=group_id in touched or pk in one_offs or bool(credit),
            this=row[_AMOUNT + 1],
            former=row[_AMOUNT + 2],
        )
        found.append(Brief._make((*row, holding, problem, credit, rank)))
    return sorted(found, key=lambda each: (each.rank, each.customer, each.group))


def _touched(month: Calendar) -> dict[int, bool]:
    """The groups with a change of speed in a month, and whether one waits for a decision."""
    changes = contracts.changes_of_month(None, month=month)
    first = dt.date.fromordinal(month.first)
    members = GroupContract.objects.filter(contract_id__in=list(changes), starts_month__lte=first)
    found: dict[int, bool] = {}
    for group_id, contract_id in members.exclude(ends_month__lte=first).values_list(
        "group_id", "contract_id"
    ):
        undecided = any(change.undecided for change in changes[contract_id])
        found[group_id] = found.get(group_id, False) or undecided
    return found


def _refusals(first: dt.date) -> dict[int, str]:
    """What the last run that left each month out said of it, while it still stands where the run found it."""
    define = Q(run__kind="DEFINE", month__state__in=["COORDINATED", "OBSERVED"])
    rows = RunRow.objects.filter(
        define | Q(run__kind="DISPATCH", month__state="INVOICED"), month__month=first
    )
    return dict(rows.order_by("id").values_list("month_id", "reason"))


def _credits(first: dt.date, amount_ids: set[int]) -> dict[int, Decimal]:
    """By group the approved credits that wait for a month, or that these amounts carry; two reads."""
    with connection.cursor() as cursor:
        cursor.execute(_CREDITS, {"month": first})
        found = dict(cursor.fetchall())
    carried = (
        CreditProposal.objects.filter(carried_by__month__month=first)
        .values("carried_by_id", "carried_by__month__group_id")
        .annotate(sum=Sum("amount"))
        .values_list("carried_by_id", "carried_by__month__group_id", "sum")
    )
    found.update({group: sum_ for amount, group, sum_ in carried if sum_ and amount in amount_ids})
    return found


_AMOUNT = Brief._fields.index("amount_id")
_MONTHS = """
SELECT month.id, month.state, month.group_id, grouped.code, customer.name, customer.code, grouped.currency,
    grouped.in_advance, month.deferred_reason, month.observation,
    month.confirmed_at IS NOT NULL, month.manager_confirmed_at IS NOT NULL,
    CASE WHEN month.state = 'PENDING' THEN month.returned ELSE '' END,
    coalesce(month.manager_confirmed_total, month.confirmed_total),
    amount.id, amount.total, former.total
FROM billing_month month
JOIN billing_invoicinggroup grouped ON grouped.id = month.group_id
JOIN customers_customer customer ON customer.id = grouped.customer_id
LEFT JOIN LATERAL (
    SELECT id, total FROM billing_amount WHERE month_id = month.id AND month.state NOT IN ('PENDING', 'COORDINATED')
    ORDER BY sequence DESC LIMIT 1
) amount ON true
LEFT JOIN billing_month before ON before.group_id = month.group_id AND before.month = %(before)s
    AND before.state NOT IN ('PENDING', 'COORDINATED')
LEFT JOIN LATERAL (
    SELECT total FROM billing_amount WHERE month_id = before.id ORDER BY sequence DESC LIMIT 1
) former ON true
WHERE month.month = %(month)s
ORDER BY month.id
"""
_CREDITS = """
SELECT member.group_id, sum(credit.amount) FROM billing_creditproposal credit
JOIN contracts_serviceholding held ON held.service_id = credit.service_id
    AND (credit.contract_id IS NULL OR credit.contract_id = held.contract_id)
    AND held.starts_date <= (%(month)s::date + interval '1 month')
    AND (held.ends_date IS NULL OR held.ends_date > %(month)s)
JOIN billing_groupcontract member ON member.contract_id = held.contract_id AND member.starts_month <= %(month)s
    AND (member.ends_month IS NULL OR member.ends_month > %(month)s)
WHERE credit.state = 'APPROVED' AND credit.carried_by_id IS NULL AND credit.carried_how = '' AND credit.month <= %(month)s
GROUP BY member.group_id
"""
