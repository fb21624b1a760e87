"""A month's amount from end to end (R10, R13-R15). A group of services is in `groups`."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from mayorista.rules import money
from mayorista.rules.errors import Invalid
from mayorista.rules.rating import adjustments, burst, sla
from mayorista.rules.rating.lines import Kind, Line, OneOffText, Recurring, one_line, recurring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mayorista.rules.periods import Month
    from mayorista.rules.rating.case import Billing, Case, OneOff
    from mayorista.rules.rating.contract import Service

NO_SPEED = "days_without_speed"
"""Days of the contract on which no speed was approved: billed to nobody, so a person must look."""
NOTHING: list[Line] = []


class Answer(NamedTuple):
    """An amount: lines in the contract's currency, all totals in cents of the invoice's currency.

    `converted` holds each line in the invoice's currency where it is another one; `contract_total` is then
    the sum of the lines before it. total = max(0, lines_total - opening credit) (R13); 0 makes no invoice (R23).
    """

    month: Month
    as_of: dt.datetime
    currency: str
    contract_currency: str
    lines: list[Line]
    converted: list[int] | None
    lines_total: int
    credit_applied: int
    total: int
    credit_carried_forward: int
    refused: list[str]
    flags: list[str]
    tax: int | None
    contract_total: int

    @property
    def is_invoiced(self) -> bool:
        """Whether there is anything to invoice."""
        return self.total > 0


class Parts(NamedTuple):
    """The lines of one service's month by block, in the order they stand on the invoice."""

    recurring: Recurring
    bursts: list[Line]
    complement: list[Line]
    one_offs: list[Line]
    credits: list[Line]
    adjustments: list[Line]
    flags: list[str]


def rate(case: Case) -> Answer:
    """Return the amount of one service's month. Raises Invalid where a price, a tier or a rate is missing."""
    found = parts(case)
    base, bursts, complement, one_offs, credits_, adjusted, flags = found
    lines = [*base.lines, *bursts, *complement, *one_offs, *credits_, *adjusted]
    return closed(
        lines, case.billing, case.service.terms.currency, case.tax_rate, base.timeline.refused, flags
    )


def parts(case: Case) -> Parts:
    """Return the lines of one service's month by block. Raises Invalid where a price or a tier is missing."""
    service, billing = case.service, case.billing
    month, as_of, terms = billing.month, billing.as_of, service.terms
    found = recurring(service, month, as_of)
    bursts = complement = one_offs = credits_ = adjusted = NOTHING
    flags: list[str] = []
    if found.timeline.speechless_days:
        flags = [NO_SPEED]
    if burst.has_any(found.timeline.stretches):
        bursts, raised = burst.lines(found.timeline.stretches, case.traffic, month.days, service.circuit)
        flags = [*dict.fromkeys(raised), *flags]
    if terms.minimum:
        burst_cents = sum(line.cents for line in bursts)
        complement = adjustments.complement_lines(
            terms.minimum, found, month.days, burst_cents, service.circuit
        )
    if case.one_offs or service.suspensions:
        one_offs = one_off_lines(case.one_offs, service.circuit) + _reconnections(service, month, as_of)
    if case.sla or case.credits:
        credits_ = sla.lines(case, found)
    if case.priors:
        adjusted = adjustments.lines(service, case.priors, as_of)
    return Parts(found, bursts, complement, one_offs, credits_, adjusted, flags)


def closed(
    lines: list[Line],
    billing: Billing,
    contract_currency: str,
    tax_rate: Decimal | None,
    refused: list[str],
    flags: list[str],
) -> Answer:
    """Return the totals over lines: conversion per line (R10), credit (R13), tax inside the price (R14)."""
    contract_total = 0
    for line in lines:
        contract_total += line.cents
    converted, lines_total = None, contract_total
    if billing.currency != contract_currency:
        rate = billing.rate
        if rate is None:
            raise Invalid(
                f"Falta el tipo de cambio de {contract_currency} a {billing.currency}.",
                field="billing.fx_rate",
                remedy="Indique el del día con su fuente.",
            )
        converted = [money.convert(line.cents, rate) for line in lines]
        lines_total = sum(converted)
    due = max(0, lines_total)
    credit = billing.credit
    applied = min(due, credit)
    tax = None
    if tax_rate is not None:
        numerator, denominator = tax_rate.as_integer_ratio()
        tax = money.half_up((due - applied) * numerator, denominator)
    return Answer(
        billing.month,
        billing.as_of,
        billing.currency,
        contract_currency,
        lines,
        converted,
        lines_total,
        applied,
        due - applied,
        credit - applied + due - lines_total,
        refused,
        flags,
        tax,
        contract_total,
    )


def rate_priors(case: Case) -> list[Answer]:
    """Return the invoices already issued, by the same rules, in order of issue.

    They show recurring lines, complement and adjustments in the contract's currency: rate, one-offs, traffic
    and credits of those months are not told.
    """
    service, terms, answers = case.service, case.service.terms, []
    for number, prior in enumerate(case.priors):
        found = recurring(service, prior.month, prior.as_of)
        burst_cents = money.cents(prior.burst)
        lines = [
            *found.lines,
            *adjustments.complement_lines(
                terms.minimum, found, prior.month.days, burst_cents, service.circuit
            ),
            *adjustments.lines(service, case.priors[:number], prior.as_of),
        ]
        billing = replace(
            case.billing,
            month=prior.month,
            as_of=prior.as_of,
            currency=terms.currency,
            fx_rate=None,
            opening_credit=Decimal(0),
        )
        flags = [NO_SPEED] if found.timeline.speechless_days else []
        answers.append(closed(lines, billing, terms.currency, case.tax_rate, found.timeline.refused, flags))
    return answers


def one_off_lines(one_offs: Sequence[OneOff], circuit: str) -> list[Line]:
    """Return charges and discounts as they are (R15)."""
    lines = []
    for each in one_offs:
        numerator, denominator = each.amount.as_integer_ratio()
        lines.append(
            one_line(Kind.ONE_OFF, numerator, denominator, each.circuit or circuit, OneOffText(each.text))
        )
    return lines


def _reconnections(service: Service, month: Month, as_of: dt.datetime) -> list[Line]:
    """The fee of each reconnection of this month (R22). One that was learnt of later is written as a one-off."""
    lines = []
    for each in service.suspensions:
        if each.fee is None or not month.first <= each.end_day < month.after:
            continue
        if each.known(as_of) and each.end_known(as_of):
            numerator, denominator = each.fee.as_integer_ratio()
            told = OneOffText(f"Reconexión del {dt.date.fromordinal(each.end_day):%d/%m/%Y}")
            lines.append(one_line(Kind.RECONNECTION_FEE, numerator, denominator, service.circuit, told))
    return lines
