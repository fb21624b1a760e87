"""Burst above the commit (R12): per segment, on the samples of its own days, suspended days left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.rules import money
from mayorista.rules.rating.lines import Kind, Line
from mayorista.rules.tariff import BurstRounding, Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mayorista.rules.rating.case import Traffic
    from mayorista.rules.rating.timeline import Stretch
    from mayorista.rules.tariff import Price

LOW_COVERAGE = "p95_coverage_below_minimum"
_MBPS = 10**money.MBPS_PLACES


def has_any(stretches: Sequence[Stretch]) -> bool:
    """Whether any day may bill a burst."""
    return any(stretch.price.model is Model.COMMITTED_BURST and stretch.bursts for stretch in stretches)


def lines(
    stretches: Sequence[Stretch], traffic: Traffic | None, month_days: int, circuit: str
) -> tuple[list[Line], list[str]]:
    """Return a line per segment, also where the burst is zero (its samples say why), and the flags.

    A segment with too few samples, or with none at all, has no line: it bills its commit and raises the flag.
    """
    found: list[Line] = []
    flags: list[str] = []
    for start, end, price, commit in _segments(stretches):
        measured = traffic.between(start, end) if traffic is not None else None
        if traffic is None or measured is None or not measured.covers(traffic.min_coverage):
            flags.append(LOW_COVERAGE)
            continue
        assert measured.billed is not None
        above = max(0, measured.billed - commit)
        if price.burst_rounding is BurstRounding.CEIL_MBPS:
            above = -(-above // _MBPS) * _MBPS
        numerator, denominator = above * price.burst_unit * (end - start), money.SCALE * month_days
        found.append(
            Line(
                Kind.BURST,
                money.half_up(numerator * money.CENT, denominator),
                numerator,
                denominator,
                circuit,
                start,
                end,
                month_days,
                above,
                price,
                (above * price.burst_unit, money.SCALE),
                commit,
                evidence=measured,
            )
        )
    return found, flags


def _segments(stretches: Sequence[Stretch]) -> Iterator[tuple[int, int, Price, int]]:
    """The days [start, end) under one price and commit, without suspended days in between."""
    open_segment: tuple[int, int, Price, int] | None = None
    for stretch in stretches:
        if stretch.price.model is not Model.COMMITTED_BURST or not stretch.bursts:
            continue
        commit = stretch.bps or 0
        if open_segment is not None:
            start, end, price, before = open_segment
            if end == stretch.start and price is stretch.price and before == commit:
                open_segment = (start, stretch.end, price, commit)
                continue
            yield open_segment
        open_segment = (stretch.start, stretch.end, stretch.price, commit)
    if open_segment is not None:
        yield open_segment
