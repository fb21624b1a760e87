"""Who holds a circuit on which days (G-48)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from mayorista.apps.contracts.models import Service, ServiceHolding
from mayorista.rules.periods import Month


class Held(NamedTuple):
    """A circuit under one contract, on the days [starts, ends) of a month. Without contract: `contract_id` None."""

    service_id: int
    contract_id: int | None
    starts: dt.date
    ends: dt.date


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
