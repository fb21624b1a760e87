"""Telephone numbers as people write them in Bolivia, to E.164.

Country code 591; mobiles have 8 digits and begin with 6 or 7; fixed numbers have a one-digit area
(2, 3 or 4) and 7 digits. A fixed number may be a WhatsApp Business number: it warns, it does not
refuse. Foreign numbers are accepted when written with ``+`` or ``00`` and their country code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mayorista.rules.errors import Invalid

BOLIVIA = "591"
MOBILE_DIGITS = 8
AREA_DIGITS = 8
LOCAL_DIGITS = 7
SHORTEST_FOREIGN = 7
LONGEST_E164 = 15

_EXTENSION = re.compile(r"\b(?:int(?:erno)?|ext(?:ensi[oó]n)?|anexo)\.?\s*:?\s*\d+\s*$", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:cel(?:ular)?|tel(?:[eé]fono|f)?|m[oó]vil|whats?app|wsp|wa|fijo|oficina|of)\b\.?\s*:?",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[/;,|\n\r]+|\s+(?:y|e|o|ó|u)\s+", re.IGNORECASE)
_ALLOWED = re.compile(r"^\+?[\d\s().\-\u2010-\u2015]+$")
_REMEDY = "Escriba un celular de 8 dígitos (70000001) o el número con + y código de país."


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164, its sort, and a warning in Spanish ("" when there is none)."""

    e164: str
    kind: str  # MOBILE, LANDLINE or FOREIGN
    warning: str = ""


def normalise(text: str) -> Phone:
    """Return the one number that `text` holds. Raises Invalid (field "phone")."""
    clean = _strip(text)
    if not clean or not _ALLOWED.match(clean):
        raise _refusal(text, "no es un número de teléfono.")
    digits = re.sub(r"\D", "", clean)
    if clean.startswith("+"):
        return _international(digits, text)
    if digits.startswith("00"):
        return _international(digits[2:], text)
    if digits.startswith(BOLIVIA) and len(digits) == len(BOLIVIA) + MOBILE_DIGITS:
        return _national(digits[len(BOLIVIA) :], text)
    if digits.startswith("0") and len(digits) == AREA_DIGITS + 1:
        return _national(digits[1:], text)
    return _national(digits, text)


def split(text: str) -> list[str]:
    """Return the pieces of a cell that holds one or several numbers, as written, in order.

    ``70000001 / 4-4250000``, ``70000001 y 71111111``, ``70000001 71111111``.
    """
    pieces: list[str] = []
    for raw in _SEPARATORS.split(_strip(text)):
        piece = raw.strip()
        if piece:
            pieces.extend(_split_run(piece))
    return pieces


def normalise_all(text: str) -> list[Phone]:
    """Return every number of a cell, without repeats. Raises Invalid for the first that is none."""
    found: dict[str, Phone] = {}
    for piece in split(text):
        phone = normalise(piece)
        found.setdefault(phone.e164, phone)
    return list(found.values())


def wa_id(e164: str) -> str:
    """Return the number as WhatsApp's API writes it: digits without the plus sign."""
    return e164.lstrip("+")


def show(e164: str) -> str:
    """Return a number as people read it: ``+591 70000001``, ``+591 4 4250000``."""
    if not e164.startswith("+" + BOLIVIA):
        return e164
    national = e164[len(BOLIVIA) + 1 :]
    if national[:1] in "67":
        return f"+{BOLIVIA} {national}"
    return f"+{BOLIVIA} {national[:1]} {national[1:]}"


def _strip(text: str) -> str:
    """Drop labels ("Cel.:"), an extension at the end, and the odd spaces of spreadsheets."""
    clean = re.sub(r"[\u00a0\u2007\u202f\u200b-\u200f\ufeff\t]", " ", text).strip()
    clean = _EXTENSION.sub("", clean)
    return _LABEL.sub(" ", clean).strip(" .:")


def _split_run(piece: str) -> list[str]:
    """Split a piece in which only spaces or a hyphen keep two whole numbers apart."""
    digits = re.sub(r"\D", "", piece)
    if len(digits) <= LONGEST_E164 - 1 and _is_number(piece):
        return [piece]
    for pattern in (r"\s+-\s+", r"\s+", r"-"):
        parts = [part for part in re.split(pattern, piece) if part]
        if len(parts) > 1 and all(_is_number(part) for part in parts):
            return parts
    return [piece]


def _is_number(text: str) -> bool:
    try:
        normalise(text)
    except Invalid:
        return False
    return True


def _international(digits: str, text: str) -> Phone:
    if digits.startswith(BOLIVIA):
        return _national(digits[len(BOLIVIA) :], text)
    if digits.startswith("0") or not SHORTEST_FOREIGN <= len(digits) <= LONGEST_E164:
        raise _refusal(text, "no es un número internacional válido.")
    return Phone("+" + digits, "FOREIGN")


def _national(digits: str, text: str) -> Phone:
    """Judge a number written without country code."""
    first = digits[:1]
    if first in {"6", "7"}:
        if len(digits) != MOBILE_DIGITS:
            raise _refusal(text, f"tiene {len(digits)} dígitos; un celular tiene {MOBILE_DIGITS}.")
        return Phone(f"+{BOLIVIA}{digits}", "MOBILE")
    if first in {"2", "3", "4"}:
        if len(digits) == AREA_DIGITS:
            return Phone(f"+{BOLIVIA}{digits}", "LANDLINE", _fixed_warning(text))
        if len(digits) == LOCAL_DIGITS:
            warning = f"{_fixed_warning(text)} Se supuso el código de área {first}."
            return Phone(f"+{BOLIVIA}{first}{digits}", "LANDLINE", warning)
    raise _refusal(text, "no es un número de Bolivia.")


def _fixed_warning(text: str) -> str:
    return f"«{text.strip()}» es un teléfono fijo: verifique que atiende WhatsApp."


def _refusal(text: str, why: str) -> Invalid:
    shown = text.strip()[:60]
    return Invalid(f"Teléfono «{shown}»: {why}", field="phone", remedy=_REMEDY)
