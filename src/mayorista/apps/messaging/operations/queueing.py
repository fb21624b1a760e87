"""Putting messages into the outbox, in the transaction of their cause."""

from __future__ import annotations

import datetime as dt
import uuid
from email.utils import parseaddr
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.operations import identities
from mayorista.apps.messaging import jobs, texts
from mayorista.apps.messaging.drafts import Draft, MailDraft, WhatsAppDraft
from mayorista.apps.messaging.models import (
    Channel,
    Conversation,
    Direction,
    Message,
    MessageAttachment,
)
from mayorista.apps.messaging.operations import conversations, filing, troubles
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import phones, whatsapp
from mayorista.rules.delivery import State
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mayorista.rules.ports.messages import ReplyButton

MAX_MAIL_BYTES = 20 * 1024 * 1024


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
    firsts: list[Message] = []
    every: list[Message] = []
    for draft in drafts:
        made = _mail(draft, actor, at) if isinstance(draft, MailDraft) else _whatsapp(draft, actor, at)
        firsts.append(made[0])
        every += made
    journal.record_many(
        lines=[
            journal.Line(
                dossier_id=message.dossier_id,
                act="MESSAGE_QUEUED",
                text=_describe(message),
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
            text=_("Envío deshecho: %(what)s") % {"what": _describe(message)},
            actor=actor,
            at=at,
            payload={"message": message.pk},
        )
    live.bump("messages")
    return message


# E-mail -----------------------------------------------------------------------------------------


def _mail(draft: MailDraft, actor: Actor, at: dt.datetime) -> list[Message]:
    addresses = _addresses(draft.to)
    wrong: list[FieldError] = []
    if not draft.subject.strip():
        wrong.append(FieldError("subject", _("Falta el asunto."), _("Escríbalo.")))
    if not draft.body.strip():
        wrong.append(FieldError("body", _("El mensaje está vacío."), _("Escriba el texto.")))
    stored = _stored(draft.attachments)
    if sum(size for _id, _name, _type, size in stored) > MAX_MAIL_BYTES:
        wrong.append(
            FieldError("attachments", _("Los adjuntos superan 20 MB."), _("Quite o reduzca archivos."))
        )
    if wrong:
        raise Invalid.of(wrong)
    reference = uuid.uuid4()
    domain = procedure.parameter("carrier.domain", at=at)
    earlier = Message.objects.filter(pk=draft.in_reply_to_id).first() if draft.in_reply_to_id else None
    references = [*earlier.payload.get("references", []), earlier.message_id_header] if earlier else []
    message = Message.objects.create(
        reference=reference,
        dossier_id=draft.dossier_id,
        conversation=conversations.for_address(addresses[0]) if len(addresses) == 1 else None,
        direction=Direction.OUT,
        channel=Channel.EMAIL,
        kind="TEXT",
        subject=" ".join(draft.subject.split())[:300],
        body=draft.body,
        payload={"references": [each for each in references if each]},
        recipients=addresses,
        recipient_contact_id=draft.contact_id,
        destination=",".join(sorted(each.lower() for each in addresses))[:200],
        template_id=draft.template_id,
        author_id=actor.user_id,
        cause=draft.cause,
        in_reply_to=earlier,
        message_id_header=f"<{reference}@{domain}>",
        created_at=at,
        **_waiting(draft.hold_seconds, at),
    )
    _attach(message, stored)
    return [message]


def _addresses(to: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    wrong: list[FieldError] = []
    for text in to:
        # Somebody else's line break would become a header of ours.
        address = parseaddr(text)[1].strip() if text.isprintable() else ""
        try:
            validate_email(address)
        except ValidationError:
            wrong.append(
                FieldError("to", _("«%(text)s» no es un correo.") % {"text": text[:80]}, _("Corríjalo."))
            )
        else:
            found.setdefault(address.lower(), address)
    if not found and not wrong:
        wrong.append(FieldError("to", _("Falta el destinatario."), _("Elija al menos un correo.")))
    if wrong:
        raise Invalid.of(wrong)
    return list(found.values())


# WhatsApp ---------------------------------------------------------------------------------------


def _whatsapp(draft: WhatsAppDraft, actor: Actor, at: dt.datetime) -> list[Message]:
    conversation, contact_id = _counterpart(draft)
    filled = _filled(draft, conversation, at)
    stored = _stored(draft.attachments)
    if filled is None:
        wrong = whatsapp.check_message(
            text=draft.text,
            button_titles=[each.title for each in draft.buttons],
            button_payloads=[each.payload for each in draft.buttons],
            has_file=bool(stored),
        )
        wrong += _too_large(stored)
        if wrong:
            raise Invalid.of(wrong)
    elif stored:
        raise Invalid(
            _("Una plantilla no lleva archivos."), field="attachments", remedy=_("Envíelos por correo.")
        )
    base = {
        "dossier_id": draft.dossier_id,
        "conversation": conversation,
        "direction": Direction.OUT,
        "channel": Channel.WHATSAPP,
        "recipient_contact_id": contact_id,
        "recipients": [conversations.destination(conversation)],
        "destination": conversations.destination(conversation),
        "author_id": actor.user_id,
        "cause": draft.cause,
        "in_reply_to_id": draft.in_reply_to_id,
        "created_at": at,
        **_waiting(draft.hold_seconds, at),
    }
    if filled is not None:
        payload = {
            "parameters": list(filled.parameters),
            "buttons": [[each.payload, each.title] for each in filled.buttons],
        }
        return [
            Message.objects.create(
                kind="TEMPLATE", body=filled.body, payload=payload, template_id=filled.template_id, **base
            )
        ]
    first = stored[0] if stored else None
    kind = whatsapp.media_kind(first[2]).upper() if first else "TEXT"
    buttons = [[each.payload, each.title] for each in draft.buttons]
    made = [Message.objects.create(kind=kind, body=draft.text, payload={"buttons": buttons}, **base)]
    if first:
        _attach(made[0], [first])
    for each in stored[1:]:
        more = Message.objects.create(kind=whatsapp.media_kind(each[2]).upper(), body="", payload={}, **base)
        _attach(more, [each])
        made.append(more)
    return made


def _counterpart(draft: WhatsAppDraft) -> tuple[Conversation, int | None]:
    if draft.identity_id is not None:
        conversation = conversations.for_identity(draft.identity_id)
        contact_id = conversation.identity.contact_id if conversation.identity else None
        if draft.template_code and contact_id is not None:
            _require_opt_in(customers.contact_page(contact_id=contact_id).contact)
        return conversation, contact_id
    business_id = adapter("whatsapp").business_id
    if draft.contact_id is not None:
        contact = customers.contact_page(contact_id=draft.contact_id).contact
        if not contact.active:
            raise Invalid(
                _("%(name)s ya no es un contacto activo.") % {"name": contact.full_name},
                field="contact",
                remedy=_("Elija otro contacto."),
            )
        if draft.template_code:
            _require_opt_in(contact)
        identity = identities.identity_of_contact(contact_id=contact.id, business_id=business_id)
        return conversations.for_identity(identity.pk), contact.id
    identity = identities.identify(business_id=business_id, wa_id=_number_of_user(draft.user_id))
    return conversations.for_identity(identity.pk), None


def _number_of_user(user_id: int | None) -> str:
    user = procedure.user_by_id(user_id) if user_id is not None else None
    if user is None:
        raise Invalid(_("Falta el destinatario."), field="contact", remedy=_("Elija a quién escribir."))
    if not user.phone_e164:
        raise Invalid(
            _("%(name)s no tiene número de WhatsApp registrado.") % {"name": user.full_name},
            field="user",
            remedy=_("Complete su teléfono en Personas."),
        )
    return phones.wa_id(user.phone_e164)


def _require_opt_in(contact: customers.ContactCard) -> None:
    if not contact.opted_in:
        raise Invalid(
            _("%(name)s no dio su consentimiento para recibir avisos por WhatsApp.")
            % {"name": contact.full_name},
            field="contact",
            remedy=_("Registre el consentimiento (fecha y medio) o use el correo."),
        )


def _filled(draft: WhatsAppDraft, conversation: Conversation, at: dt.datetime) -> texts.Filled | None:
    if draft.template_code:
        return texts.fill(texts.usable(draft.template_code), draft.params)
    if not whatsapp.window(conversation.last_inbound_at, at).open:
        raise Conflict(
            _("La ventana de 24 horas está cerrada: WhatsApp no entrega texto libre."),
            field="text",
            remedy=_("Envíe una plantilla o use el correo."),
        )
    return None


# Both -------------------------------------------------------------------------------------------

_Stored = tuple[int, str, str, int]


def _stored(file_ids: Sequence[int]) -> list[_Stored]:
    found = {row.pk: row for row in procedure.files_by_id(file_ids)}
    if missing := [each for each in file_ids if each not in found]:
        raise NotFound(_("No existe el archivo adjunto %(id)s.") % {"id": missing[0]}, field="attachments")
    rows = [found[each] for each in dict.fromkeys(file_ids)]
    return [(row.pk, row.name, row.content_type, row.size) for row in rows]


def _too_large(stored: Sequence[_Stored]) -> list[FieldError]:
    wrong = []
    for _id, name, content_type, size in stored:
        limit = whatsapp.media_limit(whatsapp.media_kind(content_type))
        if size > limit:
            wrong.append(
                FieldError(
                    "attachments",
                    _("«%(name)s» supera %(limit)s MB.") % {"name": name, "limit": limit // (1024 * 1024)},
                    _("Redúzcalo o envíelo por correo."),
                )
            )
    return wrong


def _attach(message: Message, stored: Sequence[_Stored]) -> None:
    MessageAttachment.objects.bulk_create(
        MessageAttachment(
            message=message, position=place, name=name, content_type=content_type, file_id=file_id
        )
        for place, (file_id, name, content_type, _size) in enumerate(stored)
    )


def _waiting(hold_seconds: int, at: dt.datetime) -> dict[str, object]:
    if hold_seconds > 0:
        until = at + dt.timedelta(seconds=hold_seconds)
        return {"state": State.HELD, "hold_until": until, "next_try_at": until}
    return {"state": State.QUEUED, "next_try_at": at}


def _describe(message: Message) -> str:
    if message.channel == Channel.EMAIL:
        return _("Correo a %(to)s: %(subject)s") % {
            "to": ", ".join(message.recipients),
            "subject": message.subject,
        }
    return _("WhatsApp a %(to)s: %(text)s") % {"to": message.destination, "text": message.body[:160]}
