"""The contract's side of an amount: its terms, the speeds approved, suspensions, and the circuit that has them.

Every value checks itself where it is made (`Invalid` names the field), carries its exact integers, and
never changes: it may be rated again at any `as_of`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from mayorista.rules import lapaz, money, periods, tariff
from mayorista.rules.errors import Invalid

_DIGITS = re.compile(r"(\d+)", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DAY = 86_400
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class MinimumPolicy(StrEnum):
    """What becomes of a change below the minimum (R8)."""

    REFUSE = "refuse"
    BILL_AT_MINIMUM = "bill_at_minimum"


class ChangePolicy(StrEnum):
    """From when a change bills, its notice over (R9)."""

    IMMEDIATE = "immediate"
    NEXT_CYCLE = "next_cycle"


class SuspensionPolicy(StrEnum):
    """What suspended days bill (R22)."""

    FULL = "full"
    COMMIT_ONLY = "commit_only"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SpeedChange:
    """A speed from a day on; with `end_exclusive` a temporary one, with a price of its own if it has one (R18).

    `approved_at` is None while it is not approved: then it never bills. `requested_on` starts a notice
    (R9); where nobody wrote it down, the day of the approval counts, for nothing is approved unasked.
    """

    id: str
    effective: dt.date
    mbps: Decimal
    approved_at: dt.datetime | None
    requested_on: dt.date | None = None
    end_exclusive: dt.date | None = None
    price: tariff.Price | None = None
    bps: int = field(init=False, repr=False, compare=False)
    day: int = field(init=False, repr=False, compare=False)
    end_day: int = field(init=False, repr=False, compare=False)
    order: tuple[int, dt.datetime, tuple[tuple[int, int, str], ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.end_exclusive is not None and self.end_exclusive <= self.effective:
            raise Invalid("Termina antes de empezar.", field="end_exclusive", remedy="Revise las dos fechas.")
        if self.price is not None and self.end_exclusive is None:
            raise Invalid(
                "Solo un cambio temporal lleva precio propio.", field="price", remedy="Indique end_exclusive."
            )
        put = object.__setattr__
        put(self, "bps", tariff.speed_bps(self.mbps, field="mbps"))
        put(self, "day", self.effective.toordinal())
        put(self, "end_day", self.end_exclusive.toordinal() if self.end_exclusive else 0)
        put(self, "order", (self.day, aware(self.approved_at, "approved_at") or _NEVER, _natural(self.id)))

    @property
    def requested_day(self) -> int:
        """The day a notice is counted from."""
        if self.requested_on is not None:
            return self.requested_on.toordinal()
        return lapaz.local(self.order[1]).date().toordinal()


@dataclass(frozen=True, slots=True)
class Suspension:
    """A cut and, once it happened, the reconnection; days or instants. A fee of reconnection is a one-off (R22).

    With instants the minutes between them leave the SLA; with days only the whole days between, for the
    hour is not known. `approved_at` is when the order was known, `reconnected_approved_at` when its end was (None:
    from the start); before that the end is unknown, as with a contract's (R1, R7).
    """

    cut: dt.date | dt.datetime
    reconnected: dt.date | dt.datetime | None = None
    fee: Decimal | None = None
    approved_at: dt.datetime | None = None
    reconnected_approved_at: dt.datetime | None = None
    first_day: int = field(init=False, repr=False, compare=False)
    end_day: int = field(init=False, repr=False, compare=False)
    first_second: int = field(init=False, repr=False, compare=False)
    end_second: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        cut, first = _place(self.cut, "cut")
        back, end = (periods.NEVER, _DAY * periods.NEVER)
        if self.reconnected is not None:
            back, end = _place(self.reconnected, "reconnected")
        exact = isinstance(self.cut, dt.datetime)
        if back < cut or (exact and isinstance(self.reconnected, dt.datetime) and end < first):
            raise Invalid(
                "La reconexión es anterior al corte.", field="reconnected", remedy="Revise las dos fechas."
            )
        not_negative(self.fee, "fee")
        aware(self.approved_at, "approved_at")
        aware(self.reconnected_approved_at, "reconnected_approved_at")
        put = object.__setattr__
        put(self, "first_day", cut + 1)
        put(self, "end_day", back)
        put(self, "first_second", first if exact else _DAY * (cut + 1))
        put(self, "end_second", end)

    def known(self, as_of: dt.datetime) -> bool:
        """Whether the cut was known at `as_of`."""
        return self.approved_at is None or self.approved_at <= as_of

    def end_known(self, as_of: dt.datetime) -> bool:
        """Whether the reconnection was known at `as_of`."""
        return self.reconnected_approved_at is None or self.reconnected_approved_at <= as_of


@dataclass(frozen=True, slots=True)
class Terms:
    """The clauses of a contract that move money. Prices may come in any order, one a day at most."""

    currency: str
    start: dt.date
    prices: tuple[tariff.Price, ...]
    end_exclusive: dt.date | None = None
    end_approved_at: dt.datetime | None = None
    min_mbps: Decimal | None = None
    min_policy: MinimumPolicy = MinimumPolicy.REFUSE
    downgrade_notice_days: int = 0
    upgrade_policy: ChangePolicy = ChangePolicy.IMMEDIATE
    downgrade_policy: ChangePolicy = ChangePolicy.IMMEDIATE
    suspension_policy: SuspensionPolicy = SuspensionPolicy.FULL
    minimum_invoice: Decimal | None = None
    min_bps: int = field(init=False, repr=False, compare=False)
    minimum: int = field(init=False, repr=False, compare=False)
    start_day: int = field(init=False, repr=False, compare=False)
    end_day: int = field(init=False, repr=False, compare=False)
    delays: bool = field(init=False, repr=False, compare=False)
    dated_prices: tuple[tuple[int, tariff.Price], ...] = field(init=False, repr=False, compare=False)
    has_approved_prices: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_currency(self.currency, field="currency")
        if not self.prices:
            raise Invalid("El contrato no tiene precios.", field="prices", remedy="Agregue al menos uno.")
        if self.end_exclusive is not None and self.end_exclusive < self.start:
            raise Invalid(
                "El contrato termina antes de empezar.", field="end_exclusive", remedy="Revise las fechas."
            )
        if self.downgrade_notice_days < 0:
            raise Invalid("Los días de aviso no pueden ser negativos.", field="downgrade_notice_days")
        aware(self.end_approved_at, "end_approved_at")
        put = object.__setattr__
        _one_a_day(self.prices)
        put(
            self, "min_bps", 0 if self.min_mbps is None else tariff.speed_bps(self.min_mbps, field="min_mbps")
        )
        dated = sorted(self.prices, key=attrgetter("day"))
        put(self, "dated_prices", tuple((price.day, price) for price in dated))
        put(self, "has_approved_prices", any(price.approved_at is not None for price in self.prices))
        put(self, "minimum", not_negative(self.minimum_invoice, "minimum_invoice"))
        put(self, "start_day", self.start.toordinal())
        put(self, "end_day", self.end_exclusive.toordinal() if self.end_exclusive else periods.NEVER)
        next_cycle = ChangePolicy.NEXT_CYCLE in {self.upgrade_policy, self.downgrade_policy}
        put(self, "delays", next_cycle or self.downgrade_notice_days > 0)

    def end_known(self, as_of: dt.datetime) -> int:
        """Return the first day not billed as far as was known at `as_of` (R1)."""
        if self.end_approved_at is not None and self.end_approved_at > as_of:
            return periods.NEVER
        return self.end_day


@dataclass(frozen=True, slots=True)
class Service:
    """A circuit (or a pool's summed Mbps) under its terms.

    `siblings` are the other services whose Mbps choose the tier with its own (R20); their order, like that
    of the changes, is of no account.
    """

    terms: Terms
    changes: tuple[SpeedChange, ...]
    suspensions: tuple[Suspension, ...] = ()
    siblings: tuple[Service, ...] = ()
    circuit: str = ""
    ordered: tuple[SpeedChange, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len({change.id for change in self.changes}) < len(self.changes):
            raise Invalid(
                "Dos cambios de velocidad llevan el mismo id.", field="speed_changes", remedy="Numérelos."
            )
        object.__setattr__(self, "ordered", tuple(sorted(self.changes, key=attrgetter("order"))))


def check_currency(currency: str, *, field: str) -> None:
    """Raise Invalid unless it is a code of three letters."""
    if not _CURRENCY.fullmatch(currency):
        raise Invalid(f"«{currency[:20]}» no es una moneda.", field=field, remedy="Use BOB o USD.")


def not_negative(value: Decimal | None, field: str) -> int:
    """Return an amount in units of 10^-10, None as 0. Raises Invalid when it is negative."""
    if value is None:
        return 0
    units = money.scaled(value, money.PRICE_PLACES, field=field)
    if units < 0:
        raise Invalid(f"No puede ser negativo ({value}).", field=field, remedy="Revise la cifra.")
    return units


def aware(at: dt.datetime | None, field: str) -> dt.datetime | None:
    """Return the instant. Raises Invalid when it does not say its zone."""
    if at is not None and at.tzinfo is None:
        raise Invalid("La hora no dice su zona.", field=field, remedy="Agregue -04:00, la hora de La Paz.")
    return at


def _one_a_day(prices: tuple[tariff.Price, ...]) -> None:
    seen: dict[int, int] = {}
    for number, price in enumerate(prices):
        if price.day in seen:
            raise Invalid(
                f"prices[{seen[price.day]}] y prices[{number}] rigen desde el mismo día, {price.effective}.",
                field=f"prices[{number}].effective",
                remedy="Deje una sola versión por día.",
            )
        seen[price.day] = number


def _place(moment: dt.date | dt.datetime, field: str) -> tuple[int, int]:
    """The day number of a day or instant in La Paz, and its first second counted from the same origin."""
    if not isinstance(moment, dt.datetime):
        return moment.toordinal(), _DAY * moment.toordinal()
    aware(moment, field)
    here = lapaz.local(moment)
    return here.toordinal(), _DAY * here.toordinal() + here.hour * 3600 + here.minute * 60 + here.second


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Order ids as people do: 9 before 10, c9 before c10; numbers before words."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text) if part
    )
