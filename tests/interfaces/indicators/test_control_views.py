"""The screens of the contract control: who may, what they say, the paper."""

from __future__ import annotations

import pytest

from mayorista.apps.indicators.models import NetworkCheck
from mayorista.apps.indicators.operations import controls
from mayorista.interfaces.desk import urls_controls
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import billing_world as bills
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE, NOC = WHO_MAY[Act.VIEW], WHO_MAY[Act.CONFIRM_NETWORK]
MONTH = "2026-12"
VIEWS = {
    "controls-now": Try(get=None),  # leads on to the month
    "controls": Try((MONTH,), get=SEE),
    "control": Try((MONTH, "CT-100"), get=SEE),
    "control-paper": Try((MONTH, "CT-100"), get=SEE),
    "control-network": Try((MONTH,), get=NOC),
    "control-network-confirm": Try((MONTH,), post=NOC, said={"todos": "1"}),
    "control-network-differ": Try((MONTH, "CONTRACT"), post=NOC, said={"what": "TIP-0141 a 1 Gbps"}),
}


@pytest.fixture
def controlled(world, monkeypatch):  # noqa: F811
    world.move_to(3)
    contract = bills.billed(world)
    bills.coordinated(world)
    world.move_to(3, month=12)
    controls.refresh(at=world.at)
    world.rows = {"CONTRACT": contract}
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    return who_may.with_roles(world)


def page(controlled, name: str, role=Role.INTERCONNECTION, **asked) -> str:
    answer = who_may.client_of(controlled, role).get(who_may.address(VIEWS, controlled.rows, name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_controls.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(controlled):
    assert not who_may.wrong_for_a_stranger(VIEWS, controlled.rows)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_does_only_what_is_its(controlled, role):
    assert not who_may.wrong_for_a_role(controlled, VIEWS, controlled.rows, role)


def test_the_matrix_says_each_item_in_words_and_narrows(controlled):
    words = page(controlled, "controls")
    assert "CT-100" in words
    assert "incumplido" in words
    assert "por vencer" in words
    assert "CT-100" in page(controlled, "controls", punto="COPY", estado="MISSED")
    assert "CT-100" not in page(controlled, "controls", estado="ON_TIME")
    assert "Ningún control" in page(controlled, "controls", punto="COORDINATED")


def test_a_control_says_its_facts(controlled):
    words = page(controlled, "control")
    assert "no se sabe dónde está" in words
    assert "confirmado por las dos partes" in words


def test_a_control_comes_on_paper_and_a_month_as_a_workbook(controlled):
    client = who_may.client_of(controlled, Role.AUDITOR)
    assert client.get(who_may.address(VIEWS, controlled.rows, "control-paper")).content.startswith(b"%PDF")
    answer = client.get(who_may.address(VIEWS, controlled.rows, "controls"), {"formato": "xlsx"})
    assert answer.content.startswith(b"PK")


def test_the_noc_sees_the_speeds_and_confirms_them(controlled):
    assert "2 Gbps" in page(controlled, "control-network", Role.NOC)
    client = who_may.client_of(controlled, Role.NOC)
    client.post(who_may.address(VIEWS, controlled.rows, "control-network-confirm"), {"todos": "1"})
    assert NetworkCheck.objects.get().speeds == [["TIP-0141", 2_000_000], ["TIP-0142", 500_000]]


def test_a_month_far_off_is_refused(controlled):
    answer = who_may.client_of(controlled, Role.MANAGER).get("/indicadores/controles/2027-06/")
    assert answer.status_code == 422
