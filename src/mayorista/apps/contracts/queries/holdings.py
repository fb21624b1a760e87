"""Who holds a circuit on which days (G-48)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from mayorista.apps.contracts.models import Service, ServiceHolding
from mayorista.apps.procedure import queries as procedure
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Act


class Held(NamedTuple):
    """A circuit under one contract, on the days [starts, ends) of a month. Without contract: `contract_id` None."""

    service_id: int
    contract_id: int | None
    starts: dt.date
    ends: dt.date


def agreed_anew(since: dt.datetime) -> set[int] | None:
    """Return the circuits whose SLA or whose contract's clauses were written since an instant; None: it may be any.

    A profile that was written may be every circuit's. Four reads.
    """
    acts = [Act.EDIT_AGREEMENTS, Act.EDIT_SERVICES]
    homes = procedure.dossiers_acted_on(since=since, kinds=("CONTRACT", "SERVICE", "STANDING"), acts=acts)
    profiles = procedure.dossier_by_number("FIJO-SLA_PROFILES")
    if profiles is not None and profiles.pk in homes:
        return None
    held = ServiceHolding.objects.filter(contract__dossier_id__in=homes).values_list("service_id", flat=True)
    return set(held) | set(Service.objects.filter(dossier_id__in=homes).values_list("id", flat=True))


def held_in(service_ids: Iterable[int], *, month: Month) -> list[Held]:
    """Return by which contract each circuit was held in a month, in order of days; two reads.

    A circuit that no contract holds stands there with the days it was in service.
    """
    first, after = dt.date.fromordinal(month.first), dt.date.fromordinal(month.after)
    wanted = set(service_ids)
    rows = ServiceHolding.objects.filter(service_id__in=wanted, starts_date__lt=after)
    found = [
        Held(row.service_id, row.contract_id, max(row.starts_date, first), min(row.ends_date or after, after))
        for row in rows.order_by("service_id", "starts_date")
        if row.ends_date is None or row.ends_date > first
    ]
    held = {each.service_id for each in found}
    bare = Service.objects.filter(id__in=wanted - held).order_by("id")
    found += [
        Held(row.pk, None, max(row.started_date or first, first), min(row.ended_date or after, after))
        for row in bare
    ]
    return [each for each in found if each.starts < each.ends]


def held_by_customer(*, month: Month) -> dict[int, set[tuple[int, int | None]]]:
    """Return what each customer held in a month as (circuit, contract); two reads.

    A circuit that no contract held counts for its own customer while it was in service (contract None).
    """
    first, after = dt.date.fromordinal(month.first), dt.date.fromordinal(month.after)
    found: dict[int, set[tuple[int, int | None]]] = {}
    rows = ServiceHolding.objects.filter(starts_date__lt=after).exclude(ends_date__lte=first)
    held = set()
    for service_id, contract_id, customer_id in rows.values_list(
        "service_id", "contract_id", "contract__customer_id"
    ):
        held.add(service_id)
        found.setdefault(customer_id, set()).add((service_id, contract_id))
    bare = (
        Service.objects.exclude(id__in=held).exclude(started_date__gte=after).exclude(ended_date__lte=first)
    )
    for service_id, customer_id in bare.values_list("id", "customer_id"):
        found.setdefault(customer_id, set()).add((service_id, None))
    return found
