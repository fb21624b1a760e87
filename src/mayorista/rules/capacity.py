"""Capacities of circuits: an exact whole number of kbit/s (R-09). 1 Gbps = 1.000 Mbps."""

from __future__ import annotations

import re
from decimal import Decimal

from mayorista.rules import formats, numerals
from mayorista.rules.errors import Invalid

KBPS_OF_MBPS = 1_000
KBPS_OF_GBPS = 1_000_000
HIGHEST_KBPS = 1_000 * KBPS_OF_GBPS

_REMEDY = "Escriba la capacidad con su unidad, por ejemplo «2 Gbps», «500 Mbps» o «1,5 Gbps»."
_SHAPE = re.compile(r"^\s*([\d.,\s\u00a0\u202f]*\d[.,]?)\s*([^\d\s].*)?$")
_UNITS = {
    "g": KBPS_OF_GBPS,
    "gb": KBPS_OF_GBPS,
    "gbps": KBPS_OF_GBPS,
    "gbs": KBPS_OF_GBPS,
    "gbit": KBPS_OF_GBPS,
    "gbits": KBPS_OF_GBPS,
    "giga": KBPS_OF_GBPS,
    "gigas": KBPS_OF_GBPS,
    "gigabit": KBPS_OF_GBPS,
    "gigabits": KBPS_OF_GBPS,
    "gige": KBPS_OF_GBPS,
    "m": KBPS_OF_MBPS,
    "mb": KBPS_OF_MBPS,
    "mbps": KBPS_OF_MBPS,
    "mbs": KBPS_OF_MBPS,
    "mbit": KBPS_OF_MBPS,
    "mbits": KBPS_OF_MBPS,
    "mega": KBPS_OF_MBPS,
    "megas": KBPS_OF_MBPS,
    "megabit": KBPS_OF_MBPS,
    "megabits": KBPS_OF_MBPS,
    "k": 1,
    "kb": 1,
    "kbps": 1,
    "kbs": 1,
    "kbit": 1,
    "kbits": 1,
}


def parse(text: str, *, unit: str = "") -> int:
    """Return kbit/s of a capacity as people write it. Raises Invalid (field "capacity").

    `unit` is used when the text is a bare number (a sheet whose heading names the unit).
    """
    shape = _SHAPE.match(text)
    if shape is None:
        raise Invalid(f"Capacidad «{text.strip()[:40]}»: no se entiende.", field="capacity", remedy=_REMEDY)
    factor = _factor(shape.group(2) or unit, text)
    number = numerals.parse(shape.group(1), field="capacity")
    kbps = number * factor
    if kbps != kbps.to_integral_value():
        raise Invalid(
            f"Capacidad «{text.strip()[:40]}»: tiene fracciones de kbit/s.", field="capacity", remedy=_REMEDY
        )
    if not 0 < kbps <= HIGHEST_KBPS:
        raise Invalid(
            f"Capacidad «{text.strip()[:40]}»: debe ser mayor que 0 y hasta 1.000 Gbps.",
            field="capacity",
            remedy=_REMEDY,
        )
    return int(kbps)


def show(kbps: int) -> str:
    """Return a capacity as people read it: "2 Gbps", "1,5 Gbps", "500 Mbps", "64 kbps"."""
    if kbps >= KBPS_OF_GBPS and kbps % KBPS_OF_MBPS == 0:
        return f"{formats.shortest(Decimal(kbps) / KBPS_OF_GBPS)} Gbps"
    if kbps >= KBPS_OF_MBPS:
        return f"{formats.shortest(Decimal(kbps) / KBPS_OF_MBPS)} Mbps"
    return f"{formats.shortest(Decimal(kbps))} kbps"


def _factor(unit: str, text: str) -> int:
    # "Mbit/s", "Mb/seg", "Mbps." and "megas" are one unit; the trade writes MB for megabit.
    name = re.sub(r"(?:/\s*s(?:eg)?|\s+por\s+segundo)\.?$", "", unit.strip().casefold()).strip(" .")
    if not name:
        raise Invalid(f"Capacidad «{text.strip()[:40]}»: falta la unidad.", field="capacity", remedy=_REMEDY)
    if name not in _UNITS:
        raise Invalid(
            f"Capacidad «{text.strip()[:40]}»: no se conoce la unidad «{unit.strip()[:20]}».",
            field="capacity",
            remedy=_REMEDY,
        )
    return _UNITS[name]
