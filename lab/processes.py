"""Programs that the lab starts: each with its log, all of them ended by their own ids."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/lib/postfix/sbin"


class UnableToStart(Exception):
    """A program of the lab did not come up; the message holds its last words."""


def find(program: str) -> str:
    """The path of a program. Raises UnableToStart."""
    path = shutil.which(program, path=SYSTEM_PATH)
    if path is None:
        raise UnableToStart(f"falta el programa {program} (requirements/debian-packages.txt)")
    return path


def run(*words: str, check: bool = True, **more: str) -> str:
    """Run a program to its end and return what it printed."""
    done = subprocess.run(
        [find(words[0]), *words[1:]],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | more,
        timeout=60,
    )
    if check and done.returncode:
        raise UnableToStart(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def free_ports(count: int) -> list[int]:
    """TCP ports on loopback that nobody listens on now."""
    with contextlib.ExitStack() as held:
        ports = []
        for _ in range(count):
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
        return ports


def wait_for(what: str, done: Callable[[], bool], *, within: float = 60.0, every: float = 0.1) -> float:
    """Wait until `done`; return the seconds it took. Raises UnableToStart when it takes too long."""
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > within:
            raise UnableToStart(f"no llegó en {within:.0f} s: {what}")
        time.sleep(every)
    return time.monotonic() - begun


class Family:
    """Children that are all stopped at the end, last first, by their ids."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._children: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, words: Sequence[str], *, environ: Mapping[str, str] | None = None) -> None:
        """Start a program that stays in the foreground; its output goes to `<name>.log`."""
        with (self.folder / f"{name}.log").open("wb") as log:
            child = subprocess.Popen(
                [find(words[0]), *words[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | dict(environ or {}),
                start_new_session=True,
            )
        self._children.append((name, child))

    def check(self) -> None:
        """Raise UnableToStart when a child has died, with its last words."""
        for name, child in self._children:
            if child.poll() is not None:
                log = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
                raise UnableToStart(f"{name} terminó ({child.returncode}): {log[-800:]}")

    def end(self, name: str) -> None:
        """Stop one child, so that it can be started again."""
        for each in [each for each in self._children if each[0] == name]:
            self._children.remove(each)
            each[1].send_signal(signal.SIGTERM)
            each[1].wait(8)

    def stop(self) -> None:
        """Stop all: politely, then not."""
        for _name, child in reversed(self._children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for _name, child in reversed(self._children):
            try:
                child.wait(8)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(8)
        self._children.clear()
