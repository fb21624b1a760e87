"""What a sheet and a column of the workbook are."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the code, its heading, and how to fill it.

    `fields` are the names under which operations complain about it; `also` other headings people use.
    """

    key: str
    title: str
    hint: str
    example: str = ""
    required: bool = False
    also: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    def complains_as(self, name: str) -> bool:
        """Whether an operation's error about `name` belongs in this column."""
        return name == self.key or name in self.fields or name.partition("[")[0] in self.fields


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its key, its title, what it holds, and its columns."""

    key: str
    title: str
    about: str
    columns: tuple[Column, ...]
    also: tuple[str, ...] = field(default=())

    def column(self, key: str) -> Column:
        """Return a column by its key."""
        return next(column for column in self.columns if column.key == key)
