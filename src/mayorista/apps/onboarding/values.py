"""What passes between reader, engine and correction: cells, rows, problems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from mayorista.apps.onboarding.column_types import Column, Sheet

ERASE = "-"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was: its text as a person would say it, and the value for exact reading."""

    text: str
    value: str | int | Decimal | dt.date | bool | None
    letter: str
    unit: str = ""
    broken: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing stands there (then the stored value stays)."""
        return not self.text and not self.broken

    @property
    def exact(self) -> str:
        """Return a number as text that has one reading, any other cell as its text."""
        if not isinstance(self.value, Decimal):
            return self.text
        # Never exactly three decimals: those would read as thousands.
        tail = "0" if self.value.as_tuple().exponent == -3 else ""
        return f"{self.value:f}{tail}".replace(".", ",")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet that holds something; `number` is the spreadsheet's."""

    sheet: Sheet
    number: int
    cells: Mapping[str, Cell]

    def text(self, key: str) -> str:
        """Return the text under a column, "" when there is none."""
        cell = self.cells.get(key)
        return cell.text if cell else ""

    def given(self, key: str) -> bool:
        """Whether the cell says something."""
        cell = self.cells.get(key)
        return cell is not None and not cell.blank


@dataclass(frozen=True, slots=True)
class SheetRows:
    """A sheet as read: which column stands under which letter, and its rows."""

    sheet: Sheet
    letters: Mapping[str, str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place of the workbook, with its remedy; `warning` does not stop the row."""

    sheet: str
    row: int
    column: str
    letter: str
    message: str
    remedy: str = ""
    warning: bool = False

    @property
    def place(self) -> str:
        """Return where it is: "Servicios, fila 7, columna D (Capacidad)"."""
        parts = [self.sheet]
        if self.row:
            parts.append(f"fila {self.row}")
        if self.letter:
            parts.append(f"columna {self.letter} ({self.column})")
        elif self.column:
            parts.append(self.column)
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook as read."""

    sheets: Mapping[str, SheetRows]
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    date1904: bool = False
    _empty: tuple[Row, ...] = field(default=())

    def rows(self, sheet: Sheet) -> tuple[Row, ...]:
        """Return the rows of a sheet, none when the workbook lacks it."""
        found = self.sheets.get(sheet.key)
        return found.rows if found else self._empty


def problem(
    row: Row, column: Column | None, message: str, remedy: str = "", *, warning: bool = False
) -> Problem:
    """Return a problem at a cell of a row, or at the whole row without column."""
    cell = row.cells.get(column.key) if column else None
    return Problem(
        sheet=row.sheet.title,
        row=row.number,
        column=column.title if column else "",
        letter=cell.letter if cell else "",
        message=message,
        remedy=remedy,
        warning=warning,
    )
