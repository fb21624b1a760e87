"""A demo of one's own and people who drive its screens with a real browser: what the scripts that take pictures share.

`running_demo()` starts `mayorista demo` on free ports with a data folder that is thrown away; a `Desk` is one person
signed in, on a screen or a phone. Needs Chromium and playwright; where a screen fails, the walk ends with its words.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Locator, Page

from mayorista.interfaces.lab import bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--force-color-profile=srgb", "--font-render-hinting=none",
]  # fmt: skip
# The source and token of the example data (onboarding/operations/examples.py).
ALARM_SOURCE, ALARM_TOKEN = "prometheus", "demo-prometheus-solo-en-esta-maquina"
DESK = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}
UPSTREAM = {
    "alertname": "UpstreamDown",
    "severity": "critical",
    "peer": "TRANSPORTE ANDINO DEMO",
    "instance": "cbba-br1",
}
GUARD = "59170000301"  # the on-call of VALLE FIBRA in the example data
START_SECONDS, WAIT_MS = 240, 30_000
TO_WEBP = """async png => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const easel = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
  easel.getContext("2d").drawImage(image, 0, 0);
  return easel.toDataURL("image/webp", 0.82);
}"""


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Demo:
    """A running demo: its addresses and logins."""

    def __init__(self, data: Path, port: int, standins: int) -> None:
        self.data = data
        self.url = f"http://127.0.0.1:{port}"
        self.standins = f"http://127.0.0.1:{standins}"

    def password(self, username: str) -> str:
        """The password the demo gave to a login."""
        logins = json.loads((self.data / "secrets" / "demo-logins.json").read_text(encoding="utf-8"))
        return next(login["password"] for login in logins if login["username"] == username)

    def last_exception(self) -> str:
        """What the web process wrote of its last unhandled error."""
        lines = (self.data / "log" / "web.jsonl").read_text(encoding="utf-8").splitlines()
        told = [json.loads(line).get("exception", "") for line in lines if '"exception"' in line]
        return told[-1] if told else ""

    def alarm(self, starts_at: dt.datetime, ends_at: dt.datetime | None = None) -> None:
        """Post what an Alertmanager posts when the upstream falls or comes back."""
        summary = {"summary": "Sin tránsito internacional por TRANSPORTE ANDINO DEMO"}
        body = bodies.post(
            [bodies.alert(UPSTREAM, starts_at=starts_at, ends_at=ends_at, annotations=summary)]
        )
        request = urllib.request.Request(  # noqa: S310 - our own demo
            f"{self.url}/hooks/alertmanager/{ALARM_SOURCE}",
            data=body,
            headers={"Authorization": f"Bearer {ALARM_TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            assert answer.status == 200, answer.status

    def customer_writes(self, text: str) -> None:
        """The customer's on-call writes from the local WhatsApp."""
        data = urllib.parse.urlencode({"texto": text}).encode()
        urllib.request.urlopen(f"{self.standins}/whatsapp/{GUARD}/enviar", data, timeout=10).close()  # noqa: S310


def save_webp(page: Page, png: bytes, file: Path) -> None:
    """Write a picture as WebP, a third of its PNG; the browser at hand makes it."""
    with closing(page.context.new_page()) as easel:
        easel.set_default_timeout(WAIT_MS)
        data = easel.evaluate(TO_WEBP, base64.b64encode(png).decode())
    file.write_bytes(base64.b64decode(data.partition(",")[2]))
    print(file, f"{file.stat().st_size // 1024} kB")


@contextmanager
def running_demo() -> Iterator[Demo]:
    """Start a demo, wait until it answers, stop it and throw its data away."""
    folder = Path(tempfile.mkdtemp(prefix="mayorista-pictures-"))
    port, standins, smtp = free_port(), free_port(), free_port()
    command = [
        sys.executable, "-m", "mayorista.interfaces.cli", "demo", "--data", str(folder / "var"), "--port", str(port),
        "--standins-port", str(standins), "--smtp-port", str(smtp),
    ]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        demo = Demo(folder / "var", port, standins)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{demo.url}/salud", timeout=2):  # noqa: S310
                break
            if child.poll() is not None:
                raise SystemExit("the demo did not start")
            time.sleep(0.5)
        else:
            raise SystemExit(f"the demo did not answer within {START_SECONDS} s")
        yield demo
    finally:
        child.terminate()
        child.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


class Desk:
    """One person at the desk, on a screen or a phone."""

    def __init__(
        self, browser: Browser, demo: Demo, username: str, *, phone: bool = False, dark: bool = False
    ) -> None:
        self.demo = demo
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            device_scale_factor=2 if phone else 1,
            is_mobile=phone,
            has_touch=phone,
            locale="es-BO",
            timezone_id="America/La_Paz",
            color_scheme="dark" if dark else "light",
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.open("/cuenta/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", demo.password(username))
        self.page.click("main button[type=submit], form button[type=submit], form button")
        self.page.wait_for_url(lambda url: "/cuenta/login/" not in url)

    def open(self, path: str) -> None:
        """Go to an address of the platform; an error page ends the walk."""
        answer = self.page.goto(f"{self.demo.url}{path}")
        assert answer is not None
        if answer.status >= 400:
            raise SystemExit(f"{path}: {answer.status}\n{self.page.inner_text('main')[:600]}")

    def act(self, path: str, **values: str) -> None:
        """Open an act's form, fill it and send it; stays on the page with its errors told when it is refused."""
        self.open(path)
        for name, value in values.items():
            self.fill(name, value)
        self.send()

    def send(self) -> None:
        """Press the one main button."""
        self.press("[data-main]:visible")

    def press(self, button: str) -> None:
        """Press a button that sends; what is refused ends the walk with the page's own words."""
        self._gone(self.page.locator(button).last)

    def _gone(self, button: Locator) -> None:
        with self.page.expect_navigation() as gone:
            button.click()
        answer = gone.value
        told = self.page.locator(".errors:visible, .invalid-feedback:visible, .field-error:visible")
        if answer is None or answer.status >= 400 or told.count():
            self.page.screenshot(path=Path(tempfile.gettempdir()) / "mayorista-refused.png", full_page=True)
            words = told.all_inner_texts() or [self.page.inner_text("main")[:400]]
            raise SystemExit(f"{self.page.url}: {words}\n{self.demo.last_exception()}")

    def fill(self, name: str, value: str) -> None:
        """Give a field its value, whatever kind of field it is."""
        field = self.page.locator(f"[name='{name}']")
        kind = field.first.evaluate("one => one.tagName + ':' + (one.type || '')")
        if kind == "INPUT:radio":
            self.page.locator(f"[name='{name}'][value='{value}']").check(force=True)
        elif kind == "INPUT:checkbox":
            for each in field.all():
                each.check(force=True)
        elif kind.startswith("SELECT"):
            field.first.select_option(value)
        else:
            field.first.fill(value)

    def press_named(self, name: str, *, within: str = "main") -> None:
        """Press the button or follow the link that a person reads as `name`; keys named on it do not count."""
        named = re.compile(rf"^\s*{re.escape(name)}(\s*Ctrl ⏎|\s*\w)?\s*$")
        place = self.page.locator(within)
        found = place.get_by_role("button", name=named).or_(place.get_by_role("link", name=named))
        if not found.count():
            raise SystemExit(f"{self.page.url}: no «{name}»\n{self.page.inner_text('main')[:600]}")
        self._gone(found.last)

    def choose(self, words: str) -> None:
        """Tick the row of a list that says `words`."""
        box = self.page.locator("tr", has_text=words).locator("input[type=checkbox]").first
        box.evaluate("one => one.scrollIntoView({block: 'center'})")
        box.check()

    def wait_until_done(self, path: str, state: str) -> None:
        """Stay on a run until the list of `path` shows a row in `state`."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.open(path)
            if self.page.locator("tbody td", has_text=state).count():
                return
            time.sleep(0.5)
        raise SystemExit(f"{path}: nothing became «{state}»")

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """Take the picture once fonts and pictures are there."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.fonts.ready")
        save_webp(self.page, self.page.screenshot(full_page=whole), file)
