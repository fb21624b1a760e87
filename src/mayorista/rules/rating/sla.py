"""SLA credits as lines (R11, R17, R22).

The base is the service's recurring lines of the month of the outage as billed: of this invoice, or for an
earlier month of its invoice with the adjustments billed since (not one that rides on this very invoice). The
minutes are those of the billed days, less the suspended ones. No credit makes no line.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mayorista.rules import credits as ladders
from mayorista.rules import money
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import NEVER
from mayorista.rules.rating.lines import Credit, Kind, Line, Recurring, one_line, recurring

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from mayorista.rules.rating.case import ApprovedCredit, Case, Sla
    from mayorista.rules.rating.contract import Service

DAY_SECONDS = 86_400


def lines(case: Case, current: Recurring) -> list[Line]:
    """Return a line per proposal that earns something, then the approved credits, by month."""
    found = [line for each in case.sla for line in _proposed(case, each, current)]
    found += [_approved(each, case.service.circuit) for each in case.credits]
    return sorted(found, key=lambda line: _month_key(case, line))


def billed_minutes(service: Service, billed: Iterable[Line], as_of: dt.datetime) -> Fraction:
    """Return the minutes of the billed days less those suspended."""
    never = DAY_SECONDS * NEVER
    taken = sorted(
        (each.first_second, each.end_second if each.end_known(as_of) else never)
        for each in service.suspensions
        if each.known(as_of)
    )
    seconds = 0
    for line in billed:
        start, end = line.start * DAY_SECONDS, line.end * DAY_SECONDS
        seconds += end - start
        for low, high in taken:
            if max(low, start) < min(high, end):
                seconds -= min(high, end) - max(low, start)
                start = min(high, end)  # two suspensions that overlap are counted once
    return Fraction(seconds, 60)


def _proposed(case: Case, sla: Sla, current: Recurring) -> Sequence[Line]:
    month, as_of = case.billing.month, case.billing.as_of
    if sla.for_period not in {None, month}:
        current, as_of = _as_billed(case, sla), case.priors[-1].as_of
    computed = ladders.compute(
        sla.ladder,
        base_cents=current.cents,
        minutes=billed_minutes(case.service, current.lines, as_of),
        outage=sla.outage_minutes,
    )
    owed = Fraction(sla.already_credited) - computed.exact
    if not owed:
        return ()
    evidence = Credit(
        current.cents,
        computed.capped,
        sla.for_period,
        sla.cases,
        computed.how,
        money.cents(sla.already_credited),
    )
    return (one_line(Kind.SLA_CREDIT, owed.numerator, owed.denominator, case.service.circuit, evidence),)


def _as_billed(case: Case, sla: Sla) -> Recurring:
    month = sla.for_period
    assert month is not None
    if all(prior.month != month for prior in case.priors):
        raise Invalid(
            f"El mes {month} no figura entre las facturas anteriores.",
            field="sla.for_period",
            remedy="Agregue esa factura a prior_invoices.",
        )
    return recurring(case.service, month, case.priors[-1].as_of)


def _approved(credit: ApprovedCredit, circuit: str) -> Line:
    cents = money.cents(credit.amount)
    base = 0 if credit.base_fee is None else money.cents(credit.base_fee)
    evidence = Credit(base, capped=False, for_period=credit.for_period, cases=credit.cases, how=credit.how)
    return one_line(Kind.SLA_CREDIT, -cents, money.CENT, circuit, evidence)


def _month_key(case: Case, line: Line) -> tuple[int, int]:
    evidence = line.evidence
    assert isinstance(evidence, Credit)
    month = evidence.for_period or case.billing.month
    return month.year, month.number
