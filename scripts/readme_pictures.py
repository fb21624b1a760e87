"""Take the pictures of the README: a demo of its own, a cut upstream, and the procedure driven by a real browser.

    .venv/bin/python scripts/readme_pictures.py [--out docs/pictures] [--keep]

Starts `mayorista demo` on free ports with a data folder that is thrown away, posts a genuine Alertmanager body to the
front door, and walks A.1 to A.7 as the people of the demo. Needs Chromium, playwright and poppler (pdftoppm).
It is also the shortest proof that the whole works: it fails where a screen does.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, sync_playwright

from mayorista.interfaces.lab import bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--force-color-profile=srgb", "--font-render-hinting=none",
]  # fmt: skip
# The source and token of the example data (onboarding/operations/examples.py).
ALARM_SOURCE, ALARM_TOKEN = "prometheus", "demo-prometheus-solo-en-esta-maquina"
DESK = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}
UPSTREAM = {
    "alertname": "UpstreamDown",
    "severity": "critical",
    "peer": "TRANSPORTE ANDINO DEMO",
    "instance": "cbba-br1",
}
GUARD = "59170000301"  # the on-call of VALLE FIBRA in the example data
START_SECONDS, WAIT_MS = 120, 15_000


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Demo:
    """A running demo: its addresses and logins."""

    def __init__(self, data: Path, port: int, standins: int) -> None:
        self.data = data
        self.url = f"http://127.0.0.1:{port}"
        self.standins = f"http://127.0.0.1:{standins}"

    def password(self, username: str) -> str:
        """The password the demo gave to a login."""
        logins = json.loads((self.data / "secrets" / "demo-logins.json").read_text(encoding="utf-8"))
        return next(login["password"] for login in logins if login["username"] == username)

    def last_exception(self) -> str:
        """What the web process wrote of its last unhandled error."""
        lines = (self.data / "log" / "web.jsonl").read_text(encoding="utf-8").splitlines()
        told = [json.loads(line).get("exception", "") for line in lines if '"exception"' in line]
        return told[-1] if told else ""

    def alarm(self, starts_at: dt.datetime, ends_at: dt.datetime | None = None) -> None:
        """Post what an Alertmanager posts when the upstream falls or comes back."""
        summary = {"summary": "Sin tránsito internacional por TRANSPORTE ANDINO DEMO"}
        body = bodies.post(
            [bodies.alert(UPSTREAM, starts_at=starts_at, ends_at=ends_at, annotations=summary)]
        )
        request = urllib.request.Request(  # noqa: S310 - our own demo
            f"{self.url}/hooks/alertmanager/{ALARM_SOURCE}",
            data=body,
            headers={"Authorization": f"Bearer {ALARM_TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            assert answer.status == 200, answer.status

    def customer_writes(self, text: str) -> None:
        """The customer's on-call writes from the local WhatsApp."""
        data = urllib.parse.urlencode({"texto": text}).encode()
        urllib.request.urlopen(f"{self.standins}/whatsapp/{GUARD}/enviar", data, timeout=10).close()  # noqa: S310


@contextmanager
def running_demo() -> Iterator[Demo]:
    """Start a demo, wait until it answers, stop it and throw its data away."""
    folder = Path(tempfile.mkdtemp(prefix="mayorista-pictures-"))
    port, standins, smtp = free_port(), free_port(), free_port()
    command = [
        sys.executable, "-m", "mayorista.interfaces.cli", "demo", "--data", str(folder / "var"), "--port", str(port),
        "--standins-port", str(standins), "--smtp-port", str(smtp),
    ]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        demo = Demo(folder / "var", port, standins)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{demo.url}/salud", timeout=2):  # noqa: S310
                break
            if child.poll() is not None:
                raise SystemExit("the demo did not start")
            time.sleep(0.5)
        yield demo
    finally:
        child.terminate()
        child.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


class Desk:
    """One person at the desk, on a screen or a phone."""

    def __init__(
        self, browser: Browser, demo: Demo, username: str, *, phone: bool = False, dark: bool = False
    ) -> None:
        self.demo = demo
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            device_scale_factor=2 if phone else 1,
            is_mobile=phone,
            has_touch=phone,
            locale="es-BO",
            timezone_id="America/La_Paz",
            color_scheme="dark" if dark else "light",
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.open("/cuenta/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", demo.password(username))
        self.page.click("main button[type=submit], form button[type=submit], form button")
        self.page.wait_for_url(lambda url: "/cuenta/login/" not in url)

    def open(self, path: str) -> None:
        """Go to an address of the platform; an error page ends the walk."""
        answer = self.page.goto(f"{self.demo.url}{path}")
        assert answer is not None
        if answer.status >= 400:
            raise SystemExit(f"{path}: {answer.status}\n{self.page.inner_text('main')[:600]}")

    def act(self, path: str, **values: str) -> None:
        """Open an act's form, fill it and send it; stays on the page with its errors told when it is refused."""
        self.open(path)
        for name, value in values.items():
            self._fill(name, value)
        self.send()

    def send(self) -> None:
        """Press the one main button."""
        self.press("[data-main]:visible")

    def press(self, button: str) -> None:
        """Press a button that sends; what is refused ends the walk with the page's own words."""
        with self.page.expect_navigation() as gone:
            self.page.locator(button).last.click()
        answer = gone.value
        told = self.page.locator(".errors:visible, .invalid-feedback:visible, .field-error:visible")
        if answer is None or answer.status >= 400 or told.count():
            self.page.screenshot(path=Path(tempfile.gettempdir()) / "mayorista-refused.png", full_page=True)
            words = told.all_inner_texts() or [self.page.inner_text("main")[:400]]
            raise SystemExit(f"{self.page.url}: {words}\n{self.demo.last_exception()}")

    def _fill(self, name: str, value: str) -> None:
        field = self.page.locator(f"[name='{name}']")
        kind = field.first.evaluate("one => one.tagName + ':' + (one.type || '')")
        if kind == "INPUT:radio":
            self.page.locator(f"[name='{name}'][value='{value}']").check(force=True)
        elif kind == "INPUT:checkbox":
            for each in field.all():
                each.check(force=True)
        elif kind.startswith("SELECT"):
            field.first.select_option(value)
        else:
            field.first.fill(value)

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """Take the picture once fonts and pictures are there."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.fonts.ready")
        self.page.screenshot(path=file, full_page=whole)
        print(file)


def walk(browser: Browser, demo: Demo, out: Path) -> None:
    """Carry one outage from A.1 to A.7 and take the pictures on the way."""
    began = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6)
    noc, support = Desk(browser, demo, "noc"), Desk(browser, demo, "soporte")
    demo.alarm(began)
    number, case = _new_fault(noc)
    demo.customer_writes("Buenas noches, estamos sin servicio internacional. ¿Nos pueden confirmar?")
    noc.open("/danos/")
    noc.picture(out / "1-tablero.png")
    wall = Desk(browser, demo, "noc", dark=True)
    wall.open("/pizarra")
    wall.picture(out / "1b-pizarra.png")
    noc.open(f"/danos/{number}/")
    noc.send()
    noc.act(f"/danos/{number}/protocolos/", **_protocol_answers(noc, number))
    support.open("/")
    support.picture(out / "2-bandeja.png")
    support.act(
        f"/danos/{number}/diagnosticar/",
        attribution="EXTERNAL",
        cause_code="E-FIB",
        reason="Pérdida de señal óptica en ambos hilos del tramo contratado.",
        evidence="OTDR solicitado; gráfica de tráfico en cero.",
        severity="1",
        element="Tramo contratado Oruro – Tambo Quemado",
        impact="Sin tráfico internacional",
    )
    support.open(f"/danos/{case}/")
    support.press("button[name=mark][value=CLAIM]:visible")
    support.page.locator(".composer textarea[name=text]").fill(
        f"Buenas noches. Registramos su reclamo con el número {case}; ya trabajamos en la solución."
    )
    support.press(".composer button.btn-primary:visible")
    support.act(
        f"/danos/{number}/entregar/", note="Puertos propios sin errores; falta el reporte al proveedor."
    )
    noc.act(f"/danos/{number}/aceptar/")
    noc.act(f"/danos/{number}/ticket/", reference="TA-88213", contact="NOC del proveedor")
    noc.open(f"/danos/{number}/dac/")
    noc.picture(out / "4-dac-formulario.png")
    noc.send()
    noc.act(
        f"/danos/{number}/avance/", text="Proveedor ubica el corte a 41,2 km de Oruro; cuadrilla en camino."
    )
    demo.alarm(began, dt.datetime.now(dt.UTC))
    time.sleep(3)
    support.open(f"/danos/{case}/")
    support.picture(out / "3-caso.png")
    noc.act(f"/danos/{number}/restablecer/", outage_ids="all", restored_at="ahora")
    noc.act(f"/danos/{number}/verificar/", verification="Tráfico normal; sesiones BGP estables.")
    noc.act(
        f"/danos/{number}/dac/",
        **{
            "closing-root_cause": "Corte de cable por maquinaria en obra vial",
            "closing-preventive": "Evaluar ruta alterna por Desaguadero",
            "closing-preventive_by": "Jefe NOC",
            "closing-preventive_on": f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=3):%Y-%m-%d}",
        },
    )
    _issued_paper(noc, number, out / "4-dac.png")
    manager = Desk(browser, demo, "gerente", phone=True)
    manager.open("/")
    manager.picture(out / "5-telefono-bandeja.png")
    manager.open(f"/danos/{case}/avisar/")
    manager.picture(out / "5-telefono-aviso.png")
    manager.send()
    manager.page.wait_for_load_state()
    _customers_phone(browser, demo, out / "6-whatsapp-del-cliente.png")


def _new_fault(desk: Desk) -> tuple[str, str]:
    """The numbers of the new fault and of VALLE FIBRA's case of it, once the board shows it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        desk.open("/danos/")
        numbers = re.findall(r"FALLA-\d{4}-\d{6}", desk.page.inner_text("main"))
        if numbers:
            desk.open(f"/danos/{numbers[0]}/")
            row = desk.page.locator("tr", has_text="VALLE FIBRA").first.inner_text()
            return numbers[0], re.findall(r"DANO-\d{4}-\d{6}", row)[0]
        time.sleep(0.5)
    raise SystemExit("no fault appeared on the board")


def _protocol_answers(desk: Desk, number: str) -> dict[str, str]:
    """An answer to every question of the two protocols."""
    desk.open(f"/danos/{number}/protocolos/")
    names = desk.page.eval_on_selector_all(
        "main [name]", "all => all.filter(one => one.type !== 'hidden').map(one => [one.name, one.type])"
    )
    return {
        name: "on" if kind == "checkbox" else "Gestor consultado, sin respuesta del par"
        for name, kind in names
    }


def _issued_paper(desk: Desk, number: str, picture: Path) -> None:
    """Fetch the issued PDF as the person would and make its first page a picture."""
    desk.open(f"/danos/{number}/")
    address = desk.page.locator("a[href^='/dac/']").first.get_attribute("href")
    assert address is not None
    desk.open(address)
    file = desk.page.locator("a[href^='/archivos/']").last.get_attribute("href")
    answer = desk.page.request.get(f"{desk.demo.url}{file}")
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "dac.pdf"
        pdf.write_bytes(answer.body())
        target = picture.with_suffix("")
        subprocess.run(["pdftoppm", "-r", "90", "-png", "-singlefile", str(pdf), str(target)], check=True)
    print(picture)


def _customers_phone(browser: Browser, demo: Demo, picture: Path) -> None:
    """What the customer got, in the local WhatsApp."""
    time.sleep(14)  # the ten seconds in which the notice can be undone, and its sending
    page = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="es-BO").new_page()
    page.goto(f"{demo.standins}/whatsapp/{GUARD}")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=picture)
    print(picture)


def main() -> None:
    """Run the walk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--browser", default=shutil.which("chromium") or "", help="path of Chromium")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser or None, args=FLAGS)
        try:
            walk(browser, demo, options.out)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
