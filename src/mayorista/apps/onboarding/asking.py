"""Ask the cells of a row for values; what does not fit becomes a problem at its place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from mayorista.apps.contracts.operations import naming
from mayorista.apps.onboarding.column_types import Column
from mayorista.apps.onboarding.values import ERASE, Cell, Problem, Row, problem
from mayorista.rules import capacity, durations, lapaz, names, numerals, spanish_dates
from mayorista.rules.errors import DomainError, Invalid

T = TypeVar("T")
LIST_SEPARATORS = re.compile(r"[;\n|]+")
WORD_SEPARATORS = re.compile(r"[;,/\n|]+|\s+y\s+")
_SIGNS = re.compile(r"^(bs\.?|bob|us\$|usd|\$us|\$)|%$|(bs\.?|usd)$", re.IGNORECASE)
YES = {"si", "s", "x", "yes", "true", "1", "verdadero"}
NO = {"no", "n", "false", "0", "falso"}


class Asked:
    """The cells of one row, asked by column; problems gather in a list shared with others."""

    def __init__(self, row: Row, problems: list[Problem], *, date1904: bool = False) -> None:
        self.row = row
        self._problems = problems
        self._date1904 = date1904

    def wrong(self, key: str, message: str, remedy: str = "", *, warning: bool = False) -> None:
        """Add a problem at a column ("" for the whole row)."""
        column = self.row.sheet.column(key) if key else None
        self._problems.append(problem(self.row, column, message, remedy, warning=warning))

    def refused(self, error: DomainError, *, drop: Sequence[str] = ()) -> None:
        """Add what an operation complained about, each at the column that it belongs to."""
        for each in error.errors:
            column = next(
                (column for column in self.row.sheet.columns if column.complains_as(each.field)), None
            )
            if each.field not in drop:
                self._problems.append(problem(self.row, column, each.message, each.remedy))

    def given(self, key: str) -> bool:
        """Whether the cell says something readable; an unreadable one is a problem."""
        cell = self._cell(key)
        if cell is None or cell.blank:
            return False
        if cell.broken:
            self.wrong(
                key, _("La celda %(what)s.") % {"what": cell.broken}, _("Pegue el valor como texto o número.")
            )
            return False
        return True

    def text(self, key: str) -> str:
        """Return the text of a cell; a hyphen erases and comes back as ""."""
        if not self.given(key):
            return ""
        text = self.row.text(key)
        return "" if text == ERASE else text

    def texts(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the texts of the cells that say something."""
        return {key: self.text(key) for key in keys if self.given(key)}

    def date(self, key: str) -> dt.date | None:
        """Return the day of a cell, None when erased or unreadable (then a problem)."""
        cell = self._cell(key)
        if cell is None or not self.text(key):
            return None
        if isinstance(cell.value, dt.date):
            return cell.value
        return self._read(key, lambda: spanish_dates.parse(cell.text, field=key, date1904=self._date1904))

    def minutes(self, key: str) -> int | None:
        """Return the whole minutes of a cell, None when unreadable (then a problem)."""
        cell = self._cell(key)
        if cell is None or not self.text(key):
            return None
        if isinstance(cell.value, int) and not isinstance(cell.value, bool):
            return cell.value
        return self._read(key, lambda: durations.parse_minutes(cell.text, field=key))

    def whole(self, key: str, default: int) -> int:
        """Return a whole number, the default when the cell is empty or unreadable (then a problem)."""
        text = self.text(key)
        if not text:
            return default
        if text.isascii() and text.isdecimal() and len(text) < 10:
            return int(text)
        self.wrong(
            key, _("«%(text)s» no es un número entero.") % {"text": text[:40]}, _("Escriba por ejemplo 1.")
        )
        return default

    def yes_no(self, key: str) -> bool | None:
        """Return what the cell answers, None when empty or unreadable (then a problem)."""
        word = names.sort_key(self.text(key))
        if not word:
            return None
        if word in YES or word in NO:
            return word in YES
        self.wrong(
            key, _("«%(text)s» no es sí ni no.") % {"text": self.text(key)[:40]}, _("Escriba sí o no.")
        )
        return None

    def choice(self, key: str, options: Mapping[str, str]) -> str:
        """Return the option that the cell's text names, "" when empty or unknown (then a problem)."""
        text = self.text(key)
        if not text:
            return ""
        found = options.get(names.sort_key(text).rstrip("."))
        if found is None:
            column = self.row.sheet.column(key)
            self.wrong(
                key,
                _("«%(text)s» no es una opción.") % {"text": text[:40]},
                _("Use: %(these)s.") % {"these": ", ".join(column.choices) or column.hint},
            )
            return ""
        return found

    def choices(self, key: str, options: Mapping[str, str]) -> list[str]:
        """Return the options that a list in one cell names, each once."""
        found: dict[str, None] = {}
        for piece in self.pieces(key, WORD_SEPARATORS):
            option = options.get(names.sort_key(piece).rstrip("."))
            if option is None:
                self.wrong(
                    key,
                    _("«%(text)s» no es una opción.") % {"text": piece[:40]},
                    self.row.sheet.column(key).hint,
                )
            else:
                found.setdefault(option)
        return list(found)

    def pieces(self, key: str, separators: re.Pattern[str] = LIST_SEPARATORS) -> list[str]:
        """Return the pieces of a list in one cell, without blanks."""
        text = self.text(key).replace("24/7", "24x7") if separators is WORD_SEPARATORS else self.text(key)
        return [piece.strip() for piece in separators.split(text) if piece.strip()]

    def labels(self, key: str) -> list[dict[str, str]]:
        """Return the names in alarms that a cell holds, one per line."""
        found = []
        for line in self.pieces(key, re.compile(r"[\n|]+")):
            labels = self._read(key, lambda line=line: naming.parse_labels(line))  # type: ignore[misc]  # bound at once
            if labels is not None:
                found.append(labels)
        return found

    def exact(self, key: str) -> str:
        """Return a cell's number as text that has one reading, whatever the spreadsheet did to it."""
        cell = self._cell(key)
        if cell is None or not self.text(key):
            return ""
        return cell.exact

    def decimal(self, key: str) -> Decimal | None:
        """Return a number of a cell, None when empty or unreadable (then a problem); a % or currency sign may stand there."""
        text = _SIGNS.sub("", self.exact(key)).strip()
        return self._read(key, lambda: numerals.parse(text, field=key)) if text else None

    def kbps(self, key: str) -> int | None:
        """Return the speed of a cell in kbit/s, None when empty or unreadable (then a problem)."""
        text = self.exact(key)
        return self._read(key, lambda: capacity.parse(text, unit=self.unit(key))) if text else None

    def number(self, key: str) -> int | None:
        """Return a whole number of a cell, None when empty or unreadable (then a problem)."""
        return self.whole(key, 0) if self.text(key) else None

    def unit(self, key: str) -> str:
        """Return the unit that the column's heading names in parentheses."""
        cell = self._cell(key)
        return cell.unit if cell else ""

    def column(self, key: str) -> Column:
        """Return the column itself."""
        return self.row.sheet.column(key)

    def _cell(self, key: str) -> Cell | None:
        return self.row.cells.get(key)

    def _read(self, key: str, reader: Callable[[], T]) -> T | None:
        try:
            return reader()
        except Invalid as error:
            for each in error.errors:
                self.wrong(key, each.message, each.remedy)
            return None


def moment_of(day: dt.date) -> dt.datetime:
    """Return the first instant of a day in La Paz, in UTC."""
    return dt.datetime.combine(day, dt.time(), tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)
