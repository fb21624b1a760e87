"""The terminal: `mayorista COMMAND`. Each command is one module with `arguments(parser)` and `run(options)`.

Only the chosen module is imported, for `mayorista demo` and `run` stay in memory as the supervisor.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from mayorista.rules.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "demo": "la plataforma entera con datos de ejemplo, correo y WhatsApp locales",
    "run": "la plataforma entera en una máquina, sin datos de ejemplo",
    "web": "solo el servidor web (para varias máquinas)",
    "worker": "solo el trabajador: mensajes, correlación y tareas periódicas (para varias máquinas)",
    "migrate": "lleva la base de datos a esta versión y prepara los archivos estáticos",
    "createadmin": "crea una cuenta de administración",
    "doctor": "dice qué está configurado, qué responde y qué falta",
    "backup": "guarda la base de datos y los archivos en un solo archivo",
    "restore": "repone una copia de respaldo",
    "import": "carga clientes, contactos y servicios desde un libro de Excel",
    "replay": "lee otra vez eventos de WhatsApp guardados",
    "journal": "comprueba los sellos de la bitácora",
    "rate": "calcula el importe de un mes a partir de un caso en JSON",
    "lab": "reproduce cortes por la puerta de entrada verdadera",
}


DATABASE_WORDS = {
    "OperationalError": "La base de datos no responde o cortó la conexión. Remedio: «mayorista doctor» dice qué falta.",
    "ProgrammingError": "La base de datos no es de la versión de este programa. Remedio: «mayorista migrate», o vuelva a "
    "arrancar la plataforma.",
    "UndefinedTable": "La base de datos no está hecha todavía. Remedio: «mayorista migrate».",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked, 1 when not, 2 for words it does not know."""
    os.umask(0o077)  # what we write (logs, files, static) is nobody else's to read
    given = list(sys.argv[1:] if words is None else words)
    before = ["", *given]
    name = next(
        (word for word, last in zip(given, before, strict=False) if word in COMMANDS and last != "--data"), ""
    )
    parser = _parser(name)
    options = parser.parse_args(given)
    if not options.command:
        parser.print_help()
        return 2
    if options.data:
        os.environ["MAYORISTA_DATA"] = options.data
    try:
        return int(options.run(options) or 0)
    except DomainError as error:
        print(f"{error} {error.remedy}".strip(), file=sys.stderr)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    except Exception as error:
        words = _words(error)
        if os.environ.get("MAYORISTA_DEBUG") or not words:
            raise
        print(f"mayorista {name}: {words}", file=sys.stderr)
    return 1


def _parser(chosen: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mayorista", description="Postventa de clientes mayoristas de Internet."
    )
    _data_option(parser)
    commands = parser.add_subparsers(dest="command", metavar="ORDEN", title="órdenes")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary)
        if name == chosen:
            module = import_module(f"mayorista.interfaces.cli.{_module(name)}")
            module.arguments(sub)
            _data_option(sub)
            sub.set_defaults(run=module.run)
    return parser


def _data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="CARPETA",
        default=argparse.SUPPRESS if parser.prog != "mayorista" else "",
        help="carpeta de datos (por omisión ./var o MAYORISTA_DATA)",
    )


def _module(name: str) -> str:
    return {"import": "import_workbook"}.get(name, name)


def _words(error: Exception) -> str:
    """What the person at the terminal is told; nothing for a defect, whose trace is wanted."""
    if isinstance(error, ValueError | OSError) or type(error).__module__.startswith("mayorista."):
        return str(error)
    if type(error).__module__.startswith(("django.db", "psycopg")):
        return DATABASE_WORDS.get(type(error).__name__, "")
    return ""
