"""Amounts in Spanish words, as Bolivian invoices close: "Son: Dos mil cuatrocientos 00/100 Bolivianos".

Written here because the libraries read "veintiuno mil" and count in euros. Before "mil" and "millones" the
numeral is shortened (veintiún mil, un millón); before the cents it stands whole (veintiuno 50/100).
"""

from __future__ import annotations

from decimal import Decimal

from mayorista.rules import money
from mayorista.rules.errors import Invalid

LARGEST = 10**12
_NAMES = {"BOB": "Bolivianos", "USD": "Dólares estadounidenses"}
_SMALL = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez",
    "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte",
    "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
    "veintinueve",
)  # fmt: skip
_TENS = ("", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
_HUNDREDS = (
    "", "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos",
    "seiscientos", "setecientos", "ochocientos", "novecientos",
)  # fmt: skip


def amount(value: Decimal, currency: str) -> str:
    """Return the closing sentence of an amount of two decimals. Raises Invalid when negative or beyond a billion."""
    cents = money.scaled(value, 2, field="amount")
    if not 0 <= cents < LARGEST * money.CENT:
        raise Invalid(
            f"{value} no se puede escribir en palabras.", field="amount", remedy="Revise el importe."
        )
    whole, rest = divmod(cents, money.CENT)
    said = number(whole)
    return f"Son: {said[0].upper()}{said[1:]} {rest:02d}/100 {_NAMES.get(currency, currency)}"


def number(value: int) -> str:
    """Return a whole number from 0 below 10^12 in words, standing alone: 21 is "veintiuno"."""
    if not 0 <= value < LARGEST:
        raise Invalid(f"{value} no se puede escribir en palabras.", field="number", remedy="Revise la cifra.")
    if value == 0:
        return _SMALL[0]
    millions, rest = divmod(value, 1_000_000)
    parts = []
    if millions:
        parts.append("un millón" if millions == 1 else f"{_shortened(_below_million(millions))} millones")
    if rest:
        parts.append(_below_million(rest))
    return " ".join(parts)


def _below_million(value: int) -> str:
    thousands, rest = divmod(value, 1000)
    parts = []
    if thousands:
        parts.append("mil" if thousands == 1 else f"{_shortened(_below_thousand(thousands))} mil")
    if rest:
        parts.append(_below_thousand(rest))
    return " ".join(parts)


def _below_thousand(value: int) -> str:
    if value == 100:
        return "cien"
    hundreds, rest = divmod(value, 100)
    parts = [_HUNDREDS[hundreds]] if hundreds else []
    if rest:
        parts.append(_below_hundred(rest))
    return " ".join(parts)


def _below_hundred(value: int) -> str:
    if value < len(_SMALL):
        return _SMALL[value]
    tens, units = divmod(value, 10)
    return f"{_TENS[tens]} y {_SMALL[units]}" if units else _TENS[tens]


def _shortened(said: str) -> str:
    """The numeral as it stands before a noun: uno → un, veintiuno → veintiún."""
    if said.endswith("veintiuno"):
        return said[: -len("uno")] + "ún"
    return said[:-1] if said.endswith("uno") else said
