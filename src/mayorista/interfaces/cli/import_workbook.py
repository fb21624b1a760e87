"""`mayorista import`: customers, contacts and services from a workbook; a preview unless told to load."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mayorista.interfaces import clock
from mayorista.interfaces.cli.django_setup import django_running

if TYPE_CHECKING:
    import argparse

    from mayorista.apps.onboarding.queries import ImportPage

SHOWN_CHANGES = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which workbook, and whether to load it."""
    parser.add_argument("file", metavar="ARCHIVO.xlsx", nargs="?", type=Path, help="libro con los datos")
    parser.add_argument(
        "--template", metavar="SALIDA.xlsx", type=Path, help="escribe la plantilla para llenar y termina"
    )
    parser.add_argument(
        "--scans",
        metavar="CARPETA|ARCHIVO.zip",
        type=Path,
        help="los escaneos que nombran las columnas Archivo",
    )
    parser.add_argument("--apply", action="store_true", help="carga; sin esto solo muestra qué cambiaría")
    parser.add_argument(
        "--partial", action="store_true", help="con --apply: carga lo correcto aunque haya errores"
    )
    parser.add_argument(
        "--correction", metavar="SALIDA.xlsx", type=Path, help="escribe aquí el libro por corregir"
    )
    parser.add_argument(
        "--user", metavar="USUARIO", default="", help="en nombre de quién (por omisión, la terminal)"
    )


def run(options: argparse.Namespace) -> int:
    """Preview or load; 0 when nothing is left to correct, 1 when something is."""
    if options.template is None and options.file is None:
        print(
            "Falta el archivo. Pida la plantilla con: mayorista import --template plantilla.xlsx",
            file=sys.stderr,
        )
        return 1
    with django_running():
        if options.template is not None:
            return _write_template(options.template)
        return _import(options)


def _write_template(path: Path) -> int:
    from mayorista.apps.onboarding import queries

    _name, content = queries.template_workbook()
    path.write_bytes(content)
    print(f"Plantilla escrita en {path}.")
    return 0


def _import(options: argparse.Namespace) -> int:
    from mayorista.apps.onboarding import operations, queries, scans
    from mayorista.apps.procedure import actors
    from mayorista.apps.procedure.operations import people

    at = clock.now()
    actor = (
        people.actor_by_username(username=options.user, at=at) if options.user else actors.for_job("import")
    )
    content = options.file.read_bytes()
    papers = scans.pack(options.scans) if options.scans else b""
    stored = operations.preview_import(
        content=content,
        name=options.file.name,
        scans_zip=papers,
        scans_name=f"{options.scans.stem}.zip" if options.scans else "",
        actor=actor,
        at=at,
    )
    page = queries.import_page(run_id=stored.pk)
    _print(page)
    if options.correction is not None and page.correction_file_id is not None:
        options.correction.write_bytes(queries.correction_workbook(run_id=page.id))
        print(f"Libro por corregir escrito en {options.correction}.")
    if not options.apply:
        print("No se cargó nada. Para cargar, agregue --apply.")
        operations.discard_import(run_id=page.id, actor=actor, at=at)
        return 1 if page.problems else 0
    operations.confirm_import(run_id=page.id, actor=actor, at=at, partial=options.partial)
    print("Cargado.")
    return 1 if page.problems else 0


def _print(page: ImportPage) -> None:
    for problem in page.problems:
        print(f"ERROR  {problem.place}: {problem.message} {problem.remedy}".rstrip())
    for problem in page.warnings:
        print(f"AVISO  {problem.place}: {problem.message} {problem.remedy}".rstrip())
    for title in page.ignored:
        print(f"AVISO  La hoja «{title}» no se lee.")
    lines = [
        f"  {entry.label}, {sheet} fila {row}: {text}"
        for entry in page.entries
        for sheet, row, text in entry.changes
    ]
    for line in lines[:SHOWN_CHANGES]:
        print(line)
    if len(lines) > SHOWN_CHANGES:
        print(f"  … y {len(lines) - SHOWN_CHANGES} cambios más.")
    counts = page.counts
    if not counts.loadable and not counts.bad:
        print("Sin cambios.")
    print(
        f"{counts.new} nuevos, {counts.changed} modificados, {counts.same} sin cambios, {counts.bad} por corregir."
    )
