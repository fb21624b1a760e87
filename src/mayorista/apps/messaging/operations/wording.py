"""Writing texts anew and having templates approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.messaging import texts
from mayorista.apps.messaging.models import MessageTemplate
from mayorista.apps.messaging.operations import troubles
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules.errors import Conflict, Invalid, Stale
from mayorista.rules.ports import messages as port
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt

STATES = frozenset({"APPROVED", "REJECTED", "PAUSED", "DISABLED", "PENDING"})


@transaction.atomic
def save_text(
    *, code: str, subject: str, body: str, actor: Actor, at: dt.datetime, version: int
) -> MessageTemplate:
    """Write a new version of a text; the old ones stay. `version` is the one the person was shown.

    A WhatsApp template begins as a draft: the last approved version is used until Meta approves it.
    Raises Invalid naming everything wrong, Stale with both when somebody else wrote a version meanwhile.
    """
    require(actor, Act.EDIT_PARAMETERS)
    MessageTemplate.objects.select_for_update().filter(code=code).order_by("-version").first()
    old = texts.newest(code)
    body = body.replace("\r\n", "\n")
    subject = subject.strip() if old.subject else ""
    if old.version != version:
        mine, theirs = {_("Texto"): body}, {_("Texto"): old.body}
        if old.subject:
            mine, theirs = {_("Asunto"): subject} | mine, {_("Asunto"): old.subject} | theirs
        raise Stale(
            _("Otra persona cambió este texto mientras usted escribía."),
            mine=mine,
            theirs=theirs,
            version=old.version,
        )
    wrong = texts.problems(old, subject, body)
    if wrong:
        raise Invalid.of(wrong)
    if (subject, body) == (old.subject, old.body):
        return old
    new = MessageTemplate.objects.create(
        code=code,
        version=old.version + 1,
        kind=old.kind,
        channel=old.channel,
        name=old.name,
        language=old.language,
        category=old.category,
        subject=subject,
        body=body,
        variables=old.variables,
        buttons=old.buttons,
        step=old.step,
        approval="DRAFT" if old.kind == "TEMPLATE" else "APPROVED",
        created_at=at,
        created_by_id=actor.user_id,
    )
    _note(_("Texto «%(name)s»: versión %(version)s") % {"name": old.name, "version": new.version}, actor, at)
    return new


def submit_templates(*, actor: Actor, at: dt.datetime) -> dict[str, str]:
    """Hand the newest draft of each template in for approval; return the states by code.

    What went before a refusal stays handed in. Raises Conflict if WhatsApp refuses one.
    """
    require(actor, Act.EDIT_PARAMETERS)
    channel = adapter("whatsapp")
    states: dict[str, str] = {}
    newest = MessageTemplate.objects.filter(kind="TEMPLATE").order_by("code", "-version").distinct("code")
    drafts = [row for row in newest if row.approval == "DRAFT"]
    known = _known_ids(channel) if drafts else {}
    try:
        for row in drafts:
            states[row.code] = _submit(channel, row, known.get((row.code, row.language), ""))
    finally:
        if states:
            with transaction.atomic():
                _note(
                    _("Plantillas enviadas a aprobación: %(codes)s") % {"codes": ", ".join(states)}, actor, at
                )
    return states


def _known_ids(channel: port.WhatsAppChannel) -> dict[tuple[str, str], str]:
    """The ids of what the other side already has, by name and language: their text is replaced, not created again."""
    try:
        return {(each.name, each.language): each.id for each in channel.templates()}
    except port.DeliveryProblem as problem:
        raise Conflict(
            _("WhatsApp no dice qué plantillas tiene: %(text)s") % {"text": problem.text},
            remedy=_("Revise el canal y vuelva a enviarlas."),
        ) from problem


def _submit(channel: port.WhatsAppChannel, row: MessageTemplate, known_id: str) -> str:
    draft = port.TemplateDraft(
        name=row.code,
        language=row.language,
        category=row.category,
        body=row.body,
        examples=tuple(texts.example(str(name)) for name in row.variables),
        buttons=tuple(each["title"] for each in row.buttons),
        known_id=known_id,
    )
    try:
        answer = channel.submit_template(draft)
    except port.DeliveryProblem as problem:
        raise Conflict(
            _("WhatsApp no recibió la plantilla «%(name)s»: %(text)s")
            % {"name": row.name, "text": problem.text},
            remedy=_("Revise el canal y vuelva a enviarla."),
        ) from problem
    state = answer if answer in STATES else "PENDING"
    MessageTemplate.objects.filter(pk=row.pk).update(approval=state, approval_reason="")
    return state


def sync_templates(*, at: dt.datetime) -> int:
    """Ask WhatsApp for the state of our templates; return how many changed. Quiet when it does not answer."""
    channel = adapter("whatsapp")
    if not channel.configured:
        return 0
    try:
        told = channel.templates()
    except port.DeliveryProblem:
        return 0
    states = {(each.name, each.language): each for each in told}
    changed = 0
    newest: dict[str, MessageTemplate] = {}
    for row in MessageTemplate.objects.filter(kind="TEMPLATE").order_by("version"):
        newest[row.code] = row
    for row in newest.values():
        theirs = states.get((row.code, row.language))
        # A draft of ours is not what they know by this name, unless they never saw another version.
        if row.approval == "DRAFT" and (theirs is None or row.version > 1):
            continue
        state, reason = "DRAFT", ""  # a shipped text that nobody handed in
        if theirs is not None:
            state = theirs.status if theirs.status in STATES else "DISABLED"
            reason = theirs.reason[:300]
        if state != row.approval:
            changed += 1
            MessageTemplate.objects.filter(pk=row.pk).update(approval=state, approval_reason=reason)
            troubles.template_turned(row, state, reason, at=at)
    if changed:
        with transaction.atomic():
            _note(
                _("Estado de %(count)s plantilla(s) leído de WhatsApp") % {"count": changed},
                for_job("whatsapp"),
                at,
            )
    return changed


def _note(text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(
        dossier_id=dossiers.standing(kind="TEXTS").id, act=Act.EDIT_PARAMETERS, text=text, actor=actor, at=at
    )
