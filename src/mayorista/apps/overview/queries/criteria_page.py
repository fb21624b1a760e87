"""A proposed set of criteria beside what rules: what it would have said of past months, and what contradicts it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Case
from mayorista.apps.indicators.queries import criteria as sets
from mayorista.apps.indicators.queries.simulation import SimulatedMonth, simulate
from mayorista.apps.overview.queries.indicators import NO_CLAIMS, Figure, figure
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import lapaz, periods
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.indicators.cases import OUTCOME_TITLES, Outcome
from mayorista.rules.indicators.criteria import Contradiction, CriteriaSet, Criterion
from mayorista.rules.periods import Month

SHOWN = 200


@dataclass(frozen=True, slots=True)
class SideRow:
    """A case that would count otherwise, with the criteria that make the difference."""

    number: str
    customer: str
    claimed: bool
    before: str
    after: str
    gains: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthOfProposal:
    """A past month by the set that ruled it and by the proposal. `more` cases change side beside those in `rows`."""

    month: Month
    current: int
    now: Figure
    then: Figure
    rows: tuple[SideRow, ...]
    more: int
    other_reason: int
    whole: bool


def simulated(proposed: CriteriaSet, *, last: Month, months: int, at: dt.datetime) -> list[MonthOfProposal]:
    """Return the past months by both sets, the newest first."""
    found = simulate(proposed, last=last, months=months, at=at)
    numbers = [each.number for month in found for each in month.sides[:SHOWN]]
    names = dict(
        Case.objects.filter(dossier__number__in=numbers).values_list("dossier__number", "customer__name")
    )
    return [_month(each, names) for each in found]


def _month(each: SimulatedMonth, names: dict[str, str]) -> MonthOfProposal:
    return MonthOfProposal(
        each.month,
        each.current,
        figure(each.now, each.now_threshold, _(NO_CLAIMS)),
        figure(each.then, each.then_threshold, _(NO_CLAIMS)),
        tuple(
            SideRow(
                case.number,
                names.get(case.number, ""),
                case.now.claimed,
                OUTCOME_TITLES[case.now.outcome],
                OUTCOME_TITLES[case.then.outcome],
                case.then.outcome is Outcome.EFFICIENT,
                tuple(rules.TITLES[criterion] for criterion in case.because),
            )
            for case in each.sides[:SHOWN]
        ),
        max(0, len(each.sides) - SHOWN),
        len(each.changed) - len(each.sides),
        each.whole,
    )


def contradictions(criteria: CriteriaSet, *, at: dt.datetime) -> tuple[Contradiction, ...]:
    """Return where a set measures by another limit than the parameters in force give; two reads."""
    known = procedure.parameters(at=at, prefix="dac.") | {
        name: procedure.parameter(name, at=at)
        for name in (rules.SAME_LIMIT[Criterion.TOLD], rules.SAME_LIMIT[Criterion.LASTED])
    }
    return rules.contradictions(criteria, known)


def in_force_contradictions(*, at: dt.datetime, name: str = "") -> tuple[Contradiction, ...]:
    """Return the same of the set that rules this month, of one parameter or of all."""
    if name and name not in rules.SAME_LIMIT.values():
        return ()
    version = sets.in_force().of(periods.month_of(lapaz.local(at).date()))
    return tuple(
        each for each in contradictions(version.criteria, at=at) if not name or each.parameter == name
    )
