"""A page of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

PAGE_SIZE = 50
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in a list of `total` rows."""

    number: int
    last: int
    total: int
    more: bool = False
    """Whether there is more than was counted."""

    @property
    def previous(self) -> int:
        """The page before."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The page after."""
        return self.number + 1


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """Rows of one page, and where it stands."""

    rows: tuple[Row, ...]
    pages: Pages


def pages_of(total: int, number: int, size: int = PAGE_SIZE) -> Pages:
    """Return the page asked for, kept within what there is."""
    last = max(1, -(-total // size))
    return Pages(min(max(1, number), last), last, total)


COUNTED = 10_000


def counted(rows: QuerySet[Any], number: int, size: int = PAGE_SIZE) -> Pages:
    """Return the page asked for of what may be very much: no more than `COUNTED` are counted and paged.

    In the order in which they are shown: by the same index, from where the rows that fit begin.
    """
    total = rows[: COUNTED + 1].count()
    found = pages_of(min(total, COUNTED), number, size)
    return replace(found, more=total > COUNTED)


def listed(rows: Sequence[Row], pages: Pages) -> Listed[Row]:
    """Return the rows as one page."""
    return Listed(tuple(rows), pages)
