"""What hangs on one month: which month and as known when, credits, one-offs, traffic, invoices already issued."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from mayorista.rules import money
from mayorista.rules.errors import Invalid
from mayorista.rules.rating.contract import aware, check_currency, not_negative

if TYPE_CHECKING:
    from fractions import Fraction

    from mayorista.rules import credits as ladders
    from mayorista.rules import percentile
    from mayorista.rules.periods import Month
    from mayorista.rules.rating.contract import Service

_TO_CENTS = 10 ** (money.PRICE_PLACES - 2)


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


APPROVED = "crédito aprobado"


@dataclass(frozen=True, slots=True)
class ApprovedCredit:
    """A credit the Gerente approved: frozen with its computation, carried as it is (R17, G-32)."""

    for_period: Month
    amount: Decimal
    cases: tuple[str, ...] = ()
    base_fee: Decimal | None = None
    how: str = APPROVED
    """By which numbers it was computed, for who redoes it by hand."""


@dataclass(frozen=True, slots=True)
class Prior:
    """An invoice already issued: its month and the instant its amount was defined at.

    `billed` is what its recurring lines, complement and later adjustments came to, where the books know it;
    None recomputes it by the same rules. `burst` is what its burst lines came to (for R21). `service` is the service
    by the clauses of that month, where they are others than now; so is `minimum` that of a group (0: it had none).
    """

    month: Month
    as_of: dt.datetime
    billed: Decimal | None = None
    burst: Decimal = Decimal(0)
    service: Service | None = None
    minimum: Decimal | None = None

    def __post_init__(self) -> None:
        aware(self.as_of, "as_of")
        for name in ("billed", "burst"):
            not_negative(getattr(self, name), name)
        not_negative(self.minimum, "minimum_invoice")


class Traffic(Protocol):
    """Samples of a circuit or pool, from which the percentile of some days is asked."""

    @property
    def min_coverage(self) -> tuple[int, int]:
        """The least share of samples that bills a burst, (numerator, denominator)."""

    def between(self, start: int, end: int) -> percentile.Percentile:
        """Return the percentile over the days [start, end) (day numbers)."""


@dataclass(frozen=True, slots=True)
class Billing:
    """Which month, with what was approved at `as_of`, in which currency (R7, R10).

    `opening_credit`, in that currency, is what an earlier amount carried forward (R13): it is told, never taken from
    `priors`. Advances and overpayments are payments, and no opening credit (R23).
    """

    month: Month
    as_of: dt.datetime
    currency: str
    fx_rate: Decimal | None = None
    opening_credit: Decimal = Decimal(0)
    rate: tuple[int, int] | None = field(init=False, repr=False, compare=False)
    credit: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_currency(self.currency, field="invoice_currency")
        aware(self.as_of, "as_of")
        rate = None
        if self.fx_rate is not None:
            if not money.scaled(self.fx_rate, money.PRICE_PLACES, field="fx_rate") > 0:
                raise Invalid(
                    "El tipo de cambio debe ser mayor que cero.", field="fx_rate", remedy="Revise la cifra."
                )
            rate = self.fx_rate.as_integer_ratio()
        object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "credit", not_negative(self.opening_credit, "opening_credit") // _TO_CENTS)
        if self.credit * _TO_CENTS != not_negative(self.opening_credit, "opening_credit"):
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
