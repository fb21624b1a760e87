"""Claims (A.1.1): the customer's words join the open case of the circuit, or open one (G-44)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Case, Claim, Fault, Outage
from mayorista.apps.faults.operations import locking, opening
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging import texts
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, work
from mayorista.rules.errors import Conflict, FieldError, Invalid
from mayorista.rules.procedure import STEPS, Act

if TYPE_CHECKING:
    from collections.abc import Sequence


def _check(*, who: str, words: str, channel: str, claimed_at: dt.datetime, at: dt.datetime) -> None:
    errors = []
    if not who.strip():
        errors.append(FieldError("who", _("Falta quién reclama."), _("Escriba el nombre o cargo.")))
    if not words.strip():
        errors.append(FieldError("words", _("Faltan las palabras del cliente."), _("Anótelas tal cual.")))
    if channel not in Claim.Channel.values:
        errors.append(FieldError("channel", _("Canal desconocido."), _("Elija uno de la lista.")))
    if claimed_at > at + dt.timedelta(minutes=2):
        errors.append(FieldError("claimed_at", _("La hora del reclamo está en el futuro."), _("Corríjala.")))
    if errors:
        raise Invalid.of(errors)


def _write(
    *,
    case: Case,
    channel: str,
    who: str,
    words: str,
    claimed_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
    contact_id: int | None,
    message_id: int | None,
) -> Claim:
    claim = Claim.objects.create(
        case=case,
        channel=channel,
        contact_id=contact_id,
        who=who.strip(),
        words=words.strip(),
        claimed_at=claimed_at,
        message_id=message_id,
        registered_by_id=actor.person,
        registered_at=at,
    )
    case.claim_origin = True
    case.claim_at = min(case.claim_at, claimed_at) if case.claim_at else claimed_at
    locking.touch_case(case=case)
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.REGISTER_CLAIM,
        text=_("Reclamo por %(channel)s de %(who)s: «%(words)s»")
        % {"channel": claim.get_channel_display(), "who": claim.who, "words": claim.words},
        actor=actor,
        at=at,
        step="A.1",
        payload={"claim": claim.pk, "claimed_at": claimed_at.isoformat()},
    )
    return claim


def _reply_with_number(*, case: Case, claim: Claim, actor: Actor, at: dt.datetime) -> None:
    """Tell the claimant the case number by the same door (G-44); where that is a voice, by a task."""
    codes = Outage.objects.filter(case=case).order_by("service__circuit_code")
    values = {
        "cliente": case.customer.name,
        "caso": case.dossier.number,
        "servicio": ", ".join(codes.values_list("service__circuit_code", flat=True)),
        "telefono": procedure_queries.parameter("carrier.support_phone", at=at),
    }
    if claim.channel == Claim.Channel.WHATSAPP and claim.message_id:
        identity_id = message_queries.message(claim.message_id).identity_id
        messaging.queue_whatsapp(
            dossier_id=case.dossier_id,
            identity_id=identity_id,
            in_reply_to_id=claim.message_id,
            text=texts.fill(texts.usable("rr_reclamo_registrado"), values).body,
            cause="A.1",
            actor=actor,
            at=at,
        )
        return
    address = claim.contact.email if claim.contact else ""
    if claim.channel == Claim.Channel.EMAIL and address:
        letter = texts.fill(texts.usable("reclamo_registrado_correo"), values)
        messaging.queue_email(
            dossier_id=case.dossier_id,
            to=[address],
            subject=letter.subject,
            body=letter.body,
            cause="A.1",
            actor=actor,
            at=at,
        )
        return
    seconds = procedure_queries.parameter("claim.reply_seconds", at=at)
    work.open_item(
        dossier_id=case.dossier_id,
        step="A.1",
        key=f"claim-number-{claim.pk}",
        role=STEPS["A.3"].role,
        title=_("Decir el número de caso a %(who)s") % {"who": claim.who},
        due_at=at + dt.timedelta(seconds=seconds),
        at=at,
    )


@transaction.atomic
def register_claim(
    *,
    channel: str,
    who: str,
    words: str,
    claimed_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
    case_id: int | None = None,
    service_ids: Sequence[int] = (),
    severity: int = 1,
    effect: str = "TOTAL",
    contact_id: int | None = None,
    message_id: int | None = None,
) -> Case:
    """Register a claim on `case_id`, else on the open case of its circuits, else open one.

    Returns the case. An alarm of the same outage that comes later joins this case, and the other
    way round: one outage, one case, both origins (R-A1.1).
    """
    require(actor, Act.REGISTER_CLAIM)
    _check(who=who, words=words, channel=channel, claimed_at=claimed_at, at=at)
    if case_id is None:
        case_id = _case_of(service_ids)
    if case_id is None:
        opening.check_opening(
            service_ids=service_ids, severity=severity, effect=effect, started_at=claimed_at, at=at
        )
        fault = opening.open_if_free(
            hits=[opening.Hit(service_id, effect, claimed_at) for service_id in dict.fromkeys(service_ids)],
            severity=severity,
            origin="CLAIM",
            actor=actor,
            at=at,
            estimated=True,
        )
        case_id = _first_case(fault) if fault else _case_of(service_ids)
    if case_id is None:
        raise Conflict(
            _("Otra persona abrió este caso en el mismo momento."), remedy=_("Vuelva a intentarlo.")
        )
    case = locking.lock_case(case_id=case_id)
    claim = _write(
        case=case,
        channel=channel,
        who=who,
        words=words,
        claimed_at=claimed_at,
        actor=actor,
        at=at,
        contact_id=contact_id,
        message_id=message_id,
    )
    if message_id is not None:
        messaging.mark_message(message_id=message_id, mark="CLAIM", actor=actor, at=at)
        messaging.file_message(message_id=message_id, dossier_id=case.dossier_id, actor=actor, at=at)
    _reply_with_number(case=case, claim=claim, actor=actor, at=at)
    return case


def _first_case(fault: Fault) -> int:
    return Case.objects.filter(fault=fault).values_list("id", flat=True).earliest("id")


def _case_of(service_ids: Sequence[int]) -> int | None:
    """Return the open case that already holds one of the circuits."""
    return (
        Outage.objects.filter(service_id__in=service_ids, closed_at=None)
        .order_by("started_at")
        .values_list("case_id", flat=True)
        .first()
    )


@transaction.atomic
def mark_message(*, message_id: int, mark: str, case_id: int, actor: Actor, at: dt.datetime) -> None:
    """Say whether an incoming message is a claim or a question (G-44); a change is journaled.

    Marking a claim as a question withdraws the claim that it made.
    """
    require(actor, Act.MARK_MESSAGE)
    message = message_queries.message(message_id)
    case = locking.lock_case(case_id=case_id, open_only=False)
    if mark == "CLAIM":
        if Claim.objects.filter(message_id=message_id, withdrawn_at=None).exists():
            return
        _write(
            case=case,
            channel="WHATSAPP" if message.channel == "WHATSAPP" else "EMAIL",
            who=message.writer,
            words=message.body or _("(sin texto)"),
            claimed_at=message.at,
            actor=actor,
            at=at,
            contact_id=message.contact_id,
            message_id=message_id,
        )
    elif mark == "QUESTION":
        withdrawn = Claim.objects.filter(message_id=message_id, withdrawn_at=None).update(withdrawn_at=at)
        if withdrawn:
            _recount(case)
    else:
        raise Invalid(_("Marca desconocida."), field="mark", remedy=_("Elija reclamo o consulta."))
    messaging.mark_message(message_id=message_id, mark=mark, actor=actor, at=at)
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.MARK_MESSAGE,
        text=_("Mensaje marcado como %(mark)s: «%(words)s»")
        % {"mark": _("reclamo") if mark == "CLAIM" else _("consulta"), "words": message.body[:200]},
        actor=actor,
        at=at,
        payload={
            "message": message_id,
            "mark": mark,
            "claim_at": case.claim_at.isoformat() if case.claim_at else None,
        },
    )


def _recount(case: Case) -> None:
    """Write the case's claim origin anew from the claims that stand."""
    first = (
        Claim.objects.filter(case=case, withdrawn_at=None)
        .order_by("claimed_at")
        .values_list("claimed_at", flat=True)
        .first()
    )
    case.claim_origin, case.claim_at = first is not None, first
    locking.touch_case(case=case)
