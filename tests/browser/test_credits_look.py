"""Availability, credits, traffic and the trace, looked at in three lights."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.billing.models import CreditProposal, Invoice
from mayorista.apps.billing.operations import credit_months, credits, dispatching  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.contracts.operations import traffic
from mayorista.apps.faults.operations import restoration
from tests import billing_world as bills

BANDS = {
    "model": "percent_bands",
    "bands": [{"below": "99.9", "credit_pct": "10"}, {"below": "99", "credit_pct": "20"}],
}
MODES = {"escritorio": {}, "fono": {"phone": True}, "oscuro": {"dark": True}}


@pytest.fixture
def month(night):
    """A closed month with a credit in its invoice, and ten days of samples with a hole."""
    night.move_to(3)
    bills.billed(night, sla_credit=BANDS)
    night.move_to(11)
    head = ["circuito", "hora", "entrada_mbps", "salida_mbps"]
    start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC) + dt.timedelta(hours=4)
    rows = [
        [
            "TIP-0141",
            (start + dt.timedelta(minutes=5 * number)).isoformat(),
            str(800 + 700 * (number % 288) // 288),
            str(120 + number % 97),
        ]
        for number in range(2880)
        if not 900 <= number < 1100
    ]
    traffic.take(
        rows=[head, *rows], content_hash="0" * 64, actor=night.actor("noc"), at=night.at, name="noviembre.csv"
    )
    traffic.create_source(
        code="librenms",
        name="LibreNMS",
        zone="America/La_Paz",
        counter_bits=64,
        actor=night.actor("admin"),
        at=night.at,
    )
    for day, cause, hours, circuit in ((12, "I-FIB", 9, "TIP-0141"), (20, "C-ENE", 3, "TIP-0142")):
        night.move_to(day, hour=8)
        night.alarm(circuit=circuit)
        fault = night.fault()
        night.pass_minutes(10)
        night.diagnose(fault, "CUSTOMER" if cause.startswith("C") else "INTERNAL", cause)
        night.pass_minutes(60 * hours - 10)
        restoration.restore(fault_id=fault.pk, restored_at=night.at, actor=night.actor("noc"), at=night.at)
    bills.after(night)
    credit_months.compute(month=bills.NOVEMBER, actor=night.actor("interconexion"), at=night.at)
    made = CreditProposal.objects.get()
    credits.decide(credit_ids=[made.pk], approve=True, actor=night.actor("gerente"), at=night.at)
    bills.invoiced(night)
    invoice = Invoice.objects.select_related("dossier").get()
    dispatching.dispatch(invoice_id=invoice.pk, actor=night.actor("facturacion"), at=night.at)
    return invoice


@pytest.mark.parametrize("mode", MODES)
def test_fit_and_are_accessible(month, sit, mode):
    paths = {
        "disponibilidad": "/facturacion/2026-11/disponibilidad/",
        "disponibilidad-circuito": "/facturacion/2026-11/disponibilidad/TIP-0141/",
        "creditos": "/facturacion/creditos/?ver=APPROVED",
        "trafico": "/trafico/?mes=2026-11",
        "trafico-puerto": "/trafico/2026-11/TIP-0141/",
        "trafico-fuentes": "/trafico/fuentes/",
        "traza": f"/traza/{month.dossier.number}/",
        "cuanto-seria": "/facturacion/cuanto-seria/?month=2026-11&currency=BOB&model=committed_burst&unit_price=10&burst_price=20&mbps=2000&p95_mbps=2300",
    }
    found = []
    desk = sit("interconexion", **MODES[mode])
    for name, path in paths.items():
        answer = desk.go(path)
        desk.shot(f"creditos-{name}-{mode}", whole=True)
        if answer.status != 200:
            found.append(f"{name}: {answer.status}")
        if not desk.fits():
            found.append(f"{name}: cuelga a la derecha")
        found += [f"{name}: {each}" for each in desk.axe()]
    found += desk.problems
    assert not found, "\n".join(found)
