"""What goes into a month's amount: the contract's terms, the speeds approved, and what hangs on the month.

Every value checks itself where it is made (`Invalid` names the field), carries its exact integers, and
never changes: a case may be rated again at any `as_of`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from mayorista.rules import lapaz, money, periods, tariff
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from fractions import Fraction

    from mayorista.rules import credits as ladders
    from mayorista.rules import percentile
    from mayorista.rules.periods import Month

_DIGITS = re.compile(r"(\d+)", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


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
        put(self, "order", (self.day, _aware(self.approved_at, "approved_at") or _NEVER, _natural(self.id)))

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
    hour is not known. `approved_at` is when the order was known (None: from the start).
    """

    cut: dt.date | dt.datetime
    reconnected: dt.date | dt.datetime | None = None
    fee: Decimal | None = None
    approved_at: dt.datetime | None = None
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
        _not_negative(self.fee, "fee")
        _aware(self.approved_at, "approved_at")
        put = object.__setattr__
        put(self, "first_day", cut + 1)
        put(self, "end_day", back)
        put(self, "first_second", first if exact else _DAY * (cut + 1))
        put(self, "end_second", end)


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
        _aware(self.end_approved_at, "end_approved_at")
        put = object.__setattr__
        _one_a_day(self.prices)
        put(
            self, "min_bps", 0 if self.min_mbps is None else tariff.speed_bps(self.min_mbps, field="min_mbps")
        )
        dated = sorted(self.prices, key=attrgetter("day"))
        put(self, "dated_prices", tuple((price.day, price) for price in dated))
        put(self, "has_approved_prices", any(price.approved_at is not None for price in self.prices))
        put(self, "minimum", _not_negative(self.minimum_invoice, "minimum_invoice"))
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


@dataclass(frozen=True, slots=True)
class OneOff:
    """A charge or discount that is not prorated (R15), in the contract's currency."""

    text: str
    amount: Decimal
    circuit: str = ""


@dataclass(frozen=True, slots=True)
class Sla:
    """What an outage earns: its ladder, the minutes, the month it happened in (None: this one) and its cases.

    `already_credited` is what an approved credit took for the same; the line is the difference (R17).
    """

    ladder: ladders.Ladder
    outage_minutes: Fraction
    for_period: Month | None = None
    cases: tuple[str, ...] = ()
    already_credited: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ApprovedCredit:
    """A credit the Gerente approved: frozen with its computation, carried as it is (R17, G-32)."""

    for_period: Month
    amount: Decimal
    cases: tuple[str, ...] = ()
    base_fee: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Prior:
    """An invoice already issued: its month and the instant its amount was defined at.

    `billed` is what its recurring lines, complement and later adjustments came to, where the books know it;
    None recomputes it by the same rules. `burst` is what its burst lines came to (for R21).
    """

    month: Month
    as_of: dt.datetime
    billed: Decimal | None = None
    burst: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        _aware(self.as_of, "as_of")
        for name in ("billed", "burst"):
            _not_negative(getattr(self, name), name)


class Traffic(Protocol):
    """Samples of a circuit or pool, from which the percentile of some days is asked."""

    @property
    def min_coverage(self) -> tuple[int, int]:
        """The least share of samples that bills a burst, (numerator, denominator)."""

    def between(self, start: int, end: int) -> percentile.Percentile:
        """Return the percentile over the days [start, end) (day numbers)."""


@dataclass(frozen=True, slots=True)
class Billing:
    """Which month, with what was approved at `as_of`, in which currency; the credit is in that currency (R7, R10, R13)."""

    month: Month
    as_of: dt.datetime
    currency: str
    fx_rate: Decimal | None = None
    opening_credit: Decimal = Decimal(0)
    rate: tuple[int, int] | None = field(init=False, repr=False, compare=False)
    credit: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_currency(self.currency, field="invoice_currency")
        _aware(self.as_of, "as_of")
        rate = None
        if self.fx_rate is not None:
            if not money.scaled(self.fx_rate, money.PRICE_PLACES, field="fx_rate") > 0:
                raise Invalid(
                    "El tipo de cambio debe ser mayor que cero.", field="fx_rate", remedy="Revise la cifra."
                )
            rate = self.fx_rate.as_integer_ratio()
        object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "credit", _not_negative(self.opening_credit, "opening_credit") // _TO_CENTS)
        if self.credit * _TO_CENTS != _not_negative(self.opening_credit, "opening_credit"):
            raise Invalid(
                "Un saldo a favor tiene dos decimales.", field="opening_credit", remedy="Redondéelo antes."
            )


@dataclass(frozen=True, slots=True)
class Case:
    """One service's month."""

    service: Service
    billing: Billing
    traffic: Traffic | None = None
    sla: tuple[Sla, ...] = ()
    credits: tuple[ApprovedCredit, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    tax_rate: Decimal | None = None
    priors: tuple[Prior, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "priors", check_priors(self.priors, self.billing))


_DAY = 86_400
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_TO_CENTS = 10 ** (money.PRICE_PLACES - 2)


def check_currency(currency: str, *, field: str) -> None:
    """Raise Invalid unless it is a code of three letters."""
    if not _CURRENCY.fullmatch(currency):
        raise Invalid(f"«{currency[:20]}» no es una moneda.", field=field, remedy="Use BOB o USD.")


def check_priors(priors: tuple[Prior, ...], billing: Billing) -> tuple[Prior, ...]:
    """Return them in the order they were issued. Raises Invalid for a month invoiced twice or an order that can not be."""
    months = [prior.month for prior in priors]
    for number, prior in enumerate(priors):
        if prior.month == billing.month or months.index(prior.month) < number:
            raise Invalid(
                f"{prior.month} ya está facturado.",
                field=f"prior_invoices[{number}].period",
                remedy="Quite uno de los dos.",
            )
        if prior.as_of > billing.as_of:
            raise Invalid(
                "Una factura anterior no puede definirse después de esta.",
                field=f"prior_invoices[{number}].as_of",
                remedy="Revise las fechas.",
            )
    return tuple(sorted(priors, key=lambda prior: (prior.as_of, prior.month)))


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


def _not_negative(value: Decimal | None, field: str) -> int:
    if value is None:
        return 0
    units = money.scaled(value, money.PRICE_PLACES, field=field)
    if units < 0:
        raise Invalid(f"No puede ser negativo ({value}).", field=field, remedy="Revise la cifra.")
    return units


def _aware(at: dt.datetime | None, field: str) -> dt.datetime | None:
    if at is not None and at.tzinfo is None:
        raise Invalid("La hora no dice su zona.", field=field, remedy="Agregue -04:00, la hora de La Paz.")
    return at


def _place(moment: dt.date | dt.datetime, field: str) -> tuple[int, int]:
    """The day number of a day or instant in La Paz, and its first second counted from the same origin."""
    if not isinstance(moment, dt.datetime):
        return moment.toordinal(), _DAY * moment.toordinal()
    _aware(moment, field)
    here = lapaz.local(moment)
    return here.toordinal(), _DAY * here.toordinal() + here.hour * 3600 + here.minute * 60 + here.second


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Order ids as people do: 9 before 10, c9 before c10; numbers before words."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text) if part
    )
