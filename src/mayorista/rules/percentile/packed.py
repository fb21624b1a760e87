"""Samples as they are stored: a row per port and day, all inward then all outward, 64-bit little-endian bits per second."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mayorista.rules.errors import Invalid
from mayorista.rules.percentile.selection import MISSING, PER_DAY, Columns, Coverage, Percentile, of_columns

LARGEST = 10**15
"""A petabit per second: more is a counter gone mad, and sums of thousands of ports still fit 64 bits."""
ITEM_BYTES = 8

Pair = tuple[int, int]
"""In and out, bits per second."""


def pack(pairs: Sequence[Pair | None]) -> bytes:
    """Return a day's samples as stored: all inward, then all outward, 64-bit little-endian bits per second.

    Raises Invalid when a value is negative or does not fit.
    """
    ends = (array("Q"), array("Q"))
    for pair in pairs:
        for column, value in zip(ends, pair or (MISSING, MISSING), strict=True):
            if not 0 <= value <= LARGEST and pair is not None:
                raise Invalid(
                    f"Una muestra no puede valer {value} bit/s.", field="samples", remedy="Revise la fila."
                )
            column.append(value)
    return b"".join(_little(column).tobytes() for column in ends)


def unpack(day: bytes) -> list[Pair | None]:
    """Return a packed day as pairs, None where the sample is missing."""
    inward, outward = _day_columns(day)
    return [None if one == MISSING else (one, other) for one, other in zip(inward, outward, strict=True)]


@dataclass(frozen=True, slots=True)
class PackedDays:
    """Packed days by day number; a day that is not there is missing whole."""

    days: Mapping[int, bytes]
    min_coverage: Coverage
    per_day: int = PER_DAY

    def columns(self, start: int, end: int) -> Columns:
        """Return the stamps of the days [start, end). Raises Invalid for a day of another length."""
        inward, outward, half = bytearray(), bytearray(), self.per_day * ITEM_BYTES
        for day in range(start, end):
            packed = self.days.get(day)
            if packed is None:
                inward += b"\xff" * half
                outward += b"\xff" * half
            elif len(packed) != 2 * half:
                raise Invalid(
                    "Un día de muestras no tiene el largo debido.",
                    field="samples",
                    remedy="Cárguelo otra vez.",
                )
            else:
                inward += packed[:half]
                outward += packed[half:]
        return Columns(_from_little(inward), _from_little(outward))

    def between(self, start: int, end: int) -> Percentile:
        """Return the percentile over the days [start, end)."""
        return of_columns(self.columns(start, end), (end - start) * self.per_day)


def _day_columns(day: bytes) -> Columns:
    half = len(day) // 2
    return Columns(_from_little(day[:half]), _from_little(day[half:]))


def _from_little(raw: bytes | bytearray) -> array[int]:
    column = array("Q")
    column.frombytes(raw)
    return _little(column)


def _little(column: array[int]) -> array[int]:
    if sys.byteorder == "big":
        column.byteswap()
    return column
