"""The acts of a case as a table: address, words, who, form, when it is offered, and the one call it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.assurance.operations import corrections
from mayorista.apps.faults.operations import (
    analysis,
    attribution,
    coordination,
    dac,
    regroup,
    restoration,
    support,
)
from mayorista.apps.overview.queries import case as case_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import stale, steps, toasts
from mayorista.interfaces.desk.forms import acts as forms
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.views import dac_act
from mayorista.rules.errors import Conflict, Invalid, Stale
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

BROKEN = frozenset({"DETECTED", "ANALYSIS", "SUPPORT", "COORDINATION", "REPAIR"})
Run = Callable[["DeskRequest", "CasePage", Any], str]


@dataclass(frozen=True, slots=True)
class Spec:
    """One act: `run` makes the call and returns the words for the toast; `offered` says when a case offers it."""

    slug: str
    step: str
    title: Any
    icon: str
    act: Act
    form: type[forms.ActForm]
    run: Run
    offered: Callable[[CasePage], bool]
    submit: Any
    of_case: bool = False
    hints: bool = False
    uploads: str = ""
    names: dict[str, str] = field(default_factory=dict)
    danger: bool = False


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


def _hand_over(request: DeskRequest, page: CasePage, form: Any) -> str:
    coordination.hand_over(
        fault_id=page.head.fault_id,
        note=form.cleaned_data["note"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Entregado al NOC: espera su aceptación.")


def _accept(request: DeskRequest, page: CasePage, form: Any) -> str:
    coordination.accept(
        fault_id=page.head.fault_id, version=form.cleaned_data["version"], actor=request.actor, at=request.at
    )
    return _("Entrega aceptada.")


def _ticket(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    coordination.open_ticket(
        fault_id=page.head.fault_id,
        provider_id=said["provider_id"],
        reference=said["reference"],
        opened_at=said["opened_at"],
        contact=said["contact"],
        level=said["level"],
        etr_at=said["etr_at"],
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Ticket %(reference)s registrado.") % {"reference": said["reference"]}


def _ticket_update(request: DeskRequest, _page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    coordination.update_ticket(
        ticket_id=said["ticket_id"],
        level=said["level"],
        closed=said["closed"],
        rfo_received=said["rfo_received"],
        note=said["note"],
        file_ids=said["attachments"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Ticket actualizado.")


def _order(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    coordination.open_work_order(
        fault_id=page.head.fault_id,
        unit_code=said["unit_code"],
        description=said["description"],
        assigned_to=said["assigned_to"],
        etr_at=said["etr_at"],
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Orden de trabajo emitida.")


def _advance(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    coordination.record_advance(
        fault_id=page.head.fault_id,
        text=said["text"],
        etr_at=said["etr_at"],
        file_ids=said["attachments"],
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Avance registrado.")


def _restore(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    restoration.restore(
        fault_id=page.head.fault_id,
        restored_at=said["restored_at"],
        outage_ids=said["outage_ids"],
        note=said["note"],
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Restablecimiento registrado: falta verificarlo.")


def _verify(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    restoration.verify(
        fault_id=page.head.fault_id,
        verification=said["verification"],
        verified_at=said["verified_at"],
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Verificación registrada: sigue el cierre del D.A.C.")


def _stop(request: DeskRequest, _page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    restoration.stop_clock(
        outage_ids=said["outage_ids"],
        reason=said["reason"],
        evidence=said["evidence"],
        starts_at=said["starts_at"],
        ends_at=said["ends_at"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Reloj parado, con su prueba.")


def _resume(request: DeskRequest, _page: CasePage, form: Any) -> str:
    restoration.resume_clock(
        outage_ids=form.cleaned_data["outage_ids"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("El reloj corre de nuevo.")


def _case_id(page: CasePage) -> int:
    if page.head.case_id is None:
        raise Conflict(_("Este acto es de cada caso."), remedy=_("Abra el caso del cliente en la lista."))
    return page.head.case_id


def _solution(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    support.record_solution(
        case_id=_case_id(page),
        solution=said["solution"],
        restored_at=said["restored_at"],
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Solución registrada: falta la conformidad del cliente.")


def _confirm(request: DeskRequest, page: CasePage, form: Any) -> str:
    support.confirm_solution(
        case_id=_case_id(page),
        how=form.cleaned_data["how"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Caso concluido con la conformidad del cliente.")


def _reopen(request: DeskRequest, page: CasePage, form: Any) -> str:
    support.reopen(
        case_id=_case_id(page),
        reason=form.cleaned_data["reason"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Caso reabierto.")


def _void(request: DeskRequest, page: CasePage, form: Any) -> str:
    regroup.void_case(
        case_id=_case_id(page),
        reason=form.cleaned_data["reason"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Caso anulado.")


def _self_cleared(request: DeskRequest, page: CasePage, form: Any) -> str:
    restoration.close_self_cleared(
        fault_ids=[page.head.fault_id],
        note=form.cleaned_data["note"],
        versions={page.head.fault_id: form.cleaned_data["version"]},
        actor=request.actor,
        at=request.at,
    )
    return _("Cerrado como N-SIN: se restableció solo.")


def _split(request: DeskRequest, page: CasePage, form: Any) -> str:
    regroup.detach(
        fault_id=page.head.fault_id,
        outage_ids=form.cleaned_data["outage_ids"],
        reason=form.cleaned_data["reason"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Separado en otro daño.")


def _merge(request: DeskRequest, page: CasePage, form: Any) -> str:
    other = case_queries.case_page(number=form.cleaned_data["into"], at=request.at)
    regroup.merge(
        source_id=page.head.fault_id,
        target_id=other.head.fault_id,
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Unido con %(number)s.") % {"number": other.head.number}


def _correct(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    dac.issue_correction(
        fault_id=page.head.fault_id,
        reason=said["reason"],
        form=dac.ClosingForm(
            root_cause=said["root_cause"],
            cause_code=said["cause_code"],
            element=said["element"],
            impact=said["impact"],
        ),
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Corrección del D.A.C. enviada.")


def _open(page: CasePage) -> bool:
    return page.head.closed_at is None


def _worked(page: CasePage) -> bool:
    """External or internal, and not closed."""
    return _open(page) and page.head.attribution in {"EXTERNAL", "INTERNAL"}


L = gettext_lazy
SPECS: tuple[Spec, ...] = (
    Spec(
        "reconocer",
        "A.1",
        L("Reconocer la caída"),
        "bell-ringing",
        Act.ACKNOWLEDGE,
        forms.Acknowledge,
        _acknowledge,
        lambda page: _open(page) and page.head.acknowledged_at is None,
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
        _open,
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
        lambda page: _open(page) and page.head.state != "DAC_CLOSED",
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
    Spec(
        "entregar",
        "A.5",
        L("Entregar el daño al NOC"),
        "arrow-right",
        Act.HAND_OVER,
        forms.HandOver,
        _hand_over,
        lambda page: _worked(page) and not page.head.handed_over,
        L("Entregar al NOC"),
    ),
    Spec(
        "aceptar",
        "A.5",
        L("Aceptar la entrega de Soporte"),
        "check",
        Act.ACCEPT_HAND_OVER,
        forms.Accept,
        _accept,
        lambda page: _worked(page) and page.head.handed_over and not page.head.accepted,
        L("Aceptar"),
    ),
    Spec(
        "ticket",
        "A.5",
        L("Abrir ticket del proveedor"),
        "ticket",
        Act.MANAGE_REPAIR,
        forms.Ticket,
        _ticket,
        lambda page: _worked(page) and page.head.attribution == "EXTERNAL",
        L("Registrar ticket"),
    ),
    Spec(
        "ticket-seguimiento",
        "A.5",
        L("Seguimiento del ticket"),
        "ticket",
        Act.MANAGE_REPAIR,
        forms.TicketUpdate,
        _ticket_update,
        lambda page: bool(page.tickets),
        L("Guardar"),
        uploads="attachments",
    ),
    Spec(
        "orden",
        "A.5",
        L("Emitir orden de trabajo"),
        "tool",
        Act.MANAGE_REPAIR,
        forms.Order,
        _order,
        lambda page: _worked(page) and page.head.attribution == "INTERNAL",
        L("Emitir orden"),
    ),
    Spec(
        "avance",
        "A.5",
        L("Registrar avance de la reparación"),
        "history",
        Act.MANAGE_REPAIR,
        forms.Advance,
        _advance,
        _worked,
        L("Registrar avance"),
        uploads="attachments",
    ),
    Spec(
        "restablecer",
        "A.5",
        L("Registrar restablecimiento"),
        "plug-connected",
        Act.RESTORE,
        forms.Restore,
        _restore,
        lambda page: _worked(page) and bool(page.down),
        L("Registrar restablecimiento"),
    ),
    Spec(
        "verificar",
        "A.6",
        L("Verificar el restablecimiento"),
        "heart-rate-monitor",
        Act.RESTORE,
        forms.Verify,
        _verify,
        lambda page: _worked(page) and page.head.restored_at is not None and page.head.verified_at is None,
        L("Registrar verificación"),
    ),
    Spec(
        "parar-reloj",
        "A.5",
        L("Parar el reloj del SLA"),
        "clock-pause",
        Act.STOP_CLOCK,
        forms.StopClock,
        _stop,
        lambda page: _open(page) and bool(page.down),
        L("Parar el reloj"),
    ),
    Spec(
        "reanudar-reloj",
        "A.5",
        L("Reanudar el reloj del SLA"),
        "clock-play",
        Act.STOP_CLOCK,
        forms.ResumeClock,
        _resume,
        lambda page: any(row.stopped for row in page.outages),
        L("Reanudar"),
    ),
    Spec(
        "solucion",
        "A.4",
        L("Registrar la solución"),
        "bandage",
        Act.CLOSE_SUPPORT,
        forms.Solution,
        _solution,
        lambda page: (
            page.head.attribution == "CUSTOMER"
            and page.head.case_id is not None
            and page.head.solved_at is None
            and not page.head.closed
        ),
        L("Registrar solución"),
        of_case=True,
    ),
    Spec(
        "conformidad",
        "A.4",
        L("Registrar la conformidad del cliente"),
        "checks",
        Act.CLOSE_SUPPORT,
        forms.Confirm,
        _confirm,
        lambda page: (
            page.head.solved_at is not None and not page.head.closed and page.head.attribution == "CUSTOMER"
        ),
        L("Concluir el caso"),
        of_case=True,
    ),
    Spec(
        "reabrir",
        "",
        L("Reabrir el caso"),
        "rotate",
        Act.REOPEN,
        forms.Reopen,
        _reopen,
        lambda page: page.head.case_id is not None and page.head.closed,
        L("Reabrir"),
        of_case=True,
    ),
    Spec(
        "sin-falla",
        "",
        L("Cerrar: se restableció solo (N-SIN)"),
        "circle-check",
        Act.CLOSE_SELF_CLEARED,
        forms.SelfCleared,
        _self_cleared,
        lambda page: (
            _open(page)
            and bool(page.outages)
            and len(page.proposed) == len(page.outages)
            and not page.head.claim_origin
        ),
        L("Cerrar como N-SIN"),
    ),
    Spec(
        "separar",
        "",
        L("Separar circuitos en otro daño"),
        "arrows-split",
        Act.REGROUP,
        forms.Split,
        _split,
        lambda page: _open(page) and page.head.circuit_count > 1,
        L("Separar"),
    ),
    Spec(
        "unir",
        "",
        L("Unir con otro daño"),
        "arrow-merge",
        Act.REGROUP,
        forms.Merge,
        _merge,
        _open,
        L("Unir"),
    ),
    Spec(
        "anular",
        "",
        L("Anular el caso"),
        "ban",
        Act.VOID_CASE,
        forms.Void,
        _void,
        lambda page: page.head.case_id is not None and not page.head.closed,
        L("Anular"),
        of_case=True,
        danger=True,
    ),
    Spec(
        "corregir-dac",
        "A.6",
        L("Corregir el D.A.C."),
        "pencil",
        Act.ISSUE_DAC,
        forms.Correction,
        _correct,
        lambda page: page.head.state in {"DAC_CLOSED", "CLOSED"} and page.dac is not None,
        L("Enviar corrección"),
    ),
)
BY_SLUG = {spec.slug: spec for spec in SPECS}


def offered(page: CasePage, request: DeskRequest) -> list[Spec]:
    """Return the acts that the case offers to this person now."""
    return [
        spec
        for spec in SPECS
        if spec.offered(page)
        and request.actor.may(spec.act)
        and not (spec.act is Act.SECOND_OPINION and steps.first_analyst(page, request.actor))
        and not (spec.act is Act.CONFIRM_ATTRIBUTION and steps.proposer(page, request.actor))
    ]


def analysts(page: CasePage, request: DeskRequest) -> tuple[str, ...] | None:
    """Return who may make the second analysis, when it is asked for and this person can not; else None."""
    if not steps.first_analyst(page, request.actor):
        return None
    return case_queries.second_analysts(page=page, at=request.at)


def view(spec: Spec) -> Callable[..., HttpResponse]:
    """Return the view of an act: its form beside the case; sending it makes the one call."""

    def act(request: DeskRequest, number: str) -> HttpResponse:
        require(request.actor, spec.act)
        page = case_queries.case_page(number=number, at=request.at)
        asked = forms.Asked(page, case_queries.choices(page=page, at=request.at), _both(request))
        form = spec.form(request.POST or None, asked=asked)
        more: dict[str, Any] = {}
        status = 200
        if request.method == "POST" and (form.is_valid() or not form.fields):
            try:
                words = spec.run(request, page, form)
            except Stale as error:
                status, more = 409, _overtaken(request, spec, form, error)
            except Invalid as error:
                attach(form, error, spec.names)
            else:
                toasts.say(request, words)
                return redirect("desk:case", number=page.head.number)
        context = {
            "page": page,
            "form": form,
            "spec": spec,
            "choices": asked.choices,
            "both_roles": asked.both_roles,
            "hints": case_queries.hints(page=page, at=request.at) if spec.hints else (),
            "own_correction": steps.proposer(page, request.actor),
            "analysts": analysts(page, request) if spec.act is Act.SECOND_OPINION else None,
            **more,
        }
        if form.errors and status == 200:
            status = 422
        return render(request, "desk/act.html", context, status=status)

    act.__name__ = f"act_{spec.slug.replace('-', '_')}"
    act.__doc__ = str(spec.title)
    return require_POST(act) if spec.slug == "reconocer" else require_http_methods(["GET", "POST"])(act)


def _overtaken(request: DeskRequest, spec: Spec, form: forms.ActForm, error: Stale) -> dict[str, Any]:
    """Somebody else changed the case: every field as it was typed beside the case of now, which is read again."""
    page = case_queries.case_page(number=form.asked.page.head.number, at=request.at)
    choices = case_queries.choices(page=page, at=request.at)
    fresh = spec.form(asked=forms.Asked(page, choices, form.asked.both_roles))
    stale.accept(form, request.POST, str(fresh["version"].value()), error)
    return {
        "page": page,
        "versions": stale.versions(form, fresh, fresh.stored()),
        "meanwhile": stale.meanwhile(error),
    }


def _both(request: DeskRequest) -> bool:
    return bool({Role.NOC, Role.SUPPORT} <= request.actor.roles)


def paths() -> list[URLPattern]:
    """Return the addresses of all acts."""
    return [
        *(path(f"danos/<str:number>/{spec.slug}/", view(spec), name=f"act-{spec.slug}") for spec in SPECS),
        path("danos/<str:number>/dac/", dac_act.issue, name="act-dac"),
        path("danos/<str:number>/dac/vista/", dac_act.preview, name="dac-preview"),
    ]


def address(slug: str, number: str) -> str:
    """Return the address of an act of a case."""
    return reverse(f"desk:act-{slug}", args=[number])
