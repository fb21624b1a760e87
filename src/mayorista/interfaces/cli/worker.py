"""`mayorista worker`: messages, correlation and the schedule; any number of them share one database."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """How many jobs at once."""
    parser.add_argument(
        "--concurrency", type=int, metavar="N", help="trabajos a la vez (4 o MAYORISTA_WORKER_CONCURRENCY)"
    )


def run(options: argparse.Namespace) -> int:
    """Work until told to end."""
    if options.concurrency:
        os.environ["MAYORISTA_WORKER_CONCURRENCY"] = str(options.concurrency)
    os.environ.setdefault("MAYORISTA_PROCESS", "worker")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")
    os.environ.setdefault("MAYORISTA_DB_POOL", "6")
    import django

    django.setup()
    from mayorista.interfaces.jobs import worker

    gc.collect()
    gc.freeze()
    worker.work()
    return 0
