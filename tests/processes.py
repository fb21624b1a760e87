"""The platform's own processes, started for a test on the test's database."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lab.processes import free_ports
from mayorista.adapters.host import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests import throwaway

START_WITHIN_SECONDS = 60.0


def environ(database: throwaway.Database, **more: str) -> dict[str, str]:
    """The environment of a process of the platform that shares the test's database and files."""
    return os.environ | {
        "DATABASE_URL": database.app_url,
        "MAYORISTA_OWNER_DATABASE_URL": database.owner_url,
        "DJANGO_SETTINGS_MODULE": "mayorista.config.settings",
        **more,
    }


@contextmanager
def running(name: str, *words: str, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`mayorista NAME WORDS` until the block ends; its last words are shown when it died by itself."""
    child = subprocess.Popen(
        [sys.executable, "-m", "mayorista.interfaces.cli", name, *words],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=processes.fall_with_parent(),  # noqa: PLW1509 - children start before any thread does
    )
    try:
        yield child
    finally:
        died = child.poll()
        if died is None:
            child.send_signal(signal.SIGTERM)
        try:
            said, _ = child.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            said, _ = child.communicate()
        if died is not None:
            raise AssertionError(f"{name} died ({died}): {said.decode(errors='replace')[-2000:]}")


@contextmanager
def web(database: throwaway.Database, *, threads: int = 4, **more: str) -> Iterator[int]:
    """A real granian on a free port; yields the port."""
    [port] = free_ports(1)
    with running(
        "web", "--port", str(port), "--threads", str(threads), env=environ(database, **more)
    ) as child:
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while not _answers(port):
            if time.monotonic() > deadline or child.poll() is not None:
                raise AssertionError("the web server did not come up")
            time.sleep(0.1)
        yield port


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/salud")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
