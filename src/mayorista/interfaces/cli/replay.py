"""`mayorista replay`: read stored WhatsApp events again. Nothing happens twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.interfaces.cli.django_setup import django_running

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which events."""
    parser.add_argument(
        "event", type=int, nargs="*", metavar="EVENTO", help="números de evento; ninguno: los leídos en parte"
    )


def run(options: argparse.Namespace) -> int:
    """Read them and say what came of each; 1 when one of them is still not understood whole."""
    with django_running():
        from mayorista.apps.messaging import operations, queries
        from mayorista.interfaces import clock

        worst = 0
        for event_id in options.event or queries.partly_read_events():
            run_ = operations.process_webhook_event(event_id=event_id, at=clock.now())
            print(
                f"evento {event_id}: {run_.items} elemento(s), {run_.get_outcome_display()} {run_.problem}".rstrip()
            )
            worst = max(worst, run_.outcome != "DONE")
        return int(worst)
