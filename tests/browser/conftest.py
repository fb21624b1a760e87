"""A real Chromium before a real server, on a night whose clock runs on from the moment it was set."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from mayorista.interfaces import clock
from mayorista.rules.procedure import Role
from tests.stories.conftest import channels  # noqa: F401 - a fixture
from tests.stories.world import make_world

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs a loop beside the test's database

HERE = Path(__file__).parent
SHOTS = HERE.parent.parent / "test-results"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=user-gesture-required",
    "--force-color-profile=srgb",
]
AXE = (HERE / "vendor/axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in Path(item.fspath).parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.needs("chromium"))


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, one for the run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def night(transactional_db, channels, monkeypatch):  # noqa: F811
    """A carrier at night; its clock runs on from wherever the story has moved it."""
    world = make_world()
    world.person("auditora", Role.AUDITOR)
    begun = time.monotonic()
    monkeypatch.setattr(clock, "now", lambda: world.at + dt.timedelta(seconds=time.monotonic() - begun))
    return world


class Desk:
    """A person before a screen: a page, what went wrong on it, and a camera."""

    def __init__(self, page, address: str, name: str) -> None:
        self.page, self.address, self.name = page, address, name
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("console", self._heard)
        page.on("response", self._answered)

    def _answered(self, answer) -> None:
        if answer.status >= 400 and answer.request.resource_type != "document":
            self.problems.append(f"{answer.status} {answer.url}")

    def _heard(self, message) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def go(self, path: str):
        answer = self.page.goto(self.address + path)
        self.page.wait_for_load_state("domcontentloaded")
        return answer

    def until(self, condition: str, *, seconds: float = 8) -> None:
        """Wait until a JavaScript condition holds (without eval, which the CSP forbids)."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(f"() => Boolean({condition})"):
            assert time.monotonic() < end, f"no se cumplió: {condition}"
            self.page.wait_for_timeout(100)

    def shot(self, name: str, *, whole: bool = False) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.evaluate("document.fonts.ready")
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)

    def axe(self, *only: str) -> list[str]:
        """What axe-core finds serious or critical, by the rules of WCAG or by those named."""
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE)
        rules = {"type": "rule", "values": only} if only else {"type": "tag", "values": WCAG}
        options = {"resultTypes": ["violations"], "runOnly": rules, "preload": False}
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{each['id']} ({each['impact']}): {node['html'][:160]} — {node['failureSummary'][:200]}"
            for each in found["violations"]
            if each["impact"] in {"serious", "critical"}
            for node in each["nodes"][:3]
        ]

    def fits(self) -> bool:
        """Whether nothing hangs over the right edge of the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


@pytest.fixture
def sit(chromium, live_server, night):
    """Return a function that seats a person before a screen, logged in."""
    contexts = []

    def seat(name: str = "", *, phone: bool = False, dark: bool = False, size: dict | None = None) -> Desk:
        context = chromium.new_context(
            viewport=size or (PHONE if phone else DESKTOP),
            color_scheme="dark" if dark else "light",
            locale="es-BO",
            timezone_id="America/La_Paz",
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
        )
        contexts.append(context)
        context.set_default_timeout(8000)
        if name:
            client = Client()
            client.force_login(night.users[name], backend=BACKEND)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": live_server.url}]
            )
        return Desk(context.new_page(), live_server.url, name)

    yield seat
    for context in contexts:
        context.close()
