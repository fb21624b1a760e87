"""What a change of speed would cost: the months rated by `rules.rating` with and without it, on the real terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import ServiceHolding
from mayorista.apps.contracts.queries.rating import ContractInput, RatedService, rating_services
from mayorista.rules import agreements, money, periods
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month
from mayorista.rules.rating import Answer, Billing, Case, SpeedChange, explain, groups, timeline

PROPOSED = "propuesta"


@dataclass(frozen=True, slots=True)
class MonthPrice:
    """A month with and without the change, in cents of the contract's currency; `lines` are this circuit's."""

    month: Month
    before: int
    after: int
    contract_before: int
    contract_after: int
    lines: tuple[str, ...]

    @property
    def difference(self) -> int:
        """How much more the contract's month comes to."""
        return self.contract_after - self.contract_before

    @property
    def before_amount(self) -> Decimal:
        """The circuit's month without it."""
        return money.amount(self.before)

    @property
    def after_amount(self) -> Decimal:
        """The circuit's month with it."""
        return money.amount(self.after)

    @property
    def difference_amount(self) -> Decimal:
        """What the whole contract's month moves by."""
        return money.amount(self.difference)


@dataclass(frozen=True, slots=True)
class PricePreview:
    """The month of a change and the next. `problem` says why nothing could be computed; `bills_from` is R9's day.

    Usage above a commit is not in it: nobody knows the traffic of a month to come (`without_burst`).
    """

    currency: str
    sign: str
    bills_from: dt.date | None
    months: tuple[MonthPrice, ...]
    refused: bool = False
    without_burst: bool = False
    problem: str = ""


def holder_on(service_id: int, day: dt.date) -> int | None:
    """Return the contract that holds a circuit on a day, else the one that holds it last, else None."""
    rows = ServiceHolding.objects.filter(service_id=service_id)
    held = (
        rows.filter(starts_date__lte=day)
        .exclude(ends_date__lte=day)
        .values_list("contract_id", flat=True)
        .first()
    )
    return held or rows.order_by("-starts_date").values_list("contract_id", flat=True).first()


def price_preview(
    service_id: int,
    *,
    to_kbps: int,
    effective: dt.date,
    requested_on: dt.date,
    at: dt.datetime,
    until: dt.date | None = None,
    own_price: Mapping[str, Any] | None = None,
) -> PricePreview:
    """Return what a change of speed would make of the month it takes effect in and of the next, as known at `at`."""
    contract_id = holder_on(service_id, effective)
    if contract_id is None:
        return _unknown(_("El servicio no está en ningún contrato: no se puede calcular el precio."))
    try:
        change = SpeedChange(
            PROPOSED,
            effective,
            Decimal(to_kbps) / 1000,
            at,
            requested_on=requested_on,
            end_exclusive=until,
            price=_own_price(own_price, effective),
        )
        return _preview(service_id, contract_id, change, at)
    except Invalid as error:
        return _unknown(f"{error.message} {error.remedy}".strip())


def _preview(service_id: int, contract_id: int, change: SpeedChange, at: dt.datetime) -> PricePreview:
    month = periods.month_of(change.effective)
    found = [_read(contract_id, each, at) for each in (month, month.next)]
    own = next((each for each in found[0].services if each.service_id == service_id), None)
    if own is None or found[0].clauses is None:
        raise Invalid(_("El servicio no está en el contrato ese mes."))
    currency = found[0].clauses.currency
    from_day = _bills_from(own, change, at)
    months = []
    refused = without_burst = False
    for each, rated in zip((month, month.next), found, strict=True):
        before = _rate(rated.services, each, currency, at)
        after = _rate(_with(rated.services, service_id, change), each, currency, at)
        refused = refused or any(PROPOSED in line for line in after.refused)
        without_burst = without_burst or any("p95" in flag for flag in after.flags)
        months.append(_month(each, own.circuit, before, after, currency))
    return PricePreview(
        currency, money.currency_sign(currency), from_day, tuple(months), refused, without_burst
    )


def _read(contract_id: int, month: Month, at: dt.datetime) -> ContractInput:
    found = rating_services([contract_id], month=month, as_of=at)[contract_id]
    if found.problem is not None:
        raise found.problem
    return found


def _with(services: Iterable[RatedService], service_id: int, change: SpeedChange) -> list[RatedService]:
    return [
        replace(each, service=replace(each.service, changes=(*each.service.changes, change)))
        if each.service_id == service_id
        else each
        for each in services
    ]


def _rate(services: Iterable[RatedService], month: Month, currency: str, at: dt.datetime) -> Answer:
    billing = Billing(month, at, currency)
    # A circuit that left and came back stands there twice; each stay is a service of its own to the rules.
    cases = {}
    for each in services:
        name = (
            each.circuit
            if each.circuit not in cases
            else f"{each.circuit} ({each.service.terms.start:%d/%m/%Y})"
        )
        cases[name] = Case(replace(each.service, circuit=name), billing)
    return groups.rate(groups.Group(tuple(cases.values()), billing)).answer


def _bills_from(own: RatedService, change: SpeedChange, at: dt.datetime) -> dt.date:
    """The day the change bills from by the contract's notice and cycle (R9); neither end of a temporary one is delayed."""
    if change.end_exclusive is not None:
        return change.effective
    known = [
        each
        for each in own.service.ordered
        if each.approved_at and each.approved_at <= at and not each.end_exclusive
    ]
    before = [each for each in known if each.effective <= change.effective]
    if not before:
        return change.effective
    bps = max(change.bps, own.service.terms.min_bps)
    return dt.date.fromordinal(timeline.bills_from(own.service.terms, change, bps, before[-1].bps))


def _month(month: Month, circuit: str, before: Answer, after: Answer, currency: str) -> MonthPrice:
    lines = [line for line in after.lines if _is_of(line.circuit, circuit)]
    return MonthPrice(
        month=month,
        before=sum(line.cents for line in before.lines if _is_of(line.circuit, circuit)),
        after=sum(line.cents for line in lines),
        contract_before=before.contract_total,
        contract_after=after.contract_total,
        lines=tuple(explain.sentence(line, currency) for line in lines),
    )


def _is_of(name: str, circuit: str) -> bool:
    return name == circuit or name.startswith(f"{circuit} (")


def _own_price(terms: Mapping[str, Any] | None, effective: dt.date) -> Any:
    if not terms:
        return None
    rest = dict(terms)
    return agreements.price(rest, model=str(rest.pop("model", "")), effective=effective, path="own_price")


def _unknown(problem: str) -> PricePreview:
    return PricePreview("", "", None, (), problem=problem)
