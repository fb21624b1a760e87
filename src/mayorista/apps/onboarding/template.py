"""The workbook to fill, made from the table of columns: one sheet per kind, an example, instructions."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from mayorista.apps.onboarding import columns

FILE_NAME = "plantilla-mayorista.xlsx"
HAND_OVER_NAME = "plantilla-entrega.xlsx"
ROWS_WITH_LISTS = 2_000
_HEAD = PatternFill("solid", fgColor="16324F")
_REQUIRED = PatternFill("solid", fgColor="8A1C1C")
_LINE = Border(bottom=Side(style="thin", color="B8C4D0"))
# Texts that a spreadsheet would turn into numbers or dates.
_AS_TEXT = {
    "nit", "phone", "code", "vlan", "asn", "circuit_code", "number", "availability",
    "contract", "circuit", "reference", "authorization", "tiers", "sla_credit", "month",
}  # fmt: skip


def workbook(sheets: Sequence[columns.Sheet] = columns.SHOWN) -> bytes:
    """Return the empty template, of all its sheets or of some."""
    return build({}, sheets)


def example() -> bytes:
    """Return the template with the example of the instructions, complete enough to load as it is."""
    rows = {
        sheet.key: [[column.example for column in sheet.columns]]
        for sheet in columns.SHOWN
        if all(column.example for column in sheet.columns if column.required)
    }
    for code in ("UP-TAD-1", "UP-TAD-2"):
        upstream = {"code": code, "kind": "Red contratada", "name": f"Tránsito {code[-1]}", "provider": "TAD"}
        rows["resources"].append([upstream.get(column.key, "") for column in columns.RESOURCES.columns])
    return build(rows)


def build(rows: dict[str, list[list[str]]], sheets: Sequence[columns.Sheet] = columns.SHOWN) -> bytes:
    """Return a workbook of the template's shape with these rows by sheet key."""
    book = Workbook()
    first = book.active
    assert first is not None
    _instructions(first, sheets)
    for sheet in sheets:
        tab = book.create_sheet(sheet.title)
        head(tab, sheet)
        for values in rows.get(sheet.key, []):
            write_row(tab, values)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def head(tab: Worksheet, sheet: columns.Sheet, extra: Iterable[str] = ()) -> None:
    """Write the headings of a sheet with their hints, lists and widths."""
    titles = [*(column.title for column in sheet.columns), *extra]
    tab.append(titles)
    for place, title in enumerate(titles, start=1):
        cell = tab.cell(1, place)
        column = sheet.columns[place - 1] if place <= len(sheet.columns) else None
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _REQUIRED if column and column.required else _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        letter = get_column_letter(place)
        tab.column_dimensions[letter].width = max(14, min(44, len(title) + 4, 60))
        if column is None:
            continue
        if column.hint:
            cell.comment = Comment(_hint(column), "Mayorista", width=260, height=90)
        if column.key in _AS_TEXT:
            tab.column_dimensions[letter].number_format = "@"
        if column.choices:
            allowed = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            tab.add_data_validation(allowed)
            allowed.add(f"{letter}2:{letter}{ROWS_WITH_LISTS}")
    tab.row_dimensions[1].height = 32
    tab.freeze_panes = "A2"
    tab.auto_filter.ref = f"A1:{get_column_letter(len(titles))}1"


def write_row(tab: Worksheet, values: Iterable[str]) -> int:
    """Append a row of texts and return its number; what looks like a formula stays text."""
    number = tab.max_row + 1
    for place, value in enumerate(values, start=1):
        if not value:
            continue
        cell = tab.cell(number, place)
        cell.value = value
        cell.data_type = "s"
        cell.number_format = "@"
        cell.border = _LINE
        cell.alignment = Alignment(wrap_text="\n" in value, vertical="top")
        if value.startswith(("=", "+", "-", "@")):
            cell.quotePrefix = True
    return number


def _hint(column: columns.Column) -> str:
    parts = [column.hint]
    if column.required:
        parts.insert(0, _("Obligatorio."))
    if column.example:
        parts.append(_("Ejemplo: %(example)s") % {"example": column.example})
    return " ".join(parts)


RULES = (
    "Llene las hojas que necesite; las demás pueden quedar vacías o quitarse.",
    "Los títulos en rojo son obligatorios. El orden de las columnas no importa.",
    "Una celda vacía deja lo que ya está registrado; un guion (-) lo borra.",
    "Nada se carga sin que usted lo confirme: primero verá qué cambiaría.",
    "Un cliente se carga entero o no se carga. Los que tengan errores vuelven en un libro «por corregir».",
    "Subir dos veces el mismo libro no cambia nada la segunda vez.",
    "Capacidades con su unidad: 2 Gbps, 2.000 Mbps, 1,5 Gbps. Valen coma y punto decimal.",
    "Fechas como 24/11/2026, 24-11-26 o «24 de noviembre de 2026» (día antes que mes).",
    "Teléfonos: celulares de 8 dígitos; varios en una celda, separados por / o coma.",
    "NIT: solo dígitos. Si la planilla quitó un cero inicial de un cliente registrado, se reconoce.",
    "El mismo ISP escrito de varias maneras (S.R.L., SRL, sin acentos) es un solo cliente.",
    "Los escaneos van en una carpeta o ZIP junto al libro: la columna Archivo dice el nombre de cada uno.",
    "Saldos iniciales: solo lo impago. Se cobra aquí y nunca se vuelve a emitir; lo cargado no se edita.",
    "No se aceptan fórmulas ni macros: pegue los valores.",
)


def _instructions(tab: Worksheet, sheets: Sequence[columns.Sheet]) -> None:
    tab.title = columns.INSTRUCTIONS_TITLE
    tab.column_dimensions["A"].width = 26
    tab.column_dimensions["B"].width = 110
    tab.append([_("Carga de clientes mayoristas")])
    tab["A1"].font = Font(bold=True, size=16)
    tab.append([])
    for rule in RULES:
        tab.append(["•", _(rule)])
    for sheet in sheets:
        tab.append([])
        tab.append([sheet.title, sheet.about])
        for cell in tab[tab.max_row]:
            cell.font = Font(bold=True)
        for column in sheet.columns:
            tab.append([column.title, _hint(column)])
    for row in tab.iter_rows(min_col=2, max_col=2):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
