"""The bandwidth of a circuit on each day, written anew from what is in force, in one transaction.

The rows follow from the first period and the changes in force (`rules.speeds`), so that a backdated or a
temporary change needs no case of its own. The database refuses a hole or an overlap whoever writes.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import F
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import BandwidthPeriod, Service, SpeedChange
from mayorista.apps.procedure import constraints
from mayorista.rules import lapaz, speeds
from mayorista.rules.errors import Conflict, FieldError

_REFUSED = {
    name: FieldError("effective_date", text, "Revise la fecha del cambio.")
    for name, text in {
        "bandwidth_no_overlap": "Dos velocidades se solapan ese día.",
        "bandwidth_no_hole": "Quedaría un día sin velocidad.",
        "bandwidth_one_per_start": "Dos velocidades empiezan el mismo día.",
    }.items()
}


def begin(*, service: Service, starts_date: dt.date, kbps: int, at: dt.datetime) -> BandwidthPeriod:
    """Write the first period of a circuit: what its contract begins with."""
    return BandwidthPeriod.objects.create(
        service=service, starts_date=starts_date, kbps=kbps, first=True, recorded_at=at
    )


def rebuild(*, service_id: int, at: dt.datetime) -> None:
    """Write the timeline of a circuit as its changes in force make it, and the capacity it has today.

    The circuit is locked, so that two changes coming into force queue. Raises Invalid for a change on or before
    the first day, Conflict for a circuit without a first period.
    """
    service = Service.objects.select_for_update().get(pk=service_id)
    rows = list(BandwidthPeriod.objects.filter(service=service).order_by("starts_date"))
    first = next((row for row in rows if row.first), None)
    if first is None:
        raise Conflict(
            _("%(code)s no tiene velocidad inicial registrada.") % {"code": service.circuit_code},
            remedy=_(
                "Vincule el servicio a su contrato con la velocidad y el día en que empieza a facturar."
            ),
        )
    wanted = speeds.timeline(
        first.starts_date, first.kbps, changes_in_force(service_id), end=service.ended_date
    )
    kept = _same(rows, wanted)
    BandwidthPeriod.objects.filter(pk__in=[row.pk for row in rows[kept:]]).delete()
    with constraints.in_words(_REFUSED):
        BandwidthPeriod.objects.bulk_create(
            BandwidthPeriod(
                service=service,
                starts_date=period.start,
                ends_date=period.end,
                kbps=period.kbps,
                first=place == 0,
                follows_end=period.start if place else None,
                change_id=period.change,
                recorded_at=first.recorded_at if place == 0 else at,
            )
            for place, period in enumerate(wanted[kept:], start=kept)
        )
    show_capacity(service_id=service_id, on=lapaz.local(at).date())


def changes_in_force(service_id: int) -> list[speeds.Change]:
    """Return what changed the speed of a circuit, each temporary one with the change that brings the former back."""
    rows = SpeedChange.objects.filter(service_id=service_id, state=SpeedChange.State.IN_FORCE, returns=None)
    back = dict(
        SpeedChange.objects.filter(service_id=service_id, returns__isnull=False)
        .exclude(state=SpeedChange.State.CANCELLED)
        .values_list("returns_id", "pk")
    )
    return [
        speeds.Change(
            row.pk, row.effective_date, row.to_kbps, row.in_force_at, row.temporary_until, back.get(row.pk)
        )
        for row in rows
        if row.effective_date and row.in_force_at
    ]


def speed_on(service: Service, day: dt.date) -> int:
    """Return the speed of a circuit on a day: of its timeline, else what it runs at."""
    found = (
        BandwidthPeriod.objects.filter(service=service, starts_date__lte=day)
        .exclude(ends_date__lte=day)
        .values_list("kbps", flat=True)
        .first()
    )
    return service.capacity_kbps if found is None else found


def lasting_on(service: Service, day: dt.date) -> int:
    """Return the speed of a circuit on a day without the temporary ones that lie over it."""
    first = BandwidthPeriod.objects.filter(service=service, first=True).first()
    if first is None or day < first.starts_date:
        return service.capacity_kbps
    return speeds.on(day, first.kbps, [each for each in changes_in_force(service.pk) if each.end is None])


def show_capacity(*, service_id: int, on: dt.date) -> None:
    """Write the speed of the day as the capacity of the circuit, where it differs."""
    now = (
        BandwidthPeriod.objects.filter(service_id=service_id, starts_date__lte=on)
        .exclude(ends_date__lte=on)
        .values_list("kbps", flat=True)
        .first()
    )
    if now is not None:
        Service.objects.filter(pk=service_id).exclude(capacity_kbps=now).update(
            capacity_kbps=now, version=F("version") + 1
        )


def _same(rows: list[BandwidthPeriod], wanted: list[speeds.Period]) -> int:
    """How many rows from the start on are already as wanted."""
    for place, (row, period) in enumerate(zip(rows, wanted, strict=False)):
        if (row.starts_date, row.ends_date, row.kbps, row.change_id) != (
            period.start,
            period.end,
            period.kbps,
            period.change,
        ):
            return place
    return min(len(rows), len(wanted))
