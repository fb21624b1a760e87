"""A mail that arrived and was read, for tests that begin there."""

from __future__ import annotations

import datetime as dt

from mayorista.apps.messaging import operations
from mayorista.apps.messaging.models import IncomingMail, MailReading
from tests import fakes


def incoming_mail(raw: bytes, *, at: dt.datetime) -> int:
    """Let one mail come; the id of its message (of the mail it speaks of, for a delivery report)."""
    last = IncomingMail.objects.order_by("-uid").values_list("uid", flat=True).first() or 0
    box = fakes.Mailbox(mails={last + 1: raw}, arrived_at=at)
    operations.collect(session=box, name="noc@prueba/INBOX", at=at)
    mail = IncomingMail.objects.latest("id")
    operations.read_mail(mail_id=mail.pk, at=at)
    message_id = MailReading.objects.get(mail=mail).message_id
    assert message_id is not None
    return message_id
