"""Which silences hold for which services: maintenance windows and suspensions (G-42, G-47)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Q

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.monitoring.models import MaintenanceTarget, MaintenanceWindow
from mayorista.rules.alarms.muting import Mute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable


def mutes_of(service_ids: Collection[int], *, since: dt.datetime, at: dt.datetime) -> dict[int, list[Mute]]:
    """The silences of each service that touch [since, at]; services without any are left out."""
    found: dict[int, list[Mute]] = defaultdict(list)
    for service_id, window in _windows(set(service_ids), since, at):
        found[service_id].append(window)
    for service_id, suspensions in contract_queries.suspensions_of(service_ids).items():
        found[service_id] += [
            Mute(service_id, starts_at, ends_at, suspension_id=suspension_id)
            for suspension_id, starts_at, ends_at in suspensions
            if starts_at <= at and (ends_at is None or ends_at >= since)
        ]
    return dict(found)


def _windows(service_ids: set[int], since: dt.datetime, at: dt.datetime) -> Iterable[tuple[int, Mute]]:
    windows = {
        window.pk: window
        for window in MaintenanceWindow.objects.filter(starts_at__lte=at, ends_at__gte=since).filter(
            Q(cancelled_at=None) | Q(cancelled_at__gte=since)
        )
    }
    for window_id, covered in services_covered(windows).items():
        window = windows[window_id]
        ends_at = min(window.ends_at, window.cancelled_at or window.ends_at)
        if ends_at <= window.starts_at:
            continue
        for service_id in covered & service_ids:
            yield service_id, Mute(service_id, window.starts_at, ends_at, maintenance_id=window_id)


def services_covered(window_ids: Iterable[int]) -> dict[int, set[int]]:
    """The services that each window covers, itself or through what they ride on."""
    covered: dict[int, set[int]] = {window_id: set() for window_id in window_ids}
    by_resource: dict[int, list[int]] = defaultdict(list)
    rows: Iterable[tuple[int, int | None, int | None]] = MaintenanceTarget.objects.filter(
        window_id__in=covered
    ).values_list("window_id", "service_id", "resource_id")
    for window_id, service_id, resource_id in rows:
        if service_id is not None:
            covered[window_id].add(service_id)
        elif resource_id is not None:
            by_resource[resource_id].append(window_id)
    for riding in contract_queries.services_riding(by_resource):
        for window_id in by_resource[riding.resource_id]:
            covered[window_id].add(riding.service_id)
    return covered
