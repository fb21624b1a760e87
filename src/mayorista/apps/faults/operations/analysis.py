"""A.1 acknowledged, A.2 protocols, A.3 diagnosis: who caused it decides the way."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults import queries
from mayorista.apps.faults.models import (
    Case,
    DacForm,
    Diagnosis,
    Dispute,
    Fault,
    HandOver,
    ProtocolCheck,
)
from mayorista.apps.faults.operations import locking
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, work
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from mayorista.rules.procedure import (
    ATTRIBUTION_TITLES,
    CAUSES,
    STEPS,
    Act,
    Attribution,
    Role,
    cause_fits,
    route_after_analysis,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@transaction.atomic
def acknowledge(*, fault_id: int, actor: Actor, at: dt.datetime) -> None:
    """Say "seen": stops the sound on the wallboard and concludes A.1. A second time is harmless."""
    require(actor, Act.ACKNOWLEDGE)
    fault = locking.lock_fault(fault_id=fault_id, open_only=False)
    if fault.acknowledged_at is not None:
        return
    acknowledge_locked(fault=fault, actor=actor, at=at)


def acknowledge_locked(*, fault: Fault, actor: Actor, at: dt.datetime) -> None:
    """The same on a fault already locked, when another act implies it."""
    if fault.acknowledged_at is not None:
        return
    fault.acknowledged_at, fault.acknowledged_by_id = at, actor.user_id
    state = Fault.State.ANALYSIS if fault.state == Fault.State.DETECTED else None
    locking.touch(fault=fault, state=state)
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.1"], keys=[""], actor=actor, at=at)
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.ACKNOWLEDGE,
        text=_("Reconocido"),
        actor=actor,
        at=at,
        step="A.1",
    )


@transaction.atomic
def check_protocols(
    *,
    fault_id: int,
    answers: Mapping[str, Mapping[str, Any]],
    actor: Actor,
    at: dt.datetime,
    version: str | None = None,
) -> None:
    """Record the short checklists of A.2: `answers` by protocol code, then by question code.

    Each question kind "text" must have words; kind "check" is a yes or no. A.2 never blocks
    another step before the closing (G-43).
    """
    require(actor, Act.CHECK_PROTOCOLS)
    fault = locking.lock_fault(fault_id=fault_id, version=version)
    errors = []
    rows = []
    for protocol in procedure_queries.protocols_in_force(at=at):
        given = answers.get(protocol.code, {})
        kept = {}
        remote_used = bool(given.get("REMOTE", True))
        for question in protocol.checklist:
            code = question["code"]
            value = given.get(code)
            if question["kind"] == "text":
                value = str(value or "").strip()
                if not value and remote_used:
                    errors.append(
                        FieldError(
                            f"{protocol.code}.{code}",
                            _("Falta «%(question)s».") % {"question": question["question"]},
                            _("Escriba la respuesta o «no corresponde»."),
                        )
                    )
            else:
                value = bool(value)
            kept[code] = value
        rows.append((protocol, kept))
    if errors:
        raise Invalid.of(errors)
    for protocol, kept in rows:
        ProtocolCheck.objects.update_or_create(
            fault=fault,
            protocol=protocol,
            defaults={"answers": kept, "checked_by_id": actor.person, "checked_at": at},
        )
    acknowledge_locked(fault=fault, actor=actor, at=at)
    locking.touch(fault=fault)
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.2"], actor=actor, at=at)
    for protocol, kept in rows:
        journal.record(
            dossier_id=fault.dossier_id,
            act=Act.CHECK_PROTOCOLS,
            text=_("Protocolo «%(title)s» v%(version)d: %(answers)s")
            % {
                "title": protocol.title,
                "version": protocol.version,
                "answers": "; ".join(_answer(question, kept) for question in protocol.checklist),
            },
            actor=actor,
            at=at,
            step="A.2",
            payload={"protocol": protocol.code, "version": protocol.version, "answers": kept},
        )


def _answer(question: Mapping[str, str], kept: Mapping[str, Any]) -> str:
    value = kept[question["code"]]
    words = (_("sí") if value else _("no")) if isinstance(value, bool) else value or "—"
    return f"{question['question']}: {words}"


def check_diagnosis(*, attribution: str, cause_code: str, reason: str) -> Attribution:
    """Return the attribution. Raises Invalid for one unknown, a cause of another class or no reason."""
    errors = []
    try:
        parsed = Attribution(attribution)
    except ValueError:
        raise Invalid(
            _("Falta decir si es externo, interno o del cliente."),
            field="attribution",
            remedy=_("Elija una de las tres."),
        ) from None
    if not cause_fits(cause_code, parsed):
        errors.append(
            FieldError(
                "cause_code",
                _("La causa no corresponde a «%(title)s».") % {"title": ATTRIBUTION_TITLES[parsed]},
                _("Elija una causa de esa clase o N-SIN."),
            )
        )
    if not reason.strip():
        errors.append(
            FieldError("reason", _("Falta la razón del diagnóstico."), _("Escriba qué se observó."))
        )
    if errors:
        raise Invalid.of(errors)
    return parsed


@transaction.atomic
def diagnose(
    *,
    fault_id: int,
    attribution: str,
    cause_code: str,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    evidence: str = "",
    severity: int | None = None,
    element: str = "",
    impact: str = "",
    version: str | None = None,
    part: int | None = None,
) -> Diagnosis:
    """A.3: say external, internal or customer, with cause, reason and evidence; a person decides.

    A second diagnosis re-attributes: the history stays, the way changes (R-A3). Of a fault that fell again after it
    was restored, `part` says of what it speaks: 0 of all parts, n of the n-th (from 1); None of the one that runs. One
    that speaks of a part that is over changes its time in the availability, and nothing of what is done now. To the customer is
    refused once a D.A.C. was issued unless it is external or internal; then the form must first be
    followed by its closing.
    """
    role = require(actor, Act.DIAGNOSE)
    fault = locking.lock_fault(
        fault_id=fault_id, version=version, mine={"razón": reason, "evidencia": evidence}
    )
    parsed = check_diagnosis(attribution=attribution, cause_code=cause_code, reason=reason)
    if part and is_over(fault, part):
        return _correct_part(fault, parsed, cause_code, reason, evidence, part, actor, at)
    _refuse_attribution(fault, parsed)
    acknowledge_locked(fault=fault, actor=actor, at=at)
    made = _apply(
        fault=fault,
        parsed=parsed,
        cause_code=cause_code,
        reason=reason,
        evidence=evidence,
        severity=severity,
        element=element,
        impact=impact,
        actor=actor,
        at=at,
    )
    if part == 0:
        made.part = 0
        made.save(update_fields=["part"])
    if parsed is not Attribution.CUSTOMER and role and Role.NOC in actor.roles:
        _hand_to_self(fault=fault, actor=actor, at=at)
    return made


def is_over(fault: Fault, part: int) -> bool:
    """Whether a part of a fault ended before it fell again; the last part is the fault as it stands."""
    parts = len(queries.relapses_of(fault.dossier_id)) + 1
    if part > parts:
        raise Invalid(_("Ese tramo no existe."), field="part", remedy=_("Elija uno de la lista."))
    return part < parts


def _correct_part(
    fault: Fault,
    parsed: Attribution,
    cause_code: str,
    reason: str,
    evidence: str,
    part: int,
    actor: Actor,
    at: dt.datetime,
) -> Diagnosis:
    """Say anew whose a part was that is over; the work on the fault as it stands goes on."""
    made = Diagnosis.objects.create(
        fault=fault,
        attribution=parsed,
        cause_code=cause_code,
        reason=reason.strip(),
        evidence=evidence.strip(),
        author_id=actor.person,
        decided_at=at,
        part=part,
    )
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.DIAGNOSE,
        text=_("Diagnóstico del tramo %(n)d: %(title)s · %(code)s %(cause)s. %(reason)s")
        % {
            "n": part,
            "title": ATTRIBUTION_TITLES[parsed],
            "code": cause_code,
            "cause": CAUSES[cause_code].title,
            "reason": reason.strip(),
        },
        actor=actor,
        at=at,
        step="A.3",
        payload={
            "attribution": parsed,
            "cause": cause_code,
            "reason": reason.strip(),
            "evidence": evidence.strip(),
            "diagnosis": made.pk,
            "part": part,
        },
    )
    locking.touch(fault=fault)
    return made


def settled(fault: Fault) -> bool:
    """Whether the work on a fault is done: a new attribution changes what is counted, not what is to be done."""
    return fault.state in {Fault.State.DAC_CLOSED, Fault.State.CLOSED}


def _refuse_attribution(fault: Fault, parsed: Attribution) -> None:
    """Raise Conflict where the attribution can no longer change: after the closing, or to the customer with a D.A.C."""
    if settled(fault):
        raise Conflict(
            _("El D.A.C. de cierre ya fue enviado."),
            remedy=_("Proponga corregir la atribución: la confirma otra persona."),
        )
    if parsed is Attribution.CUSTOMER and DacForm.objects.filter(fault=fault).exists():
        raise Conflict(
            _("El D.A.C. de apertura ya fue enviado y un daño del cliente no lleva D.A.C."),
            remedy=_("Separe el circuito del cliente o cierre con la causa N-SIN."),
        )


def _apply(
    *,
    fault: Fault,
    parsed: Attribution,
    cause_code: str,
    reason: str,
    evidence: str,
    severity: int | None,
    element: str,
    impact: str,
    actor: Actor,
    at: dt.datetime,
) -> Diagnosis:
    before = fault.attribution
    made = Diagnosis.objects.create(
        fault=fault,
        attribution=parsed,
        cause_code=cause_code,
        reason=reason.strip(),
        evidence=evidence.strip(),
        author_id=actor.person,
        decided_at=at,
    )
    fault.attribution, fault.cause_code, fault.diagnosed_at = parsed, cause_code, at
    fault.element = element.strip() or fault.element
    fault.impact = impact.strip() or fault.impact
    if severity in (1, 2, 3):
        fault.severity = severity
        Case.objects.filter(fault=fault, closed_at=None).update(severity=severity)
    words = _("Diagnóstico: %(title)s · %(code)s %(cause)s. %(reason)s") % {
        "title": ATTRIBUTION_TITLES[parsed],
        "code": cause_code,
        "cause": CAUSES[cause_code].title,
        "reason": reason.strip(),
    }
    if before and before != parsed:
        words = _("Reclasificado de «%(before)s». %(words)s") % {
            "before": ATTRIBUTION_TITLES[Attribution(before)],
            "words": words,
        }
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.DIAGNOSE,
        text=words,
        actor=actor,
        at=at,
        step="A.3",
        payload={
            "attribution": parsed,
            "before": before,
            "cause": cause_code,
            "reason": reason.strip(),
            "evidence": evidence.strip(),
            "severity": severity if severity in (1, 2, 3) else None,
            "diagnosis": made.pk,
        },
    )
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.3"], actor=actor, at=at)
    _route(fault=fault, parsed=parsed, actor=actor, at=at)
    return made


def _route(*, fault: Fault, parsed: Attribution, actor: Actor, at: dt.datetime) -> None:
    """Open the work of the way chosen and withdraw that of the way left (A.3 → A.4 or A.5)."""
    cases = list(Case.objects.filter(fault=fault, closed_at=None).select_related("dossier"))
    step = route_after_analysis(parsed)
    if parsed is Attribution.CUSTOMER:
        HandOver.objects.filter(fault=fault, accepted_at=None, withdrawn=False).update(withdrawn=True)
        work.complete(
            dossier_ids=[fault.dossier_id], steps=["A.5", "A.6"], actor=actor, at=at, withdrawn=True
        )
        work.complete(
            dossier_ids=[case.dossier_id for case in cases], steps=["A.7"], actor=actor, at=at, withdrawn=True
        )
        state = Fault.State.SUPPORT
        for case in cases:
            locking.touch_case(case=case, state=Case.State.SUPPORT)
            work.open_item(
                dossier_id=case.dossier_id,
                step=step,
                role=STEPS[step].role,
                title=STEPS[step].imperative,
                due_at=procedure_queries.step_due(step, at=at),
                at=at,
            )
    else:
        work.complete(
            dossier_ids=[case.dossier_id for case in cases],
            steps=["A.4"],
            keys=["", "confirm"],
            actor=actor,
            at=at,
            withdrawn=True,
        )
        for case in cases:
            case.solution, case.solved_at = "", None
            locking.touch_case(case=case, state=Case.State.RESTORED if fault.restored_at else Case.State.OPEN)
        state = _working_state(fault)
        if fault.coordinated_at is None:
            work.open_item(
                dossier_id=fault.dossier_id,
                step=step,
                key="hand-over",
                role=Role.SUPPORT,
                title=_("Entregar el daño al NOC"),
                due_at=procedure_queries.step_due(step, at=at),
                at=at,
            )
        if not DacForm.objects.filter(fault=fault).exists():
            minutes = procedure_queries.by_severity("dac.opening_minutes", fault.severity, at=at)
            work.open_item(
                dossier_id=fault.dossier_id,
                step="A.6",
                key="opening",
                role=STEPS["A.6"].role,
                title=_("Enviar apertura D.A.C."),
                due_at=at + dt.timedelta(minutes=minutes),
                at=at,
            )
    locking.touch(fault=fault, state=state)


def _working_state(fault: Fault) -> Fault.State:
    """The state of an external or internal fault that was diagnosed: it depends on what is done."""
    if fault.verified_at:
        return Fault.State.VERIFIED
    if fault.restored_at:
        return Fault.State.RESTORED
    return Fault.State.REPAIR if fault.coordinated_at else Fault.State.COORDINATION


def _hand_to_self(*, fault: Fault, actor: Actor, at: dt.datetime) -> None:
    """One person with both roles does A.3 and A.5 in one form (G-43)."""
    from mayorista.apps.faults.operations import coordination  # noqa: PLC0415 - the two call each other

    if fault.coordinated_at is None:
        coordination.hand_over_locked(fault=fault, note="", actor=actor, at=at)
        coordination.accept_locked(fault=fault, actor=actor, at=at)


@transaction.atomic
def dispute(
    *, fault_id: int, words: str, actor: Actor, at: dt.datetime, version: str | None = None
) -> Dispute:
    """Record that the customer objects to the attribution (G-15): a second person must analyse."""
    require(actor, Act.DISPUTE)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"objeción": words}, open_only=False)
    if not words.strip():
        raise Invalid(_("Falta la objeción del cliente."), field="words", remedy=_("Anote sus palabras."))
    current = Diagnosis.objects.filter(fault=fault).exclude(part__gt=0).order_by("-decided_at", "-id").first()
    if current is None:
        raise Conflict(_("Todavía no hay diagnóstico que objetar."))
    if Dispute.objects.filter(fault=fault, decided_at=None).exists():
        raise Conflict(_("La atribución ya está objetada."), remedy=_("Espere la segunda opinión."))
    made = Dispute.objects.create(
        fault=fault, diagnosis=current, words=words.strip(), raised_by_id=actor.person, raised_at=at
    )
    fault.disputed = True
    locking.touch(fault=fault)
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.3",
        key="second-opinion",
        role=Role.SUPPORT,
        title=_("Segundo análisis por otra persona"),
        due_at=procedure_queries.step_due("A.3", at=at),
        at=at,
    )
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.DISPUTE,
        text=_("Atribución objetada por el cliente: «%(words)s»") % {"words": words.strip()},
        actor=actor,
        at=at,
        step="A.3",
    )
    return made


def _open_dispute(fault: Fault) -> Dispute:
    found = (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("diagnosis")
        .filter(fault=fault, decided_at=None)
        .first()
    )
    if found is None:
        raise NotFound(_("No hay una objeción abierta."))
    return found


@transaction.atomic
def give_second_opinion(
    *,
    fault_id: int,
    attribution: str,
    cause_code: str,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    evidence: str = "",
    version: str | None = None,
) -> Diagnosis:
    """Analyse again as another person than the first author; the Gerente then decides (G-15)."""
    require(actor, Act.SECOND_OPINION)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"razón": reason}, open_only=False)
    found = _open_dispute(fault)
    parsed = check_diagnosis(attribution=attribution, cause_code=cause_code, reason=reason)
    if parsed != fault.attribution and not settled(fault):
        _refuse_attribution(fault, parsed)
    if found.diagnosis.author_id == actor.user_id:
        raise NotAllowed(
            _("El segundo análisis lo hace otra persona."), remedy=_("Pídalo a un colega del turno.")
        )
    made = Diagnosis.objects.create(
        fault=fault,
        attribution=parsed,
        cause_code=cause_code,
        reason=reason.strip(),
        evidence=evidence.strip(),
        author_id=actor.person,
        decided_at=at,
    )
    found.second_diagnosis = made
    found.save(update_fields=["second_diagnosis"])
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.3"], keys=["second-opinion"], actor=actor, at=at)
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.3",
        key="decide-dispute",
        role=Role.MANAGER,
        title=_("Decidir la atribución objetada"),
        due_at=procedure_queries.step_due("A.3", at=at),
        at=at,
    )
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.DIAGNOSE,
        text=_("Segundo análisis: %(title)s · %(code)s. %(reason)s")
        % {"title": ATTRIBUTION_TITLES[parsed], "code": cause_code, "reason": reason.strip()},
        actor=actor,
        at=at,
        step="A.3",
        payload={
            "attribution": parsed,
            "cause": cause_code,
            "reason": reason.strip(),
            "evidence": evidence.strip(),
            "diagnosis": made.pk,
            "second": True,
        },
    )
    locking.touch(fault=fault)
    return made


@transaction.atomic
def decide_dispute(
    *,
    fault_id: int,
    uphold: bool,
    decision: str,
    actor: Actor,
    at: dt.datetime,
    version: str | None = None,
) -> int | None:
    """The Gerente keeps the first attribution (`uphold`) or takes the second analysis.

    Return the author of the second where it changes what a fault whose work is done counts as, else None.
    """
    role = require(actor, Act.DECIDE_DISPUTE)
    fault = locking.lock_fault(
        fault_id=fault_id, version=version, mine={"decisión": decision}, open_only=False
    )
    found = _open_dispute(fault)
    second = found.second_diagnosis
    if second is None:
        raise Conflict(_("Falta el segundo análisis."), remedy=_("Pídalo a otra persona de Soporte."))
    if not uphold and second.attribution != fault.attribution and not settled(fault):
        _refuse_attribution(fault, Attribution(second.attribution))
    if not decision.strip():
        raise Invalid(_("Falta la razón de la decisión."), field="decision", remedy=_("Escríbala."))
    found.decided_by_id, found.decided_at, found.decision = actor.user_id, at, decision.strip()
    found.save()
    fault.disputed = False
    winner = found.diagnosis if uphold else second
    winner.standing = Diagnosis.Standing.CONFIRMED
    winner.save(update_fields=["standing"])
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.3"], keys=["decide-dispute"], actor=actor, at=at)
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.DECIDE_DISPUTE,
        text=_("Atribución decidida: %(title)s. %(decision)s")
        % {"title": ATTRIBUTION_TITLES[Attribution(winner.attribution)], "decision": decision.strip()},
        actor=actor,
        at=at,
        step="A.3",
        payload={
            "uphold": uphold,
            "role": role,
            "attribution": winner.attribution,
            "cause": winner.cause_code,
        },
    )
    before = fault.attribution, fault.cause_code
    fault.attribution, fault.cause_code = winner.attribution, winner.cause_code
    if before[0] != winner.attribution and not settled(fault):
        _route(fault=fault, parsed=Attribution(winner.attribution), actor=actor, at=at)
        return None
    changed = settled(fault) and before != (winner.attribution, winner.cause_code)
    if changed:
        ask_for_dac_correction(fault=fault, at=at)
    locking.touch(fault=fault)
    return winner.author_id if changed else None


def ask_for_dac_correction(*, fault: Fault, at: dt.datetime) -> None:
    """Ask the NOC for a correcting version of the closing that was sent; a fault of the customer has no form."""
    if fault.attribution == Attribution.CUSTOMER or not DacForm.objects.filter(fault=fault).exists():
        return
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.6",
        key="attribution",
        role=STEPS["A.6"].role,
        title=_("Corregir el D.A.C.: la atribución es ahora «%(title)s»")
        % {"title": ATTRIBUTION_TITLES[Attribution(fault.attribution)]},
        due_at=procedure_queries.step_due("A.6", at=at),
        at=at,
    )
