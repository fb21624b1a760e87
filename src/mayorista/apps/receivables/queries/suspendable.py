"""Whether a customer's debt may lead to a suspension: overdue, undisputed, not promised, late enough (R22, R25)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mayorista.apps.procedure import queries as procedure
from mayorista.apps.receivables.queries import dunning as facts
from mayorista.apps.receivables.queries.wording import clauses_by_group
from mayorista.rules import due_dates, dunning, lapaz


@dataclass(frozen=True, slots=True)
class Suspendable:
    """What of a customer's debt is overdue and undisputed by currency; `late_enough` by the contract's days."""

    sums: Mapping[str, Decimal]
    days_late: int
    after_days: int

    @property
    def late_enough(self) -> bool:
        """Whether a suspension may be proposed."""
        return bool(self.sums) and self.days_late >= self.after_days


def suspendable(customer_id: int, *, at: dt.datetime) -> Suspendable:
    """Return what of a customer's debt may lead to a suspension today."""
    on = lapaz.local(at).date()
    return suspendable_of(facts.standing(on=on, at=at, customer_ids=[customer_id], told=False), at=at)


def suspendable_of(standing: facts.Standing, *, at: dt.datetime) -> Suspendable:
    """Return the same of what a customer owes, where that is read already; three reads at most."""
    on = standing.on
    stops = {dunning.Stop.PROMISE, dunning.Stop.NOT_DELIVERED}
    debts = [debt for debt in standing.debts if dunning.stop(debt, on) not in stops]
    sums = {
        currency: amount
        for currency in sorted({debt.currency for debt in debts})
        if (amount := dunning.suspendable([each for each in debts if each.currency == currency], on)) > 0
    }
    late = [
        (due_dates.days_late(debt.due_on, on), standing.card(debt))
        for debt in debts
        if debt.due_on is not None and debt.claimable > 0
    ]
    clauses = clauses_by_group({card.group_id for _days, card in late}, on=on)
    agreed = [
        each.suspension_after_days
        for many in clauses.values()
        for each in many
        if each.suspension_after_days is not None
    ]
    fallback = int(procedure.parameter("collection.suspension_days", at=at))
    return Suspendable(
        sums, max((days for days, _card in late), default=0), max(agreed) if agreed else fallback
    )
