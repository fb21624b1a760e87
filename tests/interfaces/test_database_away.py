"""PostgreSQL is stopped, and once crashed, while alarms are posted to a real web server."""

from __future__ import annotations

import pytest

from tests import restarts


@pytest.mark.process
def test_nothing_acknowledged_is_lost_when_postgresql_is_stopped_and_crashes_under_load():
    account, stored = restarts.run(restarts=2, seconds_between=1.5)
    restarts.assert_nothing_was_lost(account, stored)
    assert account.answers["200"]
