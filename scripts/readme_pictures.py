"""Take the pictures of the README: a demo of its own, a cut upstream, a month of billing, driven by a real browser.

    .venv/bin/python scripts/readme_pictures.py [--out docs/pictures] [--only fault|month]

Posts a genuine Alertmanager body to the front door and walks A.1 to A.7, then B.1 to B.8 (readme_month.py), as the
people of the demo. Needs Chromium, playwright and poppler (pdftoppm). It is also the shortest proof that the whole
works: it fails where a screen does.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import readme_month
from demo_desk import FLAGS, GUARD, PHONE, Demo, Desk, running_demo, save_webp
from playwright.sync_api import Browser, sync_playwright


def walk(browser: Browser, demo: Demo, out: Path) -> None:
    """Carry one outage from A.1 to A.7 and take the pictures on the way."""
    began = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6)
    noc, support = Desk(browser, demo, "noc"), Desk(browser, demo, "soporte")
    demo.alarm(began)
    number, case = new_fault(noc)
    demo.customer_writes("Buenas noches, estamos sin servicio internacional. ¿Nos pueden confirmar?")
    noc.open("/danos/")
    noc.picture(out / "1-tablero.webp")
    wall = Desk(browser, demo, "noc", dark=True)
    wall.open("/pizarra")
    wall.picture(out / "1b-pizarra.webp")
    noc.open(f"/danos/{number}/")
    noc.send()
    noc.act(f"/danos/{number}/protocolos/", **protocol_answers(noc, number))
    support.open("/")
    support.picture(out / "2-bandeja.webp")
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
    noc.picture(out / "4-dac-formulario.webp")
    noc.send()
    noc.act(
        f"/danos/{number}/avance/", text="Proveedor ubica el corte a 41,2 km de Oruro; cuadrilla en camino."
    )
    demo.alarm(began, dt.datetime.now(dt.UTC))
    time.sleep(3)
    support.open(f"/danos/{case}/")
    support.picture(out / "3-caso.webp")
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
    _issued_paper(noc, number, out / "4-dac.webp")
    manager = Desk(browser, demo, "gerente", phone=True)
    manager.open("/")
    manager.picture(out / "5-telefono-bandeja.webp")
    manager.open(f"/danos/{case}/avisar/")
    manager.picture(out / "5-telefono-aviso.webp")
    manager.send()
    manager.page.wait_for_load_state()
    _customers_phone(browser, demo, out / "6-whatsapp-del-cliente.webp")


def new_fault(desk: Desk) -> tuple[str, str]:
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


def protocol_answers(desk: Desk, number: str) -> dict[str, str]:
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
        pdf, page = Path(folder) / "dac.pdf", Path(folder) / "page"
        pdf.write_bytes(answer.body())
        subprocess.run(["pdftoppm", "-r", "90", "-png", "-singlefile", str(pdf), str(page)], check=True)
        save_webp(desk.page, page.with_suffix(".png").read_bytes(), picture)


def _customers_phone(browser: Browser, demo: Demo, picture: Path) -> None:
    """What the customer got, in the local WhatsApp."""
    time.sleep(14)  # the ten seconds in which the notice can be undone, and its sending
    page = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="es-BO").new_page()
    page.goto(f"{demo.standins}/whatsapp/{GUARD}")
    page.wait_for_load_state("networkidle")
    save_webp(page, page.screenshot(), picture)


def main() -> None:
    """Run the walk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--only", choices=("fault", "month"), default="")
    parser.add_argument("--browser", default=shutil.which("chromium") or "", help="path of Chromium")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser or None, args=FLAGS)
        try:
            if options.only != "month":
                walk(browser, demo, options.out)
            if options.only != "fault":
                readme_month.walk(browser, demo, options.out)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
