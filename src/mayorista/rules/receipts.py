"""What a payment receipt may say (R-B7), and the keys by which the same one is known again.

Banks are written in many ways ("Banco Mercantil Santa Cruz S.A.", "BMSC"), references with labels, dashes and leading
zeros: two receipts are one when their keys are equal, or when their files are.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from mayorista.rules import formats, media
from mayorista.rules.errors import FieldError
from mayorista.rules.text import searchable

LARGEST = Decimal(100_000_000)
OLDEST_DAYS = 5 * 366
MAX_FILE_BYTES = 10 * 1024 * 1024
FILE_TYPES = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
    "image/webp": "WEBP",
}
CURRENCIES = ("BOB", "USD")
_FILLING = {"banco", "bco", "s", "a", "sa", "de", "del", "la", "el", "bolivia", "boliviano", "pyme"}
_SAME_BANK = {
    "bnb": "nacional",
    "bmsc": "mercantilsantacruz",
    "mercantil": "mercantilsantacruz",
    "bcp": "credito",
    "bun": "union",
    "bu": "union",
    "bisa": "bisa",
    "bga": "ganadero",
    "bg": "ganadero",
    "bec": "economico",
    "baneco": "economico",
    "bancosol": "sol",
    "bancofie": "fie",
    "bie": "fie",
    "solidario": "sol",
}
_LABEL = re.compile(
    r"^(?:comprobante|referencia|transferencia|operacion|transaccion|deposito|numero|cpbte|transf|trans|oper|nro|num|ref|trx|op|n\W{0,3}o|n)"
    r"(?:\b|(?=\d))[\s.:#º°\-]*",
)
_NOT_KEPT = re.compile(r"[^0-9a-z]+")


def bank_key(bank: str) -> str:
    """Return the same key for the ways one bank is written; "" when nothing of it is left."""
    words = [word for word in _NOT_KEPT.split(searchable(bank)) if word]
    kept = "".join(word for word in words if word not in _FILLING) or "".join(words)
    return _SAME_BANK.get(kept, kept)[:80]


def another_bank(one: str, other: str) -> bool:
    """Whether two names say two banks, however each is written; a name that says nothing contradicts none."""
    keys = bank_key(one), bank_key(other)
    return all(keys) and keys[0] != keys[1]


def reference_key(reference: str) -> str:
    """Return a reference without labels, separators and leading zeros, in capitals; "" when nothing is left."""
    rest = searchable(reference)
    while (match := _LABEL.match(rest)) and match.end() < len(rest):
        rest = rest[match.end() :]
    return _NOT_KEPT.sub("", rest).lstrip("0").upper()[:80]


def faults(
    *, bank: str, reference: str, paid_on: dt.date, currency: str, amount: Decimal, today: dt.date
) -> list[FieldError]:
    """Return all that is wrong with what a receipt says; `today` is the day of La Paz."""
    found = []
    if not bank_key(bank):
        found.append(FieldError("bank", "Falta el banco.", "Escriba por ejemplo «Banco Unión»."))
    if not reference_key(reference):
        found.append(
            FieldError(
                "reference",
                "Falta el número de la operación.",
                "Está en el comprobante: cópielo como figura.",
            )
        )
    if paid_on > today:
        found.append(
            FieldError("paid_on", f"La fecha {formats.date(paid_on)} es futura.", "Revise día y año.")
        )
    elif (today - paid_on).days > OLDEST_DAYS:
        found.append(
            FieldError("paid_on", f"La fecha {formats.date(paid_on)} es de hace más de cinco años.", "Revise el año.")
        )  # fmt: skip
    if currency not in CURRENCIES:
        found.append(FieldError("currency", "Elija bolivianos o dólares."))
    return found + _amount_faults(amount)


def _amount_faults(amount: Decimal) -> list[FieldError]:
    if not amount.is_finite() or amount <= 0:
        return [FieldError("amount", "El importe debe ser mayor que cero.", "Revise la cifra.")]
    if amount > LARGEST:
        limit = formats.number(LARGEST)
        return [FieldError("amount", f"El importe pasa de {limit}.", "Revise la cifra: ¿sobran ceros?")]
    if amount != amount.quantize(Decimal("0.01")):
        return [FieldError("amount", "El importe tiene más de dos decimales.", "Escríbalo al centavo.")]
    return []


def file_faults(content: bytes, *, field: str = "file") -> list[FieldError]:
    """Return why a file is no receipt: its size, or what its bytes are whatever its name says."""
    if not content:
        return [FieldError(field, "El archivo está vacío.", "Elija otro archivo.")]
    if len(content) > MAX_FILE_BYTES:
        return [
            FieldError(
                field,
                f"El archivo pesa {len(content) // 1024**2} MB; el límite es {MAX_FILE_BYTES // 1024**2} MB.",
                "Redúzcalo o fotografíe de nuevo.",
            )
        ]
    kind = media.sniff(content)
    if kind == media.HEIC:
        return [FieldError(field, "El archivo es una foto HEIC.", media.HEIC_REMEDY)]
    if kind not in FILE_TYPES:
        kinds = ", ".join(FILE_TYPES.values())
        return [FieldError(field, f"El archivo no es {kinds}, diga lo que diga su nombre.", "Elija otro.")]
    return []
