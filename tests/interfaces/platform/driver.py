"""Starts the platform as a person does, in a process of its own, and looks at it from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from mayorista.adapters.host import processes
from mayorista.adapters.postgres.cluster import OWNER_ROLE, Cluster

PATIENCE_SECONDS = 90.0


def environ(**more: str) -> dict[str, str]:
    """The tester's own environment without anything that configures the platform."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAYORISTA_", "PG", "DJANGO_")) and name != "DATABASE_URL"
    }
    return clean | {"MAYORISTA_POSTGRES_OPTIONS": "fsync=off", "TZ": "UTC"} | more


def command(*words: str, data: Path, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run `mayorista WORDS --data DATA` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "mayorista.interfaces.cli", *words, "--data", str(data)],
        env=environ(**more),
        check=False,
        capture_output=True,
        text=True,
        input=typed,
        timeout=PATIENCE_SECONDS,
    )


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Platform:
    """One `mayorista demo` (or `run`)."""

    data: Path
    port: int = field(default_factory=free_port)
    standins_port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    imap_port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self, kind: str = "demo", **more: str) -> Platform:
        words = [
            sys.executable,
            "-m",
            "mayorista.interfaces.cli",
            kind,
            "--data",
            str(self.data),
            "--port",
            str(self.port),
        ]
        if kind == "demo":
            words += ["--standins-port", str(self.standins_port), "--smtp-port", str(self.smtp_port)]
            words += ["--imap-port", str(self.imap_port)]
        self.output = self.data.parent / f"{self.data.name}.terminal"
        with self.output.open("w", encoding="utf-8") as terminal:
            self.process = subprocess.Popen(
                words,
                env=environ(**more),
                stdout=terminal,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        wait_for(
            lambda: self.process.poll() is not None or "Ctrl-C termina todo" in self.said(),
            "the platform to start",
        )
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def health(self) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/salud", timeout=10) as answer:
            return json.load(answer)

    def members(self) -> list[int]:
        """All processes of the platform, the supervisor first."""
        return processes.descendants(self.process.pid)

    def child(self, name: str) -> int:
        return next(pid for pid in self.members()[1:] if name in _command(pid))

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.interrupt()
            self.process.kill()


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def wait_for(condition, what: str, *, seconds: float = PATIENCE_SECONDS):
    """Wait until `condition()` is true; its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            found = condition()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what() if callable(what) else what}")


def rows_of(data: Path) -> dict[str, str]:
    """A fingerprint of every table of the (running) private database."""
    return rows_at(Cluster(data).url(OWNER_ROLE))


def rows_at(url: str) -> dict[str, str]:
    """The same for any database."""
    found = {}
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        for (name,) in names:
            if not name.startswith("procrastinate_worker"):
                query = f"SELECT count(*) || ':' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM public.\"{name}\" t"
                found[name] = connection.execute(query).fetchone()[0]
    return found
