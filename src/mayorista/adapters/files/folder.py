"""A content-addressed store in a folder, which several machines may share."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings


class FolderStore:
    """Keeps each content once, under `<root>/ab/abcdef…` named by its SHA-256."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or Path(settings.FILES_ROOT)

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def put(self, content: bytes) -> str:
        """Write `content` durably and return its SHA-256 in hex; a second time only marks that it is wanted anew."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        try:
            os.utime(path)
        except FileNotFoundError:
            pass
        else:
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        return sha256

    def remove(self, sha256: str, *, touched_before: dt.datetime) -> bool:
        """Take a content out unless it was stored again since; return whether it is gone. A second time is harmless."""
        path = self._path(sha256)
        try:
            if path.stat().st_mtime >= touched_before.timestamp():
                return False
            path.unlink()
        except FileNotFoundError:
            return True
        return True

    def get(self, sha256: str) -> bytes:
        """Return the content; raise FileNotFoundError when the store lacks it, ValueError when it rotted."""
        content = self._path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(sha256)
        return content
