"""Which contracts are invoiced: what the billing room forms its groups from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract
from mayorista.rules.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Billable:
    """A contract that may be invoiced: complete (or brought from the former books) with clauses and circuits."""

    contract_id: int
    number: str
    customer_id: int
    customer_dossier_id: int
    customer: str
    starts: dt.date
    currency: str
    in_advance: bool


def billable_contracts(*, contract_ids: Iterable[int] | None = None) -> list[Billable]:
    """Return the contracts with clauses and circuits whose copy is complete or was never handed over here.

    One read. A contract that Interconexión has yet to take or has observed is left out (G-33).
    """
    wanted = None if contract_ids is None else sorted(set(contract_ids))
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"wanted": wanted})
        return [Billable(*row) for row in cursor.fetchall()]


def not_yet_billable(*, contract_id: int, currency: str, today: dt.date) -> Billable:
    """Return a contract as `billable_contracts` would, though it lacks clauses or circuits. Raises NotFound."""
    row = Contract.objects.select_related("customer").filter(pk=contract_id).first()
    if row is None:
        raise NotFound(_("No existe ese contrato."), field="contract_id")
    customer = row.customer
    return Billable(
        row.pk,
        row.number,
        customer.pk,
        customer.dossier_id,
        customer.name,
        row.starts_date or today,
        currency,
        in_advance=False,
    )


_SQL = """
SELECT contract.id, contract.number, customer.id, customer.dossier_id, customer.name, held.starts, terms.invoice_currency,
    coalesce(price.in_advance, false)
FROM contracts_contract contract
JOIN customers_customer customer ON customer.id = contract.customer_id
JOIN (SELECT contract_id, min(starts_date) AS starts FROM contracts_serviceholding GROUP BY contract_id) held
    ON held.contract_id = contract.id
JOIN (SELECT DISTINCT ON (contract_id) contract_id, invoice_currency FROM contracts_terms ORDER BY contract_id, starts_date DESC) terms
    ON terms.contract_id = contract.id
LEFT JOIN (SELECT contract_id, bool_or(in_advance) AS in_advance FROM contracts_priceversion GROUP BY contract_id) price
    ON price.contract_id = contract.id
LEFT JOIN contracts_reception reception ON reception.contract_id = contract.id
WHERE (reception.id IS NULL OR reception.completed_at IS NOT NULL)
    AND (%(wanted)s::bigint[] IS NULL OR contract.id = ANY(%(wanted)s::bigint[]))
ORDER BY contract.id
"""
