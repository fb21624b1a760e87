"""`mayorista migrate`: the database and the static files of this version."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from mayorista.interfaces import clock
from mayorista.interfaces.cli import preparation
from mayorista.interfaces.cli.django_setup import django_running

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whether example data is wanted too."""
    parser.add_argument(
        "--examples", action="store_true", help="carga también los datos de ejemplo de la demostración"
    )


def run(options: argparse.Namespace) -> int:
    """Migrate as the tables' owner, then the rest as the application."""
    with django_running(as_owner=True) as settings:
        from django.core.management import call_command

        from mayorista.adapters.postgres import inspection, urls

        inspection.require_rights(urls.for_owner(settings))
        _grant_what_will_be_made()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        settings.data.mkdir(parents=True, exist_ok=True)
        call_command("collectstatic", verbosity=0, interactive=False)
        print("La base de datos está en esta versión.")
        _suspect_what_waited(settings.data)
        if options.examples:
            _as_the_application()
            _load_examples(settings.data)
    return 0


def _grant_what_will_be_made() -> None:
    from django.db import connection

    from mayorista.adapters.postgres import cluster, privileges

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s AND rolname <> current_user)",
            [cluster.APP_ROLE],
        )
        if cursor.fetchone()[0]:
            for statement in privileges.statements():
                cursor.execute(statement)


def _suspect_what_waited(data: Path) -> None:
    """After a restore: messages that waited then may have gone since; none of them leaves by itself."""
    mark = preparation.restored_path(data)
    if not mark.exists():
        return
    from mayorista.apps.messaging import operations

    waiting = operations.suspect_after_restore(at=clock.now())
    if waiting:
        print(
            f"{waiting} mensaje(s) que esperaban en la copia quedan como inciertos, para que una persona decida."
        )
    mark.unlink()


def _as_the_application() -> None:
    """From here on with the role that the platform itself has."""
    from django.db import connection

    from mayorista.adapters.postgres import cluster

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(rolname, 'MEMBER'))",
            [cluster.APP_ROLE],
        )
        if cursor.fetchone()[0]:
            cursor.execute(f"SET ROLE {cluster.APP_ROLE}")


def _load_examples(data: Path) -> None:
    from mayorista.apps.onboarding.operations import examples

    logins = examples.load_demonstration(at=clock.now())
    if logins:
        path = preparation.logins_path(data)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(
                [{"role": x.role, "username": x.username, "password": x.password} for x in logins],
                file,
                ensure_ascii=False,
            )
