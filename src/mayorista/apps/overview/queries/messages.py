"""Messages whose case a person must choose, and those that did not go: the messages page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults.models import Case
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging.models import Message


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
    """Return what must be filed and what did not go."""
    rows = []
    recent = at - dt.timedelta(days=7)
    for message in message_queries.unfiled(limit=60):
        ids = (
            customer_queries.customers_of_identity(identity_id=message.identity_id)
            if message.identity_id
            else []
        )
        cases = (
            Case.objects.filter(customer_id__in=ids).exclude(closed_at__lt=recent)
            if ids
            else Case.objects.none()
        )
        names = customer_queries.customers_by_id(ids) if ids else {}
        rows.append(
            ToFile(
                message,
                message.writer,
                message.contact_id is not None,
                tuple(card.name for card in names.values()),
                tuple(
                    Suggestion(
                        case.dossier_id, case.dossier.number, case.dossier.headline, case.closed_at is None
                    )
                    for case in cases.select_related("dossier").order_by("closed_at", "-opened_at")[:6]
                ),
            )
        )
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
    return MessagesPage(tuple(rows), troubles)
