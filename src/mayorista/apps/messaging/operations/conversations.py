"""Conversations: found or made, one per counterpart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from mayorista.apps.messaging import jobs
from mayorista.apps.messaging.models import Channel, Conversation, Direction, Message
from mayorista.apps.procedure.operations import live
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules.errors import NotFound
from mayorista.rules.ports import messages as port

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


def for_identity(identity_id: int) -> Conversation:
    """Return the conversation with a WhatsApp identity, made if there is none."""
    rows = Conversation.objects.select_related("identity").filter(identity_id=identity_id)
    found = rows.first()
    if found is None:
        Conversation.objects.bulk_create(
            [Conversation(channel=Channel.WHATSAPP, identity_id=identity_id)], ignore_conflicts=True
        )
        found = rows.get()
    return found


def for_identities(identity_ids: Iterable[int]) -> dict[int, Conversation]:
    """Return the conversations with these identities, made where there is none, in three statements at most."""
    wanted = set(identity_ids)
    rows = Conversation.objects.select_related("identity").filter(identity_id__in=wanted)
    found = {each.identity_id: each for each in rows if each.identity_id is not None}
    if missing := sorted(wanted - set(found)):
        new = [Conversation(channel=Channel.WHATSAPP, identity_id=each) for each in missing]
        Conversation.objects.bulk_create(new, ignore_conflicts=True)
        found |= {each.identity_id: each for each in rows.all() if each.identity_id is not None}
    return found


def for_addresses(addresses: Iterable[str]) -> dict[str, Conversation]:
    """Return the conversations with these e-mail addresses (lower case), made where there is none."""
    wanted = {each.lower() for each in addresses}
    rows = Conversation.objects.filter(email_address__in=wanted)
    found = {each.email_address: each for each in rows}
    if missing := sorted(wanted - set(found)):
        new = [Conversation(channel=Channel.EMAIL, email_address=each) for each in missing]
        Conversation.objects.bulk_create(new, ignore_conflicts=True)
        found |= {each.email_address: each for each in rows.all()}
    return found


def destination(conversation: Conversation) -> str:
    """Whom pauses and order are counted by: the number, else the business-scoped id."""
    identity = conversation.identity
    if identity is None:
        return conversation.email_address
    return identity.wa_id or identity.bsuid or f"@{identity.username}"


def renew_window(conversation: Conversation, at: dt.datetime) -> None:
    """The person wrote at `at`: the window opens until 24 hours later (never earlier than it was)."""
    Conversation.objects.filter(pk=conversation.pk).update(
        last_inbound_at=Greatest(Coalesce(F("last_inbound_at"), at), at),
        unreachable_at=None,
        unreachable_reason="",
    )


@transaction.atomic
def mark_seen(*, conversation_id: int, at: dt.datetime) -> None:
    """A person of ours has read the conversation up to `at`; the writer will see it. Raises NotFound."""
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound(_("No existe esa conversación."))
    unseen = Message.objects.filter(conversation=conversation, direction=Direction.IN, created_at__lte=at)
    if conversation.seen_at is not None:
        unseen = unseen.filter(created_at__gt=conversation.seen_at)
    if not unseen.exists():
        return
    Conversation.objects.filter(pk=conversation_id).update(seen_at=Greatest(Coalesce(F("seen_at"), at), at))
    if conversation.channel == Channel.WHATSAPP:
        jobs.tell_read(conversation_id)
    live.bump("messages")


def tell_read(*, conversation_id: int) -> bool:
    """Show the writer the blue marks of what we have seen; a courtesy, so nothing is tried twice."""
    channel = adapter("whatsapp")
    last = (
        Message.objects.filter(
            conversation_id=conversation_id,
            channel=Channel.WHATSAPP,
            direction=Direction.IN,
            created_at__lte=F("conversation__seen_at"),
        )
        .exclude(kind="SYSTEM")
        .order_by("-created_at", "-id")
        .first()
    )
    if last is None or not channel.configured:
        return False
    try:
        channel.mark_read(last.provider_id)
    except port.DeliveryProblem:
        return False
    return True
