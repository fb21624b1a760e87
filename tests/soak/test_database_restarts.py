"""The full count: PostgreSQL stopped and crashed twenty times under load."""

from __future__ import annotations

import pytest

from tests import restarts

pytestmark = [pytest.mark.soak, pytest.mark.process]


def test_twenty_restarts_under_load_lose_nothing_acknowledged():
    account, stored = restarts.run(restarts=20, seconds_between=2.0)
    print(
        f"{len(account.acknowledged)} alarmas reconocidas, {len(stored)} guardadas, respuestas {dict(account.answers)}"
    )
    restarts.assert_nothing_was_lost(account, stored)
