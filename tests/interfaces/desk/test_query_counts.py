"""A screen asks the database the same number of times, however much there is to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mayorista.apps.assurance.operations import rfos
from mayorista.apps.billing.models import Invoice, Month, Packet, Run
from mayorista.apps.faults.models import DacForm
from mayorista.apps.faults.operations import claims, coordination, dac, restoration
from mayorista.apps.monitoring.operations import maintenance
from tests import assurance_world as papers
from tests import billing_world as bills
from tests.stories import agreements as deal

# The most that each screen may ask, its frame and login included (10 to 12 of them).
MOST = {
    "/": 20,
    "/danos/": 20,
    "/danos/?estado=cerrados": 20,
    "/danos/?estado=todos": 20,
    "/pizarra": 20,
    "/danos/{case}/": 44,
    "/danos/{mass}/": 40,
    "/danos/{case}/diagnosticar/": 50,
    "/danos/{case}/restablecer/": 50,
    "/danos/{case}/ticket/": 50,
    "/danos/{case}/dac/": 50,
    "/danos/{case}/avisar/apertura/": 50,
    "/danos/{case}/conversacion.pdf": 50,
    "/dac/{dac}/": 40,
    "/avisos/": 40,
    "/avisos/?dano={mass}&clase=OPENING": 40,
    "/mantenimientos/": 40,
    "/mantenimientos/nuevo/": 40,
    "/clientes/": 40,
    "/clientes/{customer}/": 50,
    "/contactos/": 40,
    "/servicios/": 40,
    "/servicios/{circuit}/": 50,
    "/administracion/red/": 40,
    "/alarmas/": 28,
    "/alarmas/?ver=todas": 28,
    "/mensajes/": 30,
    "/buscar/?q=valle": 32,
    "/danos/nuevo/?buscar=valle": 24,
    "/vivo?v=board:-1,tray:-1": 12,
    "/danos/{case}/relojes/": 40,
    "/turno/": 40,
    "/turno/rol/": 40,
}
WHO = {"/avisos/": "gerente", "/danos/{case}/diagnosticar/": "soporte"}


def asked(client, path: str) -> int:
    client.get(path)  # what is kept for the process (content types, parameters) is read once
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen.captured_queries)


@pytest.fixture
def numbers(world):
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORURO-TAMBO")
    world.isp("CABLE SUR DEMO", "TIP-0090", mobile="70000090", rides_on="ORURO-TAMBO")
    world.alarm(upstream="ORURO-TAMBO")
    fault = world.fault()
    world.diagnose(fault, "EXTERNAL", "E-FIB")
    world.coordinate(fault)
    coordination.open_ticket(
        fault_id=fault.pk,
        provider_id=world.provider_id,
        reference="TA-1",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.open_dac(fault)
    world.customer_writes("59170000014", "estamos sin servicio")
    plan(world, 2)
    world.isp("VALLE ALTO S.R.L.", "TIP-0300", mobile="70000300")
    world.customer_writes("59170000300", "consulta sin caso")
    from mayorista.apps.faults.models import Case

    case = Case.objects.select_related("dossier", "customer").filter(customer__name__startswith="VALLE").get()
    return {
        "case": case.dossier.number,
        "mass": fault.dossier.number,
        "id": case.pk,
        "dac": DacForm.objects.get(fault=fault).dossier.number,
        "customer": case.customer.code,
        "circuit": "TIP-0141",
    }


def more(world, numbers) -> None:
    """Ten times as much of everything."""
    for index in range(12):
        rides_on = "ORURO-TAMBO" if index % 2 else ""
        world.isp(f"VALLE {index} S.R.L.", f"TIP-9{index:03d}", mobile=f"7100{index:04d}", rides_on=rides_on)
        world.alarm(service=f"TIP-9{index:03d}")
        world.alarm(service=f"NADA-{index}")
        world.customer_writes("59170000014", f"¿cómo va? {index}")
        world.customer_writes(f"5917100{index:04d}", "otra consulta sin caso")
        world.pass_minutes(1)
        coordination.record_advance(
            fault_id=world.case_fault, text=f"avance {index}", actor=world.actor("noc"), at=world.at
        )
        claims.register_claim(
            channel="PHONE",
            who="Guardia",
            words=f"sigue caído {index}",
            claimed_at=world.at,
            case_id=numbers["id"],
            actor=world.actor("soporte"),
            at=world.at,
        )

    dac.issue_progress(
        fault_id=world.case_fault,
        form=dac.ProgressForm(text="cuadrilla en sitio"),
        actor=world.actor("noc"),
        at=world.at,
    )
    for day in range(3, 9):
        plan(world, day)


def plan(world, day: int) -> None:
    """A maintenance window of a circuit and an upstream, some days ahead."""
    begins = world.at + dt.timedelta(days=day)
    maintenance.plan_window(
        title=f"Cambio de tarjeta {day}",
        starts_at=begins,
        ends_at=begins + dt.timedelta(hours=2),
        service_ids=[world.service("TIP-0141")],
        resource_ids=[world.resource("ORURO-TAMBO")],
        actor=world.actor("admin"),
        at=world.at,
    )


class TestEveryScreen:
    @pytest.mark.parametrize("path", MOST)
    def test_asks_no_more_when_there_is_more(self, world, visit, numbers, path):
        from mayorista.apps.faults.models import Case

        world.case_fault = Case.objects.get(pk=numbers["id"]).fault_id
        client = visit(WHO.get(path, "noc"))
        address = path.format(**numbers)
        few = asked(client, address)
        more(world, numbers)
        many = asked(client, address)
        assert many <= few + 1, f"{few} con poco, {many} con mucho"
        assert many <= MOST[path]


# The same of contracts and of a month that was billed, packed and dispatched; who looks stands beside it.
BILLED: dict[str, tuple[str, int, Callable[[], list[object]]]] = {
    "contracts": ("ventas", 40, list),
    "contract": ("ventas", 50, lambda: ["CT-100"]),
    "speed-changes": ("interconexion", 40, list),
    "billing-month": ("facturacion", 50, lambda: ["2026-11"]),
    "billing-credits": ("facturacion", 40, list),
    "billing-rates": ("facturacion", 40, list),
    "billing-groups": ("facturacion", 40, list),
    "billing-dispatch": ("facturacion", 40, lambda: ["2026-11"]),
    "billing-run": ("facturacion", 40, lambda: [Run.objects.filter(kind="SEND").latest("pk").pk]),
    "billing-sheet": ("facturacion", 50, lambda: [_numbered(Month)]),
    "billing-packet": ("facturacion", 40, lambda: [_numbered(Packet)]),
    "invoices": ("facturacion", 40, list),
    "invoice": ("facturacion", 40, lambda: [Invoice.objects.earliest("pk").pk]),
    "collection": ("gerente", 40, list),
    "reminders": ("gerente", 40, list),
    "collection-customer": ("gerente", 50, lambda: [_debtor()]),
    "account-statement": ("gerente", 40, lambda: [_debtor()]),
    "receipts": ("facturacion", 40, list),
    "reports": ("gerente", 40, lambda: ["2026-11"]),
    "report": ("gerente", 50, lambda: ["2026-11", _debtor()]),
    "provider-claims": ("gerente", 40, lambda: ["2026-11"]),
    "audit": ("gerente", 40, list),
    "audit-seals": ("gerente", 40, list),
}


def _debtor() -> str:
    code: str = Invoice.objects.select_related("customer").earliest("pk").customer.code
    return code


def _numbered(rows: type[Month | Packet]) -> str:
    number: str = rows.objects.select_related("dossier").earliest("pk").dossier.number
    return number


def billed_with(world, visit, customers: int) -> dict[str, int]:
    """How often each screen of the billing side asks when there are so many customers."""
    bills.billed(world)
    for index in range(1, customers):
        bills.billed(
            world,
            f"CABLE {index} S.R.L.",
            f"TIP-8{index:03d}",
            contract=f"CT-8{index:02d}",
            mail=f"pagos{index}@x.example",
        )
    bills.invoiced(world)
    return {
        name: asked(visit(who), reverse(f"desk:{name}", args=args()))
        for name, (who, _most, args) in BILLED.items()
    }


def test_billing_asks_no_more_when_there_are_more_customers(world, visit):
    deal.people(world)
    begun = world.at
    for who in {row[0] for row in BILLED.values()}:
        visit(who)  # logged in before what is taken back
    with transaction.atomic():
        few = billed_with(world, visit, 2)
        transaction.set_rollback(True)
    world.at = begun
    many = billed_with(world, visit, 9)
    more_asked = {name: (few[name], count) for name, count in many.items() if count > few[name] + 1}
    assert not more_asked
    assert not {name: count for name, count in many.items() if count > BILLED[name][1]}


def test_an_rfo_asks_no_more_when_it_goes_to_more_customers(world, visit):
    """Nine ISPs under one upstream cost what two cost; who gets which mail is on the page."""
    deal.people(world)
    client = visit("gerente")

    def page_of(customers: int) -> int:
        for index in range(customers):
            world.isp(f"RED {index} S.R.L.", f"TIP-7{index:03d}", rides_on="ORU-TAM")
        world.alarm(upstream="ORU-TAM")
        fault = world.fault()
        world.pass_minutes(20)
        world.diagnose(fault, "EXTERNAL", "E-FIB")
        restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
        papers.drafted(world, fault)
        rfos.approve(number=fault.dossier.number, actor=world.actor("gerente"), at=world.at)
        return asked(client, f"/danos/{fault.dossier.number}/rfo/")

    with transaction.atomic():
        few = page_of(2)
        transaction.set_rollback(True)
    assert page_of(9) <= few <= 36
