"""What a contract says about its debts: terms to object, interest, suspension, reconnection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from mayorista.apps.contracts.models import ContractDocument, Terms


@dataclass(frozen=True, slots=True)
class CollectionClauses:
    """The clauses of one contract that collection asks for; None where the contract is silent.

    `late_interest_yearly` is a share (0.06 is 6 %), amounts in `currency`; `clauses` names where it is written.
    """

    contract_id: int
    number: str
    currency: str
    objection_days: int | None
    suspension_after_days: int | None
    late_interest_yearly: Decimal | None
    reconnection_fee: Decimal | None
    clauses: Mapping[str, str]


_RATED = (
    "currency", "invoice_currency", "tax_included", "tax_rate", "minimum_invoice", "tier_scope", "min_kbps", "min_policy",
    "downgrade_notice_days", "upgrade_policy", "downgrade_policy", "suspension_bills", "reconnection_fee",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClausesFrom:
    """Since when a contract's clauses are as they are: `rated` compares what an amount depends on."""

    starts: dt.date
    agreed_at: dt.datetime
    rated: tuple[object, ...]


def clauses_history(contract_ids: Iterable[int]) -> dict[int, list[ClausesFrom]]:
    """Return the clauses of each contract over time, oldest first; one read."""
    found: dict[int, list[ClausesFrom]] = {}
    rows = Terms.objects.filter(contract_id__in=set(contract_ids)).order_by("contract_id", "starts_date")
    for contract_id, starts, agreed_at, *rated in rows.values_list(
        "contract_id", "starts_date", "agreed_at", *_RATED
    ):
        found.setdefault(contract_id, []).append(ClausesFrom(starts, agreed_at, tuple(rated)))
    return found


def collection_clauses(contract_ids: Iterable[int], *, on: dt.date) -> dict[int, CollectionClauses]:
    """Return the clauses in force on a day by contract; one read. A contract without any is missing."""
    rows = (
        Terms.objects.filter(contract_id__in=set(contract_ids), starts_date__lte=on)
        .select_related("contract")
        .order_by("contract_id", "-starts_date")
        .distinct("contract_id")
    )
    return {
        row.contract_id: CollectionClauses(
            row.contract_id,
            row.contract.number,
            row.invoice_currency,
            row.objection_days,
            row.suspension_after_days,
            row.late_interest_yearly,
            row.reconnection_fee,
            dict(row.clause_references),
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class ContractPaper:
    """A paper of a contract; `file_id` is None where only its place is known."""

    contract: str
    kind: str
    number: str
    version: int
    signed: dt.date | None
    file_id: int | None


def contract_papers(contract_ids: Iterable[int]) -> list[ContractPaper]:
    """Return the papers of contracts in the newest version of each, by contract; one read."""
    rows = (
        ContractDocument.objects.filter(contract_id__in=set(contract_ids))
        .select_related("contract")
        .order_by("contract_id", "kind", "number", "-version")
        .distinct("contract_id", "kind", "number")
    )
    return [
        ContractPaper(row.contract.number, row.kind, row.number, row.version, row.signed_date, row.file_id)
        for row in rows
    ]
