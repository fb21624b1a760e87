"""A real mail system on loopback: postfix takes mail by SMTP, dovecot shows it by IMAP.

Everything lives in one folder and on free ports; nothing is delivered outside. Needs root and the
Debian packages postfix and dovecot-imapd.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import socket
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from lab import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAMS = ("postfix", "dovecot")
CONFIGURATIONS = Path(__file__).parent / "configurations" / "mailbox"
DOMAIN = "lab.test"
PASSWORD = "laboratorio"


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed in and where it is read; every user has the same password."""

    folder: Path
    smtp: int
    imap: int
    family: processes.Family
    password: str = PASSWORD

    @property
    def smtp_url(self) -> str:
        """What MAYORISTA_SMTP_URL takes."""
        return f"smtp://127.0.0.1:{self.smtp}"

    def address(self, user: str) -> str:
        """The address of a user."""
        return f"{user}@{DOMAIN}"

    def imap_url(self, user: str, *, more: str = "") -> str:
        """What MAYORISTA_IMAP_URL takes to read a user's mailbox."""
        return f"imap://{user}:{self.password}@127.0.0.1:{self.imap}/INBOX{more}"

    def post(self, raw: bytes, *, to: str, sender: str = "") -> None:
        """Hand in a mail as a stranger's server would."""
        with smtplib.SMTP("127.0.0.1", self.smtp) as server:
            server.sendmail(sender, [to], raw)

    def put(self, user: str, raw: bytes) -> None:
        """Lay a mail into a mailbox, whatever its size."""
        folder = self.folder / "mail" / user / "new"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns()}.lab"
        (folder.parent / name).write_bytes(raw)
        for path in (folder.parents[0], folder, folder.parent / name):
            _give(path)
        (folder.parent / name).rename(folder / name)

    def stop_imap(self) -> None:
        """Take dovecot away, as a restart of the server does."""
        self.family.end("dovecot")

    def start_imap(self) -> None:
        """Bring dovecot back."""
        self.family.start("dovecot", ["dovecot", "-F", "-c", str(self.folder / "dovecot" / "dovecot.conf")])
        processes.wait_for(f"el puerto {self.imap}", lambda: _listens(self.imap), within=30)

    def renumber(self, user: str) -> None:
        """Give the mailbox a new UIDVALIDITY and its mails new numbers, as a mailbox that was moved or restored has."""
        self.stop_imap()
        for path in (self.folder / "mail" / user).glob("dovecot*"):
            path.unlink()
        time.sleep(1.1)  # a validity is a second of the clock
        self.start_imap()

    def flags(self, user: str) -> list[str]:
        """The names of the mails as they lie there: what follows ":2," are their marks."""
        folder = self.folder / "mail" / user
        return sorted(path.name for place in ("new", "cur") for path in (folder / place).glob("*"))


@contextmanager
def running(*, users: Sequence[str] = ("gerente", "noc")) -> Iterator[Mailbox]:
    """Postfix and dovecot with a mailbox for each of `users`."""
    folder = Path(tempfile.mkdtemp(prefix="mayorista-mail-"))
    folder.chmod(0o755)
    smtp, imap = processes.free_ports(2)
    nobody = pwd.getpwnam("nobody")
    words = {
        "folder": str(folder),
        "smtp": str(smtp),
        "imap": str(imap),
        "domain": DOMAIN,
        "boxes": ", ".join(f"{user}@{DOMAIN}={user}/" for user in users),
        "uid": str(nobody.pw_uid),
        "gid": str(nobody.pw_gid),
        "password": PASSWORD,
    }
    for name in ("postfix", "spool", "data", "mail", "dovecot"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)  # postfix reads it as another user, whatever our umask
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    for path in CONFIGURATIONS.iterdir():
        text = Template(path.read_text(encoding="utf-8")).substitute(words)
        target = folder / ("dovecot" if path.name == "dovecot.conf" else "postfix") / path.name
        target.write_text(text, encoding="utf-8")
    family = processes.Family(folder)
    try:
        processes.run("postfix", "-c", str(folder / "postfix"), "start")
        family.start("dovecot", ["dovecot", "-F", "-c", str(folder / "dovecot" / "dovecot.conf")])
        for port in (smtp, imap):
            processes.wait_for(f"el puerto {port}", lambda port=port: _listens(port), within=30)
        yield Mailbox(folder, smtp, imap, family)
    finally:
        family.stop()
        _stop_postfix(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _give(path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def _stop_postfix(folder: Path) -> None:
    """Stop the master of this folder by the id it wrote, and wait until it is gone."""
    path = folder / "spool" / "pid" / "master.pid"
    with suppress(OSError, ValueError):
        master = int(path.read_text(encoding="ascii"))
        os.kill(master, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and Path(f"/proc/{master}").exists():
            time.sleep(0.05)
