"""What a proposed set of criteria would have said of past months, before it is approved."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from mayorista.apps.faults import case_facts
from mayorista.apps.indicators.models import CaseVerdict
from mayorista.apps.indicators.queries import criteria as sets
from mayorista.rules.indicators.cases import Verdict, first_indicator, judge
from mayorista.rules.indicators.criteria import CriteriaSet, Criterion
from mayorista.rules.indicators.fraction import Quotient
from mayorista.rules.periods import Month

PORTION = 1000
MOST_CASES = 20_000


@dataclass(frozen=True, slots=True)
class Changed:
    """A case that the proposal would answer otherwise. `because`: the criteria that fail in one set and not in the other."""

    number: str
    now: Verdict
    then: Verdict

    @property
    def changes_side(self) -> bool:
        """Whether it would count otherwise, not only fail for another reason."""
        return self.now.outcome is not self.then.outcome

    @property
    def because(self) -> tuple[Criterion, ...]:
        """The criteria that the two sets answer differently, in the order in which they are shown."""
        before = {each.criterion: each.answer for each in self.now.findings}
        after = {each.criterion: each.answer for each in self.then.findings}
        return tuple(each for each in Criterion if before.get(each) is not after.get(each))


@dataclass(frozen=True, slots=True)
class SimulatedMonth:
    """Indicator 1 of a month by the set in force and by the proposal; `whole` is False past the most cases.

    `current` is the number of the set in force; each value is judged by the threshold of its own set.
    """

    month: Month
    current: int
    now: Quotient
    then: Quotient
    now_threshold: Decimal
    then_threshold: Decimal
    changed: tuple[Changed, ...]
    whole: bool

    @property
    def sides(self) -> tuple[Changed, ...]:
        """The cases that would count otherwise."""
        return tuple(each for each in self.changed if each.changes_side)


def simulate(proposed: CriteriaSet, *, last: Month, months: int, at: dt.datetime) -> list[SimulatedMonth]:
    """Judge the cases of the `months` up to `last` by both sets, from today's facts; newest month first.

    Memory holds a portion of cases at a time.
    """
    in_force, made, month = sets.in_force(), [], last
    for _each in range(months):
        first = dt.date.fromordinal(month.first)
        ids = list(
            CaseVerdict.objects.filter(month=first)
            .order_by("case_id")
            .values_list("case_id", flat=True)[: MOST_CASES + 1]
        )
        version = in_force.of(month)
        current = version.criteria
        now, then, changed = [], [], []
        for start in range(0, min(len(ids), MOST_CASES), PORTION):
            for seen in case_facts.read(ids[start : start + PORTION], at=at):
                one, other = judge(seen.facts, current, at=at), judge(seen.facts, proposed, at=at)
                now.append(one)
                then.append(other)
                if (one.outcome, one.failed) != (other.outcome, other.failed):
                    changed.append(Changed(seen.facts.number, one, other))
        made.append(
            SimulatedMonth(
                month,
                version.number,
                first_indicator(now).official,
                first_indicator(then).official,
                current.threshold,
                proposed.threshold,
                tuple(changed),
                whole=len(ids) <= MOST_CASES,
            )
        )
        month = month.previous
    return made
