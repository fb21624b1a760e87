"""A carrier on 2 December 2026 with an invoice of Bs 28.750,00 to be paid."""

from __future__ import annotations

import pytest

from tests import billing_world as bills
from tests import collection_world as debts
from tests import receipts_world as money
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures


@pytest.fixture
def carrier(world):  # noqa: F811
    world.move_to(3)
    world.contract = bills.billed(world)
    return world


@pytest.fixture
def invoice(carrier):
    return money.billed(carrier)


@pytest.fixture
def debtor(world):  # noqa: F811
    """A carrier whose customer owes the invoice of November, due on 22 December; the clock stands on the 2nd."""
    world.move_to(3)
    world.invoice = debts.owed(world)
    return world
