"""The smallest check of all: something must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.rules import errors

if TYPE_CHECKING:
    from collections.abc import Iterator


def need(value: object, field: str, message: str, remedy: str) -> Iterator[errors.FieldError]:
    """An error when `value` is absent, empty or only spaces."""
    if value is None or (isinstance(value, str) and not value.strip()) or value == ():
        yield errors.FieldError(field, message, remedy)
