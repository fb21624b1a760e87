"""A billed carrier in which circuits fall, with somebody at the customer who reads reports."""

from __future__ import annotations

from mayorista.apps.customers import operations as customers
from mayorista.apps.faults.models import Case, Fault
from mayorista.apps.faults.operations import restoration
from tests import billing_world as bills

NOVEMBER = bills.NOVEMBER
BANDS = {"model": "percent_bands", "bands": [{"below": "99.9", "credit_pct": "10"}]}
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


def over(world) -> None:
    """The morning after the month."""
    world.move_to(2, month=12)
