"""`mayorista journal verify`: hash the journal again and say the first day that is not as it was sealed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mayorista.interfaces.cli.django_setup import django_running

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and the seal of a mail to hold against ours."""
    parser.add_argument(
        "what", choices=["verify"], metavar="verify", help="recalcula los sellos de la bitácora"
    )
    parser.add_argument(
        "--day", type=dt.date.fromisoformat, metavar="AAAA-MM-DD", help="día del sello enviado"
    )
    parser.add_argument("--digest", default="", metavar="SELLO", help="sello que dice el correo de ese día")


def run(options: argparse.Namespace) -> int:
    """Say what was found; 1 when a day differs."""
    with django_running():
        from mayorista.apps.procedure import seal_queries

        found = seal_queries.verify(day=options.day, digest=options.digest)
        if not found.whole:
            print(f"ALTERADA desde el {found.wrong_day:%d/%m/%Y}: {found.why}.")
            return 1
        if found.last_day is None:
            print("Todavía no hay sellos.")
        else:
            print(
                f"Íntegra: {found.days} día(s), {found.rows} registro(s), hasta el {found.last_day:%d/%m/%Y}."
            )
            print(f"Último sello: {found.last_digest}")
        return 0
