"""Which contracts a group bills in a month."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mayorista.apps.billing.models import GroupContract, Month

if TYPE_CHECKING:
    from collections.abc import Iterable


def members_of(group_ids: Iterable[int], month: dt.date) -> dict[int, list[int]]:
    """Return the contracts that each group bills in a month (its first day); one read."""
    found: dict[int, list[int]] = {}
    rows = (
        GroupContract.objects.filter(group_id__in=list(group_ids), starts_month__lte=month)
        .exclude(ends_month__lte=month)
        .order_by("group_id", "contract_id")
        .values_list("group_id", "contract_id")
    )
    for group_id, contract_id in rows:
        found.setdefault(group_id, []).append(contract_id)
    return found


def groups_of(contract_ids: Iterable[int]) -> dict[int, int]:
    """Return the group that invoices each contract now, or did last; one read."""
    rows = GroupContract.objects.filter(contract_id__in=set(contract_ids)).order_by(
        "contract_id", "-starts_month"
    )
    return dict(rows.distinct("contract_id").values_list("contract_id", "group_id"))


def open_months(group_ids: Iterable[int]) -> dict[int, int]:
    """Return the earliest month of each group that may still take a charge; a group without one is missing."""
    states = [Month.State.PENDING, Month.State.COORDINATED, Month.State.OBSERVED]
    rows = Month.objects.filter(group_id__in=set(group_ids), state__in=states).order_by("group_id", "month")
    return dict(rows.distinct("group_id").values_list("group_id", "id"))
