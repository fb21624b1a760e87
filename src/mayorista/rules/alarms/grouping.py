"""Which outages are one fault (G-17, G-41, G-42).

# Note [Faults only grow together]
Outages become one fault when, on an element they share, their beginnings follow one another within
120 seconds and at least three circuits take part, or when an alarm names the element itself. These
groups are connected components, and a component can only grow when more is known. So the outcome is
the same whatever the order in which alarms come, as long as nobody has acted in between.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WITHIN = dt.timedelta(seconds=120)
LEAST = 3


@dataclass(frozen=True, slots=True)
class Strike:
    """A circuit that is hit: by which occurrences' beginnings, and in which fault it is already.

    `settled` says that its fault may not be moved into another one (it has a D.A.C., or somebody
    has worked on several outages of it). `alone` says that it takes no others in either: it is the
    customer's own, and the others would get its attribution.
    """

    service_id: int
    starts: tuple[dt.datetime, ...]
    fault_id: int | None = None
    settled: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """An alarm named an element itself, at an instant."""

    element: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Circuits that are one fault.

    `fault_id` is the fault that stays (None = to be opened), `absorbed` those that move into it,
    `element` what broke as far as can be seen.
    """

    service_ids: tuple[int, ...]
    element: int | None
    fault_id: int | None
    absorbed: tuple[int, ...] = ()


class _Sets:
    """Disjoint sets over positions (union by smallest)."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def find(self, item: int) -> int:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, items: Sequence[int]) -> None:
        for item in items[1:]:
            low, high = sorted((self.find(items[0]), self.find(item)))
            self._parent[high] = low


def group(
    strikes: Iterable[Strike],
    *,
    elements: Mapping[int, frozenset[int]],
    riders: Mapping[int, int],
    named: Iterable[Named] = (),
    within: dt.timedelta = WITHIN,
    least: int = LEAST,
) -> list[Group]:
    """Group circuits that are hit (one strike per service) into faults.

    `elements` maps a service to what it rides on, `riders` an element to how many services ride on
    it; `named` are the elements that alarms named. Groups come in order of their first service.
    """
    ordered = sorted(strikes, key=lambda strike: strike.service_id)
    sets = _Sets(len(ordered))
    shared = _clusters(ordered, elements, list(named), within, least)
    for _element, _by_name, members in shared:
        sets.join(members)
    by_fault: dict[int, list[int]] = defaultdict(list)
    for position, strike in enumerate(ordered):
        if strike.fault_id is not None:
            by_fault[strike.fault_id].append(position)
    for members in by_fault.values():
        sets.join(members)
    components: dict[int, list[int]] = defaultdict(list)
    for position in range(len(ordered)):
        components[sets.find(position)].append(position)
    elements_of = _elements_of(shared, sets, riders)
    return [
        made
        for root, members in components.items()
        for made in _faults([ordered[each] for each in members], elements_of.get(root))
    ]


def _clusters(
    strikes: Sequence[Strike],
    elements: Mapping[int, frozenset[int]],
    named: Sequence[Named],
    within: dt.timedelta,
    least: int,
) -> list[tuple[int, bool, list[int]]]:
    """For each element: runs of beginnings no further apart than `within` that make a group."""
    points: dict[int, list[tuple[dt.datetime, int]]] = defaultdict(list)
    for position, strike in enumerate(strikes):
        for element in elements.get(strike.service_id, ()):
            points[element].extend((start, position) for start in strike.starts)
    for name in named:
        points[name.element].append((name.at, -1))
    found = []
    for element in sorted(points):
        run: list[int] = []
        last: dt.datetime | None = None
        for at, position in [*sorted(points[element]), (dt.datetime.max.replace(tzinfo=dt.UTC), -2)]:
            if last is not None and at - last > within:
                members = sorted(set(run) - {-1})
                if members and (-1 in run or len(members) >= least):
                    found.append((element, -1 in run, members))
                run = []
            run.append(position)
            last = at
    return found


def _elements_of(
    shared: Sequence[tuple[int, bool, list[int]]], sets: _Sets, riders: Mapping[int, int]
) -> dict[int, int]:
    """The element of each component: named before seen, then most circuits, then fewest riders."""
    best: dict[int, tuple[bool, int, int, int]] = {}
    for element, by_name, members in shared:
        root = sets.find(members[0])
        rank = (not by_name, -len(members), riders.get(element, 0), element)
        best[root] = min(best.get(root, rank), rank)
    return {root: rank[3] for root, rank in best.items()}


def _faults(strikes: Sequence[Strike], element: int | None) -> list[Group]:
    """Turn one component into faults: one, but settled faults stay apart and the oldest that may takes the rest."""
    settled = sorted({s.fault_id for s in strikes if s.settled and s.fault_id is not None})
    alone = {s.fault_id for s in strikes if s.alone}
    taker = next((fault_id for fault_id in settled if fault_id not in alone), None)
    loose = [s for s in strikes if not s.settled]
    fluid = sorted({s.fault_id for s in loose if s.fault_id is not None})
    groups = []
    for fault_id in settled:
        own = [s.service_id for s in strikes if s.settled and s.fault_id == fault_id]
        takes = loose if fault_id == taker else []
        groups.append(
            Group(
                tuple(sorted(own + [s.service_id for s in takes])),
                element,
                fault_id,
                tuple(fluid) if fault_id == taker else (),
            )
        )
    if taker is None and loose:
        groups.append(
            Group(
                tuple(s.service_id for s in loose),
                element,
                fluid[0] if fluid else None,
                tuple(fluid[1:]),
            )
        )
    return groups
