"""A billed carrier in which circuits fall, with somebody at the customer who reads reports."""

from __future__ import annotations

from mayorista.apps.assurance.models import Paper
from mayorista.apps.assurance.operations import provider_claims, rfos
from mayorista.apps.assurance.queries import rfo as rfo_facts
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.customers import operations as customers
from mayorista.apps.faults.models import Case, Fault
from mayorista.apps.faults.operations import coordination, restoration
from tests import billing_world as bills

NOVEMBER = bills.NOVEMBER
BANDS = {"model": "percent_bands", "bands": [{"below": "99.9", "credit_pct": "10"}]}
CLAIMS = "noc@transporte.example"
READS = "red@vallefibra.example"
CLASSES = {"I": "INTERNAL", "C": "CUSTOMER", "E": "EXTERNAL"}


def served(world):
    """TIP-0141 and TIP-0142 under a contract with a ladder; the world knows `customer` and `contract`."""
    world.move_to(3)
    world.contract = bills.billed(world, sla_credit=BANDS)
    world.customer = Case._meta.get_field("customer").related_model.objects.get(name="VALLE FIBRA S.R.L.").pk
    customers.save_contact(
        actor=world.actor("admin"),
        at=world.at,
        full_name="Jefa de red",
        email=READS,
        phone="71000001",
        roles=[customers.ContactRoleWish(world.customer, "TECHNICAL")],
    )
    return world


def cut(world, hours: float, *, day: int = 12, cause: str = "I-FIB", **labels: str) -> Fault:
    """An outage from 08:00 of a day, diagnosed after ten minutes, restored after some hours."""
    world.move_to(day, hour=8)
    world.alarm(**(labels or {"circuit": "TIP-0141"}))
    fault = world.fault()
    world.pass_minutes(10)
    world.diagnose(fault, CLASSES[cause[0]], cause)
    world.pass_minutes(60 * hours - 10)
    restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
    fault.refresh_from_db()
    return fault


def upstream(world, *, day: int = 18, hours: float = 3) -> Fault:
    """A cut of the contracted upstream that hits two ISPs, reported to the provider after half an hour."""
    world.move_to(day - 1)
    contracts.save_service(
        service_id=world.service("TIP-0142"),
        rides=[contracts.RideWish(world.resource("ORU-TAM"))],
        actor=world.actor("admin"),
        at=world.at,
    )
    contracts.save_provider(
        provider_id=world.provider_id, email=CLAIMS, actor=world.actor("admin"), at=world.at
    )
    world.other = world.isp("OTRA RED S.R.L.", "TIP-0700", "TIP-0701", rides_on="ORU-TAM")
    world.move_to(day, hour=8)
    world.alarm(upstream="ORU-TAM")
    fault = world.fault()
    world.pass_minutes(20)
    world.diagnose(fault, "EXTERNAL", "E-FIB")
    world.coordinate(fault)
    world.pass_minutes(10)
    coordination.open_ticket(
        fault_id=fault.pk,
        provider_id=world.provider_id,
        reference="TKT-77",
        opened_at=world.at,
        actor=world.actor("noc"),
        at=world.at,
    )
    world.pass_minutes(60 * hours - 30)
    restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
    fault.refresh_from_db()
    return fault


def over(world) -> None:
    """The morning after the month."""
    world.move_to(2, month=12)


def drafted(world, fault: Fault, who: str = "noc", **said: str) -> Paper:
    """The RFO as the system fills it, with what only a person knows."""
    known = rfo_facts.prefilled(rfo_facts.fault_of(fault.dossier.number))
    return rfos.draft(
        number=fault.dossier.number,
        said={**known, "actions": "Empalme de la fibra.", "prevention": "Ruta alterna.", **said},
        actor=world.actor(who),
        at=world.at,
    )


def claimed(world, who: str = "noc") -> Paper:
    """The claim to the provider, drafted."""
    return provider_claims.draft(
        provider_code="TAD",
        reference="",
        month=NOVEMBER,
        text="Reclamamos lo que costó.",
        actor=world.actor(who),
        at=world.at,
    )
