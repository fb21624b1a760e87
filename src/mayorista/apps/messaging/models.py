"""Rows of the messaging room: the outbox is the message row itself.

A message is written in the transaction of its cause. What the providers tell (webhooks, statuses) is
kept as it came, append-only; what a message's state is follows from it by `rules.delivery.fold`.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    """The ways a message takes."""

    WHATSAPP = "WHATSAPP", "WhatsApp"
    EMAIL = "EMAIL", "correo electrónico"


class Direction(models.TextChoices):
    """Who wrote: they or we."""

    IN = "IN", "entrante"
    OUT = "OUT", "saliente"


class Mark(models.TextChoices):
    """What Support says an incoming message is (G-44)."""

    NONE = "NONE", "sin marcar"
    CLAIM = "CLAIM", "reclamo"
    QUESTION = "QUESTION", "consulta"


class Conversation(models.Model):
    """Everything said with one WhatsApp identity or one e-mail address.

    `last_inbound_at` opens the 24-hour window; `unreachable_at` is when WhatsApp said that this person
    cannot be reached there.
    """

    channel = models.CharField(max_length=10, choices=Channel.choices)
    identity = models.ForeignKey(
        "customers.WhatsAppIdentity", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    email_address = models.CharField(max_length=254, blank=True, default="")
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    unreachable_at = models.DateTimeField(null=True, blank=True)
    unreachable_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["identity"], condition=Q(identity__isnull=False), name="conversation_one_per_identity"
            ),
            models.UniqueConstraint(
                fields=["email_address"], condition=~Q(email_address=""), name="conversation_one_per_address"
            ),
            models.CheckConstraint(
                condition=Q(identity__isnull=False, email_address="")
                | (Q(identity__isnull=True) & ~Q(email_address="")),
                name="conversation_has_one_counterpart",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.email_address or self.identity_id}"


class MessageTemplate(models.Model):
    """A text of the house, one row per version; the newest usable version counts.

    `kind` TEMPLATE is a WhatsApp template (numbered variables, `variables` names them in order,
    `approval` is Meta's; UNKNOWN until it was asked), TEXT a whole e-mail, QUICK a quick reply inside the window. `buttons` is a list
    of {"title", "payload"}; payloads may hold variables.
    """

    code = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(
        max_length=10, choices=[("TEMPLATE", "plantilla"), ("TEXT", "correo"), ("QUICK", "respuesta rápida")]
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    name = models.CharField(max_length=160)
    language = models.CharField(max_length=10, default="es")
    category = models.CharField(max_length=20, blank=True, default="")
    subject = models.CharField(max_length=300, blank=True, default="")
    body = models.TextField()
    variables = models.JSONField(default=list)
    buttons = models.JSONField(default=list)
    step = models.CharField(max_length=6, blank=True, default="")
    approval = models.CharField(max_length=12, default="APPROVED")
    approval_reason = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="message_template_code_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


OUT_STATES = (
    "HELD",
    "QUEUED",
    "SENDING",
    "ACCEPTED",
    "SENT",
    "DELIVERED",
    "READ",
    "FAILED",
    "UNCERTAIN",
    "CANCELLED",
)


class Message(models.Model):
    """One message in or out; see rules.delivery.State for what each state means.

    `destination` is whom pauses and order are counted by (number or user id, or the addresses of a
    mail). `claim_token` and `lease_until` say which worker has a SENDING row in hand and until when.
    `reference` goes out as biz_opaque_callback_data and in the Message-ID.
    """

    reference = models.UUIDField(default=uuid.uuid4, editable=False)
    dossier = models.ForeignKey(
        "procedure.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    conversation = models.ForeignKey(
        "messaging.Conversation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=300, blank=True, default="")
    body = models.TextField(blank=True, default="")
    payload = models.JSONField(default=dict)
    recipients = models.JSONField(default=list)
    recipient_contact = models.ForeignKey(
        "customers.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    destination = models.CharField(max_length=200, blank=True, default="")
    template = models.ForeignKey(
        "messaging.MessageTemplate", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey(
        "procedure.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cause = models.CharField(max_length=40, blank=True, default="")
    in_reply_to = models.ForeignKey(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retry_of = models.ForeignKey(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    state = models.CharField(max_length=10)
    hold_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, default="")
    message_id_header = models.CharField(max_length=200, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_text = models.CharField(max_length=500, blank=True, default="")
    conflict = models.BooleanField(default=False)
    sending_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    mark = models.CharField(max_length=10, choices=Mark.choices, default=Mark.NONE)
    button_payload = models.CharField(max_length=256, blank=True, default="")
    needs_filing = models.BooleanField(default=False)
    acted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference"], name="message_reference_unique"),
            models.UniqueConstraint(
                fields=["channel", "provider_id"],
                condition=~Q(provider_id=""),
                name="message_provider_id_unique",
            ),
            models.UniqueConstraint(
                fields=["message_id_header"],
                condition=~Q(message_id_header="") & Q(retry_of__isnull=True),
                name="message_id_header_unique",
            ),
            models.CheckConstraint(
                condition=Q(direction="IN", state="RECEIVED") | Q(direction="OUT", state__in=OUT_STATES),
                name="message_state_fits_direction",
            ),
            models.CheckConstraint(
                condition=~Q(state="SENDING") | Q(claim_token__isnull=False, lease_until__isnull=False),
                name="message_sending_is_in_hand",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["HELD", "QUEUED"]) | Q(next_try_at__isnull=False),
                name="message_waiting_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dossier", "created_at"], name="message_dossier_at"),
            models.Index(fields=["conversation", "created_at"], name="message_conversation_at"),
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=["HELD", "QUEUED"]), name="message_waiting"
            ),
            models.Index(
                fields=["channel", "destination", "id"],
                condition=Q(state__in=["QUEUED", "SENDING"]),
                name="message_order_of_destination",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="SENDING"), name="message_in_hand"),
            models.Index(
                fields=["channel", "state", "failed_at"],
                condition=Q(state__in=["HELD", "QUEUED", "SENDING", "UNCERTAIN", "FAILED"]),
                name="message_unsettled",
            ),
            models.Index(fields=["id"], condition=Q(direction="IN", acted_at=None), name="message_to_act_on"),
            models.Index(fields=["id"], condition=Q(needs_filing=True), name="message_to_file"),
            models.Index(
                fields=["message_id_header"], condition=~Q(message_id_header=""), name="message_mail_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.channel} {self.kind} {self.state}"


class MessageAttachment(models.Model):
    """A file of a message. An incoming one is fetched by a job: PENDING until `file` is there."""

    message = models.ForeignKey("messaging.Message", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100, blank=True, default="")
    file = models.ForeignKey(
        "procedure.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    media_id = models.CharField(max_length=200, blank=True, default="")
    sha256 = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=8, default="STORED")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error_text = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "position"], name="message_attachment_position"),
            models.CheckConstraint(
                condition=Q(state="STORED", file__isnull=False) | Q(state__in=["PENDING", "FAILED"]),
                name="message_attachment_stored_has_file",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(state="PENDING"), name="message_attachment_pending"),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(models.Model):
    """A body a provider posted to us, byte by byte as it came. Append-only."""

    channel = models.CharField(max_length=10, choices=Channel.choices)
    received_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    signature = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["sha256"], name="webhook_event_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.sha256[:12]}"


class WebhookRun(models.Model):
    """One reading of a webhook event; it may be read again (replay), nothing happens twice."""

    event = models.ForeignKey("messaging.WebhookEvent", on_delete=models.PROTECT, related_name="+")
    ran_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=[("DONE", "leído"), ("PARTLY", "leído en parte")])
    items = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["event"], name="webhook_run_event")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.outcome}"


class DeliveryEvent(models.Model):
    """One status a provider told of one of our messages, also of one we do not know yet. Append-only.

    Belongs to the message with this `provider_id`, or whose `reference` came back.
    """

    channel = models.CharField(max_length=10, choices=Channel.choices)
    provider_id = models.CharField(max_length=200)
    reference = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=20)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    participant = models.CharField(max_length=160, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=500, blank=True)
    webhook = models.ForeignKey(
        "messaging.WebhookEvent", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    raw = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "provider_id", "status", "occurred_at", "participant"],
                name="delivery_event_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["received_at"], name="delivery_event_received")]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.status}"


class MailboxPosition(models.Model):
    """How far a mailbox was read: every mail up to `last_uid` of this `uidvalidity` was taken."""

    mailbox = models.CharField(max_length=200, primary_key=True)
    uidvalidity = models.BigIntegerField()
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.mailbox} {self.last_uid}"


class IncomingMail(models.Model):
    """A mail as it lay in the mailbox. Append-only.

    Its bytes are in the content-addressed store under `sha256`; of one that was too big (`left`) only the header.
    """

    mailbox = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    received_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    size = models.BigIntegerField()
    left = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailbox", "uidvalidity", "uid"], name="incoming_mail_once"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox} {self.uid}"


class MailReading(models.Model):
    """What became of an incoming mail; `digest` knows a second copy of the same mail.

    WAITING for its job; MESSAGE of somebody; REPORT on a mail of ours; a COPY of one read before; OWN mail that came
    back; UNREADABLE (too big or too odd: a person opens it in the mailbox).
    """

    class Outcome(models.TextChoices):
        """How the reading ended."""

        WAITING = "WAITING", "por leer"
        MESSAGE = "MESSAGE", "mensaje"
        REPORT = "REPORT", "informe de entrega"
        COPY = "COPY", "copia"
        OWN = "OWN", "propio"
        UNREADABLE = "UNREADABLE", "ilegible"

    mail = models.OneToOneField("messaging.IncomingMail", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, default="")
    message = models.ForeignKey(
        "messaging.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    problem = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(outcome="MESSAGE") | Q(message__isnull=False),
                name="mail_reading_has_its_message",
            ),
            models.CheckConstraint(
                condition=Q(outcome="WAITING") | Q(read_at__isnull=False), name="mail_reading_has_its_time"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["digest"], condition=~Q(digest=""), name="mail_reading_digest"),
            models.Index(fields=["id"], condition=Q(outcome="WAITING"), name="mail_reading_waiting"),
            models.Index(fields=["message"], name="mail_reading_message"),
        ]

    def __str__(self) -> str:
        return f"{self.mail_id} {self.outcome}"


class ChannelHealth(models.Model):
    """Whether a channel works: OK, PAUSED until a time, or STOPPED until a person or a check revives it.

    The row MAILBOX is that of the mailbox that is read; it revives when it can be read again.
    """

    channel = models.CharField(
        max_length=10, choices=[*Channel.choices, ("MAILBOX", "buzón")], primary_key=True
    )
    state = models.CharField(max_length=8, default="OK")
    code = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class DestinationPause(models.Model):
    """One recipient that gets nothing until a time (pair rate); the order of its messages is kept."""

    channel = models.CharField(max_length=10, choices=Channel.choices)
    destination = models.CharField(max_length=200)
    until = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "destination"], name="destination_pause_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.destination}"
