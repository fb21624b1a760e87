"""A stand-in outside and a worker inside, for tests that kill the latter."""

from __future__ import annotations

import pytest

from tests import standin, workers


@pytest.fixture
def exterior(tmp_path, live_server, settings):
    settings.WHATSAPP_APP_SECRET = standin.SECRET
    made = standin.start(tmp_path, hook=f"{live_server.url}/hooks/whatsapp")
    made.settings(duplicate_percent=10, shuffle_ms=300)
    yield made
    made.stop()


@pytest.fixture
def worker(exterior, throwaway_database, tmp_path):
    made = workers.worker_of(exterior, throwaway_database.app_url, tmp_path)
    yield made
    made.kill()
