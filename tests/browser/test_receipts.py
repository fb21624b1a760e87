"""The screens of receipts as pictures to be looked at: nothing hangs over, axe finds nothing serious, keys are enough."""

from __future__ import annotations

import pytest

from mayorista.apps.receivables.operations import bank_accounts, bank_statements
from mayorista.apps.receivables.operations.receipts import Paper
from tests import billing_world as bills
from tests import receipts_world as money

MODES = {"escritorio": {}, "fono": {"phone": True}, "oscuro": {"dark": True}}
STATEMENT = """Extracto
Fecha;Nro. Documento;Glosa;Débito;Crédito
01/12/2026;TRF-123;TRANSFERENCIA VALLE FIBRA S.R.L.;;1.000,00
01/12/2026;881;DEPÓSITO EN EFECTIVO;;28.750,00
02/12/2026;882;SIN IDENTIFICAR;;77,10
"""


@pytest.fixture
def paid(night):
    world = night
    world.move_to(3)
    bills.billed(world)
    bills.billed(world, "RED TUNARI S.R.L.", "TIP-0077", contract="CT-200", mail="pagos@tunari.example")
    bills.invoiced(world)
    money.people(world)
    from mayorista.apps.billing.models import Invoice

    valle, tunari = Invoice.objects.order_by("id")
    open_one = money.register(
        world, valle, "30000.00", reference="TRF-000777", bank="Banco Mercantil Santa Cruz"
    )
    money.register(world, valle, "1000.00")
    bare = money.register(world, tunari, "500.00", reference="88-1", upload=None)
    informed = money.register(world, tunari, "9000.00", reference="88-2", bank="Banco Bisa")
    money.allocate(
        world, informed, (tunari, "9000.00"), (tunari, "10.00", "BANK_CHARGE", "comisión por giro")
    )
    money.inform(world, informed)
    rejected = money.register(world, valle, "10.00", reference="88-3")
    money.inform(world, rejected)
    money.reject(world, rejected)
    loaded = bank_statements.load(
        upload=Paper("extracto.csv", STATEMENT.encode()),
        bank="Banco Unión",
        currency="BOB",
        actor=world.actor("contabilidad"),
        at=world.at,
    )
    said = {"bank": "Banco Unión", "currency": "BOB", "holder": "COMTECO R.L.", "reason": "nota 15/2026"}
    for number in ("1-0000-1234", "1-0000-9999"):
        account = bank_accounts.propose(number=number, actor=world.actor("facturacion"), at=world.at, **said)
    bank_accounts.decide(account_id=account.pk, approve=True, actor=world.actor("gerente"), at=world.at)
    return {
        "open": open_one.dossier.number,
        "bare": bare.dossier.number,
        "informed": informed.dossier.number,
        "rejected": rejected.dossier.number,
        "statement": loaded.number,
    }


SCREENS = {
    "interconexion": [
        "/comprobantes/?ver=todos",
        "/comprobantes/nuevo/",
        "/comprobantes/{open}/",
        "/comprobantes/{bare}/",
        "/comprobantes/extractos/{statement}/",
    ],
    "contabilidad": ["/comprobantes/{informed}/", "/comprobantes/extractos/", "/comprobantes/cuentas/"],
    "facturacion": ["/comprobantes/{rejected}/"],
}


@pytest.mark.parametrize("mode", MODES)
def test_each_screen_fits_and_is_accessible(paid, sit, mode):
    found = []
    for person, paths in SCREENS.items():
        desk = sit(person, **MODES[mode])
        for path in paths:
            answer = desk.go(path.format(**paid))
            name = f"pagos{path.replace('/', '-').replace('?', '_').replace('{', '').replace('}', '')}-{mode}"
            desk.shot(name, whole=True)
            if answer.status != 200:
                found.append(f"{name}: {answer.status}")
            if not desk.fits():
                found.append(f"{name}: cuelga a la derecha")
            found += [f"{name}: {each}" for each in desk.axe()]
        found += [f"{person} {mode}: {each}" for each in desk.problems]
    assert not found, "\n".join(found)


def test_a_receipt_is_written_down_and_allocated_with_the_keyboard(paid, sit):
    desk = sit("interconexion")
    desk.go("/comprobantes/")
    desk.page.keyboard.press("e")
    desk.page.wait_for_url("**/comprobantes/nuevo/")
    page = desk.page
    page.select_option("#id_customer_id", index=1)
    page.set_input_files(
        "#id_file", {"name": "pago.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 teclado\n%%EOF"}
    )
    for field, text in (
        ("bank", "Banco Fie"),
        ("reference", "T-55"),
        ("paid_on", "01/12/2026"),
        ("amount", "150,00"),
    ):
        page.focus(f"#id_{field}")
        page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/comprobantes/CP-*/")
    assert "ahora impute su dinero" in page.inner_text("body")
    page.focus(".alloc input")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Imputado.")
    assert not desk.problems


def test_the_customer_is_found_by_any_part_of_its_name(night, sit):
    money.people(night)
    bills.deal.people(night)
    for name in ("ÁNDES", "BÉNI", "CHACO", "DELTA", "ESTE", "FARO", "GUAPAY", "VALLE HERMOSO", "VALLE FIBRA"):
        night.isp(f"RED {name} S.R.L.")
    desk = sit("interconexion", phone=True)
    desk.go("/comprobantes/nuevo/")
    page = desk.page
    assert desk.fits()
    assert desk.axe() == []
    page.fill("input[type=search][aria-label^=Buscar]", "valle")
    assert page.locator("#id_customer_id option").count() == 3
    assert page.input_value("#id_customer_id") == ""
    page.fill("input[type=search][aria-label^=Buscar]", "andes")
    assert "ÁNDES" in page.locator("#id_customer_id option:checked").inner_text()
    desk.shot("pagos-buscar-cliente-fono")
    page.fill("input[type=search][aria-label^=Buscar]", "")
    assert page.locator("#id_customer_id option").count() == 10
    assert "ÁNDES" in page.locator("#id_customer_id option:checked").inner_text()
    assert not desk.problems
