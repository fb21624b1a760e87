"""A platform of its own for one bench: durable PostgreSQL, granian, and the worker when it is wanted."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mayorista.adapters.host import processes
from mayorista.adapters.postgres.cluster import APP_ROLE, OWNER_ROLE, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

START_WITHIN_SECONDS = 60.0


# One for the whole run: settings are read once, so sessions made here must fit every server started here.
KEY = secrets.token_hex(32)


@dataclass
class Platform:
    """What runs, and how it is reached."""

    data: Path
    port: int
    environ: dict[str, str]
    postgres: int
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *words: str) -> None:
        """Start `mayorista WORDS` as a child."""
        log = (self.data / f"{words[0]}.log").open("wb")
        self.children[words[0]] = subprocess.Popen(
            [sys.executable, "-m", "mayorista.interfaces.cli", *words],
            env=self.environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=processes.fall_with_parent(),
        )

    def stop(self, name: str) -> None:
        """End one child and all it started."""
        child = self.children.pop(name)
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(10)

    def wait_for_web(self) -> None:
        """Until the web server answers; raises TimeoutError with its last words."""
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/salud")
                if connection.getresponse().status < 500:
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError((self.data / "web.log").read_text(encoding="utf-8", errors="replace")[-2000:])

    def server_pids(self) -> list[int]:
        """The web server and PostgreSQL, each with all under it."""
        return [self.children["web"].pid, self.postgres]


@contextmanager
def running(*, web: bool = True, worker: bool = False, threads: int = 6) -> Iterator[Platform]:
    """A migrated platform on a free port; everything is stopped and thrown away at the end."""
    data = Path(tempfile.mkdtemp(prefix="mayorista-bench-"))
    cluster = Cluster(data)
    environ = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")} | {
        "MAYORISTA_DATA": str(data),
        "MAYORISTA_SECRET_KEY": KEY,
        "DJANGO_SETTINGS_MODULE": "mayorista.config.settings",
    }
    cluster.make()
    server = cluster.start()
    platform = Platform(data, free_port(), environ, server.pid)
    try:
        _run(environ, "migrate")
        os.environ.update(
            {
                "MAYORISTA_DATA": str(data),
                "MAYORISTA_SECRET_KEY": environ["MAYORISTA_SECRET_KEY"],
                "DATABASE_URL": cluster.url(APP_ROLE),
                "MAYORISTA_OWNER_DATABASE_URL": cluster.url(OWNER_ROLE),
                "DJANGO_SETTINGS_MODULE": "mayorista.config.settings",
            }
        )
        _point_django_at(cluster.url(APP_ROLE))
        if web:
            platform.start("web", "--port", str(platform.port), "--threads", str(threads))
            platform.wait_for_web()
        if worker:
            platform.start("worker")
        yield platform
    finally:
        for name in list(platform.children):
            platform.stop(name)
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(data, ignore_errors=True)


def _point_django_at(url: str) -> None:
    """Have this process, too, look into the platform that was started last."""
    import django
    from django.db import connections

    from mayorista.config import databases

    django.setup()
    connections["default"].close()
    entry = databases.django_database(url)
    connections["default"].settings_dict.update(entry)
    connections.databases["default"].update(entry)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(environ: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mayorista.interfaces.cli", *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
