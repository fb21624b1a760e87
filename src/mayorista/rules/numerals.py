"""Decimal numbers as people write them: with comma or point, with or without thousands."""

from __future__ import annotations

import re
from decimal import Decimal

from mayorista.rules.errors import Invalid

_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_SHAPE = re.compile(r"^[+-]?\d[\d.,]*$")
_GROUPED = re.compile(r"^\d{1,3}(?:[.,]\d{3})+$")


def parse(text: str, *, field: str = "") -> Decimal:
    """Return the exact number written in `text`. Raises Invalid.

    The last of two different separators is the decimal one (1.234,56 and 1,234.56). A lone point
    before exactly three digits marks thousands, as Bolivia writes (2.000 is two thousand); a lone
    comma before exactly three digits could be either, so it is refused with both readings.
    """
    clean = _SPACES.sub("", text)
    if not _SHAPE.match(clean):
        raise Invalid(
            f"«{text.strip()[:40]}» no es un número.", field=field, remedy="Escriba por ejemplo 1.234,50."
        )
    sign = "-" if clean.startswith("-") else ""
    body = clean.lstrip("+-")
    return Decimal(sign + _plain(body, text, field))


def _plain(body: str, text: str, field: str) -> str:
    """Rewrite the digits with a point as decimal mark and no thousands."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return _both(body, text, field)
    separator = "." if points else ","
    if points + commas == 0:
        return body
    if points + commas > 1:
        if _GROUPED.match(body):
            return body.replace(separator, "")
        raise _unreadable(text, field)
    whole, _, tail = body.partition(separator)
    thousands = len(tail) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    if thousands and separator == ",":
        raise Invalid(
            f"«{text.strip()[:40]}» puede leerse como {whole}.{tail} o como {whole},{tail.rstrip('0') or '0'}.",
            field=field,
            remedy=f"Escriba {whole}{tail} sin separador, o quite los ceros del final.",
        )
    return whole + tail if thousands else f"{whole}.{tail or '0'}"


def _both(body: str, text: str, field: str) -> str:
    decimal = "," if body.rfind(",") > body.rfind(".") else "."
    other = "." if decimal == "," else ","
    whole, _, tail = body.rpartition(decimal)
    if decimal in whole or not _GROUPED.match(whole) or other not in whole:
        raise _unreadable(text, field)
    return f"{whole.replace(other, '')}.{tail or '0'}"


def _unreadable(text: str, field: str) -> Invalid:
    return Invalid(
        f"«{text.strip()[:40]}» no se entiende como número.",
        field=field,
        remedy="Escriba por ejemplo 1.234,50.",
    )
