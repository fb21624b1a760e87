"""The written procedure, revision by revision, as data: what its official layout prints."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def text(revision: int) -> dict[str, Any]:
    """Return the sections of a revision; of the newest one before it that is kept where it has no text of its own."""
    folder = resources.files(__package__ or "")
    for number in range(revision, -1, -1):
        file = folder / f"revision-{number}.json"
        if file.is_file():
            found: dict[str, Any] = json.loads(file.read_text("utf-8"))
            return found
    msg = "the text of revision 0 is missing from the package"
    raise FileNotFoundError(msg)
