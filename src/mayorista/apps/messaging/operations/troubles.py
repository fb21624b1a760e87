"""When a message needs a person: work items and journal lines on its dossier."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import Channel, Message, MessageTemplate
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules.mail import bounces
from mayorista.rules.procedure import STEPS, Role
from mayorista.rules.whatsapp_errors import meaning_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

JOB = "mensajes"
DUE = dt.timedelta(minutes=15)
TEMPLATE_DUE = dt.timedelta(hours=4)
KEYS = ("fallido", "incierto", "demorado")


def reason_of(message: Message) -> tuple[str, str]:
    """Reason in Spanish why a message did not go, and what to do about it."""
    if message.channel == Channel.WHATSAPP:
        meaning = meaning_of(message.error_code)
        return meaning.reason, meaning.remedy
    if bounces.is_status(message.error_code):
        return bounces.reason(message.error_code)
    if message.error_code.startswith("5"):
        return (
            _("El servidor de correo rechazó el mensaje o la dirección."),
            _("Revise el correo del contacto o llame por teléfono."),
        )
    return (
        _("El servidor de correo no aceptó el mensaje."),
        _("Reenvíelo más tarde o use otro medio."),
    )


def role_of(message: Message) -> Role:
    """Whose tray a message's trouble goes to: the role of its step, else Support."""
    step = STEPS.get(message.cause)
    return step.role if step else Role.SUPPORT


def failed(messages: Sequence[Message], *, at: dt.datetime) -> None:
    """Tell that these messages will not arrive."""
    _tell(
        messages,
        key="fallido",
        act="MESSAGE_FAILED",
        title=lambda each: _("Mensaje no entregado a %(who)s: avisar por otro medio") % {"who": _who(each)},
        text=lambda each: (
            _("Mensaje a %(who)s no entregado: %(reason)s [%(code)s] %(detail)s")
            % {
                "who": _who(each),
                "reason": reason_of(each)[0],
                "code": each.error_code,
                "detail": each.error_text,
            }
        ),
        at=at,
    )


def uncertain(messages: Sequence[Message], *, at: dt.datetime) -> None:
    """Tell that nobody knows whether these messages arrived."""
    _tell(
        messages,
        key="incierto",
        act="MESSAGE_UNCERTAIN",
        title=lambda each: _("Mensaje incierto a %(who)s: verificar si llegó") % {"who": _who(each)},
        text=lambda each: (
            _("Mensaje a %(who)s incierto: salió y no hubo respuesta. No se reenvía solo. %(detail)s")
            % {"who": _who(each), "detail": each.error_text}
        ),
        at=at,
    )


def late(messages: Sequence[Message], *, at: dt.datetime) -> None:
    """Tell that these messages wait longer than they should (channel down or not configured)."""
    _tell(
        messages,
        key="demorado",
        act="MESSAGE_LATE",
        title=lambda each: _("Mensaje sin salir a %(who)s: avisar por otro medio") % {"who": _who(each)},
        text=lambda each: (
            _("Mensaje a %(who)s sigue en cola: el canal no tiene salida.") % {"who": _who(each)}
        ),
        at=at,
    )


def template_turned(template: MessageTemplate, state: str, reason: str, *, at: dt.datetime) -> None:
    """Tell the administrator that WhatsApp takes a template no more, or withdraw that when it does again.

    Until then the notices by it go by mail only.
    """
    standing, key = dossiers.standing(kind="CHANNELS").id, f"plantilla:{template.code}"
    if state == "APPROVED":
        work.complete(dossier_ids=[standing], actor=for_job(JOB), at=at, keys=[key], withdrawn=True)
    elif state in {"REJECTED", "PAUSED", "DISABLED"}:
        words = {"title": template.name, "reason": reason}
        work.open_item(
            dossier_id=standing,
            step="",
            role=Role.ADMIN,
            title=(_("Plantilla de WhatsApp sin uso: %(title)s. %(reason)s") % words)[:200],
            due_at=at + TEMPLATE_DUE,
            at=at,
            key=key,
        )


def settled(messages: Sequence[Message], *, at: dt.datetime, text: str = "") -> None:
    """Withdraw what was opened for messages whose fate is known now; journal `text` if given."""
    dossier_ids = {each.dossier_id for each in messages if each.dossier_id is not None}
    if not dossier_ids:
        return
    work.complete(
        dossier_ids=dossier_ids,
        actor=for_job(JOB),
        at=at,
        keys=[f"{key}:{each.pk}" for each in messages for key in KEYS],
        withdrawn=True,
    )
    if text:
        journal.record_many(
            lines=[
                journal.Line(each.dossier_id, "MESSAGE_SETTLED", text, payload={"message": each.pk})
                for each in messages
                if each.dossier_id is not None
            ],
            actor=for_job(JOB),
            at=at,
        )


def _tell(
    messages: Sequence[Message],
    *,
    key: str,
    act: str,
    title: Callable[[Message], str],
    text: Callable[[Message], str],
    at: dt.datetime,
) -> None:
    known = [(each, each.dossier_id) for each in messages if each.dossier_id is not None]
    work.open_items(
        items=[
            work.NewItem(
                dossier_id=dossier_id,
                step=each.cause if each.cause in STEPS else "",
                role=role_of(each),
                title=title(each)[:200],
                due_at=at + DUE,
                key=f"{key}:{each.pk}",
            )
            for each, dossier_id in known
        ],
        at=at,
    )
    journal.record_many(
        lines=[
            journal.Line(dossier_id, act, text(each).strip(), payload={"message": each.pk})
            for each, dossier_id in known
        ],
        actor=for_job(JOB),
        at=at,
    )
    live.bump("messages")


def _who(message: Message) -> str:
    contact = message.recipient_contact
    if contact is not None:
        return contact.full_name
    return ", ".join(message.recipients) or message.destination


def closed_by(message: Message, *, actor: Actor, at: dt.datetime) -> None:
    """Close what was opened for a message because a person decided about it."""
    if message.dossier_id is not None:
        work.complete(
            dossier_ids=[message.dossier_id], actor=actor, at=at, keys=[f"{key}:{message.pk}" for key in KEYS]
        )
