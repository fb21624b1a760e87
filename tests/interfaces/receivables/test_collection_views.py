"""Every address of collection tried by a stranger and by each role, and what its screens say."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from mayorista.interfaces.desk import urls_collection
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import collection_world as debts
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

SEE = WHO_MAY[Act.VIEW_COLLECTION]


@dataclass(frozen=True)
class Try:
    args: tuple = ()
    get: frozenset[Role] | None = None
    post: frozenset[Role] | None = None
    said: dict = field(default_factory=dict)


def act(who: Act) -> frozenset[Role]:
    return WHO_MAY[who]


VIEWS: dict[str, Try] = {
    "reminders": Try(get=SEE, post=act(Act.SEND_REMINDER), said={"row": "CUSTOMER"}),
    "reminder-release": Try(post=act(Act.RELEASE_REMINDER), said={"row": "INVOICE"}),
    "reminder-undo": Try(("MAIL",), post=act(Act.SEND_REMINDER)),
}


@pytest.fixture
def debtor(world):  # noqa: F811
    world.move_to(3)
    invoice = debts.owed(world)
    world.move_to(17, month=12)
    sent = debts.remind(world)
    world.pass_minutes(1)
    world.settle()
    world.rows = {"CUSTOMER": invoice.customer_id, "INVOICE": invoice.pk, "MAIL": sent.mail_ids[0]}
    for role in Role:
        world.person(f"rol-{role.value.lower()}", role)
    return world


def address(debtor, name: str) -> str:
    return reverse(f"desk:{name}", args=[debtor.rows.get(arg, arg) for arg in VIEWS[name].args])


def client_of(debtor, role: Role) -> Client:
    client = Client()
    client.force_login(
        debtor.users[f"rol-{role.value.lower()}"],
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def test_the_table_names_every_address_of_collection():
    assert {pattern.name for pattern in urls_collection.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(debtor):
    for name in VIEWS:
        for method in ("GET", "POST"):
            answer = Client().generic(method, address(debtor, name))
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/cuenta/login/"), name


@pytest.mark.parametrize("role", list(Role))
def test_a_role_does_only_what_is_its(debtor, role):
    client = client_of(debtor, role)
    wrong = []
    for name, view in VIEWS.items():
        for method, may in (("GET", view.get), ("POST", view.post)):
            if may is None:
                continue
            said = {key: debtor.rows.get(value, value) for key, value in view.said.items()}
            with transaction.atomic():
                url = address(debtor, name)
                answer = client.get(url) if method == "GET" else client.post(url, said)
                transaction.set_rollback(True)
            if role in may and answer.status_code in {403, 404, 405, 500}:
                wrong.append(f"{method} {name}: {answer.status_code}, y {role} puede")
            if role not in may and answer.status_code != 403:
                wrong.append(f"{method} {name}: {answer.status_code}, y {role} no puede")
    assert not wrong, "\n".join(wrong)
