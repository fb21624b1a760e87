"""The stand-ins as a process of their own, for tests that speak to them over real sockets."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from mayorista.adapters.mail.imap import ImapConfig, ImapMailbox
from mayorista.adapters.mail.smtp import SmtpChannel, SmtpConfig
from mayorista.adapters.whatsapp.cloud import CloudApi, CloudConfig

PNID, WABA, TOKEN, SECRET = "200000000000001", "100000000000001", "token-de-prueba", "app-secret-de-prueba"
IMAP_PASSWORD = "clave-de-prueba"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class StandIn:
    """A running stand-in."""

    process: subprocess.Popen[str]
    folder: Path
    web: int
    smtp: int
    imap: int
    opened: list[CloudApi] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    def whatsapp(self, *, token: str = TOKEN, phone: str = PNID) -> CloudApi:
        self.opened.append(CloudApi(CloudConfig(f"{self.base_url}/v25.0", phone, WABA, token)))
        return self.opened[-1]

    def let_go(self) -> None:
        """Close the connections of every client that was made."""
        while self.opened:
            self.opened.pop().close()

    def mail(self, *, port: int | None = None) -> SmtpChannel:
        return SmtpChannel(
            SmtpConfig.from_url(f"smtp://127.0.0.1:{port or self.smtp}", "NOC <noc@comteco.example>")
        )

    def mailbox(self, *, password: str = IMAP_PASSWORD) -> ImapMailbox:
        return ImapMailbox(ImapConfig.from_url(f"imap://noc:{password}@127.0.0.1:{self.imap}/INBOX"))

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        connection = sqlite3.connect(self.folder / "standins" / "exterior.sqlite3", timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def settings(self, **fields: Any) -> None:
        """Fill in the page "Provocar fallas"; a box that is not named is cleared."""
        answer = httpx.post(
            f"{self.base_url}/fallas", data={name: str(value) for name, value in fields.items()}
        )
        assert answer.status_code == 303, answer.text

    def post(self, path: str, **fields: str) -> httpx.Response:
        return httpx.post(self.base_url + path, data=fields)

    def stop(self) -> None:
        self.let_go()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def start(folder: Path, *, hook: str = "", web: int = 0, smtp: int = 0) -> StandIn:
    web, smtp, imap = web or free_port(), smtp or free_port(), free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "mayorista.interfaces.standins", "--data", str(folder)),
            *(
                "--web",
                str(web),
                "--smtp-port",
                str(smtp),
                "--imap-port",
                str(imap),
                "--hook",
                hook or "http://127.0.0.1:9/none",
            ),
        ],
        env={
            **os.environ,
            "MAYORISTA_WHATSAPP_PHONE_NUMBER_ID": PNID,
            "MAYORISTA_WHATSAPP_BUSINESS_ID": WABA,
            "MAYORISTA_WHATSAPP_TOKEN": TOKEN,
            "MAYORISTA_WHATSAPP_APP_SECRET": SECRET,
            "MAYORISTA_STANDINS_IMAP_PASSWORD": IMAP_PASSWORD,
        },
        stdout=subprocess.DEVNULL,
        text=True,
    )
    made = StandIn(process, folder, web, smtp, imap)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{made.base_url}/salud").status_code == 200:
                socket.create_connection(("127.0.0.1", smtp), 1).close()
                return made
        except (httpx.HTTPError, OSError):
            if process.poll() is not None:
                raise AssertionError("the stand-in ended at once") from None
            time.sleep(0.05)
    raise AssertionError("the stand-in did not answer in 20 s")
