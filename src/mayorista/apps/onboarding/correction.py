"""The workbook that goes back: only what could not load, each cell marked with what is wrong."""

from __future__ import annotations

import io

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from mayorista.apps.onboarding import columns, template
from mayorista.apps.onboarding.operations.run import BAD, Run
from mayorista.apps.onboarding.values import Problem, Row

_RED = PatternFill("solid", fgColor="F8C9C9")
_AMBER = PatternFill("solid", fgColor="FBE7B5")


def workbook(run: Run) -> bytes | None:
    """Return the workbook of the rows that did not load, or None when all can."""
    bad = {place for entry in run.entries if entry.status == BAD for place in entry.rows}
    general = [each for each in run.problems if not each.warning and (each.sheet, each.row) not in bad]
    if not bad and not general:
        return None
    book = Workbook()
    first = book.active
    assert first is not None
    _summary(first, run, general)
    for sheet in columns.SHOWN:
        rows = [row for row in run.book.rows(sheet) if (sheet.title, row.number) in bad]
        if rows:
            _sheet(book.create_sheet(sheet.title), sheet, rows, run)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _summary(tab: Worksheet, run: Run, general: list[Problem]) -> None:
    tab.title = columns.INSTRUCTIONS_TITLE
    tab.column_dimensions["A"].width = 46
    tab.column_dimensions["B"].width = 80
    tab.column_dimensions["C"].width = 60
    tab.append([_("Por corregir")])
    tab["A1"].font = Font(bold=True, size=16)
    tab.append([_("Corrija las celdas en rojo en este mismo libro y súbalo: trae solo lo que falta cargar.")])
    tab.append([])
    tab.append([_("Dónde (en el libro original)"), _("Qué pasa"), _("Qué hacer")])
    for cell in tab[tab.max_row]:
        cell.font = Font(bold=True)
    for each in [*general, *(problem for problem in run.sorted_problems() if problem not in general)]:
        template.write_row(tab, [each.place, each.message, each.remedy])


def _sheet(tab: Worksheet, sheet: columns.Sheet, rows: list[Row], run: Run) -> None:
    template.head(tab, sheet, [columns.REASON_TITLE])
    reason_place = len(sheet.columns) + 1
    for row in rows:
        mine = [each for each in run.sorted_problems() if (each.sheet, each.row) == (sheet.title, row.number)]
        number = template.write_row(tab, [_shown(row, column.key) for column in sheet.columns])
        for place, column in enumerate(sheet.columns, start=1):
            here = [each for each in mine if each.column == column.title]
            if here:
                cell = tab.cell(number, place)
                cell.fill = _RED if any(not each.warning for each in here) else _AMBER
                cell.comment = Comment(_sentences(here), "Mayorista", width=300, height=110)
        reason = tab.cell(number, reason_place)
        reason.value = _sentences(mine) or _("Sin errores propios: vuelve con su cliente.")
        reason.data_type = "s"


def _shown(row: Row, key: str) -> str:
    cell = row.cells.get(key)
    if cell is None:
        return ""
    # A heading "Capacidad (Mbps)" is "Capacidad" here, so its unit goes into the cell.
    unit = cell.unit if cell.text and not isinstance(cell.value, str) else ""
    return f"{cell.exact} {unit}".strip()


def _sentences(problems: list[Problem]) -> str:
    return "\n".join(f"{each.message} {each.remedy}".strip() for each in problems)
