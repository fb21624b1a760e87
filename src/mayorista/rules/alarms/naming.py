"""Which circuit or element an alarm names.

A name is a set of labels; an alarm bears it when all of them are among its own. Names are looked up
by one of their labels, so an alarm costs as many look-ups as it has labels, however many names there
are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Labels that say what is measured, by whom and how badly, not what is hit.
NOT_IDENTIFYING = frozenset(
    {
        "alertname",
        "alertgroup",
        "severity",
        "job",
        "prometheus",
        "prometheus_replica",
        "replica",
        "receiver",
        "team",
        "monitor",
        "effect",
        "efecto",
        "env",
        "environment",
    }
)

# Labels that name a whole machine, and labels that name something on or behind it.
WHOLE_LABELS = frozenset(
    {"instance", "device", "host", "hostname", "node", "nodo", "pe", "router", "sysname"}
)
PART_LABELS = frozenset(
    {
        "interface",
        "ifname",
        "ifdescr",
        "ifalias",
        "ifindex",
        "port",
        "puerto",
        "peer",
        "neighbor",
        "vecino",
        "session",
        "vlan",
        "slot",
        "name",
    }
)
# Labels that carry a circuit's own code.
CIRCUIT_LABELS = frozenset({"service", "circuit", "circuit_id", "circuito", "servicio"})

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Name:
    """A set of labels by which a source ("" = any) names one service or one resource."""

    pairs: frozenset[Pair]
    source_code: str = ""
    service_id: int | None = None
    resource_id: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What an alarm names: services, or (only when it names none) resources."""

    service_ids: frozenset[int] = frozenset()
    resource_ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.service_ids or self.resource_ids)


class NameIndex:
    """Names by one of their labels each."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._names: dict[Pair, list[Name]] = defaultdict(list)
        for name in names:
            if name.pairs:
                self._names[min(name.pairs)].append(name)

    def match(self, labels: Mapping[str, str], source_code: str) -> Match:
        """What an alarm with these labels from this source names.

        The most specific names win (an interface of a router is not the router), and a named
        service goes before a named resource: an alarm about a circuit may also say what it rides
        on, and must not take all others on it down.
        """
        pairs = labels.items()
        borne = [
            name
            for pair in pairs
            for name in self._names.get(pair, ())
            if name.source_code in {"", source_code} and all(wanted in pairs for wanted in name.pairs)
        ]
        services = [name for name in borne if name.service_id is not None]
        chosen = services or [name for name in borne if _may_stand_for(name, labels)]
        if not chosen:
            return Match()
        most = max(len(name.pairs) for name in chosen)
        return Match(
            frozenset(n.service_id for n in chosen if n.service_id is not None and len(n.pairs) == most),
            frozenset(n.resource_id for n in chosen if n.resource_id is not None and len(n.pairs) == most),
        )


def _may_stand_for(name: Name, labels: Mapping[str, str]) -> bool:
    """Whether an alarm that names no known service may be taken for one about this whole resource.

    Not when it carries a circuit's code that nobody knows, and not when only the machine is named
    while the alarm is about an interface or a neighbour of it: one unknown port must not take all
    circuits of the router down. Such alarms are shown for a person to link.
    """
    told = {label.lower() for label, value in labels.items() if value}
    if told & CIRCUIT_LABELS:
        return False
    named = {label.lower() for label, _value in name.pairs if label not in NOT_IDENTIFYING}
    return not (named <= WHOLE_LABELS and (told - named) & PART_LABELS)


def identifying(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that can name something, in order of their names."""
    return {name: labels[name] for name in sorted(labels) if name not in NOT_IDENTIFYING and labels[name]}


def keys(labels: Mapping[str, str]) -> list[str]:
    """`label=value` of each label that can name something: what names are indexed by."""
    return [f"{name}={value}" for name, value in identifying(labels).items()]
