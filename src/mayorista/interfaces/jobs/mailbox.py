"""The loop that reads the mailbox: told by IDLE, else by the clock; one worker at a time, begun again with back-off."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING

import psycopg
from django.db import connection

from mayorista.apps.messaging import operations
from mayorista.apps.procedure.wiring import adapter
from mayorista.interfaces import clock
from mayorista.rules.ports import mailbox as port

if TYPE_CHECKING:
    import threading
    from contextlib import AbstractContextManager

log = logging.getLogger("mayorista.worker")

IDLE_SECONDS = 60
"""A wait is renewed, and the mailbox searched, after this: what a server forgot to tell is late by a minute at most, and
no firewall forgets the connection (RFC 2177 says 29 minutes)."""

LOCK, LOCK_EVERY_SECONDS = 0x6D61696C, 10.0


def run(stop: threading.Event) -> None:
    """Read until `stop`. Raises when PostgreSQL goes away; whoever runs it begins it again."""
    reader: port.MailboxReader = adapter("mailbox")
    if not reader.configured:
        stop.wait()
        return
    with _turn() as turn:
        while not stop.is_set():
            if not _is_ours(turn):
                stop.wait(LOCK_EVERY_SECONDS)
                continue
            pause = read(reader, stop, turn)
            stop.wait(pause.total_seconds())


def read(reader: port.MailboxReader, stop: threading.Event, turn: psycopg.Connection) -> dt.timedelta:
    """Read in one connection until it ends; how long to wait before the next."""
    seen = time.monotonic()

    def still() -> bool:
        nonlocal seen
        if time.monotonic() - seen > LOCK_EVERY_SECONDS:
            seen = time.monotonic()
            turn.execute("SELECT 1")  # raises when the lock went with its connection
        return not stop.is_set()

    try:
        with reader.open() as session:
            while still():
                taken = operations.collect(session=session, name=reader.name, at=clock.now())
                operations.mailbox_worked(waits_by=session.waits_by, at=clock.now())
                if taken:
                    log.info("mails taken: %d", taken)
                session.wait(IDLE_SECONDS, still)
    except (port.MailboxAway, port.MailboxClosed) as problem:
        closed = isinstance(problem, port.MailboxClosed)
        pause = operations.mailbox_failed(problem=problem, closed=closed, at=clock.now())
        log.warning("the mailbox can not be read, again in %d s: %s", pause.total_seconds(), problem)
        return pause
    return dt.timedelta(0)


def _is_ours(turn: psycopg.Connection) -> bool:
    found = turn.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(found and found[0])


def _turn() -> AbstractContextManager[psycopg.Connection]:
    """A connection of its own that holds the lock as long as this worker lives."""
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name not in {"cursor_factory", "context", "prepare_threshold", "pool"}
    }
    return psycopg.connect(**parameters, autocommit=True)
