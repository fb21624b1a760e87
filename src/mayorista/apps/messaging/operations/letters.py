"""An incoming mail becomes a message on its dossier, a delivery report acts on its mail; each exactly once.

What a mail says is never done: it is shown to a person (a sender's address proves nothing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging.models import (
    Channel,
    Direction,
    MailReading,
    Message,
    MessageAttachment,
)
from mayorista.apps.messaging.operations import bounces, conversations, placing
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import files, live
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules.delivery import State
from mayorista.rules.errors import NotFound
from mayorista.rules.mail import reading, threads

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.messaging.models import IncomingMail
    from mayorista.rules.mail.reading import Letter

JOB = "buzón"
FILE_KIND = "MAIL"
Outcome = MailReading.Outcome


def read_mail(*, mail_id: int, at: dt.datetime) -> str:
    """Read one stored mail; return the outcome. Reading again changes nothing.

    A mail on which our own reading breaks is UNREADABLE for a person; when PostgreSQL is away it waits.
    Raises NotFound.
    """
    found = MailReading.objects.select_related("mail").filter(mail_id=mail_id).first()
    if found is None:
        raise NotFound(_("No existe ese correo."))
    if found.outcome != Outcome.WAITING:
        return found.outcome
    letter = _letter(found.mail)
    try:
        with transaction.atomic():
            return _settle(mail_id, letter, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as broken:  # noqa: BLE001 - a mail that breaks us must not be lost, nor read for ever
        wrong = _("Nuestro lector falló: %(why)s") % {"why": repr(broken)[:300]}
        with transaction.atomic():
            return _settle(mail_id, reading.unread(b"", wrong, digest_of=mail_id.to_bytes(8, "big")), at)


def _letter(mail: IncomingMail) -> Letter:
    content: bytes = adapter("files").get(mail.sha256)
    if not mail.left:
        return reading.read(content)
    megabytes = mail.size // (1024 * 1024)
    wrong = _("Pesa %(size)d MB: no se descargó.") % {"size": megabytes}
    return reading.unread(content, wrong, digest_of=content + mail.size.to_bytes(8, "big"))


def _settle(mail_id: int, letter: Letter, at: dt.datetime) -> str:
    row = MailReading.objects.select_for_update(of=("self",)).select_related("mail").get(mail_id=mail_id)
    if row.outcome != Outcome.WAITING:
        return row.outcome  # another worker was first
    row.digest, row.read_at, row.problem = letter.digest, at, "\n".join(letter.problems)[:5000]
    earlier = MailReading.objects.filter(digest=letter.digest).exclude(outcome=Outcome.WAITING).first()
    if earlier is not None:
        row.outcome, row.message_id = Outcome.COPY, earlier.message_id
    elif letter.report is not None:
        row.outcome = Outcome.REPORT
        row.message, problem = bounces.settle(letter=letter, mail_id=mail_id, at=at)
        row.problem = "\n".join(filter(None, [row.problem, problem]))
    elif _is_ours(letter):
        row.outcome = Outcome.OWN
    else:
        row.outcome = Outcome.MESSAGE if letter.readable else Outcome.UNREADABLE
        row.message = _message(row.mail, letter, at)
    row.save()
    live.bump("messages")
    return row.outcome


def _is_ours(letter: Letter) -> bool:
    """A mail that we sent and that came back to us (our own address among its recipients, a rule of the mailbox)."""
    return (
        bool(letter.message_id)
        and Message.objects.filter(
            direction=Direction.OUT, channel=Channel.EMAIL, message_id_header=letter.message_id
        ).exists()
    )


def _message(mail: IncomingMail, letter: Letter, at: dt.datetime) -> Message:
    conversation = conversations.for_addresses([letter.sender]).get(letter.sender) if letter.sender else None
    contact = customers.contact_by_email(address=letter.sender) if letter.sender else None
    # An id somebody used before stays with the first mail that had it.
    taken = (
        Message.objects.filter(message_id_header=letter.message_id).exists() if letter.message_id else True
    )
    message = Message.objects.create(
        conversation=conversation,
        direction=Direction.IN,
        channel=Channel.EMAIL,
        kind="TEXT"
        if letter.readable and not letter.automatic
        else "AUTO"
        if letter.readable
        else "UNREADABLE",
        subject=letter.subject,
        body=letter.text,
        payload={
            "name": letter.sender_name,
            "to": list(letter.recipients),
            "references": [*letter.references][-30:],
            "written_at": letter.written_at.isoformat() if letter.written_at else "",
            "problems": list(letter.problems),
            "size": mail.size,
        },
        recipient_contact_id=contact.id if contact else None,
        destination=letter.sender or letter.sender_name or _("(sin remitente)"),
        in_reply_to=_answered(letter),
        message_id_header="" if taken else letter.message_id[:200],
        created_at=mail.arrived_at,
        state=State.RECEIVED,
    )
    if conversation is not None:
        conversations.renew_window(conversation, mail.arrived_at)
    placing.place(message, letter=letter, at=at)
    _keep_files(message, letter, at)
    return message


def _answered(letter: Letter) -> Message | None:
    """The mail, of ours or of somebody else, that this one answers: the nearest that we know."""
    ids = threads.answered(letter.in_reply_to, letter.references)
    if not ids:
        return None
    rows = Message.objects.filter(message_id_header__in=ids, channel=Channel.EMAIL).order_by("-id")
    known = {row.message_id_header: row for row in rows}
    return next((known[each] for each in ids if each in known), None)


def _keep_files(message: Message, letter: Letter, at: dt.datetime) -> None:
    assert message.dossier_id is not None
    for place, each in enumerate(letter.files):
        stored = files.store(
            dossier_id=message.dossier_id,
            name=each.name,
            content=each.content,
            content_type=each.content_type,
            actor=for_job(JOB),
            at=at,
            kind=FILE_KIND,
        )
        MessageAttachment.objects.create(
            message=message,
            position=place,
            name=stored.name,
            content_type=stored.content_type,
            file=stored,
            sha256=stored.sha256,
            error_text=each.note[:300],
        )
