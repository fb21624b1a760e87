"""Every screen once: it opens, fits a desk and a phone, breaks no rule of the browser, and axe finds nothing serious in light or dark.

With MAYORISTA_PICTURES=1 they are not tried but pictured, four of each in test-results, to be looked at.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from itertools import groupby

import pytest
from django.conf import settings as django_settings
from django.test import Client

from mayorista.interfaces import clock
from mayorista.interfaces.desk import urls
from tests.browser import carrier, screens
from tests.browser.conftest import BACKEND, Desk
from tests.stories.world import World

DESK, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 740}
PICTURES = os.environ.get("MAYORISTA_PICTURES")
BEGINS = {screens.NIGHT: {"day": 10, "month": 11}, screens.MONTH: {"day": 5, "month": 10}}
PLAYS = {screens.NIGHT: carrier.night, screens.MONTH: carrier.month}


def play(name: str, monkeypatch) -> tuple[World, carrier.Rows]:
    """Play a world, and let the platform's clock run on from where it ends."""
    world = carrier.carrier(World(), **BEGINS[name])
    rows = PLAYS[name](world)
    begun = time.monotonic()
    monkeypatch.setattr(clock, "now", lambda: world.at + dt.timedelta(seconds=time.monotonic() - begun))
    return world, rows


@pytest.fixture
def seat(chromium, live_server):
    """Return a function that seats a person (or a stranger) before a screen whose size and theme change as asked."""
    contexts = []

    def take(world: World, name: str) -> Desk:
        context = chromium.new_context(
            viewport=DESK, locale="es-BO", timezone_id="America/La_Paz", reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if name:
            client = Client()
            client.force_login(world.users[name], backend=BACKEND)
            value = client.cookies[django_settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": django_settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}]
            )
        return Desk(context.new_page(), live_server.url, name)

    yield take
    for context in contexts:
        context.close()


def look(desk: Desk, screen: screens.Screen, path: str, themes: tuple[str, str]) -> list[str]:
    """What is wrong with a screen, on a desk in one theme and on a phone in the other."""
    page = desk.page
    if screen.file:
        answer = page.request.get(desk.address + path)
        return [] if answer.status == screen.status and answer.body() else [f"{path}: {answer.status}"]
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme=themes[0])
    answer = desk.go(path)
    if PICTURES:
        take_pictures(desk, screen)
        return []
    found = [] if answer.status == screen.status else [f"{answer.status}"]
    found += [] if desk.fits() else ["cuelga a la derecha"]
    found += desk.axe()
    page.set_viewport_size(PHONE)
    found += [] if desk.fits() else ["cuelga a la derecha a 360 px"]
    page.emulate_media(color_scheme=themes[1])
    found += desk.axe("color-contrast", "target-size")
    return [f"{screen.title} ({path}): {each}" for each in found + desk.problems]


def take_pictures(desk: Desk, screen: screens.Screen) -> None:
    for size, name in ((DESK, "escritorio"), (PHONE, "fono")):
        desk.page.set_viewport_size(size)
        for theme in ("light", "dark"):
            desk.page.emulate_media(color_scheme=theme)
            desk.shot(f"{screen.world}-{screen.title}-{name}-{theme}", whole=True)


class TestEveryScreen:
    def test_of_the_table_has_an_address_that_answers(self):
        answering = {pattern.name for pattern in urls.urlpatterns if screens.answers_get(pattern)}
        named = {
            screen.name for screen in screens.SCREENS if not screen.name.startswith(("account_", "mfa_"))
        }
        assert named == answering

    @pytest.mark.parametrize("stage", PLAYS)
    def test_fits_is_accessible_and_breaks_no_rule_of_the_browser(
        self, stage, transactional_db, channels, monkeypatch, settings, seat
    ):
        settings.DEMO = True
        world, rows = play(stage, monkeypatch)
        found = []
        mine = sorted((each for each in screens.SCREENS if each.world == stage), key=lambda each: each.who)
        for who, theirs in groupby(mine, key=lambda each: each.who):
            desk = seat(world, who)
            for number, screen in enumerate(theirs):
                themes = ("light", "dark") if number % 2 else ("dark", "light")
                desk.problems.clear()
                found += look(desk, screen, screen.path(rows), themes)
        assert not found, "\n".join(found)
