"""The Bolivian tax number (NIT): digits only, kept as text because spreadsheets eat leading zeros."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 5
LONGEST = 15
_REMEDY = "Escriba solo los dígitos del NIT, como texto."


def normalise(text: str) -> str:
    """Return the digits of a NIT; "" stays "". Raises Invalid (field "nit").

    Spaces, dots and hyphens are dropped, as are a leading "NIT" and a decimal tail ",0" or ".0"
    that a spreadsheet adds to numbers.
    """
    clean = re.sub(r"[\u00a0\u202f\u200b\ufeff]", " ", text).strip()
    if not clean:
        return ""
    bare = re.sub(r"^NIT\s*:?\s*", "", clean, flags=re.IGNORECASE)
    bare = re.sub(r"[.,]0$", "", bare)
    digits = re.sub(r"[\s.\-]", "", bare)
    if not digits.isascii() or not digits.isdigit():
        raise Invalid(f"NIT «{clean[:40]}»: solo lleva dígitos.", field="nit", remedy=_REMEDY)
    if not SHORTEST <= len(digits) <= LONGEST or not digits.strip("0"):
        raise Invalid(
            f"NIT «{clean[:40]}»: debe tener entre {SHORTEST} y {LONGEST} dígitos.",
            field="nit",
            remedy=_REMEDY,
        )
    return digits


def same(one: str, other: str) -> bool:
    """Whether two NITs are the same number, whatever leading zeros either lost."""
    return bool(one) and bool(other) and one.lstrip("0") == other.lstrip("0")


def restore(nit: str, known: Iterable[str]) -> str:
    """Return the known NIT that `nit` is when leading zeros were lost, else `nit` itself."""
    for candidate in known:
        if same(nit, candidate) and len(candidate) > len(nit):
            return candidate
    return nit
