"""Which contracts a group bills in a month."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mayorista.apps.billing.models import GroupContract

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
