"""The JSON form of an answer: every amount a string, in the documented fields."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from mayorista.rules import money
from mayorista.rules.percentile import Percentile
from mayorista.rules.rating import groups, invoice
from mayorista.rules.rating.case import Case
from mayorista.rules.rating.lines import Adjustment, Complement, Credit, Kind, Line, OneOffText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mayorista.rules.rating.groups import Group
    from mayorista.rules.rating.invoice import Answer

Form = dict[str, Any]


def answered(asked: Case | Group) -> Form:
    """Rate a case or group and return its answer; a case with prior invoices shows them too."""
    if not isinstance(asked, Case):
        return answer(groups.rate(asked).answer)
    found = answer(invoice.rate(asked))
    if asked.priors:
        found["prior_invoices"] = [answer(each) for each in invoice.rate_priors(asked)]
    return found


def answer(found: Answer) -> Form:
    """Return an answer in the documented form."""
    converted: Sequence[int | None] = found.converted or [None] * len(found.lines)
    form: Form = {
        "period": str(found.month),
        "as_of": found.as_of.isoformat(),
        "currency": found.currency,
        "lines": [line(each, cents) for each, cents in zip(found.lines, converted, strict=True)],
        "lines_total": money.text(found.lines_total),
        "credit_applied": money.text(found.credit_applied),
        "total": money.text(found.total),
        "credit_carried_forward": money.text(found.credit_carried_forward),
        "refused_changes": found.refused,
        "flags": found.flags,
    }
    if found.converted is not None:
        form["total_contract_currency"] = money.text(found.contract_total)
    if found.tax is not None:
        form["tax_included"] = money.text(found.tax)
    return form


def line(each: Line, converted: int | None = None) -> Form:
    """Return a line in the documented form, with its amount in the invoice's currency where that is another."""
    form: Form = {"kind": each.kind.value}
    if each.circuit:
        form["circuit"] = each.circuit
    form |= _covered(each) | _evidence(each)
    form["exact"] = money.fraction_text(each.numerator, each.denominator)
    form["amount"] = money.text(each.cents)
    if converted is not None:
        form["amount_invoice_currency"] = money.text(converted)
    return form


def _covered(each: Line) -> Form:
    if each.price is None:
        return {}
    form: Form = {
        "from": dt.date.fromordinal(each.start).isoformat(),
        "to_exclusive": dt.date.fromordinal(each.end).isoformat(),
        "days": each.days,
        "days_in_month": each.month_days,
        "billed_mbps": None if each.bps is None else money.mbps_text(each.bps),
    }
    if each.kind is not Kind.BURST:
        form |= {"model": each.price.model.value, "monthly_amount": money.ratio_text(*each.monthly)}
    return form


def _evidence(each: Line) -> Form:
    evidence = each.evidence
    if isinstance(evidence, Percentile):
        return _percentile(evidence)
    if isinstance(evidence, Adjustment):
        return {
            "for_period": str(evidence.for_period),
            "already_billed": money.text(evidence.already_billed),
            "recomputed": money.text(evidence.recomputed),
        }
    if isinstance(evidence, Credit):
        return _credit(evidence)
    if isinstance(evidence, Complement):
        return {
            "minimum": money.plain(evidence.minimum, money.PRICE_PLACES),
            "days": evidence.days,
            "days_in_month": each.month_days,
            "recurring": money.text(evidence.recurring),
            "burst": money.text(evidence.burst),
        }
    if isinstance(evidence, OneOffText):
        return {"text": evidence.text}
    return {}


def _percentile(evidence: Percentile) -> Form:
    def speed(bps: int | None) -> str | None:
        return None if bps is None else money.mbps_text(bps)

    return {
        "p95_in": speed(evidence.inward),
        "p95_out": speed(evidence.outward),
        "p95": speed(evidence.billed),
        "discarded": evidence.discarded,
        "expected_samples": evidence.expected,
        "present_samples": evidence.present,
    }


def _credit(evidence: Credit) -> Form:
    form: Form = {"base_fee": money.text(evidence.base), "capped": evidence.capped}
    if evidence.for_period is not None:
        form["for_period"] = str(evidence.for_period)
    if evidence.cases:
        form["cases"] = list(evidence.cases)
    if evidence.already_credited:
        form["already_credited"] = money.text(evidence.already_credited)
    return form
