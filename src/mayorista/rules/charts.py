"""Charts as SVG text: they read on paper without colour, and the table beside them reads to a screen reader.

Colours are classes of the page's style sheet; lines differ by dash and mark as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 1000, 220
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 14, 30


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a value 0 to 100 for each label, None where there is none."""

    name: str
    values: Sequence[int | None]


def percent_lines(
    labels: Sequence[str], series: Sequence[Series], *, title: str, threshold: int | None = None
) -> str:
    """Return lines over a scale of 0 to 100 %; gaps stay gaps. A threshold is a dashed line with its figure."""
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f"aria-label={quoteattr(title)}>"
        )
    ]
    for value in (0, 50, 100):
        y = _y(value)
        parts.append(
            f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
            + _text(LEFT - 8, y + 4, f"{value} %", "end")
        )
    if threshold is not None:
        y = _y(threshold)
        parts.append(
            f'<line class="limit" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
            + _text(LEFT - 8, y + 4, f"{threshold} %", "end")
        )
    step = max(1, -(-len(labels) // 12))
    parts.extend(
        _text(_x(index, len(labels)), HEIGHT - 8, label)
        for index, label in enumerate(labels)
        if index % step == 0
    )
    for place, each in enumerate(series):
        parts.append(_line(place, each))
    parts.append("</svg>")
    return "".join(parts)


def bars(rows: Sequence[tuple[str, int]], *, title: str) -> str:
    """Return horizontal bars with their figure at the end, the longest as wide as there is room."""
    most = max((value for _name, value in rows), default=0) or 1
    height = 26 * len(rows) + 8
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
            f"aria-label={quoteattr(title)}>"
        )
    ]
    for index, (name, value) in enumerate(rows):
        y = 4 + 26 * index
        width = 620 * value // most
        parts.append(
            _text(270, y + 15, name[:38], "end")
            + f'<rect class="bar s0" x="280" y="{y}" width="{max(width, 1)}" height="20" rx="3"/>'
            + _text(286 + width, y + 15, f"{value}", "start")
        )
    parts.append("</svg>")
    return "".join(parts)


def _line(place: int, series: Series) -> str:
    """A path broken at gaps, with a mark on each value: lone months are seen as well."""
    count, path, marks, pen = len(series.values), [], [], False
    for index, value in enumerate(series.values):
        if value is None:
            pen = False
            continue
        x, y = _x(index, count), _y(value)
        path.append(f"{'L' if pen else 'M'}{x} {y}")
        marks.append(
            f'<circle class="mark s{place}" cx="{x}" cy="{y}" r="4"/>'
            if place % 2 == 0
            else f'<rect class="mark s{place}" x="{x - 4}" y="{y - 4}" width="8" height="8"/>'
        )
        pen = True
    return (
        f'<path class="line s{place}" d="{" ".join(path)}"><title>{escape(series.name)}</title></path>'
        + "".join(marks)
    )


def _x(index: int, count: int) -> int:
    return LEFT + 18 + (WIDTH - LEFT - RIGHT - 36) * index // max(count - 1, 1)


def _y(value: int) -> int:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value // 100


def _text(x: int, y: int, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
