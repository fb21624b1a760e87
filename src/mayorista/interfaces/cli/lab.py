"""`mayorista lab`: outages played through the true front door, told in Spanish as they go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment
from mayorista.interfaces import clock
from mayorista.interfaces.cli import installation
from mayorista.interfaces.cli.django_setup import django_running
from mayorista.interfaces.lab import player, scenes

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which scene, and with what."""
    parser.add_argument("scene", metavar="ESCENA", nargs="?", help="sin escena: la lista de ellas")
    parser.add_argument("count", metavar="N", nargs="?", type=int, help="tormenta: cuántas alarmas (2000)")
    parser.add_argument("--circuit", metavar="CIRCUITO", action="append", help="circuito; puede repetirse")
    parser.add_argument(
        "--upstream", metavar="CÓDIGO", default="UP-TAD-1", help="red contratada que cae (UP-TAD-1)"
    )
    parser.add_argument(
        "--address",
        metavar="URL",
        help="dónde escucha la plataforma (la que está en marcha sobre la carpeta de datos)",
    )
    parser.add_argument(
        "--source", metavar="FUENTE", default="prometheus", help="fuente de alarmas (prometheus)"
    )
    parser.add_argument(
        "--token", metavar="CLAVE", help="clave de la fuente (MAYORISTA_LAB_TOKEN o la de la demo)"
    )
    parser.add_argument("--pace", metavar="X", type=float, default=1.0, help="pausas: 1 normales, 0 ninguna")


def run(options: argparse.Namespace) -> int:
    """Play; 0 when every post was answered with 2xx, 1 when not."""
    if not options.scene:
        width = max(map(len, scenes.SCENES))
        for scene in scenes.SCENES.values():
            print(f"  {scene.name:<{width}}  {scene.summary}")
        return 0
    running = installation.adopt(environment.read().data)
    settings = environment.read()
    with django_running():
        from mayorista.apps.contracts import queries as contract_queries
        from mayorista.apps.onboarding.operations import examples

        token = options.token or os.environ.get("MAYORISTA_LAB_TOKEN") or examples.ALARM_TOKEN
        known = tuple(brief.circuit_code for brief in contract_queries.service_choices())
    circuits = tuple(options.circuit or ()) or (
        known if options.scene == "tormenta" else ("TIP-0141", *known)
    )
    door = player.Door(
        options.address or (running.address if running else settings.address), options.source, token
    )
    playing = player.Player(door, settings.data / "lab.json", clock.now, pace=options.pace)
    good = True
    for happening in playing.play(
        options.scene, scenes.Props(circuits or ("TIP-0141",), options.upstream, options.count or 2_000)
    ):
        print(happening, flush=True)
        good = good and (happening.status == 0 or happening.status < 300)
    return 0 if good else 1
