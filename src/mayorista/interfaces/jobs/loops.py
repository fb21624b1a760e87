"""Loops beside the queue: each in a thread of its own, begun again with back-off when it breaks.

A loop is `run(stop: threading.Event) -> None`. It may raise when PostgreSQL goes away: it is begun
again until the event is set.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("mayorista.worker")

NAMES = {
    "correlator": "mayorista.interfaces.jobs.correlator",
    "faults": "mayorista.interfaces.jobs.faults",
    "mailbox": "mayorista.interfaces.jobs.mailbox",
}
FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER = 0.2, 10.0, 30.0


def start_all(stop: threading.Event) -> list[threading.Thread]:
    """Start every loop."""
    threads = [
        threading.Thread(target=keep_running, args=(name, partial(_run, path), stop), name=name, daemon=True)
        for name, path in NAMES.items()
    ]
    for thread in threads:
        thread.start()
    return threads


def _run(path: str, stop: threading.Event) -> None:
    import_module(path).run(stop)


def keep_running(name: str, run: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Run one loop until `stop`, whatever it raises."""
    delay = FIRST_DELAY
    while not stop.is_set():
        begun = time.monotonic()
        try:
            run(stop)
        except Exception as error:
            log.warning(
                "loop %s broke, begins again in %.1f s: %s",
                name,
                delay,
                error,
                extra={"loop": name},
                exc_info=_unexpected(error),
            )
        finally:
            connections.close_all()
        if time.monotonic() - begun > STEADY_AFTER:
            delay = FIRST_DELAY
        stop.wait(delay)
        delay = min(delay * 2, LONGEST_DELAY)


def _unexpected(error: Exception) -> bool:
    """A database that is away needs no trace in the log; anything else does."""
    return type(error).__name__ not in {"OperationalError", "InterfaceError", "AdminShutdown", "PoolTimeout"}
