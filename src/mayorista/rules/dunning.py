"""Reminders (G-26, R25): who is reminded of what today, once, and what keeps a reminder back.

Each invoice walks the calendar D-5, D0, D+5, D+15, D+30 from its due date; a step on a day without offices moves
to the next business day. A customer gets one mail a day: it is of the furthest step reached and names all that
the customer owes. A step is sent once; of steps missed (a holiday, an outage of ours) only the furthest goes out.
A receipt stops what it covers, a promise until the day after it, an objection the disputed part only. D+30 waits
for Legal's release.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from mayorista.rules import due_dates, workdays

ZERO = Decimal(0)


class Stop(StrEnum):
    """Why an invoice is not reminded of."""

    PAID = "PAID"
    RECEIPT = "RECEIPT"
    DISPUTE = "DISPUTE"
    PROMISE = "PROMISE"
    PAUSE = "PAUSE"
    LEGAL = "LEGAL"
    NOT_DELIVERED = "NOT_DELIVERED"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the calendar: days from the due date, and whether Legal releases it first."""

    code: str
    offset: int
    needs_release: bool = False


STEPS = (
    Step("D-5", -5),
    Step("D0", 0),
    Step("D+5", 5),
    Step("D+15", 15),
    Step("D+30", 30, needs_release=True),
)


@dataclass(frozen=True, slots=True)
class Debt:
    """An invoice as collection sees it. `receipts` are registered and not rejected, not yet taken off `balance`."""

    invoice: str
    customer: str
    currency: str
    due_on: dt.date | None
    balance: Decimal
    disputed: Decimal = ZERO
    receipts: Decimal = ZERO
    promised_for: dt.date | None = None
    paused_until: dt.date | None = None
    released: bool = False

    @property
    def claimable(self) -> Decimal:
        """What may be reminded of: the balance less what is disputed and what receipts cover; never negative."""
        return max(ZERO, self.balance - self.disputed - self.receipts)


@dataclass(frozen=True, slots=True)
class Entry:
    """An invoice in a mail: what is claimed of it, how late it is, and the step it reached (None: it rides along)."""

    debt: Debt
    amount: Decimal
    days_late: int
    step: Step | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One customer's mail of the day: the furthest step, the entries by due date, the totals by currency."""

    customer: str
    step: Step
    entries: tuple[Entry, ...]
    totals: Mapping[str, Decimal]

    @property
    def sends(self) -> tuple[tuple[str, str], ...]:
        """The (invoice, step) pairs this mail counts as sent for."""
        return tuple(
            (entry.debt.invoice, entry.step.code) for entry in self.entries if entry.step is not None
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The day's notices by customer, and what was kept back with its reason."""

    notices: tuple[Notice, ...]
    kept_back: tuple[tuple[Debt, Step, Stop], ...] = field(default=())


def step_day(step: Step, due_on: dt.date, works: due_dates.Calendar = workdays.is_workday) -> dt.date:
    """Return the business day a step falls on."""
    return due_dates.on_or_after(due_on + dt.timedelta(days=step.offset), works)


def stop(debt: Debt, on: dt.date) -> Stop | None:
    """Return what keeps every reminder of this invoice back on the day `on`."""
    if debt.balance <= 0:
        return Stop.PAID
    if debt.due_on is None:
        return Stop.NOT_DELIVERED
    if debt.claimable == 0:
        return Stop.RECEIPT if debt.receipts >= debt.balance - debt.disputed > 0 else Stop.DISPUTE
    if debt.promised_for is not None and on <= debt.promised_for:
        return Stop.PROMISE
    if debt.paused_until is not None and on < debt.paused_until:
        return Stop.PAUSE
    return None


def plan(
    debts: Iterable[Debt],
    on: dt.date,
    *,
    sent: frozenset[tuple[str, str]],
    told: frozenset[str] = frozenset(),
    steps: Sequence[Step] = STEPS,
    works: due_dates.Calendar = workdays.is_workday,
) -> Plan:
    """Return what leaves on the date `on`; nothing on a day without offices.

    `sent` holds (invoice, step code) of every reminder that left, `told` the customers who had their mail of this
    date already: what is new for them leaves on the next business day. The order of `debts` is of no account.
    """
    if not works(on):
        return Plan(())
    furthest = _furthest(steps, on, works)
    by_customer: dict[str, list[Entry]] = {}
    kept_back: list[tuple[Debt, Step, Stop]] = []
    for debt in sorted(debts, key=lambda each: (each.customer, each.due_on or dt.date.max, each.invoice)):
        step = _reached(debt, sent, steps, furthest)
        why = stop(debt, on)
        if why is None and step is not None and step.needs_release and not debt.released:
            why, blocked = Stop.LEGAL, True
        else:
            blocked = False
        if why is not None:
            if step is not None:
                kept_back.append((debt, step, why))
            if not blocked:
                continue
            step = None
        assert debt.due_on is not None  # an invoice without due date was kept back above
        late = due_dates.days_late(debt.due_on, on)
        if step is not None or late >= 0:
            by_customer.setdefault(debt.customer, []).append(Entry(debt, debt.claimable, late, step))
    notices = (
        _notice(customer, entries) for customer, entries in by_customer.items() if customer not in told
    )
    return Plan(tuple(each for each in notices if each is not None), tuple(kept_back))


def _furthest(
    steps: Sequence[Step], on: dt.date, works: due_dates.Calendar
) -> Callable[[dt.date], Step | None]:
    """The furthest step whose day has come, as a function of the due date: many invoices fall due on one day."""
    ordered = sorted(steps, key=lambda step: step.offset)

    @functools.cache
    def of(due_on: dt.date) -> Step | None:
        reached = [step for step in ordered if step_day(step, due_on, works) <= on]
        return reached[-1] if reached else None

    return of


def _reached(
    debt: Debt,
    sent: frozenset[tuple[str, str]],
    steps: Sequence[Step],
    furthest: Callable[[dt.date], Step | None],
) -> Step | None:
    """The furthest step whose day has come, unless it or a further one left already."""
    last = None if debt.due_on is None else furthest(debt.due_on)
    if last is None:
        return None
    gone = any((debt.invoice, step.code) in sent for step in steps if step.offset >= last.offset)
    return None if gone else last


def _notice(customer: str, entries: list[Entry]) -> Notice | None:
    reached = [entry.step for entry in entries if entry.step is not None]
    if not reached:
        return None
    furthest = max(reached, key=lambda step: step.offset)
    totals: dict[str, Decimal] = {}
    for entry in entries:
        totals[entry.debt.currency] = totals.get(entry.debt.currency, ZERO) + entry.amount
    return Notice(customer, furthest, tuple(entries), totals)


BUCKETS = (("por vencer", 0), ("1-15", 15), ("16-30", 30), ("31-60", 60), ("61-90", 90))
OLDEST_BUCKET = "> 90"


def bucket(due_on: dt.date, on: dt.date) -> str:
    """Return the ageing bucket of an invoice on the date `on`: the due date itself is not yet late."""
    late = due_dates.days_late(due_on, on)
    return next((name for name, limit in BUCKETS if late <= limit), OLDEST_BUCKET)


def ageing(debts: Iterable[Debt], on: dt.date) -> dict[tuple[str, str, str], Decimal]:
    """Return the open balance by (customer, currency, bucket); an invoice without due date is not yet due."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for debt in debts:
        if debt.balance > 0:
            key = (debt.customer, debt.currency, bucket(debt.due_on or on, on))
            found[key] = found.get(key, ZERO) + debt.balance
    return found


def suspendable(debts: Iterable[Debt], on: dt.date) -> Decimal:
    """Return the undisputed overdue debt: only that may lead to a suspension (R22, R25)."""
    return sum(
        (
            debt.claimable
            for debt in debts
            if debt.due_on is not None and due_dates.days_late(debt.due_on, on) > 0
        ),
        ZERO,
    )
