"""The 5-minute samples of ports as rating takes them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable


def packed_days(
    service_ids: Iterable[int], *, first: dt.date, after: dt.date
) -> dict[int, dict[str, dict[int, bytes]]]:
    """Return the packed days in [first, after) of these circuits: by service, by port, by day number; one read."""
    wanted = sorted(set(service_ids))
    found: dict[int, dict[str, dict[int, bytes]]] = {}
    if not wanted:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [wanted, first, after])
        for service_id, port, on, samples in cursor.fetchall():
            found.setdefault(service_id, {}).setdefault(port, {})[on.toordinal()] = bytes(samples)
    return found


def ports_of(service_ids: Iterable[int]) -> dict[int, str]:
    """Return the port each circuit is delivered on; one read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, port FROM contracts_service WHERE id = ANY(%s)", [sorted(set(service_ids))]
        )
        return dict(cursor.fetchall())


_SQL = """
SELECT service_id, port, "on", samples FROM contracts_trafficday
WHERE service_id = ANY(%s) AND "on" >= %s AND "on" < %s
"""
