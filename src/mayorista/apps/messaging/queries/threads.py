"""Conversations as they are shown: one bubble per message with everything it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import (
    Channel,
    Conversation,
    Direction,
    Mark,
    Message,
    MessageAttachment,
)
from mayorista.apps.messaging.operations import troubles
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules import media, phones, whatsapp
from mayorista.rules.delivery import STATE_TITLES, State

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from mayorista.rules.whatsapp import ButtonAnswer, Window


@dataclass(frozen=True, slots=True)
class Tick:
    """One level that a message reached: `level` is the state's name, `title` its Spanish word."""

    level: str
    title: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class BubbleFile:
    """A file of a message; `file_id` is None while it is fetched or when that failed."""

    file_id: int | None
    name: str
    content_type: str
    size: int
    state: str
    error: str
    note: str = ""
    download: bool = False

    @property
    def inline(self) -> bool:
        """Whether a browser may show it as a picture (never what came by mail: that is downloaded)."""
        return self.file_id is not None and self.content_type in media.INLINE and not self.download

    @property
    def playable(self) -> bool:
        """Whether it is sound or film."""
        return (
            not self.download
            and self.file_id is not None
            and self.content_type.startswith(("audio/", "video/"))
        )


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a message answers, shortened."""

    message_id: int
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as a person sees it. `error` and `remedy` are Spanish sentences, '' when all is well."""

    id: int
    dossier_id: int | None
    conversation_id: int | None
    contact_id: int | None
    direction: str
    channel: str
    channel_title: str
    kind: str
    who: str
    to: tuple[str, ...]
    at: dt.datetime
    subject: str
    text: str
    cause: str
    state: str
    state_title: str
    ticks: tuple[Tick, ...]
    error: str
    remedy: str
    error_code: str
    error_detail: str
    conflict: bool
    attachments: tuple[BubbleFile, ...]
    buttons: tuple[str, ...]
    button: ButtonAnswer | None
    mark: str
    mark_title: str
    needs_filing: bool
    quoted: Quoted | None
    hold_until: dt.datetime | None
    retry_of_id: int | None
    attempts: int
    message_id_header: str
    problems: tuple[str, ...] = ()

    @property
    def incoming(self) -> bool:
        """Whether they wrote it."""
        return self.direction == Direction.IN

    @property
    def can_cancel(self) -> bool:
        """Whether "Deshacer" still works."""
        return self.state == State.HELD

    @property
    def can_resend(self) -> bool:
        """Whether a person may send it again."""
        return self.state in (State.FAILED, State.UNCERTAIN)

    @property
    def can_confirm(self) -> bool:
        """Whether a person may say that it did arrive."""
        return self.state == State.UNCERTAIN

    @property
    def can_mark(self) -> bool:
        """Whether it can be marked as claim or question."""
        return self.incoming and self.kind not in ("SYSTEM", "REACTION", "REVOKE")

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail of somebody else, with a page of its own."""
        return self.incoming and self.channel == Channel.EMAIL

    @property
    def automatic(self) -> bool:
        """Whether a machine wrote it (an absence, an acknowledgement)."""
        return self.kind == "AUTO"


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Somebody in a thread: where one writes to them and whether free text may go now."""

    conversation_id: int
    identity_id: int | None
    contact_id: int | None
    channel: str
    name: str
    address: str
    window: Window
    unread: int
    unreachable: str


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages of some dossiers, oldest first, and who takes part."""

    bubbles: tuple[Bubble, ...]
    counterparts: tuple[Counterpart, ...]
    has_older: bool = False


def thread(dossier_ids: Iterable[int], *, at: dt.datetime, limit: int = 300) -> Thread:
    """Return the newest `limit` messages of these dossiers, oldest first, with the people in them."""
    return _thread(Message.objects.filter(dossier_id__in=list(dossier_ids)), at, limit)


def conversation_thread(conversation_id: int, *, at: dt.datetime, limit: int = 300) -> Thread:
    """Return the newest messages with one counterpart, whatever their dossier."""
    return _thread(Message.objects.filter(conversation_id=conversation_id), at, limit)


def bubbles_of(message_ids: Iterable[int]) -> dict[int, Bubble]:
    """Return these messages by id: for a D.A.C., a notice or a claim that shows its own delivery."""
    rows = _BY_ID(list(message_ids))
    return {each.id: each for each in _bubbles(rows)}


_BY_ID = Prepared(lambda ids: _rows(Message.objects.filter(pk__any=ids)))
_ATTACHMENTS = Prepared(
    lambda ids: (
        MessageAttachment.objects.filter(message_id__any=ids).select_related("file").order_by("position")
    )
)


def _thread(messages: QuerySet[Message], at: dt.datetime, limit: int) -> Thread:
    newest = list(_rows(messages).order_by("-created_at", "-id")[: limit + 1])
    rows = newest[:limit][::-1]
    ids = {each.conversation_id for each in rows if each.conversation_id is not None}
    return Thread(_bubbles(rows), _counterparts(ids, at), has_older=len(newest) > limit)


def _rows(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.select_related(
        "author",
        "recipient_contact",
        "conversation__identity__contact",
    )


def _bubbles(rows: Sequence[Message]) -> tuple[Bubble, ...]:
    files: dict[int, list[MessageAttachment]] = {}
    for each in _ATTACHMENTS([row.pk for row in rows]):
        files.setdefault(each.message_id, []).append(each)
    answered = {each.in_reply_to_id for each in rows if each.in_reply_to_id is not None}
    quoted = _rows(Message.objects.all()).in_bulk(answered) if answered else {}
    return tuple(_bubble(each, files.get(each.pk, []), quoted.get(each.in_reply_to_id)) for each in rows)


def _bubble(row: Message, files: Sequence[MessageAttachment], answered: Message | None) -> Bubble:
    error, remedy = _error(row)
    return Bubble(
        id=row.pk,
        dossier_id=row.dossier_id,
        conversation_id=row.conversation_id,
        contact_id=row.recipient_contact_id,
        direction=row.direction,
        channel=row.channel,
        channel_title=str(Channel(row.channel).label),
        kind=row.kind,
        who=who(row),
        to=tuple(row.recipients),
        at=row.created_at,
        subject=row.subject,
        text=row.body,
        cause=row.cause,
        state=row.state,
        state_title=_(STATE_TITLES[State(row.state)]),
        ticks=_ticks(row),
        error=error,
        remedy=remedy,
        error_code=row.error_code,
        error_detail=row.error_text,
        conflict=row.conflict,
        attachments=tuple(_file(each, row) for each in files),
        buttons=tuple(title for _payload, title in row.payload.get("buttons", [])),
        button=whatsapp.button_answer(row.button_payload),
        mark=row.mark,
        mark_title=str(Mark(row.mark).label),
        needs_filing=row.needs_filing,
        quoted=Quoted(answered.pk, who(answered), answered.body[:140]) if answered else None,
        hold_until=row.hold_until if row.state == State.HELD else None,
        retry_of_id=row.retry_of_id,
        attempts=row.attempts,
        message_id_header=row.message_id_header,
        problems=tuple(str(each) for each in row.payload.get("problems", [])),
    )


def _error(row: Message) -> tuple[str, str]:
    if row.conflict:
        return (
            _("WhatsApp informó una falla y también la entrega: se toma por entregado."),
            _("Si tiene dudas, pregunte al cliente."),
        )
    if row.state == State.UNCERTAIN:
        return (
            _("El mensaje salió y no hubo respuesta: pudo haber llegado."),
            _("Pregunte si llegó; reenvíe solo si no llegó."),
        )
    if row.state == State.FAILED or (row.state == State.QUEUED and row.error_code):
        return troubles.reason_of(row)
    return "", ""


def _ticks(row: Message) -> tuple[Tick, ...]:
    levels = (
        (State.ACCEPTED, _("aceptado"), row.accepted_at),
        (State.SENT, _("enviado"), row.sent_at),
        (State.DELIVERED, _("entregado"), row.delivered_at),
        (State.READ, _("leído"), row.read_at),
        (State.FAILED, _("falló"), row.failed_at),
        (State.CANCELLED, _("cancelado"), row.cancelled_at),
    )
    return tuple(Tick(level, title, at) for level, title, at in levels if at is not None)


def _file(row: MessageAttachment, message: Message) -> BubbleFile:
    return BubbleFile(
        file_id=row.file_id,
        name=row.name,
        content_type=row.content_type,
        size=row.file.size if row.file else 0,
        state=row.state,
        error=row.error_text if row.state == "FAILED" else "",
        note=row.error_text if row.state == "STORED" else "",
        download=message.channel == Channel.EMAIL and message.direction == Direction.IN,
    )


def who(row: Message) -> str:
    """Who wrote a message, by the best name known."""
    if row.direction == Direction.OUT:
        return row.author.full_name if row.author else _("Mayorista")
    if row.channel == Channel.EMAIL:
        return _mail_writer(row)
    return counterpart_name(row.conversation) if row.conversation else row.destination


def _mail_writer(row: Message) -> str:
    """Whoever wrote a mail: the contact's name, else what the mail says, always with its address."""
    contact = row.recipient_contact
    name = contact.full_name if contact is not None else str(row.payload.get("name") or "")
    return f"{name} <{row.destination}>" if name and name != row.destination else row.destination


def counterpart_name(conversation: Conversation) -> str:
    """The contact's name, else the name the person gave to WhatsApp, else the number or address."""
    identity = conversation.identity
    if identity is None:
        return conversation.email_address
    if identity.contact is not None:
        return identity.contact.full_name
    return identity.display_name or counterpart_address(conversation)


def counterpart_address(conversation: Conversation) -> str:
    """Number, user name, id or e-mail address."""
    identity = conversation.identity
    if identity is None:
        return conversation.email_address
    return phones.show("+" + identity.wa_id) if identity.wa_id else identity.username or identity.bsuid or ""


def _counterparts(conversation_ids: Iterable[int], at: dt.datetime) -> tuple[Counterpart, ...]:
    ids = list(conversation_ids)
    rows = Conversation.objects.filter(pk__in=ids).select_related("identity__contact").order_by("pk")
    unread = _unread(ids) if ids else {}
    return tuple(counterpart(each, at, unread=unread.get(each.pk, 0)) for each in rows)


def _unread(conversation_ids: Sequence[int]) -> dict[int, int]:
    rows = Message.objects.filter(conversation_id__in=conversation_ids, direction=Direction.IN)
    unseen = rows.filter(Q(conversation__seen_at=None) | Q(created_at__gt=F("conversation__seen_at")))
    return dict(unseen.values_list("conversation_id").annotate(Count("id")))


def counterpart(conversation: Conversation, at: dt.datetime, *, unread: int = 0) -> Counterpart:
    """A conversation's other side as a value."""
    identity = conversation.identity
    return Counterpart(
        conversation_id=conversation.pk,
        identity_id=conversation.identity_id,
        contact_id=identity.contact_id if identity else None,
        channel=conversation.channel,
        name=counterpart_name(conversation),
        address=counterpart_address(conversation),
        window=whatsapp.window(conversation.last_inbound_at, at),
        unread=unread,
        unreachable=conversation.unreachable_reason,
    )
