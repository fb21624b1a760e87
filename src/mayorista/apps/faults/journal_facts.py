"""What a journal line says of circuits, so that a case can be told again from its journal alone (rules.indicators.retelling)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mayorista.apps.faults.models import Outage, OutageInterval


def of_outage(outage: Outage) -> dict[str, Any]:
    """What the contract gives an outage, and since when it lasts."""
    return {
        "since": outage.started_at.isoformat(),
        "repair": outage.repair_minutes,
        "sla": outage.sla_source,
    }


def circuits(outage_ids: Iterable[int]) -> dict[str, dict[str, Any]]:
    """Return by circuit what the records say of these outages now, with every stretch; two reads."""
    ids = list(outage_ids)
    down: dict[int, list[list[str | None]]] = {}
    rows = OutageInterval.objects.filter(outage_id__in=ids).order_by("starts_at", "id")
    for outage_id, start, end in rows.values_list("outage_id", "starts_at", "ends_at"):
        down.setdefault(outage_id, []).append([start.isoformat(), end.isoformat() if end else None])
    outages = Outage.objects.filter(id__in=ids).select_related("service")
    return {
        each.service.circuit_code: {
            **of_outage(each),
            "down": down.get(each.pk, []),
            "restored_at": each.restored_at.isoformat() if each.restored_at else None,
        }
        for each in outages
    }
