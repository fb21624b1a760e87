"""A night at the carrier, and a browser of each role to look at it with."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.stories.conftest import channels, world  # noqa: F401 - fixtures


@pytest.fixture
def visit(world):  # noqa: F811
    """Return a logged-in client of a person of the world."""
    made: dict[str, Client] = {}

    def client_of(name: str) -> Client:
        if name not in made:
            made[name] = Client()
            made[name].force_login(
                world.users[name], backend="allauth.account.auth_backends.AuthenticationBackend"
            )
        return made[name]

    return client_of
