"""Cells of files for spreadsheets: what a stranger typed never runs as a formula on a colleague's machine."""

from __future__ import annotations

from typing import Any

RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe(value: Any) -> Any:
    """Return a value as it may stand in a cell: text that would start a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return value
