"""The README's second way: RED TUNARI from its contract to the indicators, B.1 to B.8, through the demo's screens.

Its contract bills in advance, so its month can be carried to the end on any day of the year. Part of
readme_pictures.py; every button is pressed by the name that the README gives it.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import time
from pathlib import Path

from demo_desk import WAIT_MS, Demo, Desk, save_webp
from playwright.sync_api import Browser, Page

CUSTOMER, CIRCUIT, CONTRACT = "RED TUNARI", "TIP-0077", "CT-007"
OBSERVED = "CT-009"
MAILBOX = "gerencia@redtunari.example"
PAPER = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
LETTER_WAIT = 60


def walk(browser: Browser, demo: Demo, out: Path) -> None:
    """Carry RED TUNARI's month from the contract to accounting and take the pictures on the way."""
    month = f"{dt.datetime.now(dt.UTC) - dt.timedelta(hours=4):%Y-%m}"
    orders, billing = Desk(browser, demo, "interconexion"), Desk(browser, demo, "facturacion")
    manager = Desk(browser, demo, "gerente", phone=True)
    _contract(browser, demo, orders, out)
    _speed(browser, demo, orders, manager, out)
    _gate(orders, manager, month, out)
    number = _amount(orders, month, out)
    _invoice(billing, number, month, out)
    mail = _mail(browser, demo, out)
    receipt = _receipt(orders, demo, mail, out)
    _books(browser, demo, receipt)
    orders.open("/facturas/?texto=RED+TUNARI")
    orders.page.locator("tbody a").first.click()
    orders.press_named("Traza")
    orders.picture(out / "b8-traza.webp")
    _measure(Desk(browser, demo, "gerente"), month, out)


def _contract(browser: Browser, demo: Demo, orders: Desk, out: Path) -> None:
    """B.1: Ventas hands an observed contract over again, Interconexión finds it complete."""
    sales = Desk(browser, demo, "ventas")
    sales.open(f"/contratos/{OBSERVED}/")
    sales.press_named("Entregar de nuevo")
    with tempfile.TemporaryDirectory() as folder:
        for item, name in ((8, "contactos.pdf"), (9, "acta-de-activacion.pdf")):
            paper = Path(folder) / name
            paper.write_bytes(PAPER + name.encode())
            sales.page.set_input_files(f"[name=file_{item}]", paper)
        sales.press_named("Entregar")
    orders.open(f"/contratos/{OBSERVED}/")
    orders.press_named("Acusar recibo")
    orders.press_named("Dar por completo")
    orders.picture(out / "b1-contrato.webp")


def _speed(browser: Browser, demo: Demo, orders: Desk, manager: Desk, out: Path) -> None:
    """B.2: the NOC says that the network bears it, the Gerente decides, the order is carried out and accepted."""
    noc = Desk(browser, demo, "noc")
    noc.open("/velocidad/")
    noc.page.locator("tr", has_text=CIRCUIT).locator("a").first.click()
    noc.page.wait_for_load_state()
    change = noc.page.url.rstrip("/").rsplit("/", 1)[-1]
    noc.press_named("Verificar capacidad")
    for name in (
        "port",
        "lag",
        "uplink",
        "backbone",
        "upstream",
        "licences",
        "router",
        "policer",
        "prefixes",
    ):
        noc.fill(name, "OK")
    noc.fill("margin", "40")
    noc.fill("verdict", "YES")
    noc.press_named("Guardar veredicto")
    manager.open("/velocidad/decidir/")
    card = manager.page.locator(f"section[id='{change}']")
    card.scroll_into_view_if_needed()
    manager.picture(out / "b2-telefono-decidir.webp")
    manager.press_named("Aprobar", within=f"section[id='{change}']")
    orders.open(f"/velocidad/{change}/")
    orders.press_named("Emitir orden a la red")
    orders.fill("window_at", _soon())
    orders.fill("rollback", "Volver al policer de 500 Mbps.")
    orders.press_named("Emitir orden")
    noc.open(f"/velocidad/{change}/")
    noc.press_named("Registrar ejecución")
    noc.fill("evidence", "policer 500M → 800M; prueba de velocidad 796 Mbps")
    noc.press_named("Registrar")
    orders.open(f"/velocidad/{change}/")
    orders.press_named("Registrar conformidad")
    orders.fill("how", "acta firmada")
    orders.press_named("Registrar")
    orders.picture(out / "b2-cambio.webp")


def _soon() -> str:
    """A moment of La Paz shortly ahead, as it is typed."""
    return f"{dt.datetime.now(dt.UTC) - dt.timedelta(hours=4) + dt.timedelta(minutes=2):%d/%m/%Y %H:%M}"


def _gate(orders: Desk, manager: Desk, month: str, out: Path) -> None:
    """Gate 2.1: both sides confirm changes and amounts."""
    orders.open(f"/facturacion/{month}/")
    orders.choose(CUSTOMER)
    orders.picture(out / "b2-puerta.webp")
    orders.press_named("Confirmar (Interconexión)")
    manager.open(f"/facturacion/{month}/")
    manager.choose(CUSTOMER)
    manager.press_named("Confirmar (Gerencia)")


def _amount(orders: Desk, month: str, out: Path) -> str:
    """B.3 and B.4: the amount defined, explained, handed over; returns the number of its sheet."""
    orders.open(f"/facturacion/{month}/")
    orders.choose(CUSTOMER)
    orders.press_named("Definir montos")
    orders.wait_until_done(f"/facturacion/{month}/", "definido")
    orders.page.locator("tr", has_text=CUSTOMER).locator("a.go").click()
    orders.page.wait_for_load_state()
    number = orders.page.url.rstrip("/").rsplit("/", 1)[-1]
    orders.picture(out / "b3-hoja.webp")
    orders.open(f"/facturacion/{month}/")
    orders.choose(CUSTOMER)
    orders.press_named("Remitir a Facturación")
    orders.wait_until_done(f"/facturacion/{month}/", "remitido")
    return number


def _invoice(billing: Desk, number: str, month: str, out: Path) -> None:
    """B.5: acknowledged, invoiced, dispatched."""
    billing.open(f"/facturacion/hojas/{number}/")
    billing.page.locator("main a[href^='/facturacion/paquetes/']").first.click()
    billing.page.wait_for_load_state()
    billing.picture(out / "b4-paquete.webp")
    billing.press_named("Acusar recibo")
    billing.open(f"/facturacion/{month}/")
    billing.choose(CUSTOMER)
    billing.press_named("Emitir (serie propia)")
    billing.wait_until_done(f"/facturacion/{month}/", "facturado")
    billing.press_named("Revisar y despachar")
    billing.picture(out / "b5-despacho.webp")
    billing.press_named("Despachar las elegidas")


def _mail(browser: Browser, demo: Demo, out: Path) -> Page:
    """The customer's mailbox: the invoice has come."""
    page = browser.new_context(viewport={"width": 1360, "height": 850}, locale="es-BO").new_page()
    page.set_default_timeout(WAIT_MS)
    deadline = time.monotonic() + LETTER_WAIT
    while time.monotonic() < deadline:
        page.goto(f"{demo.standins}/correo?buzon={MAILBOX}")
        letter = page.locator(".rows a", has_text=re.compile(r"Factura N.º"))
        if letter.count():
            letter.first.click()
            page.wait_for_load_state("networkidle")
            save_webp(page, page.screenshot(), out / "b5-correo.webp")
            return page
        time.sleep(1)
    raise SystemExit("the invoice's mail did not come")


def _receipt(orders: Desk, demo: Demo, mail: Page, out: Path) -> str:
    """B.7: the customer answers the mail with the receipt; Interconexión registers and allocates it."""
    mail.get_by_text("Responder como el destinatario").click()
    answer = mail.locator("form[action$='/responder']")
    answer.locator("textarea").fill("Buenos días, adjunto el comprobante de la transferencia.")
    with tempfile.TemporaryDirectory() as folder:
        paper = Path(folder) / "transferencia.pdf"
        paper.write_bytes(PAPER)
        answer.locator("input[type=file]").set_input_files(paper)
        answer.get_by_role("button", name="Enviar a Mayorista").click()
        mail.wait_for_load_state()
    deadline = time.monotonic() + LETTER_WAIT
    row = orders.page.locator("main a", has_text=re.compile("comprobante", re.IGNORECASE))
    while time.monotonic() < deadline:
        orders.open("/")
        if row.count():
            break
        time.sleep(1)
    else:
        raise SystemExit("the receipt's mail did not become a task")
    row.first.click()
    orders.page.wait_for_load_state()
    orders.press_named("Registrar comprobante")
    owed = _owed(demo, orders)
    orders.page.locator("[name=customer_id]").select_option(
        label=orders.page.locator("[name=customer_id] option", has_text=CUSTOMER).first.inner_text()
    )
    orders.fill("bank", "Banco Unión")
    orders.fill("reference", "88120457")
    orders.fill("paid_on", f"{dt.datetime.now(dt.UTC) - dt.timedelta(hours=4):%Y-%m-%d}")
    orders.fill("amount", owed)
    orders.picture(out / "b7-comprobante.webp")
    orders.press_named("Registrar")
    orders.press_named("Imputar")
    orders.picture(out / "b7-imputado.webp")
    number = orders.page.url.rstrip("/").rsplit("/", 1)[-1]
    orders.open("/comprobantes/?ver=informar")
    orders.choose(number)
    orders.press_named("Informar a Contabilidad los elegidos")
    return number


def _owed(demo: Demo, orders: Desk) -> str:
    """What the newest invoice of the customer says, as it is typed."""
    reader = orders.page.context.new_page()
    reader.goto(f"{demo.url}/facturas/?texto=RED+TUNARI")
    words = reader.locator("tbody tr").first.inner_text()
    reader.close()
    return re.findall(r"Bs\s*([\d.]+,\d\d)", words)[0]


def _books(browser: Browser, demo: Demo, number: str) -> None:
    """B.8: Contabilidad finds it in the bank."""
    books = Desk(browser, demo, "contabilidad")
    books.open(f"/comprobantes/{number}/")
    books.press_named("Conciliado: el dinero llegó")


def _measure(manager: Desk, month: str, out: Path) -> None:
    """What the month looks like in the control and in the indicators."""
    manager.open(f"/indicadores/controles/{month}/contrato/{CONTRACT}/")
    manager.picture(out / "b9-control.webp")
    manager.open(f"/indicadores/{month}/")
    manager.picture(out / "b9-indicadores.webp")
