"""The JSON form of a case: read, checked, every fault named by its path.

The documented fields, and of our own, for the rules the documented form does not reach:

    contract.upgrade_policy, downgrade_policy   `immediate` | `next_cycle`; `change_policy` means both (R18)
    contract.tier_scope, prices[].tier_scope    `service` | `contract` | `customer` (R20)
    contract.minimum_invoice                    a month's minimum (R21)
    contract.suspension_policy                  `full` | `commit_only` | `none` (R22)
    prices[].approved_at                        a version unknown before
    speed_changes[].end_exclusive, price        a temporary change and its own price (R18)
    suspensions[] {cut, reconnected?, fee?, approved_at?, reconnected_approved_at?}   days or instants (R22)
    siblings[] {contract, speed_changes, suspensions?}      services that share the tiers (R20)
    traffic.ports[] {samples_rle, active_from?, active_to_exclusive?, members[]?}   pool and LAG (R19)
    sla (also a list): for_period, cases[], already_credited, allowance_minutes,
        model `duration_ladder` steps[]{from_minutes, fraction} and `best_of` rules[] (R17)
    prior_invoices[].billed, burst              what the books say was billed; what its burst lines came to (R7, R21)
    prior_invoices[].service                    the circuit by the clauses of that month, where they were others
    prior_invoices[].minimum_invoice            of a group: its minimum in that month, where it was another (R21)
    approved_credits[] {for_period, amount, cases[]?, base_fee?, how?}   as the Gerente approved them (R17)
    traffic.measured[]                          the percentiles of a sheet's burst lines instead of samples (R12)

A group (G-45) has `services[]` (each with circuit, contract, speed_changes, …) beside `billing`.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mayorista.rules import money, periods
from mayorista.rules.rating import reading_sla, reading_traffic
from mayorista.rules.rating.case import APPROVED, ApprovedCredit, Billing, Case, OneOff, Prior
from mayorista.rules.rating.contract import (
    ChangePolicy,
    MinimumPolicy,
    Service,
    SpeedChange,
    Suspension,
    SuspensionPolicy,
    Terms,
)
from mayorista.rules.rating.groups import Group
from mayorista.rules.rating.nodes import Node
from mayorista.rules.tariff import BurstRounding, Model, Price, Tier, TierScope

if TYPE_CHECKING:
    from decimal import Decimal

_SERVICE = (
    "contract",
    "speed_changes",
    "suspensions",
    "siblings",
    "traffic",
    "sla",
    "approved_credits",
    "one_offs",
    "prior_invoices",
)
_CASE = (*_SERVICE, "billing", "tax", "expected")
_GROUP = ("services", "billing", "tax", "one_offs", "minimum_invoice", "prior_invoices", "expected")


def read(document: Any) -> Case | Group:
    """Return the case or group written in a parsed JSON document. Raises Invalid with the path of the first fault."""
    node = Node(document)
    if isinstance(document, dict) and "services" in document:
        return _group(node)
    return case(node)


def case(node: Node) -> Case:
    """Return one service's case."""
    node.known(*_CASE)
    return _case(node, _billing(node.need("billing")), _tax(node))


def _case(node: Node, billing: Billing, tax: Decimal | None) -> Case:
    found = service(node)
    traffic = reading_traffic.read(node.at("traffic"), found, billing) if node.has("traffic") else None
    priors = tuple(_prior(each) for each in node.list_of("prior_invoices"))
    with node.naming():
        return Case(
            service=found,
            billing=billing,
            traffic=traffic,
            sla=reading_sla.read(node.at("sla")) if node.has("sla") else (),
            credits=tuple(_credit(each) for each in node.list_of("approved_credits")),
            one_offs=tuple(_one_off(each) for each in node.list_of("one_offs")),
            tax_rate=tax,
            priors=priors,
        )


def _group(node: Node) -> Group:
    node.known(*_GROUP)
    billing, tax = _billing(node.need("billing")), _tax(node)
    cases = tuple(_case(each.known(*_SERVICE), billing, None) for each in node.need("services").items())
    with node.naming():
        return Group(
            cases=cases,
            billing=billing,
            minimum_invoice=_optional_decimal(node, "minimum_invoice"),
            one_offs=tuple(_one_off(each) for each in node.list_of("one_offs")),
            tax_rate=tax,
            priors=tuple(_prior(each) for each in node.list_of("prior_invoices")),
        )


def service(node: Node) -> Service:
    """Return a circuit with its terms, changes and suspensions."""
    contract = node.need("contract")
    changes = tuple(_change(each) for each in node.list_of("speed_changes"))
    with node.naming():
        return Service(
            terms=terms(contract),
            changes=changes,
            suspensions=tuple(_suspension(each) for each in node.list_of("suspensions")),
            siblings=tuple(
                service(each.known("contract", "speed_changes", "suspensions"))
                for each in node.list_of("siblings")
            ),
            circuit=node.at("circuit").text() if node.has("circuit") else "",
        )


def terms(node: Node) -> Terms:
    """Return the clauses of a contract."""
    node.known(
        "currency", "start", "end_exclusive", "end_approved_at", "prices", "min_mbps", "min_policy", "downgrade_notice_days",
        "change_policy", "upgrade_policy", "downgrade_policy", "suspension_policy", "minimum_invoice", "tier_scope",
    )  # fmt: skip
    scope = node.at("tier_scope").choice(TierScope) if node.has("tier_scope") else TierScope.SERVICE
    both = (
        node.at("change_policy").choice(ChangePolicy) if node.has("change_policy") else ChangePolicy.IMMEDIATE
    )
    prices = tuple(_price(each, scope) for each in node.need("prices").items())
    with node.naming():
        return Terms(
            currency=node.need("currency").text(),
            start=node.need("start").day(),
            prices=prices,
            end_exclusive=node.at("end_exclusive").day() if node.has("end_exclusive") else None,
            end_approved_at=_optional_instant(node, "end_approved_at"),
            min_mbps=_optional_decimal(node, "min_mbps"),
            min_policy=node.at("min_policy").choice(MinimumPolicy)
            if node.has("min_policy")
            else MinimumPolicy.REFUSE,
            downgrade_notice_days=node.at("downgrade_notice_days").whole()
            if node.has("downgrade_notice_days")
            else 0,
            upgrade_policy=node.at("upgrade_policy").choice(ChangePolicy)
            if node.has("upgrade_policy")
            else both,
            downgrade_policy=node.at("downgrade_policy").choice(ChangePolicy)
            if node.has("downgrade_policy")
            else both,
            suspension_policy=_suspension_policy(node),
            minimum_invoice=_optional_decimal(node, "minimum_invoice"),
        )


def _suspension_policy(node: Node) -> SuspensionPolicy:
    if not node.has("suspension_policy"):
        return SuspensionPolicy.FULL
    return node.at("suspension_policy").choice(SuspensionPolicy)


def price(node: Node, scope: TierScope = TierScope.SERVICE) -> Price:
    """Return one dated version of a price; `scope` holds where it names none itself."""
    return _price(node, scope)


def _price(node: Node, scope: TierScope, effective: dt.date | None = None) -> Price:
    node.known(
        "effective", "model", "monthly_fee", "unit_price", "tiers", "commit_price", "burst_price", "burst_rounding",
        "tier_scope", "approved_at",
    )  # fmt: skip
    tiers = tuple(_tier(each) for each in node.list_of("tiers"))
    with node.naming():
        return Price(
            effective=effective or node.need("effective").day(),
            model=node.need("model").choice(Model),
            monthly_fee=_optional_decimal(node, "monthly_fee"),
            unit_price=_optional_decimal(node, "unit_price"),
            tiers=tiers,
            commit_price=_optional_decimal(node, "commit_price"),
            burst_price=_optional_decimal(node, "burst_price"),
            burst_rounding=node.at("burst_rounding").choice(BurstRounding)
            if node.has("burst_rounding")
            else BurstRounding.EXACT,
            tier_scope=node.at("tier_scope").choice(TierScope) if node.has("tier_scope") else scope,
            approved_at=_optional_instant(node, "approved_at"),
        )


def _tier(node: Node) -> Tier:
    node.known("up_to", "unit_price")
    with node.naming():
        return Tier(up_to=_optional_decimal(node, "up_to"), unit_price=node.need("unit_price").decimal())


def _change(node: Node) -> SpeedChange:
    node.known("effective", "mbps", "status", "approved_at", "requested_on", "end_exclusive", "price")
    status = node.need("status").text()
    approved = node.need("approved_at").instant() if status == "approved" else None
    effective = node.need("effective").day()
    with node.naming():
        return SpeedChange(
            id=node.need("id").text(),
            effective=effective,
            mbps=node.need("mbps").decimal(),
            approved_at=approved,
            requested_on=node.at("requested_on").day() if node.has("requested_on") else None,
            end_exclusive=node.at("end_exclusive").day() if node.has("end_exclusive") else None,
            price=_price(node.at("price"), TierScope.SERVICE, effective) if node.has("price") else None,
        )


def _suspension(node: Node) -> Suspension:
    node.known("cut", "reconnected", "fee", "approved_at", "reconnected_approved_at")
    with node.naming():
        return Suspension(
            cut=node.need("cut").day_or_instant(),
            reconnected=node.at("reconnected").day_or_instant() if node.has("reconnected") else None,
            fee=_optional_decimal(node, "fee"),
            approved_at=_optional_instant(node, "approved_at"),
            reconnected_approved_at=_optional_instant(node, "reconnected_approved_at"),
        )


def _billing(node: Node) -> Billing:
    node.known("period", "as_of", "invoice_currency", "fx_rate", "opening_credit")
    with node.naming():
        return Billing(
            month=periods.parse_month(node.need("period").text(), field="period"),
            as_of=node.need("as_of").instant(),
            currency=node.need("invoice_currency").text(),
            fx_rate=_optional_decimal(node, "fx_rate"),
            opening_credit=node.at("opening_credit").decimal()
            if node.has("opening_credit")
            else money.amount(0),
        )


def _prior(node: Node) -> Prior:
    node.known("period", "as_of", "billed", "burst", "service", "minimum_invoice")
    then = (
        service(node.at("service").known("circuit", "contract", "speed_changes", "suspensions", "siblings"))
        if node.has("service")
        else None
    )
    with node.naming():
        return Prior(
            month=periods.parse_month(node.need("period").text(), field="period"),
            as_of=node.need("as_of").instant(),
            billed=_optional_decimal(node, "billed"),
            burst=node.at("burst").decimal() if node.has("burst") else money.amount(0),
            service=then,
            minimum=_optional_decimal(node, "minimum_invoice"),
        )


def _credit(node: Node) -> ApprovedCredit:
    node.known("for_period", "amount", "cases", "base_fee", "how")
    amount = node.need("amount").decimal()
    money.scaled(amount, money.PRICE_PLACES, field=node.at("amount").path)
    return ApprovedCredit(
        for_period=periods.parse_month(node.need("for_period").text(), field=node.at("for_period").path),
        amount=amount,
        cases=tuple(each.text() for each in node.list_of("cases")),
        base_fee=_optional_decimal(node, "base_fee"),
        how=node.at("how").text() if node.has("how") else APPROVED,
    )


def _one_off(node: Node) -> OneOff:
    node.known("text", "amount")
    amount = node.need("amount").decimal()
    money.scaled(amount, money.PRICE_PLACES, field=node.at("amount").path)
    return OneOff(text=node.need("text").text(), amount=amount)


def _tax(node: Node) -> Decimal | None:
    if not node.has("tax"):
        return None
    tax = node.at("tax").known("model", "rate")
    tax.need("model").one_of(("included",))
    rate = tax.need("rate").decimal()
    if not 0 <= Fraction(rate) < 1:
        raise tax.at("rate").wrong(
            f"La alícuota {rate} no está entre 0 y 1.", "El IVA de 13 % se escribe 0.13."
        )
    return rate


def _optional_decimal(node: Node, name: str) -> Decimal | None:
    return node.at(name).decimal() if node.has(name) else None


def _optional_instant(node: Node, name: str) -> dt.datetime | None:
    return node.at(name).instant() if node.has(name) else None
