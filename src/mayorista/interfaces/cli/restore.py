"""`mayorista restore`: a backup takes the place of database and files. The platform has to be stopped."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from mayorista.adapters.host import environment
from mayorista.adapters.postgres import inspection, urls
from mayorista.interfaces.cli import archive, backup, preparation
from mayorista.interfaces.cli.django_setup import database_running
from mayorista.interfaces.cli.supervisor import only_one

if TYPE_CHECKING:
    import argparse

GOING_SECONDS = 10.0


class UnableToRestore(Exception):
    """Something is there that a restore would destroy, or somebody works on it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """From where, and whether what is there may go."""
    parser.add_argument("source", metavar="ARCHIVO", help="una copia hecha con «mayorista backup»")
    parser.add_argument("--force", action="store_true", help="reemplaza los datos que ya hay")


def run(options: argparse.Namespace) -> int:
    """Restore, or refuse and leave everything as it is."""
    settings = environment.read()
    source = Path(options.source).absolute()
    if not source.is_file():
        raise FileNotFoundError(f"No existe {source}.")
    settings.data.mkdir(parents=True, exist_ok=True)
    with nullcontext() if settings.embedded else only_one(settings.data), database_running(settings):
        _refuse_if_at_work(urls.for_owner(settings))
        if not options.force and _holds_rows(urls.for_owner(settings)):
            raise UnableToRestore(
                "La base de datos ya tiene datos. Remedio: otra carpeta con --data, o --force para reemplazarlos."
            )
        inspection.require_rights(urls.for_owner(settings), anew=True)
        manifest = archive.read(backup.place(settings), source)
        preparation.stamp_path(settings.data).unlink(missing_ok=True)
        preparation.restored_path(settings.data).parent.mkdir(parents=True, exist_ok=True)
        preparation.restored_path(settings.data).touch()
    print(
        f"Repuesta la copia del {manifest['at']} (versión {manifest['version']}, {manifest['files']} archivos)."
    )
    print("La próxima vez que arranque, o con «mayorista migrate», se lleva a esta versión.")
    return 0


def _holds_rows(url: str) -> bool:
    with psycopg.connect(url) as connection:
        table = connection.execute("SELECT to_regclass('public.procedure_journalentry')").fetchone()
        if table is None or table[0] is None:
            return False
        users = connection.execute("SELECT EXISTS (SELECT FROM public.procedure_user)").fetchone()
        dossiers = connection.execute("SELECT EXISTS (SELECT FROM public.procedure_journalentry)").fetchone()
        return bool((users and users[0]) or (dossiers and dossiers[0]))


def _refuse_if_at_work(url: str) -> None:
    """Refuse while somebody is connected; those whose process was just killed are given a moment to go."""
    deadline = time.monotonic() + GOING_SECONDS
    with psycopg.connect(url, autocommit=True) as connection:
        while (others := _others(connection)) and time.monotonic() < deadline:
            time.sleep(0.2)
    if others:
        raise UnableToRestore(
            f"Hay {others} conexiones abiertas a la base de datos. Remedio: termine primero la plataforma."
        )


def _others(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    ).fetchone()
    return int(row[0]) if row else 0
