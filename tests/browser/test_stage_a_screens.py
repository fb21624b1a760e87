"""What people asked of the screens of stage A, before a real browser."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.customers.models import Customer
from mayorista.apps.faults.models import DacForm
from mayorista.apps.faults.operations import claims, coordination
from mayorista.apps.monitoring.models import Alarm
from mayorista.rules.procedure import Role

SMALL = {"width": 360, "height": 640}


@pytest.fixture
def busy(night):
    """A night with something at every step."""
    world = night
    tunari = world.isp("RED TUNARI S.R.L.", "TIP-0077", mobile="70000077")
    tropico = world.isp("TROPICO NET DEMO", "TIP-0105", mobile="70000105")
    world.isp("CABLE SUR DEMO", "TIP-0090", mobile="70000090", rides_on="ORURO-TAMBO")
    valle = world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142", mobile="70000014", rides_on="ORURO-TAMBO")
    andes = world.isp("ANDESNET LTDA.", "TIP-0032", mobile="70000032")
    start = world.at
    world.at = start - dt.timedelta(hours=4)
    world.alarm(service="TIP-0105", instance="CBBA-BR1")
    trop = world.fault()
    world.pass_minutes(8)
    world.protocols(trop)
    world.diagnose(trop, "INTERNAL", "I-ENE")
    world.coordinate(trop)
    coordination.open_work_order(
        fault_id=trop.pk,
        unit_code="DIV-ASR",
        description="Revisar rectificador 2",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.open_dac(trop)
    world.pass_minutes(200)
    world.restore_and_verify(trop)
    world.close_dac(trop)
    world.at = start - dt.timedelta(minutes=100)
    world.alarm(upstream="ORURO-TAMBO", peer="64514")
    fiber = world.fault()
    world.pass_minutes(4)
    claims.register_claim(
        channel="WHATSAPP",
        who="Ing. de guardia",
        words="Buenas noches, estamos sin servicio internacional desde las 21:55, ¿nos pueden confirmar?",
        claimed_at=world.at,
        service_ids=[world.service("TIP-0141")],
        actor=world.actor("soporte"),
        at=world.at,
    )
    world.customer_writes(
        "59170000014", "Buenas noches, estamos sin servicio internacional, ¿nos pueden confirmar?"
    )
    world.pass_minutes(3)
    world.protocols(fiber)
    world.diagnose(fiber, "EXTERNAL", "E-FIB")
    world.coordinate(fiber)
    coordination.open_ticket(
        fault_id=fiber.pk,
        provider_id=world.provider_id,
        reference="TA-88213",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.pass_minutes(5)
    world.open_dac(fiber)
    world.pass_minutes(40)
    coordination.record_advance(
        fault_id=fiber.pk,
        text="Proveedor ubica corte a 41,2 km de Oruro por obras viales; cuadrilla en camino.",
        etr_at=world.at + dt.timedelta(hours=3),
        actor=world.actor("noc"),
        at=world.at,
    )
    world.settle()
    world.at = start - dt.timedelta(minutes=6)
    claims.register_claim(
        channel="PHONE",
        who="Guardia",
        words="mucha pérdida de paquetes",
        claimed_at=world.at,
        service_ids=[world.service("TIP-0077")],
        severity=2,
        effect="PARTIAL",
        actor=world.actor("soporte"),
        at=world.at,
    )
    world.at = start - dt.timedelta(minutes=2)
    world.alarm(service="TIP-0032", instance="CBBA-BR2", interface="Te0/1")
    world.alarm(service="TIP-9999", instance="ROUTER-X")
    world.at = start
    return {
        "valle": world.case(valle).dossier.number,
        "andes": world.case(andes).dossier.number,
        "trop": world.case(tropico).dossier.number,
        "tunari": world.case(tunari).dossier.number,
        "fiber": fiber.dossier.number,
        "dac": DacForm.objects.select_related("dossier").earliest("pk").dossier.number,
        "alarm": Alarm.objects.latest("pk").pk,
        "customer": Customer.objects.get(pk=valle).code,
    }


class TestTheNoticeOfTheSolution:
    @pytest.mark.parametrize("dark", [False, True])
    def test_takes_two_taps_and_no_scrolling_on_a_small_phone(self, busy, sit, dark):
        desk = sit("gerente", phone=True, dark=dark, size=SMALL)
        desk.go("/")
        card = desk.page.locator(".tray-cards a[href$='/avisar/']").first
        card.scroll_into_view_if_needed()
        desk.shot(f"a7-bandeja-{dark}")
        card.tap()
        desk.page.wait_for_url("**/avisar/")
        desk.shot(f"a7-aviso-{dark}")
        button = desk.page.locator(".next-step [data-main]")
        box = button.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= SMALL["height"]
        assert box["height"] >= 44
        button.tap()
        desk.page.wait_for_url(desk.address + "/")
        desk.until("document.querySelector('.toast-box')")
        assert "Aviso en camino" in desk.page.locator(".toast-box").first.inner_text()
        assert not desk.problems


class TestTheSearchBox:
    def test_is_wide_where_one_types_also_beside_many_places(self, busy, sit, night):
        night.person(
            "de todo", Role.NOC, Role.SUPPORT, Role.MANAGER, Role.INTERCONNECTION, Role.BILLING, Role.ADMIN
        )
        for size in ({"width": 1280, "height": 800}, {"width": 1440, "height": 900}, SMALL):
            desk = sit("de todo", size=size)
            desk.go("/")
            narrow = desk.page.locator("#q").bounding_box()["width"]
            desk.page.keyboard.press("/")
            box = desk.page.locator("#q").bounding_box()
            desk.shot(f"buscar-{size['width']}")
            assert box["width"] >= min(400, size["width"] * 0.55), (size, narrow, box)
            assert box["x"] >= 0
            assert desk.fits()
            desk.page.keyboard.type("valle")
            desk.page.keyboard.press("Enter")
            desk.page.wait_for_url("**/buscar/**")


class TestTheRail:
    def test_leads_to_what_was_done_in_a_step_by_link_and_by_key(self, busy, sit):
        desk = sit("noc")
        desk.go(f"/danos/{busy['valle']}/")
        for key, act in (("3", "diagnóstico"), ("1", "alarma")):
            desk.page.keyboard.press(key)
            desk.until("location.hash && document.querySelector(':target')")
            seen = desk.page.locator(":target")
            assert act in seen.inner_text().lower()
            box = seen.bounding_box()
            assert 0 <= box["y"] <= 900 - 40
        desk.shot("rail-1")
        desk.page.locator("ol.rail a", has_text="A.3").click()
        assert "diagnóstico" in desk.page.locator(":target").inner_text().lower()
        assert not desk.problems


class TestTheTimeline:
    def test_keeps_its_room_while_only_a_template_goes_out(self, busy, sit):
        desk = sit("soporte", size={"width": 1280, "height": 900})
        desk.go(f"/danos/{busy['andes']}/")
        assert desk.page.is_visible("text=Ventana cerrada: solo plantilla")
        assert desk.page.locator("[data-template-text]").inner_text()
        desk.shot("linea-de-tiempo-con-plantilla")
        assert desk.page.locator("[data-thread]").bounding_box()["height"] >= 340
        assert desk.axe() == []


class TestSnooze:
    def test_by_keyboard_alone_at_the_desk(self, busy, sit):
        desk = sit("noc")
        desk.go("/")
        desk.page.keyboard.press("j")
        desk.shot("posponer-bandeja")
        desk.page.keyboard.press("p")
        desk.page.wait_for_url("**/posponer/")
        desk.page.keyboard.type("espera al proveedor")
        desk.page.keyboard.press("Control+Enter")
        desk.page.wait_for_url(desk.address + "/")
        assert desk.page.locator("summary", has_text="1 pospuesta").is_visible()
        assert not desk.problems

    @pytest.mark.parametrize("dark", [False, True])
    def test_on_a_small_phone(self, busy, sit, dark):
        desk = sit("noc", phone=True, dark=dark, size=SMALL)
        desk.go("/")
        desk.page.locator(".tray-cards a[href$='/posponer/']").first.tap()
        desk.page.wait_for_url("**/posponer/")
        desk.shot(f"posponer-{dark}", whole=True)
        assert desk.fits()
        assert desk.axe() == []
        desk.page.locator("label", has_text="2 horas").tap()
        desk.page.locator("[name=motivo]").fill("espera al proveedor")
        desk.page.locator("[data-main]").tap()
        desk.page.wait_for_url(desk.address + "/")
        desk.shot(f"posponer-hecho-{dark}")
        assert not desk.problems


class TestTheScreensOfTheAdministrator:
    @pytest.mark.parametrize(
        "mode",
        [{}, {"dark": True}, {"phone": True, "size": SMALL}, {"phone": True, "dark": True, "size": SMALL}],
    )
    def test_fit_and_are_accessible(self, night, sit, mode):
        desk = sit("admin", **mode)
        found = []
        for name, path in {
            "fuente": f"/alarmas/fuentes/{night.source_id}/",
            "fuentes": "/alarmas/fuentes/",
            "textos": "/administracion/textos/",
            "texto": "/administracion/textos/cierre_falla_correo/",
            "plantilla": "/administracion/textos/aviso_cierre_falla/",
            "protocolo": "/protocolos/REMOTO/",
            "publicar": "/protocolos/REMOTO/publicar/",
        }.items():
            desk.go(path)
            desk.shot(
                f"adm-{name}-{'fono' if mode.get('phone') else 'escritorio'}-{bool(mode.get('dark'))}",
                whole=True,
            )
            if not desk.fits():
                found.append(f"{path}: cuelga a la derecha")
            found += [f"{path}: {each}" for each in desk.axe()]
        assert found == []
        assert not desk.problems


class TestWidth:
    @pytest.mark.parametrize("width", [1340, 1280, 1200, 1024, 1020, 768, 761, 360])
    def test_tray_and_board_need_no_scrolling_sideways(self, busy, sit, width):
        for who, path in (("soporte", "/"), ("gerente", "/"), ("noc", "/danos/")):
            desk = sit(who, size={"width": width, "height": 768})
            desk.go(path)
            assert desk.page.locator("tbody tr").count() > 1
            wide = desk.page.evaluate(
                "[...document.querySelectorAll('.scroll')].map(box => [box.scrollWidth, box.clientWidth])"
            )
            assert all(needs <= has + 1 for needs, has in wide), (who, path, width, wide)
            assert desk.fits()
            seen = desk.page.locator("#main").inner_text()
            assert "-2026-0" in seen  # a number without its column is told in another cell

    def test_circuits_offered_to_a_claim_stay_in_their_form_on_a_phone(self, busy, sit):
        desk = sit("soporte", phone=True)
        desk.go("/reclamos/nuevo/?buscar=valle")
        edge = "document.querySelector('{}').getBoundingClientRect().right"
        right = [desk.page.evaluate(edge.format(which)) for which in ("label.circuit", "[name=buscar]")]
        assert right[0] <= right[1] + 1
