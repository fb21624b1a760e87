"""Example data of the demonstration. Every name, number and address is made up.

Loading it again changes nothing: what is there by its code stays as people left it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Provider, Resource, Service, SlaProfile
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers.models import Customer
from mayorista.apps.faults.models import Case, Outage
from mayorista.apps.faults.operations import analysis, opening, support
from mayorista.apps.indicators.models import NetworkCheck
from mayorista.apps.indicators.operations import controls, judging, network_checks
from mayorista.apps.monitoring.models import AlarmSource
from mayorista.apps.monitoring.operations import sources
from mayorista.apps.onboarding.operations import example_agreements, example_billing, example_service
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.apps.procedure.models import Delegation, User
from mayorista.apps.procedure.operations import parameters, people
from mayorista.rules import lapaz, periods
from mayorista.rules.alarms.values import Severity
from mayorista.rules.procedure import ROLE_TITLES, Attribution, Role

# The demonstration listens on this machine only, and prints these; nothing else uses them.
PASSWORD = "tunari-demo-2026"  # noqa: S105 - printed by the demo
ALARM_SOURCE = "prometheus"
ALARM_TOKEN = "demo-prometheus-solo-en-esta-maquina"  # noqa: S105 - see above

JOB = for_job("datos de ejemplo")
# People, circuits and customers are in the house before the first fault of the examples.
KNOWN_FOR = dt.timedelta(days=75)


@dataclass(frozen=True, slots=True)
class Login:
    """A login of the demonstration and what its role is called."""

    role: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class _Person:
    username: str
    full_name: str
    role: Role
    unit: str
    phone: str


@dataclass(frozen=True, slots=True)
class _Contact:
    full_name: str
    email: str
    phone: str
    roles: tuple[str, ...]
    opt_in: str = "formulario de alta del servicio"


@dataclass(frozen=True, slots=True)
class _Circuit:
    code: str
    capacity: str
    node: str
    port: str
    vlan: int
    asn: int
    prefixes: str
    rides: tuple[tuple[str, bool], ...]
    sla: str = ""
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Isp:
    code: str
    name: str
    nit: str
    city: str
    contract: str
    contacts: tuple[_Contact, ...]
    circuits: tuple[_Circuit, ...]


PEOPLE = (
    _Person("noc", "Noelia Ortega", Role.NOC, "NOC", "+59170000101"),
    _Person("soporte", "Sergio Poma", Role.SUPPORT, "GSOP", "+59170000102"),
    _Person("gerente", "Gabriela Rivas", Role.MANAGER, "GER-PLAN", "+59170000103"),
    _Person("ventas", "Verónica Nina", Role.SALES, "VENTAS", "+59170000104"),
    _Person("interconexion", "Iván Condori", Role.INTERCONNECTION, "DINT", "+59170000105"),
    _Person("facturacion", "Fabiola Cruz", Role.BILLING, "FACT", "+59170000106"),
    _Person("contabilidad", "Carlos Tapia", Role.ACCOUNTING, "CONT", "+59170000107"),
    _Person("cartera", "Carla Rojas", Role.PORTFOLIO, "CART", "+59170000108"),
    _Person("legal", "Lucía Gamarra", Role.LEGAL, "LEGAL", "+59170000109"),
    _Person("auditor", "Adrián Torrico", Role.AUDITOR, "", "+59170000110"),
    _Person("admin", "Amalia Mendoza", Role.ADMIN, "", "+59170000111"),
)
DELEGATE = _Person("delegado", "Diego Salazar", Role.SUPPORT, "GSOP", "+59170000112")
# The other turns of those who attend day and night; they have the same password.
COLLEAGUES = (
    _Person("noc2", "Nadia Quiroga", Role.NOC, "NOC", "+59170000113"),
    _Person("noc3", "Néstor Arias", Role.NOC, "NOC", "+59170000114"),
    _Person("soporte2", "Silvia Choque", Role.SUPPORT, "GSOP", "+59170000115"),
)

PROVIDERS = (
    {
        "code": "TAD",
        "name": "TRANSPORTE ANDINO DEMO",
        "contact": "NOC 24 h",
        "phone": "+59170000201",
        "email": "noc@transporteandino.example",
        "escalation": [
            {
                "name": "NOC 24 h",
                "phone": "+59170000201",
                "email": "noc@transporteandino.example",
                "after_minutes": 0,
            },
            {"name": "Jefe de turno", "phone": "+59170000202", "after_minutes": 120},
            {
                "name": "Gerencia de operaciones",
                "email": "operaciones@transporteandino.example",
                "after_minutes": 240,
            },
        ],
    },
)
# code, kind, name, provider, part of, labels in alarms
RESOURCES = (
    (
        "CBBA-BR1",
        "NODE",
        "Router de borde CBBA-BR1",
        "",
        "",
        {"alertname": "NodeDown", "instance": "cbba-br1"},
    ),
    (
        "CBBA-BR2",
        "NODE",
        "Router de borde CBBA-BR2",
        "",
        "",
        {"alertname": "NodeDown", "instance": "cbba-br2"},
    ),
    (
        "CBBA-BR2-LC2",
        "DEVICE",
        "Tarjeta de línea 2 de CBBA-BR2",
        "",
        "CBBA-BR2",
        {"instance": "cbba-br2", "slot": "2"},
    ),
    (
        "UP-TAD-1",
        "UPSTREAM",
        "Tramo contratado Oruro – Tambo Quemado",
        "TAD",
        "",
        {"alertname": "UpstreamDown", "peer": "TRANSPORTE ANDINO DEMO"},
    ),
    (
        "CBBA-QLLO-F1",
        "LINK",
        "Fibra propia Cochabamba – Quillacollo",
        "",
        "",
        {"alertname": "LinkDown", "link": "cbba-qllo-f1"},
    ),
)
ISPS = (
    _Isp(
        "ISP-014",
        "VALLE FIBRA S.R.L.",
        "1028627025",
        "Cochabamba",
        "CT-014",
        (
            _Contact(
                "Ing. Ana Rojas (guardia NOC)",
                "noc@vallefibra.example",
                "+59170000301",
                ("ON_CALL", "TECHNICAL"),
            ),
            _Contact(
                "Marco Vargas (gerente)", "gerencia@vallefibra.example", "+59170000302", ("MANAGEMENT",)
            ),
            _Contact("Cuentas por pagar Valle Fibra", "pagos@vallefibra.example", "", ("BILLING",), ""),
        ),
        (
            _Circuit(
                "TIP-0141",
                "2 Gbps",
                "CBBA-BR1",
                "Te0/0/0/3",
                1141,
                64514,
                "203.0.113.0/25",
                (("UP-TAD-1", True),),
                "ORO",
                (("TA-CIRC-0141", "UPSTREAM"), ("Internet principal", "CUSTOMER")),
            ),
            _Circuit(
                "TIP-0142",
                "500 Mbps",
                "CBBA-BR1",
                "Te0/0/0/4",
                1142,
                64514,
                "203.0.113.128/25",
                (("UP-TAD-1", True),),
            ),
        ),
    ),
    _Isp(
        "ISP-003",
        "ANDESNET LTDA.",
        "175842024",
        "Sacaba",
        "CT-003",
        (
            _Contact("Beatriz Paz (NOC)", "noc@andesnet.example", "+59170000311", ("ON_CALL", "TECHNICAL")),
            _Contact(
                "Administración Andesnet", "facturas@andesnet.example", "+59144250311", ("BILLING",), ""
            ),
        ),
        (
            _Circuit(
                "TIP-0032",
                "3 Gbps",
                "CBBA-BR2",
                "Te0/2/0/0",
                1032,
                64532,
                "192.0.2.0/25",
                (("CBBA-BR2-LC2", True), ("UP-TAD-1", False)),
                "ORO",
            ),
        ),
    ),
    _Isp(
        "ISP-007",
        "RED TUNARI S.R.L.",
        "1020703023",
        "Tiquipaya",
        "CT-007",
        (
            _Contact(
                "Teresa Quispe (soporte)",
                "soporte@redtunari.example",
                "+59170000321",
                ("TECHNICAL", "ON_CALL"),
            ),
            _Contact(
                "Raúl Mamani (gerente)",
                "gerencia@redtunari.example",
                "+59170000322",
                ("MANAGEMENT", "BILLING"),
            ),
        ),
        (
            _Circuit(
                "TIP-0077",
                "500 Mbps",
                "CBBA-BR2",
                "Te0/2/0/1",
                1077,
                64577,
                "198.51.100.0/24",
                (("CBBA-BR2-LC2", True),),
            ),
        ),
    ),
    _Isp(
        "ISP-009",
        "CABLE SUR DEMO",
        "1018255027",
        "Quillacollo",
        "CT-009",
        (
            _Contact(
                "Mesa de ayuda Cable Sur", "noc@cablesur.example", "+59170000331", ("ON_CALL", "TECHNICAL")
            ),
        ),
        (
            _Circuit(
                "TIP-0090",
                "1 Gbps",
                "CBBA-BR2",
                "Te0/2/0/2",
                1090,
                64590,
                "192.0.2.128/25",
                (("CBBA-BR2-LC2", True), ("CBBA-QLLO-F1", True)),
            ),
        ),
    ),
    _Isp(
        "ISP-010",
        "TROPICO NET DEMO",
        "1009387024",
        "Villa Tunari",
        "CT-010",
        (
            _Contact(
                "Héctor Flores", "hflores@tropiconet.example", "+59170000341", ("TECHNICAL", "MANAGEMENT")
            ),
        ),
        (
            _Circuit(
                "TIP-0105",
                "800 Mbps",
                "CBBA-BR1",
                "Te0/0/0/5",
                1105,
                64605,
                "2001:db8:105::/48",
                (("UP-TAD-1", True),),
            ),
        ),
    ),
)
# days ago, hour of La Paz, circuit, cause, reason, solution, minutes until restored
HISTORY = (
    (26, 10, "TIP-0077", "C-ENE", "Equipo del cliente sin energía; puerto y fibra en orden.", "El cliente repuso la energía de su nodo.", 95),
    (15, 16, "TIP-0090", "C-CFG", "Sesión BGP caída por límite de prefijos anunciados.", "El cliente corrigió sus filtros; sesión restablecida.", 40),
    (6, 8, "TIP-0142", "C-EQP", "Óptica del cliente dañada, sin luz en recepción.", "El cliente cambió el módulo óptico.", 130),
)  # fmt: skip


@transaction.atomic
def load_demonstration(*, at: dt.datetime) -> list[Login]:
    """Load the examples and, on top, turns, last month's faults with their papers, seals; return the logins."""
    logins = load_examples(at=at)
    _write(COLLEAGUES, at - KNOWN_FOR)
    if not NetworkCheck.objects.exists():
        _measured_from_last_month(at)
    example_service.load(at=at, actor_of=_actor)
    controls.refresh(at=at)  # the job would not come for a quarter of an hour
    judging.judge_due(at=at)
    return [*logins, Login("NOC, turno de la noche (recibe y entrega turnos)", "noc3", PASSWORD)]


def _measured_from_last_month(at: dt.datetime) -> None:
    """The measure begins with last month; the NOC said at each coordination that the network has what was agreed."""
    current = periods.month_of(lapaz.local(at).date())
    parameters.change_parameter(
        name=parameters.FIRST_DAY,
        value=f"{dt.date.fromordinal(current.previous.first):%d/%m/%Y}",
        valid_from=at,
        reason="La demostración se mide desde el mes pasado",
        actor=_actor("admin", at),
        at=at,
    )
    for month in (current.previous, current):
        said = min(month.starts_at + dt.timedelta(hours=9), at)
        network_checks.confirm(
            month=month, actor=_actor("noc", said), at=said, evidence="Lectura de los puertos del borde"
        )


@transaction.atomic
def load_examples(*, at: dt.datetime) -> list[Login]:
    """Load what is not there yet and return one login per role of the procedure."""
    known = at - KNOWN_FOR
    _write((*PEOPLE, DELEGATE), known)
    _network(known)
    for isp in ISPS:
        _isp(isp, known)
    if not AlarmSource.objects.filter(code=ALARM_SOURCE).exists():
        sources.create_source(
            code=ALARM_SOURCE,
            name="Prometheus de la demostración",
            severity_threshold=Severity.MAJOR.value,
            token=ALARM_TOKEN,
            actor=JOB,
            at=known,
        )
    _history(at)
    _delegate(at)
    example_agreements.load(at=at, actor_of=_actor)
    example_billing.load(at=at, actor_of=_actor)
    return [
        *(Login(ROLE_TITLES[person.role], person.username, PASSWORD) for person in PEOPLE),
        Login("Grupo de Soporte, con delegación de la Gerencia", DELEGATE.username, PASSWORD),
    ]


def _write(persons: tuple[_Person, ...], at: dt.datetime) -> None:
    known = set(User.objects.values_list("username", flat=True))
    for person in persons:
        if person.username not in known:
            people.write_user(
                username=person.username,
                full_name=person.full_name,
                roles=[person.role.value],
                email=f"{person.username}@comteco.example",
                phone_e164=person.phone,
                unit_code=person.unit,
                password=PASSWORD,
                at=at,
            )


def _delegate(at: dt.datetime) -> None:
    delegate = User.objects.get(username=DELEGATE.username)
    if not Delegation.objects.filter(delegate=delegate).exists():
        people.delegate(
            role=Role.MANAGER.value,
            delegate_id=delegate.pk,
            starts_at=at,
            ends_at=at + dt.timedelta(days=30),
            reason="Turno de noche",
            actor=_actor("gerente", at),
            at=at,
        )


def _actor(username: str, at: dt.datetime) -> Actor:
    return people.actor_for(user=User.objects.get(username=username), at=at)


def _network(at: dt.datetime) -> None:
    for provider in PROVIDERS:
        if not Provider.objects.filter(code=provider["code"]).exists():
            contracts.save_provider(actor=JOB, at=at, **provider)  # type: ignore[arg-type]  # a table of texts
    for code, kind, name, provider_code, above, labels in RESOURCES:
        if Resource.objects.filter(code=code).exists():
            continue
        contracts.save_resource(
            code=code,
            kind=kind,
            name=name,
            provider_id=Provider.objects.filter(code=provider_code).values_list("pk", flat=True).first(),
            part_of_id=Resource.objects.filter(code=above).values_list("pk", flat=True).first(),
            contract_reference="CT-TAD-2025-07" if provider_code else "",
            nms_names=[labels],
            actor=JOB,
            at=at,
        )
    if not SlaProfile.objects.filter(code="ORO").exists():
        contracts.save_sla_profile(
            code="ORO",
            name="SLA Oro",
            availability="99,9",
            clock_start="FIRST",
            excluded_causes="E-DDO",
            maintenance_notice_hours="72",
            targets=[
                contracts.TargetWish(1, 15, 240),
                contracts.TargetWish(2, 30, 480),
                contracts.TargetWish(3, 120, 2880),
            ],
            actor=JOB,
            at=at,
        )


def _isp(isp: _Isp, at: dt.datetime) -> None:
    if Customer.objects.filter(code=isp.code).exists():
        return
    saved = customers.save_customer(
        code=isp.code, name=isp.name, legal_name=isp.name, nit=isp.nit, city=isp.city, actor=JOB, at=at
    )
    for contact in isp.contacts:
        made = customers.save_contact(
            full_name=contact.full_name,
            email=contact.email,
            phone=contact.phone,
            roles=[customers.ContactRoleWish(saved.id, role) for role in contact.roles],
            actor=JOB,
            at=at,
        )
        if contact.opt_in:
            customers.record_opt_in(contact_id=made.id, how=contact.opt_in, actor=JOB, at=at)
    contract = contracts.save_contract(
        customer_id=saved.id,
        number=isp.contract,
        signed_date=dt.date(2025, 11, 24),
        starts_date=dt.date(2025, 12, 1),
        ends_date=dt.date(2027, 12, 1),
        actor=JOB,
        at=at,
    )
    for circuit in isp.circuits:
        _circuit(circuit, saved.id, contract.id, at)


def _circuit(circuit: _Circuit, customer_id: int, contract_id: int, at: dt.datetime) -> None:
    resources = dict(Resource.objects.values_list("code", "pk"))
    contracts.save_service(
        customer_id=customer_id,
        contract_id=contract_id,
        circuit_code=circuit.code,
        description="Tránsito IP mayorista",
        capacity=circuit.capacity,
        node_id=resources[circuit.node],
        port=circuit.port,
        vlan=circuit.vlan,
        asn=circuit.asn,
        prefixes=circuit.prefixes,
        sla_profile_id=SlaProfile.objects.filter(code=circuit.sla).values_list("pk", flat=True).first(),
        started_date=dt.date(2025, 12, 1),
        aliases=[contracts.AliasWish(alias, kind) for alias, kind in circuit.aliases],
        rides=[contracts.RideWish(resources[code], primary) for code, primary in circuit.rides],
        nms_names=[contracts.NameWish({"instance": circuit.node.lower(), "interface": circuit.port})],
        actor=JOB,
        at=at,
    )


def _history(at: dt.datetime) -> None:
    """A few faults of the customers' own that support closed, so that lists and pages are not empty.

    They go through the same operations as any other and leave no message to be sent.
    """
    noc, helper = _actor("noc", at), _actor("soporte", at)
    midnight = at.replace(hour=4, minute=0, second=0, microsecond=0)  # of La Paz
    for days, hour, code, cause, reason, solution, minutes in HISTORY:
        service = Service.objects.get(circuit_code=code)
        if _has_history(service.pk):
            continue
        start = midnight - dt.timedelta(days=days) + dt.timedelta(hours=hour)
        _closed_fault(service.pk, start, minutes, cause, reason, solution, noc, helper)


def _has_history(service_id: int) -> bool:
    return Outage.objects.filter(service_id=service_id).exists()


def _closed_fault(
    service_id: int,
    start: dt.datetime,
    minutes: int,
    cause: str,
    reason: str,
    solution: str,
    noc: Actor,
    helper: Actor,
) -> None:
    seen = start + dt.timedelta(minutes=3)
    fault = opening.open_fault(
        hits=[opening.Hit(service_id, "TOTAL", start)],
        severity=1,
        detected_at=seen,
        origin="MANUAL",
        actor=noc,
        at=seen,
    )
    analysis.acknowledge(fault_id=fault.pk, actor=noc, at=seen + dt.timedelta(minutes=2))
    analysis.diagnose(
        fault_id=fault.pk,
        attribution=Attribution.CUSTOMER.value,
        cause_code=cause,
        reason=reason,
        actor=helper,
        at=seen + dt.timedelta(minutes=12),
    )
    case = Case.objects.get(fault=fault)
    restored = start + dt.timedelta(minutes=minutes)
    support.record_solution(
        case_id=case.pk,
        solution=solution,
        restored_at=restored,
        actor=helper,
        at=restored + dt.timedelta(minutes=4),
    )
    support.confirm_solution(
        case_id=case.pk,
        how="Por teléfono, el contacto de guardia",
        actor=helper,
        at=restored + dt.timedelta(minutes=9),
    )
