"""What a person does about one incoming mail: answer its writer, or close it with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.operations import addresses
from mayorista.apps.messaging.drafts import MailDraft
from mayorista.apps.messaging.models import Channel, Direction, Message
from mayorista.apps.messaging.operations import filing, queueing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


@transaction.atomic
def answer_letter(
    *,
    message_id: int,
    subject: str,
    body: str,
    actor: Actor,
    at: dt.datetime,
    attachments: Sequence[int] = (),
    hold_seconds: int = 0,
) -> Message:
    """Write back to who wrote a mail, in its thread and on its dossier; what was to be done about it is done.

    A customer's mail that is on no dossier yet still waits to be filed. Raises Invalid, Conflict for a mail
    without a sender's address, NotFound, NotAllowed.
    """
    require(actor, Act.SEND_MESSAGE)
    letter = _letter(message_id)
    if "@" not in letter.destination:
        raise Conflict(
            _("Ese correo no tiene una dirección a la que responder."),
            remedy=_("Ábralo y escriba a su autor por otra vía, o ciérrelo con su motivo."),
        )
    home = letter.dossier_id or dossiers.standing(kind="UNKNOWN_WRITERS").id
    draft = MailDraft(
        dossier_id=home,
        to=[letter.destination],
        subject=subject,
        body=body,
        cause="RESPUESTA",
        attachments=attachments,
        hold_seconds=hold_seconds,
        in_reply_to_id=letter.pk,
        contact_id=letter.recipient_contact_id,
    )
    sent = queueing.send(draft=draft, actor=actor, at=at)
    keys = [f"responder:m{letter.pk}"]
    if not customers.customers_of_email(address=letter.destination):
        keys.append(filing.filing_key(letter))
        _filed(letter)
    work.complete(dossier_ids=[home], actor=actor, at=at, keys=keys)
    live.bump("messages")
    return sent


@transaction.atomic
def set_aside(*, message_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Close a mail that belongs on no dossier, or that nobody can read; journaled with its reason.

    The mail stays where it is, also in the mailbox. Raises Invalid without a reason, NotFound, NotAllowed.
    """
    require(actor, Act.FILE_MESSAGE)
    letter = _letter(message_id)
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise Invalid(
            _("Falta el motivo."), field="reason", remedy=_("Escriba por ejemplo «publicidad no pedida».")
        )
    home = letter.dossier_id or dossiers.standing(kind="UNKNOWN_WRITERS").id
    _filed(letter)
    keys = [filing.filing_key(letter), f"responder:m{letter.pk}"]
    work.complete(dossier_ids=[home], actor=actor, at=at, keys=keys, withdrawn=True)
    journal.record(
        dossier_id=home,
        act=Act.FILE_MESSAGE,
        text=_("Correo de %(who)s cerrado sin archivar: %(reason)s")
        % {"who": letter.destination, "reason": reason},
        actor=actor,
        at=at,
        payload={"message": letter.pk, "reason": reason},
    )
    live.bump("messages")


@transaction.atomic
def link_writer(*, message_id: int, contact_id: int, actor: Actor, at: dt.datetime) -> None:
    """Say that the address of a mail is a contact's, and give all its mails that contact.

    Nothing is sent to that address by itself and no consent follows. Raises as `customers.operations.link_address`.
    """
    address = _letter(message_id).destination.lower()
    addresses.link_address(address=address, contact_id=contact_id, actor=actor, at=at)
    rows = Message.objects.filter(
        direction=Direction.IN, channel=Channel.EMAIL, destination__iexact=address, recipient_contact=None
    )
    rows.update(recipient_contact_id=contact_id)
    live.bump("messages")


def _letter(message_id: int) -> Message:
    row = Message.objects.select_for_update().filter(pk=message_id, channel=Channel.EMAIL).first()
    if row is None or row.direction != Direction.IN:
        raise NotFound(_("No existe ese correo."))
    return row


def _filed(letter: Message) -> None:
    if letter.needs_filing:
        letter.needs_filing = False
        letter.save(update_fields=["needs_filing"])
