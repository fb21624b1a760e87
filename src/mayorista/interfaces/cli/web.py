"""`mayorista web`: granian with the WSGI application; any number of them share one database."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Port, address, processes and threads."""
    parser.add_argument("--port", type=int, metavar="N", help="puerto (8000 o MAYORISTA_PORT)")
    parser.add_argument("--host", metavar="DIRECCIÓN", help="dirección (127.0.0.1 o MAYORISTA_HOST)")
    parser.add_argument("--workers", type=int, metavar="N", help="procesos (1 o MAYORISTA_WEB_WORKERS)")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="hilos por proceso (6 o MAYORISTA_WEB_THREADS)"
    )


def run(options: argparse.Namespace) -> int:
    """Become granian: the process is replaced, so that signals reach it."""
    if options.port:
        os.environ["MAYORISTA_PORT"] = str(options.port)
    if options.host:
        os.environ["MAYORISTA_HOST"] = options.host
    settings = environment.read()
    workers = options.workers or int(os.environ.get("MAYORISTA_WEB_WORKERS") or 1)
    threads = options.threads or int(os.environ.get("MAYORISTA_WEB_THREADS") or 6)
    os.environ.setdefault("MAYORISTA_PROCESS", "web")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    os.environ.setdefault("MAYORISTA_DB_POOL", str(threads))
    words = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws",
        "--host", settings.host, "--port", str(settings.port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--backpressure", str(threads * 64),
        "--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning",
        "mayorista.config.wsgi:application",
    ]  # fmt: skip
    os.execv(sys.executable, words)  # noqa: S606 - our own interpreter, no shell
