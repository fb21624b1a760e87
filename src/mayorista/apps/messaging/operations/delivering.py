"""Delivery: one worker takes a row, commits that it has it, makes ONE call, writes down the answer.

See Note [Four answers] in `rules.ports.messages`. The order matters: SENDING is committed before the
call, so that a worker that dies leaves a row that says "in hand", and the lease turns it UNCERTAIN.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.messaging import jobs, texts
from mayorista.apps.messaging.drafts import Delivery
from mayorista.apps.messaging.models import (
    Channel,
    ChannelHealth,
    DestinationPause,
    Direction,
    Message,
    MessageAttachment,
    MessageTemplate,
)
from mayorista.apps.messaging.operations import health, statuses, troubles
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import files, journal, live
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import whatsapp
from mayorista.rules.delivery import State, back_off
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.ports import messages as port
from mayorista.rules.procedure import Act
from mayorista.rules.whatsapp_errors import Reaction, meaning_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LEASE = dt.timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)
"""Longer than any adapter's call may take; after it a row in hand is UNCERTAIN."""

MAX_ATTEMPTS = {Channel.WHATSAPP: 6, Channel.EMAIL: 20}
WINDOW_CLOSED = "131047"


class AnswerNotWritten(Exception):
    """The other side answered and the database was away: `write` writes the answer when it is back."""

    def __init__(self, write: Callable[[], Delivery]) -> None:
        super().__init__("the database was away")
        self.write = write


def deliver(*, message_id: int, at: dt.datetime) -> Delivery:
    """Deliver one message if it is its turn. Safe against any number of workers with the same job.

    Must run outside of a transaction: each of its two writes is committed by itself. Raises
    AnswerNotWritten when the call was made and PostgreSQL went away meanwhile; whoever gives up on it
    leaves the message to its lease.
    """
    token = _claim(message_id, at)
    if token is None:
        return _not_now(message_id, at)
    answer = _call(message_id, at)

    def write() -> Delivery:
        if isinstance(answer, port.DeliveryProblem):
            return _record(message_id, token, answer, at)
        return _accepted(message_id, token, answer, at)

    try:
        return write()
    except (OperationalError, InterfaceError) as away:
        raise AnswerNotWritten(write) from away


def _call(message_id: int, at: dt.datetime) -> str | port.MailReceipt | port.DeliveryProblem:
    """Make the one call; what the other side answered, or how it went wrong."""
    try:
        message = Message.objects.select_related("conversation__identity", "dossier", "template").get(
            pk=message_id
        )
        outgoing = _outgoing(message, at)
    except port.DeliveryProblem as problem:
        return problem
    except Exception as problem:  # noqa: BLE001 - nothing was sent: whatever broke, the row must tell
        return port.TemporaryRefusal(repr(problem)[:300], code="prepare")
    try:
        answer: str | port.MailReceipt = adapter(health.adapter_of(message.channel)).send(outgoing)
    except port.DeliveryProblem as problem:
        return problem
    except Exception as problem:  # noqa: BLE001 - an adapter's defect: nobody knows how far it came
        return port.UncertainOutcome(repr(problem)[:300], code="defect")
    return answer


def _claim(message_id: int, at: dt.datetime) -> uuid.UUID | None:
    """Take the row by one conditional update, committed at once; None when it is not its turn."""
    token = uuid.uuid4()
    taken = (
        due(at)
        .filter(pk=message_id)
        .update(
            state=State.SENDING,
            claim_token=token,
            lease_until=at + LEASE,
            sending_at=at,
            attempts=F("attempts") + 1,
        )
    )
    return token if taken else None


def due(at: dt.datetime) -> QuerySet[Message]:
    """Messages whose turn it is: time has come, channel and recipient are free, order is kept."""
    configured = [each for each in Channel.values if adapter(health.adapter_of(each)).configured]
    blocked = ChannelHealth.objects.filter(pk=OuterRef("channel")).filter(
        Q(state="STOPPED") | Q(state="PAUSED", until__gt=at)
    )
    paused = DestinationPause.objects.filter(
        channel=OuterRef("channel"), destination=OuterRef("destination"), until__gt=at
    )
    # Several messages to one person arrive in the order they were written.
    earlier = Message.objects.filter(
        channel=Channel.WHATSAPP,
        destination=OuterRef("destination"),
        state__in=[State.QUEUED, State.SENDING],
        id__lt=OuterRef("id"),
    )
    return (
        Message.objects.filter(
            state__in=[State.QUEUED, State.HELD], next_try_at__lte=at, channel__in=configured
        )
        .filter(~Exists(blocked), ~Exists(paused))
        .filter(~Q(channel=Channel.WHATSAPP) | ~Exists(earlier))
    )


def _not_now(message_id: int, at: dt.datetime) -> Delivery:
    message = Message.objects.filter(pk=message_id).first()
    if message is None or message.state not in (State.QUEUED, State.HELD) or message.next_try_at is None:
        return Delivery(message_id, message.state if message else "")
    if message.next_try_at > at:
        return Delivery(message_id, message.state, retry_at=message.next_try_at)
    pauses = DestinationPause.objects.filter(
        channel=message.channel, destination=message.destination, until__gt=at
    ).values_list("until", flat=True)
    stops = ChannelHealth.objects.filter(pk=message.channel, state="PAUSED", until__gt=at)
    until = [*pauses, *(each.until for each in stops if each.until is not None)]
    # With nothing to wait for until a time, the message before it or the sweep will call it.
    return Delivery(message_id, message.state, retry_at=max(until, default=None))


# Building -----------------------------------------------------------------------------------------


def _outgoing(message: Message, at: dt.datetime) -> port.OutgoingMail | port.OutgoingWhatsApp:
    attachments = tuple(
        port.Attachment(
            name=each.name, content_type=each.content_type, content=files.read(file_id=each.file_id)[1]
        )
        for each in MessageAttachment.objects.filter(message=message).order_by("position")
        if each.file_id is not None
    )
    if message.channel == Channel.EMAIL:
        earlier = message.in_reply_to
        return port.OutgoingMail(
            message_id=message.message_id_header,
            at=message.created_at,
            recipients=tuple(message.recipients),
            subject=message.subject,
            body=message.body,
            attachments=attachments,
            in_reply_to=earlier.message_id_header if earlier else "",
            references=tuple(message.payload.get("references", [])),
            dossier_number=message.dossier.number if message.dossier else "",
        )
    return _outgoing_whatsapp(message, attachments, at)


def _outgoing_whatsapp(
    message: Message, attachments: Sequence[port.Attachment], at: dt.datetime
) -> port.OutgoingWhatsApp:
    conversation = message.conversation
    identity = conversation.identity if conversation else None
    if conversation is None or identity is None:
        raise port.PermanentRefusal("sin destinatario", code="100")
    template = message.template
    if template is None and not whatsapp.window(conversation.last_inbound_at, at).open:
        raise port.PermanentRefusal("La ventana de 24 horas se cerró antes de enviar.", code=WINDOW_CLOSED)
    if template is not None and template.approval not in texts.USABLE:
        raise port.PermanentRefusal(f"Plantilla {template.approval}", code="132015")
    earlier = message.in_reply_to
    return port.OutgoingWhatsApp(
        reference=statuses.reference_of(message),
        to=identity.wa_id or "",
        recipient="" if identity.wa_id else identity.bsuid or "",
        text="" if template else message.body,
        template=template.code if template else "",
        language=template.language if template else "es",
        parameters=tuple(message.payload.get("parameters", [])),
        buttons=tuple(
            port.ReplyButton(payload, title) for payload, title in message.payload.get("buttons", [])
        ),
        attachment=attachments[0] if attachments else None,
        reply_to=earlier.provider_id if earlier and not template else "",
    )


# Writing the answer down ------------------------------------------------------------------------


def _held_by(message_id: int, token: uuid.UUID) -> Message | None:
    """The row, locked, if this worker's attempt is still the last one.

    A worker so slow that its lease ended finds the row UNCERTAIN or even settled by a status; its
    answer is the better knowledge and is written all the same.
    """
    return (
        Message.objects.select_for_update(of=("self",))
        .select_related("recipient_contact")
        .filter(pk=message_id, claim_token=token)
        .exclude(state__in=[State.QUEUED, State.HELD, State.CANCELLED])
        .first()
    )


@transaction.atomic
def _accepted(message_id: int, token: uuid.UUID, result: str | port.MailReceipt, at: dt.datetime) -> Delivery:
    message = _held_by(message_id, token)
    if message is None:
        return Delivery(message_id, "")
    was_uncertain = message.state == State.UNCERTAIN
    if message.state in (State.SENDING, State.UNCERTAIN):
        message.state = State.ACCEPTED
    message.accepted_at = message.accepted_at or at
    if message.state != State.FAILED:  # a report of failure may overtake our own note that it was taken
        message.error_code = message.error_text = ""
    message.lease_until = None
    if isinstance(result, port.MailReceipt):
        message.payload = {**message.payload, "server_answer": result.answer}
    else:
        message.provider_id = result
    message.save()
    if isinstance(result, port.MailReceipt):
        refused_recipients(message, result.refused, at)
    else:
        statuses.apply(message, at)
    if was_uncertain:
        troubles.settled([message], at=at, text=_("El mensaje incierto sí fue aceptado por el proveedor."))
    elif "late" in message.payload:
        troubles.settled([message], at=at, text=_("El mensaje que seguía en cola ya salió."))
    health.worked(channel=message.channel, destination=message.destination, at=at)
    live.bump("messages")
    return Delivery(message_id, message.state, then=_next_in_line(message, at))


def refused_recipients(message: Message, refused: Sequence[port.RefusedRecipient], at: dt.datetime) -> None:
    """Some addresses of a mail were refused while others were taken: nobody gets it twice.

    The refused ones become a row of their own with the same Message-ID: tried again if temporary,
    FAILED for a person if not.
    """
    if not refused:
        return
    kept = [each for each in message.recipients if each not in {one.address for one in refused}]
    Message.objects.filter(pk=message.pk).update(recipients=kept)
    for one in refused:
        later = Message.objects.create(
            dossier_id=message.dossier_id,
            conversation_id=message.conversation_id,
            direction=Direction.OUT,
            channel=message.channel,
            kind=message.kind,
            subject=message.subject,
            body=message.body,
            payload=message.payload,
            recipients=[one.address],
            destination=one.address.lower()[:200],
            template_id=message.template_id,
            author_id=message.author_id,
            cause=message.cause,
            in_reply_to_id=message.in_reply_to_id,
            retry_of=message,
            message_id_header=message.message_id_header,
            created_at=message.created_at,
            attempts=message.attempts,
            state=State.QUEUED if one.temporary else State.FAILED,
            next_try_at=at + back_off(1, seed=f"{message.pk}:{one.address}") if one.temporary else None,
            failed_at=None if one.temporary else at,
            error_code=one.code[:40],
            error_text=one.text[:500],
        )
        _copy_attachments(message, later)
        if one.temporary:
            jobs.deliver([later.pk], at=later.next_try_at)
        else:
            troubles.failed([later], at=at)


@transaction.atomic
def _record(message_id: int, token: uuid.UUID, problem: port.DeliveryProblem, at: dt.datetime) -> Delivery:
    message = _held_by(message_id, token)
    if message is None or message.state not in (State.SENDING, State.UNCERTAIN):
        return Delivery(message_id, message.state if message else "")
    message.error_code, message.error_text = problem.code[:40], problem.text[:500]
    message.lease_until = None
    if isinstance(problem, port.UncertainOutcome):
        _write_uncertain(message, at)
    elif isinstance(problem, port.PermanentRefusal):
        _write_failed(message, at)
    elif isinstance(problem, port.ChannelStopped):
        _requeue(message, at, counted=False)
        health.stop_channel(channel=message.channel, code=problem.code, reason=_reason(message), at=at)
    else:
        assert isinstance(problem, port.TemporaryRefusal)
        _write_temporary(message, problem, at)
    message.save()
    live.bump("messages")
    waiting = message.state == State.QUEUED
    return Delivery(
        message_id,
        message.state,
        retry_at=message.next_try_at if waiting and not isinstance(problem, port.ChannelStopped) else None,
        then=() if waiting else _next_in_line(message, at),
    )


def _write_uncertain(message: Message, at: dt.datetime) -> None:
    if message.state != State.UNCERTAIN:
        message.state = State.UNCERTAIN
        troubles.uncertain([message], at=at)


def _write_failed(message: Message, at: dt.datetime) -> None:
    message.state, message.failed_at = State.FAILED, at
    troubles.settled([message], at=at)
    troubles.failed([message], at=at)
    if message.channel == Channel.WHATSAPP:
        statuses.react(message, message.error_code, at)


def _write_temporary(message: Message, problem: port.TemporaryRefusal, at: dt.datetime) -> None:
    """Back to the queue: the pause is the message's, the recipient's or the channel's own."""
    reaction = meaning_of(problem.code).reaction if message.channel == Channel.WHATSAPP else Reaction.RETRY
    if problem.code in ("connect", "421"):
        # The other side could not be reached: no fault of this message, and none of the others would go.
        until = health.pause_channel(
            channel=message.channel,
            code=problem.code,
            reason=_("No hay conexión con el servidor."),
            at=at,
            retry_after=problem.retry_after,
        )
        _requeue(message, until, counted=False)
        return
    if message.attempts >= MAX_ATTEMPTS[Channel(message.channel)]:
        _write_failed(message, at)
        return
    if reaction is Reaction.SLOW_RECIPIENT:
        until = health.pause_destination(
            channel=message.channel, destination=message.destination, code=problem.code, at=at
        )
    elif reaction in (Reaction.SLOW_CHANNEL, Reaction.PAUSE_CHANNEL):
        until = health.pause_channel(
            channel=message.channel,
            code=problem.code,
            reason=meaning_of(problem.code).reason,
            at=at,
            retry_after=problem.retry_after,
            long=reaction is Reaction.PAUSE_CHANNEL,
        )
    else:
        seed = f"{message.reference}:{message.attempts}"
        until = at + back_off(message.attempts, seed=seed, retry_after=problem.retry_after)
    _requeue(message, until, counted=True)


def _requeue(message: Message, until: dt.datetime, *, counted: bool) -> None:
    if message.state == State.UNCERTAIN:
        # The lease had ended and a person was told; now it is known that nothing was accepted.
        troubles.settled(
            [message], at=until, text=_("El mensaje incierto no había salido; vuelve a la cola.")
        )
    message.state, message.next_try_at, message.claim_token = State.QUEUED, until, None
    if not counted:
        message.attempts = max(message.attempts - 1, 0)


def _reason(message: Message) -> str:
    if message.channel == Channel.WHATSAPP:
        return meaning_of(message.error_code).reason
    return _("El servidor de correo no aceptó la conexión: %(text)s") % {"text": message.error_text}


def _next_in_line(message: Message, at: dt.datetime) -> tuple[int, ...]:
    if message.channel != Channel.WHATSAPP:
        return ()
    waiting = Message.objects.filter(
        channel=message.channel, destination=message.destination, state=State.QUEUED, next_try_at__lte=at
    )
    return tuple(waiting.order_by("id").values_list("id", flat=True)[:1])


def _copy_attachments(source: Message, target: Message) -> None:
    MessageAttachment.objects.bulk_create(
        MessageAttachment(
            message=target,
            position=each.position,
            name=each.name,
            content_type=each.content_type,
            file_id=each.file_id,
        )
        for each in MessageAttachment.objects.filter(message=source, file__isnull=False)
    )


# Those whose worker died --------------------------------------------------------------------------


@transaction.atomic
def reap(*, at: dt.datetime) -> list[int]:
    """Rows in hand whose lease ended: nobody knows whether they went. Return their ids."""
    dead = list(
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("recipient_contact")
        .filter(state=State.SENDING, lease_until__lt=at)
        .order_by("id")
    )
    for message in dead:
        message.state, message.lease_until = State.UNCERTAIN, None
        message.error_code, message.error_text = "worker", _("El proceso que enviaba se interrumpió.")
    Message.objects.bulk_update(dead, ["state", "lease_until", "error_code", "error_text"])
    if dead:
        troubles.uncertain(dead, at=at)
    return [each.pk for each in dead]


# What a person decides ----------------------------------------------------------------------------


@transaction.atomic
def resend(*, message_id: int, actor: Actor, at: dt.datetime) -> Message:
    """Send a failed or uncertain message again: a new row, the old one stays as it is.

    Raises NotFound, or Conflict for a message that went, waits, or was already sent again.
    """
    require(actor, Act.RESEND_MESSAGE)
    old = _for_decision(message_id, (State.FAILED, State.UNCERTAIN))
    if Message.objects.filter(retry_of=old).exclude(state__in=[State.FAILED, State.CANCELLED]).exists():
        raise Conflict(_("Ese mensaje ya fue reenviado."), remedy=_("Mire el reenvío en la conversación."))
    reference = uuid.uuid4()
    domain = old.message_id_header.rpartition("@")[2].rstrip(">")
    new = Message.objects.create(
        reference=reference,
        dossier_id=old.dossier_id,
        conversation_id=old.conversation_id,
        direction=Direction.OUT,
        channel=old.channel,
        kind=old.kind,
        subject=old.subject,
        body=old.body,
        payload=old.payload,
        recipients=old.recipients,
        recipient_contact_id=old.recipient_contact_id,
        destination=old.destination,
        template_id=_current_template(old),
        author_id=actor.user_id,
        cause=old.cause,
        in_reply_to_id=old.in_reply_to_id,
        retry_of=old,
        message_id_header=f"<{reference}@{domain}>" if old.channel == Channel.EMAIL else "",
        created_at=at,
        state=State.QUEUED,
        next_try_at=at,
    )
    _copy_attachments(old, new)
    _decided(old, _("Reenviado por decisión de una persona."), actor, at)
    jobs.deliver([new.pk])
    live.bump("messages")
    return new


@transaction.atomic
def confirm_arrived(*, message_id: int, how: str, actor: Actor, at: dt.datetime) -> None:
    """A person found out that an uncertain message did arrive (by phone, by an answer)."""
    require(actor, Act.RESEND_MESSAGE)
    message = _for_decision(message_id, (State.UNCERTAIN,))
    message.state, message.accepted_at = State.ACCEPTED, message.accepted_at or at
    message.save(update_fields=["state", "accepted_at"])
    _decided(
        message, _("Se verificó que llegó: %(how)s") % {"how": how.strip() or _("sin detalle")}, actor, at
    )
    live.bump("messages")


def _for_decision(message_id: int, states: tuple[State, ...]) -> Message:
    message = (
        Message.objects.select_for_update(of=("self",)).filter(pk=message_id, direction=Direction.OUT).first()
    )
    if message is None:
        raise NotFound(_("No existe ese mensaje."))
    if message.state not in states:
        raise Conflict(
            _("El mensaje está «%(state)s».") % {"state": message.state},
            remedy=_("Actualice la conversación."),
        )
    return message


def _current_template(old: Message) -> int | None:
    if old.template is None:
        return None
    usable = MessageTemplate.objects.filter(
        code=old.template.code, approval__in=texts.USABLE, body=old.template.body
    )
    return usable.order_by("-version").values_list("pk", flat=True).first() or old.template_id


def _decided(message: Message, text: str, actor: Actor, at: dt.datetime) -> None:
    if message.dossier_id is None:
        return
    troubles.closed_by(message, actor=actor, at=at)
    journal.record(
        dossier_id=message.dossier_id,
        act=Act.RESEND_MESSAGE,
        text=text,
        actor=actor,
        at=at,
        payload={"message": message.pk},
    )
