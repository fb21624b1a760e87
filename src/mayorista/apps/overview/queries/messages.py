"""Messages whose case a person must choose, and those that did not go: the messages page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F

from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults.models import Case
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging.models import Message

SUGGESTED, MANY_CASES = 6, 2_000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A case that a message may belong to."""

    dossier_id: int
    number: str
    headline: str
    open: bool


@dataclass(frozen=True, slots=True)
class ToFile:
    """A message to be put on a case: what it says and where it may belong."""

    message: message_queries.Incoming
    who: str
    known: bool
    customers: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message of ours that failed or is uncertain."""

    bubble: message_queries.Bubble
    number: str
    headline: str


@dataclass(frozen=True, slots=True)
class MessagesPage:
    """The page of messages that need a person."""

    to_file: tuple[ToFile, ...]
    troubles: tuple[Trouble, ...]


def inbox(*, at: dt.datetime) -> MessagesPage:
    """Return what must be filed and what did not go; a fixed number of reads."""
    recent = at - dt.timedelta(days=7)
    rows = _to_file(recent)
    bad = list(
        Message.objects.filter(direction="OUT", state__in=["FAILED", "UNCERTAIN"], created_at__gte=recent)
        .select_related("dossier")
        .order_by("-created_at")[:60]
    )
    retried = set(Message.objects.filter(retry_of__in=bad).values_list("retry_of_id", flat=True))
    bubbles = message_queries.bubbles_of([row.pk for row in bad])
    troubles = tuple(
        Trouble(
            bubbles[row.pk],
            row.dossier.number if row.dossier else "",
            row.dossier.headline if row.dossier else "",
        )
        for row in bad
        if row.pk in bubbles and row.pk not in retried
    )
    return MessagesPage(rows, troubles)


def _to_file(recent: dt.datetime) -> tuple[ToFile, ...]:
    """Each message with the cases of its writer's customers: open ones first, the newest before the older."""
    messages = message_queries.unfiled(limit=60)
    served = customer_queries.customers_of_identities(
        {message.identity_id for message in messages if message.identity_id}
    )
    known = {pk for ids in served.values() for pk in ids}
    names = customer_queries.customers_by_id(known) if known else {}
    cases = list(
        Case.objects.filter(customer_id__in=known)
        .exclude(closed_at__lt=recent)
        .select_related("dossier")
        .order_by(F("closed_at").desc(nulls_first=True), "-opened_at")[:MANY_CASES]
    )
    rows = []
    for message in messages:
        ids = served.get(message.identity_id or 0, [])
        fitting = [case for case in cases if case.customer_id in ids][:SUGGESTED]
        rows.append(
            ToFile(
                message,
                message.writer,
                message.contact_id is not None,
                tuple(names[pk].name for pk in ids),
                tuple(
                    Suggestion(
                        case.dossier_id, case.dossier.number, case.dossier.headline, case.closed_at is None
                    )
                    for case in fitting
                ),
            )
        )
    return tuple(rows)
