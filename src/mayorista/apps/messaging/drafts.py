"""What other rooms hand in to be sent. A draft says to whom and what; the outbox does the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from mayorista.rules.ports.messages import ReplyButton


@dataclass(frozen=True, slots=True)
class MailDraft:
    """One e-mail to one or several addresses; `attachments` are ids of stored files."""

    dossier_id: int
    to: Sequence[str]
    subject: str
    body: str
    cause: str
    attachments: Sequence[int] = ()
    hold_seconds: int = 0
    in_reply_to_id: int | None = None
    contact_id: int | None = None
    template_id: int | None = None


@dataclass(frozen=True, slots=True)
class WhatsAppDraft:
    """One WhatsApp message to a contact, an identity or a user of the house (exactly one of them).

    Either `text` (only inside the 24-hour window) with buttons and files, or `template_code` with
    `params` by name. Each file after the first travels as a message of its own.
    """

    dossier_id: int
    cause: str
    contact_id: int | None = None
    identity_id: int | None = None
    user_id: int | None = None
    text: str = ""
    template_code: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    buttons: Sequence[ReplyButton] = ()
    attachments: Sequence[int] = ()
    hold_seconds: int = 0
    in_reply_to_id: int | None = None


Draft = MailDraft | WhatsAppDraft


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one turn of delivery: the state reached, and what is due next.

    `retry_at` is when this message is due again; `then` are messages to the same person that waited
    for this one.
    """

    message_id: int
    state: str
    retry_at: dt.datetime | None = None
    then: tuple[int, ...] = ()
