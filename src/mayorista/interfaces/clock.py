"""The only reader of the clock; everything below is told the time as `at`."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
