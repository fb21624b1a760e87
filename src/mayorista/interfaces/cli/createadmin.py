"""`mayorista createadmin`: the first account, from the terminal of the machine."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from mayorista.interfaces import clock
from mayorista.interfaces.cli.django_setup import django_running

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Who."""
    parser.add_argument("username", metavar="USUARIO")
    parser.add_argument("--name", required=True, metavar="NOMBRE", help="nombre completo")
    parser.add_argument("--email", default="", metavar="CORREO")


def run(options: argparse.Namespace) -> int:
    """Ask for the password (or read it from standard input) and make the account."""
    password = _password()
    with django_running():
        from mayorista.apps.procedure import actors
        from mayorista.apps.procedure.operations import people
        from mayorista.rules.procedure import Role

        people.save_user(
            actor=actors.for_job("createadmin"), at=clock.now(), username=options.username, full_name=options.name,
            email=options.email, roles=[Role.ADMIN.value], password=password,
        )  # fmt: skip
    print(
        f"Cuenta «{options.username}» creada con el rol de administración. Active su segundo factor en «Mi cuenta»."
    )
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Contraseña: ")
    if getpass.getpass("Otra vez: ") != first:
        raise ValueError("Las dos contraseñas no son iguales.")
    return first
