"""The lines of a month: amount × days / days in the month, exact, rounded once (R4, R5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mayorista.rules import money
from mayorista.rules.errors import Invalid
from mayorista.rules.rating import timeline
from mayorista.rules.tariff import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mayorista.rules.percentile import Percentile
    from mayorista.rules.periods import Month
    from mayorista.rules.rating.contract import Service
    from mayorista.rules.rating.timeline import Stretch, Timeline
    from mayorista.rules.tariff import Price


class Kind(StrEnum):
    """What a line is for."""

    SERVICE = "service"
    COMMIT = "commit"
    BURST = "burst"
    MINIMUM_COMPLEMENT = "minimum_complement"
    ONE_OFF = "one_off"
    RECONNECTION_FEE = "reconnection_fee"
    SLA_CREDIT = "sla_credit"
    DEBIT_ADJUSTMENT = "debit_adjustment"
    CREDIT_ADJUSTMENT = "credit_adjustment"


class Complement(NamedTuple):
    """How a minimum invoice was completed (R21): cents, and the days that were billed."""

    minimum: int
    days: int
    recurring: int
    burst: int


class Credit(NamedTuple):
    """How an SLA credit was computed (R11, R17). Cents; `how` is a sentence with its numbers."""

    base: int
    capped: bool
    for_period: Month | None
    cases: tuple[str, ...]
    how: str
    already_credited: int = 0


class Adjustment(NamedTuple):
    """What was billed for an issued month so far and what should have been (R7); cents."""

    for_period: Month
    already_billed: int
    recomputed: int


class OneOffText(NamedTuple):
    """What a one-off is for."""

    text: str


Evidence: TypeAlias = "Percentile | Complement | Credit | Adjustment | OneOffText"
"""What a line shows for itself."""


class Line(NamedTuple):
    """One line of an amount. `cents` in the contract's currency; `numerator`/`denominator` the exact amount.

    Recurring lines and bursts cover the days [start, end) (day numbers) of `month_days`; `bps` is what is
    billed, `monthly` the whole month's amount as (numerator, denominator). `total_bps` is the sum that chose
    the tier, and of a burst the commit it exceeds.
    """

    kind: Kind
    cents: int
    numerator: int
    denominator: int
    circuit: str = ""
    start: int = 0
    end: int = 0
    month_days: int = 0
    bps: int | None = None
    price: Price | None = None
    monthly: tuple[int, int] = (0, 1)
    total_bps: int = 0
    evidence: Evidence | None = None

    @property
    def exact(self) -> Fraction:
        """The amount before it was rounded."""
        return Fraction(self.numerator, self.denominator)

    @property
    def amount(self) -> Decimal:
        """Two decimals, in the contract's currency."""
        return money.amount(self.cents)

    @property
    def days(self) -> int:
        """How many days it covers."""
        return self.end - self.start

    @property
    def from_date(self) -> dt.date:
        """The first day it covers."""
        return dt.date.fromordinal(self.start)

    @property
    def to_exclusive(self) -> dt.date:
        """The first day after those it covers."""
        return dt.date.fromordinal(self.end)

    @property
    def mbps(self) -> Decimal | None:
        """The Mbps billed."""
        return None if self.bps is None else Decimal(self.bps).scaleb(-money.MBPS_PLACES)


class Recurring(NamedTuple):
    """The recurring lines of a month, their sum in cents, the days they bill, and the timeline they come from."""

    lines: list[Line]
    cents: int
    days: int
    timeline: Timeline


def recurring(service: Service, month: Month, as_of: dt.datetime) -> Recurring:
    """Return the recurring lines of `month` as known at `as_of`. Raises Invalid where price or tier is missing."""
    found = timeline.of(service, month, as_of)
    lines: list[Line] = []
    cents = days = 0
    for segment in _segments(service, found.stretches):
        line = _line(segment, month.days, service.circuit)
        cents += line.cents
        days += line.end - line.start
        lines.append(line)
    return Recurring(lines, cents, days, found)


def one_line(
    kind: Kind, numerator: int, denominator: int, circuit: str, evidence: Evidence | None = None
) -> Line:
    """Return a line that covers no days, its exact amount rounded."""
    cents = money.half_up(numerator * money.CENT, denominator)
    return Line(kind, cents, numerator, denominator, circuit, evidence=evidence)


class _Segment(NamedTuple):
    start: int
    end: int
    price: Price
    bps: int | None
    total_bps: int
    monthly: int
    denominator: int


def _segments(service: Service, stretches: Sequence[Stretch]) -> list[_Segment]:
    """Equal neighbours merged (R3): same version, same amount, same speed unless the fee is flat."""
    segments: list[_Segment] = []
    for stretch in stretches:
        start, end, price, bps, total_bps, _ = stretch
        monthly, denominator = _monthly(service, stretch)
        if segments:
            last = segments[-1]
            if (
                last.end == start
                and last.price is price
                and (last.bps == bps or price.is_flat)
                and last.monthly * denominator == monthly * last.denominator
            ):
                segments[-1] = last._replace(end=end, bps=bps, total_bps=total_bps)
                continue
        segments.append(_Segment(start, end, price, bps, total_bps, monthly, denominator))
    return segments


def _monthly(service: Service, stretch: Stretch) -> tuple[int, int]:
    price, bps = stretch.price, stretch.bps or 0
    try:
        if price.is_shared:
            return price.monthly_in(bps, stretch.total_bps)
        return price.monthly(bps), money.SCALE
    except Invalid as error:
        raise Invalid(
            error.message, field=f"{_path(service, price)}.{error.field}", remedy=error.remedy
        ) from None


def _path(service: Service, price: Price) -> str:
    for number, each in enumerate(service.terms.prices):
        if each is price:
            return f"contract.prices[{number}]"
    for number, change in enumerate(service.changes):
        if change.price is price:
            return f"speed_changes[{number}].price"
    return "contract.prices"


def _line(segment: _Segment, month_days: int, circuit: str) -> Line:
    start, end, price, bps, total_bps, monthly, denominator = segment
    numerator = monthly * (end - start)
    denominator_all = denominator * month_days
    return Line(
        Kind.COMMIT if price.model is Model.COMMITTED_BURST else Kind.SERVICE,
        (2 * money.CENT * numerator + denominator_all)
        // (2 * denominator_all),  # half up: never negative here
        numerator,
        denominator_all,
        circuit,
        start,
        end,
        month_days,
        bps,
        price,
        (monthly, denominator),
        total_bps,
    )
