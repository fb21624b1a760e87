"""Open faults with their cases and outages, one circuit or two thousand alike (A.1, G-41)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.faults.models import Case, Fault, Outage, OutageInterval
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import STEPS, Act

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FAULT_SERIES = "FALLA"
CASE_SERIES = "DANO"
NAMED_CIRCUITS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A service that a fault hits: how much of it, since when, by which alarm occurrences."""

    service_id: int
    effect: str
    started_at: dt.datetime
    occurrence_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Customer:
    """A customer hit, with its services in the order of their codes."""

    id: int
    dossier_id: int
    name: str
    services: tuple[contract_queries.ServiceBrief, ...]

    @property
    def circuits(self) -> str:
        """The circuits in words, the first few by name."""
        codes = [service.circuit_code for service in self.services]
        more = len(codes) - NAMED_CIRCUITS
        named = ", ".join(codes[:NAMED_CIRCUITS])
        if more <= 0:
            return named
        return ngettext("%(named)s y %(more)d más", "%(named)s y %(more)d más", more) % {
            "named": named,
            "more": more,
        }


def _customers(service_ids: Sequence[int]) -> list[_Customer]:
    briefs = contract_queries.service_briefs(service_ids)
    if len(briefs) != len(set(service_ids)):
        raise Invalid(
            _("Un servicio indicado no existe."), field="services", remedy=_("Elija servicios de la lista.")
        )
    grouped: dict[int, list[contract_queries.ServiceBrief]] = {}
    for brief in sorted(briefs, key=lambda each: (each.customer_name, each.circuit_code)):
        grouped.setdefault(brief.customer_id, []).append(brief)
    return [
        _Customer(key, group[0].customer_dossier_id, group[0].customer_name, tuple(group))
        for key, group in grouped.items()
    ]


def _fault_headline(customers: Sequence[_Customer], resource_name: str) -> str:
    circuits = sum(len(customer.services) for customer in customers)
    if len(customers) == 1:
        return f"{customers[0].name} · {customers[0].circuits}"
    summary = _("%(circuits)d circuitos de %(customers)d clientes") % {
        "circuits": circuits,
        "customers": len(customers),
    }
    return f"{resource_name} · {summary}" if resource_name else summary


def _open_cases(fault: Fault, customers: Sequence[_Customer], origin: str, at: dt.datetime) -> list[Case]:
    numbers = serials.next_numbers(series=CASE_SERIES, at=at, count=len(customers))
    made = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                kind="CASE",
                number=number,
                headline=f"{customer.name} · {customer.circuits}",
                state=Case.State.OPEN.label,
                customer_id=customer.dossier_id,
                search=" ".join(service.circuit_code for service in customer.services),
            )
            for number, customer in zip(numbers, customers, strict=True)
        ],
        at=at,
    )
    cases = Case.objects.bulk_create(
        Case(
            dossier=dossier,
            fault=fault,
            customer_id=customer.id,
            severity=fault.severity,
            alarm_origin=origin == "ALARM",
            claim_origin=False,
            opened_at=at,
        )
        for dossier, customer in zip(made, customers, strict=True)
    )
    links.link_many(pairs=[(fault.dossier_id, dossier.pk) for dossier in made], kind="fault-case")
    return cases


def _open_outages(
    fault: Fault,
    cases: Mapping[int, Case],
    customers: Sequence[_Customer],
    hits: Mapping[int, Hit],
    at: dt.datetime,
) -> None:
    service_ids = [service.id for customer in customers for service in customer.services]
    terms = contract_queries.sla_for(service_ids, severity=fault.severity, at=at)
    outages = Outage.objects.bulk_create(
        (
            Outage(
                case=cases[customer.id],
                service_id=service.id,
                effect=hits[service.id].effect,
                started_at=hits[service.id].started_at,
                detected_at=min(max(fault.detected_at, hits[service.id].started_at), at),
                repair_minutes=terms[service.id].repair_minutes,
                sla_source=terms[service.id].source,
                due_at=hits[service.id].started_at + dt.timedelta(minutes=terms[service.id].repair_minutes),
            )
            for customer in customers
            for service in customer.services
        ),
        batch_size=2000,
    )
    OutageInterval.objects.bulk_create(
        (
            OutageInterval(outage=outage, starts_at=outage.started_at, occurrence_id=occurrence_id)
            for outage in outages
            for occurrence_id in (hits[outage.service_id].occurrence_ids or (None,))
        ),
        batch_size=2000,
    )


def _first_items(fault: Fault, at: dt.datetime) -> list[work.NewItem]:
    """Return the work items of A.1, A.2 and A.3; A.2 never blocks before the closing (G-43)."""
    return [
        work.NewItem(
            dossier_id=fault.dossier_id,
            step=code,
            role=STEPS[code].role,
            title=STEPS[code].imperative,
            due_at=procedure_queries.step_due(code, at=at),
        )
        for code in ("A.1", "A.2", "A.3")
    ]


def _origin_words(origin: str) -> str:
    return {
        "ALARM": _("alarma del NOC"),
        "CLAIM": _("reclamo del cliente"),
        "MANUAL": _("registro del NOC"),
    }[origin]


@transaction.atomic
def open_fault(
    *,
    hits: Sequence[Hit],
    severity: int,
    detected_at: dt.datetime,
    origin: str,
    actor: Actor,
    at: dt.datetime,
    resource_id: int | None = None,
    resource_name: str = "",
    element: str = "",
    estimated: bool = False,
) -> Fault:
    """Open one fault, a case per customer hit and an outage per service (G-17, G-41).

    `origin` is ALARM, CLAIM or MANUAL. Raises Invalid for unknown services, and the named
    constraint `outage_one_open_per_service` refuses a second open outage of a circuit.
    """
    by_service = {hit.service_id: hit for hit in hits}
    customers = _customers(list(by_service))
    mass = len(by_service) > 1 and (resource_id is not None or len(customers) > 1)
    number = serials.next_number(series=FAULT_SERIES, at=at)
    dossier = dossiers.open_dossier(
        kind="FAULT",
        number=number,
        headline=_fault_headline(customers, resource_name),
        state=Fault.State.DETECTED.label,
        at=at,
        customer_id=customers[0].dossier_id if len(customers) == 1 else None,
    )
    fault = Fault.objects.create(
        dossier=dossier,
        kind=_kind(severity, mass=mass),
        severity=severity,
        resource_id=resource_id,
        element=element or resource_name,
        started_at=min(hit.started_at for hit in hits),
        started_estimated=estimated,
        detected_at=detected_at,
    )
    cases = _open_cases(fault, customers, origin, at)
    _open_outages(fault, {case.customer_id: case for case in cases}, customers, by_service, at)
    work.open_items(items=_first_items(fault, at), at=at)
    if procedure_queries.by_severity("notice.opening_default", severity, at=at):
        work.open_item(
            dossier_id=fault.dossier_id,
            step="A.4",
            key="opening-notice",
            role=STEPS["A.3"].role,
            title=_("Avisar apertura al cliente"),
            due_at=procedure_queries.step_due("A.3", at=at),
            at=at,
        )
    text = _("Detectado por %(origin)s: %(headline)s") % {
        "origin": _origin_words(origin),
        "headline": dossier.headline,
    }
    journal.record_many(
        lines=[
            journal.Line(fault.dossier_id, "OPEN_FAULT", text, "A.1", {"origin": origin}),
            *(
                journal.Line(
                    case.dossier_id,
                    "OPEN_CASE",
                    _("Caso abierto por %(origin)s") % {"origin": _origin_words(origin)},
                    "A.1",
                    {"fault": number},
                )
                for case in cases
            ),
        ],
        actor=actor,
        at=at,
    )
    live.bump("board")
    return fault


def _kind(severity: int, *, mass: bool) -> str:
    if mass:
        return Fault.Kind.MASS
    return Fault.Kind.FAILURE if severity == 1 else Fault.Kind.DEGRADATION


@transaction.atomic
def extend_fault(
    *, fault: Fault, hits: Sequence[Hit], origin: str, actor: Actor, at: dt.datetime
) -> list[Case]:
    """Add services to an open fault that the caller holds locked; return the cases touched.

    A customer already in the fault keeps its case (and number); others get one.
    """
    by_service = {hit.service_id: hit for hit in hits}
    customers = _customers(list(by_service))
    present = {
        case.customer_id: case
        for case in Case.objects.select_for_update().filter(
            fault=fault, customer_id__in=[customer.id for customer in customers]
        )
    }
    closed = [case for case in present.values() if case.closed_at is not None]
    if closed:
        raise Conflict(_("El caso de ese cliente en este daño ya está cerrado."), remedy=_("Ábralo aparte."))
    fresh = [customer for customer in customers if customer.id not in present]
    cases = {**present, **{case.customer_id: case for case in _open_cases(fault, fresh, origin, at)}}
    _open_outages(fault, cases, customers, by_service, at)
    if origin == "ALARM":
        Case.objects.filter(id__in=[case.pk for case in present.values()]).update(alarm_origin=True)
    fault.started_at = min([fault.started_at, *(hit.started_at for hit in hits)])
    if len(by_service) > 1 or fresh:
        fault.kind = Fault.Kind.MASS
    fault.save(update_fields=["started_at", "kind"])
    refresh_headlines(fault=fault)
    added = ", ".join(f"{customer.name} ({customer.circuits})" for customer in customers[:NAMED_CIRCUITS])
    if len(customers) > NAMED_CIRCUITS:
        added = _("%(circuits)d circuitos de %(customers)d clientes") % {
            "circuits": len(by_service),
            "customers": len(customers),
        }
    text = _("Se suman al daño: %(added)s") % {"added": added}
    journal.record_many(
        lines=[
            journal.Line(fault.dossier_id, "EXTEND_FAULT", text, "A.1"),
            *(
                journal.Line(
                    cases[customer.id].dossier_id,
                    "OPEN_CASE",
                    _("Circuitos afectados: %(circuits)s") % {"circuits": customer.circuits},
                    "A.1",
                )
                for customer in customers
            ),
        ],
        actor=actor,
        at=at,
    )
    live.bump("board", f"fault-{fault.pk}")
    return list(cases.values())


def refresh_headlines(*, fault: Fault) -> None:
    """Write the headlines of a fault and its cases anew from the circuits it hits now."""
    pairs = list(
        Outage.objects.filter(case__fault=fault).values_list("service_id", "case_id", "case__dossier_id")
    )
    customers = _customers([service for service, _case, _dossier in pairs]) if pairs else []
    dossier_of = {service: dossier for service, _case, dossier in pairs}
    resource_name = fault.resource.name if fault.resource else ""
    dossiers.change(dossier_id=fault.dossier_id, headline=_fault_headline(customers, resource_name))
    for customer in customers:
        dossiers.change(
            dossier_id=dossier_of[customer.services[0].id],
            headline=f"{customer.name} · {customer.circuits}",
        )


@transaction.atomic
def open_by_hand(
    *,
    service_ids: Sequence[int],
    effect: str,
    severity: int,
    started_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
    note: str = "",
    estimated: bool = True,
) -> Fault:
    """Open a fault that a person detected (A.1), in one form.

    Raises Invalid naming each wrong field; Conflict naming the open case when a circuit has one.
    """
    require(actor, Act.OPEN_CASE)
    check_opening(service_ids=service_ids, severity=severity, effect=effect, started_at=started_at, at=at)
    refuse_if_open(service_ids=service_ids)
    fault = open_fault(
        hits=[Hit(service_id, effect, started_at) for service_id in dict.fromkeys(service_ids)],
        severity=severity,
        detected_at=at,
        origin="MANUAL",
        actor=actor,
        at=at,
        estimated=estimated,
    )
    if note.strip():
        journal.record(
            dossier_id=fault.dossier_id, act=Act.NOTE, text=note.strip(), actor=actor, at=at, step="A.1"
        )
    return fault


def check_opening(
    *, service_ids: Sequence[int], severity: int, effect: str, started_at: dt.datetime, at: dt.datetime
) -> None:
    """Raise Invalid with all that is wrong with the fields that open a case."""
    errors = []
    if not service_ids:
        errors.append(
            Invalid(_("Falta el servicio."), field="services", remedy=_("Elija al menos un circuito."))
        )
    if severity not in (1, 2, 3):
        errors.append(Invalid(_("Severidad desconocida."), field="severity", remedy=_("Elija 1, 2 o 3.")))
    if effect not in Outage.Effect.values:
        errors.append(Invalid(_("Efecto desconocido."), field="effect", remedy=_("Elija uno de la lista.")))
    if started_at > at + dt.timedelta(minutes=2):
        errors.append(
            Invalid(
                _("El inicio está en el futuro."), field="started_at", remedy=_("Corrija la hora (La Paz).")
            )
        )
    if started_at < at - dt.timedelta(days=31):
        errors.append(
            Invalid(
                _("El inicio es de hace más de 31 días."), field="started_at", remedy=_("Corrija la fecha.")
            )
        )
    if errors:
        raise Invalid.of([each for error in errors for each in error.errors])


def refuse_if_open(*, service_ids: Sequence[int]) -> None:
    """Raise Conflict naming the open case when one of the circuits is already in one."""
    taken = (
        Outage.objects.filter(service_id__in=service_ids, closed_at=None)
        .select_related("case__dossier", "service")
        .first()
    )
    if taken:
        raise Conflict(
            _("%(circuit)s ya tiene el caso %(number)s abierto.")
            % {"circuit": taken.service.circuit_code, "number": taken.case.dossier.number},
            field="services",
            remedy=_("Registre el reclamo o la nota en ese caso."),
        )
