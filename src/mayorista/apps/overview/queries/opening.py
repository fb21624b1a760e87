"""Which circuits may be meant, by whatever a person types at three in the morning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from mayorista.apps.contracts.models import Service
from mayorista.apps.customers.models import ContactRole
from mayorista.apps.faults.models import Case, Fault, Outage
from mayorista.rules.text import searchable

LIMIT = 25
NOT_BUSY: tuple[str, dt.datetime | None] = ("", None)


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit to choose; `case_number` is that of its open case, "" when it has none."""

    id: int
    code: str
    customer: str
    customer_id: int
    capacity_kbps: int
    node: str
    port: str
    case_number: str
    since: dt.datetime | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """A known contact of a customer, to be chosen as the claimant."""

    id: int
    name: str
    customer: str
    phone: str


@dataclass(frozen=True, slots=True)
class Found:
    """Circuits that fit, those chosen first; `more` says that the list was cut."""

    rows: tuple[Circuit, ...]
    callers: tuple[Caller, ...]
    more: bool
    text: str


def circuits(*, text: str, chosen: Iterable[int] = ()) -> Found:
    """Return the active circuits whose code, customer, node, ASN or prefix fits `text`; three reads."""
    wanted = set(chosen)
    key = searchable(text)
    fitting = (
        Service.objects.filter(status="ACTIVE")
        .select_related("customer", "node")
        .order_by("customer__sort_key", "circuit_code")
    )
    rows = list(fitting.filter(pk__in=wanted)) if wanted else []
    more = False
    if key:
        for word in key.split():
            digits = word.removeprefix("as")
            by_number = Q(asn=int(digits)) if digits.isdecimal() and len(digits) < 11 else Q()
            fitting = fitting.filter(
                Q(circuit_code__icontains=word)
                | Q(customer__sort_key__contains=word)
                | Q(customer__code__icontains=word)
                | Q(node__code__icontains=word)
                | Q(dossier__search_text__contains=word)
                | by_number
            )
        found = list(fitting.exclude(pk__in=wanted)[: LIMIT + 1])
        more = len(found) > LIMIT
        rows.extend(found[:LIMIT])
    busy: dict[int, tuple[str, dt.datetime | None]] = {
        service_id: (number, since)
        for service_id, number, since in Outage.objects.filter(
            closed_at=None, service_id__in=[row.pk for row in rows]
        ).values_list("service_id", "case__dossier__number", "started_at")
    }
    people = ContactRole.objects.filter(
        customer_id__in={row.customer_id for row in rows}, contact__active=True
    )
    callers: dict[int, Caller] = {}
    for role in people.select_related("contact", "customer").order_by(
        "customer_id", "priority", "contact_id"
    )[:60]:
        callers.setdefault(
            role.contact_id,
            Caller(role.contact_id, role.contact.full_name, role.customer.name, role.contact.phone_e164),
        )
    return Found(
        tuple(
            Circuit(
                row.pk,
                row.circuit_code,
                row.customer.name,
                row.customer_id,
                row.capacity_kbps,
                row.node.code if row.node else "",
                row.port,
                *busy.get(row.pk, NOT_BUSY),
                row.pk in wanted,
            )
            for row in rows
        ),
        tuple(callers.values()),
        more,
        text,
    )


def shown_number(*, fault_id: int) -> str:
    """Return the number that people know a fault by: its only case's, else its own."""
    numbers = list(Case.objects.filter(fault_id=fault_id).values_list("dossier__number", flat=True)[:2])
    if len(numbers) == 1:
        return str(numbers[0])
    return str(Fault.objects.values_list("dossier__number", flat=True).get(pk=fault_id))
