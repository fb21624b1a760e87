"""A screen asks the database the same number of times, however much there is to show."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mayorista.apps.faults.operations import claims, coordination

# The most that each screen may ask, its frame and login included (15 to 20 of them).
MOST = {
    "/": 25,
    "/danos/": 27,
    "/danos/?estado=cerrados": 27,
    "/pizarra": 24,
    "/danos/{case}/": 62,
    "/danos/{mass}/": 58,
    "/alarmas/": 28,
    "/alarmas/?ver=todas": 28,
    "/mensajes/": 30,
    "/buscar/?q=valle": 32,
    "/danos/nuevo/?buscar=valle": 24,
    "/vivo?v=board:-1,tray:-1": 12,
}


def asked(client, path: str) -> int:
    client.get(path)  # what is kept for the process (content types, parameters) is read once
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen.captured_queries)


@pytest.fixture
def numbers(world):
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORURO-TAMBO")
    world.isp("CABLE SUR DEMO", "TIP-0090", mobile="70000090", rides_on="ORURO-TAMBO")
    world.alarm(upstream="ORURO-TAMBO")
    fault = world.fault()
    world.diagnose(fault, "EXTERNAL", "E-FIB")
    world.coordinate(fault)
    coordination.open_ticket(
        fault_id=fault.pk,
        provider_id=world.provider_id,
        reference="TA-1",
        actor=world.actor("noc"),
        at=world.at,
    )
    world.open_dac(fault)
    world.customer_writes("59170000014", "estamos sin servicio")
    from mayorista.apps.faults.models import Case

    case = Case.objects.select_related("dossier").filter(customer__name__startswith="VALLE").get()
    return {"case": case.dossier.number, "mass": fault.dossier.number, "id": case.pk}


def more(world, numbers) -> None:
    """Ten times as much of everything."""
    for index in range(12):
        world.isp(f"VALLE {index} S.R.L.", f"TIP-9{index:03d}", mobile=f"7100{index:04d}")
        world.alarm(service=f"TIP-9{index:03d}")
        world.alarm(service=f"NADA-{index}")
        world.customer_writes("59170000014", f"¿cómo va? {index}")
        world.pass_minutes(1)
        coordination.record_advance(
            fault_id=world.case_fault, text=f"avance {index}", actor=world.actor("noc"), at=world.at
        )
        claims.register_claim(
            channel="PHONE",
            who="Guardia",
            words=f"sigue caído {index}",
            claimed_at=world.at,
            case_id=numbers["id"],
            actor=world.actor("soporte"),
            at=world.at,
        )


class TestEveryScreen:
    @pytest.mark.parametrize("path", MOST)
    def test_asks_no_more_when_there_is_more(self, world, visit, numbers, path):
        from mayorista.apps.faults.models import Case

        world.case_fault = Case.objects.get(pk=numbers["id"]).fault_id
        client = visit("noc")
        address = path.format(**numbers)
        few = asked(client, address)
        more(world, numbers)
        many = asked(client, address)
        assert many <= few + 1, f"{few} con poco, {many} con mucho"
        assert many <= MOST[path]
