"""Reading what WhatsApp posts to us: every level of the envelope is a list and may hold several.

Nothing here raises on a strange shape: what cannot be understood comes out as an `Unreadable` with
its place and its text, so that one odd item never hides its neighbours (zammad#5439: an unsupported
type blocked a whole channel).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_MEDIA_TYPES = frozenset({"image", "document", "audio", "video", "sticker"})
_LAST_TIMESTAMP = 4_102_444_800  # 2100-01-01: later is not a time anybody wrote at


@dataclass(frozen=True, slots=True)
class MediaPointer:
    """A file of an incoming message that still lies with the provider (id valid 7 days)."""

    media_id: str
    mime_type: str
    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: at least one of number and business-scoped id is there; the name is their own."""

    wa_id: str
    bsuid: str
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message. `kind` is upper case (TEXT, IMAGE, …, UNSUPPORTED); `text` what to show for it."""

    phone_number_id: str
    provider_id: str
    sender: Sender
    at: datetime
    kind: str
    text: str
    media: tuple[MediaPointer, ...] = ()
    reply_to: str = ""
    button_payload: str = ""
    button_title: str = ""
    forwarded: bool = False
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def opens_window(self) -> bool:
        """Whether it is a message of the person: notices of the system, edits and reactions are not."""
        return self.kind not in ("SYSTEM", "EDIT", "REVOKE", "REACTION")


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One status of one of our messages; `reference` is the biz_opaque_callback_data we sent."""

    phone_number_id: str
    provider_id: str
    status: str
    at: datetime
    recipient: str
    participant: str
    reference: str
    error_code: str
    error_text: str
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateEvent:
    """A change of a template's approval or quality on the other side."""

    name: str
    language: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccountError:
    """An error of the account itself (value.errors): code and words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """Something told of the account that is no message (quality, review, ban): which field, shortened."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something we do not understand: where it stood and what it was (shortened)."""

    where: str
    text: str


Event = IncomingMessage | StatusEvent | TemplateEvent | AccountError | AccountNotice | Unreadable


def parse(body: bytes) -> list[Event]:
    """All events of a webhook body, in order. Never raises; a body that is not JSON is one Unreadable."""
    try:
        document = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as problem:
        return [Unreadable("body", str(problem)[:200])]
    if not isinstance(document, dict) or not isinstance(document.get("entry"), list):
        return [Unreadable("body", _short(document))]
    events: list[Event] = []
    for place, entry in enumerate(document["entry"]):
        changes = _dict(entry).get("changes")
        if not isinstance(changes, list):
            events.append(Unreadable(f"entry[{place}]", _short(entry)))
            continue
        for index, change in enumerate(changes):
            where = f"entry[{place}].changes[{index}]"
            events.extend(_change_events(_dict(change), where))
    return events


def _change_events(change: dict[str, Any], where: str) -> list[Event]:
    value = change.get("value")
    which = _text(change.get("field"))
    if not isinstance(value, dict):
        return [Unreadable(where, _short(change))]
    if which.startswith("message_template_"):
        return [_template_event(which, value)]
    if which != "messages":
        return [AccountNotice(which or where, _short(value))]
    number = _text(_dict(value.get("metadata")).get("phone_number_id"))
    people = [_dict(each) for each in _list(value.get("contacts"))]
    events: list[Event] = [
        _message(_dict(item), number, people, where) for item in _list(value.get("messages"))
    ]
    events += [_status(_dict(item), number, where) for item in _list(value.get("statuses"))]
    events += [
        AccountError(_text(_dict(item).get("code")), _error_text(_dict(item)))
        for item in _list(value.get("errors"))
    ]
    return events or [Unreadable(where, _short(value))]


# Messages ---------------------------------------------------------------------------------------


def _message(item: dict[str, Any], number: str, people: list[dict[str, Any]], where: str) -> Event:
    provider_id = _text(item.get("id"))
    at = _time(item.get("timestamp"))
    sender = _sender(item, people)
    if not provider_id or at is None or not (sender.wa_id or sender.bsuid or sender.username):
        return Unreadable(f"{where}.messages", _short(item))
    context = _dict(item.get("context"))
    kind = _text(item.get("type")) or "unknown"
    content = _content(kind, item)
    return IncomingMessage(
        phone_number_id=number,
        provider_id=provider_id,
        sender=sender,
        at=at,
        kind=content.kind,
        text=content.text,
        media=content.media,
        reply_to=content.reply_to or _text(context.get("id")),
        button_payload=content.payload,
        button_title=content.title,
        forwarded=bool(context.get("forwarded") or context.get("frequently_forwarded")),
        raw=_plain(item),
    )


def _sender(item: dict[str, Any], people: list[dict[str, Any]]) -> Sender:
    wa_id = _text(item.get("from"))
    bsuid = _text(item.get("from_user_id"))
    person: dict[str, Any] = {}
    for each in people:
        if (wa_id and wa_id == _text(each.get("wa_id"))) or (bsuid and bsuid == _text(each.get("user_id"))):
            person = each
    if not person and len(people) == 1 and not (wa_id or bsuid):
        person = people[0]
    profile = _dict(person.get("profile"))
    return Sender(
        wa_id=(wa_id or _text(person.get("wa_id")))[:20],
        bsuid=(bsuid or _text(person.get("user_id")))[:160],
        username=_text(profile.get("username"))[:80],
        display_name=_text(profile.get("name"))[:160],
    )


@dataclass(frozen=True, slots=True)
class _Content:
    kind: str
    text: str = ""
    media: tuple[MediaPointer, ...] = ()
    reply_to: str = ""
    payload: str = ""
    title: str = ""


def _content(kind: str, item: dict[str, Any]) -> _Content:
    part = _dict(item.get(kind))
    if kind in _MEDIA_TYPES and _text(part.get("id")):
        return _Content(kind.upper(), _text(part.get("caption")), (_media(kind, part),))
    reader = _READERS.get(kind)
    if reader is None or not part:
        return _unsupported(kind, item)
    return reader(kind, part)


def _media(kind: str, part: dict[str, Any]) -> MediaPointer:
    return MediaPointer(
        media_id=_text(part.get("id")),
        mime_type=_text(part.get("mime_type")),
        sha256=_text(part.get("sha256")),
        name=_text(part.get("filename")) or kind,
    )


def _text_content(kind: str, part: dict[str, Any]) -> _Content:
    return _Content(kind.upper(), _text(part.get("body")))


def _location(kind: str, part: dict[str, Any]) -> _Content:
    words = [_text(part.get("name")), _text(part.get("address"))]
    place = f"{_text(part.get('latitude'))}, {_text(part.get('longitude'))}"
    return _Content(kind.upper(), " · ".join(["Ubicación", place, *filter(None, words)]))


def _interactive(kind: str, part: dict[str, Any]) -> _Content:
    for answer in ("button_reply", "list_reply"):
        reply = _dict(part.get(answer))
        if reply:
            title = _text(reply.get("title"))
            return _Content("BUTTON", title, payload=_text(reply.get("id"))[:256], title=title)
    flow = _dict(part.get("nfm_reply"))
    return _Content(kind.upper(), _text(flow.get("body")) or "Respuesta de formulario")


def _button(_kind: str, part: dict[str, Any]) -> _Content:
    title = _text(part.get("text"))
    return _Content("BUTTON", title, payload=_text(part.get("payload"))[:256], title=title)


def _reaction(kind: str, part: dict[str, Any]) -> _Content:
    emoji = _text(part.get("emoji"))
    text = f"Reaccionó {emoji}" if emoji else "Quitó su reacción"
    return _Content(kind.upper(), text, reply_to=_text(part.get("message_id")))


def _system(kind: str, part: dict[str, Any]) -> _Content:
    return _Content(kind.upper(), _text(part.get("body")) or "Aviso del sistema de WhatsApp")


def _edit(kind: str, part: dict[str, Any]) -> _Content:
    message = _dict(part.get("message")) or part
    inner = _text(message.get("type")) or "text"
    text = _content(inner, message).text if message.get(inner) else _text(message.get("body"))
    return _Content(kind.upper(), f"Corrigió su mensaje: {text}", reply_to=_original(part))


def _revoke(kind: str, part: dict[str, Any]) -> _Content:
    return _Content(kind.upper(), "Eliminó su mensaje", reply_to=_original(part))


def _original(part: dict[str, Any]) -> str:
    return _text(part.get("original_message_id")) or _text(part.get("message_id")) or _text(part.get("id"))


_READERS = {
    "text": _text_content,
    "location": _location,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
}


def _unsupported(kind: str, item: dict[str, Any]) -> _Content:
    if kind == "contacts":
        return _Content("CONTACTS", "Compartió " + _shared_names(item.get("contacts")))
    inner = _text(_dict(item.get("unsupported")).get("type")) or (kind if kind != "unsupported" else "")
    return _Content("UNSUPPORTED", f"Mensaje no soportado ({inner})" if inner else "Mensaje no soportado")


def _shared_names(shared: object) -> str:
    names = [_text(_dict(_dict(each).get("name")).get("formatted_name")) for each in _list(shared)]
    phones = [
        _text(_dict(phone).get("phone"))
        for each in _list(shared)
        for phone in _list(_dict(each).get("phones"))
    ]
    return ", ".join(filter(None, [*names, *phones])) or "contactos"


# Statuses and the rest --------------------------------------------------------------------------


def _status(item: dict[str, Any], number: str, where: str) -> Event:
    provider_id, at = _text(item.get("id")), _time(item.get("timestamp"))
    status = _text(item.get("status"))
    if not provider_id or not status or at is None:
        return Unreadable(f"{where}.statuses", _short(item))
    problems = [_dict(each) for each in _list(item.get("errors"))]
    return StatusEvent(
        phone_number_id=number,
        provider_id=provider_id[:200],
        status=status[:20],
        at=at,
        recipient=_text(item.get("recipient_id")) or _text(item.get("recipient_user_id")),
        participant=_text(item.get("recipient_participant_id"))[:160],
        reference=_text(item.get("biz_opaque_callback_data"))[:200],
        error_code=_text(problems[0].get("code")) if problems else "",
        error_text=_error_text(problems[0]) if problems else "",
        raw=_plain(item),
    )


def _template_event(which: str, value: dict[str, Any]) -> TemplateEvent:
    status = _text(value.get("event")) if which == "message_template_status_update" else ""
    return TemplateEvent(
        name=_text(value.get("message_template_name")),
        language=_text(value.get("message_template_language")),
        status=status.upper(),
        reason=_text(value.get("reason")) or _text(value.get("new_quality_score")),
    )


def _error_text(item: dict[str, Any]) -> str:
    details = _text(_dict(item.get("error_data")).get("details"))
    return (details or _text(item.get("message")) or _text(item.get("title")))[:500]


# Reading without surprises ----------------------------------------------------------------------


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    if value is None or isinstance(value, dict | list | bool):
        return ""
    return _storable(str(value))


def _storable(text: str) -> str:
    """The text without what PostgreSQL refuses: NUL, and halves of a character (JSON can hold them)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _time(value: object) -> datetime | None:
    text = _text(value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:11]) < _LAST_TIMESTAMP or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), tz=UTC)


def _plain(value: Any) -> Any:
    """The value as plain JSON for storing: numbers as they were written."""
    if isinstance(value, dict):
        return {_storable(str(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return str(value)
    return _storable(value) if isinstance(value, str) else value


def _short(value: object) -> str:
    return repr(value)[:200]
