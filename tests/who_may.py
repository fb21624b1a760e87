"""A table of addresses tried by a stranger and by each role; words in capitals stand for rows of the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from mayorista.rules.procedure import Role


@dataclass(frozen=True)
class Try:
    """How an address is tried: arguments, who may GET and POST (None: no such method), what is posted."""

    args: tuple = ()
    get: frozenset[Role] | None = None
    post: frozenset[Role] | None = None
    said: dict = field(default_factory=dict)


Views = Mapping[str, Try]
Rows = Mapping[str, Any]


def address(views: Views, rows: Rows, name: str) -> str:
    return reverse(f"desk:{name}", args=[rows.get(arg, arg) for arg in views[name].args])


def client_of(world, role: Role) -> Client:
    client = Client()
    client.force_login(
        world.users[f"rol-{role.value.lower()}"],
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def with_roles(world):
    """One person for each role of the procedure."""
    for role in Role:
        world.person(f"rol-{role.value.lower()}", role)
    return world


def wrong_for_a_stranger(views: Views, rows: Rows) -> list[str]:
    wrong = []
    for name in views:
        for method in ("GET", "POST"):
            answer = Client().generic(method, address(views, rows, name))
            if answer.status_code != 302 or not answer["Location"].startswith("/cuenta/login/"):
                wrong.append(f"{method} {name}: {answer.status_code}")
    return wrong


def wrong_for_a_role(world, views: Views, rows: Rows, role: Role) -> list[str]:
    client, wrong = client_of(world, role), []
    for name, view in views.items():
        for method, may in (("GET", view.get), ("POST", view.post)):
            said = {key: rows.get(value, value) for key, value in view.said.items()}
            with transaction.atomic():
                url = address(views, rows, name)
                answer = client.get(url) if method == "GET" else client.post(url, said)
                transaction.set_rollback(True)
            if may is None:
                if answer.status_code not in (
                    {302, 403, 405} if method == "GET" else {403, 405}
                ):  # a GET may lead on
                    wrong.append(f"{method} {name}: {answer.status_code}, y la tabla no lo admite")
                continue
            if role in may and answer.status_code in {403, 404, 405, 500}:
                wrong.append(f"{method} {name}: {answer.status_code}, y {role} puede")
            if role not in may and answer.status_code != 403:
                wrong.append(f"{method} {name}: {answer.status_code}, y {role} no puede")
    return wrong


def wrong_for_any_role(world, views: Views, rows: Rows) -> list[str]:
    """Every role in one world: building a world for each would cost more than asking."""
    return [wrong for role in Role for wrong in wrong_for_a_role(world, views, rows, role)]
