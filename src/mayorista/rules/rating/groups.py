"""An invoicing group: several services, one amount (G-45). R13 and R14 run once, every line names its circuit.

Each block (recurring, burst, complement, one-offs, credits, adjustments) holds the services in the order of
their circuits. A minimum of the group completes what its services come to; a month's billed days are those on
which any of them bills (R21). Tiers in scope `contract` or `customer` see the Mbps of the group's other
services; those of the customer's other groups are given as `siblings` of each service (R20).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from mayorista.rules import money
from mayorista.rules.errors import Invalid
from mayorista.rules.rating import adjustments, invoice
from mayorista.rules.rating.case import check_priors
from mayorista.rules.rating.lines import Recurring, recurring

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from mayorista.rules.periods import Month
    from mayorista.rules.rating.case import Billing, Case, OneOff, Prior
    from mayorista.rules.rating.contract import Service
    from mayorista.rules.rating.invoice import Answer, Parts
    from mayorista.rules.rating.lines import Line

_CENT_UNITS = 10 ** (money.PRICE_PLACES - 2)


@dataclass(frozen=True, slots=True)
class Group:
    """The services of one invoice. What hangs on a service stands in its case; `one_offs` without circuit are the group's.

    `priors` are needed only for a minimum of the group: its complement of months already issued.
    """

    cases: tuple[Case, ...]
    billing: Billing
    minimum_invoice: Decimal | None = None
    one_offs: tuple[OneOff, ...] = ()
    tax_rate: Decimal | None = None
    priors: tuple[Prior, ...] = ()

    def __post_init__(self) -> None:
        if not self.cases:
            raise Invalid("El grupo no tiene servicios.", field="services", remedy="Agregue al menos uno.")
        seen: set[str] = set()
        for number, case in enumerate(self.cases):
            service = case.service
            if not service.circuit or service.circuit in seen:
                raise Invalid(
                    "Cada servicio de un grupo lleva su circuito, sin repetir.",
                    field=f"services[{number}].circuit",
                    remedy="Escriba el código del circuito.",
                )
            seen.add(service.circuit)
            if service.terms.currency != self.currency:
                raise Invalid(
                    "Los servicios de un grupo tienen una sola moneda.",
                    field=f"services[{number}].contract.currency",
                    remedy="Sepárelos en otro grupo.",
                )
        if self.minimum_invoice is not None and self.minimum_invoice < 0:
            raise Invalid("No puede ser negativo.", field="minimum_invoice", remedy="Revise la cifra.")
        object.__setattr__(self, "cases", tuple(sorted(self.cases, key=lambda case: case.service.circuit)))
        object.__setattr__(self, "priors", check_priors(self.priors, self.billing))

    @property
    def currency(self) -> str:
        """The currency of its contracts."""
        return self.cases[0].service.terms.currency


class GroupAnswer(NamedTuple):
    """The amount, and the blocks of each circuit it was made of."""

    answer: Answer
    parts: list[tuple[str, Parts]]


def rate(group: Group) -> GroupAnswer:
    """Return the amount of a group's month. Raises Invalid with the field of the service concerned."""
    services = [_with_siblings(case.service, group) for case in group.cases]
    found = []
    for case, service in zip(group.cases, services, strict=True):
        try:
            found.append(invoice.parts(replace(case, service=service, billing=group.billing)))
        except Invalid as error:
            raise Invalid(
                error.message, field=f"services[{service.circuit}].{error.field}", remedy=error.remedy
            ) from None
    lines = _in_order(group, services, found)
    circuits = [service.circuit for service in services]
    refused = [
        f"{c}: {id_}"
        for c, each in zip(circuits, found, strict=True)
        for id_ in each.recurring.timeline.refused
    ]
    flags = [f"{c}: {flag}" for c, each in zip(circuits, found, strict=True) for flag in each.flags]
    answer = invoice.closed(lines, group.billing, group.currency, group.tax_rate, refused, flags)
    return GroupAnswer(answer, list(zip(circuits, found, strict=True)))


def _in_order(group: Group, services: Sequence[Service], found: Sequence[Parts]) -> list[Line]:
    minimum = _minimum(group)
    month = group.billing.month
    together = _together(each.recurring for each in found)
    other = sum(line.cents for each in found for line in (*each.bursts, *each.complement))
    own_complement = adjustments.complement_lines(minimum, together, month.days, other, "") if minimum else []
    adjusted = [line for each in found for line in each.adjustments]
    adjusted += _minimum_adjustments(group, services)
    return [
        *(line for each in found for line in each.recurring.lines),
        *(line for each in found for line in each.bursts),
        *(line for each in found for line in each.complement),
        *own_complement,
        *(line for each in found for line in each.one_offs),
        *invoice.one_off_lines(group.one_offs, ""),
        *(line for each in found for line in each.credits),
        *adjusted,
    ]


def _minimum(group: Group) -> int:
    return _units(group.minimum_invoice)


def _units(minimum: Decimal | None) -> int:
    return 0 if minimum is None else money.scaled(minimum, money.PRICE_PLACES, field="minimum_invoice")


def _minimum_adjustments(group: Group, services: Sequence[Service]) -> list[Line]:
    """The complement of issued months, computed again by the clauses of each: only the group's own part (R7, R21)."""
    lines: list[Line] = []
    if group.minimum_invoice is None and all(prior.minimum is None for prior in group.priors):
        return lines
    for prior in sorted(group.priors, key=lambda each: each.month):
        last = group.priors[-1].as_of
        then = _by_its_clauses(group, services, prior)
        minimum = _units(group.minimum_invoice if prior.minimum is None else prior.minimum)
        before = (
            money.cents(prior.billed) if prior.billed is not None else _lacked(prior, then, minimum, last)
        )
        lines += adjustments.difference(prior, before, _lacked(prior, then, minimum, group.billing.as_of), "")
    return lines


def _by_its_clauses(group: Group, services: Sequence[Service], prior: Prior) -> list[Service]:
    """The services as the clauses of an issued month have them, where those are others than now."""
    found = []
    for case, service in zip(group.cases, services, strict=True):
        own = next((each.service for each in case.priors if each.month == prior.month), None)
        found.append(own or service)
    return found


def _lacked(prior: Prior, services: Sequence[Service], minimum: int, as_of: dt.datetime) -> int:
    month: Month = prior.month
    each = [recurring(service, month, as_of) for service in services]
    together = _together(each)
    own = sum(
        adjustments.to_minimum(
            service.terms.minimum, days=found.days, month_days=month.days, cents=found.cents
        ).cents
        for service, found in zip(services, each, strict=True)
    )
    cents = together.cents + own + money.cents(prior.burst)
    return adjustments.to_minimum(minimum, days=together.days, month_days=month.days, cents=cents).cents


def _together(found: Iterable[Recurring]) -> Recurring:
    """The services as one: sum of cents, days on which any of them bills."""
    every = list(found)
    days = {day for each in every for line in each.lines for day in range(line.start, line.end)}
    return Recurring([], sum(each.cents for each in every), len(days), every[0].timeline)


def _with_siblings(service: Service, group: Group) -> Service:
    """The service with the group's other services beside it, where a tier asks for them (R20)."""
    prices = [
        *service.terms.prices,
        *(change.price for change in service.changes if change.price is not None),
    ]
    if not any(price.is_shared for price in prices):
        return service
    others = tuple(case.service for case in group.cases if case.service.circuit != service.circuit)
    return replace(service, siblings=(*service.siblings, *others))
