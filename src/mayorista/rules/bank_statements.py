"""Bank statements as banks export them: which column is which, what a movement is, what it may belong to.

A statement is a table with title rows above and totals below. Headings are known by words, in any order and case:

- date: fecha, fecha movimiento, fecha operación, fecha transacción, fecha contable (else fecha valor)
- reference: referencia, nro. operación, documento, nro. documento, comprobante, nro. transacción, código
- description: descripción, glosa, concepto, detalle, ordenante (several are joined)
- credit: crédito, abono, haber, depósito, ingreso; debit: débito, cargo, debe, retiro, egreso
- amount: importe, monto, valor (negative: money that left), where there is no credit column
- currency: moneda (BOB, Bs, USD, $us …), else the one said when uploading

Money that came in is kept; what left is counted and dropped. A row without a date is a title or a total.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from mayorista.rules import numerals, receipts, spanish_dates
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.text import searchable

HEADING_ROWS = 30
MOST_ROWS = 20_000
NEAR_DAYS = 10
CENT = Decimal("0.01")
Cell = str | Decimal | dt.date | None
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("fecha movimiento", "fecha operacion", "fecha transaccion", "fecha contable", "fecha mov", "fecha", "date"),
    "value_date": ("fecha valor", "fecha efectiva"),
    "reference": (
        "referencia", "nro referencia", "numero referencia", "numero de referencia", "nro operacion", "numero operacion",
        "numero de operacion", "operacion", "documento", "nro documento", "numero de documento", "comprobante",
        "nro comprobante", "nro transaccion", "numero de transaccion", "transaccion", "codigo", "nro cheque",
    ),
    "description": ("descripcion", "glosa", "concepto", "detalle", "ordenante", "nombre ordenante", "observaciones"),
    "credit": ("credito", "creditos", "abono", "abonos", "haber", "deposito", "depositos", "ingreso", "ingresos"),
    "debit": ("debito", "debitos", "cargo", "cargos", "debe", "retiro", "retiros", "egreso", "egresos"),
    "amount": ("importe", "monto", "valor", "amount"),
    "currency": ("moneda", "currency"),
}  # fmt: skip
_KEY_OF = {word: key for key, words in _COLUMNS.items() for word in words}
_CURRENCY = {
    "bob": "BOB", "bs": "BOB", "bolivianos": "BOB", "boliviano": "BOB",
    "usd": "USD", "us": "USD", "sus": "USD", "dolares": "USD", "dolar": "USD", "me": "USD", "mn": "BOB",
}  # fmt: skip
_WORDS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came into an account; `position` is its row in the file, from 1."""

    position: int
    booked_on: dt.date
    reference: str
    description: str
    currency: str
    amount: Decimal
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The movements of a file, and how many rows were money that left."""

    movements: tuple[Movement, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A receipt that a movement may be."""

    id: int
    bank_key: str
    reference_key: str
    paid_on: dt.date
    currency: str
    amount: Decimal


def read(rows: Sequence[Sequence[Cell]], *, bank: str, currency: str) -> Statement:
    """Return the money that came in. Raises Invalid (field "file") naming every row that can not be read."""
    if len(rows) > MOST_ROWS:
        raise Invalid(
            f"El extracto tiene {len(rows)} filas; el límite es {MOST_ROWS}.",
            field="file",
            remedy="Divídalo por fechas.",
        )
    heading, places = _heading(rows)
    found: list[Movement] = []
    seen: dict[tuple[object, ...], int] = {}
    faults: list[FieldError] = []
    left = 0
    for number, row in enumerate(rows[heading + 1 :], start=heading + 2):
        try:
            movement = _movement(row, number, places, currency)
        except Invalid as error:
            faults.append(FieldError("file", f"Fila {number}: {error.message}", error.remedy))
            continue
        if movement is None:
            continue
        if movement.amount < 0:
            left += 1
            continue
        same = (
            receipts.bank_key(bank), movement.currency, movement.booked_on, movement.amount,
            receipts.reference_key(movement.reference), searchable(movement.description),
        )  # fmt: skip
        seen[same] = seen.get(same, 0) + 1
        found.append(_marked(movement, (*same, seen[same])))
    if faults:
        raise Invalid.of(faults[:20])
    if not found and not left:
        raise Invalid("El extracto no tiene movimientos.", field="file", remedy="Revise el archivo.")
    return Statement(tuple(found), left)


def read_sheets(sheets: Sequence[Sequence[Sequence[Cell]]], *, bank: str, currency: str) -> Statement:
    """Return the money that came in by all sheets of a book that have a heading; a movement on two of them is one.

    Positions count on from sheet to sheet. Raises Invalid as `read` does: for the first sheet where none has a heading.
    """
    told = [number for number, rows in enumerate(sheets) if _has_heading(rows)] or [0]
    found: dict[str, Movement] = {}
    left = 0
    for number in told:
        one = read(sheets[number], bank=bank, currency=currency)
        before = sum(len(rows) for rows in sheets[:number])
        for each in one.movements:
            found.setdefault(each.fingerprint, replace(each, position=before + each.position))
        left += one.left
    return Statement(tuple(found.values()), left)


def _has_heading(rows: Sequence[Sequence[Cell]]) -> bool:
    try:
        _heading(rows)
    except Invalid:
        return False
    return True


def _marked(movement: Movement, same: tuple[object, ...]) -> Movement:
    """Two equal movements of one file are two; the same ones in another file are known by this."""
    text = "|".join(str(each) for each in same)
    return Movement(
        movement.position, movement.booked_on, movement.reference, movement.description, movement.currency,
        movement.amount, hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip


def _heading(rows: Sequence[Sequence[Cell]]) -> tuple[int, dict[str, list[int]]]:
    for number, row in enumerate(rows[:HEADING_ROWS]):
        places: dict[str, list[int]] = {}
        for place, cell in enumerate(row):
            key = _KEY_OF.get(" ".join(word for word in _WORDS.split(searchable(str(cell or ""))) if word))
            if key is not None:
                places.setdefault(key, []).append(place)
        if "date" not in places and "value_date" in places:
            places["date"] = places["value_date"]
        if "date" in places and ("credit" in places or "amount" in places):
            return number, places
    raise Invalid(
        "No se encontró la fila de títulos.",
        field="file",
        remedy="Hacen falta al menos «Fecha» y «Abono» (o «Importe»); también «Referencia» y «Glosa».",
    )


def _movement(
    row: Sequence[Cell], number: int, places: Mapping[str, Sequence[int]], currency: str
) -> Movement | None:
    date = _first(row, places["date"])
    if date is None or (isinstance(date, str) and not any(char.isdigit() for char in date)):
        return None
    credit = _money(_first(row, places.get("credit", ())))
    debit = _money(_first(row, places.get("debit", ())))
    amount = credit or (-abs(debit) if debit else None) or _money(_first(row, places.get("amount", ())))
    if not amount:
        return None
    return Movement(
        number,
        _day(date),
        _text(row, places.get("reference", ())[:1], 120),
        _text(row, places.get("description", ()), 300),
        _currency(_first(row, places.get("currency", ())), currency),
        amount,
        "",
    )


def _first(row: Sequence[Cell], places: Iterable[int]) -> Cell:
    return next((row[place] for place in places if place < len(row) and row[place] not in (None, "")), None)


def _text(row: Sequence[Cell], places: Iterable[int], limit: int) -> str:
    parts = [" ".join(str(row[place]).split()) for place in places if place < len(row) and row[place]]
    return " · ".join(part for part in parts if part)[:limit]


def _day(cell: Cell) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    return spanish_dates.parse(str(cell))


def _money(cell: Cell) -> Decimal | None:
    if cell is None or (isinstance(cell, str) and cell.strip() in {"", "-", "0"}):
        return None
    value = cell if isinstance(cell, Decimal) else numerals.parse(str(cell))
    rounded = value.quantize(CENT)
    # What a spreadsheet computed may be off by a billionth; a third decimal that is there is a mistake.
    if abs(value - rounded) > Decimal("0.000001"):
        raise Invalid(f"{value} tiene más de dos decimales.", remedy="Escriba el importe al centavo.")
    if abs(rounded) > receipts.LARGEST:
        raise Invalid(f"{rounded} es demasiado grande.", remedy="Revise la columna del importe.")
    return rounded


def _currency(cell: Cell, default: str) -> str:
    if cell is None:
        return default
    key = "".join(_WORDS.split(searchable(str(cell))))
    if key not in _CURRENCY:
        raise Invalid(f"Moneda desconocida: «{str(cell)[:20]}».", remedy="Use Bs o USD.")
    return _CURRENCY[key]


def propose(
    movement: Movement, bank: str, candidates: Iterable[Candidate], *, most: int = 3
) -> tuple[int, ...]:
    """Return the ids of the receipts that a movement may be, the likeliest first: same sum, near day; a person confirms."""
    said = f"{receipts.reference_key(movement.reference)} {receipts.reference_key(movement.description)}"
    key = receipts.bank_key(bank)
    ranked = []
    for each in candidates:
        if (each.currency, each.amount) != (movement.currency, movement.amount):
            continue
        days = abs((each.paid_on - movement.booked_on).days)
        same_reference = len(each.reference_key) > 2 and each.reference_key in said
        if days > NEAR_DAYS and not same_reference:
            continue
        ranked.append((not same_reference, each.bank_key != key, days, each.id))
    return tuple(pk for *_rank, pk in sorted(ranked)[:most])
