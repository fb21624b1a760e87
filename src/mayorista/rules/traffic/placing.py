"""Readings laid on the 288 stamps of each day of La Paz, and what was odd about them by name.

# Note [Stamps]
A rate stands on the stamp in which its instant lies. Of a counter, two readings in a row make a rate; it stands on
the stamp that holds the middle between them, so that a poll some seconds early or late changes no stamp. Readings
further apart than seven and a half minutes make none: what lies between is a gap.

# Note [Wraps]
A counter that is smaller than before went round, or was set to zero. It went round where the rate that follows is one
the circuit can carry; else it was reset and the sample is missing. A 32-bit counter goes round in five minutes at
114 Mbps: for a faster circuit it says nothing, and is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from mayorista.rules import lapaz
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.percentile import INTERVAL, LARGEST, PER_DAY, Pair
from mayorista.rules.traffic.table import Reading, Table

STAMP = 60 * INTERVAL
FURTHEST = STAMP * 3 // 2
NEAREST = STAMP // 5
SMALL_BITS, WIDE_BITS = 32, 64
SMALL_LIMIT = 2**SMALL_BITS * 8 // STAMP
_ROOM = (5, 4)

Port = tuple[str, str]
"""Circuit and port."""
Day = list[Pair | None]
"""The 288 stamps of a day."""


class Finding(NamedTuple):
    """Something odd about a port's samples: how often, and the first of them in words."""

    kind: str
    circuit: str
    port: str
    times: int
    first: str


FINDING_TITLES = {
    "duplicate": "muestras repetidas iguales",
    "conflict": "muestras repetidas con otro valor: queda la última fila",
    "order": "filas fuera de orden, ordenadas",
    "gap": "intervalos sin muestra",
    "wrap": "vueltas de contador, corregidas",
    "reset": "contador puesto a cero: muestra faltante",
    "missing": "muestras vacías: faltantes",
    "near": "lecturas a menos de un minuto, sin contar",
    "above": "muestras sobre la capacidad del circuito",
}


class Placed(NamedTuple):
    """The stamps by port and day, what was odd, and the last counter of each port (for the next upload)."""

    days: dict[Port, dict[dt.date, Day]]
    findings: tuple[Finding, ...]
    last: dict[Port, Reading]


class _Notes:
    def __init__(self, port: Port) -> None:
        self.port = port
        self.seen: dict[str, tuple[int, str]] = {}

    def add(self, kind: str, words: str, count: int = 1) -> None:
        before, first = self.seen.get(kind, (0, words))
        self.seen[kind] = before + count, first

    def findings(self) -> list[Finding]:
        return [Finding(kind, *self.port, count, first) for kind, (count, first) in self.seen.items()]


def place(
    table: Table,
    *,
    capacity_bps: Mapping[Port, int],
    counter_bits: int = WIDE_BITS,
    before: Mapping[Port, Reading] | None = None,
) -> Placed:
    """Return the readings on their stamps. `before` holds the last counter known of a port.

    Raises Invalid where a 32-bit counter stands for a circuit that is too fast for it.
    """
    by_port: dict[Port, list[Reading]] = {}
    for each in table.readings:
        by_port.setdefault((each.circuit, each.port), []).append(each)
    days: dict[Port, dict[dt.date, Day]] = {}
    findings: list[Finding] = []
    last: dict[Port, Reading] = {}
    for port, readings in by_port.items():
        notes = _Notes(port)
        capacity = capacity_bps.get(port, LARGEST)
        ordered = _ordered(readings, notes)
        if table.counters:
            _refuse_small(readings[0], counter_bits, capacity)
            earlier = (before or {}).get(port)
            chain = [earlier, *ordered] if earlier is not None and earlier.at < ordered[0].at else ordered
            samples = list(_rates(chain, counter_bits, capacity, notes))
            last[port] = ordered[-1]
        else:
            samples = [(each.at, _pair(each, notes)) for each in ordered]
        days[port] = _laid(samples, capacity, notes)
        findings += notes.findings()
    return Placed(days, tuple(findings), last)


def _refuse_small(first: Reading, bits: int, capacity: int) -> None:
    if bits == SMALL_BITS and capacity > SMALL_LIMIT:
        raise Invalid.of([
            FieldError(
                f"fila {first.row}, contador",
                f"Un contador de 32 bits da más de una vuelta en 5 minutos sobre 114 Mbps, y {first.circuit} lleva más.",
                "Lea los contadores de 64 bits (ifHCInOctets, ifHCOutOctets).",
            )
        ])  # fmt: skip


def _ordered(readings: Sequence[Reading], notes: _Notes) -> list[Reading]:
    for one, other in pairwise(readings):
        if other.at < one.at:
            notes.add("order", f"fila {other.row}")
    kept: dict[dt.datetime, Reading] = {}
    for each in readings:
        twin = kept.get(each.at)
        if twin is not None:
            same = (twin.inward, twin.outward) == (each.inward, each.outward)
            notes.add("duplicate" if same else "conflict", f"fila {each.row}, {lapaz.moment(each.at)}")
        kept[each.at] = each
    return sorted(kept.values(), key=lambda each: each.at)


def _pair(each: Reading, notes: _Notes) -> Pair | None:
    if each.inward is None or each.outward is None:
        notes.add("missing", f"fila {each.row}, {lapaz.moment(each.at)}")
        return None
    return each.inward, each.outward


def _rates(
    chain: Sequence[Reading], bits: int, capacity: int, notes: _Notes
) -> Iterable[tuple[dt.datetime, Pair | None]]:
    """See Note [Stamps]."""
    known: Reading | None = None
    for each in chain:
        if each.inward is None or each.outward is None:
            notes.add("missing", f"fila {each.row}, {lapaz.moment(each.at)}")
            known = None
            continue
        if known is not None:
            seconds = int((each.at - known.at).total_seconds())
            if seconds < NEAREST:
                notes.add("near", f"fila {each.row}, {lapaz.moment(each.at)}")
                continue
            if seconds <= FURTHEST:
                yield known.at + (each.at - known.at) / 2, _rate(known, each, seconds, bits, capacity, notes)
        known = each


def _rate(one: Reading, other: Reading, seconds: int, bits: int, capacity: int, notes: _Notes) -> Pair | None:
    """The bits a second between two counters. See Note [Wraps]."""
    found = []
    where = f"fila {other.row}, {lapaz.moment(other.at)}"
    for low, high in ((one.inward, other.inward), (one.outward, other.outward)):
        assert low is not None
        assert high is not None
        octets = high - low
        if octets < 0:
            octets += 2**bits
            if octets < 0 or octets * 8 // seconds > capacity * _ROOM[0] // _ROOM[1]:
                notes.add("reset", where)
                return None
            notes.add("wrap", where)
        found.append(octets * 8 // seconds)
    return found[0], found[1]


def _laid(
    samples: Iterable[tuple[dt.datetime, Pair | None]], capacity: int, notes: _Notes
) -> dict[dt.date, Day]:
    days: dict[dt.date, Day] = {}
    stamps: dict[int, Pair] = {}
    for at, pair in samples:
        if pair is None:
            continue
        if max(pair) > LARGEST:
            notes.add("reset", lapaz.moment(at))
            continue
        stamp = stamp_of(at)
        twin = stamps.get(stamp)
        if twin is not None:
            notes.add("duplicate" if twin == pair else "conflict", lapaz.moment(at))
        stamps[stamp] = pair
        if max(pair) > capacity * _ROOM[0] // _ROOM[1]:
            notes.add("above", lapaz.moment(at))
    for stamp, pair in stamps.items():
        ordinal, number = divmod(stamp, PER_DAY)
        days.setdefault(dt.date.fromordinal(ordinal), [None] * PER_DAY)[number] = pair
    _note_gaps(sorted(stamps), notes)
    return days


def _note_gaps(stamps: Sequence[int], notes: _Notes) -> None:
    for one, other in pairwise(stamps):
        if other - one > 1:
            words = f"{other - one - 1} desde {lapaz.moment(at_stamp(one + 1))}"
            notes.add("gap", words, other - one - 1)


def stamp_of(at: dt.datetime) -> int:
    """Return the number of the stamp in which an instant lies: 288 a day of La Paz, from day number 0."""
    here = lapaz.local(at)
    return here.toordinal() * PER_DAY + (here.hour * 60 + here.minute) // INTERVAL


def at_stamp(stamp: int) -> dt.datetime:
    """Return the instant at which a stamp begins."""
    ordinal, number = divmod(stamp, PER_DAY)
    day = dt.datetime.combine(dt.date.fromordinal(ordinal), dt.time(), tzinfo=lapaz.LA_PAZ)
    return day + dt.timedelta(minutes=INTERVAL * number)


class Merged(NamedTuple):
    """A stored day with new samples in it: what is new, what stood there equal, what was replaced by another value."""

    day: Day
    new: int
    same: int
    replaced: int


def merge(stored: Sequence[Pair | None], coming: Sequence[Pair | None]) -> Merged:
    """Return a stored day with what comes in; what is missing in the new one takes nothing away."""
    new = same = replaced = 0
    day: Day = list(stored)
    for number, pair in enumerate(coming):
        if pair is None:
            continue
        had = stored[number]
        if had is None:
            new += 1
        elif had == pair:
            same += 1
        else:
            replaced += 1
        day[number] = pair
    return Merged(day, new, same, replaced)
