"""From drafts to rows: everything a batch needs is read at once, then each draft is checked on its own.

A notice to three hundred customers takes a handful of statements more than a notice to one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.operations import identities
from mayorista.apps.messaging import texts
from mayorista.apps.messaging.drafts import MailDraft, WhatsAppDraft
from mayorista.apps.messaging.models import Channel, Direction, Message, MessageAttachment
from mayorista.apps.messaging.operations import conversations
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import phones, whatsapp
from mayorista.rules.delivery import State
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mayorista.apps.messaging.drafts import Draft
    from mayorista.apps.messaging.models import Conversation, MessageTemplate

MAX_MAIL_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Composed:
    """One row to be written, and the files that go with it."""

    message: Message
    files: tuple[MessageAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    file_id: int
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What a batch of drafts stands on, read before any of them is judged."""

    at: dt.datetime
    author_id: int | None
    domain: str
    files: Mapping[int, _File]
    earlier: Mapping[int, Message]
    contacts: Mapping[int, customers.ContactCard]
    by_contact: Mapping[int, int]
    talks: Mapping[int, Conversation]
    letters: Mapping[str, Conversation]
    templates: dict[str, MessageTemplate]


def compose(drafts: Sequence[Draft], *, author_id: int | None, at: dt.datetime) -> list[list[Composed]]:
    """Return the rows of each draft, not written yet; at least one per draft.

    Raises Invalid, Conflict or NotFound for the first draft that cannot be sent.
    """
    known = _read(drafts, author_id, at)
    return [
        [_mail(draft, known)] if isinstance(draft, MailDraft) else _whatsapp(draft, known) for draft in drafts
    ]


def describe(message: Message) -> str:
    """One line about an outgoing message, for the journal."""
    if message.channel == Channel.EMAIL:
        return _("Correo a %(to)s: %(subject)s") % {
            "to": ", ".join(message.recipients),
            "subject": message.subject,
        }
    return _("WhatsApp a %(to)s: %(text)s") % {"to": message.destination, "text": message.body[:160]}


def _read(drafts: Sequence[Draft], author_id: int | None, at: dt.datetime) -> _Known:
    chats = [each for each in drafts if isinstance(each, WhatsAppDraft)]
    contact_ids = {
        each.contact_id for each in chats if each.contact_id is not None and each.identity_id is None
    }
    written_to = {each.identity_id for each in chats if each.identity_id is not None}
    by_contact = {}
    if contact_ids:
        found = identities.identities_of_contacts(
            contact_ids=contact_ids, business_id=adapter("whatsapp").business_id
        )
        by_contact = {contact_id: identity.pk for contact_id, identity in found.items()}
    talks = conversations.for_identities(written_to | set(by_contact.values()))
    contact_ids |= {
        each.identity.contact_id for each in talks.values() if each.identity and each.identity.contact_id
    }
    mails = [each for each in drafts if isinstance(each, MailDraft)]
    singles = [text for each in mails if len(each.to) == 1 for text in each.to]
    replies = {each.in_reply_to_id for each in drafts if each.in_reply_to_id is not None}
    return _Known(
        at=at,
        author_id=author_id,
        domain=procedure.parameter("carrier.domain", at=at) if mails else "",
        files=_files(each for draft in drafts for each in draft.attachments),
        earlier=Message.objects.in_bulk(replies) if replies else {},
        contacts=customers.contact_cards(contact_ids) if contact_ids else {},
        by_contact=by_contact,
        talks=talks,
        letters=conversations.for_addresses(filter(None, map(_address, singles))),
        templates={},
    )


def _files(file_ids: Iterable[int]) -> dict[int, _File]:
    wanted = set(file_ids)
    rows = procedure.files_by_id(wanted) if wanted else []
    return {row.pk: _File(row.pk, row.name, row.content_type, row.size) for row in rows}


# E-mail -----------------------------------------------------------------------------------------


def _mail(draft: MailDraft, known: _Known) -> Composed:
    addresses = _addresses(draft.to)
    wrong: list[FieldError] = []
    if not draft.subject.strip():
        wrong.append(FieldError("subject", _("Falta el asunto."), _("Escríbalo.")))
    if not draft.body.strip():
        wrong.append(FieldError("body", _("El mensaje está vacío."), _("Escriba el texto.")))
    attached = _attached(draft.attachments, known)
    if sum(each.size for each in attached) > MAX_MAIL_BYTES:
        wrong.append(
            FieldError("attachments", _("Los adjuntos superan 20 MB."), _("Quite o reduzca archivos."))
        )
    if wrong:
        raise Invalid.of(wrong)
    reference = uuid.uuid4()
    earlier = known.earlier.get(draft.in_reply_to_id or 0)
    references = [*earlier.payload.get("references", []), earlier.message_id_header] if earlier else []
    message = Message(
        reference=reference,
        dossier_id=draft.dossier_id,
        conversation=known.letters.get(addresses[0].lower()) if len(addresses) == 1 else None,
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
        author_id=known.author_id,
        cause=draft.cause,
        in_reply_to=earlier,
        message_id_header=f"<{reference}@{known.domain}>",
        created_at=known.at,
        **_waiting(draft.hold_seconds, known.at),
    )
    return Composed(message, _rows_of(message, attached))


def _address(text: str) -> str:
    """The bare address of `text`, '' if it is none."""
    # Somebody else's line break would become a header of ours.
    address = parseaddr(text)[1].strip() if text.isprintable() else ""
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address


def _addresses(to: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    wrong: list[FieldError] = []
    for text in to:
        address = _address(text)
        if address:
            found.setdefault(address.lower(), address)
        else:
            wrong.append(
                FieldError("to", _("«%(text)s» no es un correo.") % {"text": text[:80]}, _("Corríjalo."))
            )
    if not found and not wrong:
        wrong.append(FieldError("to", _("Falta el destinatario."), _("Elija al menos un correo.")))
    if wrong:
        raise Invalid.of(wrong)
    return list(found.values())


# WhatsApp ---------------------------------------------------------------------------------------


def _whatsapp(draft: WhatsAppDraft, known: _Known) -> list[Composed]:
    conversation, contact_id = _counterpart(draft, known)
    destination = conversations.destination(conversation)
    attached = _attached(draft.attachments, known)
    base: dict[str, Any] = {
        "dossier_id": draft.dossier_id,
        "conversation": conversation,
        "direction": Direction.OUT,
        "channel": Channel.WHATSAPP,
        "recipient_contact_id": contact_id,
        "recipients": [destination],
        "destination": destination,
        "author_id": known.author_id,
        "cause": draft.cause,
        "in_reply_to_id": draft.in_reply_to_id,
        "created_at": known.at,
        **_waiting(draft.hold_seconds, known.at),
    }
    if draft.template_code:
        return [_template(draft, attached, known, base)]
    _check_free(draft, conversation, attached, known.at)
    first = attached[0] if attached else None
    buttons = [[each.payload, each.title] for each in draft.buttons]
    message = Message(kind=_kind(first), body=draft.text, payload={"buttons": buttons}, **base)
    made = [Composed(message, _rows_of(message, attached[:1]))]
    for each in attached[1:]:
        more = Message(kind=_kind(each), body="", payload={}, **base)
        made.append(Composed(more, _rows_of(more, [each])))
    return made


def _kind(file: _File | None) -> str:
    return whatsapp.media_kind(file.content_type).upper() if file else "TEXT"


def _template(
    draft: WhatsAppDraft, attached: Sequence[_File], known: _Known, base: Mapping[str, Any]
) -> Composed:
    if attached:
        raise Invalid(
            _("Una plantilla no lleva archivos."), field="attachments", remedy=_("Envíelos por correo.")
        )
    template = known.templates.get(draft.template_code)
    if template is None:
        template = known.templates[draft.template_code] = texts.usable(draft.template_code)
    filled = texts.fill(template, draft.params)
    payload = {
        "parameters": list(filled.parameters),
        "buttons": [[each.payload, each.title] for each in filled.buttons],
    }
    return Composed(
        Message(kind="TEMPLATE", body=filled.body, payload=payload, template_id=filled.template_id, **base)
    )


def _check_free(
    draft: WhatsAppDraft, conversation: Conversation, attached: Sequence[_File], at: dt.datetime
) -> None:
    wrong = whatsapp.check_message(
        text=draft.text,
        button_titles=[each.title for each in draft.buttons],
        button_payloads=[each.payload for each in draft.buttons],
        has_file=bool(attached),
    )
    for each in attached:
        limit = whatsapp.media_limit(whatsapp.media_kind(each.content_type))
        if each.size > limit:
            told = {"name": each.name, "limit": limit // (1024 * 1024)}
            wrong.append(
                FieldError(
                    "attachments",
                    _("«%(name)s» supera %(limit)s MB.") % told,
                    _("Redúzcalo o envíelo por correo."),
                )
            )
    if wrong:
        raise Invalid.of(wrong)
    if not whatsapp.window(conversation.last_inbound_at, at).open:
        raise Conflict(
            _("La ventana de 24 horas está cerrada: WhatsApp no entrega texto libre."),
            field="text",
            remedy=_("Envíe una plantilla o use el correo."),
        )


def _counterpart(draft: WhatsAppDraft, known: _Known) -> tuple[Conversation, int | None]:
    if draft.identity_id is not None:
        conversation = known.talks.get(draft.identity_id)
        if conversation is None:
            raise NotFound(_("No existe esa identidad de WhatsApp."), field="identity")
        contact_id = conversation.identity.contact_id if conversation.identity else None
        if draft.template_code and contact_id is not None:
            _require_opt_in(known.contacts[contact_id])
        return conversation, contact_id
    if draft.contact_id is not None:
        return _of_contact(draft, draft.contact_id, known), draft.contact_id
    identity = identities.identify(
        business_id=adapter("whatsapp").business_id, wa_id=_number_of_user(draft.user_id)
    )
    return conversations.for_identity(identity.pk), None


def _of_contact(draft: WhatsAppDraft, contact_id: int, known: _Known) -> Conversation:
    contact = known.contacts.get(contact_id)
    if contact is None:
        raise NotFound(_("No existe ese contacto."), field="contact")
    if not contact.active:
        raise Invalid(
            _("%(name)s ya no es un contacto activo.") % {"name": contact.full_name},
            field="contact",
            remedy=_("Elija otro contacto."),
        )
    if draft.template_code:
        _require_opt_in(contact)
    identity_id = known.by_contact.get(contact_id)
    if identity_id is None:
        raise Invalid(
            _("%(name)s no tiene número de WhatsApp.") % {"name": contact.full_name},
            field="contact",
            remedy=_("Complete el número del contacto o use el correo."),
        )
    return known.talks[identity_id]


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


# Both -------------------------------------------------------------------------------------------


def _attached(file_ids: Sequence[int], known: _Known) -> list[_File]:
    if missing := [each for each in file_ids if each not in known.files]:
        raise NotFound(_("No existe el archivo adjunto %(id)s.") % {"id": missing[0]}, field="attachments")
    return [known.files[each] for each in dict.fromkeys(file_ids)]


def _rows_of(message: Message, attached: Sequence[_File]) -> tuple[MessageAttachment, ...]:
    return tuple(
        MessageAttachment(
            message=message,
            position=place,
            name=each.name,
            content_type=each.content_type,
            file_id=each.file_id,
        )
        for place, each in enumerate(attached)
    )


def _waiting(hold_seconds: int, at: dt.datetime) -> dict[str, Any]:
    if hold_seconds > 0:
        until = at + dt.timedelta(seconds=hold_seconds)
        return {"state": State.HELD, "hold_until": until, "next_try_at": until}
    return {"state": State.QUEUED, "next_try_at": at}
