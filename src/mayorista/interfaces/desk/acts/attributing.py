"""A.1 to A.3: recognised, protocols answered, diagnosed; and the attribution that is disputed or corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mayorista.apps.assurance.operations import corrections
from mayorista.apps.faults.operations import analysis, attribution
from mayorista.interfaces.desk.acts.spec import Spec, is_open
from mayorista.interfaces.desk.forms import acts as forms
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

L = gettext_lazy


def _acknowledge(request: DeskRequest, page: CasePage, _form: Any) -> str:
    analysis.acknowledge(fault_id=page.head.fault_id, actor=request.actor, at=request.at)
    return _("Reconocido: el sonido calla y A.1 queda concluido.")


def _protocols(request: DeskRequest, page: CasePage, form: Any) -> str:
    analysis.check_protocols(
        fault_id=page.head.fault_id,
        answers=form.answers(),
        actor=request.actor,
        at=request.at,
        version=form.cleaned_data["version"],
    )
    return _("Protocolos registrados.")


def _diagnose(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    analysis.diagnose(
        fault_id=page.head.fault_id,
        attribution=said["attribution"],
        cause_code=said["cause_code"],
        reason=said["reason"],
        evidence=said["evidence"],
        severity=int(said["severity"]),
        element=said["element"],
        impact=said["impact"],
        version=said["version"],
        part=int(said["part"]) if said.get("part") else None,
        actor=request.actor,
        at=request.at,
    )
    if said.get("part"):
        return _("Diagnóstico registrado para lo que eligió; la disponibilidad se calcula de nuevo.")
    if said["attribution"] == "CUSTOMER":
        return _("Diagnóstico registrado: sigue el soporte al cliente (A.4).")
    return _("Diagnóstico registrado: sigue la coordinación con el NOC (A.5) y la apertura del D.A.C.")


def _second(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    analysis.give_second_opinion(
        fault_id=page.head.fault_id,
        attribution=said["attribution"],
        cause_code=said["cause_code"],
        reason=said["reason"],
        evidence=said["evidence"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Segundo análisis registrado: decide la Gerencia.")


def _dispute(request: DeskRequest, page: CasePage, form: Any) -> str:
    analysis.dispute(
        fault_id=page.head.fault_id,
        words=form.cleaned_data["words"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Objeción registrada: otra persona debe analizar.")


def _decide(request: DeskRequest, page: CasePage, form: Any) -> str:
    done = corrections.decide_dispute(
        fault_id=page.head.fault_id,
        uphold=form.cleaned_data["uphold"] == "1",
        decision=form.cleaned_data["decision"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return " ".join([_("Atribución decidida."), *_followed(done)])


def _correct_attribution(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    attribution.propose(
        fault_id=page.head.fault_id,
        attribution=said["attribution"],
        cause_code=said["cause_code"],
        reason=said["reason"],
        evidence=said["evidence"],
        part=int(said["part"]) if said.get("part") else None,
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Corrección propuesta: la confirma otra persona con el rol de Gerencia.")


def _confirm_attribution(request: DeskRequest, page: CasePage, form: Any) -> str:
    done = corrections.decide(
        fault_id=page.head.fault_id,
        confirm=form.cleaned_data["confirm"] == "1",
        decision=form.cleaned_data["decision"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    if not done.changed:
        return _("La atribución queda como estaba.")
    return " ".join([_("Atribución corregida."), *_followed(done)])


def _followed(done: corrections.Followed) -> list[str]:
    """What a new attribution led to, one sentence for each."""
    found = []
    if done.reports:
        found.append(_("Informes con versión nueva: %(r)s.") % {"r": "; ".join(done.reports)})
    if done.credits:
        found.append(
            ngettext("%(n)d crédito por decidir.", "%(n)d créditos por decidir.", done.credits)
            % {"n": done.credits}
        )
    if done.rfo:
        found.append(_("El RFO espera aprobación con la corrección."))
    if done.claims:
        found.append(_("Reclamos por revisar: %(c)s.") % {"c": ", ".join(done.claims)})
    if done.left:
        found.append(_("Sin recalcular: %(l)s.") % {"l": "; ".join(done.left)})
    return found


SPECS: tuple[Spec, ...] = (
    Spec(
        "reconocer",
        "A.1",
        L("Reconocer la caída"),
        "bell-ringing",
        Act.ACKNOWLEDGE,
        forms.Acknowledge,
        _acknowledge,
        lambda page: is_open(page) and page.head.acknowledged_at is None,
        L("Reconocer"),
    ),
    Spec(
        "protocolos",
        "A.2",
        L("Completar protocolos del NOC"),
        "checklist",
        Act.CHECK_PROTOCOLS,
        forms.Protocols,
        _protocols,
        is_open,
        L("Guardar protocolos"),
    ),
    Spec(
        "diagnosticar",
        "A.3",
        L("Diagnosticar"),
        "stethoscope",
        Act.DIAGNOSE,
        forms.Diagnose,
        _diagnose,
        lambda page: is_open(page) and page.head.state != "DAC_CLOSED",
        L("Registrar diagnóstico"),
        hints=True,
    ),
    Spec(
        "objetar",
        "A.3",
        L("El cliente objeta la atribución"),
        "hand-stop",
        Act.DISPUTE,
        forms.Dispute,
        _dispute,
        lambda page: (
            bool(page.head.attribution)
            and not page.head.disputed
            and page.head.correction is None
            and page.head.state != "VOID"
        ),
        L("Registrar objeción"),
    ),
    Spec(
        "segunda-opinion",
        "A.3",
        L("Segundo análisis"),
        "stethoscope",
        Act.SECOND_OPINION,
        forms.SecondOpinion,
        _second,
        lambda page: page.head.disputed and not page.head.dispute_has_second,
        L("Registrar segundo análisis"),
        hints=True,
    ),
    Spec(
        "decidir",
        "A.3",
        L("Decidir la atribución objetada"),
        "hand-stop",
        Act.DECIDE_DISPUTE,
        forms.Decide,
        _decide,
        lambda page: page.head.dispute_has_second,
        L("Decidir"),
    ),
    Spec(
        "corregir-atribucion",
        "A.3",
        L("Corregir la atribución"),
        "pencil",
        Act.CORRECT_ATTRIBUTION,
        forms.CorrectAttribution,
        _correct_attribution,
        lambda page: (
            page.head.state in {"DAC_CLOSED", "CLOSED"}
            and not page.head.disputed
            and page.head.correction is None
        ),
        L("Proponer la corrección"),
    ),
    Spec(
        "confirmar-atribucion",
        "A.3",
        L("Confirmar la corrección de la atribución"),
        "checks",
        Act.CONFIRM_ATTRIBUTION,
        forms.ConfirmAttribution,
        _confirm_attribution,
        lambda page: page.head.correction is not None,
        L("Decidir"),
    ),
)
