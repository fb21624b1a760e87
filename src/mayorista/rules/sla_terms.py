"""The SLA that holds when a contract is silent ("SLA por defecto"): published wholesale practice.

Source: the clocks of the D.A.C. form (repair 4 h, 8 h and 48 h by severity). The figures are seed
data: an administrator may write another profile marked as fallback, and that one goes before.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

FALLBACK_CODE = "POR-DEFECTO"
FALLBACK_NAME = "SLA por defecto"
FALLBACK_AVAILABILITY = Decimal("99.5")
SEVERITIES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Target:
    """Minutes to respond and to repair for one severity (1 total, 2 degradación, 3 menor)."""

    severity: int
    response_minutes: int
    repair_minutes: int


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

    def target(self, severity: int) -> Target:
        """Return the target of a severity; a profile that is silent on it takes the fallback's."""
        return self.targets.get(severity) or FALLBACK_TARGETS[severity]


FALLBACK = Terms(
    source=FALLBACK_NAME,
    profile_id=None,
    is_default=True,
    availability=FALLBACK_AVAILABILITY,
    clock_start="FIRST",
    ignore_below_seconds=0,
    rounding="EXACT",
    excluded_causes=frozenset(),
    targets=FALLBACK_TARGETS,
)
