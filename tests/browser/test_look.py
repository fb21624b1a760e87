"""Every screen once, as pictures to be looked at; nothing hangs over, nothing is refused by the CSP, axe finds nothing serious."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.customers.models import Customer
from mayorista.apps.faults.models import DacForm
from mayorista.apps.faults.operations import claims, coordination
from mayorista.apps.monitoring.models import Alarm
from mayorista.rules.procedure import Role


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


# who looks -> at what; names in braces are numbers of the busy night
SCREENS = {
    "noc": [
        "/", "/danos/", "/pizarra", "/danos/{valle}/", "/danos/{fiber}/", "/danos/{andes}/", "/danos/{valle}/dac/",
        "/danos/{andes}/protocolos/", "/danos/{valle}/ticket/", "/danos/{valle}/restablecer/", "/danos/nuevo/?buscar=valle",
        "/reclamos/nuevo/?buscar=valle", "/buscar/?q=valle", "/alarmas/", "/alarmas/?ver=sin-servicio",
        "/alarmas/sin-servicio/{alarm}/", "/alarmas/cuarentena/", "/alarmas/fuentes/", "/mantenimientos/",
        "/mantenimientos/nuevo/", "/mensajes/", "/canales/", "/protocolos/", "/protocolos/GESTORES/", "/dac/{dac}/",
        "/danos/NADA/", "/clientes/", "/clientes/{customer}/", "/servicios/", "/servicios/TIP-0141/", "/contactos/",
        "/cuenta/2fa/",
    ],
    "soporte": ["/danos/{andes}/diagnosticar/", "/danos/{tunari}/"],
    "gerente": ["/", "/danos/{trop}/avisar/", "/avisos/", "/danos/{trop}/"],
    "admin": [
        "/administracion/", "/administracion/usuarios/", "/administracion/parametros/", "/administracion/red/",
        "/administracion/sla/", "/administracion/delegaciones/", "/importar/", "/alarmas/fuentes/nueva/",
        "/clientes/nuevo/", "/servicios/TIP-0141/editar/",
    ],
    "": ["/cuenta/login/", "/verificar/"],
}  # fmt: skip
MODES = {"escritorio": {}, "fono": {"phone": True}, "oscuro": {"dark": True}}


def _name(person: str, path: str, mode: str) -> str:
    return f"{person or 'nadie'}{path.rstrip('/').replace('/', '-').replace('?', '_') or '-bandeja'}-{mode}"


class TestEveryScreen:
    @pytest.mark.parametrize("mode", MODES)
    def test_fits_is_accessible_and_breaks_no_rule_of_the_browser(self, busy, sit, mode):
        found = []
        for person, paths in SCREENS.items():
            desk = sit(person, **MODES[mode])
            for path in paths:
                address = path.format(**busy)
                answer = desk.go(address)
                name = _name(person, path.replace("{", "").replace("}", ""), mode)
                desk.shot(name, whole=mode == "fono")
                if answer.status != (404 if "NADA" in path else 200):
                    found.append(f"{name}: {answer.status}")
                if not desk.fits():
                    found.append(f"{name}: cuelga a la derecha")
                found += [f"{name}: {each}" for each in desk.axe()]
            found += [f"{person} {mode}: {each}" for each in desk.problems]
        assert not found, "\n".join(found)

    @pytest.mark.soak
    @pytest.mark.parametrize("role", list(Role))
    def test_opens_for_each_role_or_says_whose_it_is(self, busy, sit, night, role):
        night.person("persona", role)
        desk = sit("persona")
        found = []
        for path in [each for paths in SCREENS.values() for each in paths]:
            answer = desk.go(path.format(**busy))
            if answer.status not in {200, 403, 404, 409}:
                found.append(f"{path}: {answer.status}")
            if answer.status == 403 and "Corresponde a" not in desk.page.inner_text("main"):
                found.append(f"{path}: no dice a quién corresponde")
        assert not found + desk.problems, "\n".join(found + desk.problems)
