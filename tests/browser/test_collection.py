"""The screens of collection as pictures to be looked at: nothing hangs over, axe finds nothing serious."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.apps.billing.models import Invoice
from mayorista.apps.billing.operations import groups
from mayorista.apps.contracts.models import Contract, Service
from mayorista.apps.receivables.operations import contacts, objections, promises, suspensions
from mayorista.interfaces import clock
from mayorista.rules import lapaz
from tests import billing_world as bills
from tests import collection_world as debts

MODES = {"escritorio": {}, "fono": {"phone": True}, "oscuro": {"dark": True}}
SCREENS = {
    "interconexion": [
        "/cobranza/",
        "/cobranza/recordatorios/",
        "/cobranza/clientes/{code}/",
        "/cobranza/clientes/{code}/estado/",
    ],
    "gerente": ["/cobranza/objeciones/", "/cobranza/suspensiones/", "/cobranza/suspensiones/{number}/"],
}


@pytest.fixture
def owed(night):
    world = night
    world.at = clock.now()
    today = lapaz.local(world.at).date()
    bills.billed(world, suspension_after_days=30, late_interest_yearly=Decimal("0.06"))
    debts.people(world)
    groups.form_groups(actor=bills.JOB, at=world.at)
    valle = Contract.objects.get(number="CT-100").customer_id
    late = debts.opening(world, valle, "VIEJA-7781", today - dt.timedelta(days=45), "34500.00")
    fresh = debts.opening(world, valle, "VIEJA-7790", today - dt.timedelta(days=6), "28750.00")
    tunari = world.isp("RED TUNARI S.R.L.", mobile="72000077")
    debts.opening(world, tunari, "VIEJA-7791", today, "1200.50")
    said = {"actor": world.actor("interconexion"), "at": world.at}
    contacts.log(
        customer_id=valle, channel="PHONE", person="Ana Rojas", result="INFORMED", text="Pide el detalle por correo.",
        next_action="Llamar otra vez", next_on=today, **said,
    )  # fmt: skip
    promises.make(
        invoice_id=fresh.pk, amount=Decimal("5000.00"), promised_on=today + dt.timedelta(days=2), who="Ana Rojas", **said
    )  # fmt: skip
    objections.object_to(
        invoice_id=late.pk, amount=Decimal("750.00"), words="Cobran el circuito 2, que no se usó.", raised_on=today, **said
    )  # fmt: skip
    ids = Service.objects.filter(customer_id=valle).values_list("id", flat=True)
    order = suspensions.propose(
        customer_id=valle, service_ids=ids, reason="Sin respuesta a cinco recordatorios.", **said
    )
    assert Invoice.objects.count() == 3
    return {"code": order.customer.code, "number": order.dossier.number}


@pytest.mark.parametrize("mode", MODES)
def test_each_screen_fits_and_is_accessible(owed, sit, mode):
    found = []
    for person, paths in SCREENS.items():
        desk = sit(person, **MODES[mode])
        for path in paths:
            answer = desk.go(path.format(**owed))
            name = f"cobranza{path.removeprefix('/cobranza').replace('/', '-').replace('{', '').replace('}', '')}{mode}"
            desk.shot(name, whole=True)
            if answer.status != 200:
                found.append(f"{name}: {answer.status}")
            if not desk.fits():
                found.append(f"{name}: cuelga a la derecha")
            found += [f"{name}: {each}" for each in desk.axe()]
        found += [f"{person} {mode}: {each}" for each in desk.problems]
    assert not found, "\n".join(found)
