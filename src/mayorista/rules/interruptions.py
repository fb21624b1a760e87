"""What of a circuit's outages counts against a contract, piece by piece, with the reason and proof of what does not.

# Note [What is left out]
An outage is left out whole when it was the customer's (A.3), when its cause is one that the contract excludes
(force majeure is excluded where the contract says so), or when its effect is no unavailability (a partial one).
Of what counts, these stretches are taken out: maintenance announced as early as the contract asks and inside its
window, documented stops of the clock, suspended time. What lies before the contract's clock starts does not count,
nor do stretches shorter than the contract ignores. No attribution yet means it counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from mayorista.rules import availability, lapaz
from mayorista.rules.availability import Availability, ClockStart, Outage, Span, Terms
from mayorista.rules.periods import Month
from mayorista.rules.procedure import CAUSES, Attribution

DEFAULT_TERMS = Terms()
COUNTED_EFFECTS = frozenset({"TOTAL", "INTERMITTENT"})
_CLOCK_WORDS = {
    ClockStart.FIRST: "alarma o reclamo",
    ClockStart.ALARM: "la alarma",
    ClockStart.CLAIM: "el reclamo",
    ClockStart.CASE: "la apertura del caso",
}


class Reason(StrEnum):
    """Why a piece of an outage counts or not."""

    COUNTS = "COUNTS"
    CUSTOMER = "CUSTOMER"
    CONTRACT = "CONTRACT"
    EFFECT = "EFFECT"
    MAINTENANCE = "MAINTENANCE"
    STOP = "STOP"
    SUSPENSION = "SUSPENSION"
    BEFORE_CLOCK = "BEFORE_CLOCK"
    SHORT = "SHORT"


REASON_TITLES: dict[Reason, str] = {
    Reason.COUNTS: "cuenta",
    Reason.CUSTOMER: "atribuible al cliente",
    Reason.CONTRACT: "causa excluida por contrato",
    Reason.EFFECT: "degradación: no es indisponibilidad",
    Reason.MAINTENANCE: "mantenimiento avisado, dentro de su ventana",
    Reason.STOP: "parada de reloj",
    Reason.SUSPENSION: "servicio suspendido",
    Reason.BEFORE_CLOCK: "antes de que corra el reloj del contrato",
    Reason.SHORT: "más breve que lo que el contrato cuenta",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """The clock stopped: reason in words, the proof as written, and its file (None: only words)."""

    starts_at: dt.datetime
    ends_at: dt.datetime | None
    reason: str
    evidence: str
    file_id: int | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """One outage of a circuit as stage A knows it: its stretches, the doors by which it was told, its cause."""

    case: str
    fault: str
    intervals: tuple[tuple[dt.datetime, dt.datetime | None], ...]
    alarm_at: dt.datetime | None
    claim_at: dt.datetime | None
    case_at: dt.datetime
    effect: str
    attribution: str = ""
    cause: str = ""
    disputed: bool = False
    stops: tuple[Stop, ...] = ()
    relapsed: bool = False


class Diagnosed(NamedTuple):
    """A diagnosis of a fault, when it was made."""

    at: dt.datetime
    attribution: str
    cause: str
    part: int | None = None
    """0: of all parts; n: of the n-th, counted by the relapses of the fault; None: of the part that ran when it was made."""

    def speaks_of(self, first: int, last: int) -> bool:
        """Whether it was made for one of the parts `first` to `last`, or for all."""
        return self.part is not None and (self.part == 0 or first <= self.part <= last)


def by_relapse(
    one: Interruption, *, diagnoses: Sequence[Diagnosed], relapses: Sequence[dt.datetime]
) -> tuple[Interruption, ...]:
    """Return an outage cut where it fell again after it was restored, each part with the diagnosis of its own.

    What was diagnosed before the network fell again stays with what lay before, unless a later diagnosis was made for
    that part or for all; the last part has the newest of the fault. An outage diagnosed alike throughout stays whole.
    """
    starts = sorted({starts for starts, _ends in one.intervals})
    cuts: list[tuple[dt.datetime, dt.datetime, int]] = []
    for number, told in enumerate(sorted(relapses), start=1):
        begins = max((each for each in starts[1:] if each <= told), default=None)
        if begins is not None and begins not in {start for start, _told, _number in cuts}:
            cuts.append((begins, told, number))
    parts: list[Interruption] = []
    left = list(one.intervals)
    first = 1
    for begins, told, last in cuts:
        said = [
            each
            for each in diagnoses
            if (each.part is None and each.at < told) or each.speaks_of(first, last)
        ]
        first = last + 1
        words = (said[-1].attribution, said[-1].cause) if said else (one.attribution, one.cause)
        mine = tuple(each for each in left if each[0] < begins)
        left = [each for each in left if each[0] >= begins]
        parts.append(replace(one, intervals=mine, attribution=words[0], cause=words[1], relapsed=True))
    parts.append(replace(one, intervals=tuple(left), relapsed=True))
    if len({(each.attribution, each.cause) for each in parts}) <= 1:
        return (one,)
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Window:
    """Maintenance that covered the circuit; `announced_at` None: the customers were never told."""

    number: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    announced_at: dt.datetime | None

    def excused(self, notice_hours: int) -> bool:
        """Whether it was announced as many hours before its start as the contract asks."""
        return self.announced_at is not None and self.announced_at <= self.starts_at - dt.timedelta(
            hours=notice_hours
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """What the contract leaves out, beside how it counts."""

    terms: Terms = DEFAULT_TERMS
    excluded_causes: frozenset[str] = frozenset()
    notice_hours: int = 0
    counted_effects: frozenset[str] = COUNTED_EFFECTS


class Piece(NamedTuple):
    """Whole seconds [start, end) of an outage, and why they count or not. `proof` is a dossier's number or words."""

    start: int
    end: int
    case: str
    reason: Reason
    why: str
    proof: str
    file_id: int | None = None

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.end - self.start


class Judged(NamedTuple):
    """A circuit's month: the figure, and the disjoint pieces it is made of in order of time."""

    availability: Availability
    pieces: tuple[Piece, ...]

    @property
    def counted(self) -> int:
        """Seconds that count, before the contract's rounding to minutes."""
        return sum(piece.seconds for piece in self.pieces if piece.reason is Reason.COUNTS)


class _Taken(NamedTuple):
    """A stretch that is taken out of whatever lies in it."""

    span: Span
    reason: Reason
    why: str
    proof: str
    file_id: int | None = None


class _Lying(NamedTuple):
    """A stretch of one outage; `reason` COUNTS unless the outage is left out or its clock does not run yet."""

    span: Span
    case: str
    reason: Reason
    why: str
    proof: str


def judge(
    month: Month,
    *,
    served: Sequence[Span],
    interruptions: Iterable[Interruption],
    policy: Policy,
    until: dt.datetime,
    windows: Iterable[Window] = (),
    suspensions: Sequence[Span] = (),
) -> Judged:
    """Return the month's availability and its pieces. What is open is cut at `until`. See Note [What is left out]."""
    every = list(interruptions)
    lying = [each for one in every for each in _stretches(one, policy, until)]
    taken = _taken(every, windows, suspensions, policy, until)
    counting = [Outage(_at(low), _at(low), _at(high), _at(low)) for (low, high), *_ in _only_counting(lying)]
    figure = availability.of_month(
        month,
        served=served,
        outages=counting,
        terms=policy.terms,
        until=until,
        excluded=[each.span for each in taken if each.reason is not Reason.SUSPENSION],
        suspended=list(suspensions),
    )
    start, end = (availability.whole_second(at) for at in (month.starts_at, month.ends_at))
    return Judged(
        figure,
        tuple(_pieces(lying, taken, availability.within(availability.union(served), start, end), policy)),
    )


def _only_counting(lying: Iterable[_Lying]) -> list[_Lying]:
    return [each for each in lying if each.reason is Reason.COUNTS]


def _at(second: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, tz=dt.UTC)


def _stretches(one: Interruption, policy: Policy, until: dt.datetime) -> list[_Lying]:
    """The outage's stretches, cut where the contract's clock starts."""
    reason, why, proof = _standing(one, policy)
    rule = policy.terms.clock_start
    clock = Outage(one.alarm_at, one.claim_at, None, one.case_at).starts_at(rule)
    limit = availability.whole_second(until)
    found = []
    for begins, ends in one.intervals:
        low = availability.whole_second(begins)
        high = limit if ends is None else min(availability.whole_second(ends), limit)
        if clock is None or reason is not Reason.COUNTS:
            here = reason if reason is not Reason.COUNTS else Reason.BEFORE_CLOCK
            words = why if reason is not Reason.COUNTS else f"el contrato cuenta desde {_CLOCK_WORDS[rule]}"
            found.append(_Lying((low, high), one.case, here, words, proof or one.case))
            continue
        runs = availability.whole_second(clock)
        if low < runs:
            words = f"el contrato cuenta desde {_CLOCK_WORDS[rule]} ({lapaz.moment(clock)})"
            found.append(_Lying((low, min(runs, high)), one.case, Reason.BEFORE_CLOCK, words, one.case))
        found.append(_Lying((max(low, runs), high), one.case, Reason.COUNTS, why, one.case))
    return [each for each in found if each.span[0] < each.span[1]]


def _standing(one: Interruption, policy: Policy) -> tuple[Reason, str, str]:
    """Whether the whole outage counts, in words, and the dossier that proves it."""
    cause = CAUSES.get(one.cause)
    title = f"{one.cause} {cause.title}" if cause else ""
    disputed = " (atribución objetada)" if one.disputed else ""
    if one.relapsed:
        disputed += " (diagnóstico de este tramo)"
    if one.attribution == Attribution.CUSTOMER or (cause is not None and cause.sla == "EXCLUDED"):
        return Reason.CUSTOMER, f"{title or 'atribuible al cliente'}{disputed}", one.fault
    if one.cause in policy.excluded_causes:
        return Reason.CONTRACT, f"{title}{disputed}", one.fault
    if one.effect not in policy.counted_effects:
        return Reason.EFFECT, "el circuito siguió pasando tráfico", one.fault
    return Reason.COUNTS, f"{title or 'sin atribución todavía'}{disputed}", one.fault


def _taken(
    interruptions: Iterable[Interruption],
    windows: Iterable[Window],
    suspensions: Iterable[Span],
    policy: Policy,
    until: dt.datetime,
) -> list[_Taken]:
    """What is taken out, the strongest reason first."""
    found = [_Taken(span, Reason.SUSPENSION, "", "") for span in suspensions]
    for window in windows:
        if window.excused(policy.notice_hours):
            span = availability.whole_second(window.starts_at), availability.whole_second(window.ends_at)
            found.append(_Taken(span, Reason.MAINTENANCE, window.title, window.number))
    for one in interruptions:
        for stop in one.stops:
            span = (
                availability.whole_second(stop.starts_at),
                availability.whole_second(until if stop.ends_at is None else stop.ends_at),
            )
            words = f"{stop.reason}: {stop.evidence}"
            found.append(_Taken(span, Reason.STOP, words, one.case, stop.file_id))
    return [each for each in found if each.span[0] < each.span[1]]


def _pieces(
    lying: Sequence[_Lying], taken: Sequence[_Taken], served: Sequence[Span], policy: Policy
) -> Iterable[Piece]:
    """Every second of an outage once, with what decides it; neighbours of one kind are one piece."""
    union = availability.union(each.span for each in _only_counting(lying))
    short = [span for span in union if span[1] - span[0] < policy.terms.ignore_below_seconds]
    points = sorted(
        {end for spans in (served, short) for span in spans for end in span}
        | {end for each in lying for end in each.span}
        | {end for each in taken for end in each.span}
    )
    last: Piece | None = None
    for low, high in pairwise(points):
        here = [each for each in lying if _holds(each.span, low)]
        if not here or not any(_holds(span, low) for span in served):
            continue
        piece = _piece(low, high, here, [each for each in taken if _holds(each.span, low)], short)
        if last is not None and last.end == low and last[2:] == piece[2:]:
            last = last._replace(end=high)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _piece(
    low: int, high: int, here: Sequence[_Lying], taken: Sequence[_Taken], short: Sequence[Span]
) -> Piece:
    counting = next((each for each in here if each.reason is Reason.COUNTS), None)
    one = counting or here[0]
    if taken and (counting is not None or taken[0].reason is Reason.SUSPENSION):
        first = taken[0]
        return Piece(low, high, one.case, first.reason, first.why, first.proof or one.case, first.file_id)
    if counting is not None and any(_holds(span, low) for span in short):
        return Piece(low, high, one.case, Reason.SHORT, one.why, one.proof)
    return Piece(low, high, one.case, one.reason, one.why, one.proof)


def _holds(span: Span, second: int) -> bool:
    return span[0] <= second < span[1]
