"""Conversations: found or made, one per counterpart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import Channel, Conversation
from mayorista.apps.procedure.operations import live
from mayorista.rules.errors import NotFound

if TYPE_CHECKING:
    import datetime as dt


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


def for_address(address: str) -> Conversation:
    """Return the conversation with an e-mail address, made if there is none."""
    rows = Conversation.objects.filter(email_address=address.lower())
    found = rows.first()
    if found is None:
        Conversation.objects.bulk_create(
            [Conversation(channel=Channel.EMAIL, email_address=address.lower())], ignore_conflicts=True
        )
        found = rows.get()
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


def mark_seen(*, conversation_id: int, at: dt.datetime) -> None:
    """A person of ours has read the conversation up to `at`. Raises NotFound."""
    if not Conversation.objects.filter(pk=conversation_id).update(
        seen_at=Greatest(Coalesce(F("seen_at"), at), at)
    ):
        raise NotFound(_("No existe esa conversación."))
    live.bump("messages")
