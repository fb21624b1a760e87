"""`mayorista run`: everything on one machine, for real work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment

if TYPE_CHECKING:
    import argparse

DEMO_PASSING_DEFAULTS = {"MAYORISTA_DB_POOL": "6", "MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Port, address and data folder."""
    parser.add_argument("--port", type=int, metavar="N", help="puerto de la página (8000)")
    parser.add_argument("--host", metavar="DIRECCIÓN", help="dirección en la que escucha (127.0.0.1)")


def run(options: argparse.Namespace) -> int:
    """Start all; returns when it was told to end."""
    return start(options, demo=False)


def start(options: argparse.Namespace, *, demo: bool) -> int:
    """Put the options into the environment that all children share, and supervise them."""
    if options.port is not None:
        os.environ["MAYORISTA_PORT"] = str(options.port)
    if options.host:
        os.environ["MAYORISTA_HOST"] = options.host
    for name, value in DEMO_PASSING_DEFAULTS.items():
        os.environ.setdefault(name, value)
    os.environ["MAYORISTA_DEMO"] = "1" if demo else ""
    ports = {"--port": environment.read().port}
    if demo:
        from mayorista.interfaces.cli import standin_settings

        ports |= standin_settings.configure(os.environ, options)
    from mayorista.interfaces.cli.supervisor import Supervisor

    settings = environment.read()
    return Supervisor(settings, os.environ).run(ports=ports, standins=demo)
