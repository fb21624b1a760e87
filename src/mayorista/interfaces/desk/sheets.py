"""Excel of what is seen: the same columns and filters, typed values, the filters told in the head."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from mayorista.interfaces.desk import words
from mayorista.rules import cells, lapaz

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from mayorista.interfaces.desk.request import DeskRequest


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_IN_A_NAME = str.maketrans("\\/*?:[]", "       ")


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return lapaz.local(value).replace(tzinfo=None)
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    return cells.safe(value)


def workbook(title: str, subtitle: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return an .xlsx with a title, the filters in words, a frozen head and typed cells."""
    return workbook_of(subtitle, [(title, columns, rows)])


def workbook_of(subtitle: str, tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> bytes:
    """Return an .xlsx with one such sheet for each table (title, heads, rows)."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, columns, rows in tables:
        _fill(book.create_sheet(title.translate(NOT_IN_A_NAME)[:31]), title, subtitle, columns, rows)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return CSV in UTF-8 with a mark (Excel reads it), semicolons, a decimal point and days as dd/mm/aaaa."""
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([f"{v:%d/%m/%Y}" if isinstance(v, dt.date) else _cell(v) for v in row])
    return ("\ufeff" + out.getvalue()).encode()


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Answer with a file to be saved."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def paper(name: str, content: bytes) -> HttpResponse:
    """Answer with a PDF to be read in the browser; it may hold what only this person may see, so nothing keeps it."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _fill(
    sheet: Worksheet, title: str, subtitle: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    sheet["A1"], sheet["A2"] = title, _cell(subtitle)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(list(columns))
    widths = [len(name) for name in columns]
    for cell in sheet[4]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE6F0")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for row in rows:
        sheet.append([_cell(value) for value in row])
        for index, value in enumerate(row):
            widths[index] = max(
                widths[index], 16 if isinstance(value, dt.datetime) else len(str(value or ""))
            )
            if isinstance(value, dt.datetime):
                sheet.cell(sheet.max_row, index + 1).number_format = "dd/mm/yyyy hh:mm"
            elif isinstance(value, dt.date):
                sheet.cell(sheet.max_row, index + 1).number_format = "dd/mm/yyyy"
            elif isinstance(value, Decimal):
                sheet.cell(sheet.max_row, index + 1).number_format = "#,##0.00"
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = min(60, width + 3)
    sheet.freeze_panes = "A5"
    sheet.auto_filter.ref = f"A4:{get_column_letter(len(columns))}{max(4, sheet.max_row)}"


def response(
    title: str, request: DeskRequest, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponse:
    """Answer with the Excel of a list; the filters of its address stand in the head."""
    at = request.at
    filters = ", ".join(
        f"{key}: {value}" for key, value in request.GET.items() if key not in {"formato", "pagina"} and value
    )
    subtitle = _("Generado %(when)s (La Paz). Filtros: %(filters)s") % {
        "when": words.moment(at),
        "filters": filters or _("ninguno"),
    }
    answer = HttpResponse(workbook(title, subtitle, columns, rows), content_type=XLSX)
    name = f"{slugify(title)}-{lapaz.local(at):%Y%m%d-%H%M}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
