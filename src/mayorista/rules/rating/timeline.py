"""Which speed at which price on which day, as far as was known at `as_of`: R1-R3, R6, R8, R9, R18, R20, R22.

# Note [Which change bills]
1. Known: approved at or before `as_of` (R6, R7).
2. Below the minimum: dropped, or taken as the minimum (R8). A dropped change is as if it had not been
   asked: another of the same day stands.
3. Of two on one effective day the last approved wins, then the higher id (R6). "Effective" is what was
   agreed, before any delay.
4. Up or down is judged against the change before it by effective day, the minimum applied: that is what
   the network did. The first speed of a service is no change, nothing delays it.
5. A downgrade waits for its notice, then, where the policy says so, for the next 1st (R9, R18).
6. A change bills from its day until a change that is effective later starts to bill. So a downgrade whose
   notice is overtaken by a later upgrade never bills: the network no longer runs at that speed.

# Note [Temporary changes]
A temporary speed lies over the others from its start to its end and the timeline goes on below it; R9
delays neither end, R8 holds. Of two at once the one that started last holds, then the last approved.

# Note [Suspended days]
They run from the day after the cut to the day of the reconnection, which bills again (R22). `none` bills
nothing on them. `commit_only` bills what is committed and no burst: the commit of a committed_burst, the
`min_mbps` of a contract that names one (never more than the speed), a flat fee, and where no less was
committed the speed itself.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from mayorista.rules import periods
from mayorista.rules.errors import Invalid
from mayorista.rules.rating.contract import ChangePolicy, MinimumPolicy, SuspensionPolicy
from mayorista.rules.tariff import Model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from mayorista.rules.periods import Month
    from mayorista.rules.rating.contract import Service, SpeedChange, Terms
    from mayorista.rules.tariff import Price

    Value = TypeVar("Value")

Step = tuple[int, int]
"""From a day number on, a speed in bits per second."""
Kept = tuple["SpeedChange", int]
"""A change that R8 let through, and the speed it bills."""


class Stretch(NamedTuple):
    """Days [start, end) under one price at one speed (None: none approved); no burst on suspended days."""

    start: int
    end: int
    price: Price
    bps: int | None
    total_bps: int
    bursts: bool


class Timeline(NamedTuple):
    """What a service bills of a month, the ids that R8 refused, and days left unbilled for want of a speed."""

    stretches: list[Stretch]
    refused: list[str]
    speechless_days: int


class _Layers(NamedTuple):
    """What lies over the days of a month: each list in order of its days."""

    steps: list[Step]
    prices: Sequence[tuple[int, Price]]
    temporaries: list[Kept]
    suspended: list[tuple[int, int]]
    totals: list[Step]


def of(service: Service, month: Month, as_of: dt.datetime) -> Timeline:
    """Return the billed stretches of `month` as known at `as_of`. Raises Invalid when a billed day has no price."""
    return _of(service, month, as_of, _sibling_totals(service, month, as_of) if service.siblings else [])


def suspended_days(service: Service, as_of: dt.datetime) -> list[tuple[int, int]]:
    """Return the suspended days [first, end) known at `as_of`, in order."""
    found = (
        (each.first_day, each.end_day if each.end_known(as_of) else periods.NEVER)
        for each in service.suspensions
        if each.known(as_of)
    )
    return sorted(span for span in found if span[0] < span[1])


def _of(service: Service, month: Month, as_of: dt.datetime, totals: list[Step]) -> Timeline:
    terms = service.terms
    start, end = max(terms.start_day, month.first), min(terms.end_known(as_of), month.after)
    steps, temporaries, refused = _speeds(terms, service.ordered, as_of)
    if start >= end:
        return Timeline([], refused, 0)
    suspended = suspended_days(service, as_of) if service.suspensions else []
    layers = _Layers(steps, _prices(terms, as_of), temporaries, suspended, totals)
    stretches: list[Stretch] = []
    speechless = 0
    cuts = _cuts(layers, start, end)
    for number in range(len(cuts) - 1):
        here, there = cuts[number], cuts[number + 1]
        stretch = _stretch(terms, layers, here, there)
        if stretch is None:
            continue
        if stretch.bps is None and not stretch.price.is_flat:
            speechless += there - here
            continue
        stretches.append(stretch)
    return Timeline(stretches, refused, speechless)


def _stretch(terms: Terms, layers: _Layers, here: int, there: int) -> Stretch | None:
    """What holds on the days [here, there), which no layer cuts; None where nothing is billed."""
    price, bps, bursts = _in_force(layers.prices, here), _in_force(layers.steps, here), True
    if layers.temporaries:
        price, bps = _overlaid(here, price, bps, layers.temporaries)
    if price is None:
        raise Invalid(
            f"No hay precio vigente el {dt.date.fromordinal(here):%d/%m/%Y}.",
            field="contract.prices",
            remedy="Agregue la versión que rige desde ese día.",
        )
    if layers.suspended and any(first <= here < last for first, last in layers.suspended):
        if terms.suspension_policy is SuspensionPolicy.NONE:
            return None
        if terms.suspension_policy is SuspensionPolicy.COMMIT_ONLY:
            bps, bursts = _committed(price, bps, terms.min_bps), False
    total = (_in_force(layers.totals, here) or 0) + (bps or 0) if layers.totals else bps or 0
    return Stretch(here, there, price, bps, total, bursts)


def _cuts(layers: _Layers, start: int, end: int) -> list[int]:
    """The days where anything changes, with both ends of [start, end)."""
    days = [day for day, _ in layers.steps if start < day < end]
    days += [day for day, _ in layers.prices if start < day < end]
    for change, _ in layers.temporaries:
        days += [day for day in (change.day, change.end_day) if start < day < end]
    for span in layers.suspended:
        days += [day for day in span if start < day < end]
    days += [day for day, _ in layers.totals if start < day < end]
    return [start, *sorted(set(days)), end] if days else [start, end]


def _in_force(dated: Sequence[tuple[int, Value]], day: int) -> Value | None:
    """The value of the last entry at or before `day`."""
    for since, value in reversed(dated):
        if since <= day:
            return value
    return None


def _prices(terms: Terms, as_of: dt.datetime) -> Sequence[tuple[int, Price]]:
    if not terms.has_approved_prices:
        return terms.dated_prices
    return [
        each for each in terms.dated_prices if each[1].approved_at is None or each[1].approved_at <= as_of
    ]


def _speeds(
    terms: Terms, changes: Sequence[SpeedChange], as_of: dt.datetime
) -> tuple[list[Step], list[Kept], list[str]]:
    """The permanent steps, the temporary changes and the refused ids. See Note [Which change bills]."""
    kept: list[Kept] = []
    temporaries: list[Kept] = []
    refused: list[str] = []
    lowest = terms.min_bps
    for change in changes:  # in order of effective day, approval and id
        if change.approved_at is None or change.approved_at > as_of:
            continue
        bps = change.bps
        if bps < lowest:
            if terms.min_policy is MinimumPolicy.REFUSE:
                refused.append(change.id)
                continue
            bps = lowest
        if change.end_day:
            temporaries.append((change, bps))
        elif kept and kept[-1][0].day == change.day:
            kept[-1] = (change, bps)
        else:
            kept.append((change, bps))
    if terms.delays:
        return _delayed(terms, kept), temporaries, refused
    return [(change.day, bps) for change, bps in kept], temporaries, refused


def _delayed(terms: Terms, kept: list[Kept]) -> list[Step]:
    """The steps in order of effective day, each with the day it bills from (R9).

    The days may go back: what holds on a day is the last step that has started (`_in_force`), so one that a
    later step overtakes never bills.
    """
    before: int | None = None
    steps: list[Step] = []
    for change, bps in kept:
        day = change.day if before is None else bills_from(terms, change, bps, before)
        steps.append((day, bps))
        before = bps
    return steps


def bills_from(terms: Terms, change: SpeedChange, bps: int, before: int) -> int:
    """Return the day a change bills from: its notice first, then the next cycle (R9, R18)."""
    if bps == before:
        return change.day
    day, policy = change.day, terms.upgrade_policy
    if bps < before:
        policy = terms.downgrade_policy
        if terms.downgrade_notice_days:
            day = max(day, change.requested_day + terms.downgrade_notice_days)
    if policy is ChangePolicy.NEXT_CYCLE and not periods.is_first(day):
        day = periods.first_of_next(day)
    return day


def _overlaid(
    day: int, price: Price | None, bps: int | None, temporaries: list[Kept]
) -> tuple[Price | None, int | None]:
    """Price and speed with the temporary change that lies over them. See Note [Temporary changes]."""
    for change, speed in reversed(temporaries):
        if change.day <= day < change.end_day:
            return change.price or price, speed
    return price, bps


def _committed(price: Price, bps: int | None, min_bps: int) -> int | None:
    """The speed that is owed on a suspended day. See Note [Suspended days]."""
    if price.model is Model.COMMITTED_BURST or price.is_flat or bps is None or not min_bps:
        return bps
    return min(bps, min_bps)


def _sibling_totals(service: Service, month: Month, as_of: dt.datetime) -> list[Step]:
    """The summed Mbps of the services that share its tiers, as steps by day (R20). Unbilled days count nothing."""
    moves: dict[int, int] = {}
    for sibling in service.siblings:
        for stretch in _of(sibling, month, as_of, []).stretches:
            moves[stretch.start] = moves.get(stretch.start, 0) + (stretch.bps or 0)
            moves[stretch.end] = moves.get(stretch.end, 0) - (stretch.bps or 0)
    total, steps = 0, []
    for day in sorted(moves):
        total += moves[day]
        steps.append((day, total))
    return steps
