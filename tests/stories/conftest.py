"""Every story has a world of its own and channels that remember what they were told."""

from __future__ import annotations

import pytest

from mayorista.apps.faults import case_facts, retold
from mayorista.apps.faults.models import Case
from mayorista.apps.procedure import wiring
from mayorista.rules.indicators import retelling
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


# A message that came in and a file that was kept write no line of their own: the journal may not know.
LINELESS = {retelling.Fact.MESSAGES.value, retelling.Fact.RECORD.value}


@pytest.fixture
def world(db, channels, request):
    """A world; at the end of a story the journal alone tells of each of its cases what the records say."""
    made = make_world()
    yield made
    if request.path.parent.name == "stories":
        assert not told_otherwise(made)


def told_otherwise(world: World) -> dict[str, list[retelling.Compared]]:
    """Return by case the facts of which the journal and the records say different things."""
    ids = list(Case.objects.values_list("pk", flat=True))
    told = retold.read(ids, at=world.at)
    wrong = {}
    for each in case_facts.read(ids, at=world.at):
        compared = retelling.compare(told[each.case_id], each.facts)
        odd = [
            row
            for row in compared
            if row.agrees is False or (row.agrees is None and row.fact not in LINELESS)
        ]
        if odd:
            wrong[each.facts.number] = odd
    return wrong
