"""The SLA that holds when a contract is silent ("SLA por defecto"): published wholesale practice.

Source: the clocks of the D.A.C. form (repair 4 h, 8 h and 48 h by severity). The repair times in
force are the dated parameter ``sla.repair_minutes``; these are its values of revision 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FALLBACK_NAME = "SLA por defecto"
FALLBACK_AVAILABILITY = Decimal("99.5")
SEVERITIES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Target:
    """Minutes to respond and to repair for one severity (1 total, 2 degradación, 3 menor)."""

    severity: int
    response_minutes: int
    repair_minutes: int

    @property
    def response_seconds(self) -> int:
        """The response time in seconds."""
        return 60 * self.response_minutes

    @property
    def repair_seconds(self) -> int:
        """The repair time in seconds."""
        return 60 * self.repair_minutes


FALLBACK_TARGETS: dict[int, Target] = {
    1: Target(1, 15, 4 * 60),
    2: Target(2, 30, 8 * 60),
    3: Target(3, 120, 48 * 60),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The SLA in force for a service on a day: where it comes from and its targets."""

    source: str
    profile_id: int | None
    is_default: bool
    availability: Decimal
    clock_start: str
    ignore_below_seconds: int
    rounding: str
    excluded_causes: frozenset[str]
    targets: dict[int, Target]
    maintenance_notice_hours: int = 0

    def target(self, severity: int) -> Target:
        """Return the target of a severity (1, 2 or 3)."""
        return self.targets[severity]


def fallback(repair_minutes: Mapping[str, int] | None = None) -> Terms:
    """Return "SLA por defecto" with the repair minutes in force, keyed by severity ("1", "2", "3")."""
    targets = {
        severity: Target(
            severity,
            min(default.response_minutes, (repair_minutes or {}).get(str(severity), default.repair_minutes)),
            (repair_minutes or {}).get(str(severity), default.repair_minutes),
        )
        for severity, default in FALLBACK_TARGETS.items()
    }
    return Terms(
        source=FALLBACK_NAME,
        profile_id=None,
        is_default=True,
        availability=FALLBACK_AVAILABILITY,
        clock_start="FIRST",
        ignore_below_seconds=0,
        rounding="EXACT",
        excluded_causes=frozenset(),
        targets=targets,
    )
