"""Take the pictures of the manuals in docs/es: a demo of its own, a cut upstream, and each role before its screens.

    .venv/bin/python scripts/manual_pictures.py [--out docs/es/imagenes]        (make manual)

Each picture is `<role>-<what>.webp`, light, on a desk or (`-telefono`) on a phone. Needs Chromium and playwright.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

from demo_desk import FLAGS, Demo, Desk, running_demo
from playwright.sync_api import Browser, sync_playwright
from readme_pictures import new_fault, protocol_answers


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who sees what; `link` is followed first, its words or its address begin so."""

    who: str
    name: str
    path: str
    phone: bool = False
    link: str = ""


SHOTS = (
    Shot("noc", "bandeja", "/"),
    Shot("noc", "danos", "/danos/"),
    Shot("noc", "falla", "/danos/{fault}/"),
    Shot("noc", "dac", "/danos/{fault}/dac/"),
    Shot("noc", "capacidad", "/velocidad/", link="tr:has-text('TIP-0077') a"),
    Shot("noc", "turno", "/turno/"),
    Shot("noc", "bandeja-telefono", "/", phone=True),
    Shot("soporte", "bandeja", "/"),
    Shot("soporte", "caso", "/danos/{case}/"),
    Shot("soporte", "reclamo", "/reclamos/nuevo/"),
    Shot("soporte", "caso-telefono", "/danos/{case}/", phone=True),
    Shot("gerente", "supervision", "/supervision/"),
    Shot("gerente", "decidir-telefono", "/velocidad/decidir/", phone=True),
    Shot("gerente", "bandeja-telefono", "/", phone=True),
    Shot("gerente", "mes", "/facturacion/{month}/"),
    Shot("gerente", "indicadores", "/indicadores/{month}/"),
    Shot("gerente", "informes", "/informes/{last}/"),
    Shot("gerente", "enviar-informes", "/informes/{last}/enviar/"),
    Shot("gerente", "rfo", "/informes/papel/RFO-{year}-000001/"),
    Shot("gerente", "turnos", "/turno/rol/"),
    Shot("ventas", "bandeja", "/"),
    Shot("ventas", "entregar", "/contratos/CT-009/entregar/"),
    Shot("ventas", "cuanto-seria", "/facturacion/cuanto-seria/"),
    Shot("interconexion", "bandeja", "/"),
    Shot("interconexion", "mes", "/facturacion/{month}/"),
    Shot("interconexion", "hoja", "/facturacion/{last}/", link="tbody a.go"),
    Shot("interconexion", "recordatorios", "/cobranza/recordatorios/"),
    Shot("interconexion", "comprobante", "/comprobantes/", link="tbody a.go"),
    Shot("interconexion", "proveedor", "/informes/{last}/proveedores/TAD/?contrato=CT-TAD-2025-07"),
    Shot("facturacion", "bandeja", "/"),
    Shot("facturacion", "mes", "/facturacion/{last}/"),
    Shot("facturacion", "facturas", "/facturas/"),
    Shot("facturacion", "devuelta", "/facturas/", link="tr:has-text('devuelto') a"),
    Shot("contabilidad", "bandeja", "/"),
    Shot("contabilidad", "comprobantes", "/comprobantes/?ver=todos"),
    Shot("contabilidad", "extractos", "/comprobantes/extractos/"),
    Shot("cartera", "saldos", "/cobranza/"),
    Shot("cartera", "cliente", "/cobranza/", link="tbody a.go"),
    Shot("cartera", "saldos-telefono", "/cobranza/", phone=True),
    Shot("legal", "bandeja", "/"),
    Shot("legal", "recordatorios", "/cobranza/recordatorios/"),
    Shot("legal", "contrato", "/contratos/CT-014/"),
    Shot("auditor", "bitacora", "/auditoria/"),
    Shot("auditor", "sellos", "/auditoria/sellos/"),
    Shot("auditor", "conformidad", "/auditoria/conformidad/{last}/"),
    Shot("auditor", "documentos", "/documentos/"),
    Shot("auditor", "proceso", "/proceso/"),
    Shot("auditor", "traza", "/traza/FAC-INT-2026-000001/"),
    Shot("auditor", "control", "/indicadores/controles/{month}/"),
    Shot("admin", "administracion", "/administracion/"),
    Shot("admin", "usuarios", "/administracion/usuarios/"),
    Shot("admin", "parametros", "/administracion/parametros/"),
    Shot("admin", "canales", "/canales/"),
)


def prepare(browser: Browser, demo: Demo) -> dict[str, str]:
    """Cut the upstream and carry the fault to the D.A.C.; returns the numbers that addresses need."""
    noc, support = Desk(browser, demo, "noc"), Desk(browser, demo, "soporte")
    demo.alarm(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6))
    fault, case = new_fault(noc)
    demo.customer_writes("Buenas noches, estamos sin servicio internacional. ¿Nos pueden confirmar?")
    noc.open(f"/danos/{fault}/")
    noc.send()
    noc.act(f"/danos/{fault}/protocolos/", **protocol_answers(noc, fault))
    support.act(
        f"/danos/{fault}/diagnosticar/",
        attribution="EXTERNAL",
        cause_code="E-FIB",
        reason="Pérdida de señal óptica en ambos hilos del tramo contratado.",
        evidence="OTDR solicitado; gráfica de tráfico en cero.",
        severity="1",
        element="Tramo contratado Oruro – Tambo Quemado",
        impact="Sin tráfico internacional",
    )
    support.act(f"/danos/{fault}/entregar/", note="Puertos propios sin errores.")
    noc.act(f"/danos/{fault}/aceptar/")
    noc.act(f"/danos/{fault}/ticket/", reference="TA-88213", contact="NOC del proveedor")
    today = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=4)).date()
    last = today.replace(day=1) - dt.timedelta(days=1)
    return {
        "fault": fault,
        "case": case,
        "month": f"{today:%Y-%m}",
        "last": f"{last:%Y-%m}",
        "year": f"{today:%Y}",
    }


def take(browser: Browser, demo: Demo, out: Path, only: str) -> None:
    """Take every picture, one person after the other."""
    numbers = prepare(browser, demo)
    desks: dict[tuple[str, bool], Desk] = {}
    for shot in SHOTS:
        if only and not shot.who.startswith(only):
            continue
        desk = desks.get((shot.who, shot.phone))
        if desk is None:
            desk = desks[shot.who, shot.phone] = Desk(browser, demo, shot.who, phone=shot.phone)
        desk.open(shot.path.format(**numbers))
        if shot.link:
            desk.page.locator(f"main {shot.link}").first.click()
            desk.page.wait_for_load_state()
        desk.picture(out / f"{shot.who}-{shot.name}.webp")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/es/imagenes"))
    parser.add_argument("--only", default="", help="one role, by its login")
    parser.add_argument("--browser", default=shutil.which("chromium") or "", help="path of Chromium")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser or None, args=FLAGS)
        try:
            take(browser, demo, options.out, options.only)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
