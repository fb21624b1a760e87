"""What people do at their screens at night, in a real browser."""

from __future__ import annotations

import base64
import time

import pytest

from mayorista.apps.faults.models import Case, CustomerNotice, Diagnosis, Fault
from mayorista.apps.procedure.models import StoredFile
from mayorista.rules.procedure import Role
from tests.stories.world import PASSWORD

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def valle(night):
    night.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORURO-TAMBO")
    return night


class TestTheBoard:
    def test_shows_a_new_alarm_within_two_seconds_and_sounds_until_it_is_acknowledged(self, valle, sit):
        desk = sit("noc")
        desk.go("/danos/")
        desk.page.click("[data-sound]")
        assert "Sonido activo" in desk.page.inner_text("[data-sound]")
        desk.page.wait_for_timeout(1500)  # the first poll learns where things stand
        valle.alarm(service="TIP-0141")
        posted = time.monotonic()
        desk.page.wait_for_selector("text=DANO-2026-000001", timeout=5000)
        assert time.monotonic() - posted < 2.5
        desk.until("document.body.dataset.rang > 0")
        assert desk.page.title().startswith("(1)")
        desk.page.keyboard.press("j")
        desk.page.keyboard.press("e")
        desk.page.wait_for_selector("text=Reconocido: el sonido calla")
        desk.page.wait_for_timeout(1500)
        assert Fault.objects.get().acknowledged_at
        assert not desk.page.title().startswith("(")
        assert not desk.problems

    def test_on_the_wall_takes_the_colour_of_the_worst_and_says_how_old_its_data_is(self, valle, sit):
        desk = sit("noc", size={"width": 1920, "height": 1080})
        desk.go("/pizarra")
        assert "calm" in desk.page.get_attribute("body", "class")
        desk.page.wait_for_timeout(1500)
        valle.alarm(service="TIP-0141")
        desk.until("document.body.classList.contains('sev-1')", seconds=5)
        size = desk.page.evaluate(
            "parseFloat(getComputedStyle(document.querySelector('.wall-table td b')).fontSize)"
        )
        assert size >= 36  # few of them, read at five metres
        assert "Esta pantalla está muda" in desk.page.inner_text("#main")
        desk.page.click("[data-sound]")
        desk.until("document.querySelector('[data-sound]').getAttribute('aria-pressed') === 'true'")
        assert "Esta pantalla está muda" not in desk.page.inner_text("#main")
        desk.until(
            "Number(document.body.dataset.rang) > 1", seconds=12
        )  # rings again until somebody acknowledges
        desk.page.route("**/vivo*", lambda route: route.abort())
        desk.until("document.querySelector('[data-fresh]').classList.contains('stale')", seconds=25)
        assert "datos de hace" in desk.page.inner_text("[data-fresh]")


class TestTheKeyboardAlone:
    def test_carries_a_fault_from_the_alarm_to_the_notice(self, valle, sit):  # noqa: PLR0915 - a whole night
        valle.person("turno", Role.NOC, Role.SUPPORT, Role.MANAGER)
        valle.alarm(service="TIP-0141")
        desk = sit("turno")
        page, key = desk.page, desk.page.keyboard
        desk.go("/")
        key.press("?")
        page.wait_for_selector("dialog[open]")
        key.press("Escape")
        key.press("g")
        key.press("d")
        page.wait_for_url("**/danos/")
        key.press("j")
        key.press("Enter")
        page.wait_for_url("**/danos/DANO-2026-000001/")
        key.press("s")  # A.1
        page.wait_for_selector("text=Reconocido: el sonido calla")
        key.press("s")  # A.3
        page.wait_for_url("**/diagnosticar/")
        page.focus("[name=attribution]")
        key.press("ArrowDown")  # the second of the three: internal
        key.press("Tab")
        key.type("I-ENE")
        key.press("Tab")
        key.type("caída de rectificador 2")
        key.press("Control+Enter")
        page.wait_for_selector("text=Diagnóstico registrado")
        fault = Fault.objects.get()
        assert (fault.attribution, fault.cause_code) == ("INTERNAL", "I-ENE")
        assert fault.coordinated_at, "quien tiene ambos roles hace A.3 y A.5 en un envío"
        key.press("s")  # A.5, the work order
        page.wait_for_url("**/orden/")
        page.focus("[name=description]")
        key.type("Revisar rectificador 2")
        key.press("Control+Enter")
        page.wait_for_selector("text=Orden de trabajo emitida")
        desk.go("/danos/DANO-2026-000001/dac/")
        page.focus("[name=opening-impact]")
        key.press("Control+a")
        key.type("100 % del tráfico; sesión BGP caída")
        key.press("Control+Enter")
        page.wait_for_selector("text=Apertura enviada")
        desk.go("/danos/DANO-2026-000001/restablecer/")
        page.focus("[name=restored_at]")
        key.type("ahora")
        key.press("Control+Enter")
        page.wait_for_selector("text=Restablecimiento registrado")
        key.press("s")
        page.wait_for_url("**/verificar/")
        page.focus("[name=verification]")
        key.type("ping y tráfico normales")
        key.press("Control+Enter")
        page.wait_for_selector("text=Verificación registrada")
        desk.go("/danos/DANO-2026-000001/protocolos/")
        page.focus("[name='GESTORES.NMS']")
        key.type("Prometheus")
        page.focus("[name='GESTORES.RESULT']")
        key.type("sin energía")
        key.press("Control+Enter")
        page.wait_for_selector("text=Protocolos registrados")
        key.press("s")
        page.wait_for_url("**/dac/")
        page.focus("[name=closing-root_cause]")
        key.type("Rectificador 2 fuera de servicio")
        page.focus("[name=closing-preventive]")
        key.type("Reemplazar el rectificador 2")
        key.press("Tab")
        key.type("Energía")
        page.focus("[name=closing-preventive_on]")
        key.type("05/12/2026")
        key.press("Control+Enter")
        page.wait_for_selector("text=Cierre enviado")
        key.press("s")
        page.wait_for_url("**/avisar/")
        key.press("Control+Enter")
        page.wait_for_selector("text=Aviso en camino")
        assert CustomerNotice.objects.filter(kind="SOLUTION", undone_at=None).count() == 1
        valle.pass_minutes(1)
        valle.settle()
        assert Case.objects.get().state == "TOLD"
        assert not desk.problems


class TestWhatWasTyped:
    def test_survives_a_reload_and_an_expired_session(self, valle, sit):
        valle.alarm(service="TIP-0141")
        desk = sit("soporte")
        page = desk.page
        desk.go("/danos/DANO-2026-000001/diagnosticar/")
        page.fill("[name=reason]", "pérdida de señal en ambos hilos")
        page.wait_for_selector("text=borrador guardado")
        page.reload()
        assert page.input_value("[name=reason]") == "pérdida de señal en ambos hilos"
        page.wait_for_selector("text=borrador recuperado")
        page.check("[name=attribution][value=CUSTOMER]")
        page.select_option("[name=cause_code]", "C-EQP")
        page.context.clear_cookies()
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/cuenta/login/**")
        page.fill("[name=login]", "soporte")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/diagnosticar/")
        assert page.input_value("[name=reason]") == "pérdida de señal en ambos hilos"
        page.focus("[name=reason]")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("text=Diagnóstico registrado")
        assert Diagnosis.objects.get().reason == "pérdida de señal en ambos hilos"
        desk.go("/danos/DANO-2026-000001/diagnosticar/")
        assert "borrador recuperado" not in page.content()

    def test_by_two_at_once_is_shown_in_both_versions(self, valle, sit):
        valle.alarm(service="TIP-0141")
        one, other = sit("soporte"), sit("colega")
        for desk in (one, other):
            desk.go("/danos/DANO-2026-000001/diagnosticar/")
            desk.page.check("[name=attribution][value=CUSTOMER]")
            desk.page.select_option("[name=cause_code]", "C-ENE")
            desk.page.fill("[name=reason]", f"visto por {desk.name}")
        one.page.keyboard.press("Control+Enter")
        one.page.wait_for_selector("text=Diagnóstico registrado")
        other.page.focus("[name=reason]")
        other.page.keyboard.press("Control+Enter")
        other.page.wait_for_selector("text=Lo que está guardado ahora")
        words = other.page.inner_text("main")
        assert "visto por colega" in words
        assert "visto por soporte" in words
        other.shot("dos-versiones")
        assert Diagnosis.objects.count() == 1


class TestTheComposer:
    def test_knows_the_window_and_offers_texts_and_takes_a_pasted_picture(self, valle, sit):
        valle.alarm(service="TIP-0141")
        desk = sit("soporte")
        page = desk.page
        desk.go("/danos/DANO-2026-000001/")
        assert page.is_visible("text=Ventana cerrada: solo plantilla")
        assert not page.is_visible("#text")
        valle.customer_writes("59170000014", "estamos sin servicio")
        page.wait_for_selector("text=estamos sin servicio", timeout=5000)
        page.reload()
        assert page.is_visible("text=Ventana abierta")
        page.keyboard.press("r")
        page.keyboard.type("/restablecido")
        page.wait_for_selector("#quick button:visible")
        page.keyboard.press("Enter")
        assert "DANO-2026-000001" in page.input_value("#text")
        page.evaluate(
            """(data) => {
                const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                const carried = new DataTransfer();
                carried.items.add(new File([bytes], "", { type: "image/png" }));
                document.querySelector("#text").dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
            }""",
            base64.b64encode(PNG).decode(),
        )
        page.wait_for_selector(".thumb img")
        assert StoredFile.objects.filter(content_type="image/png").exists()
        desk.shot("redactor")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("text=Mensaje en camino")
        assert not desk.problems


class TestThePhone:
    def test_tells_the_customer_in_two_taps_and_can_undo(self, valle, sit):
        valle.alarm(service="TIP-0141")
        fault = valle.fault()
        valle.protocols(fault)
        valle.diagnose(fault, "INTERNAL", "I-ENE")
        valle.coordinate(fault)
        valle.open_dac(fault)
        valle.pass_minutes(30)
        valle.restore_and_verify(fault)
        valle.close_dac(fault)
        desk = sit("gerente", phone=True)
        page = desk.page
        desk.go("/")
        desk.shot("fono-bandeja")
        page.tap(".tray-cards >> text=Comunicar la solución")
        page.wait_for_selector("text=Avisar y concluir")
        assert page.evaluate(
            "document.querySelector('.next-step button').getBoundingClientRect().bottom <= innerHeight"
        )
        desk.shot("fono-aviso")
        page.tap("text=Avisar y concluir")
        page.wait_for_selector("text=Aviso en camino")
        desk.shot("fono-deshacer")
        page.tap("text=Deshacer")
        page.wait_for_selector("text=aviso deshecho")
        assert CustomerNotice.objects.get().undone_at
        assert not desk.problems


class TestTheTheme:
    def test_follows_the_system_until_the_person_chooses(self, night, sit):
        desk = sit("noc", dark=True)
        page = desk.page
        desk.go("/")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click(".topbar > details.menu > summary")
        page.click("[data-theme-toggle]")
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert dark != light
        page.reload()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
