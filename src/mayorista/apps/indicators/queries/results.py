"""The two indicators of a term, counted from kept verdicts and controls in one read each (G-02, G-03, G-06)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from mayorista.apps.indicators.queries import criteria as sets
from mayorista.rules.indicators.cases import FirstIndicator
from mayorista.rules.indicators.fraction import NOTHING, Quotient, Standing, combined
from mayorista.rules.indicators.terms import Term
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class MonthResult:
    """Both indicators of one month; `controls_open` are in neither side of the second."""

    month: Month
    first: FirstIndicator
    second: Quotient
    controls_open: int


@dataclass(frozen=True, slots=True)
class Results:
    """A term: its months and their sum, judged by the threshold of its last month's set."""

    term: Term
    months: tuple[MonthResult, ...]
    threshold: Decimal

    @property
    def first(self) -> FirstIndicator:
        """Indicator 1 of the whole term, from cases."""
        parts = [each.first for each in self.months]
        return FirstIndicator(
            official=sum((each.official for each in parts), NOTHING),
            extended=sum((each.extended for each in parts), NOTHING),
            literal=(sum(each.literal[0] for each in parts), sum(each.literal[1] for each in parts)),
            in_progress=sum(each.in_progress for each in parts),
            excluded=sum(each.excluded for each in parts),
        )

    @property
    def second(self) -> Quotient:
        """Indicator 2 of the whole term, from controls."""
        return sum((each.second for each in self.months), NOTHING)

    @property
    def light(self) -> Standing:
        """Both together: red if either is (G-05)."""
        return combined(self.first.official.standing(self.threshold), self.second.standing(self.threshold))

    def part(self, term: Term) -> Results:
        """Return a term within this one, from what is counted already; a month that is not here counted nothing."""
        known = {each.month: each for each in self.months}
        nothing = FirstIndicator(NOTHING, NOTHING, (0, 0), 0, 0)
        return Results(
            term,
            tuple(known.get(month) or MonthResult(month, nothing, NOTHING, 0) for month in term.months),
            sets.in_force().of(term.last).criteria.threshold,
        )


def results(term: Term, *, customer_id: int | None = None, cause_class: str | None = None) -> Results:
    """Return both indicators for a term; three reads whatever its size.

    Of one customer: both. Of one class of cause ("" is: not diagnosed): the first alone, a control has no cause.
    """
    span = {
        "first": dt.date.fromordinal(term.first.first),
        "after": dt.date.fromordinal(term.last.after),
        "customer": customer_id,
        "class": cause_class,
    }
    narrow = (_OF_CUSTOMER_CASES if customer_id else "") + (_OF_CLASS if cause_class is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(_CASES.format(narrow=narrow), span)
        cases = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_CONTROLS.format(narrow=_OF_CUSTOMER_CONTROLS if customer_id else ""), span)
        controls = {row[0]: row[1:] for row in cursor.fetchall()}
    months = []
    for month in term.months:
        day = dt.date.fromordinal(month.first)
        mine, mine_settled, all_good, all_settled, running, excluded = cases.get(day, (0,) * 6)
        on_time, settled, still_open = controls.get(day, (0,) * 3)
        months.append(
            MonthResult(
                month,
                FirstIndicator(
                    official=Quotient(mine, mine_settled),
                    extended=Quotient(all_good, all_settled),
                    literal=(all_good, mine_settled + running),
                    in_progress=running,
                    excluded=excluded,
                ),
                Quotient(on_time, settled),
                still_open,
            )
        )
    return Results(term, tuple(months), sets.in_force().of(term.last).criteria.threshold)


# Counted by kind first: six conditions on each of 100,000 cases cost more than on the few kinds there are.
_CASES = """
SELECT month,
    coalesce(sum(many) FILTER (WHERE claimed AND outcome = 'EFFICIENT'), 0)::bigint,
    coalesce(sum(many) FILTER (WHERE claimed AND outcome IN ('EFFICIENT', 'NOT_EFFICIENT')), 0)::bigint,
    coalesce(sum(many) FILTER (WHERE outcome = 'EFFICIENT'), 0)::bigint,
    coalesce(sum(many) FILTER (WHERE outcome IN ('EFFICIENT', 'NOT_EFFICIENT')), 0)::bigint,
    coalesce(sum(many) FILTER (WHERE claimed AND outcome = 'IN_PROGRESS'), 0)::bigint,
    coalesce(sum(many) FILTER (WHERE outcome = 'EXCLUDED'), 0)::bigint
FROM (
    SELECT month, claimed, outcome, count(*) AS many FROM indicators_caseverdict
    WHERE month >= %(first)s AND month < %(after)s {narrow} GROUP BY month, claimed, outcome
) kinds GROUP BY month
"""
_CONTROLS = """
SELECT month,
    coalesce(sum(many) FILTER (WHERE state = 'ON_TIME'), 0)::bigint,
    coalesce(sum(many) FILTER (WHERE state <> 'OPEN'), 0)::bigint,
    coalesce(sum(many) FILTER (WHERE state = 'OPEN'), 0)::bigint
FROM (
    SELECT month, state, count(*) AS many FROM indicators_contractcontrol
    WHERE month >= %(first)s AND month < %(after)s {narrow} GROUP BY month, state
) kinds GROUP BY month
"""
_OF_CUSTOMER_CASES = "AND case_id IN (SELECT id FROM faults_case WHERE customer_id = %(customer)s)"
_OF_CUSTOMER_CONTROLS = (
    "AND contract_id IN (SELECT id FROM contracts_contract WHERE customer_id = %(customer)s)"
)
_OF_CLASS = " AND cause_class = %(class)s"
