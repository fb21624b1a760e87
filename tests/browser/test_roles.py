"""Each role before each screen in a real browser: it opens or says whose it is, and no button or link shown leads to a refusal."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve

from mayorista.rules.procedure import Role
from tests.browser import screens
from tests.browser.conftest import BACKEND
from tests.browser.test_look import PLAYS, play, seat  # noqa: F401 - a fixture

pytestmark = pytest.mark.soak
# What a page offers: its forms with what they send, one entry per button, and its links.
OFFERS = """() => {
  const said = (form) => [...form.elements].filter((one) => one.type === "hidden" && one.name).map((one) => [one.name, one.value]);
  const path = (address) => { const url = new URL(address, location.href); return url.origin === location.origin ? url.pathname + url.search : ""; };
  const buttons = [...document.querySelectorAll("main form[method=post] button:not([type=button]), #toasts form button")]
    .filter((one) => !one.disabled)
    .map((one) => [path(one.getAttribute("formaction") || one.form.getAttribute("action") || location.href), one.name, one.value, said(one.form), one.textContent.trim()]);
  const links = [...document.querySelectorAll("main a[href], nav a[href]")].map((one) => [path(one.getAttribute("href")), one.textContent.trim()]);
  return { buttons, links };
}"""
REFUSED = {403, 404, 405, 500}
NOT_CHOSEN = 404  # nothing was typed or ticked that the button could act on


class Presser:
    """A person who presses what a page shows, in a transaction that is taken back."""

    def __init__(self, user) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.force_login(user, backend=BACKEND)
        self.tried: set[tuple[str, ...]] = set()

    def _is_new(self, *what: str) -> bool:
        new = what not in self.tried
        self.tried.add(what)
        return new

    def refused(self, offers: dict) -> list[str]:
        found = []
        for address, name, value, hidden, words in offers["buttons"]:
            kind = resolve(address.partition("?")[0]).view_name if address else ""
            if not kind.startswith("desk:") or not self._is_new(
                "POST", kind, name, value if name != "mark" else ""
            ):
                continue
            said = {**dict(hidden), **({name: value} if name else {})}
            with transaction.atomic():
                status = self.client.post(address, said).status_code
                transaction.set_rollback(True)
            if status in REFUSED - {NOT_CHOSEN}:
                found.append(f"botón «{words}» → {address}: {status}")
        for address, words in offers["links"]:
            if (
                address.startswith(("/cuenta/", "/static/"))
                or not address
                or not self._is_new("GET", address)
            ):
                continue
            status = self.client.get(address).status_code
            if status in REFUSED:
                found.append(f"enlace «{words}» → {address}: {status}")
        return found


@pytest.mark.parametrize("stage", PLAYS)
@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_opens_what_is_its_and_meets_no_refusal(
    stage,
    role,
    transactional_db,
    channels,
    monkeypatch,
    settings,
    seat,  # noqa: F811
):
    settings.DEMO = True
    world, rows = play(stage, monkeypatch)
    name = screens.PERSON_OF[role]
    desk, presser = seat(world, name), Presser(world.users[name])
    found, seen = [], set()
    for screen in screens.SCREENS:
        if screen.world != stage or screen.file or not screen.who:
            continue
        path = screen.path(rows)
        if path in seen:
            continue
        seen.add(path)
        desk.problems.clear()
        status = desk.go(path).status
        wrong = [*desk.problems]
        if status == 403 and "Corresponde a" not in desk.page.inner_text("main"):
            wrong.append("no dice a quién corresponde")
        if status not in {200, 403, screen.status} or (status == 403 and screen.who == name):
            wrong.append(str(status))
        if status == 200:
            wrong += presser.refused(desk.page.evaluate(OFFERS))
        found += [f"{path}: {each}" for each in wrong]
    assert len(seen) > 50
    assert not found, "\n".join(found)
