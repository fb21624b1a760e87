"""The scenes of the lab: what a monitoring system would post in each, step by step.

A scene is data: posts with a pause before each. What fires stays known to the player, so that the
scene "recuperacion" can end it with the very alerts that began it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mayorista.interfaces.lab import bodies

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

Alert = dict[str, Any]
RESOLVE_ALL = "RESOLVE_ALL"


@dataclass(frozen=True, slots=True)
class Props:
    """What a scene is played with: circuits, the upstream, and how many alarms a storm has."""

    circuits: Sequence[str] = ("TIP-0141",)
    upstream: str = "UP-TAD-1"
    count: int = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """One post: the pause before it, what happens in words, its body (or what is to be resolved)."""

    pause: float
    words: str
    alerts: Sequence[Alert] = ()
    raw: bytes | None = None
    resolve: str = ""
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene by its name, what it shows, and how it goes."""

    name: str
    summary: str
    steps: Callable[[Props, Callable[[], dt.datetime]], Iterator[Step]] = field(repr=False)


def _fire(now: dt.datetime, name: str, severity: str, summary: str, **labels: str) -> Alert:
    return bodies.alert(
        {"alertname": name, "severity": severity, "job": "bgp" if "BGP" in name else "icmp", **labels},
        starts_at=now,
        annotations={"summary": summary},
    )


def _bgp_down(circuit: str, now: dt.datetime) -> Alert:
    return _fire(now, "BGPSessionDown", "critical", f"Sesión BGP de {circuit} caída", service=circuit)


def _unreachable(circuit: str, now: dt.datetime) -> Alert:
    return _fire(now, "CircuitUnreachable", "critical", f"Circuito {circuit} no responde", service=circuit)


def _cut(props: Props, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    circuit = props.circuits[0]
    yield Step(0, f"se corta {circuit}: cae la sesión BGP", [_bgp_down(circuit, now())])
    yield Step(2, f"{circuit} deja de responder al ping", [_unreachable(circuit, now())])
    yield Step(1, "Alertmanager repite la alarma (un solo caso)", [_bgp_down(circuit, now())], repeat=2)


def _cut_upstream(props: Props, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    name = props.upstream
    alert = _fire(now(), "UpstreamDown", "critical", f"Tránsito {name} caído", upstream=name)
    yield Step(0, f"cae {name}: un daño, un caso por ISP", [alert])
    circuits = props.circuits[:3]
    yield Step(
        2, f"alarman los circuitos {', '.join(circuits)}", [_bgp_down(each, now()) for each in circuits]
    )


def _flap(props: Props, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    circuit = props.circuits[0]
    for turn in (1, 2, 3):
        yield Step(1, f"{circuit} cae (vez {turn})", [_bgp_down(circuit, now())])
        yield Step(2, f"{circuit} vuelve solo: se propone el restablecimiento", resolve=circuit)


def _degradation(props: Props, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    circuit = props.circuits[0]
    summary = f"Pérdida de paquetes del 12 % en {circuit}"
    yield Step(
        0,
        f"{circuit} pierde paquetes: degradación",
        [_fire(now(), "PacketLossHigh", "major", summary, service=circuit)],
    )


def _recovery(_props: Props, _now: Callable[[], dt.datetime]) -> Iterator[Step]:
    yield Step(0, "se resuelve todo lo que el laboratorio hizo caer", resolve=RESOLVE_ALL)


def _unknown(_props: Props, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    alert = _fire(
        now(),
        "InterfaceDown",
        "critical",
        "Interfaz Te0/9/0/9 de cbba-br9 caída",
        instance="cbba-br9",
        interface="Te0/9/0/9",
    )
    yield Step(0, "una alarma que no nombra ningún servicio conocido: se muestra para vincularla", [alert])


def _broken(_props: Props, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    yield Step(
        0, "un cuerpo cortado por la mitad: cuarentena", raw=bodies.post([_bgp_down("TIP-0141", now())])[:200]
    )
    other = json.loads(bodies.post([_bgp_down("TIP-0141", now())]))
    other["version"] = "9"
    yield Step(0.5, "una versión que no existe: cuarentena", raw=json.dumps(other).encode())


def _storm(props: Props, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    start = now()
    alerts = [
        _fire(
            start,
            f"TormentaDemo{turn}",
            "critical",
            f"Tormenta: {circuit}",
            service=circuit,
            upstream=props.upstream,
        )
        for turn in range(-(-props.count // len(props.circuits)))
        for circuit in props.circuits
    ][: props.count]
    for first in range(0, len(alerts), 100):
        part = alerts[first : first + 100]
        yield Step(0, f"tormenta: alarmas {first + 1} a {first + len(part)}", part)


SCENES: Mapping[str, Scene] = {
    scene.name: scene
    for scene in (
        Scene("corte", "se corta un circuito", _cut),
        Scene("upstream", "cae la red contratada: evento masivo", _cut_upstream),
        Scene("parpadeo", "un circuito cae y vuelve tres veces", _flap),
        Scene("degradacion", "un circuito pierde paquetes", _degradation),
        Scene("recuperacion", "se resuelve todo lo que el laboratorio hizo caer", _recovery),
        Scene("desconocida", "una alarma que no nombra nada conocido", _unknown),
        Scene("roto", "cuerpos que no se entienden", _broken),
        Scene("tormenta", "miles de alarmas a la vez", _storm),
    )
}
