"""The loop that correlates: woken by NOTIFY when a post brought something new, else once a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
from django.db import OperationalError, connection

from mayorista.apps.faults.operations import correlation
from mayorista.apps.monitoring.operations import changes, intake, maintenance, unknown
from mayorista.interfaces import clock

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

POLL_SECONDS = 1.0
ATTEND_SECONDS = 5.0
LOST_RACES = frozenset({"40001", "40P01", "55P03"})


def run(stop: threading.Event) -> None:
    """Correlate until `stop`. Raises when PostgreSQL goes away; whoever runs it begins it again."""
    attended = 0.0
    with _listening() as listener:
        while not stop.is_set():
            if time.monotonic() - attended > ATTEND_SECONDS:
                attended = time.monotonic()
                attend()
            if not work_through(stop):
                _wait(listener)


def work_through(stop: threading.Event) -> bool:
    """Correlate what waits; whether anything was done (then look again before waiting)."""
    try:
        outlook = correlation.correlate(at=clock.now())
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) not in LOST_RACES:
            raise
        stop.wait(0.05)
        return True
    return outlook.looked_at > 0


def attend() -> None:
    """What time alone brings: windows that begin and end, suspensions lifted, unknown alarms that ceased."""
    at = clock.now()
    maintenance.attend(at=at)
    changes.recheck_unmuted(at=at)
    unknown.tell(at=at)


def _listening() -> AbstractContextManager[psycopg.Connection]:
    """A connection of its own that hears of new alarms; it does nothing else."""
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name not in {"cursor_factory", "context", "prepare_threshold", "pool"}
    }
    listener = psycopg.connect(**parameters, autocommit=True)
    listener.execute(f"LISTEN {intake.CHANNEL}")
    return listener


def _wait(listener: psycopg.Connection) -> None:
    """Until something is new, a second at most."""
    heard: Iterator[object] = listener.notifies(timeout=POLL_SECONDS, stop_after=1)
    for _notify in heard:
        pass
