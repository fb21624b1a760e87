"""What a month is rated from: contracts' rows as the values of `rules.rating`, many contracts in a fixed number of reads.

# Note [What bills]
A circuit's speed is what its contract began with (the first bandwidth period) and every change of speed in
force; `approved_at` is when the change came in force, so that an invoice sees what was known at its `as_of`
(R7). A temporary change is one change with its end (R18): the row of its return is the network's affair and
never rated. Of a contract's terms those count that are in force on the last day of the month.

# Note [Prices known from when]
The first price of a circuit under a contract is known from the start: without it nothing could be rated. A
later one that was agreed after the day it holds from is unknown before it was agreed (R7).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.rules import agreements, lapaz
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month
from mayorista.rules.rating import (
    ChangePolicy,
    MinimumPolicy,
    Service,
    SpeedChange,
    Suspension,
    SuspensionPolicy,
    Terms,
)
from mayorista.rules.tariff import Price, TierScope

INITIAL = "inicial"
"""The id under which a circuit's first speed stands among its changes."""
_MBPS = Decimal(1000)
_CHANGE = {"prorated": ChangePolicy.IMMEDIATE, "next_cycle": ChangePolicy.NEXT_CYCLE}


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses of a contract that concern its invoices, in force on the last day of the month."""

    terms_id: int
    currency: str
    invoice_currency: str
    rate_source: str
    rate_day: str
    fixed_rate: Decimal | None
    tax_included: bool
    tax_rate: Decimal
    payment_days: int | None
    payment_from: str
    minimum_invoice: Decimal | None
    tier_scope: str
    objection_days: int | None
    late_interest_yearly: Decimal | None
    sla_credit: Mapping[str, Any]
    references: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RatedService:
    """A circuit as it is rated under one contract.

    `pools`: from a day on, the circuits whose traffic is added to the commitment (R19).
    `changes` and `prices` say which dossier (a change of speed) and clause stand behind the ids and days that
    the lines of an amount carry. `in_advance`: its recurring lines are billed before the month (G-24).
    """

    service_id: int
    contract_id: int
    circuit: str
    service: Service
    in_advance: bool
    holding_ends: dt.date | None
    changes: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    clauses: Mapping[dt.date, str] = field(default_factory=dict)
    pools: Mapping[dt.date, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContractInput:
    """One contract of a run. Where `problem` is set nothing of it can be rated: it says what is wrong and where."""

    contract_id: int
    number: str
    dossier_id: int
    customer_id: int
    clauses: Clauses | None
    services: tuple[RatedService, ...]
    problem: Invalid | None = None


class _Contract(NamedTuple):
    id: int
    number: str
    dossier_id: int
    customer_id: int


class _Holding(NamedTuple):
    contract_id: int
    service_id: int
    circuit: str
    starts: dt.date
    ends: dt.date | None
    end_approved_at: dt.datetime | None


class _PriceRow(NamedTuple):
    contract_id: int
    service_id: int
    effective: dt.date
    model: str
    terms: str
    in_advance: bool
    clause: str
    agreed_at: dt.datetime


class _TermsRow(NamedTuple):
    clauses: Clauses
    min_kbps: int | None
    min_policy: str
    notice_days: int
    upgrade: str
    downgrade: str
    suspension_bills: str
    reconnection_fee: Decimal | None


def rating_services(
    contract_ids: Iterable[int],
    *,
    month: Month,
    as_of: dt.datetime,
    groups: Mapping[int, object] | None = None,
) -> dict[int, ContractInput]:
    """Return what each contract is rated from in `month`; `as_of` leaves out what was recorded later.

    Services come with all changes ever in force, so that issued months can be rated again (R7), and with the
    services of the customer's other groups as siblings where tiers ask for them (R20); `groups` says which
    contracts share an invoice (default: each its own). A broken contract has a `problem` and no services.
    Reads: seven, and seven more where a customer's tiers cross groups, whatever the number of contracts.
    """
    wanted = sorted(set(contract_ids))
    if not wanted:
        return {}
    found = _read(wanted, month, as_of)
    across = {
        found[pk].customer_id
        for pk in wanted
        if pk in found and any(_crosses(each.service) for each in found[pk].services)
    }
    if across:
        _add_siblings(found, across, month, as_of, groups or {})
    return {pk: found[pk] for pk in wanted if pk in found}


def _crosses(service: Service) -> bool:
    return any(price.is_shared and price.tier_scope is TierScope.CUSTOMER for price in service.terms.prices)


def _add_siblings(
    found: dict[int, ContractInput],
    customers: set[int],
    month: Month,
    as_of: dt.datetime,
    groups: Mapping[int, object],
) -> None:
    """Give each service of these customers the services of their other groups to choose its tier with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM contracts_contract WHERE customer_id = ANY(%s)", [sorted(customers)])
        others = {row[0] for row in cursor.fetchall()} - set(found)
    every = {**found, **(_read(sorted(others), month, as_of) if others else {})}
    for pk, each in list(found.items()):
        if each.customer_id not in customers:
            continue
        mine = groups.get(pk, pk)
        siblings = tuple(
            service.service
            for other, beside in sorted(every.items())
            if beside.customer_id == each.customer_id and groups.get(other, other) != mine
            for service in beside.services
        )
        services = tuple(
            replace(service, service=replace(service.service, siblings=siblings))
            if _crosses(service.service)
            else service
            for service in each.services
        )
        found[pk] = replace(each, services=services)


def _read(contract_ids: Sequence[int], month: Month, as_of: dt.datetime) -> dict[int, ContractInput]:
    last = dt.date.fromordinal(month.after)
    with connection.cursor() as cursor:
        cursor.execute(_CONTRACTS, [list(contract_ids)])
        contracts = [_Contract(*row) for row in cursor.fetchall()]
        cursor.execute(_HOLDINGS, [list(contract_ids), last])
        holdings: dict[int, list[_Holding]] = {}
        for row in cursor.fetchall():
            holdings.setdefault(row[0], []).append(_Holding(*row))
        cursor.execute(_TERMS, [list(contract_ids), last])
        terms = {row[0]: _terms(row[1:]) for row in cursor.fetchall()}
        cursor.execute(_PRICES, [list(contract_ids), last])
        prices: dict[tuple[int, int], list[_PriceRow]] = {}
        for row in cursor.fetchall():
            price = _PriceRow(*row)
            prices.setdefault((price.contract_id, price.service_id), []).append(price)
        service_ids = sorted({each.service_id for rows in holdings.values() for each in rows})
        changes = _changes(cursor, service_ids, as_of)
        suspensions = _suspensions(cursor, service_ids, last)
    known: dict[tuple[str, str, dt.date, str, dt.datetime | None], Price] = {}
    answer = {}
    for contract in contracts:
        try:
            clauses, services = _rated(contract, holdings, terms, prices, changes, suspensions, known)
            problem = None
        except Invalid as error:
            clauses, services, problem = None, (), error
        answer[contract.id] = ContractInput(
            contract.id,
            contract.number,
            contract.dossier_id,
            contract.customer_id,
            clauses,
            services,
            problem,
        )
    return answer


Changes = dict[int, list[tuple[SpeedChange, tuple[int, str] | None] | Invalid]]


def _rated(  # everything was read at once; here it is put together
    contract: _Contract,
    holdings: Mapping[int, list[_Holding]],
    terms: Mapping[int, _TermsRow],
    prices: Mapping[tuple[int, int], list[_PriceRow]],
    changes: Changes,
    suspensions: Mapping[int, list[tuple[dt.datetime, dt.datetime | None, bool]]],
    known: dict[tuple[str, str, dt.date, str, dt.datetime | None], Price],
) -> tuple[Clauses | None, tuple[RatedService, ...]]:
    held = holdings.get(contract.id, [])
    row = terms.get(contract.id)
    if row is None:
        raise Invalid(
            _("El contrato %(number)s no tiene condiciones vigentes ese mes.") % {"number": contract.number},
            field="terms",
            remedy=_("Registre sus condiciones (moneda, plazos, mínimos)."),
        )
    services = []
    for holding in held:
        rows = prices.get((contract.id, holding.service_id), [])
        path = f"{holding.circuit}.precios"
        if not rows:
            raise Invalid(
                _("%(circuit)s no tiene precio en el contrato %(number)s.")
                % {"circuit": holding.circuit, "number": contract.number},
                field=path,
                remedy=_("Registre el precio del servicio."),
            )
        mine = changes.get(holding.service_id, [])
        broken = next((each for each in mine if isinstance(each, Invalid)), None)
        if broken is not None:
            raise broken
        if not mine:
            raise Invalid(
                _("%(circuit)s no tiene velocidad registrada.") % {"circuit": holding.circuit},
                field=f"{holding.circuit}.velocidad",
                remedy=_("Vincule el servicio al contrato con su velocidad inicial."),
            )
        pairs = [each for each in mine if not isinstance(each, Invalid)]
        service = Service(
            terms=_rating_terms(holding, row, _price_values(rows, row, path, known)),
            changes=tuple(change for change, _source in pairs),
            suspensions=tuple(
                Suspension(cut, back, None if fee_apart else row.reconnection_fee)
                for cut, back, fee_apart in suspensions.get(holding.service_id, [])
            ),
            circuit=holding.circuit,
        )
        services.append(
            RatedService(
                service_id=holding.service_id,
                contract_id=contract.id,
                circuit=holding.circuit,
                service=service,
                in_advance=rows[-1].in_advance,
                holding_ends=holding.ends,
                changes={change.id: source for change, source in pairs if source},
                clauses={each.effective: each.clause for each in rows if each.clause},
                pools=_pools(rows),
            )
        )
    return row.clauses, tuple(services)


def _pools(rows: Sequence[_PriceRow]) -> dict[dt.date, tuple[str, ...]]:
    if not any(f'"{agreements.POOL}"' in row.terms for row in rows):
        return {}
    return {row.effective: agreements.pool_of(json.loads(row.terms)) for row in rows}


def _rating_terms(holding: _Holding, row: _TermsRow, prices: tuple[Price, ...]) -> Terms:
    return Terms(
        currency=row.clauses.currency,
        start=holding.starts,
        prices=prices,
        end_exclusive=holding.ends,
        end_approved_at=holding.end_approved_at,
        min_mbps=Decimal(row.min_kbps) / _MBPS if row.min_kbps else None,
        min_policy=MinimumPolicy(row.min_policy),
        downgrade_notice_days=row.notice_days,
        upgrade_policy=_CHANGE[row.upgrade],
        downgrade_policy=_CHANGE[row.downgrade],
        suspension_policy=SuspensionPolicy(row.suspension_bills),
    )


def _price_values(
    rows: Sequence[_PriceRow],
    terms: _TermsRow,
    path: str,
    known: dict[tuple[str, str, dt.date, str, dt.datetime | None], Price],
) -> tuple[Price, ...]:
    """The versions of a price, one a day (the last agreed). See Note [Prices known from when]."""
    by_day = {row.effective: row for row in rows}
    values = []
    for number, row in enumerate(by_day.values()):
        late = number and lapaz.local(row.agreed_at).date() > row.effective
        key = (row.model, row.terms, row.effective, terms.clauses.tier_scope, row.agreed_at if late else None)
        value = known.get(key)
        if value is None:
            value = known[key] = agreements.price(
                json.loads(row.terms),
                model=row.model,
                effective=row.effective,
                scope=TierScope(terms.clauses.tier_scope),
                approved_at=key[4],
                path=f"{path}[{row.effective:%d/%m/%Y}]",
            )
        values.append(value)
    return tuple(values)


def _changes(cursor: Any, service_ids: list[int], as_of: dt.datetime) -> Changes:
    found: Changes = {}
    cursor.execute(_FIRST, [service_ids])
    for service_id, starts, kbps, recorded_at in cursor.fetchall():
        initial = SpeedChange(INITIAL, starts, Decimal(kbps) / _MBPS, recorded_at or _EARLIEST)
        found.setdefault(service_id, []).append((initial, None))
    cursor.execute(_IN_FORCE, [service_ids, as_of])
    for (
        service_id,
        number,
        dossier_id,
        effective,
        kbps,
        known_at,
        requested,
        until,
        own_price,
    ) in cursor.fetchall():
        try:
            change = SpeedChange(
                number,
                effective,
                Decimal(kbps) / _MBPS,
                known_at,
                requested_on=requested,
                end_exclusive=until,
                price=_own_price(own_price, effective, number),
            )
        except Invalid as error:
            found.setdefault(service_id, []).append(error)
            continue
        found.setdefault(service_id, []).append((change, (dossier_id, number)))
    return found


def _own_price(text: str, effective: dt.date, number: str) -> Price | None:
    terms = json.loads(text)
    if not terms:
        return None
    model = terms.pop("model", "")
    return agreements.price(terms, model=model, effective=effective, path=f"{number}.precio")


def _suspensions(
    cursor: Any, service_ids: list[int], last: dt.date
) -> dict[int, list[tuple[dt.datetime, dt.datetime | None, bool]]]:
    found: dict[int, list[tuple[dt.datetime, dt.datetime | None, bool]]] = {}
    cursor.execute(_SUSPENSIONS, [service_ids, last])
    for service_id, starts_at, ends_at, fee_apart in cursor.fetchall():
        found.setdefault(service_id, []).append((starts_at, ends_at, fee_apart))
    return found


def _terms(row: Sequence[Any]) -> _TermsRow:
    (
        terms_id, currency, invoice_currency, rate_source, rate_day, fixed_rate, tax_included, tax_rate, payment_days, payment_from,
        minimum_invoice, tier_scope, objection_days, late_interest, sla_credit, references,
        min_kbps, min_policy, notice_days, upgrade, downgrade, suspension_bills, reconnection_fee,
    ) = row  # fmt: skip
    return _TermsRow(
        Clauses(
            terms_id, currency, invoice_currency, rate_source, rate_day, fixed_rate, tax_included, tax_rate, payment_days, payment_from,
            minimum_invoice, tier_scope, objection_days, late_interest, json.loads(sla_credit), json.loads(references),
        ),
        min_kbps, min_policy, notice_days, upgrade, downgrade, suspension_bills, reconnection_fee,
    )  # fmt: skip


_EARLIEST = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)

_CONTRACTS = (
    "SELECT id, number, dossier_id, customer_id FROM contracts_contract WHERE id = ANY(%s) ORDER BY id"
)

_HOLDINGS = """
SELECT held.contract_id, held.service_id, service.circuit_code, held.starts_date, held.ends_date, held.end_approved_at
FROM contracts_serviceholding held JOIN contracts_service service ON service.id = held.service_id
WHERE held.contract_id = ANY(%s) AND held.starts_date < %s
ORDER BY held.contract_id, service.circuit_code, held.starts_date
"""

_TERMS = """
SELECT DISTINCT ON (contract_id)
    contract_id, id, currency, invoice_currency, rate_source, rate_day, fixed_rate, tax_included, tax_rate, payment_days, payment_from,
    minimum_invoice, tier_scope, objection_days, late_interest_yearly, sla_credit::text, clause_references::text,
    min_kbps, min_policy, downgrade_notice_days, upgrade_policy, downgrade_policy, suspension_bills, reconnection_fee
FROM contracts_terms WHERE contract_id = ANY(%s) AND starts_date < %s
ORDER BY contract_id, starts_date DESC
"""

_PRICES = """
SELECT contract_id, service_id, effective_date, price_model, terms::text, in_advance, clause, agreed_at
FROM contracts_priceversion WHERE contract_id = ANY(%s) AND effective_date < %s
ORDER BY contract_id, service_id, effective_date, agreed_at
"""

_FIRST = """
SELECT service_id, starts_date, kbps, recorded_at FROM contracts_bandwidthperiod WHERE service_id = ANY(%s) AND first
"""

_IN_FORCE = """
SELECT change.service_id, dossier.number, change.dossier_id, change.effective_date, change.to_kbps, change.in_force_at,
    change.requested_date, change.temporary_until, change.own_price::text
FROM contracts_speedchange change JOIN procedure_dossier dossier ON dossier.id = change.dossier_id
WHERE change.service_id = ANY(%s) AND change.state = 'IN_FORCE' AND change.returns_id IS NULL AND change.in_force_at <= %s
ORDER BY change.service_id, change.effective_date, change.in_force_at, change.id
"""

_SUSPENSIONS = """
SELECT service_id, starts_at, ends_at, fee_apart FROM contracts_suspension
WHERE service_id = ANY(%s) AND starts_at < (%s::date AT TIME ZONE 'America/La_Paz')
ORDER BY service_id, starts_at
"""
