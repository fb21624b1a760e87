"""Mails as proof: what was sent to whom, what the other side answered and when (G-37)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.rules import delivery


@dataclass(frozen=True, slots=True)
class MailProof:
    """One mail of ours; times are None until they happened."""

    id: int
    subject: str
    body: str
    to: tuple[str, ...]
    header: str
    queued_at: dt.datetime
    accepted_at: dt.datetime | None
    failed_at: dt.datetime | None
    state: str
    state_name: str
    error: str
    attachments: tuple[str, ...]


def mail_proofs(message_ids: Iterable[int]) -> list[MailProof]:
    """Return these mails with their delivery, oldest first; two reads."""
    rows = list(Message.objects.filter(pk__in=set(message_ids)).order_by("created_at", "id"))
    files: dict[int, list[str]] = {}
    for message_id, name in (
        MessageAttachment.objects.filter(message__in=rows)
        .order_by("position")
        .values_list("message_id", "name")
    ):
        files.setdefault(message_id, []).append(name)
    return [
        MailProof(
            row.pk,
            row.subject,
            row.body,
            tuple(row.recipients),
            row.message_id_header,
            row.created_at,
            row.accepted_at,
            row.failed_at,
            row.state,
            delivery.STATE_TITLES[delivery.State(row.state)],
            row.error_text,
            tuple(files.get(row.pk, ())),
        )
        for row in rows
    ]
