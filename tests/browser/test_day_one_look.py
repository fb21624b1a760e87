"""The import of day one and the shadow month, looked at in three lights."""

from __future__ import annotations

import pytest

from mayorista.apps.billing.operations import groups
from mayorista.apps.customers.models import Customer
from mayorista.apps.onboarding import operations, template
from tests import billing_world as bills

MODES = {"escritorio": {}, "fono": {"phone": True}, "oscuro": {"dark": True}}


@pytest.fixture
def ready(night):
    night.move_to(3)
    bills.billed(night)
    Customer.objects.filter(name__startswith="VALLE").update(nit="1028627025")
    groups.form_groups(actor=bills.JOB, at=night.at)
    bills.after(night)
    run = operations.preview_import(
        content=template.example(), name="dia-uno.xlsx", actor=night.actor("admin"), at=night.at
    )
    return run.pk


@pytest.mark.parametrize("mode", MODES)
def test_fit_and_are_accessible(ready, sit, mode):
    desk = sit("interconexion", **MODES[mode])
    rows = b"NIT;Factura;Importe\n1028627025;4417;23000,00\n999999;4418;120,00\n"
    desk.go("/facturacion/2026-11/sombra/")
    desk.page.set_input_files(
        "input[type=file]", {"name": "ventas.csv", "mimeType": "text/csv", "buffer": rows}
    )
    desk.page.click("button[name=comparar]")
    desk.page.wait_for_selector("text=La factura no trae TIP-0142")
    _look(desk, f"dia-uno-sombra-{mode}")
    for name, path in (("subir", "/importar/"), ("previa", f"/importar/{ready}/")):
        desk.go(path)
        _look(desk, f"dia-uno-{name}-{mode}")


def _look(desk, name):
    desk.shot(name, whole=True)
    assert desk.axe() == [], name
    assert desk.fits(), name
    assert desk.problems == [], name
