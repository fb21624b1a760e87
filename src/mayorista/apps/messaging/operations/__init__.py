"""What changes messages. Interfaces and higher rooms call these."""

from mayorista.apps.messaging.drafts import Delivery, Draft, MailDraft, WhatsAppDraft
from mayorista.apps.messaging.operations.composing import MAX_MAIL_BYTES
from mayorista.apps.messaging.operations.conversations import mark_seen, tell_read
from mayorista.apps.messaging.operations.correspondence import answer_letter, link_writer, set_aside
from mayorista.apps.messaging.operations.delivering import (
    AnswerNotWritten,
    confirm_arrived,
    deliver,
    reap,
    resend,
)
from mayorista.apps.messaging.operations.filing import (
    file_message,
    mark_acted,
    mark_message,
    no_answer_needed,
)
from mayorista.apps.messaging.operations.health import check_channels, resume_channel
from mayorista.apps.messaging.operations.incoming import process_webhook_event, receive_webhook
from mayorista.apps.messaging.operations.letters import read_mail
from mayorista.apps.messaging.operations.mailbox import collect, mailbox_failed, mailbox_worked
from mayorista.apps.messaging.operations.media import download
from mayorista.apps.messaging.operations.possible_receipts import no_receipt, pass_on, receipt_handled
from mayorista.apps.messaging.operations.queueing import (
    cancel_held,
    queue_email,
    queue_many,
    queue_whatsapp,
    send,
    send_by_email,
)
from mayorista.apps.messaging.operations.sweeping import suspect_after_restore, sweep
from mayorista.apps.messaging.operations.wording import save_text, submit_templates, sync_templates

__all__ = [
    "MAX_MAIL_BYTES",
    "AnswerNotWritten",
    "Delivery",
    "Draft",
    "MailDraft",
    "WhatsAppDraft",
    "answer_letter",
    "cancel_held",
    "check_channels",
    "collect",
    "confirm_arrived",
    "deliver",
    "download",
    "file_message",
    "link_writer",
    "mailbox_failed",
    "mailbox_worked",
    "mark_acted",
    "mark_message",
    "mark_seen",
    "no_answer_needed",
    "no_receipt",
    "pass_on",
    "process_webhook_event",
    "queue_email",
    "queue_many",
    "queue_whatsapp",
    "read_mail",
    "reap",
    "receipt_handled",
    "receive_webhook",
    "resend",
    "resume_channel",
    "save_text",
    "send",
    "send_by_email",
    "set_aside",
    "submit_templates",
    "suspect_after_restore",
    "sweep",
    "sync_templates",
    "tell_read",
]
