"""A.5 and A.6: handed over, coordinated, restored and verified; and the clocks that stop meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mayorista.apps.faults.operations import coordination, restoration
from mayorista.interfaces.desk.acts.spec import Spec, is_open, is_worked
from mayorista.interfaces.desk.forms import acts as forms
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

L = gettext_lazy


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


SPECS: tuple[Spec, ...] = (
    Spec(
        "entregar",
        "A.5",
        L("Entregar el daño al NOC"),
        "arrow-right",
        Act.HAND_OVER,
        forms.HandOver,
        _hand_over,
        lambda page: is_worked(page) and not page.head.handed_over,
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
        lambda page: is_worked(page) and page.head.handed_over and not page.head.accepted,
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
        lambda page: is_worked(page) and page.head.attribution == "EXTERNAL",
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
        lambda page: is_worked(page) and page.head.attribution == "INTERNAL",
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
        is_worked,
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
        lambda page: is_worked(page) and bool(page.down),
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
        lambda page: is_worked(page) and page.head.restored_at is not None and page.head.verified_at is None,
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
        lambda page: is_open(page) and bool(page.down),
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
)
