"""Availability of circuits in a month, with the credit it earns by each contract (R11, R17, G-32): read, never written.

The same function feeds the page, its workbook and the proposals, so what is proposed is what is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.queries import ContractInput, Held
from mayorista.apps.faults import queries as faults
from mayorista.apps.monitoring import queries as monitoring
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import agreements, availability, credits, interruptions, lapaz, money, sla_terms  # noqa: A004 -- SLA credits
from mayorista.rules.availability import ClockStart, Rounding, Span
from mayorista.rules.errors import Invalid
from mayorista.rules.interruptions import Judged, Policy
from mayorista.rules.periods import Month
from mayorista.rules.rating import lines as rated
from mayorista.rules.rating import sla


@dataclass(frozen=True, slots=True)
class Credit:
    """What the outages of a month earn: `base` the recurring lines of the month, `how` the sentence with its numbers."""

    currency: str
    base: Decimal
    amount: Decimal
    minutes: Fraction
    how: str
    capped: bool


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """A circuit under one contract in a month. `credit` None: the contract has no ladder, or `problem` says why."""

    service_id: int
    circuit: str
    customer: str
    contract_id: int | None
    contract: str
    held: tuple[Held, ...]
    judged: Judged
    terms: sla_terms.Terms
    policy: Policy
    ladder: Mapping[str, Any]
    credit: Credit | None
    problem: str = ""
    relapsed: bool = False
    """An outage fell again and was diagnosed anew: each part has its own attribution, which a person looks over."""

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases whose time counts."""
        return tuple(
            dict.fromkeys(
                piece.case for piece in self.judged.pieces if piece.reason is interruptions.Reason.COUNTS
            )
        )


def hit_services(month: Month) -> set[int]:
    """Return the circuits that had an outage in a month."""
    return set(faults.outage_periods(since=month.starts_at, until=month.ends_at))


def of_services(service_ids: Iterable[int], *, month: Month, at: dt.datetime) -> list[ServiceMonth]:
    """Return the month of these circuits, one answer per circuit and contract that held it; a fixed number of reads."""
    wanted = sorted(set(service_ids))
    if not wanted:
        return []
    until = min(at, month.ends_at)
    held: dict[tuple[int, int | None], list[Held]] = {}
    for each in contracts.held_in(wanted, month=month):
        held.setdefault((each.service_id, each.contract_id), []).append(each)
    periods = faults.outage_periods(since=month.starts_at, until=month.ends_at, service_ids=wanted)
    windows = monitoring.windows_over(periods, since=month.starts_at, until=month.ends_at)
    suspended = contracts.suspensions_of(wanted)
    terms = contracts.sla_terms_for(wanted, at=month.ends_at - dt.timedelta(seconds=1))
    briefs = {brief.id: brief for brief in contracts.service_briefs(wanted)}
    inputs = contracts.rating_services(
        {contract for _service, contract in held if contract is not None}, month=month, as_of=at
    )
    counted = frozenset(procedure.parameter("sla.counted_effects", at=at))
    found = []
    for (service_id, contract_id), parts in held.items():
        policy = _policy(terms[service_id], counted)
        judged = interruptions.judge(
            month,
            served=[_span(part) for part in parts],
            interruptions=periods.get(service_id, ()),
            policy=policy,
            until=until,
            windows=windows.get(service_id, ()),
            suspensions=[
                (availability.whole_second(start), availability.whole_second(end or until))
                for _pk, start, end in suspended.get(service_id, ())
                if start < until
            ],
        )
        mine = inputs.get(contract_id) if contract_id is not None else None
        ladder, credit, problem = _credit(mine, service_id, judged, month, at)
        found.append(
            ServiceMonth(
                service_id,
                briefs[service_id].circuit_code,
                briefs[service_id].customer_name,
                contract_id,
                mine.number if mine is not None else "",
                tuple(parts),
                judged,
                terms[service_id],
                policy,
                ladder,
                credit,
                problem,
                any(each.relapsed for each in periods.get(service_id, ())),
            )
        )
    return sorted(found, key=lambda each: (each.circuit, each.held[0].starts))


def _policy(terms: sla_terms.Terms, counted: frozenset[str]) -> Policy:
    return Policy(
        availability.Terms(
            ClockStart(terms.clock_start),
            terms.ignore_below_seconds,
            Rounding(terms.rounding),
            terms.availability,
        ),
        terms.excluded_causes,
        terms.maintenance_notice_hours,
        counted,
    )


def _span(part: Held) -> Span:
    start, end = (
        dt.datetime.combine(day, dt.time(), tzinfo=lapaz.LA_PAZ) for day in (part.starts, part.ends)
    )
    return availability.whole_second(start), availability.whole_second(end)


def _credit(
    mine: ContractInput | None, service_id: int, judged: Judged, month: Month, at: dt.datetime
) -> tuple[Mapping[str, Any], Credit | None, str]:
    """The contract's ladder, what it gives, and what is wrong when it can not be computed."""
    if mine is None:
        return {}, None, ""
    if mine.problem is not None:
        return {}, None, mine.problem.message
    assert mine.clauses is not None
    ladder = mine.clauses.sla_credit
    if not ladder:
        return {}, None, ""
    try:
        bill, cents, service = _recurring(mine, service_id, month, at)
        minutes = sla.billed_minutes(service, bill, at)
        computed = credits.compute(
            agreements.ladder(ladder).ladder,
            base_cents=cents,
            minutes=minutes,
            outage=Fraction(judged.availability.outage_seconds, availability.MINUTE),
        )
    except Invalid as error:
        return ladder, None, error.message
    amount = money.amount(money.half_up(computed.exact.numerator * money.CENT, computed.exact.denominator))
    return (
        ladder,
        Credit(mine.clauses.currency, money.amount(cents), amount, minutes, computed.how, computed.capped),
        "",
    )


def _recurring(
    mine: ContractInput, service_id: int, month: Month, at: dt.datetime
) -> tuple[Sequence[rated.Line], int, Any]:
    """The recurring lines of the circuit's stays in the month, their cents, and the service (R17)."""
    found: list[rated.Line] = []
    cents, service = 0, None
    for each in mine.services:
        if each.service_id != service_id:
            continue
        others = tuple(one.service for one in mine.services if one.service_id != service_id)
        service = replace(each.service, siblings=(*each.service.siblings, *others))
        bill = rated.recurring(service, month, at)
        found += bill.lines
        cents += bill.cents
    if service is None:
        raise Invalid(
            "El contrato no factura ese circuito en el mes.", field="services", remedy="Revise sus fechas."
        )
    return found, cents, service
