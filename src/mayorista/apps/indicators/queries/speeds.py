"""What the contracts say the network runs at on a day, and what the NOC said of it for the control of a month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from mayorista.apps.indicators.control_days import Days, asked
from mayorista.rules.due_dates import Component
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class ContractSpeeds:
    """A contract with its circuits (code, kbit/s) on the day by which they are confirmed.

    `confirmed_at` is empty until the NOC said that they are the contract's; `differs` is what it said instead.
    """

    contract_id: int
    dossier_id: int
    number: str
    customer: str
    day: dt.date
    speeds: tuple[tuple[str, int], ...]
    confirmed_at: dt.datetime | None
    checked_by: str
    differs: str
    evidence: str


def speeds_of(contract_ids: Iterable[int], month: Month) -> list[ContractSpeeds]:
    """Return the contracts whose circuits run on the day of item 3 in a month, by customer; two reads."""
    days = Days.read(month)
    arrears, advance = days.network(Component.ARREARS), days.network(Component.ADVANCE)
    given = {"ids": sorted(set(contract_ids)), "arrears": arrears, "advance": advance, "month": days.first}
    found = []
    for contract_id, dossier_id, number, customer, day, speeds, confirmed_at, by, differs, evidence in asked(
        _SQL, given
    ):
        runs = tuple((code, kbps) for code, kbps in speeds)
        found.append(
            ContractSpeeds(
                contract_id, dossier_id, number, customer, day, runs, confirmed_at, by, differs, evidence
            )
        )
    return found


_SQL = """
SELECT contract.id, contract.dossier_id, contract.number, customer.name, due.on_day, runs.speeds,
    CASE WHEN said.differs = '' THEN said.checked_at END, coalesce(person.full_name, ''), coalesce(said.differs, ''),
    coalesce(said.evidence, '')
FROM contracts_contract contract
JOIN customers_customer customer ON customer.id = contract.customer_id
LEFT JOIN LATERAL (
    SELECT each.in_advance FROM billing_groupcontract member JOIN billing_invoicinggroup each ON each.id = member.group_id
    WHERE member.contract_id = contract.id ORDER BY member.starts_month DESC LIMIT 1
) grouped ON true
CROSS JOIN LATERAL (SELECT CASE WHEN grouped.in_advance THEN %(advance)s::date ELSE %(arrears)s::date END AS on_day) due
JOIN LATERAL (
    SELECT json_agg(json_build_array(service.circuit_code, period.kbps) ORDER BY service.circuit_code) AS speeds
    FROM contracts_serviceholding held
    JOIN contracts_service service ON service.id = held.service_id
    JOIN contracts_bandwidthperiod period ON period.service_id = service.id
        AND period.starts_date <= due.on_day AND (period.ends_date IS NULL OR period.ends_date > due.on_day)
    WHERE held.contract_id = contract.id AND held.starts_date <= due.on_day
        AND (held.ends_date IS NULL OR held.ends_date > due.on_day)
) runs ON runs.speeds IS NOT NULL
LEFT JOIN indicators_networkcheck said ON said.contract_id = contract.id AND said.month = %(month)s
LEFT JOIN procedure_user person ON person.id = said.checked_by_id
WHERE contract.id = ANY(%(ids)s)
ORDER BY customer.sort_key, contract.number
"""
