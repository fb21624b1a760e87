"""Messages whose case a person must choose, and those that did not go: the messages page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults.models import Case
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging.models import MailReading, Message
from mayorista.apps.messaging.operations.filing import receipt_key
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.models import Dossier, WorkItem
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules.errors import NotFound
from mayorista.rules.mail import threads

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
    customer_ids: tuple[int, ...]
    suggestions: tuple[Suggestion, ...]
    bubble: message_queries.Bubble
    passed_on: bool

    @property
    def mail(self) -> message_queries.Bubble | None:
        """The same as a mail, when it is one."""
        return self.bubble if self.message.channel == "EMAIL" else None


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


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One incoming message with what a person may do about it; what is only a mail's is empty for a chat.

    `known` says whether its address belongs to a contact; that proves nothing about who wrote. `address` is '' when
    it says none; `waits` whether a person must still say where it belongs.
    """

    bubble: message_queries.Bubble
    known: bool
    customers: tuple[str, ...]
    number: str
    headline: str
    suggestions: tuple[Suggestion, ...]
    services: tuple[str, ...]
    may_be_receipt: bool
    size: int
    original: bool
    address: str
    readable: bool
    waits: bool


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
    messages = message_queries.unfiled(limit=60)
    bubbles = message_queries.bubbles_of([each.id for each in messages])
    return tuple(_rows(messages, bubbles, recent))


def _rows(
    messages: Sequence[message_queries.Incoming],
    bubbles: Mapping[int, message_queries.Bubble],
    recent: dt.datetime,
) -> Iterator[ToFile]:
    """Each message with what its subject names and the cases of its writer's customers: open ones first, newest first."""
    served = customer_queries.customers_of_identities(
        {message.identity_id for message in messages if message.identity_id}
    )
    by_mail = customer_queries.customers_of_emails(
        {each.address for each in messages if each.channel == "EMAIL"}
    )
    known = {pk for ids in (*served.values(), *by_mail.values()) for pk in ids}
    names = customer_queries.customers_by_id(known) if known else {}
    cases = list(
        Case.objects.filter(customer_id__in=known)
        .exclude(closed_at__lt=recent)
        .select_related("dossier")
        .order_by(F("closed_at").desc(nulls_first=True), "-opened_at")[:MANY_CASES]
    )
    named = _named(messages)
    keys = [receipt_key(each.id) for each in messages if bubbles[each.id].attachments]
    passed = (
        set(WorkItem.objects.filter(key__in=keys, done_at=None).values_list("key", flat=True))
        if keys
        else set()
    )
    for message in messages:
        ids = (
            by_mail.get(message.address, [])
            if message.channel == "EMAIL"
            else served.get(message.identity_id or 0, [])
        )
        fitting = [case for case in cases if case.customer_id in ids][:SUGGESTED]
        found = {each.dossier_id: each for each in named.get(message.id, [])}
        for case in fitting:
            found.setdefault(case.dossier_id, _suggestion(case.dossier))
        yield ToFile(
            message,
            message.writer,
            message.contact_id is not None or bool(ids),
            tuple(names[pk].name for pk in ids),
            tuple(ids),
            tuple(found.values()),
            bubbles[message.id],
            receipt_key(message.id) in passed,
        )


def _named(messages: Sequence[message_queries.Incoming]) -> dict[int, list[Suggestion]]:
    """What the subjects name, by message."""
    numbers = {each.id: threads.numbers(each.subject) for each in messages if each.subject}
    wanted = {number for each in numbers.values() for number in each}
    rows = Dossier.objects.filter(number__in=wanted).exclude(kind="STANDING") if wanted else ()
    found = {row.number: _suggestion(row) for row in rows}
    return {pk: [found[number] for number in each if number in found] for pk, each in numbers.items()}


def _suggestion(dossier: Dossier) -> Suggestion:
    return Suggestion(dossier.pk, dossier.number, dossier.headline, dossier.closed_at is None)


def letter(*, message_id: int, at: dt.datetime) -> LetterPage:
    """Return one incoming mail. Raises NotFound, also for what is no mail."""
    if message_queries.message(message_id).channel != "EMAIL":
        raise NotFound(_("No existe ese correo."))
    return incoming(message_id=message_id, at=at)


def incoming(*, message_id: int, at: dt.datetime) -> LetterPage:
    """Return one incoming message, mail or chat. Raises NotFound."""
    message = message_queries.message(message_id)
    mail = message.channel == "EMAIL"
    bubbles = message_queries.bubbles_of([message_id])
    [row] = _rows([message], bubbles, at - dt.timedelta(days=7))
    ids = customer_queries.customers_of_email(address=message.address) if mail else list(row.customer_ids)
    home = procedure_queries.dossiers_by_id([message.dossier_id]) if message.dossier_id else {}
    dossier = home.get(message.dossier_id) if message.dossier_id else None
    placed = dossier if dossier is not None and dossier.kind != "STANDING" else None
    reading = MailReading.objects.select_related("mail").filter(message_id=message_id).order_by("id").first()
    return LetterPage(
        bubble=bubbles[message_id],
        known=bool(ids) if mail else row.known,
        customers=row.customers,
        number=placed.number if placed else "",
        headline=placed.headline if placed else "",
        suggestions=(*row.suggestions, *_homes(ids)),
        services=tuple(each.circuit_code for each in contract_queries.services_of(ids)[:12]) if ids else (),
        may_be_receipt=row.passed_on,
        size=reading.mail.size if reading is not None else 0,
        original=reading is not None and not reading.mail.left,
        address=message.address if "@" in message.address else "",
        readable=message.kind != "UNREADABLE",
        waits=(message.needs_filing and mail)
        or WorkItem.objects.filter(key__in=_waiting_keys(message_id), done_at=None).exists(),
    )


def _homes(customer_ids: Sequence[int]) -> tuple[Suggestion, ...]:
    """The customers' own dossiers, for what is about no case."""
    cards = customer_queries.customers_by_id(customer_ids) if customer_ids else {}
    return tuple(Suggestion(each.dossier_id, each.code, each.name, open=True) for each in cards.values())


def _waiting_keys(message_id: int) -> list[str]:
    return [f"clasificar:m{message_id}", f"responder:m{message_id}"]


def original(*, message_id: int) -> bytes:
    """Return the bytes of a mail as they lay in the mailbox. Raises NotFound, also when it was left there."""
    reading = MailReading.objects.select_related("mail").filter(message_id=message_id).order_by("id").first()
    if reading is None or reading.mail.left:
        raise NotFound(_("No existe el original de ese mensaje."))
    content: bytes = adapter("files").get(reading.mail.sha256)
    return content
