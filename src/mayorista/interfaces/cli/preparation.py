"""What has to be done before the platform can start: migrations, static files, and examples in the demo.

It is done by a child (`mayorista migrate`) and only when something changed since the last time, so
that a second start is quick.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import mayorista
from mayorista.adapters.host import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mayorista.adapters.host.environment import Environment

PACKAGE = Path(mayorista.__file__).resolve().parent


class UnableToPrepare(Exception):
    """Migrations, static files or examples failed; the message holds the last words."""


def prepare_if_needed(settings: Environment, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Bring database and static files to this version, unless they are known to be there."""
    stamp = stamp_path(settings.data)
    wanted = _fingerprint(settings)
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    say("preparando la base de datos y los archivos estáticos…")
    import subprocess

    words = [
        sys.executable,
        "-m",
        "mayorista.interfaces.cli",
        "migrate",
        *(["--examples"] if settings.demo else []),
    ]
    done = subprocess.run(
        words,
        env=dict(environ) | {"MAYORISTA_DATA": str(settings.data)},
        check=False,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=processes.fall_with_parent(),
        start_new_session=True,
    )
    if done.returncode != 0:
        raise UnableToPrepare("La preparación falló: " + " / ".join(done.stderr.strip().splitlines()[-6:]))
    stamp.write_text(wanted, encoding="ascii")


def stamp_path(data: Path) -> Path:
    """The mark of the last preparation; a restore takes it away."""
    return data / "run" / "prepared"


def restored_path(data: Path) -> Path:
    """The mark that a backup took the place of the database; the next `migrate` acts on it."""
    return data / "run" / "restored"


def logins_path(data: Path) -> Path:
    """Where the demo keeps the made-up logins it prints."""
    return data / "secrets" / "demo-logins.json"


def welcome(settings: Environment) -> None:
    """The address and, in the demo, one login per role."""
    print(f"\n  Mayorista en {settings.address}\n")
    if settings.demo:
        for line in _logins(settings.data):
            print("  " + line)
        standins = os.environ.get("MAYORISTA_STANDINS_URL")
        if standins:
            print(f"\n  Correo y WhatsApp locales (nada sale de esta máquina): {standins}")
    print("\n  Ctrl-C termina todo; los datos quedan.\n", flush=True)


def _logins(data: Path) -> Iterator[str]:
    try:
        logins = json.loads(logins_path(data).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    width = max((len(login["role"]) for login in logins), default=0)
    name = max((len(login["username"]) for login in logins), default=0)
    for login in logins:
        yield f"{login['role']:<{width}}  {login['username']:<{name}}  {login['password']}"


def _fingerprint(settings: Environment) -> str:
    digest = hashlib.sha256(f"{mayorista.__version__} {sys.version} {settings.demo}".encode())
    for text in (settings.database_url, settings.owner_database_url):
        digest.update(hashlib.sha256(text.encode()).digest())
    if settings.embedded:
        ready = (settings.data / "postgres" / "ready").stat()
        digest.update(f"{ready.st_ino} {ready.st_mtime_ns}".encode())
    for pattern in ("apps/*/migrations/*.py", "interfaces/*/static/**/*", "apps/onboarding/operations/*.py"):
        for path in sorted(PACKAGE.glob(pattern)):
            found = path.stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}".encode())
    return digest.hexdigest()
