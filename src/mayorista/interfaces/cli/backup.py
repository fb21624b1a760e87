"""`mayorista backup`: database and files as one archive, while the platform runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment
from mayorista.adapters.postgres import urls
from mayorista.interfaces import clock
from mayorista.interfaces.cli import archive
from mayorista.interfaces.cli.django_setup import database_running

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument(
        "target",
        metavar="CARPETA|ARCHIVO",
        help="una carpeta (el nombre lleva la fecha) o un archivo .tar nuevo",
    )


def run(options: argparse.Namespace) -> int:
    """Write one backup and say where it is."""
    at = clock.now()
    target = Path(options.target).absolute()
    if target.is_dir() or options.target.endswith("/"):
        target.mkdir(parents=True, exist_ok=True)
        target /= f"mayorista-{at:%Y%m%d-%H%M%S}.tar"
    if target.exists():
        raise FileExistsError(f"{target} ya existe. Remedio: otro nombre, o una carpeta.")
    target.parent.mkdir(parents=True, exist_ok=True)
    settings = environment.read()
    with database_running(settings):
        manifest = archive.write(place(settings), target, at=at)
    size = target.stat().st_size / 1024 / 1024
    print(f"Copia de respaldo: {target} ({size:.1f} MB, {manifest['files']} archivos)")
    return 0


def place(settings: environment.Environment) -> archive.Place:
    """What this configuration names."""
    files = Path(os.environ.get("MAYORISTA_FILES") or settings.data / "files")
    return archive.Place(settings.data, files, urls.for_owner(settings))
