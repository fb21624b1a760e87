"""The real invoices of a month as the billing system in use lists them: a CSV or a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from openpyxl import Workbook

from mayorista.apps.onboarding import reading, tables
from mayorista.apps.onboarding.asking import Asked
from mayorista.apps.onboarding.column_types import Column, Sheet
from mayorista.apps.onboarding.columns_money import CURRENCIES
from mayorista.apps.onboarding.values import Problem, SheetRows
from mayorista.apps.procedure import workbooks
from mayorista.rules import names, nit
from mayorista.rules.errors import Invalid

WORDS = {"bs": "BOB", "bs.": "BOB", "bob": "BOB", "usd": "USD", "$us": "USD", "us$": "USD"}
INVOICES = Sheet(
    "real",
    "Facturas reales",
    "Una factura por fila.",
    (
        Column("nit", "NIT", "Del cliente.", "1028627025", required=True, also=("NIT cliente", "NIT/CI")),
        Column("number", "Factura", "Número.", "4417", also=("Número", "N.º de factura", "Nro factura", "Nro")),
        Column(
            "total", "Importe", "Total de la factura.", "34.500,00", required=True, also=("Total", "Monto", "Importe total")
        ),
        Column("currency", "Moneda", "Bs o USD; vacío es Bs.", "Bs", choices=CURRENCIES),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RealInvoice:
    """An invoice as it went out; `total` in `currency`, two decimals."""

    nit: str
    number: str
    total: Decimal
    currency: str = "BOB"


def read(*, content: bytes, name: str) -> tuple[list[RealInvoice], list[Problem]]:
    """Return the invoices of a file and what is wrong with its other rows. Raises Invalid (field "file")."""
    rows, problems = _rows(content, name)
    found = []
    for row in rows.rows if rows else ():
        asked = Asked(row, problems)
        before = len(problems)
        number = _nit(asked)
        total = asked.decimal("total")
        currency = WORDS.get(names.sort_key(asked.text("currency")), "")
        if asked.text("currency") and not currency:
            asked.wrong("currency", _("Moneda desconocida."), _("Escriba Bs o USD."))
        for key, value in (("nit", number), ("total", total)):
            if not value and len(problems) == before:
                asked.wrong(key, _("Falta el dato."), asked.column(key).hint)
        if total is not None and total < 0:
            asked.wrong("total", _("Una factura no es negativa."), _("Una nota de crédito no va aquí."))
        if len(problems) == before and total is not None:
            found.append(RealInvoice(number, asked.text("number"), total, currency or "BOB"))
    if rows is None or (not found and not problems):
        raise Invalid(
            _("El archivo no trae ninguna factura."), field="file", remedy=_("Lleva NIT, factura e importe.")
        )
    return found, problems


def _nit(asked: Asked) -> str:
    try:
        return nit.normalise(asked.text("nit")).lstrip("0")
    except Invalid as error:
        asked.refused(error)
        return ""


def _rows(content: bytes, name: str) -> tuple[SheetRows | None, list[Problem]]:
    if content[:2] == b"PK" or content.startswith(b"\xd0\xcf\x11\xe0"):
        tab = workbooks.opened(content=content, name=name).worksheets[0]
    else:
        tab = _from_csv(content).worksheets[0]
    return reading.table(tab, INVOICES)


def _from_csv(content: bytes) -> Workbook:
    if not content or len(content) > workbooks.MAX_BYTES:
        raise Invalid(
            _("El archivo está vacío o es demasiado grande."), field="file", remedy=_("Suba un .csv o .xlsx.")
        )
    book = Workbook()
    tab = book.active
    assert tab is not None
    for place, row in enumerate(tables.from_csv(content)[: reading.MAX_ROWS + reading.HEADING_ROWS], start=1):
        for column, value in enumerate(row, start=1):
            if value.strip():
                cell = tab.cell(place, column)
                cell.value, cell.data_type = _clean(value), "s"
    return book


def _clean(value: str) -> str:
    return "".join(char for char in value if char.isprintable())[:500]
