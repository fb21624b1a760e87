"""Each line as a sentence with its numbers, so that a person can do it again by hand.

"2.000 Mbps × Bs 11,50 × 15/30 días = Bs 11.500,00 · del 1 al 15 de noviembre"
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from mayorista.rules import formats, money, periods
from mayorista.rules.percentile import Percentile
from mayorista.rules.rating.lines import Adjustment, Complement, Credit, Kind, Line, OneOffText
from mayorista.rules.tariff import BurstRounding, Model

if TYPE_CHECKING:
    from mayorista.rules.rating.invoice import Answer
    from mayorista.rules.tariff import Price, Tier


def sentences(answer: Answer, *, fx_rate: Decimal | None = None) -> list[str]:
    """Return a sentence per line, in the order of the lines; `fx_rate` is that of the invoice."""
    converted: list[int | None] = list(answer.converted) if answer.converted else [None] * len(answer.lines)
    return [
        sentence(line, answer.contract_currency) + _converted(cents, answer.currency, fx_rate)
        for line, cents in zip(answer.lines, converted, strict=True)
    ]


def closing(answer: Answer) -> list[str]:
    """Return the sentences of the totals: sum, credit, what is carried on, tax inside."""
    sign = money.currency_sign(answer.currency)

    def said(cents: int) -> str:
        return f"{sign} {formats.number(money.amount(cents))}"

    count = len(answer.lines)
    found = [f"Suma de {count} {'línea' if count == 1 else 'líneas'} = {said(answer.lines_total)}"]
    if answer.credit_applied:
        found.append(f"menos saldo a favor {said(answer.credit_applied)}")
    found.append(f"Total = {said(answer.total)}" if answer.is_invoiced else f"Total = {said(0)}: sin factura")
    if answer.credit_carried_forward:
        found.append(f"saldo a favor que pasa al mes siguiente = {said(answer.credit_carried_forward)}")
    if answer.tax is not None:
        found.append(f"impuesto incluido en el precio = {said(answer.tax)}")
    return found


def sentence(line: Line, currency: str) -> str:
    """Return what a line is made of, as a sentence."""
    money_ = _Money(currency)
    how = _covered(line, money_) if line.price is not None else _evident(line, money_)
    circuit = f"{line.circuit}: " if line.circuit else ""
    return f"{circuit}{how}"


class _Money:
    """How amounts of one currency are said."""

    def __init__(self, currency: str) -> None:
        self.sign = money.currency_sign(currency)

    def cents(self, value: int) -> str:
        """An amount of two decimals."""
        minus = "−" if value < 0 else ""
        return f"{minus}{self.sign} {formats.number(money.amount(abs(value)))}"

    def price(self, unit: int) -> str:
        """A price with at least two decimals and all it has."""
        exact = formats.shortest(Decimal(unit).scaleb(-money.PRICE_PLACES))
        whole, comma, decimals = exact.partition(",")
        return f"{self.sign} {whole},{decimals.ljust(2, '0')}" if comma else f"{self.sign} {whole},00"


def _covered(line: Line, money_: _Money) -> str:
    assert line.price is not None
    days = f"{line.days}/{line.month_days} días"
    span = periods.span_words(line.start, line.end, with_year=False)
    return f"{_monthly(line, line.price, money_)} × {days} = {money_.cents(line.cents)} · {span}"


def _monthly(line: Line, price: Price, money_: _Money) -> str:
    """The month's amount as a product."""
    speed = line.bps or 0
    if line.kind is Kind.BURST:
        return f"{_burst(line, price)} × {money_.price(price.burst_unit)}"
    if price.model is Model.FLAT:
        return f"cuota fija {money_.price(price.unit // 10**money.MBPS_PLACES)}"
    if price.is_linear:
        commit = "compromiso de " if price.model is Model.COMMITTED_BURST else ""
        return f"{commit}{_mbps(speed)} × {money_.price(price.unit)}"
    chooses = line.total_bps if price.is_shared else speed
    if price.model is Model.VOLUME:
        tier = price.tier_of(chooses)
        summed = f" por {_mbps(chooses)} en suma" if price.is_shared else ""
        return f"{_mbps(speed)} × {money_.price(tier.unit)} (tramo {_tier(tier)}{summed})"
    sliced = " + ".join(
        f"{_mbps(width)} × {money_.price(tier.unit)}" for width, tier in price.slices(chooses)
    )
    share = f" × {_bare(speed)}/{_bare(chooses)} Mbps de la suma" if price.is_shared else ""
    return f"({sliced or '0 Mbps'}){share}"


def _burst(line: Line, price: Price) -> str:
    evidence = line.evidence
    assert isinstance(evidence, Percentile)
    up = ", al Mbps entero hacia arriba" if price.burst_rounding is BurstRounding.CEIL_MBPS else ""
    return (
        f"exceso de {_mbps(line.bps or 0)} (percentil 95 {_mbps(evidence.billed or 0)}: "
        f"entrada {_bare(evidence.inward or 0)}, salida {_bare(evidence.outward or 0)}; "
        f"{_count(evidence.present)} de {_count(evidence.expected)} muestras, {_count(evidence.discarded)} descartadas; "
        f"compromiso {_mbps(line.total_bps)}{up})"
    )


def _evident(line: Line, money_: _Money) -> str:
    evidence, amount = line.evidence, money_.cents(line.cents)
    if isinstance(evidence, Adjustment):
        return (
            f"{evidence.for_period.words}: corresponde {money_.cents(evidence.recomputed)} "
            f"menos facturado {money_.cents(evidence.already_billed)} = {amount}"
        )
    if isinstance(evidence, Credit):
        return _credit(evidence, amount, money_)
    if isinstance(evidence, Complement):
        return (
            f"mínimo {money_.price(evidence.minimum)} × {evidence.days}/{line.month_days} días "
            f"menos recurrente {money_.cents(evidence.recurring)} y exceso {money_.cents(evidence.burst)} = {amount}"
        )
    assert isinstance(evidence, OneOffText)
    return f"{evidence.text} = {amount}"


def _credit(evidence: Credit, amount: str, money_: _Money) -> str:
    month = f" de {evidence.for_period.words}" if evidence.for_period is not None else ""
    before = (
        f", menos {money_.cents(evidence.already_credited)} ya acreditado"
        if evidence.already_credited
        else ""
    )
    cases = f" · casos {', '.join(evidence.cases)}" if evidence.cases else ""
    return f"crédito por disponibilidad: cuota{month} {money_.cents(evidence.base)} × ({evidence.how}){before} = {amount}{cases}"


def _converted(cents: int | None, currency: str, fx_rate: Decimal | None) -> str:
    if cents is None:
        return ""
    rate = f" × {formats.shortest(fx_rate)}" if fx_rate is not None else ""
    return f"{rate} = {_Money(currency).cents(cents)}"


def _mbps(bps: int) -> str:
    return f"{_bare(bps)} Mbps"


def _bare(bps: int) -> str:
    return formats.shortest(Decimal(bps).scaleb(-money.MBPS_PLACES))


def _count(number: int) -> str:
    return formats.number(number, 0)


def _tier(tier: Tier) -> str:
    return "sin límite" if tier.up_to_bps is None else f"hasta {_mbps(tier.up_to_bps)}"
