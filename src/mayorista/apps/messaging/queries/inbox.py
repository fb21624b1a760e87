"""What came in, what waits for a person or a higher room, and how somebody can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging.models import Conversation, Direction, Message, WebhookEvent, WebhookRun
from mayorista.apps.messaging.queries import threads
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules import whatsapp
from mayorista.rules.errors import NotFound

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from mayorista.rules.whatsapp import ButtonAnswer, Window


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a person, for rooms that act on it. `button` is a pressed button taken apart."""

    id: int
    at: dt.datetime
    channel: str
    direction: str
    kind: str
    body: str
    dossier_id: int | None
    conversation_id: int | None
    identity_id: int | None
    contact_id: int | None
    writer: str
    button_payload: str
    button: ButtonAnswer | None
    needs_filing: bool
    in_reply_to_id: int | None
    mark: str
    subject: str = ""
    address: str = ""


def _incoming(row: Message) -> Incoming:
    conversation = row.conversation
    identity = conversation.identity if conversation else None
    return Incoming(
        id=row.pk,
        at=row.created_at,
        channel=row.channel,
        kind=row.kind,
        direction=row.direction,
        body=row.body,
        dossier_id=row.dossier_id,
        conversation_id=row.conversation_id,
        identity_id=identity.pk if identity else None,
        contact_id=identity.contact_id if identity else row.recipient_contact_id,
        writer=threads.who(row),
        button_payload=row.button_payload,
        button=whatsapp.button_answer(row.button_payload),
        needs_filing=row.needs_filing,
        in_reply_to_id=row.in_reply_to_id,
        mark=row.mark,
        subject=row.subject,
        address=row.destination,
    )


_RELATED = ("conversation__identity__contact", "author", "recipient_contact")


def messages_to_act_on(*, after_id: int = 0, limit: int = 200) -> list[Incoming]:
    """Return incoming messages on which no higher room has acted, oldest first.

    The room that acts calls `operations.mark_acted` in the same transaction. `after_id` only pages within
    one round: a row with a lower id may be committed later, so begin each round at 0.
    """
    rows = Message.objects.filter(direction=Direction.IN, acted_at=None, id__gt=after_id)
    return [_incoming(each) for each in rows.select_related(*_RELATED).order_by("id")[:limit]]


def incoming_since(since: dt.datetime, *, limit: int = 500) -> list[Incoming]:
    """Return what people wrote after `since`, oldest first."""
    rows = Message.objects.filter(direction=Direction.IN, created_at__gt=since)
    return [_incoming(each) for each in rows.select_related(*_RELATED).order_by("created_at", "id")[:limit]]


def unfiled(*, limit: int = 200) -> list[Incoming]:
    """Return incoming messages whose dossier a person must choose, oldest first."""
    rows = Message.objects.filter(needs_filing=True).select_related(*_RELATED).order_by("id")
    return [_incoming(each) for each in rows[:limit]]


def message(message_id: int) -> Incoming:
    """Return one incoming message. Raises NotFound."""
    row = Message.objects.filter(pk=message_id, direction=Direction.IN).select_related(*_RELATED).first()
    if row is None:
        raise NotFound(_("No existe ese mensaje."))
    return _incoming(row)


def resent_as(message_ids: Iterable[int]) -> dict[int, int]:
    """Return by which message a person sent each of these again (one in force; those never sent again are left out)."""
    rows = Message.objects.filter(retry_of__in=list(message_ids)).exclude(state="CANCELLED")
    # The row split off for one refused recipient is a part of the same mail, not a new one.
    rows = rows.exclude(message_id_header=F("retry_of__message_id_header"), channel="EMAIL")
    return dict(rows.order_by("id").values_list("retry_of_id", "id"))


def partly_read_events(*, limit: int = 500) -> list[int]:
    """Return the stored webhook events that no reading has understood whole, oldest first."""
    whole = WebhookRun.objects.filter(event=OuterRef("pk"), outcome="DONE")
    rows = WebhookEvent.objects.filter(~Exists(whole)).order_by("id")
    return list(rows.values_list("id", flat=True)[:limit])


_UNREAD: Prepared[int | None] = Prepared(
    lambda dossiers: (
        Message.objects.filter(dossier_id__any=dossiers, direction=Direction.IN)
        .filter(Q(conversation__seen_at=None) | Q(created_at__gt=F("conversation__seen_at")))
        .values_list("dossier_id", flat=True)
    )
)


def unread_count(dossier_ids: Iterable[int]) -> dict[int, int]:
    """Return how many incoming messages nobody has seen, per dossier (0 is left out)."""
    counts: dict[int, int] = {}
    for dossier_id in _UNREAD(list(dossier_ids)):
        if dossier_id is not None:
            counts[dossier_id] = counts.get(dossier_id, 0) + 1
    return counts


def identity_of(*, message_id: int) -> int | None:
    """Return the WhatsApp identity that a message came from or went to, None for e-mail."""
    return Message.objects.filter(pk=message_id).values_list("conversation__identity_id", flat=True).first()


def last_incoming_at(*, dossier_id: int, since: dt.datetime | None = None) -> dt.datetime | None:
    """Return when somebody last wrote to this dossier (after `since`), None if nobody did."""
    rows = Message.objects.filter(dossier_id=dossier_id, direction=Direction.IN)
    if since is not None:
        rows = rows.filter(created_at__gt=since)
    return rows.order_by("-created_at").values_list("created_at", flat=True).first()


def open_windows(*, contact_ids: Iterable[int], at: dt.datetime) -> frozenset[int]:
    """Return those of the contacts to whom free text may be sent by WhatsApp at `at`."""
    since = at - whatsapp.WINDOW + whatsapp.WINDOW_MARGIN
    rows = Conversation.objects.filter(identity__contact_id__in=list(contact_ids), last_inbound_at__gt=since)
    return frozenset(rows.values_list("identity__contact_id", flat=True))


def window_of(identity_id: int, at: dt.datetime) -> Window:
    """Return the 24-hour window of a WhatsApp identity at `at` (closed when it never wrote)."""
    last = (
        Conversation.objects.filter(identity_id=identity_id).values_list("last_inbound_at", flat=True).first()
    )
    return whatsapp.window(last, at)


@dataclass(frozen=True, slots=True)
class Reach:
    """How a contact can be told now. `why_no_whatsapp` is a Spanish sentence, '' if WhatsApp works."""

    contact_id: int
    name: str
    email: str
    phone: str
    window: Window
    free_text: bool
    template: bool
    why_no_whatsapp: str

    @property
    def whatsapp(self) -> bool:
        """Whether anything can go by WhatsApp."""
        return self.free_text or self.template


_TALKS = Prepared(
    lambda contacts: (
        Conversation.objects.filter(identity__contact_id__any=contacts)
        .select_related("identity")
        .order_by(F("last_inbound_at").asc(nulls_first=True))
    )
)


def reach(
    contact_ids: Iterable[int],
    *,
    at: dt.datetime,
    cards: Mapping[int, customers.ContactCard] | None = None,
) -> dict[int, Reach]:
    """Return for each contact which channels are open: number, opt-in, window, known to be unreachable.

    One read when the `cards` of the contacts are at hand, else three.
    """
    ids = list(dict.fromkeys(contact_ids))
    talks: dict[int, Conversation] = {}
    for each in _TALKS(ids):
        if each.identity is not None and each.identity.contact_id is not None:
            talks[each.identity.contact_id] = each
    if cards is None:
        cards = customers.contact_cards(ids)
    return {each: _reach(cards[each], talks.get(each), at) for each in ids if each in cards}


def _reach(card: customers.ContactCard, talk: Conversation | None, at: dt.datetime) -> Reach:
    window = whatsapp.window(talk.last_inbound_at if talk else None, at)
    addressable = bool(card.phone_e164) or talk is not None
    unreachable = talk.unreachable_reason if talk else ""
    why = ""
    if not addressable:
        why = _("No tiene número de WhatsApp.")
    elif unreachable:
        why = unreachable
    elif not window.open and not card.opted_in:
        why = _("No dio su consentimiento y la ventana de 24 horas está cerrada.")
    return Reach(
        contact_id=card.id,
        name=card.full_name,
        email=card.email,
        phone=card.phone,
        window=window,
        free_text=addressable and window.open and not unreachable,
        template=addressable and card.opted_in and not unreachable,
        why_no_whatsapp=why,
    )
