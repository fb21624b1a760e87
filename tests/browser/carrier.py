"""What every screen has to show: the demonstration's carrier, a night of faults at every step, a month of billing half done."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from mayorista.apps.assurance.models import Paper
from mayorista.apps.billing.models import Invoice, Month, Note, OneOff, Packet, Run
from mayorista.apps.billing.operations import credits, dispatching, invoices, months, notes, one_offs  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Contract, Guarantee, Service, SlaProfile, SpeedChange
from mayorista.apps.contracts.operations import speed
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers.models import Contact
from mayorista.apps.faults.models import Case, DacForm, Fault
from mayorista.apps.faults.operations import analysis, attribution, claims, coordination, restoration, support
from mayorista.apps.indicators.operations import controls, criteria, judging, snapshots
from mayorista.apps.monitoring.models import Alarm, AlarmSource, Quarantine
from mayorista.apps.monitoring.operations import intake, maintenance
from mayorista.apps.onboarding import operations as imports
from mayorista.apps.onboarding import template
from mayorista.apps.onboarding.operations import examples
from mayorista.apps.overview.queries import case as case_pages
from mayorista.apps.overview.queries import speeds as speed_pages
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import Disposal, DisposalLine, StoredFile, User, WorkItem
from mayorista.apps.procedure.operations import holds
from mayorista.apps.receivables.operations import bank_accounts, bank_statements, objections, suspensions
from mayorista.interfaces.desk import acts
from mayorista.interfaces.desk.views import speeds
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.procedure import Role
from tests import billing_world as bills
from tests import receipts_world as money
from tests.incoming_mail import incoming_mail
from tests.rules.mail import letters
from tests.stories import agreements as deal
from tests.stories.world import World

JOB = for_job("prueba")
DECEMBER = bills.NOVEMBER.next
Rows = dict[str, str | int]


def carrier(world: World, *, day: int = 10, month: int = 11) -> World:
    """The demonstration's ISPs and people, a few days before the night or month that a world plays."""
    world.move_to(day, month=month)
    examples.load_examples(at=world.at)
    world.users = {user.username: user for user in User.objects.all()}
    world.person("colega", Role.SUPPORT)
    world.source_id = AlarmSource.objects.get(code=examples.ALARM_SOURCE).pk
    return world


# ---- stage A


def night(world: World) -> Rows:
    """Faults at every step, so that each act may be done somewhere; the numbers by which screens are addressed."""
    world.at = dt.datetime(2026, 11, 23, 21, 0, tzinfo=dt.UTC)
    _closed_tonight(world)
    _mass_event(world)
    made = _one_at_each_step(world)
    _loose_ends(world)
    valle = Case.objects.select_related("dossier").filter(customer__code="ISP-014").latest("pk")
    form = DacForm.objects.select_related("dossier").earliest("pk")
    rows: Rows = {
        "CASE": valle.dossier.number,
        "FAULT": valle.fault.dossier.number,
        "TELL": made["avisar"],
        "DAC": form.dossier.number,
        "TOKEN": form.token,
        "FILE": StoredFile.objects.filter(content_type="application/pdf").latest("pk").pk,
        "ALARM": Alarm.objects.latest("pk").pk,
        "POST": Quarantine.objects.get().post_id,
        "WINDOW": maintenance_number(world),
        **_measured(world),
        "DISPOSAL": _disposal(world),
        "LETTER": incoming_mail(letters.mail(from_="nadie@otro.example"), at=world.at),
        "ITEM": WorkItem.objects.filter(role="NOC", done_at=None).earliest("pk").pk,
        "SOURCE": world.source_id,
        **{f"ACT:{spec.slug}": _case_that_offers(spec, world) for spec in acts.SPECS},
    }
    return rows


def _disposal(world: World) -> int:
    """An act that waits: what the night left is too young, so its list is written as if ten years were over."""
    act = Disposal.objects.create(
        code="DAC", reason="plazo cumplido", proposed_by=world.users["admin"], proposed_at=world.at
    )
    DisposalLine.objects.create(
        disposal=act, file=StoredFile.objects.filter(content_type="application/pdf").latest("pk")
    )
    holds.place(number="ISP-014", reason="proceso judicial 12/26", actor=world.actor("legal"), at=world.at)
    return act.pk


def _fault(world: World, name: str, code: str) -> Fault:
    """An ISP of one circuit whose alarm has just come."""
    world.isp(name, code)
    world.alarm(service=code, instance="CBBA-BR1", interface="Te0/0/0/9")
    return world.fault()


def _repaired(world: World, fault: Fault) -> None:
    world.protocols(fault)
    world.diagnose(fault, "INTERNAL", "I-ENE")
    world.coordinate(fault)
    coordination.open_work_order(
        fault_id=fault.pk,
        unit_code="DIV-ASR",
        description="Revisar el rectificador 2 del nodo y medir baterías",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.open_dac(fault)


def _closed_tonight(world: World) -> None:
    """Two told to the customer: they are over, and of one somebody says that it was not ours."""
    faults = [
        _fault(world, "FIBRA NORTE S.R.L.", "TIP-0301"),
        _fault(world, "RADIO PUNATA S.R.L.", "TIP-0391"),
    ]
    world.pass_minutes(6)
    for fault in faults:
        _repaired(world, fault)
    world.pass_minutes(80)
    for fault in faults:
        world.restore_and_verify(fault)
        world.close_dac(fault)
        world.tell(*Case.objects.filter(fault=fault))
    attribution.propose(
        fault_id=faults[1].pk,
        attribution="CUSTOMER",
        cause_code="C-ENE",
        reason="el corte fue en el tablero del cliente",
        evidence="acta de visita firmada por el cliente",
        actor=world.actor("soporte"),
        at=world.at,
    )


def _mass_event(world: World) -> None:
    """The upstream falls: one fault, several ISPs, a claim and a conversation in one of the cases."""
    world.alarm(alertname="UpstreamDown", peer="TRANSPORTE ANDINO DEMO", instance="cbba-br1")
    fault = world.fault()
    world.pass_minutes(4)
    claims.register_claim(
        channel="WHATSAPP",
        who="Ing. Ana Rojas",
        words="Buenas noches, estamos sin servicio internacional desde las 18:25, ¿nos pueden confirmar?",
        claimed_at=world.at,
        service_ids=[world.service("TIP-0141")],
        actor=world.actor("soporte"),
        at=world.at,
    )
    world.customer_writes("59170000301", "Buenas noches, estamos sin servicio internacional.")
    world.protocols(fault)
    world.diagnose(fault, "EXTERNAL", "E-FIB")
    world.coordinate(fault)
    coordination.open_ticket(
        fault_id=fault.pk,
        provider_id=world.provider_id,
        reference="TA-88213",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.pass_minutes(5)
    world.open_dac(fault)
    world.pass_minutes(40)
    coordination.record_advance(
        fault_id=fault.pk,
        text="Proveedor ubica corte a 41,2 km de Oruro por obras viales; cuadrilla en camino.",
        etr_at=world.at + dt.timedelta(hours=3),
        actor=world.actor("noc"),
        at=world.at,
    )
    world.settle()


def _one_at_each_step(world: World) -> dict[str, str]:
    """A fault left at each step that an act waits for."""
    noc, helper, colleague = world.actor("noc"), world.actor("soporte"), world.actor("colega")
    told = _fault(world, "TELECABLE DEL ORIENTE SOCIEDAD DE RESPONSABILIDAD LIMITADA", "TIP-0302")
    _repaired(world, told)
    world.pass_minutes(50)
    world.restore_and_verify(told)
    world.close_dac(told)
    disputed, decided = _fault(world, "ALTIPLANO NET", "TIP-0303"), _fault(world, "SUR ANDINO", "TIP-0304")
    for fault in (disputed, decided):
        world.diagnose(fault, "CUSTOMER", "C-CFG")
        analysis.dispute(
            fault_id=fault.pk,
            words="Nuestro equipo está bien: el cambio lo hicieron ustedes",
            actor=helper,
            at=world.at,
        )
    analysis.give_second_opinion(
        fault_id=decided.pk,
        attribution="INTERNAL",
        cause_code="I-BGP",
        reason="El filtro de prefijos es nuestro",
        actor=colleague,
        at=world.at,
    )
    handed = _fault(world, "VALLE ALTO TV", "TIP-0305")
    world.diagnose(handed, "INTERNAL", "I-EQP")
    coordination.hand_over(fault_id=handed.pk, actor=helper, at=world.at)
    world.diagnose(_fault(world, "PUNATA FIBRA", "TIP-0306"), "INTERNAL", "I-EQP")
    restored = _fault(world, "CHAPARE DIGITAL", "TIP-0307")
    _repaired(world, restored)
    world.pass_minutes(30)
    restoration.restore(fault_id=restored.pk, restored_at=world.at, actor=noc, at=world.at)
    stopped = _fault(world, "QUILLACOLLO NET", "TIP-0308")
    restoration.stop_clock(
        outage_ids=[world.outage("TIP-0308").pk],
        reason="CUSTOMER_WAIT",
        evidence="WhatsApp de las 22:15: el cliente no abre su sala",
        actor=noc,
        at=world.at,
    )
    asked, solved = _fault(world, "TIRAQUE ONLINE", "TIP-0309"), _fault(world, "MIZQUE CONECTA", "TIP-0310")
    for fault in (asked, solved):
        world.diagnose(fault, "CUSTOMER", "C-ENE")
    support.record_solution(
        case_id=Case.objects.get(fault=solved).pk,
        solution="El cliente repuso la energía de su nodo",
        restored_at=world.at,
        actor=helper,
        at=world.at,
    )
    began = world.at
    world.alarm(service="TIP-0032", instance="CBBA-BR2", interface="Te0/1")
    world.pass_minutes(2)
    world.alarm(service="TIP-0032", instance="CBBA-BR2", interface="Te0/1", started=began, ended=world.at)
    claims.register_claim(
        channel="PHONE",
        who="Teresa Quispe",
        words="mucha pérdida de paquetes",
        claimed_at=world.at,
        service_ids=[world.service("TIP-0077")],
        severity=2,
        effect="PARTIAL",
        actor=helper,
        at=world.at,
    )
    assert stopped.pk
    return {"avisar": Case.objects.select_related("dossier").get(fault=told).dossier.number}


def _loose_ends(world: World) -> None:
    """A window, an alarm that names nobody, a body that nobody understands, a stranger's message."""
    maintenance.plan_window(
        title="Cambio de tarjeta de línea en CBBA-BR2",
        starts_at=world.at + dt.timedelta(days=2),
        ends_at=world.at + dt.timedelta(days=2, hours=2),
        service_ids=[],
        resource_ids=[world.resource("CBBA-BR2-LC2")],
        actor=world.actor("noc"),
        at=world.at,
    )
    world.customer_writes("59171234567", "Hola, ¿me pueden dar una cotización de 1 giga?")
    world.alarm(service="TIP-9999", instance="ROUTER-X", interface="TenGigE0/0/0/17")
    intake.reject(
        source_id=world.source_id,
        post=intake.Post(b'{"receiver": "mayorista"}', "", 25),
        reason="sin alertas",
        at=world.at,
    )


def _measured(world: World) -> Rows:
    """What is over is judged; October is reported; criteria are proposed."""
    judging.judge_due(at=world.at)
    taken = snapshots.take(month=OCTOBER, actor=world.actor("gerente"), at=world.at)
    draft = criteria.propose(
        title="Más tiempo para la red contratada",
        content=rules.written(rules.FIRST_SET)
        | {"repair_minutes": {"EXTERNAL": {"1": 600, "2": 700, "3": 800}}},
        reason="Los plazos del proveedor son mayores",
        actor=world.actor("gerente"),
        at=world.at,
    )
    judged = Case.objects.select_related("dossier").filter(closed_at__isnull=False).latest("pk")
    return {"SNAPSHOT": taken.pk, "CRITERIA": draft.pk, "JUDGED": judged.dossier.number}


def maintenance_number(world: World) -> str:
    """The number of the window that is planned."""
    from mayorista.apps.monitoring.models import MaintenanceWindow

    return MaintenanceWindow.objects.select_related("dossier").latest("pk").dossier.number


def _case_that_offers(spec: acts.Spec, world: World) -> str:
    """The number of a case in a state in which this act may be done."""
    for case in Case.objects.select_related("dossier").order_by("-pk"):
        page = case_pages.case_page(number=case.dossier.number, at=world.at)
        if spec.offered(page):
            return case.dossier.number
    raise AssertionError(f"ningún caso ofrece «{spec.slug}»")


# ---- stage B

NORTE, NORTE_CIRCUITS = "CT-201", ("TIP-0201", "TIP-0202", "TIP-0203", "TIP-0204", "TIP-0205", "TIP-0206")
OCTOBER = bills.NOVEMBER.previous


def month(world: World) -> Rows:
    """October billed, November half way to the mailbox, December opened; a change of speed at each step."""
    _contracts(world)
    _october(world)
    _speeds(world)
    _november(world)
    receipts = _receipts(world)
    owed = _collection(world)
    served = _service(world)
    controls.refresh(at=world.at)
    book = imports.preview_import(content=template.example(), name="libro.xlsx", actor=JOB, at=world.at)
    handed = imports.preview_hand_over(
        content=template.example(), name="entrega.xlsx", actor=JOB, at=world.at
    )
    identity = customers.identify(business_id="1", wa_id="59171234567")
    return {
        "CUSTOMER": "ISP-014",
        "CONTRACT": "CT-014",
        "OBSERVED": "CT-009",
        "SERVICE": "TIP-0141",
        "CONTACT": Contact.objects.filter(email="noc@vallefibra.example").get().pk,
        "IDENTITY": identity.pk,
        "GUARANTEE": Guarantee.objects.latest("pk").pk,
        "SLA": SlaProfile.objects.get().pk,
        "IMPORT": book.pk,
        "BOOK": handed.pk,
        "USER": world.users["noc"].pk,
        **_papers(),
        **receipts,
        **owed,
        **served,
        **{f"SPEED:{spec.slug}": _change_that_offers(spec, world) for spec in speeds.SPECS},
    }


def _service(world: World) -> Rows:
    """Turns, two faults of November with their RFO, the claim they cost, reports and seals: as in the demonstration."""
    examples.load_demonstration(at=world.at)
    rfos = Paper.objects.select_related("dossier").filter(kind="RFO")
    return {
        "RFO_WAITS": rfos.exclude(draft={}).get().dossier.number,
        "RFO_SENT": rfos.get(draft={}).dossier.number,
        "CLAIM": Paper.objects.select_related("dossier").get(kind="CLAIM").dossier.number,
        "CLOCKS": rfos.exclude(draft={}).select_related("fault__dossier").get().fault.dossier.number,
    }


def _receipts(world: World) -> Rows:
    """Money that came in: one to be allocated, one told to accounting, one that accounting rejects."""
    october = list(Invoice.objects.filter(month=dt.date(2026, 10, 1)).order_by("pk"))
    waiting = money.register(world, october[0], "20000.00")
    told = money.register(world, october[1], "29400.00", reference="TRF-000124")
    money.allocate(world, told, (october[1], "29400.00"))
    money.inform(world, told)
    refused = money.register(world, october[2], "1500.00", reference="TRF-000125")
    money.allocate(world, refused, (october[2], "1500.00"))
    money.inform(world, refused)
    money.reject(world, refused)
    loaded = bank_statements.load(
        upload=money.Paper(
            "extracto.csv", b"Fecha;Referencia;Abono\n01/12/2026;TRF-000123;20000\n02/12/2026;TRF-9;310,50\n"
        ),
        bank="Banco Unión S.A.",
        currency="BOB",
        actor=world.actor("contabilidad"),
        at=world.at,
    )
    bank_accounts.propose(
        bank="Banco Unión S.A.",
        number="1-0002",
        currency="BOB",
        holder="COMTECO R.L.",
        reason="Nota 114/2026 de Tesorería",
        actor=world.actor("facturacion"),
        at=world.at,
    )
    return {
        "STATEMENT": loaded.number,
        "RECEIPT": waiting.dossier.number,
        "TOLD": told.dossier.number,
        "REJECTED": refused.dossier.number,
    }


def _collection(world: World) -> Rows:
    """Eighteen days later October is not paid: a customer objects to a part, a suspension is proposed."""
    world.move_to(20, month=12)
    invoice = Invoice.objects.select_related("customer").filter(month=dt.date(2026, 10, 1)).earliest("pk")
    actor = world.actor("interconexion")
    objections.object_to(
        invoice_id=invoice.pk,
        amount=Decimal("310.00"),
        words="El aumento rige desde el 14 y no desde el 12",
        raised_on=dt.date(2026, 12, 10),
        actor=actor,
        at=world.at,
    )
    order = suspensions.propose(
        customer_id=invoice.customer_id,
        service_ids=[Service.objects.get(circuit_code="TIP-0142").pk],
        reason="Sin respuesta a los recordatorios",
        actor=actor,
        at=world.at,
    )
    return {"SUSPENSION": order.dossier.number, "DEBTOR": invoice.customer.code}


def _papers() -> Rows:
    november = Month.objects.select_related("dossier").filter(month=dt.date(2026, 11, 1))
    december = Month.objects.select_related("dossier").filter(month=dt.date(2026, 12, 1))
    rows: Rows = {
        "SHEET": november.get(group__name__startswith="VALLE").dossier.number,
        "ODD_SHEET": november.filter(state__in=["PENDING", "COORDINATED"]).latest("pk").dossier.number,
        "OPEN_SHEET": december.get(pk=OneOff.objects.latest("pk").month_id).dossier.number,
        "PACKET": Packet.objects.select_related("dossier").latest("pk").dossier.number,
        "INVOICE": Invoice.objects.earliest("pk").pk,
        "INVOICE_NUMBER": Invoice.objects.select_related("dossier").earliest("pk").dossier.number,
        "NOTE": Note.objects.earliest("pk").pk,
        "EXTERNAL": Invoice.objects.filter(origin="EXTERNAL").get().pk,
    }
    for kind in ("DEFINE", "SEND", "ISSUE", "DISPATCH"):
        rows[f"RUN:{kind}"] = Run.objects.filter(kind=kind).latest("pk").pk
    return rows


def _contracts(world: World) -> None:
    """A sixth customer with six circuits, a guarantee."""
    bills.billed(
        world,
        "COOPERATIVA DE TELECOMUNICACIONES NORTE POTOSÍ LTDA.",
        *NORTE_CIRCUITS,
        contract=NORTE,
        mail="pagos@norte.example",
    )
    contracts.record_guarantee(
        contract_id=Contract.objects.get(number="CT-014").pk,
        kind="Boleta bancaria",
        currency="BOB",
        amount=Decimal(25_000),
        expires_date=dt.date(2027, 1, 15),
        actor=world.actor("interconexion"),
        at=world.at,
    )


def _october(world: World) -> None:
    """A change of speed in force in its middle; all who are not held by an undecided one get their invoice by mail."""
    world.move_to(12, month=10)
    bigger = SpeedChange.objects.get(service__circuit_code="TIP-0141")
    speed.decide(change_id=bigger.pk, approve=True, actor=world.actor("gerente"), at=world.at)
    deal.carry_out(world, bigger)
    speed.accept(change_id=bigger.pk, how="acta firmada", actor=world.actor("interconexion"), at=world.at)
    world.move_to(25, month=10)
    _confirm(world, bills.opened(world, OCTOBER))
    bills.after(world, OCTOBER)
    for kind, who in (
        ("DEFINE", "interconexion"),
        ("SEND", "interconexion"),
        ("ISSUE", "facturacion"),
        ("DISPATCH", "facturacion"),
    ):
        bills.run(world, kind, who, OCTOBER)
    world.pass_minutes(5)
    world.settle()


def _confirm(world: World, rows: list[Month]) -> None:
    for who in ("interconexion", "gerente"):
        months.confirm(month_ids=[row.pk for row in rows], actor=world.actor(who), at=world.at)


def _speeds(world: World) -> None:
    """One change left at each step, one in force since the middle of November, one temporary."""
    world.move_to(9)
    asked = {
        code: deal.ask(world, code, kbps, dt.date(2026, 12 if code == "TIP-0141" else 11, 16), **more)
        for code, kbps, more in (
            ("TIP-0142", 800_000, {"words": "Ampliar el respaldo a 800 Mbps"}),
            ("TIP-0201", 3_000_000, {}),
            ("TIP-0202", 700_000, {}),
            ("TIP-0203", 900_000, {"temporary_until": dt.date(2026, 12, 10)}),
            ("TIP-0204", 9_000_000, {"words": "Campaña de fin de año"}),
            ("TIP-0205", 1_000_000, {}),
            ("TIP-0141", 4_000_000, {"words": "Carta VF-240: 4 Gbps desde quincena de diciembre"}),
            ("TIP-0206", 400_000, {"words": "Bajamos el respaldo"}),
        )
    }
    for code in ("TIP-0142", "TIP-0201", "TIP-0202", "TIP-0203", "TIP-0205"):
        deal.approve(world, asked[code])
    _refuse(world, asked["TIP-0204"])
    decrease = SpeedChange.objects.get(service__circuit_code="TIP-0105")
    deal.approve(world, decrease)
    world.move_to(16)
    for code in ("TIP-0142", "TIP-0202", "TIP-0203"):
        deal.carry_out(world, asked[code])
    speed.accept(
        change_id=asked["TIP-0142"].pk, how="acta firmada", actor=world.actor("interconexion"), at=world.at
    )
    speed.object_to(
        change_id=asked["TIP-0203"].pk,
        words="La prueba dio 780 Mbps y no 900",
        actor=world.actor("interconexion"),
        at=world.at,
    )
    speed.order(
        change_id=asked["TIP-0205"].pk,
        window_at=world.at,
        rollback="volver al policer anterior",
        actor=world.actor("interconexion"),
        at=world.at,
    )


def _refuse(world: World, change: SpeedChange) -> None:
    speed.check_capacity(
        change_id=change.pk,
        answers={**deal.CHECKED, "uplink": {"state": "BAD", "note": "91 % al percentil 95"}},
        verdict="NO",
        margin=None,
        actor=world.actor("noc"),
        at=world.at,
    )
    speed.decide(
        change_id=change.pk,
        approve=False,
        reason="Sin capacidad en el tramo hasta marzo",
        actor=world.actor("gerente"),
        at=world.at,
    )


def _november(world: World) -> None:
    """Coordinated but one, defined but one, handed over; an external invoice, the rest of the own series; one mailed."""
    credits.propose(
        service_id=Service.objects.get(circuit_code="TIP-0141").pk,
        month=OCTOBER,
        currency="BOB",
        base=Decimal("23000.00"),
        amount=Decimal("13.58"),
        outage_seconds=1020,
        computation={"how": "17 min"},
        case_numbers=["DANO-2026-000003"],
        actor=JOB,
        at=world.at,
    )
    _coordinate(world)
    bills.after(world)
    bills.run(world, "DEFINE", "interconexion")
    bills.run(world, "SEND", "interconexion")
    _external(world)
    bills.run(world, "ISSUE", "facturacion")
    first = Invoice.objects.filter(month=dt.date(2026, 11, 1), origin="INTERNAL").order_by("pk")[0]
    dispatching.dispatch(invoice_id=first.pk, actor=world.actor("facturacion"), at=world.at)
    notes.issue(
        invoice_id=Invoice.objects.earliest("pk").pk,
        kind="CREDIT",
        total=Decimal("150.00"),
        reason="Corrección del prorrateo de octubre",
        actor=world.actor("facturacion"),
        at=world.at,
    )
    december = bills.opened(world, DECEMBER)[0]
    one_offs.add(
        month_id=december.pk,
        kind="ADJUSTMENT",
        text="Cortesía por la demora de la ampliación",
        amount=Decimal("-9000.00"),
        reason="Acuerdo de gerencias del 28/11/2026",
        actor=world.actor("interconexion"),
        at=world.at,
    )


def _coordinate(world: World) -> None:
    """All but one that waits and those that an undecided change holds."""
    world.move_to(25)
    rows = bills.opened(world)
    _confirm(world, [row for row in rows if not row.group.name.startswith("TROPICO")])


def _external(world: World) -> None:
    """One comes from the billing system in use."""
    packet = Packet.objects.select_related("amount").filter(month__month=dt.date(2026, 11, 1)).latest("pk")
    invoices.register(
        month_id=packet.month_id,
        number="1207",
        issued_date=world.today,
        total=packet.amount.total,
        authorization="44AAEC00DBD34C81DFBDAB7C52067B9DA7A5E686A267A75AC82F24C74",
        pdf=invoices.Paper("factura.pdf", deal.PDF),
        actor=world.actor("facturacion"),
        at=world.at,
    )


def _change_that_offers(spec: speeds.SpeedAct, world: World) -> str:
    """The number of a change in a state in which this act may be done."""
    for change in SpeedChange.objects.select_related("dossier").order_by("pk"):
        page = speed_pages.speed_page(number=change.dossier.number, actor=JOB, at=world.at)
        if speeds._offered(spec, page):
            return change.dossier.number
    raise AssertionError(f"ningún cambio ofrece «{spec.slug}»")
