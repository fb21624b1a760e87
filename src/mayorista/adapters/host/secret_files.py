"""Secrets that the platform makes for itself: one file each, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_or_make(data: Path, name: str, *, length: int = 32) -> str:
    """The secret `name` under the data folder, made with mode 0600 when it is missing.

    Two processes that make it at once agree: the file is linked into place whole, and the first wins.
    """
    folder = data / "secrets"
    path = folder / name
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _write_once(path, secrets.token_urlsafe(length))
    return path.read_text(encoding="ascii").strip()


def replace(data: Path, name: str, value: str) -> None:
    """Write the secret `name` anew (a restore brings the key that signed the sessions)."""
    (data / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = data / "secrets" / f".{name}.{os.getpid()}"
    _create(draft, value)
    draft.replace(data / "secrets" / name)


def _write_once(path: Path, value: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    _create(draft, value)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _create(path: Path, value: str) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
