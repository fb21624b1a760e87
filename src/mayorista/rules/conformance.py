"""Where a case left the written path: steps passed over, steps out of order, and acts that the procedure only tolerates.

Source: the table of steps (rules.procedure, II.A) and the exits filled in by G-13, G-15, G-42, G-46. A departure is not
a fault by itself: it is named with who, when and why, so that supervision can look at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mayorista.rules.procedure import Attribution


class Departure(StrEnum):
    """How the path was left."""

    SKIPPED = "SKIPPED"
    DISORDER = "DISORDER"
    RECLASSIFIED = "RECLASSIFIED"
    DISPUTED = "DISPUTED"
    REOPENED = "REOPENED"
    SELF_CLEARED = "SELF_CLEARED"
    SILENT = "SILENT"
    VOID = "VOID"
    UNDONE = "UNDONE"
    DEFERRED = "DEFERRED"
    WAIVED = "WAIVED"
    ADJUSTED = "ADJUSTED"


TITLES = {
    Departure.SKIPPED: "Paso omitido",
    Departure.DISORDER: "Paso fuera de orden",
    Departure.RECLASSIFIED: "Reclasificado",
    Departure.DISPUTED: "Atribución objetada",
    Departure.REOPENED: "Reabierto",
    Departure.SELF_CLEARED: "Cerrado sin D.A.C. (se restableció solo)",
    Departure.SILENT: "Cerrado sin respuesta del cliente",
    Departure.VOID: "Anulado",
    Departure.UNDONE: "Aviso deshecho",
    Departure.DEFERRED: "Mes coordinado con un cambio diferido",
    Departure.WAIVED: "Adenda dispensada",
    Departure.ADJUSTED: "Ajuste manual aprobado",
}
OF_ACT = {
    "DISPUTE": Departure.DISPUTED,
    "REOPEN": Departure.REOPENED,
    "CLOSE_SELF_CLEARED": Departure.SELF_CLEARED,
    "CLOSE_SILENT": Departure.SILENT,
    "VOID_CASE": Departure.VOID,
    "UNDO_NOTICE": Departure.UNDONE,
    "APPROVE_MONTH": Departure.DEFERRED,
    "WAIVE_ADDENDUM": Departure.WAIVED,
    "APPROVE_ADJUSTMENT": Departure.ADJUSTED,
}
"""The acts of the journal that are departures by themselves."""
ORDER = ("A.1", "A.3", "A.5", "A.6", "A.7")
"""Each begins after the one before; the protocols of A.2 are asked of every path, before the closing only."""
REQUIRED = {
    Attribution.CUSTOMER: ("A.1", "A.2", "A.3", "A.4"),
    Attribution.EXTERNAL: ("A.1", "A.2", "A.3", "A.5", "A.6", "A.7"),
    Attribution.INTERNAL: ("A.1", "A.2", "A.3", "A.5", "A.6", "A.7"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A departure at a step."""

    departure: Departure
    step: str


def of_path(first_steps: Sequence[str], attribution: str, *, ended: bool) -> tuple[Found, ...]:
    """Return what is passed over or out of order.

    `first_steps`: the steps in the order in which each was first done. A step is passed over only once the fault ended
    by its own path; a fault without attribution has none.
    """
    found = []
    seen = [step for step in first_steps if step in ORDER]
    for place, step in enumerate(seen):
        if any(ORDER.index(before) > ORDER.index(step) for before in seen[:place]):
            found.append(Found(Departure.DISORDER, step))
    if ended and attribution in set(Attribution):
        done = set(first_steps)
        found += [
            Found(Departure.SKIPPED, step) for step in REQUIRED[Attribution(attribution)] if step not in done
        ]
    return tuple(found)
