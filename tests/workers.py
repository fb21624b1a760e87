"""The platform's own worker process, to be killed with -9, and the world outside that counts what it receives."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests import standin

LEASE = 5


@dataclass
class Worker:
    """A worker that is started and killed again and again."""

    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mayorista.interfaces.cli", "worker"],
                env=self.environ,
                stdout=log,
                stderr=log,
            )

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def words(self):
        return self.log.read_bytes()[-3000:].decode(errors="replace")


def worker_of(exterior: standin.StandIn, database_url: str, folder: Path) -> Worker:
    """A worker on the test's database that sends to the stand-in."""
    return Worker(
        {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mayorista.config.settings",
            "MAYORISTA_DATA": str(folder / "data"),
            "MAYORISTA_SECRET_KEY": "x" * 50,
            "DATABASE_URL": database_url,
            "MAYORISTA_SMTP_URL": f"smtp://127.0.0.1:{exterior.smtp}",
            "MAYORISTA_MAIL_FROM": "NOC <noc@comteco.example>",
            "MAYORISTA_WHATSAPP_BASE_URL": f"{exterior.base_url}/v25.0",
            "MAYORISTA_WHATSAPP_PHONE_NUMBER_ID": standin.PNID,
            "MAYORISTA_WHATSAPP_BUSINESS_ID": standin.WABA,
            "MAYORISTA_WHATSAPP_TOKEN": standin.TOKEN,
            "MAYORISTA_MESSAGE_LEASE_SECONDS": str(LEASE),
            "MAYORISTA_WORKER_CONCURRENCY": "4",
        },
        folder / "worker.out",
    )


def received(exterior: standin.StandIn) -> Counter[str]:
    """How often each of our messages arrived outside."""
    mails = Counter(row["message_id"] for row in exterior.rows("SELECT message_id FROM mail"))
    chats = Counter(row["reference"] for row in exterior.rows("SELECT reference FROM message WHERE ours = 0"))
    return mails + chats


def slow_down(exterior: standin.StandIn, pause: float) -> None:
    """Each call takes a while, so that a kill meets some in flight; each message counts down one turn."""
    with sqlite3.connect(exterior.folder / "standins" / "exterior.sqlite3", timeout=10) as store:
        for name in ("whatsapp_faults", "mail_faults"):
            store.execute(
                "INSERT OR REPLACE INTO setting VALUES (?, ?)",
                (name, f'[{{"pause": {pause}, "times": 1000000}}]'),
            )
    store.close()
