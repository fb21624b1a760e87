"""What a group was rated from, in the JSON form that `reading` takes: an amount is redone from its own sheet.

Samples are not repeated: a burst line shows its percentile and how many samples it came from, and that is what the
case of a sheet carries as `traffic.measured`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mayorista.rules.rating.case import APPROVED
from mayorista.rules.tariff import BurstRounding, TierScope

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from mayorista.rules.rating import Billing, Case, OneOff, Prior, Service, SpeedChange, Suspension, Terms
    from mayorista.rules.rating.groups import Group
    from mayorista.rules.tariff import Price

Form = dict[str, Any]


def form(group: Group) -> Form:
    """Return a group as `reading.read` takes it, but for approved credits and traffic: see `case_of`."""
    made: Form = {
        "services": [_case(case) for case in group.cases],
        "billing": _billing(group.billing),
    }
    if group.tax_rate is not None:
        made["tax"] = {"model": "included", "rate": str(group.tax_rate)}
    if group.minimum_invoice is not None:
        made["minimum_invoice"] = str(group.minimum_invoice)
    _put(made, "one_offs", [_one_off(each) for each in group.one_offs])
    _put(made, "prior_invoices", [_prior(each) for each in group.priors])
    return made


def credits_form(group: Group) -> list[Form]:
    """Return the approved credits a group carries."""
    return [
        {
            "circuit": case.service.circuit,
            "for_period": str(each.for_period),
            "amount": str(each.amount),
            "cases": list(each.cases),
        }
        | ({} if each.base_fee is None else {"base_fee": str(each.base_fee)})
        | ({} if each.how == APPROVED else {"how": each.how})
        for case in group.cases
        for each in case.credits
    ]


def case_of(asked: Form, answer: Form, credits_: Sequence[Form]) -> Form:
    """Return the case that `mayorista rate` answers as an amount was defined, from what its sheet keeps.

    Beside what was asked it has the approved credits of each circuit and the percentiles its burst lines show.
    """
    services = []
    for each in asked["services"]:
        made = dict(each)
        mine = [
            {name: value for name, value in one.items() if name != "circuit"}
            for one in credits_
            if one["circuit"] == each["circuit"]
        ]
        _put(made, "approved_credits", mine)
        measured = [
            {name: line[name] for name in MEASURED}
            for line in answer["lines"]
            if line["kind"] == "burst" and line.get("circuit") == each["circuit"]
        ]
        if measured:
            made["traffic"] = {"measured": measured}
        services.append(made)
    return {**asked, "services": services, "expected": answer}


MEASURED = (
    "from",
    "to_exclusive",
    "p95_in",
    "p95_out",
    "discarded",
    "expected_samples",
    "present_samples",
)


def _put(made: Form, name: str, value: list[Form]) -> None:
    if value:
        made[name] = value


def _case(case: Case) -> Form:
    made = _service(case.service)
    _put(made, "one_offs", [_one_off(each) for each in case.one_offs])
    _put(made, "prior_invoices", [_prior(each) for each in case.priors])
    return made


def _service(service: Service) -> Form:
    made: Form = {
        "circuit": service.circuit,
        "contract": _terms(service.terms),
        "speed_changes": [_change(each) for each in service.changes],
    }
    _put(made, "suspensions", [_suspension(each) for each in service.suspensions])
    _put(made, "siblings", [_sibling(each) for each in service.siblings])
    return made


def _sibling(service: Service) -> Form:
    made = _service(service)
    made.pop("circuit")
    return made


def _terms(terms: Terms) -> Form:
    made: Form = {
        "currency": terms.currency,
        "start": terms.start.isoformat(),
        "prices": [_price(each) for each in terms.prices],
        "min_policy": terms.min_policy.value,
        "downgrade_notice_days": terms.downgrade_notice_days,
        "upgrade_policy": terms.upgrade_policy.value,
        "downgrade_policy": terms.downgrade_policy.value,
        "suspension_policy": terms.suspension_policy.value,
    }
    if terms.end_exclusive is not None:
        made["end_exclusive"] = terms.end_exclusive.isoformat()
    _instant(made, "end_approved_at", terms.end_approved_at)
    _figure(made, "min_mbps", terms.min_mbps)
    _figure(made, "minimum_invoice", terms.minimum_invoice)
    return made


def _price(price: Price, *, of_change: bool = False) -> Form:
    made: Form = {"model": price.model.value}
    if not of_change:
        made["effective"] = price.effective.isoformat()
    for name in ("monthly_fee", "unit_price", "commit_price", "burst_price"):
        _figure(made, name, getattr(price, name))
    if price.tiers:
        made["tiers"] = [
            {"up_to": None if tier.up_to is None else str(tier.up_to), "unit_price": str(tier.unit_price)}
            for tier in price.tiers
        ]
    if price.burst_rounding is not BurstRounding.EXACT:
        made["burst_rounding"] = price.burst_rounding.value
    if price.tier_scope is not TierScope.SERVICE:
        made["tier_scope"] = price.tier_scope.value
    _instant(made, "approved_at", price.approved_at)
    return made


def _change(change: SpeedChange) -> Form:
    made: Form = {
        "id": change.id,
        "effective": change.effective.isoformat(),
        "mbps": str(change.mbps),
        "status": "approved" if change.approved_at else "requested",
    }
    _instant(made, "approved_at", change.approved_at)
    if change.requested_on is not None:
        made["requested_on"] = change.requested_on.isoformat()
    if change.end_exclusive is not None:
        made["end_exclusive"] = change.end_exclusive.isoformat()
    if change.price is not None:
        made["price"] = _price(change.price, of_change=True)
    return made


def _suspension(each: Suspension) -> Form:
    made: Form = {"cut": each.cut.isoformat()}
    if each.reconnected is not None:
        made["reconnected"] = each.reconnected.isoformat()
    _figure(made, "fee", each.fee)
    _instant(made, "approved_at", each.approved_at)
    _instant(made, "reconnected_approved_at", each.reconnected_approved_at)
    return made


def _billing(billing: Billing) -> Form:
    made: Form = {
        "period": str(billing.month),
        "as_of": billing.as_of.isoformat(),
        "invoice_currency": billing.currency,
    }
    _figure(made, "fx_rate", billing.fx_rate)
    if billing.opening_credit:
        made["opening_credit"] = str(billing.opening_credit)
    return made


def _prior(prior: Prior) -> Form:
    made: Form = {"period": str(prior.month), "as_of": prior.as_of.isoformat()}
    if prior.billed is not None:
        made["billed"] = str(prior.billed)
    if prior.burst:
        made["burst"] = str(prior.burst)
    if prior.service is not None:
        made["service"] = _service(prior.service)
    _figure(made, "minimum_invoice", prior.minimum)
    return made


def _one_off(each: OneOff) -> Form:
    return {"text": each.text, "amount": str(each.amount)}


def _figure(made: Form, name: str, value: Decimal | None) -> None:
    if value is not None:
        made[name] = str(value)


def _instant(made: Form, name: str, value: dt.datetime | None) -> None:
    if value is not None:
        made[name] = value.isoformat()
