"""Channels that can be told to refuse, and one ISP with a case."""

from __future__ import annotations

import pytest

from mayorista.apps.procedure import wiring
from tests import fakes
from tests.apps.messaging.support import Channels, House, MoodyMail, MoodyWhatsApp, build_house


@pytest.fixture
def channels(settings):
    mail, whatsapp = MoodyMail(), MoodyWhatsApp()
    wiring._build.cache_clear()
    settings.ADAPTERS = {
        **settings.ADAPTERS,
        "mail": "tests.fakes.mail_in_use",
        "whatsapp": "tests.fakes.whatsapp_in_use",
    }
    fakes.use(mail, whatsapp)
    yield Channels(mail, whatsapp)
    wiring._build.cache_clear()


@pytest.fixture
def house(db, channels) -> House:
    return build_house()
