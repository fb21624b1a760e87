"""One stand-in for all tests of the adapters; each test clears its faults."""

from __future__ import annotations

import pytest

from tests import standin


@pytest.fixture(scope="session")
def running_standin(tmp_path_factory):
    made = standin.start(tmp_path_factory.mktemp("standin"))
    yield made
    made.stop()


@pytest.fixture
def exterior(running_standin):
    running_standin.settings()
    yield running_standin
    for name in ("whatsapp_faults", "mail_faults"):
        while running_standin.rows("SELECT 1 FROM setting WHERE name = ? AND value <> '[]'", name):
            _use_up(running_standin, name)
    running_standin.let_go()


def _use_up(running, name):
    from mayorista.rules.ports import messages as port

    try:
        if name == "mail_faults":
            running.mail().send(_mail())
        else:
            running.whatsapp().send(port.OutgoingWhatsApp(reference="x", to="59170000000", text="x"))
    except port.DeliveryProblem:
        pass


def _mail():
    import datetime as dt

    from mayorista.rules.ports import messages as port

    return port.OutgoingMail("<x@x.example>", dt.datetime.now(dt.UTC), ("a@b.example",), "x", "x")
