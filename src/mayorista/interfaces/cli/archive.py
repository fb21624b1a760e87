"""The form of a backup: one tar with the database, the content-addressed files, and what signs sessions.

    manifest.json    version, when, and the SHA-256 of database.dump and the number of files
    database.dump    pg_dump, custom format
    files/ab/abcd…   each named by the SHA-256 of its content
    secrets/django   the key of sessions and of one-way marks

The database is dumped first: files are only ever added, so all that the dump names are there to copy.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayorista import __version__
from mayorista.adapters.host import secret_files
from mayorista.adapters.postgres import dumps

if TYPE_CHECKING:
    import datetime as dt

OURS = re.compile(r"manifest\.json|database\.dump|secrets/django|files/[0-9a-f]{2}/[0-9a-f]{64}")
MANIFEST, DATABASE, FILES, KEY = "manifest.json", "database.dump", "files", "secrets/django"
FORM = 1


class UnableToRead(Exception):
    """The file is no backup of ours, or it is damaged."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a backup is taken of, or a restore goes into."""

    data: Path
    files: Path
    owner_url: str


def write(place: Place, target: Path, *, at: dt.datetime) -> dict[str, Any]:
    """Write a backup to `target` (mode 0600), whole or not at all; its manifest."""
    draft = target.with_name(f".{target.name}.draft")
    draft.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".mayorista-") as folder:
        dump = Path(folder) / DATABASE
        dumps.dump(place.owner_url, dump)
        names = (
            sorted(path for path in place.files.glob("??/*") if path.is_file())
            if place.files.exists()
            else []
        )
        manifest = {
            "form": FORM,
            "version": __version__,
            "at": at.isoformat(timespec="seconds"),
            "database_sha256": _sha256(dump),
            "files": len(names),
        }
        (Path(folder) / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            with tarfile.open(fileobj=output, mode="w") as tar:
                tar.add(Path(folder) / MANIFEST, MANIFEST)
                tar.add(dump, DATABASE)
                for path in names:
                    tar.add(path, f"{FILES}/{path.parent.name}/{path.name}")
                key = place.data / KEY
                if key.exists():
                    tar.add(key, KEY)
            output.flush()
            os.fsync(output.fileno())
    draft.replace(target)
    return manifest


def read(place: Place, source: Path) -> dict[str, Any]:
    """Bring back a backup: files first (they harm nobody), then the database in one transaction; the manifest."""
    with tempfile.TemporaryDirectory(dir=place.data, prefix=".restore-") as folder:
        try:
            _unpack(source, Path(folder))
        except (tarfile.TarError, OSError, EOFError) as error:
            raise UnableToRead(f"{source} no es una copia de respaldo o está dañada: {error}") from error
        manifest = _checked(Path(folder), source)
        for path in sorted((Path(folder) / FILES).glob("??/*")):
            _bring(path, place.files / path.parent.name / path.name)
        dumps.restore(place.owner_url, Path(folder) / DATABASE)
        key = Path(folder) / KEY
        if key.exists():
            secret_files.replace(place.data, "django", key.read_text(encoding="ascii").strip())
    return manifest


def _unpack(source: Path, folder: Path) -> None:
    """Take out the members that a backup has, by their exact names; anything else is not ours.

    (`extractall(filter=…)` is not in the Python of Debian 12.)
    """
    with tarfile.open(source, mode="r:") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() and OURS.fullmatch(member.name) else None
            if content is None:
                raise tarfile.TarError(member.name)
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as output:
                shutil.copyfileobj(content, output)


def _checked(folder: Path, source: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = manifest["form"] == FORM and manifest["database_sha256"] == _sha256(folder / DATABASE)
        found = [path for path in (folder / FILES).glob("??/*") if path.is_file()]
    except (OSError, ValueError, KeyError) as error:
        raise UnableToRead(f"{source} no es una copia de respaldo de Mayorista.") from error
    damaged = [path.name for path in found if _sha256(path) != path.name]
    if not whole or damaged or len(found) != manifest["files"]:
        raise UnableToRead(f"{source} está dañada: sus sumas de control no coinciden.")
    return manifest


def _bring(source: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}")
    draft.write_bytes(source.read_bytes())
    draft.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
