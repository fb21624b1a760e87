"""Credits proposed and decided, as other rooms ask for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from mayorista.apps.billing.models import CreditProposal
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit of a circuit and month under a contract (None: no contract); amounts signed."""

    number: str
    service_id: int
    contract_id: int | None
    currency: str
    amount: Decimal
    approved: bool
    state: str


def credits_of(service_ids: Iterable[int], *, month: Month) -> list[CreditRow]:
    """Return the credits of these circuits in a month that were not rejected, in order; one read."""
    rows = (
        CreditProposal.objects.filter(service_id__in=set(service_ids), month=dt.date.fromordinal(month.first))
        .exclude(state=CreditProposal.State.REJECTED)
        .select_related("dossier")
        .order_by("service_id", "sequence")
    )
    return [
        CreditRow(
            row.dossier.number,
            row.service_id,
            row.contract_id,
            row.currency,
            row.amount,
            row.state == CreditProposal.State.APPROVED,
            str(CreditProposal.State(row.state).label),
        )
        for row in rows
    ]
