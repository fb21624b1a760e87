"""Deferring jobs inside Django's transaction: a job carries an id, the row is the truth.

A job may be lost or run twice without harm: rows are claimed by conditional update, and
`operations.sweep` defers again what waits without a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from procrastinate import exceptions, jobs, manager
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

QUEUE = "messages"
DELIVER = "messages.deliver"
READ_WEBHOOK = "messages.read_webhook"
READ_MAIL = "messages.read_mail"
DOWNLOAD = "messages.download"
TELL_READ = "messages.tell_read"

# The worker's own app talks to the database asynchronously and outside of Django's transaction; this
# manager always writes through Django's connection.
_MANAGER = manager.JobManager(DjangoConnector())


def defer(name: str, argument: str, ids: Sequence[int], *, at: dt.datetime | None = None) -> None:
    """Defer one job per id; an id whose job already waits is left alone."""
    new = [
        jobs.Job(
            queue=QUEUE,
            lock=None,
            queueing_lock=f"{name}:{each}",
            task_name=name,
            task_kwargs={argument: each},
            scheduled_at=at,
        )
        for each in ids
    ]
    if not new:
        return
    try:
        with transaction.atomic():
            _MANAGER.batch_defer_jobs(jobs=new)
    except exceptions.AlreadyEnqueued:
        if len(new) > 1:
            for each in ids:
                defer(name, argument, [each], at=at)


def deliver(message_ids: Sequence[int], *, at: dt.datetime | None = None) -> None:
    """Defer the delivery of messages, now or at a time."""
    defer(DELIVER, "message_id", message_ids, at=at)


def read_webhook(event_id: int) -> None:
    """Defer the reading of a webhook event."""
    defer(READ_WEBHOOK, "event_id", [event_id])


def read_mail(mail_ids: Sequence[int]) -> None:
    """Defer the reading of incoming mails."""
    defer(READ_MAIL, "mail_id", mail_ids)


def download(attachment_ids: Sequence[int], *, at: dt.datetime | None = None) -> None:
    """Defer the download of incoming files."""
    defer(DOWNLOAD, "attachment_id", attachment_ids, at=at)


def tell_read(conversation_id: int) -> None:
    """Defer telling the writer that we read."""
    defer(TELL_READ, "conversation_id", [conversation_id])


def waiting(name: str) -> Exists:
    """Condition: a job of this name waits for the row asked about (to be negated in a filter)."""
    rows: QuerySet[ProcrastinateJob] = ProcrastinateJob.objects.filter(
        status="todo", queueing_lock=Concat(Value(f"{name}:"), Cast(OuterRef("pk"), CharField()))
    )
    return Exists(rows.annotate(one=F("id")).values("one"))
