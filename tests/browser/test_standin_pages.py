"""The pages of the local mail and WhatsApp: on a desk and a phone of 360 px, in light and in dark."""

from __future__ import annotations

import json
import time
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from mayorista.interfaces.standins.store import Store
from tests import standin
from tests.browser.conftest import DESKTOP, SHOTS

PHONE = {"width": 360, "height": 640}
LONG = "https://mayorista.example.bo/dac/DAC-2026-000045/" + "x" * 60
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text()
PAGES = {
    "telefonos": "/whatsapp",
    "conversacion": "/whatsapp/59170000014",
    "correos": "/correo",
    "correo": "/correo/1",
    "fallas": "/fallas",
    "error": "/nada",
}


def _mail() -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"] = (
        "NOC <noc@comteco.example>",
        "gerencia.planificacion.mayorista@comteco.example",
    )
    letter["Subject"] = "D.A.C. DAC-2026-000045 – apertura – VALLE FIBRA S.R.L., CABLE SUR DEMO"
    letter["Message-ID"] = "<0b1f6a0e-9c1f-4f6e-8a56-6f2d3e1c9c11@mayorista.comteco.example>"
    letter.set_content(
        f"Señor\nGerente de Planificación\nPresente.-\n\nAgradecemos acusar recibo en {LONG}\n"
    )
    letter.add_attachment(
        b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="DAC-2026-000045-1-apertura.pdf"
    )
    return letter.as_bytes()


@pytest.fixture(scope="module")
def exterior(tmp_path_factory):
    """The stand-ins with two phones, a conversation of every kind of bubble, and a mail with a PDF."""
    made = standin.start(tmp_path_factory.mktemp("exterior"))
    now = time.time()
    words = (
        (0, "text", "Buenas noches, estamos sin servicio internacional desde las 21:55.", "", "[]", "delivered", ""),
        (1, "template", f"Estimado cliente: acta en {LONG}", "aviso_cierre_falla", json.dumps([["si", "Sí, restablecido"], ["no", "Aún con falla"]]), "read", ""),
        (1, "text", "¿Nos confirma?", "", "[]", "failed 131026", "w1"),
        (0, "text", "Sí, gracias", "", "[]", "read", "w2"),
    )  # fmt: skip
    with closing(Store(made.folder / "standins" / "exterior.sqlite3")) as store, store.transaction() as rows:
        rows.execute(
            "INSERT INTO phone VALUES ('59170000014', 'Guardia de VALLE FIBRA S.R.L. (24 horas)', 1, ?)",
            (now,),
        )
        rows.execute("INSERT INTO phone VALUES ('59170000090', '', 0, ?)", (now,))
        for place, (ours, kind, text, template, buttons, status, reply) in enumerate(words, start=1):
            rows.execute(
                "INSERT INTO message (wamid, wa_id, ours, at, type, text, template, buttons, status, reply_to)"
                " VALUES (?, '59170000014', ?, ?, ?, ?, ?, ?, ?, ?)",
                (f"w{place}", ours, now - 100_000 + place, kind, text, template, buttons, status, reply),
            )
        rows.execute(
            "INSERT INTO mail (at, sender, recipients, subject, message_id, eml) VALUES (?, ?, ?, ?, ?, ?)",
            (now, "noc@comteco.example", json.dumps(["gerencia.planificacion.mayorista@comteco.example"]), "D.A.C. DAC-2026-000045 – apertura – VALLE FIBRA S.R.L.", "x", _mail()),
        )  # fmt: skip
    assert httpx.get(made.base_url + "/correo/1").status_code == 200
    yield made
    made.stop()


class TestThePagesOfTheStandIns:
    @pytest.mark.parametrize("dark", [False, True], ids=["claro", "oscuro"])
    @pytest.mark.parametrize("phone", [False, True], ids=["escritorio", "fono"])
    def test_fit_and_are_accessible(self, chromium, exterior, phone, dark):
        size = PHONE if phone else DESKTOP
        context = chromium.new_context(
            viewport=size,
            color_scheme="dark" if dark else "light",
            bypass_csp=True,
            has_touch=phone,
            reduced_motion="reduce",  # a bubble that is still coming in has not its colours yet
        )
        page, found = context.new_page(), []
        for name, path in PAGES.items():
            page.goto(exterior.base_url + path)
            SHOTS.mkdir(exist_ok=True)
            page.screenshot(
                path=SHOTS
                / f"exterior-{name}-{'fono' if phone else 'escritorio'}-{'oscuro' if dark else 'claro'}.png"
            )
            if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"):
                found.append(f"{path}: cuelga a la derecha")
            page.evaluate(AXE)
            seen = page.evaluate(
                "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']})"
            )
            found += [
                f"{path}: {each['id']} {node['html'][:140]} {node['failureSummary'][:160]}"
                for each in seen["violations"]
                if each["impact"] in {"serious", "critical"}
                for node in each["nodes"][:3]
            ]
            if phone:
                small = page.evaluate(
                    "[...document.querySelectorAll('button, a.button, nav a, summary, select, input:not([type=hidden])')]"
                    ".filter(n => n.offsetParent && n.getBoundingClientRect().height < (n.type === 'checkbox' ? 20 : 43))"
                    ".map(n => n.outerHTML.slice(0, 80))"
                )
                found += [f"{path}: pequeño para el dedo: {each}" for each in small]
        context.close()
        assert not found, "\n".join(found)
