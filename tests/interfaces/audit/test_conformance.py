"""The conformance page: who may, what it finds, what it leaves alone."""

from __future__ import annotations

import pytest

from mayorista.apps.faults.operations import restoration, support
from mayorista.apps.overview.queries import conformance as pages
from mayorista.interfaces.desk import urls_conformance
from mayorista.rules.conformance import Departure
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import who_may
from tests.apps.indicators.test_first_indicator import solved
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

NOVEMBER = Month(2026, 11)
VIEWS = {
    "conformance-now": Try(get=None),
    "conformance": Try(("2026-11",), get=WHO_MAY[Act.VIEW_AUDIT]),
}


@pytest.fixture
def carrier(world, monkeypatch):  # noqa: F811
    world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142", "TIP-0143", rides_on="ORU-TAM")
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    world.rows = {}
    return who_may.with_roles(world)


def found(world) -> set[tuple[Departure, str]]:  # noqa: F811
    page = pages.month_page(month=NOVEMBER, at=world.at)
    return {(line.departure, line.step) for line in page.lines}


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_conformance.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(carrier):
    assert not who_may.wrong_for_a_stranger(VIEWS, carrier.rows)


def test_a_role_does_only_what_is_its(carrier):
    assert not who_may.wrong_for_any_role(carrier, VIEWS, carrier.rows)


def test_what_went_by_the_book_is_not_there(carrier):
    solved(carrier)
    page = pages.month_page(month=NOVEMBER, at=carrier.at)
    assert (page.faults, page.kept, page.lines) == (1, 1, ())


def test_each_departure_says_who_and_why(carrier):
    case = solved(carrier)
    carrier.pass_minutes(30)
    support.reopen(
        case_id=case.pk, reason="sigue sin servicio", actor=carrier.actor("soporte"), at=carrier.at
    )
    carrier.alarm(service="TIP-0142")
    fault = carrier.fault()
    carrier.diagnose(fault, "CUSTOMER", "C-ENE")
    carrier.pass_minutes(20)
    carrier.diagnose(fault, "EXTERNAL", "E-FIB")
    started = carrier.pass_minutes(60)
    carrier.alarm(service="TIP-0143", started=started)
    carrier.pass_minutes(3)
    carrier.alarm(service="TIP-0143", started=started, ended=carrier.at)
    restoration.close_self_cleared(fault_ids=[carrier.fault().pk], actor=carrier.actor("noc"), at=carrier.at)
    page = pages.month_page(month=NOVEMBER, at=carrier.at)
    lines = {line.departure: line for line in page.lines}
    assert set(lines) == {Departure.REOPENED, Departure.RECLASSIFIED, Departure.SELF_CLEARED}
    assert "sigue sin servicio" in lines[Departure.REOPENED].reason
    assert lines[Departure.REOPENED].who == "Soporte Prueba"
    assert lines[Departure.RECLASSIFIED].step == "A.3"
    assert (page.faults, page.kept) == (3, 0), "a fault and its case are one"
    only = pages.month_page(month=NOVEMBER, at=carrier.at, kind="REOPENED")
    assert [line.departure for line in only.lines] == [Departure.REOPENED]


def test_a_month_to_come_is_refused_and_the_list_goes_out_as_csv(carrier):
    with pytest.raises(Invalid):
        pages.month_page(month=NOVEMBER.next, at=carrier.at)
    client = who_may.client_of(carrier, Role.AUDITOR)
    assert client.get("/auditoria/conformidad/2026-12/").status_code == 422
    unknown = client.get("/auditoria/conformidad/2026-11/", {"clase": "PLATILLO"})
    assert (unknown.status_code, "«PLATILLO» no es una clase" in unknown.content.decode()) == (422, True)
    assert "/auditoria/conformidad/" in client.get("/proceso/").content.decode()
    nothing = client.get("/auditoria/conformidad/2026-11/").content.decode()
    assert "Sin daños en el mes" in nothing
    assert "Todo daño" not in nothing
    solved(carrier)
    assert "Ningún desvío" in client.get("/auditoria/conformidad/2026-11/").content.decode()
    assert client.get("/auditoria/conformidad/2026-11/?formato=csv").content.startswith(b"\xef\xbb\xbf")
