"""What stands beside the timeline: whom to call, what is hit, what it rides on, who else, the D.A.C., the provider."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults.models import Outage
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.overview.queries.case_facts import Facts
from mayorista.rules import phones

CALLED_FIRST = ("ON_CALL", "TECHNICAL", "MANAGEMENT", "BILLING", "LEGAL")


@dataclass(frozen=True, slots=True)
class ContactView:
    """A person of the customer: how to reach, and whether WhatsApp's window is open."""

    id: int
    name: str
    roles: str
    phone: str
    phone_e164: str
    email: str
    window_open: bool
    template: bool
    window_closes_at: dt.datetime | None
    why_no_whatsapp: str

    @property
    def wa_link(self) -> str:
        """The address that opens WhatsApp on a phone."""
        return f"https://wa.me/{phones.wa_id(self.phone_e164)}" if self.phone_e164 else ""

    @property
    def reachable(self) -> bool:
        """Whether we may write by WhatsApp at all."""
        return self.window_open or self.template


@dataclass(frozen=True, slots=True)
class OutageView:
    """A circuit of the case and its clocks."""

    id: int
    circuit: str
    customer: str
    case_number: str
    capacity_kbps: int
    description: str
    port: str
    node: str
    vlan: int | None
    asn: int | None
    effect: str
    started_at: dt.datetime
    restored_at: dt.datetime | None
    proposed_at: dt.datetime | None
    due_at: dt.datetime
    stopped: str
    rides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another customer hit by the same fault."""

    number: str
    customer: str
    circuits: str
    state: str
    restored: bool


@dataclass(frozen=True, slots=True)
class IssueView:
    """A part of the D.A.C. as it was sent."""

    sequence: int
    part: str
    title: str
    issued_at: dt.datetime
    issued_by: str
    file_id: int
    acknowledged_at: dt.datetime | None
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class DacView:
    """The D.A.C. of the fault."""

    id: int
    number: str
    token: str
    issues: tuple[IssueView, ...]

    @property
    def acknowledged(self) -> bool:
        """Whether the Gerente has seen all of it."""
        return all(issue.acknowledged_at for issue in self.issues)


@dataclass(frozen=True, slots=True)
class TicketView:
    """A report to the contracted upstream."""

    id: int
    provider: str
    reference: str
    contact: str
    level: int
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    rfo_received: bool
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """An internal work order."""

    number: str
    unit: str
    description: str
    assigned_to: str
    state: str
    etr_at: dt.datetime | None


def contacts(customer_id: int, at: dt.datetime) -> tuple[ContactView, ...]:
    """Return the people of a customer, whom to call first first; two reads."""
    cards = customer_queries.contacts_for(customer_id, CALLED_FIRST)
    unique = {card.id: card for card in cards}
    reached = message_queries.reach(unique, at=at, cards=unique)
    found = []
    for card in unique.values():
        way = reached[card.id]
        roles = ", ".join(dict.fromkeys(other.role_names for other in cards if other.id == card.id))
        found.append(
            ContactView(
                card.id,
                card.full_name,
                roles,
                card.phone,
                card.phone_e164,
                card.email,
                way.free_text,
                way.template,
                way.window.closes_at if way.free_text else None,
                way.why_no_whatsapp,
            )
        )
    return tuple(found)


def outages(facts: Facts) -> tuple[OutageView, ...]:
    """Return the circuits of the page."""
    rides: dict[int, list[str]] = defaultdict(list)
    for ride in facts.rides:
        provider = f" ({ride.resource.provider.name})" if ride.resource.provider else ""
        rides[ride.service_id].append(
            f"{ride.resource.code}{provider}" + ("" if ride.primary else " · respaldo")
        )
    stops = {stop.outage_id: stop.get_reason_display() for stop in facts.stops if stop.ends_at is None}
    return tuple(
        OutageView(
            id=row.pk,
            circuit=row.service.circuit_code,
            customer=row.service.customer.name,
            case_number=row.case.dossier.number,
            capacity_kbps=row.service.capacity_kbps,
            description=row.service.description,
            port=row.service.port,
            node=row.service.node.name if row.service.node else "",
            vlan=row.service.vlan,
            asn=row.service.asn,
            effect=row.get_effect_display(),
            started_at=row.started_at,
            restored_at=row.restored_at,
            proposed_at=row.restoration_proposed_at,
            due_at=row.due_at,
            stopped=str(stops.get(row.pk, "")),
            rides=tuple(rides.get(row.service_id, ())),
        )
        for row in facts.outages
    )


def siblings(facts: Facts) -> tuple[Sibling, ...]:
    """Return the other cases of the same fault; one read."""
    others = [case for case in facts.cases if facts.case is None or case.pk != facts.case.pk]
    if not others:
        return ()
    codes: dict[int, list[str]] = defaultdict(list)
    down: set[int] = set()
    for case_id, code, restored_at in (
        Outage.objects.filter(case__in=[case.pk for case in others])
        .order_by("service__circuit_code")
        .values_list("case_id", "service__circuit_code", "restored_at")
    ):
        codes[case_id].append(code)
        if restored_at is None:
            down.add(case_id)
    return tuple(
        Sibling(
            case.dossier.number,
            case.customer.name,
            _few(codes[case.pk]),
            case.get_state_display(),
            case.pk not in down,
        )
        for case in others
    )


def _few(codes: Sequence[str]) -> str:
    return ", ".join(codes[:3]) + (f" y {len(codes) - 3} más" if len(codes) > 3 else "")


def dac(facts: Facts) -> DacView | None:
    """Return the D.A.C. with what was sent and seen."""
    if facts.dac is None:
        return None
    seen = {row.issue_id: row for row in facts.acknowledgements}
    issues = []
    for issue in facts.issues:
        row = seen.get(issue.pk)
        number = sum(
            1 for each in facts.issues if each.part == issue.part and each.sequence <= issue.sequence
        )
        title = issue.get_part_display() + (f" {number}" if issue.part == "PROGRESS" else "")
        issues.append(
            IssueView(
                issue.sequence,
                issue.part,
                title,
                issue.issued_at,
                issue.issued_by.full_name,
                issue.file_id,
                row.acknowledged_at if row else None,
                row.acknowledged_by.full_name if row else "",
            )
        )
    return DacView(facts.dac.pk, facts.dac.dossier.number, facts.dac.token, tuple(issues))


def tickets(facts: Facts) -> tuple[TicketView, ...]:
    """Return the tickets with the provider."""
    return tuple(
        TicketView(
            row.pk,
            row.provider.name,
            row.reference,
            row.contact,
            row.level,
            row.opened_at,
            row.closed_at,
            row.rfo_received,
            row.provider.phone,
            row.provider.email,
        )
        for row in facts.tickets
    )


def orders(facts: Facts) -> tuple[OrderView, ...]:
    """Return the work orders of the repair."""
    return tuple(
        OrderView(
            row.number, row.unit.name, row.description, row.assigned_to, row.get_state_display(), row.etr_at
        )
        for row in facts.orders
    )
