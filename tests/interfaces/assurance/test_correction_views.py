"""The screens by which a closed attribution is corrected: offered to whom, what they say, what they refuse."""

from __future__ import annotations

import pytest

from mayorista.apps.faults.models import AttributionCorrection, Case
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import assurance_world as papers
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.stories.test_corrected_attribution import SAID, closed

PROPOSE, CONFIRM = "corregir-atribucion", "confirmar-atribucion"


@pytest.fixture
def case(world, monkeypatch):  # noqa: F811
    papers.served(world)
    closed(world)
    papers.over(world)
    who_may.with_roles(world)
    world.person("suplente", Role.MANAGER)
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    world.number = Case.objects.get().dossier.number
    world.page = f"/danos/{world.number}/"
    return world


def asked(case, role: Role, slug: str, **said: str):
    client = who_may.client_of(case, role)
    page = client.get(f"{case.page}{slug}/")
    version = page.context["form"]["version"].value() if page.status_code == 200 else ""
    return client, client.post(f"{case.page}{slug}/", {"version": version, **said})


def test_it_is_offered_to_those_who_may_and_refused_to_the_others(case):
    for role in Role:
        offers = f"{PROPOSE}/" in who_may.client_of(case, role).get(case.page).content.decode()
        assert offers is (role in WHO_MAY[Act.CORRECT_ATTRIBUTION]), role
        if not offers:
            assert who_may.client_of(case, role).post(f"{case.page}{PROPOSE}/", SAID).status_code == 403


def test_two_people_correct_it_and_are_told_what_followed(case):
    _client, answer = asked(case, Role.SUPPORT, PROPOSE, **SAID)
    assert answer.status_code == 302
    client = who_may.client_of(case, Role.MANAGER)
    page = client.get(case.page).content.decode()
    assert "Corrección de la atribución por confirmar" in page
    assert SAID["evidence"] in page
    client, answer = asked(case, Role.MANAGER, CONFIRM, confirm="1", decision="el acta lo prueba")
    assert answer.status_code == 302
    assert "Atribución corregida." in client.get(case.page).content.decode()
    assert AttributionCorrection.objects.get().confirmed


def test_the_one_who_proposed_is_told_that_another_confirms(case):
    client, _answer = asked(case, Role.MANAGER, PROPOSE, **SAID)
    page = client.get(case.page).content.decode()
    assert "La confirma otra persona que quien la propuso" in page
    assert f"{CONFIRM}/" not in page
    _client, answer = asked(case, Role.MANAGER, CONFIRM, confirm="1", decision="sí")
    assert answer.status_code == 403


def test_what_lacks_is_named_and_what_was_typed_stays(case):
    _client, answer = asked(case, Role.SUPPORT, PROPOSE, **{**SAID, "evidence": ""})
    assert answer.status_code == 422
    assert SAID["reason"] in answer.content.decode()


def test_a_form_that_was_overtaken_shows_both(case):
    client = who_may.client_of(case, Role.SUPPORT)
    old = client.get(f"{case.page}{PROPOSE}/").context["form"]["version"].value()
    asked(case, Role.MANAGER, PROPOSE, **SAID)
    answer = client.post(f"{case.page}{PROPOSE}/", {**SAID, "reason": "otra razón", "version": old})
    assert answer.status_code == 409
    assert "otra razón" in answer.content.decode()
