"""The customer's, our own and the provider's clock of a fault, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from mayorista.apps.assurance.queries import claims
from mayorista.apps.assurance.queries import rfo as facts
from mayorista.apps.faults.paper_facts import FaultRow, Stretch
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import lapaz
from mayorista.rules.assurance import three_clocks
from mayorista.rules.assurance.three_clocks import BALL_WORDS, Clock
from mayorista.rules.clocks import Period


@dataclass(frozen=True, slots=True)
class CustomerClock:
    """A circuit's clock against its SLA."""

    circuit: str
    customer: str
    case: str
    source: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class ProviderClock:
    """A provider's clock against its contract."""

    provider: str
    tickets: tuple[str, ...]
    source: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class ClocksPage:
    """The three clocks of a fault now."""

    fault: str
    ball: str
    ball_words: str
    severity: int
    customers: tuple[CustomerClock, ...]
    ours: Clock
    providers: tuple[ProviderClock, ...]


def clocks_page(number: str, *, at: dt.datetime) -> ClocksPage:
    """Return the clocks by the number of the fault or of one of its cases. Raises NotFound."""
    fault = facts.fault_of(number)
    outages = [(case, row) for case in fault.cases for row in case.outages]
    down = _periods(each for _case, row in outages for each in row.intervals)
    stops = _common_stops(fault)
    tickets = [Period(each.opened_at, each.closed_at or fault.restored_at) for each in fault.tickets]
    ball = three_clocks.ball(down, stops, tickets)
    return ClocksPage(
        fault=fault.number,
        ball=ball,
        ball_words=BALL_WORDS[ball],
        severity=fault.severity,
        customers=tuple(
            CustomerClock(
                row.circuit,
                case.customer,
                case.number,
                row.sla_source,
                three_clocks.customer(
                    _periods(row.intervals), _periods(row.stops), minutes=row.repair_minutes, at=at
                ),
            )
            for case, row in outages
        ),
        ours=three_clocks.ours(
            down,
            stops,
            tickets,
            minutes=procedure.by_severity("assurance.internal_minutes", fault.severity, at=at),
            at=at,
        ),
        providers=_providers(fault, down, at),
    )


def _periods(stretches: Iterable[Stretch]) -> list[Period]:
    return [Period(start, end) for start, end in stretches]


def _common_stops(fault: FaultRow) -> list[Period]:
    """The stops of our own clock: those of the only circuit hit. One ISP's wait excuses nobody towards another."""
    outages = [row for case in fault.cases for row in case.outages]
    return _periods(outages[0].stops) if len(outages) == 1 else []


def _providers(fault: FaultRow, down: list[Period], at: dt.datetime) -> tuple[ProviderClock, ...]:
    found = []
    for provider_id in dict.fromkeys(ticket.provider_id for ticket in fault.tickets):
        mine = [ticket for ticket in fault.tickets if ticket.provider_id == provider_id]
        reference = fault.contract_reference if provider_id == fault.contracted_from else ""
        terms = claims.terms_of(provider_id, reference, on=lapaz.local(fault.started_at).date())
        clock = three_clocks.provider(
            down,
            [Period(each.opened_at, each.closed_at or fault.restored_at) for each in mine],
            minutes=terms.repair_minutes if terms is not None else None,
            at=at,
        )
        found.append(
            ProviderClock(
                mine[0].provider,
                tuple(each.reference for each in mine),
                terms.source if terms is not None else "",
                clock,
            )
        )
    return tuple(found)
