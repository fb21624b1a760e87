"""`mayorista demo`: everything on one machine, with example data and local mail and WhatsApp."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.interfaces.cli import run as whole

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Ports, address and data folder."""
    whole.arguments(parser)
    parser.add_argument(
        "--smtp-port", type=int, default=0, metavar="N", help="puerto del correo local (8025)"
    )
    parser.add_argument("--imap-port", type=int, default=0, metavar="N", help="puerto del buzón local (8043)")
    parser.add_argument(
        "--standins-port",
        type=int,
        default=0,
        metavar="N",
        help="puerto de la página del correo y WhatsApp locales (8001)",
    )


def run(options: argparse.Namespace) -> int:
    """Start all; returns when it was told to end."""
    return whole.start(options, demo=True)
