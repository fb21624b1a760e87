"""Read an uploaded workbook: safely first, then leniently.

Refused by name before anything is parsed (`procedure.workbooks`). Read as people fill it: title rows above the headings, merged cells,
numbers stored as text and text stored as numbers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from mayorista.apps.onboarding import columns
from mayorista.apps.onboarding.values import Book, Cell, Problem, Row, SheetRows
from mayorista.apps.procedure import workbooks
from mayorista.rules import formats
from mayorista.rules.errors import Invalid

MAX_ROWS = 5_000
MAX_COLUMNS = 80
MAX_CELLS = 250_000
HEADING_ROWS = 15
_SPACES = re.compile(r"[\u00a0\u2007\u202f\t ]+")
_ZERO_FORMAT = re.compile(r"^0{2,}$")


def read(*, content: bytes, name: str) -> Book:
    """Return the rows of a workbook. Raises Invalid (field "file") for what is not read at all."""
    return _book(workbooks.opened(content=content, name=name))


def _book(workbook: Workbook) -> Book:
    sheets: dict[str, SheetRows] = {}
    problems: list[Problem] = []
    ignored: list[str] = []
    date1904 = workbook.epoch == CALENDAR_MAC_1904
    for tab in workbook.worksheets:
        sheet = columns.sheet_for(tab.title)
        if sheet is None:
            if columns.heading_key(tab.title) != columns.heading_key(columns.INSTRUCTIONS_TITLE):
                ignored.append(tab.title)
            continue
        if sheet.key in sheets:
            problems.append(Problem(tab.title, 0, "", "", _("La hoja está dos veces."), _("Deje una sola.")))
            continue
        found, wrong = table(tab, sheet)
        problems.extend(wrong)
        if found is not None:
            sheets[sheet.key] = found
    if not sheets and not problems:
        raise Invalid(
            _("El libro no tiene ninguna hoja conocida."),
            field="file",
            remedy=_("Use la plantilla: %(sheets)s.")
            % {"sheets": ", ".join(sheet.title for sheet in columns.SHOWN)},
        )
    return Book(sheets, tuple(problems), tuple(ignored), date1904)


def table(tab: Worksheet, sheet: columns.Sheet) -> tuple[SheetRows | None, list[Problem]]:
    """Return a tab as rows of a sheet, and what is wrong with it as a whole."""
    merged = _merged(tab)
    filled = _filled(tab, merged)
    if len(filled) > MAX_ROWS:
        return None, [
            Problem(
                sheet.title,
                0,
                "",
                "",
                _("La hoja tiene %(rows)d filas; el límite es %(limit)d.")
                % {"rows": len(filled), "limit": MAX_ROWS},
                _("Divídala en varios libros."),
            )
        ]
    heading = _heading(filled, sheet)
    if heading is None:
        if not filled:
            return None, []
        titles = ", ".join(column.title for column in sheet.columns if column.required)
        return None, [
            Problem(
                sheet.title,
                0,
                "",
                "",
                _("No se encontró la fila de títulos."),
                _("La hoja necesita los títulos: %(titles)s.") % {"titles": titles},
            )
        ]
    number, places = heading
    missing = [column for column in sheet.columns if column.required and column.key not in places]
    problems = [
        Problem(
            sheet.title,
            number,
            column.title,
            "",
            _("Falta la columna «%(title)s».") % {"title": column.title},
            _("Agréguela, o use la plantilla."),
        )
        for column in missing
    ]
    rows = tuple(_rows(sheet, filled, number, places, merged)) if not missing else ()
    problems += _unread(sheet, filled, number, places)
    letters = {key: get_column_letter(place) for key, (place, _unit) in places.items()}
    return SheetRows(sheet, letters, rows), problems


def _merged(tab: Worksheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Return, for each cell hidden under a merged one, the cell that shows its value."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for area in tab.merged_cells.ranges:
        if area.size["rows"] * area.size["columns"] > MAX_CELLS:
            continue
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, min(area.max_col, MAX_COLUMNS) + 1):
                if (row, column) != (area.min_row, area.min_col):
                    found[row, column] = (area.min_row, area.min_col)
    return found


def _filled(tab: Worksheet, merged: Mapping[tuple[int, int], tuple[int, int]]) -> dict[int, dict[int, Any]]:
    """Return the cells that hold something, by row and column; a merged value stands in all its cells."""
    held = {place: cell for place, cell in tab._cells.items() if cell.value is not None}  # noqa: SLF001 - iter_rows would make a cell for every formatted blank
    if len(held) > MAX_CELLS:
        raise Invalid(
            _("La hoja «%(title)s» tiene demasiadas celdas.") % {"title": tab.title},
            field="file",
            remedy=_("Divídala en varios libros."),
        )
    found: dict[int, dict[int, Any]] = {}
    for (row, column), cell in held.items():
        if column <= MAX_COLUMNS and (not isinstance(cell.value, str) or cell.value.strip()):
            found.setdefault(row, {})[column] = cell
    # A row that holds only a share of a merged cell is no row of its own, so rows are not added here.
    for (row, column), origin in merged.items():
        if row in found and origin in held:
            found[row].setdefault(column, held[origin])
    return dict(sorted(found.items()))


def _heading(
    filled: Mapping[int, Mapping[int, Any]], sheet: columns.Sheet
) -> tuple[int, dict[str, tuple[int, str]]] | None:
    """Return the row of the headings and, by column key, its place and the unit its heading names."""
    known = columns.columns_by_heading(sheet)
    best: tuple[int, dict[str, tuple[int, str]]] | None = None
    for number in list(filled)[:HEADING_ROWS]:
        places: dict[str, tuple[int, str]] = {}
        for place, cell in filled[number].items():
            if not isinstance(cell.value, str):
                continue
            column = known.get(columns.heading_key(cell.value))
            if column is not None and column.key not in places:
                unit = re.search(r"\(([^)]*)\)", cell.value)
                places[column.key] = (place, unit.group(1).strip() if unit else "")
        if len(places) >= min(2, len(sheet.columns)) and (best is None or len(places) > len(best[1])):
            best = (number, places)
    return best


def _unread(
    sheet: columns.Sheet,
    filled: Mapping[int, Mapping[int, Any]],
    heading: int,
    places: Mapping[str, tuple[int, str]],
) -> list[Problem]:
    """Warn of each column that holds something under a heading that names none, or one named already."""
    known = columns.columns_by_heading(sheet)
    taken = {place for place, _unit in places.values()}
    found = []
    for place, cell in filled[heading].items():
        title = str(cell.value).strip()
        if place in taken or title == columns.REASON_TITLE:
            continue
        if not any(place in held for number, held in filled.items() if number > heading):
            continue
        twin = known.get(columns.heading_key(title))
        found.append(
            Problem(
                sheet.title,
                heading,
                title[:60],
                get_column_letter(place),
                _("La columna «%(title)s» no se lee.") % {"title": title[:60]},
                _("Otra columna ya da «%(title)s»: junte las dos en una.") % {"title": twin.title}
                if twin
                else _("Si hace falta, ponga sus datos bajo un título de la plantilla."),
                warning=True,
            )
        )
    return found


def _rows(
    sheet: columns.Sheet,
    filled: Mapping[int, Mapping[int, Any]],
    heading: int,
    places: Mapping[str, tuple[int, str]],
    merged: Mapping[tuple[int, int], tuple[int, int]],
) -> Iterator[Row]:
    for number, held in filled.items():
        if number <= heading:
            continue
        cells = {
            key: _cell(held.get(place), get_column_letter(place), unit)
            for key, (place, unit) in places.items()
        }
        # A title or note merged across the table is no row.
        spread = {merged.get((number, place), (number, place)) for place, _unit in places.values()}
        if len(spread) == 1 and len(places) > 1:
            continue
        if any(not cell.blank for cell in cells.values()):
            yield Row(sheet, number, cells)


def _cell(cell: Any, letter: str, unit: str) -> Cell:
    if cell is None or cell.value is None:
        return Cell("", None, letter, unit)
    value = cell.value
    wrong = _broken(cell)
    if wrong:
        return Cell(str(value)[:80], None, letter, unit, broken=wrong)
    if isinstance(value, bool):
        return Cell("sí" if value else "no", value, letter, unit)
    if isinstance(value, dt.date):
        day = value.date() if isinstance(value, dt.datetime) else value
        return Cell(formats.date(day), day, letter, unit)
    if isinstance(value, dt.time):
        return Cell(f"{value:%H:%M}", f"{value:%H:%M}", letter, unit)
    if isinstance(value, str):
        text = "\n".join(_SPACES.sub(" ", line).strip() for line in value.splitlines()).strip()
        return Cell(text, text, letter, unit)
    return _number(value, str(cell.number_format or ""), letter, unit)


def _broken(cell: Any) -> str:
    """Why a cell holds no plain value: a formula, or an error of one."""
    if cell.data_type == "f" or not isinstance(cell.value, str | int | float | bool | dt.date | dt.time):
        return _("contiene una fórmula")
    return _("contiene el error %(error)s") % {"error": cell.value} if cell.data_type == "e" else ""


def _number(value: float, number_format: str, letter: str, unit: str) -> Cell:
    """Return a number exactly: 70000001.0 is 70000001, 0.9995 under "0.00%" is 99.95."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - the test for NaN
        return Cell(str(value), None, letter, unit, broken=_("no es un número"))
    exact = Decimal(repr(value))
    if "%" in number_format:
        exact *= 100
    if exact == exact.to_integral_value():
        whole = int(exact)
        if _ZERO_FORMAT.match(number_format):
            return Cell(str(whole).zfill(len(number_format)), whole, letter, unit)
        return Cell(str(whole), whole, letter, unit)
    return Cell(formats.shortest(exact.normalize()), exact.normalize(), letter, unit)
