"""What an alarm does to a service, as the correlator hands it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.rules.alarms import outages


@dataclass(frozen=True, slots=True)
class Blow:
    """An occurrence hits a service: how hard, from when to when, and through which element if named."""

    occurrence_id: int
    service_id: int
    name: str
    effect: outages.Effect
    severity: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    detected_at: dt.datetime
    element: int | None = None
    overran: int | None = None
