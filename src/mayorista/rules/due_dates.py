"""Business days, the month's limits (G-24) and the day an invoice falls due (G-25).

A calendar is a function that says whether offices work on a date; `workdays.is_workday` is Cochabamba's, with
holidays of its own an installation passes another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mayorista.rules import workdays
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month

Calendar = Callable[[dt.date], bool]
DAY = dt.timedelta(days=1)
FALLBACK_TERM_DAYS = 30
LONGEST_TERM_DAYS = 366


def on_or_after(on: dt.date, works: Calendar = workdays.is_workday) -> dt.date:
    """Return `on`, or the next business day when it is none: business days shift forward."""
    while not works(on):
        on += DAY
    return on


def on_or_before(on: dt.date, works: Calendar = workdays.is_workday) -> dt.date:
    """Return `on`, or the last business day before it."""
    while not works(on):
        on -= DAY
    return on


def plus_business_days(on: dt.date, days: int, works: Calendar = workdays.is_workday) -> dt.date:
    """Return the date `days` business days after `on`; 0 is `on` itself, whatever day it is."""
    while days > 0:
        on += DAY
        days -= works(on)
    return on


def business_day(month: Month, number: int, works: Calendar = workdays.is_workday) -> dt.date:
    """Return the business day `number` (from 1) counted from the 1st of `month`."""
    return plus_business_days(dt.date.fromordinal(month.first) - DAY, number, works)


def last_business_day(month: Month, works: Calendar = workdays.is_workday) -> dt.date:
    """Return the last business day of `month`."""
    return on_or_before(dt.date.fromordinal(month.after) - DAY, works)


class Component(StrEnum):
    """When a price component is billed."""

    ARREARS = "ARREARS"
    ADVANCE = "ADVANCE"


@dataclass(frozen=True, slots=True)
class LimitDays:
    """The parameters of G-24: business days of the month after (arrears), days of the month before (advance)."""

    coordinated: int = 1
    defined: int = 2
    remitted: int = 3
    invoiced: int = 5
    advance_coordinated: int = 25
    advance_defined: int = 28


@dataclass(frozen=True, slots=True)
class Limits:
    """The last day for each step of a month's billing."""

    coordinated: dt.date
    defined: dt.date
    remitted: dt.date
    invoiced: dt.date


def limits(
    month: Month,
    component: Component = Component.ARREARS,
    *,
    days: LimitDays | None = None,
    works: Calendar = workdays.is_workday,
) -> Limits:
    """Return the limits of billing `month` (G-24). A group with any advance component follows the advance calendar.

    In advance the invoice is out by the same business day of the month it bills; its other steps lie before it.
    """
    set_days = days or LimitDays()
    if component is Component.ARREARS:
        after = month.next
        return Limits(*(
            business_day(after, number, works)
            for number in (set_days.coordinated, set_days.defined, set_days.remitted, set_days.invoiced)
        ))  # fmt: skip
    before = month.previous
    return Limits(
        _day_of(before, set_days.advance_coordinated),
        _day_of(before, set_days.advance_defined),
        last_business_day(before, works),
        business_day(month, set_days.invoiced, works),
    )


class RunsFrom(StrEnum):
    """What a payment term is counted from."""

    DELIVERY = "DELIVERY"
    ISSUE = "ISSUE"


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    """A contract's term of payment; the fallback is 30 calendar days from delivery (G-25)."""

    days: int = FALLBACK_TERM_DAYS
    runs_from: RunsFrom = RunsFrom.DELIVERY
    in_business_days: bool = False
    to_business_day: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.days <= LONGEST_TERM_DAYS:
            raise Invalid(
                f"Un plazo de {self.days} días no es posible.", field="days", remedy="Use de 0 a 366."
            )


def due_date(
    term: PaymentTerm,
    *,
    issued_on: dt.date,
    delivered_on: dt.date | None,
    works: Calendar = workdays.is_workday,
) -> dt.date | None:
    """Return when an invoice falls due; None while its term runs from a delivery that has not happened.

    A bounce is no delivery: the due date waits for the mail that arrives.
    """
    since = issued_on if term.runs_from is RunsFrom.ISSUE else delivered_on
    if since is None:
        return None
    if term.in_business_days:
        return plus_business_days(since, term.days, works)
    due = since + dt.timedelta(days=term.days)
    return on_or_after(due, works) if term.to_business_day else due


def days_late(due_on: dt.date, on: dt.date) -> int:
    """Return the whole days past due on the date `on`; not past due is 0 or less."""
    return (on - due_on).days


def _day_of(month: Month, number: int) -> dt.date:
    return dt.date(month.year, month.number, min(number, month.days))
