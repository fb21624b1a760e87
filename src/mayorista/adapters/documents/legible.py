"""Text as it can be printed: what no shipped font shows is spelled by its code points.

A missing glyph would stop a PDF/A, and an empty box would hide what somebody wrote: a character
that can not be drawn, or that would reorder or hide its neighbours, is printed as `[U+4E2D]`, and
nothing is dropped in silence. The coverage is read from the fonts themselves (`cmap`), so it can not go stale.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufff9-\ufffb]")
INVISIBLE_BY_DESIGN = {0x200B, 0x200C, 0x200D, 0x2060, 0xFE0E, 0xFE0F, 0x20E3}
Range = tuple[int, int]


class Coverage:
    """Which code points a set of fonts can draw."""

    def __init__(self, fonts: Iterable[Path]) -> None:
        found: list[Range] = []
        for font in fonts:
            found.extend(_ranges(font.read_bytes()))
        self._starts, self._ends = _merged(found)

    def __contains__(self, point: int) -> bool:
        place = bisect_right(self._starts, point) - 1
        return place >= 0 and point <= self._ends[place]

    def legible(self, text: str) -> str:
        """`text` with line ends as one sign, tabs as spaces, and the unprintable spelled out."""
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
        text = text.replace("\t", "    ")
        if text.isascii() and text.isprintable():
            return text
        return "".join(self._spelled(unicodedata.normalize("NFC", text)))

    def legible_data(self, data: Any) -> Any:
        """The same for every text inside JSON data."""
        if isinstance(data, str):
            return self.legible(data)
        if isinstance(data, dict):
            return {key: self.legible_data(value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.legible_data(value) for value in data]
        return data

    def _spelled(self, text: str) -> Iterator[str]:
        run: list[str] = []
        for character in text:
            if self._drawable(character):
                if run:
                    yield f"[{' '.join(run)}]"
                    run = []
                yield character
            else:
                run.append(f"U+{ord(character):04X}")
        if run:
            yield f"[{' '.join(run)}]"

    def _drawable(self, character: str) -> bool:
        point = ord(character)
        if character == "\n":
            return True
        if HIDDEN.match(character) or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
            return False
        return point in INVISIBLE_BY_DESIGN or point in self


def _merged(ranges: Iterable[Range]) -> tuple[list[int], list[int]]:
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(ranges):
        if starts and start <= ends[-1] + 1:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends


def _ranges(font: bytes) -> Iterator[Range]:
    """The code points of the Unicode `cmap` subtables (OpenType 1.9, formats 4 and 12)."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = {
        font[at : at + 4]: struct.unpack_from(">II", font, at + 8) for at in range(12, 12 + 16 * count, 16)
    }
    cmap = tables[b"cmap"][0]
    (subtables,) = struct.unpack_from(">H", font, cmap + 2)
    for index in range(subtables):
        platform, encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * index)
        if (platform, encoding) not in ((0, 3), (0, 4), (0, 6), (3, 1), (3, 10)):
            continue
        at = cmap + offset
        (layout,) = struct.unpack_from(">H", font, at)
        if layout == 12:
            (groups,) = struct.unpack_from(">I", font, at + 12)
            for group in range(groups):
                first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
                yield (first if glyph else first + 1), last
        elif layout == 4:
            yield from _segments(font, at)


def _segments(font: bytes, at: int) -> Iterator[Range]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    many = doubled // 2
    ends = struct.unpack_from(f">{many}H", font, at + 14)
    starts = struct.unpack_from(f">{many}H", font, at + 16 + doubled)
    deltas = struct.unpack_from(f">{many}H", font, at + 16 + 2 * doubled)
    offsets_at = at + 16 + 3 * doubled
    offsets = struct.unpack_from(f">{many}H", font, offsets_at)
    for index, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        if start > end or start == 0xFFFF:
            continue
        if not offset:
            drawn = [point for point in range(start, end + 1) if (point + delta) & 0xFFFF]
        else:
            base = offsets_at + 2 * index + offset
            glyphs = struct.unpack_from(f">{end - start + 1}H", font, base)
            drawn = [start + place for place, glyph in enumerate(glyphs) if glyph]
        yield from _runs(drawn)


def _runs(points: list[int]) -> Iterator[Range]:
    if not points:
        return
    start = points[0]
    for before, after in pairwise(points):
        if after != before + 1:
            yield start, before
            start = after
    yield start, points[-1]
