"""Effect of an alarm on a circuit, restoration, and what cleared itself (G-18, G-42)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from mayorista.rules.alarms.values import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SELF_CLEARED_WITHIN = dt.timedelta(minutes=5)
INTERMITTENT_WITHIN = dt.timedelta(minutes=15)
INTERMITTENT_FROM = 3


class Effect(StrEnum):
    """What a circuit suffers, worst first."""

    TOTAL = "TOTAL"
    PARTIAL = "PARTIAL"
    INTERMITTENT = "INTERMITTENT"


_SAID: dict[str, Effect] = {
    "total": Effect.TOTAL,
    "partial": Effect.PARTIAL,
    "parcial": Effect.PARTIAL,
    "degradation": Effect.PARTIAL,
    "degradacion": Effect.PARTIAL,
    "degradación": Effect.PARTIAL,
    "intermittent": Effect.INTERMITTENT,
    "intermitente": Effect.INTERMITTENT,
    "intermitencia": Effect.INTERMITTENT,
}
_FLAP_WORDS = ("flap", "intermit", "inestab")
_PARTIAL_WORDS = (
    "degrad",
    "loss",
    "perdida",
    "latency",
    "latencia",
    "error",
    "congest",
    "satura",
    "slow",
    "util",
)


def effect_of(labels: Mapping[str, str], severity: Severity) -> Effect:
    """What an alarm does to the circuit it names.

    A label `effect` (or `efecto`) decides when the source says it; else the alarm's name; else its
    severity: critical is a total outage, anything less a partial one (X.733: major is degradation).
    """
    said = _SAID.get((labels.get("effect") or labels.get("efecto") or "").strip().lower())
    if said is not None:
        return said
    name = labels.get("alertname", "").lower()
    if any(word in name for word in _FLAP_WORDS):
        return Effect.INTERMITTENT
    if severity is not Severity.CRITICAL or any(word in name for word in _PARTIAL_WORDS):
        return Effect.PARTIAL
    return Effect.TOTAL


def fault_severity(effect: Effect, severity: Severity) -> int:
    """The severity of a fault: 1 total outage, 2 degradation, 3 minor (D.A.C. field 4)."""
    if effect is Effect.TOTAL:
        return 1
    return 2 if severity in {Severity.CRITICAL, Severity.MAJOR} else 3


def ridden(effect: Effect, *, primary: bool) -> Effect:
    """What a circuit suffers when what it rides on fails: with a way left, it is only partial."""
    return effect if primary or effect is not Effect.TOTAL else Effect.PARTIAL


def worst(effects: Iterable[Effect]) -> Effect:
    """The worst of some effects."""
    return min(effects, key=list(Effect).index)


def is_intermittent(periods: Iterable[tuple[dt.datetime, dt.datetime | None]]) -> bool:
    """Whether (start, end) periods of an outage show flapping: three separate cuts begin within 15 minutes."""
    begins: list[dt.datetime] = []
    covered: dt.datetime | None = None
    for start, end in sorted(periods, key=lambda period: period[0]):
        if covered is None or start > covered:
            begins.append(start)
            covered = start
        if end is None:
            break
        covered = max(covered, end)
    return any(
        later - earlier <= INTERMITTENT_WITHIN
        for earlier, later in zip(begins, begins[INTERMITTENT_FROM - 1 :], strict=False)
    )


def restored_at(ends: Iterable[dt.datetime | None]) -> dt.datetime | None:
    """When an outage seems over: the last end of its intervals, or None while one is open."""
    known = list(ends)
    if not known or any(end is None for end in known):
        return None
    return max(end for end in known if end is not None)


def cleared_itself(
    *,
    started_at: dt.datetime,
    restored_at: dt.datetime | None,
    claimed: bool,
    within: dt.timedelta = SELF_CLEARED_WITHIN,
) -> bool:
    """Whether an outage may be closed in one act as N-SIN: over within five minutes and nobody claimed."""
    return restored_at is not None and not claimed and restored_at - started_at <= within
