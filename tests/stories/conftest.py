"""Every story has a world of its own and channels that remember what they were told."""

from __future__ import annotations

import pytest

from mayorista.apps.procedure import wiring
from tests import fakes
from tests.stories.world import World, make_world


@pytest.fixture
def channels(settings):
    """Mail and WhatsApp that obey the ports and remember; see tests/fakes.py."""
    mail, whatsapp = fakes.RememberingMail(), fakes.RememberingWhatsApp()
    wiring._build.cache_clear()
    real = wiring.adapter
    settings.ADAPTERS = {
        **settings.ADAPTERS,
        "mail": "tests.fakes.mail_in_use",
        "whatsapp": "tests.fakes.whatsapp_in_use",
    }
    fakes.use(mail, whatsapp)
    assert real("mail") is mail
    yield fakes.Channels(mail, whatsapp)
    wiring._build.cache_clear()


@pytest.fixture
def world(db, channels) -> World:
    return make_world()
