"""What "solucionado eficientemente" asks (G-01): named yes/no criteria with limits, as one dated set.

A set is data: it is written, simulated on past months, approved, and rules the months from a date on. What it says
of a past month is kept with that month's snapshot, so that a later set changes nothing that was reported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mayorista.rules.errors import Invalid
from mayorista.rules.indicators.fraction import THRESHOLD

SEVERITIES = (1, 2, 3)
CLASSES = ("EXTERNAL", "INTERNAL", "CUSTOMER")
MOST_MINUTES = 60 * 24 * 366
_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,2})?", re.ASCII)


class Criterion(StrEnum):
    """A yes/no about one case, in the order in which they are shown."""

    RESTORED = "RESTORED"
    OPENING = "OPENING"
    CLOSING = "CLOSING"
    TOLD = "TOLD"
    LASTED = "LASTED"
    COMPLETE = "COMPLETE"
    THREAD = "THREAD"


TITLES = {
    Criterion.RESTORED: "Restablecido dentro del tiempo de reparación",
    Criterion.OPENING: "D.A.C. de apertura a tiempo",
    Criterion.CLOSING: "D.A.C. de cierre a tiempo",
    Criterion.TOLD: "Cliente informado de la solución a tiempo",
    Criterion.LASTED: "Sin reapertura por la misma causa",
    Criterion.COMPLETE: "Registro completo",
    Criterion.THREAD: "Conversación de WhatsApp con el cliente",
}
OF_CLASS = {
    "EXTERNAL": frozenset(Criterion) - {Criterion.THREAD},
    "INTERNAL": frozenset(Criterion) - {Criterion.THREAD},
    "CUSTOMER": frozenset({Criterion.RESTORED, Criterion.LASTED, Criterion.COMPLETE, Criterion.THREAD}),
}
"""Which criteria apply to which class of cause; a case without class is measured by those of INTERNAL."""
BY_SEVERITY = (Criterion.OPENING, Criterion.CLOSING, Criterion.TOLD)
"""Criteria whose limit is minutes by severity."""

SAME_LIMIT = {
    Criterion.OPENING: "dac.opening_minutes",
    Criterion.CLOSING: "dac.closing_minutes",
    Criterion.TOLD: "notice.solution_minutes",
    Criterion.LASTED: "reopen.same_cause_hours",
}
"""The dated parameter by which the work is timed, for each criterion that measures the same limit afterwards."""


@dataclass(frozen=True, slots=True)
class CriteriaSet:
    """A whole set.

    `on`: the criteria that count. `minutes`: by criterion and severity, for those of `BY_SEVERITY`. `repair_minutes`:
    by class of cause and severity, where it goes before the contract's own time (empty: the contract rules).
    `lasted_hours`: how long a repair must hold. `threshold`: percent from which a month is accepted.
    """

    on: frozenset[Criterion]
    minutes: Mapping[Criterion, Mapping[int, int]]
    lasted_hours: int
    threshold: Decimal = THRESHOLD
    repair_minutes: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    def without(self, criterion: Criterion) -> CriteriaSet:
        """The same with one criterion switched off: what it costs, in a simulation."""
        return replace(self, on=self.on - {criterion})


FIRST_SET = CriteriaSet(
    on=frozenset(Criterion),
    minutes={
        Criterion.OPENING: {1: 15, 2: 30, 3: 120},
        Criterion.CLOSING: {1: 30, 2: 60, 3: 240},
        Criterion.TOLD: {1: 30, 2: 60, 3: 240},
    },
    lasted_hours=24,
)
"""G-01 with the clocks table of the D.A.C.: the set of revision 0."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A limit that the set and the procedure's parameter give differently. `severity` 0 where it has none; `unit` min or h."""

    criterion: Criterion
    parameter: str
    severity: int
    measured: int
    timed: int
    unit: str

    @property
    def words(self) -> str:
        """The contradiction as a sentence."""
        which = f" (severidad {self.severity})" if self.severity else ""
        return (
            f"{TITLES[self.criterion]}{which}: el criterio mide con {self.measured} {self.unit} y el parámetro "
            f"{self.parameter} da {self.timed} {self.unit}."
        )


def contradictions(criteria: CriteriaSet, parameters: Mapping[str, Any]) -> tuple[Contradiction, ...]:
    """Return where a set measures by another limit than the work is timed by, of the parameters given."""
    found = []
    for criterion, name in SAME_LIMIT.items():
        if criterion not in criteria.on or name not in parameters:
            continue
        if criterion is Criterion.LASTED:
            pairs = [(0, criteria.lasted_hours, parameters[name], "h")]
        else:
            pairs = [
                (severity, criteria.minutes[criterion][severity], parameters[name][str(severity)], "min")
                for severity in SEVERITIES
            ]
        found += [
            Contradiction(criterion, name, severity, measured, timed, unit)
            for severity, measured, timed, unit in pairs
            if measured != timed
        ]
    return tuple(found)


def read(content: Mapping[str, Any]) -> CriteriaSet:
    """Return the set that `written` wrote. Raises Invalid naming the field: unknown, without limit, contradictory."""
    unknown = sorted(set(content) - {"on", "minutes", "lasted_hours", "threshold", "repair_minutes"})
    if unknown:
        raise Invalid(f"Campo desconocido: {unknown[0]}.", field=unknown[0])
    on = _criteria(content.get("on"))
    if not on:
        raise Invalid("Ningún criterio está activo: todo caso sería eficiente.", field="on")
    minutes = content.get("minutes") or {}
    limits = {
        each: _limits(minutes.get(each.value), f"minutes.{each.value}") for each in BY_SEVERITY if each in on
    }
    strange = sorted(set(minutes) - {each.value for each in BY_SEVERITY})
    if strange:
        raise Invalid(f"«{strange[0]}» no lleva minutos.", field=f"minutes.{strange[0]}")
    hours = _whole(content.get("lasted_hours"))
    if Criterion.LASTED in on and not 0 < hours <= MOST_MINUTES // 60:
        raise Invalid(
            f"Las horas que debe durar una solución son un entero de 1 a {MOST_MINUTES // 60}.",
            field="lasted_hours",
        )
    repair = content.get("repair_minutes") or {}
    for cause_class in repair:
        if cause_class not in CLASSES:
            raise Invalid(f"Clase de causa desconocida: {cause_class}.", field="repair_minutes")
    return CriteriaSet(
        on=on,
        minutes=limits,
        lasted_hours=max(hours, 0),
        threshold=_threshold(content.get("threshold", str(THRESHOLD))),
        repair_minutes={key: _limits(value, f"repair_minutes.{key}") for key, value in repair.items()},
    )


def written(criteria: CriteriaSet) -> dict[str, Any]:
    """Return the set as JSON that `read` takes: one set, one spelling."""
    return {
        "on": [each.value for each in Criterion if each in criteria.on],
        "minutes": {
            each.value: {str(severity): criteria.minutes[each][severity] for severity in SEVERITIES}
            for each in BY_SEVERITY
            if each in criteria.minutes
        },
        "lasted_hours": criteria.lasted_hours,
        "threshold": f"{criteria.threshold.normalize():f}",
        "repair_minutes": {
            key: {str(severity): criteria.repair_minutes[key][severity] for severity in SEVERITIES}
            for key in CLASSES
            if key in criteria.repair_minutes
        },
    }


def _criteria(value: Any) -> frozenset[Criterion]:
    if not isinstance(value, list):
        raise Invalid("Falta la lista de criterios activos.", field="on")
    try:
        return frozenset(Criterion(each) for each in value)
    except ValueError:
        raise Invalid("Hay un criterio desconocido.", field="on") from None


def _limits(value: Any, name: str) -> dict[int, int]:
    """Minutes for each severity; the graver never longer than the lighter."""
    if not isinstance(value, Mapping) or {str(key) for key in value} != {str(each) for each in SEVERITIES}:
        raise Invalid("Falta el límite de alguna severidad (1, 2 y 3).", field=name)
    found = {int(key): _whole(minutes) for key, minutes in value.items()}
    for severity, minutes in sorted(found.items()):
        if not 0 < minutes <= MOST_MINUTES:
            raise Invalid(f"Los minutos de la severidad {severity} no son posibles.", field=name)
    if not found[1] <= found[2] <= found[3]:
        raise Invalid("Una severidad mayor no puede tener más tiempo que una menor.", field=name)
    return found


def _threshold(value: Any) -> Decimal:
    found = Decimal(str(value)) if _PERCENT.fullmatch(str(value)) else Decimal(-1)
    if not 0 < found <= 100:
        raise Invalid(
            "El umbral es un porcentaje mayor que 0 y hasta 100, con hasta dos decimales.", field="threshold"
        )
    return found


def _whole(value: Any) -> int:
    """The whole number, or -1 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
