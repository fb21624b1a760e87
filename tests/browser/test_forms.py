"""A form says of each field whether it may be left out, and says the truth."""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.test import Client

from tests.browser import screens
from tests.browser.conftest import BACKEND
from tests.browser.test_look import PLAYS, play

FIELD = re.compile(r'<(?:fieldset|div) class="field(?: checks)?"')


def called_optional_and_refused(html: str) -> list[str]:
    """The labels of fields that say "opcional" and yet are refused when nothing is typed."""
    return [
        re.sub(r"<[^>]+>|\s+", " ", part.split("</label>")[0].split("</legend>")[0]).strip()
        for part in FIELD.split(html)[1:]
        if 'class="req"' in part and re.search(r'class="error"[^>]*>\s*(Falta|Elija|Escriba)', part)
    ]


@pytest.mark.parametrize("stage", PLAYS)
def test_nothing_that_is_asked_for_is_called_optional(stage, db, channels, monkeypatch):
    world, rows = play(stage, monkeypatch)
    wrong = []
    for screen in screens.SCREENS:
        if screen.world != stage or screen.file or not screen.who or screen.status != 200:
            continue
        client = Client()
        client.force_login(world.users[screen.who], backend=BACKEND)
        with transaction.atomic():
            answer = client.post(screen.path(rows), {})
            transaction.set_rollback(True)
        if answer.status_code == 422:
            wrong += [
                f"{screen.title}: {each}" for each in called_optional_and_refused(answer.content.decode())
            ]
    assert not wrong, "\n".join(wrong)
