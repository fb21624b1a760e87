"""Durations of a form, derived from intervals: never typed, exact to the second.

Half-open stretches of time as sorted disjoint tuples; union and subtraction are all that is needed.
Gross (bruta) = union of the stretches without service; net (neta) = gross less the clock stops that
apply to each circuit. An unfinished stretch counts until `until`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mayorista.rules.dac.content import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mayorista.rules.dac.content import DacContent, Interval, ServiceLine, Stop

Span = tuple[datetime, datetime]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RegulatorLimits:
    """Interruptions not planned that must be evaluated for the regulator (field 30); a dated parameter."""

    report_after_minutes: int = 30
    further_duty_after_minutes: int = 12 * 60


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """What one circuit lost, in seconds; `over` > 0 = beyond its repair target, None = no target."""

    circuit_code: str
    gross: int
    stopped: int
    net: int
    counted: int
    over: int | None


@dataclass(frozen=True, slots=True)
class Durations:
    """Field 22 and its companions, in seconds; None = one of its two ends is not known."""

    gross: int
    stopped: int
    net: int
    detection: int | None
    diffusion: int | None
    services: tuple[ServiceTimes, ...]


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same instants as sorted stretches that neither touch nor overlap; empty ones vanish."""
    merged: list[Span] = []
    for starts, ends in sorted(span for span in spans if span[0] < span[1]):
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((starts, ends))
    return tuple(merged)


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """The instants of `spans` that are not in `taken`."""
    left = list(union(spans))
    for starts, ends in union(taken):
        rest: list[Span] = []
        for span in left:
            rest.append((span[0], min(span[1], starts)))
            rest.append((max(span[0], ends), span[1]))
        left = [span for span in rest if span[0] < span[1]]
    return union(left)


def seconds(spans: Iterable[Span]) -> int:
    """Whole seconds covered (each stretch counted once)."""
    return sum((ends - starts) // SECOND for starts, ends in union(spans))


def durations(content: DacContent, *, until: datetime | None = None) -> Durations:
    """All derived times of a form; what still lasts counts until `until` (default: the last part)."""
    until = until or content.last_issued_at
    closing = content.closing
    stops = closing.stops if closing else ()
    down: list[Span] = []
    against: list[Span] = []
    lines: list[ServiceTimes] = []
    for service in content.services:
        spans = _spans(service.intervals, until)
        net = subtract(spans, _stops_of(service, stops, until))
        lines.append(_service_times(service, spans, net))
        down.extend(spans)
        against.extend(net)
    gross, net_total = seconds(down), seconds(against)
    opening = content.opening
    return Durations(
        gross=gross,
        stopped=gross - net_total,
        net=net_total,
        detection=_between(content.started_at, opening.detected_at),
        diffusion=_between(opening.diagnosed_at, opening.issued_at),
        services=tuple(lines),
    )


def regulator_duty(event: Event, gross: int, limits: RegulatorLimits) -> str:
    """`NONE`, `REPORT` (over 30 min) or `FURTHER` (over 12 h) for an interruption not planned."""
    if event is Event.MAINTENANCE or gross <= limits.report_after_minutes * 60:
        return "NONE"
    return "FURTHER" if gross > limits.further_duty_after_minutes * 60 else "REPORT"


def _service_times(service: ServiceLine, spans: tuple[Span, ...], net: tuple[Span, ...]) -> ServiceTimes:
    counted = net
    if service.repair_from_at is not None:
        counted = tuple((max(starts, service.repair_from_at), ends) for starts, ends in net)
    gross, kept, against = seconds(spans), seconds(net), seconds(counted)
    target = service.repair_minutes
    return ServiceTimes(
        circuit_code=service.circuit_code,
        gross=gross,
        stopped=gross - kept,
        net=kept,
        counted=against,
        over=None if target is None else against - target * 60,
    )


def _spans(intervals: Iterable[Interval], until: datetime) -> tuple[Span, ...]:
    return union((one.starts_at, until if one.ends_at is None else one.ends_at) for one in intervals)


def _stops_of(service: ServiceLine, stops: Iterable[Stop], until: datetime) -> tuple[Span, ...]:
    return union(
        (stop.starts_at, until if stop.ends_at is None else stop.ends_at)
        for stop in stops
        if stop.circuit_code in ("", service.circuit_code)
    )


def _between(earlier: datetime | None, later: datetime | None) -> int | None:
    if earlier is None or later is None:
        return None
    return (later - earlier) // SECOND
