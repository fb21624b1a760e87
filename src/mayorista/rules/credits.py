"""Ladders of SLA credits (R11, R17): what an outage is worth, exact and with its sentence.

The ladders read in carriers' contracts: bands of availability (TELUS 10/20/30/40 %), proportional to the
minutes with a multiplier or over an allowance, whole hours only, steps by duration (NTT: under 1 h 1/90 of the
month, from 1 h 1/30, from 12 h 1/10, from 24 h 1/5, from 72 h all). A credit is a proposal, one per service
and month by the best single rule, never more than the fee of the month (G-32).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mayorista.rules import formats, money
from mayorista.rules.errors import Conflict, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = 60


class Found(NamedTuple):
    """A credit as a share of the base before the cap, and how it was found."""

    share: Fraction
    how: str


class Computed(NamedTuple):
    """A credit: exact, in cents of the currency; whether the cap cut it; the sentence."""

    exact: Fraction
    capped: bool
    how: str


class Ladder(Protocol):
    """A rule of a contract."""

    def share(self, minutes: Fraction, outage: Fraction) -> Found:
        """Return what share of the fee `outage` minutes of `minutes` earn."""


@dataclass(frozen=True, slots=True)
class Band:
    """Availability strictly below `below` percent earns `credit_pct` percent."""

    below: Decimal
    credit_pct: Decimal

    def __post_init__(self) -> None:
        _percent(self.below, "below")
        _not_negative(self.credit_pct, "credit_pct")


@dataclass(frozen=True, slots=True)
class PercentBands:
    """The largest credit of the bands that the availability falls below. It is compared exactly."""

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        if not self.bands:
            raise Invalid("No hay bandas de disponibilidad.", field="bands", remedy="Agregue al menos una.")
        if len({band.below for band in self.bands}) < len(self.bands):
            raise Invalid("Dos bandas empiezan en el mismo porcentaje.", field="bands", remedy="Deje una.")

    def share(self, minutes: Fraction, outage: Fraction) -> Found:
        """Return the largest credit earned."""
        available = max(minutes - outage, Fraction(0)) / minutes * 100
        pct = max(
            (band.credit_pct for band in self.bands if available < Fraction(band.below)), default=Decimal(0)
        )
        return Found(
            Fraction(pct) / 100, f"disponibilidad {_truncated(available, 4)} % → {formats.shortest(pct)} %"
        )


@dataclass(frozen=True, slots=True)
class ProRata:
    """Fee × outage / minutes × multiplier; only what exceeds `allowance_minutes`, where there is one."""

    multiplier: Decimal = Decimal(1)
    allowance_minutes: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        _not_negative(self.multiplier, "multiplier")
        _not_negative(self.allowance_minutes, "allowance_minutes")

    def share(self, minutes: Fraction, outage: Fraction) -> Found:
        """Return the proportional share."""
        counted = max(outage - Fraction(self.allowance_minutes), Fraction(0))
        times = "" if self.multiplier == 1 else f" × {formats.shortest(self.multiplier)}"
        less = (
            f" sobre {formats.shortest(self.allowance_minutes)} tolerados" if self.allowance_minutes else ""
        )
        return Found(
            counted / minutes * Fraction(self.multiplier),
            f"{_minutes(counted)}{less} / {_minutes(minutes)}{times}",
        )


@dataclass(frozen=True, slots=True)
class PerFullHour:
    """So many percent for each whole hour; what is left of an hour earns nothing."""

    pct_per_hour: Decimal

    def __post_init__(self) -> None:
        _not_negative(self.pct_per_hour, "pct_per_hour")

    def share(self, minutes: Fraction, outage: Fraction) -> Found:  # noqa: ARG002 - the shape of every ladder
        """Return the share of the whole hours."""
        hours = outage // HOUR
        return Found(
            hours * Fraction(self.pct_per_hour) / 100,
            f"{hours} h completas × {formats.shortest(self.pct_per_hour)} %",
        )


@dataclass(frozen=True, slots=True)
class DurationStep:
    """From this many minutes on, inclusive, a fraction of the month's fee."""

    from_minutes: Decimal
    fraction: Fraction

    def __post_init__(self) -> None:
        _not_negative(self.from_minutes, "from_minutes")
        if self.fraction < 0:
            raise Invalid("No puede ser negativa.", field="fraction", remedy="Revise la cifra.")


@dataclass(frozen=True, slots=True)
class DurationLadder:
    """A step by the length of the outage: the highest step reached counts alone."""

    steps: tuple[DurationStep, ...]

    def __post_init__(self) -> None:
        starts = [step.from_minutes for step in self.steps]
        if not starts:
            raise Invalid("No hay escalones.", field="steps", remedy="Agregue al menos uno.")
        if sorted(set(starts)) != starts:
            raise Invalid(
                "Los escalones no van de menor a mayor.", field="steps", remedy="Ordénelos, sin repetir."
            )

    def share(self, minutes: Fraction, outage: Fraction) -> Found:  # noqa: ARG002 - the shape of every ladder
        """Return the fraction of the step reached."""
        reached = [step for step in self.steps if outage > 0 and outage >= Fraction(step.from_minutes)]
        fraction = reached[-1].fraction if reached else Fraction(0)
        return Found(fraction, f"corte de {_minutes(outage)} → {fraction} de la cuota")


@dataclass(frozen=True, slots=True)
class BestOf:
    """The best single rule for the customer: rules do not add up."""

    rules: tuple[Ladder, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise Invalid("No hay reglas.", field="rules", remedy="Agregue al menos una.")

    def share(self, minutes: Fraction, outage: Fraction) -> Found:
        """Return the largest share; of equals, the first rule's."""
        return max((rule.share(minutes, outage) for rule in self.rules), key=lambda found: found.share)


def compute(ladder: Ladder, *, base_cents: int, minutes: Fraction, outage: Fraction) -> Computed:
    """Return the credit on a base, at most the base. `minutes` are those of the billed days less the suspended."""
    if minutes <= 0 or outage <= 0 or base_cents <= 0:
        return Computed(Fraction(0), capped=False, how="sin minutos o sin cuota que acreditar")
    found = ladder.share(minutes, outage)
    capped = found.share > 1
    how = f"{found.how}; tope: 100 % de la cuota" if capped else found.how
    return Computed(Fraction(base_cents, money.CENT) * min(found.share, Fraction(1)), capped=capped, how=how)


class Treatment(StrEnum):
    """How a commercial credit lowers price and IVA (R23): once, one way."""

    DISCOUNT = "DISCOUNT"
    NOTE = "NOTE"


def treat_once(done: Sequence[Treatment], wanted: Treatment) -> Treatment:
    """Return the treatment a credit may have. Raises Conflict when it was already applied (R23)."""
    if done:
        way = "como descuento" if done[0] is Treatment.DISCOUNT else "por nota sobre la factura original"
        raise Conflict(f"El crédito ya se aplicó {way}.", remedy="Un crédito baja precio e IVA una sola vez.")
    return wanted


def _minutes(value: Fraction) -> str:
    return f"{_truncated(value, 2)} min"


def _truncated(value: Fraction, places: int) -> str:
    """A number cut, never rounded up across a threshold, with the decimals it has."""
    return formats.shortest(Decimal(value.numerator * 10**places // value.denominator).scaleb(-places))


def _percent(value: Decimal, field: str) -> None:
    _not_negative(value, field)
    if value > 100:
        raise Invalid(f"{value} es más de 100 %.", field=field, remedy="Revise la cifra.")


def _not_negative(value: Decimal, field: str) -> None:
    money.scaled(value, money.PRICE_PLACES, field=field)
    if value < 0:
        raise Invalid(f"No puede ser negativo ({value}).", field=field, remedy="Revise la cifra.")
