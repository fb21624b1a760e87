"""A file of one table: CSV as it is exported here and elsewhere, or the first sheet of a workbook; safely read."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from itertools import islice
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from mayorista.apps.procedure import workbooks
from mayorista.rules.errors import Invalid

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS_XLSX = 100_000
MAX_COLUMNS = 40
MAX_CELL = 400

Rows = list[list[Any]]


def read(*, content: bytes, name: str) -> Rows:
    """Return the rows of a CSV or XLSX, the heading first. Raises Invalid (field "file")."""
    if len(content) > MAX_BYTES:
        raise Invalid(
            _("«%(n)s» supera 32 MB.") % {"n": name},
            field="file",
            remedy=_("Divídalo por puertos o por días."),
        )
    if not content:
        raise Invalid(_("El archivo está vacío."), field="file")
    if content.startswith(b"PK") or name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        return _workbook(content, name)
    return from_csv(content)


def from_csv(content: bytes) -> Rows:
    """Return the rows of a CSV in UTF-8 or Latin-1, with comma, semicolon or tab. Raises Invalid."""
    if b"\x00" in content[:4096]:
        raise Invalid(_("El archivo no es de texto."), field="file", remedy=_("Súbalo como CSV o XLSX."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    head = text[: text.find("\n") if "\n" in text else None]
    separator = max((";", "\t", ","), key=head.count)
    rows: Rows = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator, strict=True):
            if len(row) > MAX_COLUMNS or any(len(cell) > MAX_CELL for cell in row):
                raise Invalid(
                    _("La fila %(n)d es demasiado larga.") % {"n": len(rows) + 1},
                    field=f"fila {len(rows) + 1}",
                )
            rows.append([*row])
    except csv.Error as error:
        raise Invalid(
            _("El CSV no se puede leer en la fila %(n)d.") % {"n": len(rows) + 1},
            field=f"fila {len(rows) + 1}",
            remedy=_("Revise comillas y separadores."),
        ) from error
    return rows


def from_json(content: bytes) -> Rows:
    """Return the rows of `{"samples": [{column: value}]}`; numbers stay exact. Raises Invalid."""
    try:
        body = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Invalid(_("El cuerpo no es JSON."), field="cuerpo") from None
    samples = body.get("samples") if isinstance(body, dict) else None
    if not isinstance(samples, list) or not samples or not all(isinstance(each, dict) for each in samples):
        raise Invalid(_("Falta la lista «samples»."), field="samples", remedy=_('Envíe {"samples": [{…}]}.'))
    names = list(dict.fromkeys(name for each in samples for name in each))
    if len(names) > MAX_COLUMNS:
        raise Invalid(_("Son demasiadas columnas."), field="samples")
    return [[str(name) for name in names], *([_plain(each.get(name)) for name in names] for each in samples)]


def _plain(value: Any) -> Any:
    return (
        value
        if value is None or (isinstance(value, str | int | Decimal) and not isinstance(value, bool))
        else str(value)[:MAX_CELL]
    )


def _workbook(content: bytes, name: str) -> Rows:
    workbooks.refuse_unsafe(content, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        found = book.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True)
        rows = [
            [Decimal(repr(cell)) if isinstance(cell, float) else cell for cell in row]
            for row in islice(found, MAX_ROWS_XLSX + 2)
        ]
    except Exception as error:  # openpyxl raises whatever its parsers raise on a broken file
        raise Invalid(
            _("«%(n)s» no se puede leer como libro de Excel.") % {"n": name},
            field="file",
            remedy=_("Guárdelo como «Libro de Excel (.xlsx)»."),
        ) from error
    if len(rows) > MAX_ROWS_XLSX + 1:
        raise Invalid(
            _("El libro tiene más de %(n)d filas.") % {"n": MAX_ROWS_XLSX},
            field="file",
            remedy=_("Use CSV, o divídalo."),
        )
    return rows
