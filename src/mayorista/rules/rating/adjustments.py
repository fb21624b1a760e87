"""What is learnt after a month was invoiced: one signed line per month, by R7 and R21.

# Note [Billed so far]
Each invoice corrects the months issued before it with all that was approved by its own `as_of`. So what was
billed for a month up to now (its first invoice and every later adjustment) is what the month comes to as
known at the `as_of` of the last invoice issued. Where the books hold the figure, it is taken from them.

Only recurring lines and the complement to the minimum are computed again; the burst stands as it was billed,
also inside the complement, and credits are settled on their own (R17).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mayorista.rules import money
from mayorista.rules.periods import NEVER
from mayorista.rules.rating.lines import Adjustment, Complement, Kind, Line, one_line, recurring

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from mayorista.rules.rating.case import Prior
    from mayorista.rules.rating.contract import Service
    from mayorista.rules.rating.lines import Recurring

_UNIT_CENTS = 10 ** (money.PRICE_PLACES - 2)


class Missing(NamedTuple):
    """What a month lacks to its minimum: cents, and the exact amount."""

    cents: int
    numerator: int
    denominator: int


def to_minimum(minimum: int, *, days: int, month_days: int, cents: int) -> Missing:
    """Return max(0, minimum × days / days in the month - cents) (R21); `minimum` in units of 10^-10."""
    denominator = 10**money.PRICE_PLACES * month_days
    numerator = max(0, minimum * days - cents * _UNIT_CENTS * month_days)
    return Missing(money.half_up(numerator * money.CENT, denominator), numerator, denominator)


def complement_lines(
    minimum: int, found: Recurring, month_days: int, burst_cents: int, circuit: str
) -> list[Line]:
    """Return the complement to the minimum invoice as a line, or none (R21)."""
    lacks = to_minimum(minimum, days=found.days, month_days=month_days, cents=found.cents + burst_cents)
    if not lacks.cents:
        return []
    evidence = Complement(minimum, found.days, found.cents, burst_cents)
    line = one_line(Kind.MINIMUM_COMPLEMENT, lacks.numerator, lacks.denominator, circuit, evidence)
    return [line._replace(month_days=month_days)]


def month_total(service: Service, prior: Prior, as_of: dt.datetime) -> int:
    """Return what the recurring lines and the complement of an issued month come to, as known at `as_of`; cents."""
    service = prior.service or service
    found = recurring(service, prior.month, as_of)
    if not service.terms.minimum:
        return found.cents
    total = found.cents + money.cents(prior.burst)
    lacks = to_minimum(service.terms.minimum, days=found.days, month_days=prior.month.days, cents=total)
    return found.cents + lacks.cents


def billed_so_far(service: Service, priors: Sequence[Prior], prior: Prior) -> int:
    """Return what was billed for an issued month up to now, in cents. `priors` are in order of issue."""
    if prior.billed is not None:
        return money.cents(prior.billed)
    return month_total(service, prior, priors[-1].as_of)


def first_touched_day(service: Service, after: dt.datetime, as_of: dt.datetime) -> int:
    """Return the first day that may bill otherwise for what was approved after one instant and by another.

    A change, version, suspension or end moves no day before its own, so an issued month that ends before this day
    (a day number; NEVER when nothing was approved) needs no second look.
    """
    return min(
        (day for each in (service, *service.siblings) for day in _touched(each, after, as_of)), default=NEVER
    )


def _touched(service: Service, after: dt.datetime, as_of: dt.datetime) -> Iterator[int]:
    terms = service.terms
    dated: list[tuple[int, dt.datetime | None]] = [(each.day, each.approved_at) for each in service.changes]
    dated += [(each.first_day, each.approved_at) for each in service.suspensions]
    dated += [(each.end_day, each.reconnected_approved_at) for each in service.suspensions]
    dated += [(day, price.approved_at) for day, price in terms.dated_prices]
    dated.append((terms.end_day, terms.end_approved_at))
    return (day for day, at in dated if at is not None and after < at <= as_of)


def lines(service: Service, priors: Sequence[Prior], as_of: dt.datetime) -> list[Line]:
    """Return one line per issued month that comes to something else now, by month. Zero makes no line."""
    found = []
    untouched_before = first_touched_day(service, priors[-1].as_of, as_of) if priors else NEVER
    for prior in sorted(priors, key=lambda each: each.month):
        if prior.billed is None and prior.month.after <= untouched_before:
            continue
        before = billed_so_far(service, priors, prior)
        found += difference(prior, before, month_total(service, prior, as_of), service.circuit)
    return found


def difference(prior: Prior, before: int, now: int, circuit: str) -> list[Line]:
    """Return the difference of a month as a line, or none; cents."""
    if before == now:
        return []
    kind = Kind.DEBIT_ADJUSTMENT if now > before else Kind.CREDIT_ADJUSTMENT
    return [one_line(kind, now - before, money.CENT, circuit, Adjustment(prior.month, before, now))]
