"""The alarm as a value, whatever the system it comes from (ITU-T X.733, X.733 severities)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


class Severity(StrEnum):
    """Perceived severity (X.733 8.1.2.3), worst first."""

    CRITICAL = "CRITICAL"
    MAJOR = "MAJOR"
    MINOR = "MINOR"
    WARNING = "WARNING"
    INDETERMINATE = "INDETERMINATE"
    CLEARED = "CLEARED"


SEVERITY_TITLES: dict[Severity, str] = {
    Severity.CRITICAL: "crítica",
    Severity.MAJOR: "mayor",
    Severity.MINOR: "menor",
    Severity.WARNING: "advertencia",
    Severity.INDETERMINATE: "indeterminada",
    Severity.CLEARED: "despejada",
}

_RANK: dict[str, int] = {severity: rank for rank, severity in enumerate(Severity)}

# What sources write in their severity label, in X.733 terms. A source's own map goes before it.
SEVERITY_WORDS: dict[str, Severity] = {
    "critical": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "disaster": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "major": Severity.MAJOR,
    "error": Severity.MAJOR,
    "high": Severity.MAJOR,
    "minor": Severity.MINOR,
    "average": Severity.MINOR,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "info": Severity.INDETERMINATE,
    "information": Severity.INDETERMINATE,
    "none": Severity.INDETERMINATE,
    "indeterminate": Severity.INDETERMINATE,
    "ok": Severity.CLEARED,
    "cleared": Severity.CLEARED,
}


def severity_of(word: str, own: Mapping[str, str] | None = None) -> Severity:
    """The X.733 severity of a source's word; `own` is the source's map (word → severity).

    A word nobody knows, or none, is INDETERMINATE: the alarm is shown and opens nothing.
    """
    key = word.strip().lower()
    if own and key in own:
        return Severity(own[key])
    return SEVERITY_WORDS.get(key, Severity.INDETERMINATE)


def reaches(severity: str, threshold: str) -> bool:
    """Whether an alarm of this severity opens an outage under this threshold (G-42)."""
    return _RANK[severity] <= _RANK[threshold]


@dataclass(slots=True)
class Alarm:
    """One report about one alarm: that it fires since `starts_at`, or that it ended at `ends_at`.

    The key of the alarm is its fingerprint, that of the occurrence its `starts_at`: never the order
    in which reports come. Times are UTC. Not frozen: twenty thousand are made for one post.
    """

    fingerprint: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    labels: dict[str, str]
    annotations: dict[str, str]
    severity: Severity
    link: str = ""

    @property
    def firing(self) -> bool:
        """Whether this report says that the alarm goes on."""
        return self.ends_at is None


@dataclass(frozen=True, slots=True)
class Rejected:
    """One alarm of a post that could not be understood: its place, why, and what it said."""

    position: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Report:
    """What one post said: alarms understood and rejected, and how many the sender cut off."""

    alarms: tuple[Alarm, ...]
    rejected: tuple[Rejected, ...] = ()
    truncated: int = 0
