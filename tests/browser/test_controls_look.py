"""The screens of the contract control as pictures to be looked at: nothing hangs over, axe finds nothing serious."""

from __future__ import annotations

import pytest

from mayorista.apps.billing.operations import months
from mayorista.apps.indicators.operations import controls, network_checks
from mayorista.interfaces import clock
from mayorista.rules import periods
from tests import billing_world as bills

MODES = {"escritorio": {}, "fono": {"phone": True}, "oscuro": {"dark": True}}


@pytest.fixture
def controlled(night):
    world = night
    world.at = clock.now()
    month = periods.month_of(world.at)
    bills.billed(world)
    second = bills.billed(
        world, "CABLE NORTE S.R.L.", "TIP-0200", contract="CT-200", mail="pagos2@cablenorte.example"
    )
    opened = months.open_months(month=month.previous, actor=bills.JOB, at=world.at)
    assert opened == 2
    network_checks.confirm(month=month, contract_ids=[second], actor=world.actor("noc"), at=world.at)
    controls.refresh(at=world.at)
    return month


@pytest.mark.parametrize("mode", MODES)
def test_the_screens_hold_and_read_well(controlled, sit, mode):
    for who, path in (
        ("interconexion", f"/indicadores/controles/{controlled}/"),
        ("interconexion", f"/indicadores/controles/{controlled}/contrato/CT-100/"),
        ("noc", f"/indicadores/controles/{controlled}/red/"),
    ):
        desk = sit(who, **MODES[mode])
        desk.go(path)
        desk.shot(f"control-{path.rstrip('/').rpartition('/')[2]}-{mode}", whole=True)
        assert desk.fits(), path
        assert desk.axe() == [], path
        assert not desk.problems
