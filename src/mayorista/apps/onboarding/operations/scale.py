"""A carrier of full size, for figures: many circuits, alarms and closed cases, written in bulk.

Deterministic: the same counts give the same rows. It writes rows directly, because twenty thousand
cases through their operations would take an hour; what it writes is what those operations leave.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from django.db import transaction

from mayorista.apps.contracts.models import NmsName, Provider, Resource, ResourceKind, Ride, Service
from mayorista.apps.contracts.operations import naming
from mayorista.apps.customers.models import Contact, ContactRole, Customer
from mayorista.apps.faults.models import Case, Diagnosis, Fault, Outage, OutageInterval
from mayorista.apps.monitoring.models import Alarm, AlarmPost, AlarmSource, Occurrence, Outcome, Verdict
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import User
from mayorista.apps.procedure.operations import dossiers, journal, links
from mayorista.rules import capacity, names
from mayorista.rules.alarms.values import Severity

JOB = for_job("scale")
SEED = 2026
BATCH = 2_000
PREFIX = "ESCALA"
SPEEDS = (100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
CAUSES = (("CUSTOMER", "C-EQP"), ("CUSTOMER", "C-ENE"), ("CUSTOMER", "C-CFG"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How much was written."""

    customers: int
    services: int
    alarms: int
    cases: int


@transaction.atomic
def load_scale(
    *,
    at: dt.datetime,
    services: int = 1_000,
    alarms: int = 100_000,
    cases: int = 20_000,
    customers: int = 300,
) -> Scale:
    """Write a carrier of full size once: `services` on `customers`, `alarms` and closed `cases` of a year.

    Loading it again changes nothing and says what is there.
    """
    if Customer.objects.filter(code__startswith=f"{PREFIX}-").exists():
        return Scale(
            Customer.objects.filter(code__startswith=f"{PREFIX}-").count(),
            Service.objects.filter(circuit_code__startswith=f"{PREFIX}-").count(),
            Alarm.objects.filter(fingerprint__startswith=PREFIX.lower()).count(),
            Case.objects.filter(customer__code__startswith=f"{PREFIX}-").count(),
        )
    chance = random.Random(SEED)  # noqa: S311 - a repeatable carrier, nothing secret
    firms = _customers(customers, at)
    circuits = _services(services, firms, at, chance)
    _alarms(alarms, circuits, at, chance)
    _cases(cases, circuits, at, chance)
    return Scale(len(firms), len(circuits), alarms, cases)


def _customers(count: int, at: dt.datetime) -> list[Customer]:
    titles = [f"{PREFIX} NET {number:04d} S.R.L." for number in range(1, count + 1)]
    codes = [f"{PREFIX}-{number:04d}" for number in range(1, count + 1)]
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier("CUSTOMER", code, title, "activo")
            for code, title in zip(codes, titles, strict=True)
        ],
        at=at,
    )
    firms = Customer.objects.bulk_create(
        [
            Customer(
                dossier=home,
                code=code,
                name=title,
                nit=f"9{number:09d}",
                sort_key=names.sort_key(title),
                name_key=names.normal_key(title),
            )
            for number, (home, code, title) in enumerate(zip(homes, codes, titles, strict=True))
        ],
        batch_size=BATCH,
    )
    people = Contact.objects.bulk_create(
        [
            Contact(
                full_name=f"Guardia {firm.code}",
                sort_key=names.sort_key(f"Guardia {firm.code}"),
                email=f"noc@{firm.code.lower()}.example",
                phone_e164=f"+5917{number:07d}",
                whatsapp_opt_in_at=at,
                opt_in_how="datos de escala",
            )
            for number, firm in enumerate(firms)
        ],
        batch_size=BATCH,
    )
    ContactRole.objects.bulk_create(
        [
            ContactRole(contact=person, customer=firm, role=role)
            for person, firm in zip(people, firms, strict=True)
            for role in ("TECHNICAL", "ON_CALL", "MANAGEMENT", "BILLING")
        ],
        batch_size=BATCH,
    )
    return firms


def _services(count: int, firms: list[Customer], at: dt.datetime, chance: random.Random) -> list[Service]:
    provider = Provider.objects.create(code=PREFIX, name=f"TRANSPORTE {PREFIX}", sort_key=PREFIX.lower())
    upstreams = Resource.objects.bulk_create(
        [
            Resource(
                code=f"UP-{PREFIX}-{number}",
                kind=ResourceKind.UPSTREAM,
                name=f"Upstream {number}",
                provider=provider,
            )
            for number in range(1, 5)
        ]
    )
    nodes = Resource.objects.bulk_create(
        [
            Resource(code=f"{PREFIX}-BR{number}", kind=ResourceKind.NODE, name=f"Nodo {number}")
            for number in range(1, 11)
        ]
    )
    codes = [f"{PREFIX}-{number:05d}" for number in range(1, count + 1)]
    owners = [firms[number % len(firms)] for number in range(count)]
    speeds = [chance.choice(SPEEDS) for _number in range(count)]
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                "SERVICE", code, f"{owner.name} · {code} {capacity.show(speed)}", "activo", owner.dossier_id
            )
            for code, owner, speed in zip(codes, owners, speeds, strict=True)
        ],
        at=at,
    )
    made = Service.objects.bulk_create(
        [
            Service(
                dossier=home,
                customer=owner,
                circuit_code=code,
                description="Tránsito IP",
                capacity_kbps=speed,
                node=nodes[number % len(nodes)],
                port=f"Te0/{number // 48}/{number % 48}",
                vlan=1 + number % 4_000,
                asn=4_200_000_000 + number,
            )
            for number, (home, owner, code, speed) in enumerate(
                zip(homes, owners, codes, speeds, strict=True)
            )
        ],
        batch_size=BATCH,
    )
    Ride.objects.bulk_create(
        [Ride(service=each, resource=upstreams[number % len(upstreams)]) for number, each in enumerate(made)],
        batch_size=BATCH,
    )
    labels = [
        {"instance": each.node.code.lower() if each.node else "", "interface": each.port} for each in made
    ]
    NmsName.objects.bulk_create(
        [
            NmsName(service=each, labels=said, key=naming.first_key(said), signature=naming.signature(said))
            for each, said in zip(made, labels, strict=True)
        ],
        batch_size=BATCH,
    )
    return made


def _moments(count: int, at: dt.datetime, chance: random.Random) -> list[dt.datetime]:
    """Instants of the past year, oldest first, none in the last hour."""
    return sorted(
        at - dt.timedelta(seconds=chance.randrange(3_600, 365 * 86_400)) for _number in range(count)
    )


def _alarms(count: int, circuits: list[Service], at: dt.datetime, chance: random.Random) -> None:
    """Alarms that have fired and ended, each with its occurrence and verdict."""
    source, _made = AlarmSource.objects.get_or_create(
        code=PREFIX.lower(),
        defaults={"name": "Datos de escala", "created_at": at, "severity_threshold": Severity.MAJOR.value},
    )
    moments = _moments(count, at, chance)
    post = AlarmPost.objects.create(source=source, received_at=at, sha256="0" * 64, size=0, alarms=count)
    for start in range(0, count, BATCH * 5):
        part = moments[start : start + BATCH * 5]
        chosen = [chance.choice(circuits) for _moment in part]
        made = Alarm.objects.bulk_create(
            [
                Alarm(
                    source=source,
                    fingerprint=f"{PREFIX.lower()}{start + number:09x}",
                    labels={
                        "alertname": "BGPSessionDown",
                        "severity": "critical",
                        "instance": circuit.node.code.lower() if circuit.node else "",
                        "interface": circuit.port,
                        "probe": f"{start + number}",
                    },
                    annotations={"summary": f"Sesión BGP de {circuit.circuit_code} caída"},
                    severity=Severity.CRITICAL.value,
                    first_seen_at=moment,
                )
                for number, (circuit, moment) in enumerate(zip(chosen, part, strict=True))
            ],
            batch_size=BATCH,
        )
        fired = Occurrence.objects.bulk_create(
            [
                Occurrence(
                    alarm=alarm,
                    starts_at=moment,
                    ends_at=moment + dt.timedelta(minutes=12),
                    resolved_at=moment + dt.timedelta(minutes=12),
                    fired=True,
                    first_seen_at=moment,
                    last_seen_at=moment + dt.timedelta(minutes=12),
                    repeats=2,
                    post=post,
                    end_post=post,
                )
                for alarm, moment in zip(made, part, strict=True)
            ],
            batch_size=BATCH,
        )
        Verdict.objects.bulk_create(
            [
                Verdict(
                    occurrence=each, outcome=Outcome.OUTAGE, at=each.first_seen_at, service_ids=[circuit.pk]
                )
                for each, circuit in zip(fired, chosen, strict=True)
            ],
            batch_size=BATCH,
        )


def _cases(count: int, circuits: list[Service], at: dt.datetime, chance: random.Random) -> None:
    """Closed faults of one circuit each, of the customers' own cause, with diagnosis and journal."""
    author = User.objects.order_by("pk").first() or User.objects.create(
        username=PREFIX.lower(), full_name=PREFIX, is_active=False
    )
    moments = _moments(count, at, chance)
    for start in range(0, count, BATCH):
        part = moments[start : start + BATCH]
        chosen = [chance.choice(circuits) for _moment in part]
        _closed(start, part, chosen, author, chance)


def _closed(
    start: int, moments: list[dt.datetime], circuits: list[Service], author: User, chance: random.Random
) -> None:
    """One batch of closed faults."""
    spans = [dt.timedelta(minutes=chance.randrange(6, 600)) for _moment in moments]
    causes = [chance.choice(CAUSES) for _moment in moments]
    titles = [f"{circuit.customer.name} · {circuit.circuit_code}" for circuit in circuits]
    numbers = range(start + 1, start + len(moments) + 1)
    fault_homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                "FAULT",
                f"FALLA-{PREFIX}-{number:06d}",
                title,
                Fault.State.CLOSED.label,
                circuit.customer.dossier_id,
            )
            for number, title, circuit in zip(numbers, titles, circuits, strict=True)
        ],
        at=moments[0],
    )
    case_homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                "CASE",
                f"DANO-{PREFIX}-{number:06d}",
                title,
                Case.State.CLOSED_SUPPORT.label,
                circuit.customer.dossier_id,
            )
            for number, title, circuit in zip(numbers, titles, circuits, strict=True)
        ],
        at=moments[0],
    )
    faults = Fault.objects.bulk_create(
        [
            Fault(
                dossier=home,
                state=Fault.State.CLOSED,
                attribution=attribution,
                cause_code=cause,
                started_at=moment,
                detected_at=moment + dt.timedelta(minutes=1),
                acknowledged_at=moment + dt.timedelta(minutes=2),
                acknowledged_by=author,
                diagnosed_at=moment + dt.timedelta(minutes=5),
                restored_at=moment + span,
                verified_at=moment + span,
                closed_at=moment + span,
            )
            for home, moment, span, (attribution, cause) in zip(
                fault_homes, moments, spans, causes, strict=True
            )
        ],
        batch_size=BATCH,
    )
    made = Case.objects.bulk_create(
        [
            Case(
                dossier=home,
                fault=fault,
                customer_id=circuit.customer_id,
                severity=1,
                state=Case.State.CLOSED_SUPPORT,
                alarm_origin=True,
                claim_origin=number % 3 == 0,
                opened_at=fault.detected_at,
                solution="Restablecido por el cliente.",
                solved_at=fault.restored_at,
                confirmed_at=fault.restored_at,
                closed_at=fault.closed_at,
            )
            for number, (home, fault, circuit) in enumerate(zip(case_homes, faults, circuits, strict=True))
        ],
        batch_size=BATCH,
    )
    outages = Outage.objects.bulk_create(
        [
            Outage(
                case=case,
                service=circuit,
                started_at=fault.started_at,
                detected_at=fault.detected_at,
                restored_at=fault.restored_at,
                verified_at=fault.restored_at,
                closed_at=fault.closed_at,
                repair_minutes=240,
                sla_source="SLA por defecto",
                due_at=fault.started_at + dt.timedelta(minutes=240),
            )
            for case, fault, circuit in zip(made, faults, circuits, strict=True)
        ],
        batch_size=BATCH,
    )
    OutageInterval.objects.bulk_create(
        [
            OutageInterval(outage=each, starts_at=each.started_at, ends_at=each.restored_at)
            for each in outages
        ],
        batch_size=BATCH,
    )
    Diagnosis.objects.bulk_create(
        [
            Diagnosis(
                fault=fault,
                attribution=fault.attribution,
                cause_code=fault.cause_code,
                reason="Puerto y fibra en orden hasta el equipo del cliente.",
                author=author,
                decided_at=fault.started_at + dt.timedelta(minutes=5),
            )
            for fault in faults
        ],
        batch_size=BATCH,
    )
    links.link_many(
        pairs=[(fault.pk, case.pk) for fault, case in zip(fault_homes, case_homes, strict=True)],
        kind="fault-case",
    )
    journal.record_many(
        lines=[
            journal.Line(home.pk, "OPEN_CASE", "Caso abierto por alarma del NOC", "A.1")
            for home in case_homes
        ],
        actor=JOB,
        at=moments[0],
    )
