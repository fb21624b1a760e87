"""The sweep: what a lost job, a dead worker or a revived channel left behind is taken up again."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from mayorista.apps.messaging import jobs
from mayorista.apps.messaging.models import Direction, Message
from mayorista.apps.messaging.operations import (
    delivering,
    health,
    incoming,
    mailbox,
    media,
    statuses,
    troubles,
)
from mayorista.rules.delivery import State

GRACE = dt.timedelta(seconds=5)
LATE = dt.timedelta(minutes=10)
BATCH = 1000


def sweep(*, at: dt.datetime) -> dict[str, int]:
    """Take up what was left behind; return how many of each kind. Safe to run anywhere, any time."""
    found = {
        "uncertain": len(delivering.reap(at=at)),
        "deferred": _defer_waiting(at),
        "orphans": statuses.match_orphans(at=at),
        "late": _tell_late(at),
    }
    events = incoming.unread_events(at=at)
    for event_id in events:
        jobs.read_webhook(event_id)
    found["webhooks"] = len(events)
    mails = mailbox.unread(at=at)
    jobs.read_mail(mails)
    found["mails"] = len(mails)
    files = media.without_job(at=at)
    jobs.download(files)
    found["files"] = len(files)
    with transaction.atomic():
        health.forget_old_pauses(at=at)
    return found


def _defer_waiting(at: dt.datetime) -> int:
    """Messages whose turn it is and whose job is gone."""
    waiting = delivering.due(at).filter(next_try_at__lte=at - GRACE).filter(~jobs.waiting(jobs.DELIVER))
    ids = list(waiting.order_by("id").values_list("id", flat=True)[:BATCH])
    jobs.deliver(ids)
    return len(ids)


@transaction.atomic
def _tell_late(at: dt.datetime) -> int:
    """Messages that could have gone ten minutes ago: a person must use another way meanwhile."""
    late = list(
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("recipient_contact")
        .filter(
            direction=Direction.OUT, state=State.QUEUED, created_at__lte=at - LATE, payload__late__isnull=True
        )
        .order_by("id")[:BATCH]
    )
    for message in late:
        message.payload = {**message.payload, "late": at.isoformat()}
    Message.objects.bulk_update(late, ["payload"])
    if late:
        troubles.late(late, at=at)
    return len(late)


@transaction.atomic
def suspect_after_restore(*, at: dt.datetime) -> int:
    """After a backup was restored: what waited then may have gone since. Nothing waiting leaves by itself.

    Every waiting row becomes UNCERTAIN for a person to decide; return how many.
    """
    waiting = list(
        Message.objects.select_for_update(of=("self",))
        .select_related("recipient_contact")
        .filter(direction=Direction.OUT, state__in=[State.QUEUED, State.HELD, State.SENDING])
    )
    for message in waiting:
        message.state, message.lease_until = State.UNCERTAIN, None
        message.error_code, message.error_text = "restore", "Copia de seguridad restaurada"
    Message.objects.bulk_update(waiting, ["state", "lease_until", "error_code", "error_text"])
    if waiting:
        troubles.uncertain(waiting, at=at)
    return len(waiting)
