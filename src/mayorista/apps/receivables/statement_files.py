"""The file of a bank statement as rows of cells: XLSX without formulas or macros, or CSV in the ways banks write it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mayorista.apps.procedure import workbooks
from mayorista.rules import media
from mayorista.rules.bank_statements import MOST_ROWS, Cell
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_COLUMNS = 60
# Banks write ="00123" so that a spreadsheet keeps the zeros.
_KEPT_TEXT = re.compile(r'^="([^"]*)"$')


def sheets_of(*, content: bytes, name: str) -> list[list[list[Cell]]]:
    """Return all rows of each visible sheet, or of the CSV. Raises Invalid (field "file") for what is neither or unsafe."""
    if not content:
        raise Invalid(_("El archivo está vacío."), field="file")
    if media.sniff(content) in {"application/zip", _xlsx_type()} or content.startswith(b"\xd0\xcf\x11\xe0"):
        return _sheets(content, name)
    return [_csv(content, name)]


def _xlsx_type() -> str:
    return next(kind for kind, ending in media.EXTENSIONS.items() if ending == ".xlsx")


def _sheets(content: bytes, name: str) -> list[list[list[Cell]]]:
    book = workbooks.opened(content=content, name=name)
    tabs = [tab for tab in book.worksheets if tab.sheet_state == "visible"]
    if not tabs:
        raise Invalid(_("El libro no tiene hojas."), field="file")
    return [_sheet(tab) for tab in tabs]


def _sheet(tab: Worksheet) -> list[list[Cell]]:
    if tab.max_row > MOST_ROWS or tab.max_column > MAX_COLUMNS:
        raise Invalid(
            _("La hoja «%(t)s» es demasiado grande (%(r)d filas, %(c)d columnas).")
            % {"t": tab.title, "r": tab.max_row, "c": tab.max_column},
            field="file",
            remedy=_("Deje solo los movimientos."),
        )
    found: list[list[Cell]] = []
    for row in tab.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                raise Invalid(
                    _("La celda %(c)s de «%(t)s» tiene una fórmula.")
                    % {"c": cell.coordinate, "t": tab.title},
                    field="file",
                    remedy=_("Suba el extracto como lo entrega el banco, o copie solo los valores."),
                )
        found.append([_cell(cell.value) for cell in row])
    return found


def _cell(value: Any) -> Cell:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return str(value)
    return value if isinstance(value, dt.date) else str(value)


def _csv(content: bytes, name: str) -> list[list[Cell]]:
    if len(content) > workbooks.MAX_BYTES:
        raise Invalid(
            _("«%(n)s» pesa más de 10 MB.") % {"n": name}, field="file", remedy=_("Divídalo por fechas.")
        )
    text = _decoded(content, name)
    sample = text[:4000]
    delimiter = max(";,\t|", key=sample.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid(_("«%(n)s» no se puede leer como CSV.") % {"n": name}, field="file") from error
    return [[_plain(cell, number) for cell in row[:MAX_COLUMNS]] for number, row in enumerate(rows, start=1)]


def _decoded(content: bytes, name: str) -> str:
    if b"\x00" in content:
        raise Invalid(
            _("«%(n)s» no es un extracto en XLSX ni en CSV.") % {"n": name},
            field="file",
            remedy=_("Descárguelo del banco en uno de esos formatos."),
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _plain(cell: str, row: int) -> str:
    kept = _KEPT_TEXT.match(cell.strip())
    if kept:
        return kept.group(1)
    if cell.lstrip().startswith("="):
        raise Invalid(
            _("La fila %(r)d tiene una fórmula.") % {"r": row},
            field="file",
            remedy=_("Suba el extracto como lo entrega el banco."),
        )
    return cell.strip()
