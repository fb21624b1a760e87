"""The attribution of a fault that is closed, corrected by two people (A.3, G-15).

It moves money: what was counted, credited and reported. Nothing that was done is done again, and no clock runs again.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import AttributionCorrection, Diagnosis, Fault
from mayorista.apps.faults.operations import analysis, locking
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, work
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound
from mayorista.rules.procedure import ATTRIBUTION_TITLES, CAUSES, Act, Attribution, Role

STEP, KEY = "A.3", "correction"
DAYS = "correction.business_days"


@transaction.atomic
def propose(
    *,
    fault_id: int,
    attribution: str,
    cause_code: str,
    reason: str,
    evidence: str,
    actor: Actor,
    at: dt.datetime,
    part: int | None = None,
    version: str | None = None,
) -> AttributionCorrection:
    """Propose another attribution or cause of a closed fault; of one that fell again, of the part said (0: all).

    Raises Conflict while the fault is worked on, was voided, is disputed or has a proposal; Invalid for what lacks or
    changes nothing; Stale, NotAllowed, NotFound.
    """
    require(actor, Act.CORRECT_ATTRIBUTION)
    typed = {"razón": reason, "evidencia": evidence}
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine=typed, open_only=False)
    _refuse(fault)
    parsed = analysis.check_diagnosis(attribution=attribution, cause_code=cause_code, reason=reason)
    if not evidence.strip():
        raise Invalid(
            _("Falta la evidencia de la corrección."),
            field="evidence",
            remedy=_("Diga qué la prueba: informe del proveedor, medición, correo…"),
        )
    before = fault.attribution, fault.cause_code
    if part is None and (parsed, cause_code) == before:
        raise Invalid(_("Es la atribución que ya tiene."), field="attribution", remedy=_("Elija otra."))
    if part:
        analysis.is_over(fault, part)  # refuses a part that there is not
    made = AttributionCorrection.objects.create(
        fault=fault,
        attribution_before=before[0],
        cause_before=before[1],
        attribution=parsed,
        cause_code=cause_code,
        reason=reason.strip(),
        evidence=evidence.strip(),
        part=part,
        proposed_by_id=actor.person,
        proposed_at=at,
    )
    work.open_item(
        dossier_id=fault.dossier_id,
        step=STEP,
        key=KEY,
        role=Role.MANAGER,
        title=_("Confirmar la corrección de la atribución de un caso cerrado"),
        due_at=procedure.calendar(at=at).after(at, procedure.parameter(DAYS, at=at)),
        at=at,
    )
    text = _("Propone corregir la atribución: %(change)s. %(reason)s. Lo prueba: %(evidence)s") % {
        "change": change_words(made),
        "reason": made.reason.rstrip("."),
        "evidence": made.evidence,
    }
    _write(fault, Act.CORRECT_ATTRIBUTION, text, made, actor, at)
    locking.touch(fault=fault)
    return made


def _refuse(fault: Fault) -> None:
    if fault.state == Fault.State.VOID:
        raise Conflict(_("El daño está anulado: no tiene atribución que corregir."))
    if not analysis.settled(fault):
        raise Conflict(_("El daño sigue abierto."), remedy=_("Diagnostíquelo de nuevo (A.3)."))
    if fault.disputed:
        raise Conflict(_("La atribución está objetada."), remedy=_("Espere la decisión de la Gerencia."))
    if AttributionCorrection.objects.filter(fault=fault, decided_at=None).exists():
        raise Conflict(_("Ya hay una corrección por confirmar."), remedy=_("Espere a que se decida."))


@transaction.atomic
def decide(
    *,
    fault_id: int,
    confirm: bool,
    decision: str,
    actor: Actor,
    at: dt.datetime,
    version: str | None = None,
) -> AttributionCorrection:
    """Confirm or refuse what another person proposed; what is confirmed is the attribution from now on.

    Raises NotAllowed for the one who proposed, NotFound without a proposal, Invalid without a reason, Stale.
    """
    require(actor, Act.CONFIRM_ATTRIBUTION)
    fault = locking.lock_fault(
        fault_id=fault_id, version=version, mine={"decisión": decision}, open_only=False
    )
    found = AttributionCorrection.objects.select_for_update().filter(fault=fault, decided_at=None).first()
    if found is None:
        raise NotFound(_("No hay una corrección por confirmar."))
    if found.proposed_by_id == actor.person:
        raise NotAllowed(
            _("Quien propuso la corrección no la confirma."),
            remedy=_("La confirma otra persona con ese rol, o su delegado."),
        )
    if confirm and not analysis.settled(fault):
        raise Conflict(
            _("El daño se reabrió."), remedy=_("Rechace la propuesta y diagnostíquelo de nuevo (A.3).")
        )
    if not decision.strip():
        raise Invalid(_("Falta la razón de la decisión."), field="decision", remedy=_("Escríbala."))
    found.confirmed, found.decision = confirm, decision.strip()
    found.decided_by_id, found.decided_at = actor.person, at
    found.save()
    work.complete(dossier_ids=[fault.dossier_id], steps=[STEP], keys=[KEY], actor=actor, at=at)
    if confirm:
        _apply(fault, found, at)
        words = _("Atribución corregida: %(change)s. Motivo: %(reason)s. %(decision)s")
    else:
        words = _("No se corrige la atribución (%(change)s). %(decision)s")
    text = words % {"change": change_words(found), "reason": found.reason, "decision": found.decision}
    _write(fault, Act.CONFIRM_ATTRIBUTION, text, found, actor, at)
    locking.touch(fault=fault)
    return found


def _apply(fault: Fault, found: AttributionCorrection, at: dt.datetime) -> None:
    Diagnosis.objects.create(
        fault=fault,
        attribution=found.attribution,
        cause_code=found.cause_code,
        reason=found.reason,
        evidence=found.evidence,
        author_id=found.proposed_by_id,
        decided_at=at,
        standing=Diagnosis.Standing.CONFIRMED,
        part=found.part,
    )
    if found.part and analysis.is_over(fault, found.part):
        return
    fault.attribution, fault.cause_code = found.attribution, found.cause_code
    analysis.ask_for_dac_correction(fault=fault, at=at)


def change_words(row: AttributionCorrection) -> str:
    """Return what a correction changes, as "de «interno» (I-FIB) a «externo (red contratada)» (E-FIB)"."""

    def said(attribution: str, cause: str) -> str:
        title = ATTRIBUTION_TITLES[Attribution(attribution)] if attribution else _("sin diagnóstico")
        return f"«{title}»" + (f" ({cause} {CAUSES[cause].title})" if cause in CAUSES else "")

    words = _("de %(before)s a %(now)s") % {
        "before": said(row.attribution_before, row.cause_before),
        "now": said(row.attribution, row.cause_code),
    }
    if row.part:
        return _("tramo %(n)d, %(words)s") % {"n": row.part, "words": words}
    return words


def _write(
    fault: Fault, act: Act, text: str, row: AttributionCorrection, actor: Actor, at: dt.datetime
) -> None:
    journal.record(
        dossier_id=fault.dossier_id,
        act=act,
        text=text,
        actor=actor,
        at=at,
        step=STEP,
        payload={
            "correction": row.pk,
            "confirmed": row.confirmed,
            "attribution": row.attribution,
            "before": row.attribution_before,
            "cause": row.cause_code,
            "cause_before": row.cause_before,
            "reason": row.reason,
            "evidence": row.evidence,
            "part": row.part,
            "over": bool(row.part and analysis.is_over(fault, row.part)),
            "proposed_by": row.proposed_by_id,
        },
    )
