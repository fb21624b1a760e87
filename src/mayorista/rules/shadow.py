"""Why two amounts for one month differ: the fewest known causes whose effects add up to the difference.

Each candidate says what the other side would come to if it had reckoned otherwise in one respect. A sum of at most
three that meets the difference within a cent for each line explains it; what no sum meets stays unexplained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import combinations

CENT = Decimal("0.01")
MOST_CAUSES = 3
MOST_CANDIDATES = 60
MOST_OTHERS = 2
BY_CHANCE = 9
"""The rank of what meets almost any difference: told alone, and only when nothing else meets it."""


class Cause(StrEnum):
    """What may stand behind a difference."""

    EQUAL = "EQUAL"
    ROUNDING = "ROUNDING"
    CIRCUIT = "CIRCUIT"
    PRORATION = "PRORATION"
    SPEED = "SPEED"
    PRICE = "PRICE"
    CREDIT = "CREDIT"
    CHARGE = "CHARGE"
    ADJUSTMENT = "ADJUSTMENT"
    MINIMUM = "MINIMUM"
    BURST = "BURST"
    RATE = "RATE"
    TAX = "TAX"
    ABSENT = "ABSENT"
    UNKNOWN = "UNKNOWN"


TITLES: dict[Cause, str] = {
    Cause.EQUAL: "igual",
    Cause.ROUNDING: "redondeo",
    Cause.CIRCUIT: "falta un circuito",
    Cause.PRORATION: "prorrateo",
    Cause.SPEED: "velocidad",
    Cause.PRICE: "precio",
    Cause.CREDIT: "crédito",
    Cause.CHARGE: "cargo único",
    Cause.ADJUSTMENT: "ajuste retroactivo",
    Cause.MINIMUM: "mínimo",
    Cause.BURST: "exceso",
    Cause.RATE: "tipo de cambio",
    Cause.TAX: "impuesto",
    Cause.ABSENT: "sin par",
    Cause.UNKNOWN: "sin causa hallada",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which the other side may have reckoned: its effect on our amount, and what it is in words.

    `group` names what excludes each other (a circuit is billed at one speed); `rank` is higher for what is likelier
    to meet any difference by chance.
    """

    cause: Cause
    delta: Decimal
    words: str
    group: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """The causes of a difference with their effects; `left` is what they do not explain.

    `others` are explanations as short as it that meet the difference too, the likeliest first.
    """

    causes: tuple[Candidate, ...]
    left: Decimal
    others: tuple[tuple[Candidate, ...], ...] = ()

    @property
    def cause(self) -> Cause:
        """The first cause."""
        return self.causes[0].cause if self.causes else Cause.UNKNOWN


def explain(ours: Decimal, theirs: Decimal, candidates: Sequence[Candidate], *, lines: int) -> Explanation:
    """Return why `theirs` differs from `ours`: the likeliest of the sums of fewest candidates that meet it."""
    wanted = theirs - ours
    slack = CENT * max(lines, 1)
    if not wanted:
        return Explanation((Candidate(Cause.EQUAL, Decimal(0), "Iguales al centavo."),), Decimal(0))
    if abs(wanted) <= slack:
        words = f"Redondeo: cada línea se redondea una vez al centavo ({max(lines, 1)} líneas)."
        return Explanation((Candidate(Cause.ROUNDING, wanted, words),), Decimal(0))
    useful = sorted(
        {
            (each.cause, each.delta, each.group): each for each in candidates if abs(each.delta) > slack
        }.values(),
        key=lambda each: each.rank,
    )[:MOST_CANDIDATES]
    for count in range(1, MOST_CAUSES + 1):
        found = [
            chosen
            for chosen in combinations(useful, count)
            if abs(sum(each.delta for each in chosen) - wanted) <= slack and _apart(chosen)
        ]
        if found:
            best, *others = sorted(found, key=lambda chosen: _likelihood(chosen, wanted))
            if all(each.rank < BY_CHANCE for each in best):
                others = [chosen for chosen in others if all(each.rank < BY_CHANCE for each in chosen)]
            left = wanted - sum((each.delta for each in best), Decimal(0))
            return Explanation(best, left, tuple(others[:MOST_OTHERS]))
    return Explanation((), wanted)


def _apart(chosen: Sequence[Candidate]) -> bool:
    groups = [each.group for each in chosen if each.group]
    return len(groups) == len(set(groups)) and (
        len(chosen) == 1 or all(each.rank < BY_CHANCE for each in chosen)
    )


def _likelihood(chosen: Sequence[Candidate], wanted: Decimal) -> tuple[int, Decimal]:
    return sum(each.rank for each in chosen), abs(sum(each.delta for each in chosen) - wanted)
