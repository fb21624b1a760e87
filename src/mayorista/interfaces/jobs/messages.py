"""The outbox's own clockwork: deliver, read what was posted to us, fetch files, take up what was left behind."""

from __future__ import annotations

import logging
import time

from django.db import InterfaceError, OperationalError, connection
from procrastinate.contrib.django import app

from mayorista.apps.messaging import jobs, operations
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")

WRITE_ATTEMPTS = 15


@app.task(name=jobs.DELIVER, queue=jobs.QUEUE)
def deliver(message_id: int) -> None:
    """Deliver one message; whoever waited behind it, or it itself later, gets a job of its own."""
    try:
        done = operations.deliver(message_id=message_id, at=clock.now())
    except operations.AnswerNotWritten as waiting:
        done = _write_when_it_is_back(waiting)
    if done.then:
        jobs.deliver(done.then)
    if done.retry_at is not None:
        jobs.deliver([message_id], at=done.retry_at)


def _write_when_it_is_back(waiting: operations.AnswerNotWritten) -> operations.Delivery:
    """What the other side answered is worth a minute of patience with PostgreSQL."""
    for attempt in range(WRITE_ATTEMPTS):
        time.sleep(min(0.2 * 2**attempt, 5.0))
        connection.close()
        try:
            return waiting.write()
        except (OperationalError, InterfaceError) as away:
            log.warning("an answer could not be written yet: %s", away)
    raise waiting


@app.task(name=jobs.READ_WEBHOOK, queue=jobs.QUEUE)
def read_webhook(event_id: int) -> None:
    """Read one stored webhook event."""
    operations.process_webhook_event(event_id=event_id, at=clock.now())


@app.task(name=jobs.READ_MAIL, queue=jobs.QUEUE)
def read_mail(mail_id: int) -> None:
    """Read one stored mail."""
    operations.read_mail(mail_id=mail_id, at=clock.now())


@app.task(name=jobs.DOWNLOAD, queue=jobs.QUEUE)
def download(attachment_id: int) -> None:
    """Fetch one file of an incoming message."""
    operations.download(attachment_id=attachment_id, at=clock.now())


@app.task(name=jobs.TELL_READ, queue=jobs.QUEUE)
def tell_read(conversation_id: int) -> None:
    """Show a writer that we read."""
    operations.tell_read(conversation_id=conversation_id)


@app.periodic(cron="* * * * * */20", periodic_id="messages-sweep")
@app.task(name="messages.sweep", queueing_lock="messages-sweep", queue=jobs.QUEUE)
def sweep(timestamp: int) -> None:
    """Take up what lost jobs and dead workers left behind (every 20 seconds)."""
    found = operations.sweep(at=clock.now())
    if any(found.values()):
        log.info("messages swept: %s", found, extra={"minute": timestamp})


@app.periodic(cron="*/2 * * * *", periodic_id="messages-check")
@app.task(name="messages.check", queueing_lock="messages-check", queue=jobs.QUEUE)
def check(timestamp: int) -> None:
    """Ask each channel whether it would take a message, and WhatsApp for the state of our templates."""
    at = clock.now()
    operations.check_channels(at=at)
    changed = operations.sync_templates(at=at)
    if changed:
        log.info("templates changed: %d", changed, extra={"minute": timestamp})
