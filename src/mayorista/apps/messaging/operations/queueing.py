"""Putting messages into the outbox, in the transaction of their cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.messaging import jobs
from mayorista.apps.messaging.drafts import Draft, MailDraft, WhatsAppDraft
from mayorista.apps.messaging.models import (
    Channel,
    Direction,
    Message,
    MessageAttachment,
)
from mayorista.apps.messaging.operations import composing, filing, troubles
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live
from mayorista.rules.delivery import State
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from mayorista.rules.ports.messages import ReplyButton


def queue_email(
    *,
    dossier_id: int,
    to: Sequence[str],
    subject: str,
    body: str,
    cause: str,
    actor: Actor,
    at: dt.datetime,
    attachments: Sequence[int] = (),
    hold_seconds: int = 0,
    in_reply_to_id: int | None = None,
    contact_id: int | None = None,
) -> Message:
    """Put one e-mail into the outbox. Raises Invalid for addresses, subject, text or size."""
    draft = MailDraft(
        dossier_id=dossier_id,
        to=to,
        subject=subject,
        body=body,
        cause=cause,
        attachments=attachments,
        hold_seconds=hold_seconds,
        in_reply_to_id=in_reply_to_id,
        contact_id=contact_id,
    )
    return queue_many(drafts=[draft], actor=actor, at=at)[0]


def queue_whatsapp(
    *,
    dossier_id: int,
    cause: str,
    actor: Actor,
    at: dt.datetime,
    contact_id: int | None = None,
    identity_id: int | None = None,
    user_id: int | None = None,
    text: str = "",
    template_code: str = "",
    params: Mapping[str, str] | None = None,
    buttons: Sequence[ReplyButton] = (),
    attachments: Sequence[int] = (),
    hold_seconds: int = 0,
    in_reply_to_id: int | None = None,
) -> Message:
    """Put one WhatsApp message into the outbox (see `WhatsAppDraft`).

    Raises Invalid (nobody to write to, no opt-in, text or parameters that WhatsApp refuses), Conflict
    (window closed for free text, template not approved).
    """
    draft = WhatsAppDraft(
        dossier_id=dossier_id,
        cause=cause,
        contact_id=contact_id,
        identity_id=identity_id,
        user_id=user_id,
        text=text,
        template_code=template_code,
        params=params or {},
        buttons=buttons,
        attachments=attachments,
        hold_seconds=hold_seconds,
        in_reply_to_id=in_reply_to_id,
    )
    return queue_many(drafts=[draft], actor=actor, at=at)[0]


@transaction.atomic
def queue_many(*, drafts: Sequence[Draft], actor: Actor, at: dt.datetime) -> list[Message]:
    """Put all drafts into the outbox or none; return their (first) messages in the same order.

    Who may send is asked by the act that sends; `send` asks for people who only write a message.
    """
    made = composing.compose(drafts, author_id=actor.user_id, at=at)
    every = Message.objects.bulk_create(each.message for group in made for each in group)
    MessageAttachment.objects.bulk_create(file for group in made for each in group for file in each.files)
    firsts = [group[0].message for group in made]
    journal.record_many(
        lines=[
            journal.Line(
                dossier_id=message.dossier_id,
                act="MESSAGE_QUEUED",
                text=composing.describe(message),
                step=message.cause if message.cause.startswith(("A.", "B.")) else "",
                payload={"message": message.pk, "channel": message.channel},
            )
            for message in firsts
            if message.dossier_id is not None
        ],
        actor=actor,
        at=at,
    )
    by_time: dict[dt.datetime | None, list[int]] = {}
    for message in every:
        by_time.setdefault(message.hold_until, []).append(message.pk)
    for hold_until, ids in by_time.items():
        jobs.deliver(ids, at=hold_until)
    live.bump("messages")
    return firsts


@transaction.atomic
def send(*, draft: Draft, actor: Actor, at: dt.datetime) -> Message:
    """A person writes a message (composer of a case): asks for the right, then queues it."""
    require(actor, Act.SEND_MESSAGE)
    message = queue_many(drafts=[draft], actor=actor, at=at)[0]
    filing.answered(
        conversation_id=message.conversation_id, dossier_id=message.dossier_id, actor=actor, at=at
    )
    return message


@transaction.atomic
def send_by_email(*, message_id: int, actor: Actor, at: dt.datetime) -> Message:
    """Send what a WhatsApp message says to the same contact by e-mail ("enviar también por correo").

    Raises NotFound, Conflict for a message that is not ours by WhatsApp, Invalid when the contact has no
    address.
    """
    require(actor, Act.RESEND_MESSAGE)
    message = (
        Message.objects.select_for_update(of=("self",))
        .select_related("recipient_contact", "dossier")
        .filter(pk=message_id)
        .first()
    )
    if message is None or message.dossier is None:
        raise NotFound(_("No existe ese mensaje."))
    if message.direction != Direction.OUT or message.channel != Channel.WHATSAPP:
        raise Conflict(_("Ese mensaje no es un WhatsApp nuestro."), remedy=_("Escriba un correo nuevo."))
    contact = message.recipient_contact
    if contact is None or not contact.email:
        raise Invalid(
            _("El destinatario no tiene correo registrado."), field="to", remedy=_("Complete su correo.")
        )
    carrier = procedure.parameter("carrier.short_name", at=at)
    attached = MessageAttachment.objects.filter(message=message, file__isnull=False).order_by("position")
    draft = MailDraft(
        dossier_id=message.dossier.pk,
        to=[contact.email],
        subject=f"{carrier} – {message.dossier.number}",
        body=message.body or _("Adjuntamos el archivo enviado por WhatsApp."),
        cause=message.cause,
        attachments=[each.file_id for each in attached if each.file_id is not None],
        contact_id=contact.pk,
    )
    sent = queue_many(drafts=[draft], actor=actor, at=at)[0]
    troubles.closed_by(message, actor=actor, at=at)
    return sent


@transaction.atomic
def cancel_held(*, message_id: int, actor: Actor, at: dt.datetime) -> Message:
    """Take a message back during its seconds of grace. Raises NotFound, or Conflict once it left."""
    message = Message.objects.select_for_update().filter(pk=message_id, direction=Direction.OUT).first()
    if message is None:
        raise NotFound(_("No existe ese mensaje."))
    if message.state != State.HELD:
        raise Conflict(
            _("El mensaje ya salió o ya fue cancelado."), remedy=_("Envíe una aclaración si hace falta.")
        )
    message.state, message.cancelled_at = State.CANCELLED, at
    message.save(update_fields=["state", "cancelled_at"])
    if message.dossier_id is not None:
        journal.record(
            dossier_id=message.dossier_id,
            act="MESSAGE_CANCELLED",
            text=_("Envío deshecho: %(what)s") % {"what": composing.describe(message)},
            actor=actor,
            at=at,
            payload={"message": message.pk},
        )
    live.bump("messages")
    return message
