"""What WhatsApp posts to us: stored raw first, read by a job, nothing happens twice."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from mayorista.apps.customers.operations import identities
from mayorista.apps.messaging import jobs
from mayorista.apps.messaging.models import (
    Channel,
    Direction,
    Message,
    MessageAttachment,
    MessageTemplate,
    WebhookEvent,
    WebhookRun,
)
from mayorista.apps.messaging.operations import conversations, filing, health, statuses, troubles
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules import receipts
from mayorista.rules import whatsapp_events as events
from mayorista.rules.delivery import State
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Role
from mayorista.rules.whatsapp_errors import meaning_of

JOB = "whatsapp"
PAPER_KINDS = ("DOCUMENT", "IMAGE")


@transaction.atomic
def receive_webhook(*, body: bytes, signature: str, at: dt.datetime) -> int:
    """Keep the raw body (its signature was checked) and defer its reading; return the event's id.

    The same bytes posted again are the same event: it is read again only if no reading ended well.
    """
    sha256 = hashlib.sha256(body).hexdigest()
    WebhookEvent.objects.bulk_create(
        [
            WebhookEvent(
                channel=Channel.WHATSAPP, received_at=at, sha256=sha256, signature=signature[:100], body=body
            )
        ],
        ignore_conflicts=True,
    )
    event_id = WebhookEvent.objects.filter(sha256=sha256).values_list("pk", flat=True).get()
    if not WebhookRun.objects.filter(event_id=event_id, outcome="DONE").exists():
        jobs.read_webhook(event_id)
    return event_id


def process_webhook_event(*, event_id: int, at: dt.datetime) -> WebhookRun:
    """Read one stored event: every message and status of it, each in a transaction of its own.

    One odd item does not hide its neighbours: it is noted in the run and a work item tells a person.
    Reading again is harmless (replay). Raises NotFound.
    """
    event = WebhookEvent.objects.filter(pk=event_id).first()
    if event is None:
        raise NotFound(_("No existe ese evento."))
    problems: list[str] = []
    items = events.parse(bytes(event.body))
    for item in items:
        try:
            problem = _take(item, event, at)
        except Exception as broken:  # noqa: BLE001 - one odd item must not hide its neighbours
            problem = f"{type(item).__name__}: {broken!r}"[:500]
        if problem:
            problems.append(problem)
    with transaction.atomic():
        run = WebhookRun.objects.create(
            event=event,
            ran_at=at,
            outcome="PARTLY" if problems else "DONE",
            items=len(items),
            problem="\n".join(problems)[:5000],
        )
        if problems:
            _tell(event, problems, at)
    return run


def unread_events(*, at: dt.datetime, limit: int = 500) -> list[int]:
    """Events that no job has read for a minute: their jobs are lost."""
    runs = WebhookRun.objects.filter(event=OuterRef("pk"))
    rows = WebhookEvent.objects.filter(
        ~Exists(runs),
        received_at__lt=at - dt.timedelta(seconds=60),
        received_at__gt=at - dt.timedelta(days=30),
    )
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])


def _take(item: events.Event, event: WebhookEvent, at: dt.datetime) -> str:
    """Let one item act; return what could not be understood of it."""
    if isinstance(item, events.IncomingMessage):
        with transaction.atomic():
            _message(item, at)
        return ""
    if isinstance(item, events.StatusEvent):
        statuses.record(item, webhook_id=event.pk, at=at)
        return ""
    if isinstance(item, events.TemplateEvent):
        _template(item, at)
        return ""
    if isinstance(item, events.AccountError):
        with transaction.atomic():
            _account_error(item, at)
        return ""
    if isinstance(item, events.AccountNotice):
        _note(_("WhatsApp avisa (%(field)s): %(text)s") % {"field": item.field, "text": item.text}, at)
        return ""
    return f"{item.where}: {item.text}"


def _message(item: events.IncomingMessage, at: dt.datetime) -> Message | None:
    """Store one message of a person; None if it is known already (a duplicate, also a concurrent one)."""
    if Message.objects.filter(channel=Channel.WHATSAPP, provider_id=item.provider_id).exists():
        return None
    identity = identities.identify(
        business_id=item.phone_number_id,
        wa_id=item.sender.wa_id,
        bsuid=item.sender.bsuid,
        username=item.sender.username,
        display_name=item.sender.display_name,
    )
    conversation = conversations.for_identity(identity.pk)
    quoted = (
        Message.objects.filter(channel=Channel.WHATSAPP, provider_id=item.reply_to).first()
        if item.reply_to
        else None
    )
    Message.objects.bulk_create(
        [
            Message(
                conversation=conversation,
                direction=Direction.IN,
                channel=Channel.WHATSAPP,
                kind=item.kind[:20],
                body=item.text,
                payload={"raw": item.raw, "forwarded": item.forwarded},
                recipient_contact_id=identity.contact_id,
                destination=conversations.destination(conversation),
                in_reply_to=quoted,
                created_at=item.at,
                state=State.RECEIVED,
                provider_id=item.provider_id,
                button_payload=item.button_payload,
            )
        ],
        ignore_conflicts=True,
    )
    message = Message.objects.select_for_update().get(channel=Channel.WHATSAPP, provider_id=item.provider_id)
    if message.dossier_id is not None:
        return None  # another worker stored the same message in the same instant
    if item.opens_window:
        conversations.renew_window(conversation, item.at)
    paper = item.kind in PAPER_KINDS and any(_is_paper(each) for each in item.media)
    filing.place(message, contact_id=identity.contact_id, paper=paper, at=at)
    _files(message, item)
    _changed_number(item, at)
    live.bump("messages")
    return message


def _is_paper(file: events.MediaPointer) -> bool:
    """Whether a receipt may come as such a file, by what the writer's telephone says; its bytes are not here yet."""
    return file.mime_type.partition(";")[0].strip().lower() in receipts.FILE_TYPES


def _files(message: Message, item: events.IncomingMessage) -> None:
    MessageAttachment.objects.bulk_create(
        MessageAttachment(
            message=message,
            position=place,
            name=each.name[:200],
            content_type=each.mime_type[:100],
            media_id=each.media_id[:200],
            sha256=each.sha256[:100],
            state="PENDING",
        )
        for place, each in enumerate(item.media)
    )
    ids = list(
        MessageAttachment.objects.filter(message=message).order_by("position").values_list("pk", flat=True)
    )
    jobs.download(ids)


def _changed_number(item: events.IncomingMessage, at: dt.datetime) -> None:
    """A person moved to another number: propose it, never merge by ourselves."""
    system = item.raw.get("system")
    if item.kind != "SYSTEM" or not isinstance(system, dict):
        return
    new = str(system.get("wa_id") or system.get("new_wa_id") or "")
    if not new.isdecimal():
        return
    work.open_item(
        dossier_id=dossiers.standing(kind="UNKNOWN_WRITERS").id,
        step="",
        role=Role.SUPPORT,
        title=_("+%(old)s avisa que cambió a +%(new)s: confirmar el número del contacto")
        % {"old": item.sender.wa_id, "new": new},
        due_at=at + dt.timedelta(hours=24),
        at=at,
        key=f"numero:{item.sender.wa_id}:{new}",
    )


def _template(item: events.TemplateEvent, at: dt.datetime) -> None:
    if not item.status:
        return
    states = {"APPROVED", "REJECTED", "PAUSED", "DISABLED", "PENDING"}
    approval = item.status if item.status in states else "DISABLED"
    newest = MessageTemplate.objects.filter(code=item.name, kind="TEMPLATE").exclude(approval="DRAFT")
    row = newest.order_by("-version").first()
    if row is not None:
        MessageTemplate.objects.filter(pk=row.pk).update(approval=approval, approval_reason=item.reason[:300])
        troubles.template_turned(row, approval, item.reason, at=at)


def _account_error(item: events.AccountError, at: dt.datetime) -> None:
    meaning = meaning_of(item.code)
    if meaning.stops_channel:
        health.stop_channel(channel=Channel.WHATSAPP, code=item.code, reason=meaning.reason, at=at)
        return
    _note(_("WhatsApp informa: %(code)s %(text)s") % {"code": item.code, "text": item.text}, at)


def _note(text: str, at: dt.datetime) -> None:
    journal.record(
        dossier_id=dossiers.standing(kind="CHANNELS").id,
        act="CHANNEL_ERROR",
        text=text,
        actor=for_job(JOB),
        at=at,
    )


def _tell(event: WebhookEvent, problems: list[str], at: dt.datetime) -> None:
    dossier_id = dossiers.standing(kind="CHANNELS").id
    work.open_item(
        dossier_id=dossier_id,
        step="",
        role=Role.ADMIN,
        title=_("WhatsApp envió algo que no se entiende (evento %(id)s)") % {"id": event.pk},
        due_at=at + dt.timedelta(hours=8),
        at=at,
        key=f"webhook:{event.pk}",
    )
    journal.record(
        dossier_id=dossier_id,
        act="WEBHOOK_PARTLY_READ",
        text=_("Evento %(id)s leído en parte: %(problem)s")
        % {"id": event.pk, "problem": "; ".join(problems)[:1000]},
        actor=for_job(JOB),
        at=at,
        payload={"event": event.pk},
    )
