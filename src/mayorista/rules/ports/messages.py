"""What the house expects of the outside world: values that go out and the four ways it can go wrong.

An adapter sends ONE message per call and tells the truth about it: it returns when the other side
took the message, and raises one of the exceptions below when it did not, or when nobody can know.
See Note [Four answers].
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# Note [Four answers]
# ~~~~~~~~~~~~~~~~~~~
# Neither SMTP nor the Cloud API has an idempotency key, so whether a message may be sent again
# depends on what is KNOWN of the failed attempt:
#   TemporaryRefusal  nothing was accepted, the same message may be sent again later
#   PermanentRefusal  nothing was accepted and never will be, a person must look
#   ChannelStopped    nothing was accepted and nothing else will be (token, account): stop the channel
#   UncertainOutcome  the message went out on the wire and no answer came back: never send it again
#                     without proof that it did not arrive
# An adapter that is in doubt between two of them raises UncertainOutcome.


class DeliveryProblem(Exception):
    """A message that did not go, or of which nobody knows; `code` is the other side's, `text` its words."""

    def __init__(self, text: str = "", *, code: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class TemporaryRefusal(DeliveryProblem):
    """Nothing was accepted; try again, after `retry_after` seconds if the other side named them (else 0)."""

    def __init__(self, text: str = "", *, code: str = "", retry_after: int = 0) -> None:
        super().__init__(text, code=code)
        self.retry_after = retry_after


class PermanentRefusal(DeliveryProblem):
    """Nothing was accepted and the same message never will be."""


class ChannelStopped(DeliveryProblem):
    """Nothing was accepted and no other message will be until a person mends the channel."""


class UncertainOutcome(DeliveryProblem):
    """The message left and no answer came: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message; `content` is its bytes."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One e-mail. `message_id` (with angle brackets) and `at` are the same at every attempt of a row."""

    message_id: str
    at: datetime
    recipients: tuple[str, ...]
    subject: str
    body: str
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    dossier_number: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    """One address that the server did not take while it took others."""

    address: str
    code: str
    text: str
    temporary: bool


@dataclass(frozen=True, slots=True)
class MailReceipt:
    """The server took the mail for all recipients but `refused`; `answer` is its last line."""

    answer: str = ""
    refused: tuple[RefusedRecipient, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyButton:
    """A button the reader may press: `payload` comes back to us, `title` is what they see."""

    payload: str
    title: str


@dataclass(frozen=True, slots=True)
class OutgoingWhatsApp:
    """One WhatsApp message: a template, or free text, or one file with `text` as its caption.

    Exactly one of `to` (number without plus sign) and `recipient` (business-scoped user id) is used:
    the number if there is one. `reference` comes back in every status of the message.
    """

    reference: str
    to: str = ""
    recipient: str = ""
    text: str = ""
    template: str = ""
    language: str = "es"
    parameters: tuple[str, ...] = ()
    buttons: tuple[ReplyButton, ...] = ()
    attachment: Attachment | None = None
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A file downloaded from a message; `declared_type` is what the other side says it is."""

    content: bytes = field(repr=False)
    declared_type: str = ""


@dataclass(frozen=True, slots=True)
class TemplateApproval:
    """What the other side says of one template: `status` as it names it (APPROVED, REJECTED, …)."""

    name: str
    language: str
    status: str
    reason: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A template handed in for approval: `body` with {{1}}…, one example per variable.

    `known_id`: that of the template the other side already has by this name, whose text this replaces; "" for a new one.
    """

    name: str
    language: str
    category: str
    body: str
    examples: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    known_id: str = ""


class MailChannel(Protocol):
    """A way for e-mail to leave. `configured` is False when nothing may leave the machine."""

    configured: bool

    def send(self, mail: OutgoingMail) -> MailReceipt:
        """Hand one mail over; raises a DeliveryProblem."""

    def check(self) -> None:
        """Connect and log in without sending; raises a DeliveryProblem."""


class WhatsAppChannel(Protocol):
    """A way for WhatsApp messages to leave. `business_id` names our number on the other side."""

    configured: bool
    business_id: str

    def send(self, message: OutgoingWhatsApp) -> str:
        """Send one message and return its provider id (wamid); raises a DeliveryProblem."""

    def mark_read(self, provider_id: str) -> None:
        """Show the writer that their message was read; raises a DeliveryProblem."""

    def download(self, media_id: str, *, sha256: str = "") -> Media:
        """Fetch a file of an incoming message, check its hash (base64); raises a DeliveryProblem."""

    def check(self) -> None:
        """Ask for our own number without sending; raises a DeliveryProblem."""

    def templates(self) -> Sequence[TemplateApproval]:
        """Every template the other side knows, with its state; raises a DeliveryProblem."""

    def submit_template(self, draft: TemplateDraft) -> str:
        """Hand a template in for approval and return its state; raises a DeliveryProblem."""
