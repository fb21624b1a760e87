"""A carrier on 3 November 2026 with one contract of two circuits."""

from __future__ import annotations

import pytest

from tests import billing_world as bills
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures


@pytest.fixture
def carrier(world):  # noqa: F811
    world.move_to(3)
    world.contract = bills.billed(world)
    return world
