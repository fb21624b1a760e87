"""What the provider tells of our messages: kept append-only, folded into the message's state."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from mayorista.apps.messaging import texts
from mayorista.apps.messaging.models import (
    Channel,
    Conversation,
    DeliveryEvent,
    Direction,
    Message,
    MessageTemplate,
)
from mayorista.apps.messaging.operations import health, troubles
from mayorista.apps.procedure.operations import live
from mayorista.rules import delivery
from mayorista.rules.delivery import Standing, State, StatusReport
from mayorista.rules.whatsapp_errors import Reaction, meaning_of

if TYPE_CHECKING:
    from mayorista.rules.whatsapp_events import StatusEvent

_PREFIX = "msg:"
ORPHAN_DAYS = 31
"""WhatsApp tells of a message for 30 days at most."""


def reference_of(message: Message) -> str:
    """What goes out as biz_opaque_callback_data and comes back in each status."""
    return f"{_PREFIX}{message.reference}"


def _message_of(provider_id: str, reference: str) -> Message | None:
    """The message a status speaks of, locked: by our own reference, else by the provider's id."""
    rows = Message.objects.select_for_update(of=("self",)).select_related("recipient_contact")
    ours = rows.filter(direction=Direction.OUT, channel=Channel.WHATSAPP)
    known = _uuid(reference.removeprefix(_PREFIX)) if reference.startswith(_PREFIX) else None
    if known is not None and (found := ours.filter(reference=known).first()) is not None:
        return found
    return ours.filter(provider_id=provider_id).first()


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def record(event: StatusEvent, *, webhook_id: int | None, at: dt.datetime) -> bool:
    """Keep one status and let it act on its message; False if it was known already.

    A status of a message we do not know (yet) is kept: it is matched when our own call has written the
    provider's id, or by the sweep.
    """
    with transaction.atomic():
        kept = DeliveryEvent.objects.bulk_create(
            [
                DeliveryEvent(
                    channel=Channel.WHATSAPP,
                    provider_id=event.provider_id,
                    reference=event.reference,
                    status=event.status,
                    occurred_at=event.at,
                    received_at=at,
                    participant=event.participant,
                    error_code=event.error_code[:40],
                    error_text=event.error_text[:500],
                    webhook_id=webhook_id,
                    raw=event.raw,
                )
            ],
            ignore_conflicts=True,
        )
        message = _message_of(event.provider_id, event.reference)
        if message is None:
            return bool(kept)
        if not message.provider_id:
            message.provider_id = event.provider_id
        apply(message, at)
    return True


def apply(message: Message, at: dt.datetime) -> None:
    """Fold everything told of a message (locked by the caller) into its row and save it."""
    told = Q(reference=reference_of(message))
    if message.provider_id:
        told |= Q(provider_id=message.provider_id)
    events = DeliveryEvent.objects.filter(told, channel=Channel.WHATSAPP)
    before = Standing(
        state=State(message.state),
        accepted_at=message.accepted_at,
        sent_at=message.sent_at,
        delivered_at=message.delivered_at,
        read_at=message.read_at,
        failed_at=message.failed_at,
        error_code=message.error_code,
        error_text=message.error_text,
        conflict=message.conflict,
    )
    after = delivery.fold(
        before,
        [StatusReport(each.status, each.occurred_at, each.error_code, each.error_text) for each in events],
    )
    message.state = after.state
    message.accepted_at, message.sent_at = after.accepted_at, after.sent_at
    message.delivered_at, message.read_at = after.delivered_at, after.read_at
    message.failed_at, message.conflict = after.failed_at, after.conflict
    message.error_code, message.error_text = after.error_code[:40], after.error_text[:500]
    if message.state != State.SENDING:
        message.lease_until = None
    message.save()
    _tell_changes(message, before, after, at)


def _tell_changes(message: Message, before: Standing, after: Standing, at: dt.datetime) -> None:
    if after.state == before.state and after.conflict == before.conflict:
        return
    live.bump("messages")
    if after.state is State.FAILED and before.state is not State.FAILED:
        troubles.settled([message], at=at)
        troubles.failed([message], at=at)
        react(message, message.error_code, at)
    elif before.state is State.UNCERTAIN and after.state is not State.UNCERTAIN:
        troubles.settled([message], at=at, text=_("El mensaje incierto sí llegó: WhatsApp lo confirma."))
    elif before.state is State.FAILED and after.state is not State.FAILED:
        troubles.settled(
            [message], at=at, text=_("WhatsApp informó falla y también entrega: vale la entrega.")
        )
    elif after.state is State.DELIVERED or after.state is State.READ:
        _reached(message)


def _reached(message: Message) -> None:
    if message.conversation_id is not None:
        Conversation.objects.filter(pk=message.conversation_id).exclude(unreachable_at=None).update(
            unreachable_at=None, unreachable_reason=""
        )


def react(message: Message, code: str, at: dt.datetime) -> None:
    """What a definite error means beyond its message: the contact, the template, the channel."""
    meaning = meaning_of(code)
    if meaning.reaction is Reaction.UNREACHABLE and message.conversation_id is not None:
        Conversation.objects.filter(pk=message.conversation_id).update(
            unreachable_at=at, unreachable_reason=meaning.reason
        )
    elif meaning.reaction is Reaction.BLOCK_TEMPLATE and message.template_id is not None:
        usable = MessageTemplate.objects.filter(pk=message.template_id, approval__in=texts.USABLE).first()
        if usable is None:
            return
        MessageTemplate.objects.filter(pk=usable.pk).update(
            approval="PAUSED", approval_reason=f"{code} {message.error_text}"[:300]
        )
        troubles.template_turned(usable, "PAUSED", meaning.reason, at=at)
    elif meaning.reaction is Reaction.STOP_CHANNEL:
        health.stop_channel(channel=message.channel, code=code, reason=meaning.reason, at=at)
    elif meaning.reaction is Reaction.PAUSE_CHANNEL:
        health.pause_channel(channel=message.channel, code=code, reason=meaning.reason, at=at, long=True)


def match_orphans(*, at: dt.datetime, limit: int = 500) -> int:
    """Match statuses that came before our own call had written the provider's id; return how many messages.

    Needed only when a status carries no reference of ours and was stored in the same instant.
    """
    behind = DeliveryEvent.objects.filter(
        channel=OuterRef("channel"),
        provider_id=OuterRef("provider_id"),
        received_at__gt=at - dt.timedelta(days=ORPHAN_DAYS),
        status__in=["delivered", "read", "played", "failed", "sent"],
    )
    ids = list(
        Message.objects.filter(direction=Direction.OUT, channel=Channel.WHATSAPP, state=State.ACCEPTED)
        .exclude(provider_id="")
        .filter(Exists(behind), created_at__gt=at - dt.timedelta(days=ORPHAN_DAYS))
        .order_by("id")
        .values_list("id", flat=True)[:limit]
    )
    for message_id in ids:
        with transaction.atomic():
            message = (
                Message.objects.select_for_update(of=("self",))
                .select_related("recipient_contact")
                .filter(pk=message_id)
                .first()
            )
            if message is not None:
                apply(message, at)
    return len(ids)
