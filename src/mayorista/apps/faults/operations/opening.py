"""Open faults with their cases and outages, one circuit or two thousand alike (A.1, G-41)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.faults import journal_facts
from mayorista.apps.faults.models import Case, Fault, Outage, OutageInterval
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import STEPS, Act

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FAULT_SERIES = "FALLA"
CASE_SERIES = "DANO"
ONE_OPEN_OUTAGE = "outage_one_open_per_service"
NAMED_CIRCUITS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A service that a fault hits: how much of it, since when, by which alarm occurrences."""

    service_id: int
    effect: str
    started_at: dt.datetime
    occurrence_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """One fault to be opened: `origin` is ALARM, CLAIM or MANUAL; `hits` has a service once."""

    hits: Sequence[Hit]
    severity: int
    detected_at: dt.datetime
    origin: str
    resource_id: int | None = None
    resource_name: str = ""
    element: str = ""
    estimated: bool = False


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
    for brief in sorted(briefs, key=_by_name):
        grouped.setdefault(brief.customer_id, []).append(brief)
    return [_customer(services) for services in grouped.values()]


def _by_name(brief: contract_queries.ServiceBrief) -> tuple[str, str]:
    return (brief.customer_name, brief.circuit_code)


def _customer(services: Sequence[contract_queries.ServiceBrief]) -> _Customer:
    first = services[0]
    return _Customer(first.customer_id, first.customer_dossier_id, first.customer_name, tuple(services))


def _fault_headline(customers: Sequence[_Customer], resource_name: str) -> str:
    if len(customers) == 1:
        return f"{customers[0].name} · {customers[0].circuits}"
    return _mass_headline(
        sum(len(customer.services) for customer in customers), len(customers), resource_name
    )


def _mass_headline(circuits: int, customers: int, resource_name: str) -> str:
    summary = _("%(circuits)d circuitos de %(customers)d clientes") % {
        "circuits": circuits,
        "customers": customers,
    }
    return f"{resource_name} · {summary}" if resource_name else summary


@dataclass(frozen=True, slots=True)
class _Part:
    """The circuits of one customer in one fault: what becomes a case."""

    fault: Fault
    customer: _Customer
    origin: str


def _open_cases(parts: Sequence[_Part], at: dt.datetime) -> list[Case]:
    numbers = serials.next_numbers(series=CASE_SERIES, at=at, count=len(parts))
    made = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                kind="CASE",
                number=number,
                headline=f"{part.customer.name} · {part.customer.circuits}",
                state=Case.State.OPEN.label,
                customer_id=part.customer.dossier_id,
                search=" ".join(service.circuit_code for service in part.customer.services),
            )
            for number, part in zip(numbers, parts, strict=True)
        ],
        at=at,
    )
    cases = Case.objects.bulk_create(
        Case(
            dossier=dossier,
            fault=part.fault,
            customer_id=part.customer.id,
            severity=part.fault.severity,
            alarm_origin=part.origin == "ALARM",
            claim_origin=False,
            opened_at=at,
        )
        for dossier, part in zip(made, parts, strict=True)
    )
    pairs = [(part.fault.dossier_id, dossier.pk) for dossier, part in zip(made, parts, strict=True)]
    links.link_many(pairs=pairs, kind="fault-case")
    return cases


def _open_outages(
    cases: Sequence[tuple[Case, _Part]], hits: Mapping[int, Hit], at: dt.datetime
) -> dict[int, dict[str, Any]]:
    """Open the outages of cases, each with its SLA due time, in a few statements for all.

    Return what the journal says of them, by case and circuit.
    """
    by_severity: dict[int, list[int]] = {}
    for _case, part in cases:
        by_severity.setdefault(part.fault.severity, []).extend(
            service.id for service in part.customer.services
        )
    terms = {
        severity: contract_queries.sla_for(service_ids, severity=severity, at=at)
        for severity, service_ids in by_severity.items()
    }
    outages = Outage.objects.bulk_create(
        (
            _outage(case, part.fault, hits[service.id], terms[part.fault.severity][service.id], at)
            for case, part in cases
            for service in part.customer.services
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
    codes = {service.id: service.circuit_code for _case, part in cases for service in part.customer.services}
    told: dict[int, dict[str, Any]] = {}
    for outage in outages:
        told.setdefault(outage.case_id, {})[codes[outage.service_id]] = journal_facts.of_outage(outage)
    return told


def _outage(case: Case, fault: Fault, hit: Hit, term: contract_queries.SlaTerm, at: dt.datetime) -> Outage:
    return Outage(
        case=case,
        service_id=hit.service_id,
        effect=hit.effect,
        started_at=hit.started_at,
        detected_at=min(max(fault.detected_at, hit.started_at), at),
        repair_minutes=term.repair_minutes,
        sla_source=term.source,
        due_at=hit.started_at + dt.timedelta(minutes=term.repair_minutes),
    )


def _open_first_items(faults: Sequence[Fault], at: dt.datetime) -> None:
    """Open the work of A.1, A.2 and A.3, and the opening notice where it is usual (G-12, G-43)."""
    due = {code: procedure_queries.step_due(code, at=at) for code in ("A.1", "A.2", "A.3")}
    usual = procedure_queries.parameter("notice.opening_default", at=at)
    items = [
        work.NewItem(fault.dossier_id, code, STEPS[code].role, STEPS[code].imperative, due[code])
        for fault in faults
        for code in ("A.1", "A.2", "A.3")
    ]
    items += [
        work.NewItem(
            fault.dossier_id,
            "A.4",
            STEPS["A.3"].role,
            _("Avisar apertura al cliente"),
            due["A.3"],
            "opening-notice",
        )
        for fault in faults
        if usual[str(fault.severity)]
    ]
    work.open_items(items=items, at=at)


def _origin_words(origin: str) -> str:
    return {
        "ALARM": _("alarma del NOC"),
        "CLAIM": _("reclamo del cliente"),
        "MANUAL": _("registro del NOC"),
    }[origin]


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
    """Open one fault, a case per customer hit and an outage per service (G-17, G-41); see `open_faults`."""
    opening = Opening(hits, severity, detected_at, origin, resource_id, resource_name, element, estimated)
    return open_faults(openings=[opening], actor=actor, at=at)[0]


@transaction.atomic
def open_faults(*, openings: Sequence[Opening], actor: Actor, at: dt.datetime) -> list[Fault]:
    """Open several faults that share no circuit, in a few statements for all; returns them in order.

    Raises Invalid for unknown services, and the named constraint `outage_one_open_per_service`
    refuses a second open outage of a circuit.
    """
    hits = {hit.service_id: hit for opening in openings for hit in opening.hits}
    customers = _customers_of_each([[hit.service_id for hit in opening.hits] for opening in openings])
    numbers = serials.next_numbers(series=FAULT_SERIES, at=at, count=len(openings))
    made = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                kind="FAULT",
                number=number,
                headline=_fault_headline(mine, opening.resource_name),
                state=Fault.State.DETECTED.label,
                customer_id=mine[0].dossier_id if len(mine) == 1 else None,
            )
            for number, opening, mine in zip(numbers, openings, customers, strict=True)
        ],
        at=at,
    )
    faults = [_fault(opening, mine) for opening, mine in zip(openings, customers, strict=True)]
    for fault, dossier in zip(faults, made, strict=True):
        fault.dossier = dossier
    Fault.objects.bulk_create(faults)
    parts = [
        _Part(fault, customer, opening.origin)
        for fault, opening, mine in zip(faults, openings, customers, strict=True)
        for customer in mine
    ]
    cases = list(zip(_open_cases(parts, at), parts, strict=True))
    told = _open_outages(cases, hits, at)
    _open_first_items(faults, at)
    _record_opening(list(zip(faults, openings, strict=True)), cases, told, actor=actor, at=at)
    live.bump("board")
    return faults


def _customers_of_each(service_ids: Sequence[Sequence[int]]) -> list[list[_Customer]]:
    """The customers of each list of services, in one read; each with those of its services only."""
    customers = _customers([each for ids in service_ids for each in ids])
    homes = {service.id: (customer, service) for customer in customers for service in customer.services}
    found = []
    for ids in service_ids:
        mine: dict[int, list[contract_queries.ServiceBrief]] = {}
        for service in sorted((homes[each][1] for each in set(ids)), key=_by_name):
            mine.setdefault(homes[service.id][0].id, []).append(service)
        found.append([_customer(services) for services in mine.values()])
    return found


def _fault(opening: Opening, customers: Sequence[_Customer]) -> Fault:
    mass = len(opening.hits) > 1 and (opening.resource_id is not None or len(customers) > 1)
    return Fault(
        kind=_kind(opening.severity, mass=mass),
        severity=opening.severity,
        resource_id=opening.resource_id,
        element=opening.element or opening.resource_name,
        started_at=min(hit.started_at for hit in opening.hits),
        started_estimated=opening.estimated,
        detected_at=opening.detected_at,
    )


def _record_opening(
    faults: Sequence[tuple[Fault, Opening]],
    cases: Sequence[tuple[Case, _Part]],
    told: Mapping[int, Mapping[str, Any]],
    *,
    actor: Actor,
    at: dt.datetime,
) -> None:
    lines = []
    for fault, opening in faults:
        words = {"origin": _origin_words(opening.origin), "headline": fault.dossier.headline}
        text = _("Detectado por %(origin)s: %(headline)s") % words
        said = {"origin": opening.origin, "detected_at": fault.detected_at.isoformat()}
        lines.append(journal.Line(fault.dossier_id, "OPEN_FAULT", text, "A.1", said))
    for case, part in cases:
        text = _("Caso abierto por %(origin)s") % {"origin": _origin_words(part.origin)}
        payload = {
            "fault": part.fault.dossier.number,
            "severity": case.severity,
            "circuits": told.get(case.pk, {}),
        }
        lines.append(journal.Line(case.dossier_id, "OPEN_CASE", text, "A.1", payload))
    journal.record_many(lines=lines, actor=actor, at=at)


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
    opened = _open_cases([_Part(fault, customer, origin) for customer in fresh], at)
    cases = {**present, **{case.customer_id: case for case in opened}}
    told = _open_outages(
        [(cases[customer.id], _Part(fault, customer, origin)) for customer in customers], by_service, at
    )
    if origin == "ALARM":
        Case.objects.filter(id__in=[case.pk for case in present.values()]).update(alarm_origin=True)
    fault.started_at = min([fault.started_at, *(hit.started_at for hit in hits)])
    if len(by_service) > 1 or fresh:
        fault.kind = Fault.Kind.MASS
    fault.save(update_fields=["started_at", "kind"])
    refresh_headlines(fault=fault, customer_ids=[customer.id for customer in customers])
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
                    {
                        "severity": cases[customer.id].severity,
                        "circuits": told.get(cases[customer.id].pk, {}),
                    },
                )
                for customer in customers
            ),
        ],
        actor=actor,
        at=at,
    )
    live.bump("board", f"fault-{fault.pk}")
    return list(cases.values())


def refresh_headlines(*, fault: Fault, customer_ids: Collection[int] | None = None) -> None:
    """Write the headlines of a fault and its cases (all, or those of some customers) from its circuits now."""
    outages = Outage.objects.filter(case__fault=fault)
    size = outages.aggregate(circuits=Count("id"), customers=Count("case__customer_id", distinct=True))
    if customer_ids is not None and size["customers"] > 1:
        outages = outages.filter(case__customer_id__in=customer_ids)
    dossier_of = dict(outages.values_list("service_id", "case__dossier_id"))
    customers = _customers(list(dossier_of)) if dossier_of else []
    resource_name = fault.resource.name if fault.resource else ""
    if size["customers"] == 1:
        headlines = {fault.dossier_id: _fault_headline(customers, resource_name)}
    else:
        headlines = {fault.dossier_id: _mass_headline(size["circuits"], size["customers"], resource_name)}
    for customer in customers:
        headlines[dossier_of[customer.services[0].id]] = f"{customer.name} · {customer.circuits}"
    dossiers.rename_many(headlines=headlines)


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
    fault = open_if_free(
        hits=[Hit(service_id, effect, started_at) for service_id in dict.fromkeys(service_ids)],
        severity=severity,
        origin="MANUAL",
        actor=actor,
        at=at,
        estimated=estimated,
    )
    if fault is None:
        refuse_if_open(service_ids=service_ids)
        raise Conflict(
            _("Otra persona abrió este caso en el mismo momento."), remedy=_("Vuelva a intentarlo.")
        )
    if note.strip():
        journal.record(
            dossier_id=fault.dossier_id, act=Act.NOTE, text=note.strip(), actor=actor, at=at, step="A.1"
        )
    return fault


def open_if_free(
    *, hits: Sequence[Hit], severity: int, origin: str, actor: Actor, at: dt.datetime, estimated: bool
) -> Fault | None:
    """Open a fault that a person tells of at `at`, or None when another opened one of its circuits just now."""
    try:
        with transaction.atomic():
            return open_fault(
                hits=hits,
                severity=severity,
                detected_at=at,
                origin=origin,
                actor=actor,
                at=at,
                estimated=estimated,
            )
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if getattr(diagnostics, "constraint_name", "") != ONE_OPEN_OUTAGE:
            raise
        return None


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
