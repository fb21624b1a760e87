"""Suspension of a service and its end; always a person's order."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Service, ServiceStatus, Suspension
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal
from mayorista.rules import formats
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

TOLERANCE = dt.timedelta(minutes=2)


@transaction.atomic
def suspend_service(
    *, service_id: int, starts_at: dt.datetime, reason: str, actor: Actor, at: dt.datetime
) -> int:
    """Suspend a service from `starts_at` until ended; return the suspension's id.

    Its alarms are muted visibly while it lasts. Raises Invalid (also for an overlap), NotFound.
    """
    require(actor, Act.SUSPEND)
    return write_suspension(
        service_id=service_id, starts_at=starts_at, reason=reason, actor=actor, at=at, act=Act.SUSPEND
    )


def write_suspension(
    *,
    service_id: int,
    starts_at: dt.datetime,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    act: Act,
    fee_apart: bool = False,
) -> int:
    """Do what `suspend_service` says, for an act (of collection) that has asked who may do it.

    With `fee_apart` the reconnection is charged by that act, and by no line of the month.
    """
    service = editing.locked(Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio."))
    errors = []
    if service.status != ServiceStatus.ACTIVE:
        errors.append(FieldError("service", _("El servicio está terminado."), _("Elija un servicio activo.")))
    if not reason.strip():
        errors.append(FieldError("reason", _("Falta el motivo."), _("Escriba por qué se suspende.")))
    if errors:
        raise Invalid.of(errors)
    overlap = FieldError(
        "starts_at", _("El servicio ya está suspendido en ese tiempo."), _("Termine antes esa suspensión.")
    )
    with constraints.in_words({"contracts_suspension_no_overlap": overlap}):
        made = Suspension.objects.create(
            service=service,
            starts_at=starts_at,
            reason=reason.strip()[:240],
            ordered_by_id=actor.user_id,
            fee_apart=fee_apart,
        )
    _tell(
        service,
        _("Suspendido desde %(when)s. %(why)s")
        % {"when": formats.date_time(starts_at), "why": reason.strip()},
        actor,
        at,
        act,
    )
    return made.pk


@transaction.atomic
def end_suspension(*, suspension_id: int, ends_at: dt.datetime, actor: Actor, at: dt.datetime) -> None:
    """End a suspension at `ends_at` (not in the future); alarms that still fire are correlated again."""
    require(actor, Act.SUSPEND)
    write_end(suspension_id=suspension_id, ends_at=ends_at, actor=actor, at=at, act=Act.SUSPEND)


def write_end(*, suspension_id: int, ends_at: dt.datetime, actor: Actor, at: dt.datetime, act: Act) -> None:
    """Do what `end_suspension` says, for an act (of collection) that has asked who may do it."""
    row = Suspension.objects.select_for_update().filter(pk=suspension_id, ends_at=None).first()
    if row is None:
        raise NotFound(_("No existe esa suspensión, o ya terminó."))
    if ends_at <= row.starts_at:
        raise Invalid(_("Termina antes de empezar."), field="ends_at", remedy=_("Revise la hora."))
    if ends_at > at + TOLERANCE:
        raise Invalid(
            _("La rehabilitación no puede ser del futuro."), field="ends_at", remedy=_("Revise la hora.")
        )
    row.ends_at = ends_at
    row.save(update_fields=["ends_at"])
    service = Service.objects.get(pk=row.service_id)
    _tell(service, _("Rehabilitado desde %(when)s.") % {"when": formats.date_time(ends_at)}, actor, at, act)


def _tell(service: Service, text: str, actor: Actor, at: dt.datetime, act: Act) -> None:
    journal.record(dossier_id=service.dossier_id, act=act, text=text, actor=actor, at=at)
