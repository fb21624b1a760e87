"""The example data, and a browser of each role to look at it with."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from mayorista.apps.onboarding.operations import examples
from mayorista.apps.procedure.models import User
from mayorista.interfaces import clock

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
PEOPLE = {person.role.value: person.username for person in examples.PEOPLE}


@pytest.fixture
def demo(db, monkeypatch):
    """The examples loaded, and the clock held at their instant."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    examples.load_examples(at=AT)


@pytest.fixture
def visit(demo):
    """Return a logged-in client of a role."""
    made: dict[str, Client] = {}

    def client_of(role: str) -> Client:
        if role not in made:
            made[role] = Client()
            user = User.objects.get(username=PEOPLE[role])
            made[role].force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return made[role]

    return client_of
