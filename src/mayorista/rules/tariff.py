"""Price models (R5) and the scope that chooses a tier (R20): the amount of a whole month, exact.

Amounts are integers in units of 10^-16 of the currency (`money.SCALE`), speeds whole bits per second.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from mayorista.rules import money
from mayorista.rules.errors import Invalid

_MBPS = 10**money.MBPS_PLACES


class Model(StrEnum):
    """How a month's amount follows from the speed."""

    FLAT = "flat"
    PER_MBPS = "per_mbps"
    VOLUME = "volume"
    GRADUATED = "graduated"
    COMMITTED_BURST = "committed_burst"


class TierScope(StrEnum):
    """Whose summed Mbps of the day choose the tier."""

    SERVICE = "service"
    CONTRACT = "contract"
    CUSTOMER = "customer"


class BurstRounding(StrEnum):
    """How the Mbps above the commit are billed."""

    EXACT = "exact"
    CEIL_MBPS = "ceil_mbps"


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to and including `up_to` Mbps (None: without end) each Mbps costs `unit_price` a month."""

    up_to: Decimal | None
    unit_price: Decimal
    up_to_bps: int | None = field(init=False, repr=False, compare=False)
    unit: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bps = None if self.up_to is None else speed_bps(self.up_to, field="up_to")
        if bps == 0:
            raise Invalid(
                "Un tramo no puede terminar en 0 Mbps.", field="up_to", remedy="Indique un límite mayor."
            )
        object.__setattr__(self, "up_to_bps", bps)
        object.__setattr__(self, "unit", _price(self.unit_price, "unit_price"))


@dataclass(frozen=True, slots=True)
class Price:
    """One dated version of a price; of the amounts, those of its model and no others.

    `approved_at` is None for a version known from the start; a later one is unknown before (R7).
    """

    effective: dt.date
    model: Model
    monthly_fee: Decimal | None = None
    unit_price: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    commit_price: Decimal | None = None
    burst_price: Decimal | None = None
    burst_rounding: BurstRounding = BurstRounding.EXACT
    tier_scope: TierScope = TierScope.SERVICE
    approved_at: dt.datetime | None = None
    day: int = field(init=False, repr=False, compare=False)
    unit: int = field(init=False, repr=False, compare=False)
    burst_unit: int = field(init=False, repr=False, compare=False)
    is_flat: bool = field(init=False, repr=False, compare=False)
    is_linear: bool = field(init=False, repr=False, compare=False)
    is_shared: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        unit = self._validated_unit()
        burst = _price(self.burst_price, "burst_price") if self.burst_price is not None else 0
        object.__setattr__(self, "day", self.effective.toordinal())
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "burst_unit", burst)
        object.__setattr__(self, "is_flat", self.model is Model.FLAT)
        object.__setattr__(self, "is_linear", self.model in {Model.PER_MBPS, Model.COMMITTED_BURST})
        object.__setattr__(self, "is_shared", bool(self.tiers) and self.tier_scope is not TierScope.SERVICE)

    def _validated_unit(self) -> int:
        wanted = _FIELDS[self.model]
        for name in ("monthly_fee", "unit_price", "tiers", "commit_price", "burst_price"):
            given = getattr(self, name)
            if name in wanted and given in (None, ()):
                raise Invalid(f"Falta en un precio «{self.model}».", field=name, remedy="Indíquelo.")
            if name not in wanted and given not in (None, ()):
                raise Invalid(
                    f"No corresponde a un precio «{self.model}».",
                    field=name,
                    remedy="Quítelo o cambie el modelo.",
                )
        if self.tiers:
            _check_tiers(self.tiers)
            return 0
        name = wanted[0]
        return _price(getattr(self, name), name) * (_MBPS if self.model is Model.FLAT else 1)

    def monthly(self, bps: int) -> int:
        """Return the amount of a whole month at `bps`, in units of 10^-16. Raises Invalid above the last tier."""
        if self.is_linear:
            return bps * self.unit
        if self.is_flat:
            return self.unit
        if self.model is Model.VOLUME:
            return bps * self.tier_of(bps).unit
        return sum(width * tier.unit for width, tier in self.slices(bps))

    def monthly_in(self, bps: int, total_bps: int) -> tuple[int, int]:
        """Return the month's amount (numerator, denominator) of `bps` where `total_bps` choose the tier (R20).

        Volume: all own Mbps at the price of the tier the sum falls in. Graduated: the sum is sliced and
        each service carries its share by Mbps, so that the order of the services is of no account.
        """
        if self.model is Model.VOLUME:
            return bps * self.tier_of(total_bps).unit, money.SCALE
        if not total_bps:
            return 0, money.SCALE
        return self.monthly(total_bps) * bps, money.SCALE * total_bps

    def tier_of(self, bps: int) -> Tier:
        """Return the tier a speed falls in, its limit included. Raises Invalid above the last."""
        for tier in self.tiers:
            if tier.up_to_bps is None or bps <= tier.up_to_bps:
                return tier
        raise Invalid(
            f"Los tramos terminan en {self.tiers[-1].up_to} Mbps y hay que tarifar {money.mbps_text(bps)} Mbps.",
            field="tiers",
            remedy="Agregue un tramo sin límite (up_to: null).",
        )

    def slices(self, bps: int) -> tuple[tuple[int, Tier], ...]:
        """Return the (bits per second, tier) slices of a graduated price. Raises Invalid above the last tier."""
        last, below, found = self.tier_of(bps), 0, []
        for tier in self.tiers:
            top = bps if tier is last else tier.up_to_bps
            assert top is not None
            if top > below:
                found.append((top - below, tier))
            below = top
            if tier is last:
                break
        return tuple(found)


_FIELDS = {
    Model.FLAT: ("monthly_fee",),
    Model.PER_MBPS: ("unit_price",),
    Model.VOLUME: ("tiers",),
    Model.GRADUATED: ("tiers",),
    Model.COMMITTED_BURST: ("commit_price", "burst_price"),
}


def speed_bps(mbps: Decimal, *, field: str) -> int:
    """Return a speed in whole bits per second. Raises Invalid when negative or finer than that."""
    bps = money.scaled(mbps, money.MBPS_PLACES, field=field)
    if bps < 0:
        raise Invalid(f"La velocidad no puede ser negativa ({mbps}).", field=field, remedy="Revise la cifra.")
    return bps


def _price(value: Decimal, field: str) -> int:
    unit = money.scaled(value, money.PRICE_PLACES, field=field)
    if unit < 0:
        raise Invalid(f"El precio no puede ser negativo ({value}).", field=field, remedy="Revise la cifra.")
    return unit


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    below = 0
    for number, tier in enumerate(tiers):
        if tier.up_to_bps is None:
            if number < len(tiers) - 1:
                raise Invalid(
                    "Un tramo sin límite debe ser el último.",
                    field=f"tiers[{number}].up_to",
                    remedy="Ordene los tramos.",
                )
        elif tier.up_to_bps <= below:
            raise Invalid(
                f"El tramo termina en {tier.up_to} Mbps, que no supera al anterior.",
                field=f"tiers[{number}].up_to",
                remedy="Escriba los tramos de menor a mayor, sin repetir.",
            )
        else:
            below = tier.up_to_bps
