"""Files of incoming messages: fetched by a job while the provider still has them (7 days)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.messaging import jobs
from mayorista.apps.messaging.models import MessageAttachment
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import files, journal, live, work
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import media
from mayorista.rules.ports import messages as port
from mayorista.rules.procedure import Role

JOB = "whatsapp"
# After five failed requests in an hour the provider may block the file's address for an hour.
PAUSES = (dt.timedelta(minutes=2), dt.timedelta(minutes=70))


def download(*, attachment_id: int, at: dt.datetime) -> str:
    """Fetch one file and hang it on its message's dossier; return the attachment's state.

    Safe against a second worker: whoever stores first wins, the other's copy is the same content.
    """
    attachment = MessageAttachment.objects.filter(pk=attachment_id, state="PENDING").first()
    if attachment is None:
        return ""
    channel = adapter("whatsapp")
    if not channel.configured:
        return attachment.state
    try:
        fetched = channel.download(attachment.media_id, sha256=attachment.sha256)
    except port.ChannelStopped:
        return attachment.state
    except port.DeliveryProblem as problem:
        return _not_fetched(attachment_id, problem, at)
    return _keep(attachment_id, fetched, at)


@transaction.atomic
def _keep(attachment_id: int, fetched: port.Media, at: dt.datetime) -> str:
    attachment = (
        MessageAttachment.objects.select_for_update(of=("self",))
        .select_related("message")
        .get(pk=attachment_id)
    )
    if attachment.state != "PENDING" or attachment.message.dossier_id is None:
        return attachment.state
    content_type = media.sniff(fetched.content)
    name = media.file_name(attachment.name, content_type)
    stored = files.store(
        dossier_id=attachment.message.dossier_id,
        name=name,
        content=fetched.content,
        content_type=content_type,
        actor=for_job(JOB),
        at=at,
        kind="WHATSAPP",
    )
    attachment.file, attachment.state, attachment.content_type = stored, "STORED", content_type
    attachment.name, attachment.error_text = stored.name, ""
    attachment.save()
    live.bump("messages")
    return attachment.state


@transaction.atomic
def _not_fetched(attachment_id: int, problem: port.DeliveryProblem, at: dt.datetime) -> str:
    attachment = (
        MessageAttachment.objects.select_for_update(of=("self",))
        .select_related("message")
        .get(pk=attachment_id)
    )
    if attachment.state != "PENDING":
        return attachment.state
    attachment.attempts += 1
    attachment.error_text = f"{problem.code} {problem.text}".strip()[:300]
    if isinstance(problem, port.PermanentRefusal) or attachment.attempts > len(PAUSES):
        attachment.state = "FAILED"
        _tell(attachment, at)
    else:
        attachment.next_try_at = at + PAUSES[attachment.attempts - 1]
        jobs.download([attachment.pk], at=attachment.next_try_at)
    attachment.save()
    return attachment.state


def _tell(attachment: MessageAttachment, at: dt.datetime) -> None:
    dossier_id = attachment.message.dossier_id
    if dossier_id is None:
        return
    work.open_item(
        dossier_id=dossier_id,
        step="",
        role=Role.SUPPORT,
        title=_("No se pudo descargar «%(name)s»: pedir al cliente que lo reenvíe")
        % {"name": attachment.name},
        due_at=at + dt.timedelta(minutes=30),
        at=at,
        key=f"archivo:{attachment.pk}",
    )
    journal.record(
        dossier_id=dossier_id,
        act="FILE_NOT_FETCHED",
        text=_("No se pudo descargar «%(name)s»: %(error)s")
        % {"name": attachment.name, "error": attachment.error_text},
        actor=for_job(JOB),
        at=at,
        payload={"message": attachment.message_id},
    )


def without_job(*, at: dt.datetime, limit: int = 200) -> list[int]:
    """Files still to be fetched whose job is gone."""
    rows = MessageAttachment.objects.filter(state="PENDING").filter(~jobs.waiting(jobs.DOWNLOAD))
    rows = rows.exclude(next_try_at__gt=at)
    return list(rows.order_by("id").values_list("id", flat=True)[:limit])
