"""Excel of what is seen: the same columns and filters, typed values, the filters told in the head."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from mayorista.interfaces.desk import words
from mayorista.rules import lapaz

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mayorista.interfaces.desk.request import DeskRequest


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_IN_A_NAME = str.maketrans("\\/*?:[]", "       ")
RISKY = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return lapaz.local(value).replace(tzinfo=None)
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, str) and value.startswith(RISKY):
        # What a stranger typed must not run as a formula on a colleague's machine.
        return f"'{value}"
    return value


def workbook(title: str, subtitle: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return an .xlsx with a title, the filters in words, a frozen head and typed cells."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title.translate(NOT_IN_A_NAME)[:31]
    sheet["A1"], sheet["A2"] = title, subtitle
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
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = min(60, width + 3)
    sheet.freeze_panes = "A5"
    sheet.auto_filter.ref = f"A4:{get_column_letter(len(columns))}{max(4, sheet.max_row)}"
    held = BytesIO()
    book.save(held)
    return held.getvalue()


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
