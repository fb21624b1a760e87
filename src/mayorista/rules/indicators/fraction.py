"""A quotient of the procedure: counted, never averaged; judged unrounded, shown truncated (R-K4, G-08)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from mayorista.rules.errors import Invalid

THRESHOLD = Decimal(90)
"""Percent from which a result is accepted (III.2); the value in force is a parameter."""


class Standing(StrEnum):
    """What the procedure calls a result."""

    ACCEPTED = "ACCEPTED"
    OBSERVED = "OBSERVED"
    NONE = "NONE"


STANDING_TITLES = {
    Standing.ACCEPTED: "aceptado",
    Standing.OBSERVED: "observado",
    Standing.NONE: "sin valor en el período",
}


@dataclass(frozen=True, slots=True)
class Quotient:
    """How many of how many. Raises Invalid unless 0 <= numerator <= denominator."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise Invalid(
                f"{self.numerator} de {self.denominator} no es una fracción posible.", field="numerator"
            )

    def __add__(self, other: Quotient) -> Quotient:
        """A longer period: cases are added, percentages are not averaged (G-06)."""
        return Quotient(self.numerator + other.numerator, self.denominator + other.denominator)

    @property
    def percent(self) -> Fraction | None:
        """The exact percentage; None for 0/0."""
        return Fraction(100 * self.numerator, self.denominator) if self.denominator else None

    @property
    def hundredths(self) -> int | None:
        """The percentage in hundredths of a point, truncated: 17/19 is 8947; None for 0/0."""
        return 10_000 * self.numerator // self.denominator if self.denominator else None

    def standing(self, threshold: Decimal = THRESHOLD) -> Standing:
        """Whether the unrounded percentage reaches the threshold; NONE for 0/0 (neither 0 nor 100)."""
        percent = self.percent
        if percent is None:
            return Standing.NONE
        return Standing.ACCEPTED if percent >= Fraction(threshold) else Standing.OBSERVED

    def shown(self, nothing: str) -> str:
        """Return "89,47 %", truncated so that 89,996 never shows as 90,00; `nothing` for 0/0."""
        hundredths = self.hundredths
        if hundredths is None:
            return nothing
        return f"{hundredths // 100},{hundredths % 100:02d} %"


NOTHING = Quotient(0, 0)


def combined(*results: Standing) -> Standing:
    """One light for several results: OBSERVED if any is, ACCEPTED if any is and none observed (G-05)."""
    if Standing.OBSERVED in results:
        return Standing.OBSERVED
    return Standing.ACCEPTED if Standing.ACCEPTED in results else Standing.NONE
