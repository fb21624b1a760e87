"""Which dossier an incoming message belongs to, and what Support says it is (G-44)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging.models import Channel, Direction, Mark, Message, MessageAttachment
from mayorista.apps.messaging.operations import papers
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules import whatsapp
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import STEPS, Act, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANSWER_WITHIN = dt.timedelta(minutes=15)
RECEIPT_WITHIN = dt.timedelta(hours=8)
_SILENT = ("SYSTEM", "REACTION", "REVOKE", "EDIT")


def place(message: Message, *, contact_id: int | None, paper: bool, at: dt.datetime) -> None:
    """Give a new incoming chat message (locked) its dossier, and open what a person has to do about it.

    Its dossier is that of the number on the pressed button, else of what it replies to, else the only open case of
    the ISPs the writer serves; else it waits on the customer's or the unknown writers' dossier for a person. `paper`
    says that it brings a document or picture: from who pays, outside of a case, that may be a receipt.
    """
    roles = _roles(contact_id)
    home = _by_button(message) or _by_reply(message)
    if home is None and not (paper and papers.only_pays(roles)):
        home = _by_only_case(roles)
    if home is not None:
        message.dossier_id = home
    else:
        message.dossier_id = _waiting_place(roles)
        message.needs_filing = message.kind not in _SILENT
    message.save(update_fields=["dossier", "needs_filing"])
    kind = procedure.dossiers_by_id([home])[home].kind if paper and home is not None else ""
    if paper and papers.may_be_receipt(message, roles, kind):
        work.open_items(items=[receipt_item(message, name_of(message), at=at)], at=at)
    elif message.kind not in _SILENT and not message.button_payload:
        work.open_items(items=[waiting_item(message, at=at)], at=at)


def waiting_item(message: Message, *, at: dt.datetime) -> work.NewItem:
    """What Support has to do about a chat message: say where it belongs, else answer it."""
    assert message.dossier_id is not None
    if message.needs_filing:
        title = _("Clasificar mensaje de %(who)s") % {"who": message.destination}
        step, key = "", filing_key(message)
    else:
        title = _("Responder WhatsApp de %(who)s") % {"who": name_of(message)}
        step, key = "A.4", answer_key(message.conversation_id)
    return work.NewItem(message.dossier_id, step, Role.SUPPORT, title[:200], at + ANSWER_WITHIN, key)


def receipt_item(message: Message, who: str, *, at: dt.datetime) -> work.NewItem:
    """What Interconexión has to do about what may be a receipt. A case that closes does not take it along."""
    title = _("Posible comprobante de pago de %(who)s: revisar y registrar") % {"who": who}
    return work.NewItem(
        receipt_homes(message.dossier_id)[-1],
        "B.7",
        STEPS["B.7"].role,
        title[:200],
        at + RECEIPT_WITHIN,
        receipt_key(message.pk),
    )


def receipt_homes(dossier_id: int | None) -> list[int]:
    """Where the task "possible receipt" of a message on this dossier may hang; the last is where it is opened.

    That of a message in a case hangs on the customer's dossier: whoever closes the case closes all its tasks.
    """
    assert dossier_id is not None
    home = procedure.dossiers_by_id([dossier_id])[dossier_id]
    if home.customer_id is None or home.kind not in papers.FAULTS:
        return [dossier_id]
    return [dossier_id, home.customer_id]


def answer_key(conversation_id: int | None) -> str:
    """Key of the work item "answer this conversation"."""
    return f"responder:{conversation_id}"


def filing_key(message: Message) -> str:
    """Key of the work item "choose its dossier": one for all that a chat says, one for each mail."""
    if message.channel == Channel.EMAIL:
        return f"clasificar:m{message.pk}"
    return f"clasificar:{message.conversation_id}"


def name_of(message: Message) -> str:
    """Who wrote a message, as far as it is known."""
    contact = message.recipient_contact
    if contact is not None:
        return contact.full_name
    identity = message.conversation.identity if message.conversation else None
    return (identity.display_name if identity else "") or message.destination


def _by_button(message: Message) -> int | None:
    answer = whatsapp.button_answer(message.button_payload)
    found = procedure.dossier_by_number(answer.number) if answer else None
    return found.pk if found else None


def _by_reply(message: Message) -> int | None:
    quoted = message.in_reply_to
    return quoted.dossier_id if quoted and not quoted.needs_filing else None


def _by_only_case(roles: Mapping[int, frozenset[str]]) -> int | None:
    open_cases = procedure.open_dossiers_of(sorted(roles), kind="CASE") if roles else []
    return open_cases[0].pk if len(open_cases) == 1 else None


def _waiting_place(roles: Mapping[int, frozenset[str]]) -> int:
    return next(iter(roles)) if len(roles) == 1 else dossiers.standing(kind="UNKNOWN_WRITERS").id


def _roles(contact_id: int | None) -> dict[int, frozenset[str]]:
    """What a contact answers for, by the customer's dossier."""
    if contact_id is None:
        return {}
    held: dict[int, set[str]] = {}
    for each in customers.contact_page(contact_id=contact_id).roles:
        held.setdefault(each.customer_id, set()).add(each.role)
    cards = customers.customers_by_id(held)
    found = {cards[pk].dossier_id: frozenset(roles) for pk, roles in held.items() if pk in cards}
    return dict(sorted(found.items()))


@transaction.atomic
def file_message(
    *, message_id: int, dossier_id: int, actor: Actor, at: dt.datetime, with_following: bool = True
) -> int:
    """Put an incoming message on the dossier a person chose; return how many moved.

    `with_following` takes along what the same writer wrote in a chat and nobody has filed yet.
    """
    require(actor, Act.FILE_MESSAGE)
    message = incoming(message_id)
    target = dossiers.lock(dossier_id=dossier_id)
    moving = [message]
    chat = message.channel == Channel.WHATSAPP  # each mail is a matter of its own
    mates = Message.objects.filter(conversation=message.conversation, needs_filing=True)
    if with_following and message.needs_filing and chat:
        moving += mates.select_for_update().exclude(pk=message.pk)
    former = {each.dossier_id for each in moving if each.dossier_id is not None}
    ids = [each.pk for each in moving]
    Message.objects.filter(pk__in=ids).update(dossier_id=target.pk, needs_filing=False)
    for attachment in MessageAttachment.objects.filter(message_id__in=ids, file__isnull=False):
        files_moved(attachment, target.pk)
    work.move(
        former_ids={home for each in former for home in receipt_homes(each)},
        dossier_id=receipt_homes(target.pk)[-1],
        keys=[receipt_key(each) for each in ids],
    )
    if not chat or not mates.all().exists():
        work.complete(dossier_ids=former, actor=actor, at=at, keys=[filing_key(message)])
    text = _("%(count)s mensaje(s) de %(who)s clasificado(s) en %(number)s") % {
        "count": len(ids),
        "who": name_of(message),
        "number": target.number,
    }
    journal.record_many(
        lines=[
            journal.Line(home, Act.FILE_MESSAGE, text, payload={"messages": ids})
            for home in sorted({*former, target.pk})
        ],
        actor=actor,
        at=at,
    )
    live.bump("messages")
    return len(ids)


def files_moved(attachment: MessageAttachment, dossier_id: int) -> None:
    """The stored file of a filed message goes along to the dossier."""
    stored = attachment.file
    if stored is not None:
        stored.dossier_id = dossier_id
        stored.save(update_fields=["dossier"])


@transaction.atomic
def mark_message(*, message_id: int, mark: str, actor: Actor, at: dt.datetime) -> Message:
    """Say that an incoming message is a claim (reclamo) or a question (consulta); each change is journaled."""
    require(actor, Act.MARK_MESSAGE)
    if mark not in Mark.values:
        raise Invalid(_("Elija reclamo o consulta."), field="mark")
    message = incoming(message_id)
    if message.mark == mark:
        return message
    before, message.mark = Mark(message.mark).label, mark
    message.save(update_fields=["mark"])
    if message.dossier_id is not None:
        journal.record(
            dossier_id=message.dossier_id,
            act=Act.MARK_MESSAGE,
            text=_("Mensaje de %(who)s: de «%(before)s» a «%(after)s»")
            % {"who": name_of(message), "before": before, "after": Mark(mark).label},
            actor=actor,
            at=at,
            payload={"message": message.pk, "mark": mark},
        )
    live.bump("messages")
    return message


def receipt_key(message_id: int) -> str:
    """Key of the task "this may be a receipt" (step B.7)."""
    return f"comprobante:{message_id}"


def mark_acted(*, message_ids: Sequence[int], at: dt.datetime) -> int:
    """Note that a higher room has acted on these messages; call it in the transaction of the act.

    Return how many were not noted before: 0 means that another worker was first.
    """
    return Message.objects.filter(pk__in=message_ids, direction=Direction.IN, acted_at=None).update(
        acted_at=at
    )


def answered(*, conversation_id: int | None, dossier_id: int | None, actor: Actor, at: dt.datetime) -> None:
    """A person wrote back: the work item "answer" of this conversation is done."""
    if conversation_id is not None and dossier_id is not None:
        work.complete(dossier_ids=[dossier_id], actor=actor, at=at, keys=[answer_key(conversation_id)])


@transaction.atomic
def no_answer_needed(*, conversation_id: int, dossier_id: int, actor: Actor, at: dt.datetime) -> None:
    """A person read the conversation and sees nothing to answer ("gracias")."""
    require(actor, Act.SEND_MESSAGE)
    work.complete(
        dossier_ids=[dossier_id], actor=actor, at=at, keys=[answer_key(conversation_id)], withdrawn=True
    )


def incoming(message_id: int) -> Message:
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        raise NotFound(_("No existe ese mensaje."))
    if message.direction != Direction.IN:
        raise Conflict(_("Ese mensaje es nuestro."), remedy=_("Elija un mensaje del cliente."))
    return message
