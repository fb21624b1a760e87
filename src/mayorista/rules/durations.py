"""Spans of time as people write them in contracts: whole minutes."""

from __future__ import annotations

import re

from mayorista.rules import numerals
from mayorista.rules.errors import Invalid

_UNITS = {
    "d": 1440,
    "dia": 1440,
    "dias": 1440,
    "h": 60,
    "hs": 60,
    "hr": 60,
    "hrs": 60,
    "hora": 60,
    "horas": 60,
}
_UNITS |= {"": 1, "m": 1, "min": 1, "mins": 1, "minuto": 1, "minutos": 1}
_PIECE = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([a-zí]*)\.?\s*(?:y\s+)?", re.IGNORECASE)
_CLOCK = re.compile(r"^(\d{1,4}):([0-5]\d)$")
_REMEDY = "Escriba los minutos, o por ejemplo «4 h» o «2 h 30 min»."


def show(minutes: int) -> str:
    """Return minutes exactly, as `parse_minutes` reads them: "15 min", "4 h", "2 h 30 min", "48 h"."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, f"{rest} min"]) if rest or not hours else parts[0]


def parse_minutes(text: str, *, field: str = "") -> int:
    """Return whole minutes: "240", "4 h", "1,5 h", "2 h 30 min", "2 días", "04:00". Raises Invalid."""
    clean = text.strip().lower().replace("í", "i")
    clock = _CLOCK.match(clean)
    if clock:
        return int(clock.group(1)) * 60 + int(clock.group(2))
    pieces = list(_PIECE.finditer(clean))
    whole = "".join(piece.group(0) for piece in pieces)
    if not pieces or whole != clean or (len(pieces) > 1 and any(not piece.group(2) for piece in pieces)):
        raise Invalid(f"«{text.strip()[:40]}» no es una duración.", field=field, remedy=_REMEDY)
    total = 0
    for piece in pieces:
        factor = _UNITS.get(piece.group(2))
        if factor is None:
            raise Invalid(f"«{text.strip()[:40]}» no es una duración.", field=field, remedy=_REMEDY)
        minutes = numerals.parse(piece.group(1), field=field) * factor
        if minutes != minutes.to_integral_value():
            raise Invalid(f"«{text.strip()[:40]}» tiene fracciones de minuto.", field=field, remedy=_REMEDY)
        total += int(minutes)
    return total
