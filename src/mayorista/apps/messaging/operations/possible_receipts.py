"""What may be a receipt of payment: handed on to who registers receipts, registered, or found to be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import Channel, Message, MessageAttachment
from mayorista.apps.messaging.operations import filing, placing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt


@transaction.atomic
def pass_on(*, message_id: int, actor: Actor, at: dt.datetime) -> None:
    """A person says that what came with a message may be a receipt: Interconexión gets the task of B.7.

    What waits for an answer in a case goes on waiting; nobody has to say any more where the message belongs.
    Doing it again changes nothing. Raises Invalid for a message without a file, NotFound, NotAllowed.
    """
    require(actor, Act.FILE_MESSAGE)
    message = filing.incoming(message_id)
    if not MessageAttachment.objects.filter(message=message).exists():
        raise Invalid(
            _("Ese mensaje no trae ningún archivo."),
            remedy=_("Pida el comprobante al cliente, o regístrelo a mano."),
        )
    work.open_items(items=[filing.receipt_item(message, filing.name_of(message), at=at)], at=at)
    if message.needs_filing and not _mates(message):
        _close(message, [filing.filing_key(message)], actor, at, withdrawn=True)
    _record(message, _("Pasa a Interconexión como posible comprobante de pago de %(who)s"), actor, at)


@transaction.atomic
def no_receipt(*, message_id: int, actor: Actor, at: dt.datetime) -> None:
    """A person looked at what may be a receipt and it is none: what else is to be done about it is due again.

    Raises NotFound, NotAllowed.
    """
    require(actor, Act.FILE_MESSAGE)
    message = filing.incoming(message_id)
    if _close(message, [filing.receipt_key(message_id)], actor, at, withdrawn=True):
        waiting = (placing if message.channel == Channel.EMAIL else filing).waiting_item(message, at=at)
        work.open_items(items=[waiting], at=at)
    _record(message, _("Lo que envió %(who)s no es un comprobante de pago"), actor, at)


def receipt_handled(*, message_id: int, actor: Actor, at: dt.datetime) -> None:
    """Close the task "possible receipt" of a message; call it in the transaction that registers the receipt."""
    _close(filing.incoming(message_id), [filing.receipt_key(message_id)], actor, at)


def _mates(message: Message) -> bool:
    """Whether something else of the same chat waits to be filed."""
    if message.channel == Channel.EMAIL:
        return False
    rows = Message.objects.filter(conversation=message.conversation, needs_filing=True)
    return rows.exclude(pk=message.pk).exists()


def _close(
    message: Message, keys: list[str], actor: Actor, at: dt.datetime, *, withdrawn: bool = False
) -> int:
    homes = filing.receipt_homes(message.dossier_id) if message.dossier_id is not None else []
    return work.complete(dossier_ids=homes, actor=actor, at=at, keys=keys, withdrawn=withdrawn)


def _record(message: Message, text: str, actor: Actor, at: dt.datetime) -> None:
    if message.dossier_id is not None:
        journal.record(
            dossier_id=message.dossier_id,
            act=Act.FILE_MESSAGE,
            text=text % {"who": filing.name_of(message)},
            actor=actor,
            at=at,
            payload={"message": message.pk},
        )
    live.bump("messages")
