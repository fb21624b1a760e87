"""Packets as the billing system in use reads them: CSV and XLSX, a row per line and a row per packet's total."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook

from mayorista.rules import cells

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    "Paquete", "Mes", "Cliente", "NIT", "Grupo", "Moneda", "Fila", "Circuito", "Concepto", "Importe", "IVA incluido",
    "Crédito por descuento", "Reemplaza a",
)  # fmt: skip


def rows(contents: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[Any]]:
    """Yield the cells of packets, amounts as Decimal."""
    for each in contents:
        head = (
            each["number"],
            each["month"],
            each["customer"]["name"],
            each["customer"]["nit"],
            each["group"],
            each["currency"],
        )
        for line in each["lines"]:
            yield (*head, "línea", line["circuit"], line["text"], Decimal(line["amount"]), "", "", "")
        if Decimal(each["credit_applied"]):
            yield (
                *head,
                "saldo a favor",
                "",
                "Saldo a favor aplicado",
                -Decimal(each["credit_applied"]),
                "",
                "",
                "",
            )
        carried = "; ".join(
            f"{c['number']} {c['circuit']} {c['month']} {c['amount']}" for c in each["credits"]
        )
        yield (
            *head, "TOTAL", "", "Total a facturar", Decimal(each["total"]), Decimal(each["tax"]), carried, each["supersedes"],
        )  # fmt: skip


def packets_csv(contents: Iterable[Mapping[str, Any]]) -> bytes:
    """Return packets as CSV in UTF-8 with a mark (Excel reads it), semicolons and a decimal point."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows(contents):
        writer.writerow([cells.safe(value) for value in row])
    return ("\ufeff" + out.getvalue()).encode()


def packets_xlsx(contents: Iterable[Mapping[str, Any]]) -> bytes:
    """Return packets as a workbook."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Paquetes")
    sheet.freeze_panes = "A2"
    sheet.append(list(COLUMNS))
    for row in rows(contents):
        sheet.append([cells.safe(value) for value in row])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
