"""The shadow month: our amounts beside the real invoices of a month, each difference with its cause. Nothing is written.

Ours are rated as the run of a month would rate them, without opening, defining or numbering anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from mayorista.apps.billing.models import ExchangeRate, Invoice, InvoicingGroup, Month
from mayorista.apps.billing.queries import inputs, members
from mayorista.apps.customers import queries as customers
from mayorista.apps.onboarding.shadow_file import RealInvoice
from mayorista.rules import formats, money, shadow
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.rating import Case, Kind, Line, groups
from mayorista.rules.rating.groups import Group, GroupAnswer
from mayorista.rules.shadow import Candidate, Cause, Explanation
from mayorista.rules.tariff import Model, Price

ONE_OFFS = {
    Kind.ONE_OFF: Cause.CHARGE,
    Kind.RECONNECTION_FEE: Cause.CHARGE,
    Kind.SLA_CREDIT: Cause.CREDIT,
    Kind.DEBIT_ADJUSTMENT: Cause.ADJUSTMENT,
    Kind.CREDIT_ADJUSTMENT: Cause.ADJUSTMENT,
    Kind.MINIMUM_COMPLEMENT: Cause.MINIMUM,
    Kind.BURST: Cause.BURST,
}
PRICE_PLACES = 2
RATE_DAYS = 40


@dataclass(frozen=True, slots=True)
class ShadowRow:
    """One group's amount beside one real invoice; either may be missing. Amounts in `currency`, two decimals."""

    customer: str
    nit: str
    group: str
    number: str
    currency: str
    ours: Decimal | None
    theirs: Decimal | None
    causes: tuple[Candidate, ...]
    left: Decimal
    problem: str = ""
    others: tuple[tuple[Candidate, ...], ...] = ()

    @property
    def difference(self) -> Decimal:
        """Theirs less ours."""
        return (self.theirs or Decimal(0)) - (self.ours or Decimal(0))

    @property
    def cause(self) -> Cause:
        """The first cause."""
        return self.causes[0].cause if self.causes else Cause.UNKNOWN

    @property
    def title(self) -> str:
        """Its causes by name."""
        return (
            " + ".join(dict.fromkeys(shadow.TITLES[each.cause] for each in self.causes))
            or shadow.TITLES[Cause.UNKNOWN]
        )

    @property
    def words(self) -> str:
        """Why they differ, in sentences."""
        said = [each.words for each in self.causes]
        said += [f"O bien: {' '.join(each.words for each in other)}" for other in self.others]
        if self.problem:
            said.append(self.problem)
        elif not self.causes:
            said.append(
                f"Ninguna causa conocida da {formats.number(self.left)}: revise los datos de este contrato."
            )
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A month beside its real invoices: rows, the odd ones first."""

    month: Calendar
    rows: tuple[ShadowRow, ...]
    by_cause: tuple[tuple[str, int, Decimal], ...]

    @property
    def equal(self) -> int:
        """How many are equal to the cent."""
        return sum(row.cause is Cause.EQUAL for row in self.rows)

    @property
    def explained(self) -> int:
        """How many differ and have their cause."""
        return sum(row.cause not in {Cause.EQUAL, Cause.UNKNOWN} for row in self.rows)

    @property
    def unexplained(self) -> int:
        """How many differ without cause."""
        return sum(row.cause is Cause.UNKNOWN for row in self.rows)


@dataclass(slots=True)
class _Ours:
    """What one group comes to, or why it can not be rated."""

    group: InvoicingGroup
    currency: str
    total: Decimal | None = None
    problem: str = ""
    asked: Group | None = None
    rated: GroupAnswer | None = None
    rate: Decimal | None = None
    taken: bool = field(default=False)


def registered(month: Calendar) -> list[RealInvoice]:
    """Return the invoices of a month that the billing system in use issued and that are registered or open here.

    Raises Invalid (field "file") when there are none.
    """
    rows = list(
        Invoice.objects.filter(month=dt.date.fromordinal(month.first)).exclude(origin=Invoice.Origin.INTERNAL)
    )
    if not rows:
        raise Invalid(
            _("No hay facturas externas registradas de ese mes."),
            field="file",
            remedy=_("Suba el archivo con las facturas reales."),
        )
    cards = customers.customers_by_id({row.customer_id for row in rows})
    return [
        RealInvoice(cards[row.customer_id].nit.lstrip("0"), row.number, row.total, row.currency)
        for row in rows
    ]


def compare(*, month: Calendar, real: Sequence[RealInvoice], at: dt.datetime) -> Shadow:
    """Return our month beside these invoices, as known at `at`. Reads only."""
    ours = _ours(month, at)
    cards = customers.customers_by_id({each.group.customer_id for each in ours})
    rates = _known_rates(month)
    mine: dict[str, list[_Ours]] = {}
    for each in ours:
        mine.setdefault(cards[each.group.customer_id].nit.lstrip("0"), []).append(each)
    rows = []
    for one in sorted(real, key=lambda each: (each.nit, -each.total, each.number)):
        pair = _nearest(one, mine.get(one.nit, []))
        name = cards[pair.group.customer_id].name if pair else ""
        rows.append(_beside(one, pair, name, rates))
    rows += [
        _alone(each, cards[each.group.customer_id].name, cards[each.group.customer_id].nit)
        for each in ours
        if not each.taken and (each.total or each.problem)
    ]
    rows.sort(key=lambda row: (_order(row), -abs(row.difference), row.customer))
    return Shadow(month, tuple(rows), _by_cause(rows))


def _order(row: ShadowRow) -> int:
    return {Cause.UNKNOWN: 0, Cause.ABSENT: 1, Cause.EQUAL: 9, Cause.ROUNDING: 8}.get(row.cause, 2)


def _by_cause(rows: Iterable[ShadowRow]) -> tuple[tuple[str, int, Decimal], ...]:
    found: dict[Cause, tuple[int, Decimal]] = {}
    for row in rows:
        count, total = found.get(row.cause, (0, Decimal(0)))
        found[row.cause] = (count + 1, total + row.difference)
    order = sorted(found.items(), key=lambda each: -abs(each[1][1]))
    return tuple((shadow.TITLES[cause], count, total) for cause, (count, total) in order)


# ---- ours


def _ours(month: Calendar, at: dt.datetime) -> list[_Ours]:
    first = dt.date.fromordinal(month.first)
    every = {row.pk: row for row in InvoicingGroup.objects.filter(active=True).order_by("id")}
    every = {pk: every[pk] for pk in members.members_of(every, first)}
    known = {row.group_id: row for row in Month.objects.filter(month=first).select_related("group")}
    # A month that is not open yet is looked at through a row that is never saved.
    rows = [known.get(pk) or Month(pk=-pk, group=group, month=first) for pk, group in every.items()]
    prepared = inputs.prepare(rows, as_of=at)
    return [_rated(row, prepared[row.pk]) for row in rows]


def _rated(row: Month, prepared: inputs.Prepared) -> _Ours:
    found = _Ours(row.group, row.group.currency)
    try:
        if prepared.problem is not None:
            raise prepared.problem
        assert prepared.group is not None
        found.asked, found.rate = prepared.group, prepared.rate
        found.rated = groups.rate(prepared.group)
    except Invalid as error:
        found.problem = f"{error.message} {error.remedy}".strip()
        return found
    found.total = money.amount(found.rated.answer.total)
    found.currency = found.rated.answer.currency
    return found


def _nearest(real: RealInvoice, mine: Sequence[_Ours]) -> _Ours | None:
    free = [each for each in mine if not each.taken]
    if not free:
        return None
    best = min(
        free,
        key=lambda each: (
            each.total is None,
            each.currency != real.currency,
            abs((each.total or Decimal(0)) - real.total),
        ),
    )
    best.taken = True
    return best


def _alone(each: _Ours, customer: str, nit: str) -> ShadowRow:
    words = (
        "No hay factura real para este grupo."
        if each.total
        else "No se puede calcular y no hay factura real."
    )
    cause = Candidate(Cause.ABSENT, -(each.total or Decimal(0)), words)
    return ShadowRow(
        customer,
        nit,
        each.group.code,
        "",
        each.currency,
        each.total,
        None,
        (cause,),
        Decimal(0),
        each.problem,
    )


def _beside(real: RealInvoice, each: _Ours | None, customer: str, rates: Mapping[str, str]) -> ShadowRow:
    if each is None:
        words = f"Ningún grupo de facturación espera factura del NIT {real.nit}."
        cause = Candidate(Cause.ABSENT, real.total, words)
        return ShadowRow(
            customer, real.nit, "", real.number, real.currency, None, real.total, (cause,), Decimal(0)
        )
    found = Explanation((), real.total - (each.total or Decimal(0)))
    problem = f"No se puede calcular: {each.problem}" if each.problem else ""
    if each.rated is not None and each.total is not None and each.currency != real.currency:
        problem = "La factura está en otra moneda que el contrato."
    elif each.rated is not None and each.total is not None:
        candidates = list(_candidates(each, real.total, rates))
        found = shadow.explain(each.total, real.total, candidates, lines=len(each.rated.answer.lines))
    return ShadowRow(
        customer,
        real.nit,
        each.group.code,
        real.number,
        real.currency,
        each.total,
        real.total,
        found.causes,
        found.left,
        problem,
        found.others,
    )


# ---- what the other side may have reckoned otherwise


def _candidates(each: _Ours, theirs: Decimal, rates: Mapping[str, str]) -> Iterable[Candidate]:
    assert each.rated is not None
    assert each.asked is not None
    answer = each.rated.answer
    factor = Fraction(each.rate) if answer.converted is not None and each.rate else Fraction(1)

    def said(amount: Fraction | int) -> Decimal:
        """Cents of the contract's currency as an amount of the invoice's."""
        return Decimal(round(Fraction(amount) * factor)).scaleb(-2)

    cases = {case.service.circuit: case for case in each.asked.cases}
    by_circuit: dict[str, list[Line]] = {}
    for line in answer.lines:
        by_circuit.setdefault(line.circuit, []).append(line)
        if line.kind in ONE_OFFS:
            yield _without(line, said(line.cents))
    for circuit, lines in by_circuit.items():
        if circuit not in cases:
            continue
        recurring = [line for line in lines if line.price is not None and line.kind is not Kind.BURST]
        whole = sum(line.cents for line in lines)
        yield Candidate(
            Cause.CIRCUIT,
            -said(whole),
            f"La factura no trae {circuit} ({money.currency_sign(answer.currency)} {formats.number(said(whole))}).",
            f"circuit {circuit}",
        )
        billed = said(sum(line.cents for line in recurring))
        yield from _prorations(circuit, recurring, billed, said)
        yield from _other_prices(cases[circuit], each.asked, recurring, billed, said)
        yield from _implied_price(
            circuit, recurring, billed, theirs - money.amount(answer.total), answer.currency
        )
    if answer.credit_applied:
        amount = money.amount(answer.credit_applied)
        yield Candidate(
            Cause.CREDIT,
            amount,
            f"La factura no descuenta el saldo a favor de {formats.number(amount)}.",
            "carried",
        )
    yield from _taxes(money.amount(answer.total))
    if answer.converted is not None:
        yield from _rates(answer.contract_total, money.amount(answer.total), theirs, rates)


def _without(line: Line, amount: Decimal) -> Candidate:
    cause = ONE_OFFS[line.kind]
    what = {
        Cause.CREDIT: "no descuenta el crédito SLA",
        Cause.CHARGE: "no trae el cargo",
        Cause.ADJUSTMENT: "no trae el ajuste de meses anteriores",
        Cause.MINIMUM: "no completa el mínimo",
        Cause.BURST: "no trae el exceso",
    }[cause]
    where = f" de {line.circuit}" if line.circuit else ""
    return Candidate(
        cause,
        -amount,
        f"La factura {what}{where} ({formats.number(amount)}).",
        f"{line.kind} {line.circuit} {line.cents}",
    )


def _prorations(
    circuit: str, lines: Sequence[Line], billed: Decimal, said: Callable[[Fraction | int], Decimal]
) -> Iterable[Candidate]:
    if not lines:
        return
    covered = sum(line.end - line.start for line in lines)
    days = lines[0].month_days
    seen = set()
    for line in lines:
        monthly = said(Fraction(*line.monthly) * 100)
        speed = f" a {formats.shortest(Decimal(line.bps).scaleb(-6))} Mbps" if line.bps else ""
        if monthly in seen or (len(lines) == 1 and covered == days):
            continue
        seen.add(monthly)
        cause = Cause.PRORATION if covered < days else Cause.SPEED
        yield Candidate(
            cause,
            monthly - billed,
            f"{circuit}: la factura cobra el mes entero{speed} ({formats.number(monthly)}) en vez de prorratear por días.",
            f"circuit {circuit}",
            1,
        )
    thirty = sum(
        (said(Fraction(*line.monthly) * 100 * (line.end - line.start) / 30) for line in lines), Decimal(0)
    )
    if covered < days or len(lines) > 1:
        yield Candidate(
            Cause.PRORATION,
            thirty - billed,
            f"{circuit}: la factura prorratea sobre 30 días y no sobre los {days} del mes.",
            f"circuit {circuit}",
            1,
        )


def _other_prices(
    case: Case,
    group: Group,
    lines: Sequence[Line],
    billed: Decimal,
    said: Callable[[Fraction | int], Decimal],
) -> Iterable[Candidate]:
    """The month at another version of the circuit's price."""
    used = {line.price.effective for line in lines if line.price is not None}
    terms = case.service.terms
    for price in terms.prices:
        if price.effective in used and len(used) == 1:
            continue
        try:
            other = replace(
                case, service=replace(case.service, terms=replace(terms, prices=(_from(price, terms.start),)))
            )
            rated = groups.rate(replace(group, cases=(other,), one_offs=(), minimum_invoice=None, priors=()))
        except Invalid:
            continue
        mine = [line for line in rated.answer.lines if line.price is not None and line.kind is not Kind.BURST]
        amount = said(sum(line.cents for line in mine))
        yield Candidate(
            Cause.PRICE,
            amount - billed,
            f"{case.service.circuit}: la factura usa el precio que rige desde el {formats.date(price.effective)} ({formats.number(amount)}).",
            f"circuit {case.service.circuit}",
            1,
        )


def _from(price: Price, start: dt.date) -> Price:
    return replace(price, effective=min(price.effective, start), approved_at=None)


def _implied_price(
    circuit: str, lines: Sequence[Line], billed: Decimal, wanted: Decimal, currency: str
) -> Iterable[Candidate]:
    """A price of two decimals that would give exactly the difference, of a circuit with one price per Mbps or a fee."""
    prices = {line.price for line in lines}
    if len(prices) != 1 or not billed:
        return
    price = next(iter(prices))
    if price is None or price.model not in {Model.PER_MBPS, Model.FLAT}:
        return
    agreed = price.unit_price if price.model is Model.PER_MBPS else price.monthly_fee
    if agreed is None:
        return
    implied = Fraction(agreed) * Fraction(billed + wanted) / Fraction(billed)
    clean = Decimal(round(implied * 10**PRICE_PLACES)).scaleb(-PRICE_PLACES)
    again = Decimal(round(Fraction(billed) * Fraction(clean) / Fraction(agreed) * 100)).scaleb(-2)
    if clean <= 0 or abs(again - billed - wanted) > Decimal("0.05") or not agreed / 2 < clean < agreed * 2:
        return
    unit = " por Mbps" if price.model is Model.PER_MBPS else " al mes"
    sign = money.currency_sign(currency)
    yield Candidate(
        Cause.PRICE,
        wanted,
        f"{circuit}: la factura sale a {sign} {formats.number(clean)}{unit} y el contrato dice {formats.shortest(agreed)}.",
        f"circuit {circuit}",
        shadow.BY_CHANCE,
    )


def _taxes(total: Decimal) -> Iterable[Candidate]:
    share = Decimal("0.13")
    for amount, words in (
        (total * (1 - share), "La factura está sin el IVA (87 %)."),
        (total / (1 + share), "La factura está sin el IVA (entre 1,13)."),
        (total * (1 + share), "La factura suma el IVA por fuera (13 %)."),
        (total / (1 - share), "La factura suma el IVA por dentro (entre 0,87)."),
    ):
        yield Candidate(Cause.TAX, amount.quantize(shadow.CENT) - total, words, "tax", 2)


def _known_rates(month: Calendar) -> dict[str, str]:
    """Each figure of the dollar around the month with where it comes from."""
    first = dt.date.fromordinal(month.first) - dt.timedelta(days=RATE_DAYS)
    last = dt.date.fromordinal(month.after) + dt.timedelta(days=RATE_DAYS)
    rows = ExchangeRate.objects.filter(currency="USD", on__gte=first, on__lt=last).order_by("-on", "source")
    return {str(row.rate.normalize()): f"{row.source} del {formats.date(row.on)}" for row in rows}


def _rates(
    contract_cents: int, ours: Decimal, theirs: Decimal, rates: Mapping[str, str]
) -> Iterable[Candidate]:
    base = money.amount(contract_cents)
    if not base:
        return
    for figure, source in rates.items():
        amount = (base * Decimal(figure)).quantize(shadow.CENT)
        yield Candidate(
            Cause.RATE,
            amount - ours,
            f"La factura usa el tipo de cambio {formats.shortest(Decimal(figure))} ({source}).",
            "rate",
            1,
        )
    implied = (theirs / base).quantize(Decimal("0.01"))
    if abs((base * implied).quantize(shadow.CENT) - theirs) <= Decimal("0.05"):
        yield Candidate(
            Cause.RATE,
            theirs - ours,
            f"La factura sale a un tipo de cambio de {formats.shortest(implied)}.",
            "rate",
            shadow.BY_CHANCE,
        )
