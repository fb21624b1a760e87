"""Every screen once, as pictures to be looked at; nothing hangs over, nothing is refused by the CSP, axe finds nothing serious."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.faults.operations import claims, coordination


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
    }


class TestEveryScreen:
    def test_looks_right(self, busy, sit, night):
        found = []
        for person, paths in {
            "noc": [
                "/",
                "/danos/",
                "/pizarra",
                f"/danos/{busy['valle']}/",
                f"/danos/{busy['fiber']}/",
                f"/danos/{busy['andes']}/",
                f"/danos/{busy['valle']}/dac/",
                f"/danos/{busy['andes']}/protocolos/",
                f"/danos/{busy['valle']}/ticket/",
                "/danos/nuevo/?buscar=valle",
                "/reclamos/nuevo/?buscar=valle",
                "/buscar/?q=valle",
                "/alarmas/",
                "/alarmas/?ver=sin-servicio",
                "/alarmas/cuarentena/",
                "/alarmas/fuentes/",
                "/mensajes/",
                "/canales/",
                "/protocolos/",
                "/protocolos/GESTORES/",
                "/danos/NADA/",
            ],
            "soporte": ["/", f"/danos/{busy['andes']}/diagnosticar/", f"/danos/{busy['tunari']}/"],
            "gerente": ["/", f"/danos/{busy['trop']}/avisar/", "/avisos/", f"/danos/{busy['trop']}/"],
            "": ["/cuenta/login/", "/verificar/"],
        }.items():
            for dark, phone in ((False, False), (False, True), (True, False)):
                desk = sit(person, dark=dark, phone=phone)
                for path in paths:
                    desk.go(path)
                    name = f"{person or 'nadie'}{'-' + path.strip('/').replace('/', '_').replace('?', '_') if path != '/' else '-bandeja'}-{'fono' if phone else 'escritorio'}{'-oscuro' if dark else ''}"
                    desk.shot(name, whole=phone)
                    if not desk.fits():
                        found.append(f"{name}: cuelga a la derecha")
                    found += [f"{name}: {each}" for each in desk.axe()]
                found += [f"{person} {dark} {phone}: {each}" for each in desk.problems]
        assert not found, "\n".join(found)
