"""What the amounts of a month are rated from, for many groups in a fixed number of reads.

# Note [When issued months are computed again]
R7 corrects every month already billed. Computing each again for each group would cost a year of ratings for one
month. It is done only where something can have changed: something became known after the last amount was defined
(a change, a price, an end), a circuit is not in the last amount, or a suspension began before this month. Where
nothing was learnt, what the month comes to is what was billed.

# Note [Clauses of their day]
An earlier month is computed again by the clauses that hold in it, not by those of the month that is billed: an
addendum from today on corrects nothing, one agreed late corrects the months it reaches. So is the complement of a
group: by the minimum, prices and policies that hold in that month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import CreditProposal, ExchangeRate, Month, OneOff
from mayorista.apps.billing.queries import members
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.queries import Clauses, ContractInput, RatedService, samples
from mayorista.rules import formats, lapaz, percentile, periods, rating
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.rating import case as rating_case
from mayorista.rules.rating import explain, groups, invoice
from mayorista.rules.tariff import Model

MIN_COVERAGE = (9, 10)
_EARLY = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One group's month, ready to rate, or what is wrong with it."""

    month_id: int
    group_id: int
    problem: Invalid | None = None
    group: groups.Group | None = None
    clauses: Clauses | None = None
    rate: Decimal | None = None
    rate_source: str = ""
    services: Mapping[str, RatedService] = field(default_factory=dict)
    numbers: Mapping[int, str] = field(default_factory=dict)
    credit_ids: tuple[int, ...] = ()
    credit_homes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    in_advance: bool = False
    one_offs: tuple[OneOff, ...] = ()


@dataclass(frozen=True, slots=True)
class Former:
    """The last amount of a group before a month."""

    month: dt.date
    as_of: dt.datetime
    carried: Decimal
    currency: str
    service_ids: frozenset[int]


@dataclass(slots=True)
class _Read:
    """Everything read at once for some months of one calendar month."""

    month: Calendar
    as_of: dt.datetime
    inputs: Mapping[int, ContractInput]
    one_offs: dict[int, list[OneOff]]
    credits: dict[int, list[CreditProposal]]
    rates: Mapping[tuple[str, dt.date], list[ExchangeRate]]
    former: Mapping[int, Former]
    traffic: Mapping[int, Any]
    group_of: Mapping[int, int]
    clauses: Mapping[int, Sequence[contracts.ClausesFrom]]


def prepare(rows: Sequence[Month], *, as_of: dt.datetime) -> dict[int, Prepared]:
    """Return what each of these months (of one calendar month, groups joined) is rated from, by its id."""
    if not rows:
        return {}
    first = rows[0].month
    month = periods.month_of(first)
    of_group = members.members_of([row.group_id for row in rows], first)
    group_of = {pk: group for group, pks in of_group.items() for pk in pks}
    inputs = contracts.rating_services(group_of, month=month, as_of=as_of, groups=group_of)
    service_ids = {each.service_id for found in inputs.values() for each in found.services}
    read = _Read(
        month,
        as_of,
        inputs,
        _one_offs(rows),
        _credits(service_ids, rows, first),
        _rates(inputs.values(), month, as_of),
        former_amounts([row.group_id for row in rows], first),
        _traffic(inputs.values(), month),
        group_of,
        contracts.clauses_history(inputs),
    )
    found = {}
    for row in rows:
        try:
            found[row.pk] = _prepared(row, of_group.get(row.group_id, []), read)
        except Invalid as error:
            found[row.pk] = Prepared(row.pk, row.group_id, error)
    _add_priors(found, read)
    return found


def _prepared(row: Month, contract_ids: Sequence[int], read: _Read) -> Prepared:
    mine = [read.inputs[pk] for pk in contract_ids if pk in read.inputs]
    for each in mine:
        if each.problem is not None:
            raise each.problem
    services = [service for each in mine for service in each.services]
    if not services:
        raise Invalid(
            _("El grupo no tiene circuitos ese mes."), field="services", remedy=_("Revise sus contratos.")
        )
    clauses = mine[0].clauses
    assert clauses is not None
    rate, source = _rate_of(clauses, read)
    former = read.former.get(row.group_id)
    credit = Decimal(0)
    if former is not None and former.carried:
        if former.currency != clauses.invoice_currency:
            raise Invalid(
                _("El saldo a favor está en %(c)s y el mes se factura en otra moneda.")
                % {"c": former.currency},
                field="opening_credit",
            )
        credit = former.carried
    billing = rating.Billing(read.month, read.as_of, clauses.invoice_currency, rate, credit)
    named, cases, credits_, homes = _cases(row, services, billing, read)
    own = read.one_offs.get(row.pk, [])
    _refuse_unapproved(own)
    minimums = [
        each.clauses.minimum_invoice for each in mine if each.clauses and each.clauses.minimum_invoice
    ]
    group = groups.Group(
        tuple(cases),
        billing,
        minimum_invoice=sum(minimums, Decimal(0)) if minimums else None,
        one_offs=tuple(rating.OneOff(each.text, each.amount) for each in own if each.service_id is None),
        tax_rate=clauses.tax_rate if clauses.tax_included else None,
    )
    return Prepared(
        row.pk,
        row.group_id,
        group=group,
        clauses=clauses,
        rate=rate,
        rate_source=source,
        services=named,
        numbers={each.contract_id: each.number for each in mine},
        credit_ids=credits_,
        credit_homes=homes,
        in_advance=row.group.in_advance,
        one_offs=tuple(own),
    )


def _cases(
    row: Month, services: Sequence[RatedService], billing: rating.Billing, read: _Read
) -> tuple[dict[str, RatedService], list[rating.Case], tuple[int, ...], dict[tuple[str, str], int]]:
    named: dict[str, RatedService] = {}
    cases: list[rating.Case] = []
    ids: list[int] = []
    homes: dict[tuple[str, str], int] = {}
    one_offs = read.one_offs.get(row.pk, [])
    seen: set[int] = set()
    for each in services:
        # A circuit that left and came back stands there twice; each stay is a service of its own to the rules.
        name = each.circuit
        if name in named:
            name = f"{each.circuit} ({each.service.terms.start:%d/%m/%Y})"
        fresh = each.service_id not in seen
        seen.add(each.service_id)
        named[name] = each
        service = each.service if name == each.circuit else replace(each.service, circuit=name)
        approved = [
            credit
            for credit in (read.credits.get(each.service_id, []) if fresh else [])
            if credit.contract_id in {None, each.contract_id}
        ]
        for credit in approved:
            if credit.currency != each.service.terms.currency:
                raise Invalid(
                    _("El crédito de %(c)s está en otra moneda.") % {"c": each.circuit}, field="credits"
                )
            ids.append(credit.pk)
            homes[(name, str(periods.month_of(credit.month)))] = credit.dossier_id
        mine = [each_ for each_ in one_offs if each_.service_id == each.service_id] if fresh else []
        extra = _late_burst(each, service, read) if row.group.in_advance else []
        cases.append(
            rating.Case(
                service,
                billing,
                traffic=None if row.group.in_advance else read.traffic.get(each.service_id),
                credits=tuple(
                    rating.ApprovedCredit(
                        periods.month_of(credit.month),
                        credit.amount,
                        tuple(credit.case_numbers),
                        credit.base,
                        _how(credit),
                    )
                    for credit in approved
                ),
                one_offs=(*(rating.OneOff(o.text, o.amount) for o in mine), *extra),
            )
        )
    return named, cases, tuple(ids), homes


def _how(credit: CreditProposal) -> str:
    """By which numbers a credit was computed; a difference to what was decided before is no product of them."""
    said = str(credit.computation.get("how", ""))
    return said if said and credit.sequence == 1 else rating_case.APPROVED


def _late_burst(each: RatedService, service: rating.Service, read: _Read) -> list[rating.OneOff]:
    """The burst of the month before, of a circuit billed in advance: usage is known only when it is over (G-24)."""
    traffic = read.traffic.get(each.service_id)
    if traffic is None:
        return []
    before = read.month.previous
    if service.terms.start >= dt.date.fromordinal(before.after):
        return []
    case = rating.Case(service, rating.Billing(before, read.as_of, service.terms.currency), traffic=traffic)
    found = invoice.parts(case)
    return [
        rating.OneOff(
            f"{before.words}: {explain.sentence(line, service.terms.currency).partition(': ')[2]}"[:300],
            line.amount,
        )
        for line in found.bursts
        if line.cents
    ]


def _refuse_unapproved(one_offs: Iterable[OneOff]) -> None:
    for each in one_offs:
        if each.needs_approval and each.approved_at is None:
            raise Invalid(
                _("«%(text)s» espera a la Gerencia.") % {"text": each.text},
                field="one_offs",
                remedy=_("La Gerencia lo aprueba, o se retira."),
            )


def _one_offs(rows: Sequence[Month]) -> dict[int, list[OneOff]]:
    found: dict[int, list[OneOff]] = {}
    for each in OneOff.objects.filter(month_id__in=[row.pk for row in rows], withdrawn_at=None).order_by(
        "id"
    ):
        found.setdefault(each.month_id, []).append(each)
    return found


def _credits(service_ids: set[int], rows: Sequence[Month], first: dt.date) -> dict[int, list[CreditProposal]]:
    """Approved credits that no other month carries, of months up to this one (G-32)."""
    here = {row.pk for row in rows}
    found: dict[int, list[CreditProposal]] = {}
    approved = CreditProposal.objects.filter(
        service_id__in=service_ids, state=CreditProposal.State.APPROVED, month__lte=first
    ).exclude(carried_how__in=["NOTE", "NOTHING"])
    for each in approved.select_related("carried_by").order_by("month", "sequence", "id"):
        if each.carried_by is None or each.carried_by.month_id in here:
            found.setdefault(each.service_id, []).append(each)
    return found


def _rates(
    inputs: Iterable[ContractInput], month: Calendar, as_of: dt.datetime
) -> dict[tuple[str, dt.date], list[ExchangeRate]]:
    days = {lapaz.local(as_of).date(), dt.date.fromordinal(month.after - 1)}
    if not any(each.clauses and each.clauses.currency != each.clauses.invoice_currency for each in inputs):
        return {}
    found: dict[tuple[str, dt.date], list[ExchangeRate]] = {}
    for row in ExchangeRate.objects.filter(on__in=days).order_by("source", "id"):
        found.setdefault((row.currency, row.on), []).append(row)
    return found


def _rate_of(clauses: Clauses, read: _Read) -> tuple[Decimal | None, str]:
    """The rate of a contract's clause with where it comes from; a day without one is refused by name (G-31)."""
    if clauses.currency == clauses.invoice_currency:
        return None, ""
    if clauses.rate_day == "FIXED":
        if clauses.fixed_rate is None:
            raise Invalid(_("El contrato dice tipo de cambio fijo y no lo trae."), field="fixed_rate")
        return clauses.fixed_rate, _("fijo por contrato")
    last = dt.date.fromordinal(read.month.after - 1)
    day = last if clauses.rate_day == "PERIOD_END" else lapaz.local(read.as_of).date()
    foreign = clauses.currency if clauses.currency != "BOB" else clauses.invoice_currency
    rows = [
        row
        for row in read.rates.get((foreign, day), [])
        if not clauses.rate_source or row.source == clauses.rate_source
    ]
    if not rows:
        raise Invalid(
            _("Falta el tipo de cambio de %(c)s del %(day)s (%(source)s).")
            % {
                "c": foreign,
                "day": formats.date(day),
                "source": clauses.rate_source or _("cualquier fuente"),
            },
            field="fx_rate",
            remedy=_("Regístrelo en Tipos de cambio."),
        )
    if len({row.rate for row in rows}) > 1:
        raise Invalid(
            _("Hay %(n)s tipos de cambio distintos del %(day)s y el contrato no dice cuál.")
            % {"n": len(rows), "day": formats.date(day)},
            field="fx_rate",
            remedy=_("Indique la fuente en las condiciones del contrato."),
        )
    value = rows[0].rate
    if clauses.currency == "BOB":
        value = (1 / value).quantize(Decimal("0.0000000001"))
    return (
        value.normalize() if value != value.to_integral() else value,
        f"{rows[0].source} {formats.date(day)}",
    )


def _traffic(inputs: Iterable[ContractInput], month: Calendar) -> dict[int, rating_case.Traffic]:
    """The samples of circuits with a commit, of this month and the one before (for those billed in advance)."""
    wanted = {
        each.service_id
        for found in inputs
        for each in found.services
        if any(price.model is Model.COMMITTED_BURST for price in each.service.terms.prices)
    }
    if not wanted:
        return {}
    leads = {
        each.service_id: (each, found)
        for found in inputs
        for each in found.services
        if each.service_id in wanted and each.pools
    }
    pooled = {
        one.service_id
        for each, found in leads.values()
        for one in found.services
        if any(one.circuit in circuits for circuits in each.pools.values())
    }
    packed = samples.packed_days(
        wanted | pooled,
        first=dt.date.fromordinal(month.previous.first),
        after=dt.date.fromordinal(month.after),
    )
    ports = samples.ports_of(wanted | pooled)
    own = {
        service_id: _port(packed.get(service_id, {}), ports.get(service_id, ""), month)
        for service_id in wanted | pooled
    }
    made: dict[int, rating_case.Traffic] = {
        service_id: own[service_id] for service_id in wanted if service_id in packed
    }
    for service_id, (each, found) in leads.items():
        members_ = [percentile.Member(own[service_id], month.previous.first, month.after)]
        members_ += _beside(each, found, own, month)
        made[service_id] = percentile.Pool(tuple(members_), MIN_COVERAGE)
    return made


def _port(
    by_port: Mapping[str, Mapping[int, bytes]], port: str, month: Calendar
) -> percentile.Pool | percentile.PackedDays:
    """A circuit's samples: of its port, or of several ports added per stamp (R19)."""
    days = by_port.get(port) or (next(iter(by_port.values())) if len(by_port) == 1 else None)
    if days is not None or not by_port:
        return percentile.PackedDays(days or {}, MIN_COVERAGE)
    return percentile.Pool(
        tuple(
            percentile.Member(percentile.PackedDays(each, MIN_COVERAGE), month.previous.first, month.after)
            for each in by_port.values()
        ),
        MIN_COVERAGE,
    )


def _beside(
    lead: RatedService, found: ContractInput, own: Mapping[int, percentile.Port], month: Calendar
) -> list[percentile.Member]:
    """The circuits that a clause pools with a commitment, on the days on which clause and circuit hold."""
    members_ = []
    starts = sorted(lead.pools)
    for number, day in enumerate(starts):
        until = starts[number + 1].toordinal() if number + 1 < len(starts) else month.after
        for one in found.services:
            if one.circuit not in lead.pools[day] or one.service_id == lead.service_id:
                continue
            end = one.service.terms.end_exclusive
            low = max(day.toordinal(), one.service.terms.start.toordinal(), month.previous.first)
            high = min(until, month.after, end.toordinal() if end else month.after)
            if low < high:
                members_.append(percentile.Member(own[one.service_id], low, high))
    return members_


def former_amounts(group_ids: Iterable[int], before: dt.date) -> dict[int, Former]:
    """Return the last amount of each group before a month, with the circuits it billed; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_FORMER, {"groups": sorted(set(group_ids)), "before": before})
        return {
            row[0]: Former(row[1], row[2], row[3], row[4], frozenset(row[5] or ()))
            for row in cursor.fetchall()
        }


_FORMER = """
SELECT last.group_id, last.month, last.as_of, last.credit_carried, last.currency,
    (SELECT array_agg(DISTINCT line.service_id) FROM billing_amountline line
     WHERE line.amount_id = last.id AND line.service_id IS NOT NULL)
FROM (
    SELECT DISTINCT ON (month.group_id) month.group_id, month.month, amount.id, amount.as_of, amount.credit_carried, amount.currency
    FROM billing_month month JOIN billing_amount amount ON amount.month_id = month.id
    WHERE month.group_id = ANY(%(groups)s) AND month.month < %(before)s
        AND month.state NOT IN ('PENDING', 'COORDINATED')
    ORDER BY month.group_id, month.month DESC, amount.sequence DESC
) last
"""


def _add_priors(found: dict[int, Prepared], read: _Read) -> None:
    """See Note [When issued months are computed again]."""
    asking = {}
    for pk, each in found.items():
        former = read.former.get(each.group_id)
        if each.group is not None and former is not None and _learnt(each, former, read):
            asking[pk] = each
    if not asking:
        return
    then = _Then(read)
    history = _History({each.group_id for each in asking.values()}, asking.values(), read.month)
    for pk, each in asking.items():
        assert each.group is not None
        months = history.months.get(each.group_id, [])
        cases = tuple(
            replace(
                case,
                priors=tuple(
                    rating.Prior(
                        month,
                        as_of,
                        billed=history.billed(each.services[case.service.circuit].service_id, month),
                        burst=history.burst(each.services[case.service.circuit].service_id, month),
                        service=then.service(each, case.service.circuit, month),
                    )
                    for month, as_of in months
                ),
            )
            if _first_of(each.services, case.service.circuit)
            else case
            for case in each.group.cases
        )
        priors: tuple[rating.Prior, ...] = ()
        minimums = {month: then.minimum(each, month) for month, _as_of in months}
        if each.group.minimum_invoice is not None or any(minimums.values()):
            priors = tuple(
                rating.Prior(
                    month,
                    as_of,
                    billed=history.complement(each.group_id, month),
                    burst=sum(
                        (history.burst(one.service_id, month) for one in each.services.values()), Decimal(0)
                    ),
                    minimum=minimums[month],
                )
                for month, as_of in months
            )
        found[pk] = replace(each, group=replace(each.group, cases=cases, priors=priors))


def _first_of(services: Mapping[str, RatedService], circuit: str) -> bool:
    """Whether no earlier stay of the same circuit stands in the group: its books are asked once."""
    mine = services[circuit].service_id
    return next(name for name, each in services.items() if each.service_id == mine) == circuit


class _Then:
    """What contracts said in earlier months. See Note [Clauses of their day]."""

    def __init__(self, read: _Read) -> None:
        self._read = read
        self._inputs: dict[Calendar, Mapping[int, ContractInput]] = {}

    def changed(self, contract_ids: Iterable[int], month: Calendar) -> set[int]:
        """Return those of these contracts whose clauses in a month were others than they are now."""
        return {
            pk
            for pk in contract_ids
            if _in_force(self._read.clauses.get(pk, ()), month)
            != _in_force(self._read.clauses.get(pk, ()), self._read.month)
        }

    def service(self, each: Prepared, circuit: str, month: Calendar) -> rating.Service | None:
        """Return a service by the clauses of a month; None where they are those of now."""
        mine = each.services[circuit]
        if not self.changed([mine.contract_id], month):
            return None
        inputs = self._of(month)
        group = [one for pk in each.numbers for one in (inputs.get(pk) or _NOTHING).services]
        for one in group:
            if one.service_id == mine.service_id and one.service.terms.start == mine.service.terms.start:
                others = tuple(other.service for other in group if other.service_id != one.service_id)
                siblings = (*one.service.siblings, *others)
                return replace(one.service, circuit=circuit, siblings=siblings)
        return None

    def minimum(self, each: Prepared, month: Calendar) -> Decimal | None:
        """Return the minimum invoice of a group in a month (0: none); None where its clauses are those of now."""
        if not self.changed(each.numbers, month):
            return None
        found = [(self._of(month).get(pk) or _NOTHING).clauses for pk in each.numbers]
        return sum((one.minimum_invoice or Decimal(0) for one in found if one is not None), Decimal(0))

    def _of(self, month: Calendar) -> Mapping[int, ContractInput]:
        if month not in self._inputs:
            self._inputs[month] = contracts.rating_services(
                self._read.inputs, month=month, as_of=self._read.as_of, groups=self._read.group_of
            )
        return self._inputs[month]


_NOTHING = ContractInput(0, "", 0, 0, None, (), None)


def _in_force(history: Sequence[contracts.ClausesFrom], month: Calendar) -> tuple[object, ...] | None:
    after = dt.date.fromordinal(month.after)
    return next((each.rated for each in reversed(history) if each.starts < after), None)


def _learnt(each: Prepared, former: Former, read: _Read) -> bool:
    month = read.month
    first = dt.date.fromordinal(month.first)
    for pk in each.numbers:
        if any(one.starts < first and one.agreed_at >= former.as_of for one in read.clauses.get(pk, ())):
            return True
    for one in each.services.values():
        service = one.service
        if one.service_id not in former.service_ids and service.terms.start < first:
            return True
        known = [service.terms.end_approved_at or _EARLY]
        known += [change.approved_at or _EARLY for change in service.changes]
        known += [price.approved_at or _EARLY for price in service.terms.prices]
        if max(known) >= former.as_of:
            return True
        if any(cut.first_day < month.first for cut in service.suspensions):
            return True
    return False


class _History:
    """What was billed of earlier months, from the books."""

    def __init__(self, group_ids: set[int], asking: Iterable[Prepared], month: Calendar) -> None:
        services = sorted({one.service_id for each in asking for one in each.services.values()})
        before = dt.date.fromordinal(month.first)
        self.months: dict[int, list[tuple[Calendar, dt.datetime]]] = {}
        self._sums: dict[tuple[int, dt.date], tuple[Decimal, Decimal]] = {}
        self._complements: dict[tuple[int, dt.date], Decimal] = {}
        with connection.cursor() as cursor:
            cursor.execute(_ISSUED, {"groups": sorted(group_ids), "before": before})
            for group_id, first, as_of in cursor.fetchall():
                self.months.setdefault(group_id, []).append((periods.month_of(first), as_of))
            cursor.execute(_BILLED, {"services": services, "before": before})
            for service_id, first, billed, burst in cursor.fetchall():
                self._sums[service_id, first] = (billed, burst)
            cursor.execute(_COMPLEMENT, {"groups": sorted(group_ids), "before": before})
            for group_id, first, billed in cursor.fetchall():
                self._complements[group_id, first] = billed

    def billed(self, service_id: int, month: Calendar) -> Decimal:
        return self._of(service_id, month)[0]

    def burst(self, service_id: int, month: Calendar) -> Decimal:
        return self._of(service_id, month)[1]

    def complement(self, group_id: int, month: Calendar) -> Decimal:
        return self._complements.get((group_id, dt.date.fromordinal(month.first)), Decimal(0))

    def _of(self, service_id: int, month: Calendar) -> tuple[Decimal, Decimal]:
        return self._sums.get((service_id, dt.date.fromordinal(month.first)), (Decimal(0), Decimal(0)))


# The newest amount of a month counts; a month whose definition was undone has none.
_NEWEST = """
    SELECT DISTINCT ON (amount.month_id) amount.id, amount.as_of, month.group_id, month.month
    FROM billing_amount amount JOIN billing_month month ON month.id = amount.month_id
    WHERE month.month < %(before)s AND month.state NOT IN ('PENDING', 'COORDINATED') {more}
    ORDER BY amount.month_id, amount.sequence DESC
"""
_ISSUED = f"""
SELECT group_id, month, as_of FROM ({_NEWEST.format(more="AND month.group_id = ANY(%(groups)s)")}) newest
ORDER BY group_id, month
"""  # noqa: S608 - constants of this module
_SUMMED = (
    "sum(coalesce(line.contract_value, line.value)) FILTER (WHERE line.kind IN "
    "('service', 'commit', 'minimum_complement', 'debit_adjustment', 'credit_adjustment'))"
)
_BILLED = f"""
SELECT line.service_id, line.for_month, coalesce({_SUMMED}, 0),
    coalesce(sum(coalesce(line.contract_value, line.value)) FILTER (WHERE line.kind = 'burst'), 0)
FROM billing_amountline line
JOIN ({_NEWEST.format(more="AND month.id IN (SELECT a.month_id FROM billing_amount a JOIN billing_amountline l ON l.amount_id = a.id WHERE l.service_id = ANY(%(services)s))")}) newest
    ON newest.id = line.amount_id
WHERE line.service_id = ANY(%(services)s) AND line.for_month < %(before)s
GROUP BY line.service_id, line.for_month
"""  # noqa: S608 - constants of this module
_COMPLEMENT = f"""
SELECT newest.group_id, line.for_month, coalesce({_SUMMED}, 0)
FROM billing_amountline line
JOIN ({_NEWEST.format(more="AND month.group_id = ANY(%(groups)s)")}) newest ON newest.id = line.amount_id
WHERE line.service_id IS NULL AND line.for_month < %(before)s
GROUP BY newest.group_id, line.for_month
"""  # noqa: S608 - constants of this module
