"""By which contract a circuit is held, from and until when (G-48): the link that says who pays which day."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import BandwidthPeriod, Contract, Service, ServiceHolding
from mayorista.apps.contracts.operations import bandwidth
from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live
from mayorista.rules import agreements, capacity, formats, lapaz
from mayorista.rules.errors import Conflict, FieldError
from mayorista.rules.procedure import Act

STEP = "B.1"
_OVERLAP = {
    "holding_one_contract_at_a_time": FieldError(
        "starts_date",
        "El servicio ya está en otro contrato ese día.",
        "Use el cambio de titular, o revise la fecha.",
    )
}


@transaction.atomic
def hold_service(
    *,
    contract_id: int,
    service_id: int,
    starts_date: dt.date | None,
    actor: Actor,
    at: dt.datetime,
    kbps: int | None = None,
) -> int:
    """Put a circuit under a contract from the day it bills on; return the id of the link.

    `kbps` is the speed it begins with (default: its capacity); a circuit that was held before keeps its
    timeline. Raises Invalid (dates, another contract that day, another customer's circuit), NotFound, NotAllowed.
    """
    require(actor, Act.EDIT_AGREEMENTS)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    service = editing.locked(Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio."))
    errors = _wrong_start(contract, starts_date)
    if service.customer_id != contract.customer_id:
        text = _("%(code)s es de otro cliente.") % {"code": service.circuit_code}
        errors.append(FieldError("service_id", text, _("Use el cambio de titular.")))
    speed = kbps or service.capacity_kbps
    if not 0 < speed <= capacity.HIGHEST_KBPS:
        errors.append(
            FieldError("speed", _("La velocidad no es válida."), _("Escriba por ejemplo 500 Mbps."))
        )
    agreements.refuse(errors)
    assert starts_date is not None
    with constraints.in_words(_OVERLAP):
        row = ServiceHolding.objects.create(service=service, contract=contract, starts_date=starts_date)
    if not BandwidthPeriod.objects.filter(service=service).exists():
        bandwidth.begin(service=service, starts_date=starts_date, kbps=speed, at=at)
        bandwidth.show_capacity(service_id=service.pk, on=lapaz.local(at).date())
    if service.contract_id != contract.pk:
        Service.objects.filter(pk=service.pk).update(contract=contract, version=F("version") + 1)
    links.link(source_id=contract.dossier_id, target_id=service.dossier_id, kind="contract-service")
    text = _("%(code)s factura por el contrato %(n)s desde el %(day)s, con %(speed)s.") % {
        "code": service.circuit_code,
        "n": contract.number,
        "day": formats.date(starts_date),
        "speed": capacity.show(speed),
    }
    _tell([contract.dossier_id, service.dossier_id], text, actor, at)
    return row.pk


@transaction.atomic
def take_over(*, service_id: int, contract_id: int, on: dt.date | None, actor: Actor, at: dt.datetime) -> int:
    """Hand a circuit from its contract to another on a day: the former bills until the day before (G-48).

    Circuit, history and open cases go on; the debt of before stays with its holder. Where the day is still to
    come the customer of the circuit changes then (`settle_holders`). Returns the id of the new link. Raises
    Invalid, Conflict (it is held by none), NotFound, NotAllowed.
    """
    require(actor, Act.EDIT_AGREEMENTS)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    service = editing.locked(Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio."))
    agreements.refuse(_wrong_start(contract, on, field="on"))
    assert on is not None
    before = ServiceHolding.objects.select_for_update().filter(service=service, ends_date=None).first()
    if before is None:
        raise Conflict(
            _("%(code)s no está en ningún contrato.") % {"code": service.circuit_code},
            remedy=_("Vincúlelo al contrato nuevo."),
        )
    former = Contract.objects.get(pk=before.contract_id)
    wrong = []
    if former.pk == contract.pk:
        wrong.append(
            FieldError(
                "contract_id", _("El servicio ya está en ese contrato."), _("Elija el contrato nuevo.")
            )
        )
    if on <= before.starts_date:
        text = _("El titular actual lo tiene desde el %(day)s.") % {"day": formats.date(before.starts_date)}
        wrong.append(FieldError("on", text, _("El traspaso es posterior.")))
    agreements.refuse(wrong)
    before.ends_date, before.end_approved_at = on, at
    before.save(update_fields=["ends_date", "end_approved_at"])
    with constraints.in_words(_OVERLAP):
        row = ServiceHolding.objects.create(service=service, contract=contract, starts_date=on)
    links.link(source_id=contract.dossier_id, target_id=service.dossier_id, kind="contract-service")
    text = _("Cambio de titular de %(code)s el %(day)s: del contrato %(before)s al %(after)s.") % {
        "code": service.circuit_code,
        "day": formats.date(on),
        "before": former.number,
        "after": contract.number,
    }
    _tell([former.dossier_id, contract.dossier_id, service.dossier_id], text, actor, at)
    if on <= lapaz.local(at).date():
        _give(service, contract)
    return row.pk


@transaction.atomic
def end_holding(*, service_id: int, on: dt.date | None, actor: Actor, at: dt.datetime) -> None:
    """Stop billing a circuit: `on` is the first day not billed. Raises Invalid, Conflict, NotFound, NotAllowed."""
    require(actor, Act.EDIT_AGREEMENTS)
    service = editing.locked(Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio."))
    row = ServiceHolding.objects.select_for_update().filter(service=service, ends_date=None).first()
    if row is None:
        raise Conflict(_("%(code)s no está en ningún contrato.") % {"code": service.circuit_code})
    if on is None or on <= row.starts_date:
        errors = [
            FieldError(
                "on",
                _("El fin es posterior al inicio (%(day)s).") % {"day": formats.date(row.starts_date)},
                _("Revise la fecha."),
            )
        ]
        agreements.refuse(errors)
    close(service=service, on=on, at=at, actor=actor)


def close(*, service: Service, on: dt.date | None, at: dt.datetime, actor: Actor) -> None:
    """End the open link of a circuit, if there is one that began before `on`; tell its contract."""
    row = (
        ServiceHolding.objects.filter(service=service, ends_date=None, starts_date__lt=on)
        .select_related("contract")
        .first()
    )
    if row is None or on is None:
        return
    row.ends_date, row.end_approved_at = on, at
    row.save(update_fields=["ends_date", "end_approved_at"])
    text = _("%(code)s deja de facturar por el contrato %(n)s el %(day)s.") % {
        "code": service.circuit_code,
        "n": row.contract.number,
        "day": formats.date(on),
    }
    _tell([row.contract.dossier_id, service.dossier_id], text, actor, at)


@transaction.atomic
def settle_holders(*, at: dt.datetime) -> int:
    """Give each circuit whose take-over has come to the customer of its contract (a periodic act); return how many."""
    today = lapaz.local(at).date()
    due = (
        ServiceHolding.objects.filter(starts_date__lte=today)
        .exclude(ends_date__lte=today)
        .exclude(contract__customer=F("service__customer"), contract=F("service__contract"))
        .select_related("contract")
    )
    count = 0
    for row in due:
        service = Service.objects.select_for_update().get(pk=row.service_id)
        _give(service, row.contract)
        _tell(
            [service.dossier_id],
            _("El titular es el del contrato %(n)s.") % {"n": row.contract.number},
            for_job("contratos"),
            at,
        )
        count += 1
    return count


def _give(service: Service, contract: Contract) -> None:
    customer = customers.customer(customer_id=contract.customer_id)
    Service.objects.filter(pk=service.pk).update(
        contract=contract, customer_id=customer.id, version=F("version") + 1
    )
    speed = capacity.show(service.capacity_kbps)
    dossiers.move(dossier_id=service.dossier_id, customer_id=customer.dossier_id)
    dossiers.change(
        dossier_id=service.dossier_id, headline=f"{customer.name} · {service.circuit_code} {speed}"
    )


def _wrong_start(contract: Contract, day: dt.date | None, *, field: str = "starts_date") -> list[FieldError]:
    if day is None:
        return [FieldError(field, _("Falta el día."), _("Escriba dd/mm/aaaa."))]
    if not agreements.Span(contract.starts_date, contract.ends_date).holds(day):
        text = _("El %(day)s está fuera del contrato %(n)s.") % {
            "day": formats.date(day),
            "n": contract.number,
        }
        return [FieldError(field, text, _("Revise la fecha, o las del contrato."))]
    return []


def _tell(dossier_ids: list[int], text: str, actor: Actor, at: dt.datetime) -> None:
    lines = [
        journal.Line(dossier_id, Act.EDIT_AGREEMENTS, text, STEP) for dossier_id in dict.fromkeys(dossier_ids)
    ]
    journal.record_many(lines=lines, actor=actor, at=at)
    live.bump("contracts")
