"""The speeds a circuit had before it came here: the import writes them as changes that are in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import BandwidthPeriod, Service, SpeedChange
from mayorista.apps.contracts.operations import bandwidth
from mayorista.apps.contracts.operations.speed import requests, support
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, serials
from mayorista.rules import agreements, capacity, formats
from mayorista.rules.errors import FieldError
from mayorista.rules.procedure import Act

DOOR = "IMPORT"


@dataclass(frozen=True, slots=True)
class Step:
    """A speed from a day on; with `until` a temporary one. `reference` is the paper that says so."""

    day: dt.date
    kbps: int
    until: dt.date | None = None
    reference: str = ""


@transaction.atomic
def record_history(*, service_id: int, steps: Sequence[Step], actor: Actor, at: dt.datetime) -> int:
    """Write earlier changes of a circuit's speed, known from the start; return how many were new.

    What is there already (same day, speed and end) is left alone. Raises Invalid whose fields name the step
    ("steps[2].day"), NotFound, NotAllowed.
    """
    require(actor, Act.EDIT_AGREEMENTS)
    service = editing.locked(Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio."))
    first = BandwidthPeriod.objects.filter(service=service, first=True).first()
    agreements.refuse(_wrong(service, first, steps))
    assert first is not None
    there = {
        (row.effective_date, row.to_kbps, row.temporary_until)
        for row in SpeedChange.objects.filter(service=service, state=support.State.IN_FORCE)
    }
    new = [
        step
        for step in sorted(steps, key=lambda each: each.day)
        if (step.day, step.kbps, step.until) not in there
    ]
    if not new:
        return 0
    numbers = serials.next_numbers(series=requests.SERIES, at=at, count=len(new))
    known_at = dt.datetime.combine(first.starts_date, dt.time(), tzinfo=dt.UTC)
    before = first.kbps
    for step, number in zip(new, numbers, strict=True):
        dossier = dossiers.open_dossier(
            kind=requests.KIND,
            number=number,
            headline=requests.headline(service, before, step.kbps),
            state=str(support.State.IN_FORCE.label),
            at=at,
            customer_id=service.customer.dossier_id,
            search=service.circuit_code,
        )
        dossiers.change(dossier_id=dossier.pk, closed_at=at)
        SpeedChange.objects.create(
            dossier=dossier,
            service=service,
            state=support.State.IN_FORCE,
            door=DOOR,
            requested_by=_("historial importado"),
            requested_date=step.day,
            words=step.reference.strip(),
            from_kbps=before,
            to_kbps=step.kbps,
            wanted_date=step.day,
            temporary_until=step.until,
            effective_date=step.day,
            accepted_at=at,
            in_force_at=known_at,
        )
        links.link(source_id=service.dossier_id, target_id=dossier.pk, kind="service-speed-change")
        before = before if step.until else step.kbps
    bandwidth.rebuild(service_id=service.pk, at=at)
    text = _("Historial de velocidades: %(steps)s.") % {
        "steps": "; ".join(f"{formats.date(step.day)} {capacity.show(step.kbps)}" for step in new)
    }
    journal.record(
        dossier_id=service.dossier_id, act=Act.EDIT_AGREEMENTS, text=text, actor=actor, at=at, step="B.1"
    )
    return len(new)


def _wrong(service: Service, first: BandwidthPeriod | None, steps: Sequence[Step]) -> list[FieldError]:
    if first is None:
        text = _("%(code)s no tiene velocidad inicial registrada.") % {"code": service.circuit_code}
        return [FieldError("service", text, _("Vincúlelo primero a su contrato."))]
    errors = []
    days: set[dt.date] = set()
    for number, step in enumerate(steps):
        path = f"steps[{number}]"
        if step.day <= first.starts_date:
            text = _("El servicio empieza el %(day)s: un cambio rige después.") % {
                "day": formats.date(first.starts_date)
            }
            errors.append(FieldError(f"{path}.day", text, _("Revise la fecha.")))
        if step.until is not None and step.until <= step.day:
            errors.append(
                FieldError(f"{path}.until", _("Termina antes de empezar."), _("Revise las dos fechas."))
            )
        if not 0 < step.kbps <= capacity.HIGHEST_KBPS:
            errors.append(
                FieldError(
                    f"{path}.kbps", _("La velocidad no es válida."), _("Escriba por ejemplo 500 Mbps.")
                )
            )
        if step.until is None and step.day in days:
            text = _("Dos velocidades rigen desde el %(day)s.") % {"day": formats.date(step.day)}
            errors.append(FieldError(f"{path}.day", text, _("Deje una.")))
        days.add(step.day)
    return errors
