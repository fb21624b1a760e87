"""Cells of files for spreadsheets: what a stranger typed never runs as a formula on a colleague's machine."""

from __future__ import annotations

import re
from typing import Any

UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What a workbook cannot hold (XML 1.0)."""

RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe(value: Any) -> Any:
    """Return a value as it may stand in a cell: no control characters, and no text that would start a formula."""
    if not isinstance(value, str):
        return value
    text = UNFIT.sub("", value)
    return f"'{text}" if text.startswith(RISKY) else text
