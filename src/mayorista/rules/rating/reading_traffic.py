"""The `traffic` of a case: run lengths from the first billed day, of a circuit or of a pool's ports (R12, R19)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from mayorista.rules import percentile, tariff
from mayorista.rules.rating import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mayorista.rules.rating.case import Billing, Traffic
    from mayorista.rules.rating.contract import Service
    from mayorista.rules.rating.nodes import Node


LEAST_COVERAGE = Decimal("0.90")
"""What holds where a case does not say it."""


def read(node: Node, service: Service, billing: Billing) -> Traffic:
    """Return the samples of a month. Raises Invalid, also when there are more samples than the month has."""
    node.known("interval_minutes", "min_coverage", "samples_rle", "ports", "measured")
    if node.has("measured"):
        return _measured(node)
    least = _coverage(node)
    interval = node.at("interval_minutes").whole() if node.has("interval_minutes") else percentile.INTERVAL
    first = _first_billed_day(service, billing)
    if node.has("ports") == node.has("samples_rle"):
        raise node.at("samples_rle").wrong(
            "Van las muestras de un circuito (samples_rle) o de sus puertos (ports)."
        )
    with node.naming():
        if node.has("samples_rle"):
            return _runs(node, first, least, interval, billing)
        members = []
        for each in node.at("ports").items():
            each.known("samples_rle", "active_from", "active_to_exclusive", "members")
            start = (
                each.at("active_from").day().toordinal() if each.has("active_from") else billing.month.first
            )
            end = (
                each.at("active_to_exclusive").day().toordinal()
                if each.has("active_to_exclusive")
                else billing.month.after
            )
            bundle = _runs(each, first, least, interval, billing)
            parts = tuple(_runs(part, first, least, interval, billing) for part in each.list_of("members"))
            port = percentile.Lag(bundle, parts, least, bundle.per_day) if parts else bundle
            members.append(percentile.Member(port, start, end))
        return percentile.Pool(tuple(members), least, percentile.DAY_MINUTES // interval)


class Measured:
    """Percentiles that were measured before: of the days of each burst line of a sheet; of others, no sample."""

    min_coverage: percentile.Coverage = (0, 1)

    def __init__(self, found: Mapping[tuple[int, int], percentile.Percentile]) -> None:
        self._found = found

    def between(self, start: int, end: int) -> percentile.Percentile:
        """Return what was measured on the days [start, end)."""
        nothing = percentile.Percentile(None, None, 0, (end - start) * percentile.PER_DAY, 0)
        return self._found.get((start, end), nothing)


def _measured(node: Node) -> Measured:
    if node.has("samples_rle") or node.has("ports"):
        raise node.at("measured").wrong("Van las muestras o lo que se midió de ellas, no ambas.")
    found = {}
    for each in node.list_of("measured"):
        each.known(
            "from",
            "to_exclusive",
            "p95_in",
            "p95_out",
            "discarded",
            "expected_samples",
            "present_samples",
        )
        inward, outward = (
            tariff.speed_bps(each.need(way).decimal(), field=each.at(way).path)
            for way in ("p95_in", "p95_out")
        )
        counts = [each.need(name).whole() for name in ("discarded", "expected_samples", "present_samples")]
        days = each.need("from").day().toordinal(), each.need("to_exclusive").day().toordinal()
        found[days] = percentile.Percentile(inward, outward, *counts)
    return Measured(found)


def _first_billed_day(service: Service, billing: Billing) -> int:
    """The day the first sample belongs to; without any billed day it is of no account."""
    stretches = timeline.of(service, billing.month, billing.as_of).stretches
    return stretches[0].start if stretches else billing.month.first


def _coverage(node: Node) -> percentile.Coverage:
    share = node.at("min_coverage").decimal() if node.has("min_coverage") else LEAST_COVERAGE
    if not 0 <= share <= 1:
        raise node.at("min_coverage").wrong(f"{share} no está entre 0 y 1.", "90 % se escribe 0.90.")
    return share.as_integer_ratio()


def _runs(
    node: Node, first: int, least: percentile.Coverage, interval: int, billing: Billing
) -> percentile.RunLengths:
    runs = tuple(_run(each) for each in node.list_of("samples_rle"))
    with node.naming():
        found = percentile.RunLengths(runs, first, least, interval)
    room = (billing.month.after - first) * found.per_day
    total = sum(run.samples for run in runs)
    if total > room:
        raise node.at("samples_rle").wrong(
            f"Hay {total} muestras y del primer día facturado al fin del mes solo caben {room}.",
            "Revise los recuentos.",
        )
    return found


def _run(node: Node) -> percentile.Run:
    node.known("count", "in", "out", "missing")
    count = node.need("count").whole()
    if count < 0:
        raise node.at("count").wrong("No puede ser negativo.", "Revise la cifra.")
    if node.has("missing"):
        if node.value["missing"] is not True:
            raise node.at("missing").wrong("Solo se escribe cuando falta: true.", "Quítelo.")
        return percentile.Run(count, None, None)
    pair = [tariff.speed_bps(node.need(way).decimal(), field=node.at(way).path) for way in ("in", "out")]
    return percentile.Run(count, pair[0], pair[1])
