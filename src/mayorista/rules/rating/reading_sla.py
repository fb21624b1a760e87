"""The `sla` of a case: one credit or a list of them, and the ladders they may use (R11, R17)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from mayorista.rules import credits as ladders
from mayorista.rules import money, periods
from mayorista.rules.rating.case import Sla

if TYPE_CHECKING:
    from collections.abc import Callable

    from mayorista.rules.rating.nodes import Node

_OWN = ("outage_minutes", "for_period", "cases", "already_credited")
_FRACTION_PARTS = 2
_FRACTION_DIGITS = 15


def read(node: Node) -> tuple[Sla, ...]:
    """Return the credits to compute. Raises Invalid."""
    if isinstance(node.value, list):
        return tuple(_sla(each) for each in node.items())
    return (_sla(node),)


def _sla(node: Node) -> Sla:
    outage = node.need("outage_minutes").decimal()
    if outage < 0:
        raise node.at("outage_minutes").wrong("Los minutos no pueden ser negativos.", "Revise la cifra.")
    credited = node.at("already_credited").decimal() if node.has("already_credited") else money.amount(0)
    return Sla(
        ladder=_ladder(node, _OWN),
        outage_minutes=Fraction(outage),
        for_period=periods.parse_month(node.at("for_period").text(), field=node.at("for_period").path)
        if node.has("for_period")
        else None,
        cases=tuple(each.text() for each in node.list_of("cases")),
        already_credited=credited,
    )


def _ladder(node: Node, others: tuple[str, ...] = ()) -> ladders.Ladder:
    model = node.need("model").one_of(tuple(_MODELS))
    fields, build = _MODELS[model]
    node.known("model", *fields, *others)
    with node.naming():
        return build(node)


def _percent_bands(node: Node) -> ladders.Ladder:
    bands = []
    for each in node.need("bands").items():
        each.known("below", "credit_pct")
        with each.naming():
            bands.append(ladders.Band(each.need("below").decimal(), each.need("credit_pct").decimal()))
    return ladders.PercentBands(tuple(bands))


def _pro_rata(node: Node) -> ladders.Ladder:
    allowance = node.at("allowance_minutes").decimal() if node.has("allowance_minutes") else money.amount(0)
    multiplier = node.at("multiplier").decimal() if node.has("multiplier") else Decimal(1)
    return ladders.ProRata(multiplier, allowance)


def _per_full_hour(node: Node) -> ladders.Ladder:
    return ladders.PerFullHour(node.need("pct_per_hour").decimal())


def _duration(node: Node) -> ladders.Ladder:
    steps = []
    for each in node.need("steps").items():
        each.known("from_minutes", "fraction")
        with each.naming():
            steps.append(
                ladders.DurationStep(each.need("from_minutes").decimal(), _fraction(each.need("fraction")))
            )
    return ladders.DurationLadder(tuple(steps))


def _best_of(node: Node) -> ladders.Ladder:
    return ladders.BestOf(tuple(_ladder(each) for each in node.need("rules").items()))


def _fraction(node: Node) -> Fraction:
    """A fraction of the fee: "1/90", or a decimal."""
    parts = node.value.split("/") if isinstance(node.value, str) else []
    if (
        len(parts) == _FRACTION_PARTS
        and all(part.isascii() and part.isdigit() and len(part) <= _FRACTION_DIGITS for part in parts)
        and int(parts[1])
    ):
        return Fraction(int(parts[0]), int(parts[1]))
    return Fraction(node.decimal())


_MODELS: dict[str, tuple[tuple[str, ...], Callable[[Node], ladders.Ladder]]] = {
    "percent_bands": (("bands",), _percent_bands),
    "pro_rata": (("multiplier", "allowance_minutes"), _pro_rata),
    "per_full_hour": (("pct_per_hour",), _per_full_hour),
    "duration_ladder": (("steps",), _duration),
    "best_of": (("rules",), _best_of),
}
