"""Charts as SVG text: they read on paper without colour, and say their figures in words to a screen reader.

On a screen colours are classes of the page's style sheet; `styled` carries a sheet of its own, for paper. Lines differ
by dash and mark as well, bars bear their figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 1000, 220
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 14, 30
NAME_SIGNS = 38


_STYLE = (
    "<style>text{font-family:Inter,'DejaVu Sans',sans-serif;font-size:13px;fill:#17212b}.grid{stroke:#d5dbe1}"
    ".limit{stroke:#a61b1b;stroke-dasharray:6 4}.line{fill:none;stroke-width:2.5}.s0{stroke:#0f3d66}"
    ".s1{stroke:#8a5a00}.line.s1{stroke-dasharray:7 4}.mark{fill:#fff;stroke-width:2.5}.bar{fill:#0f3d66;stroke:none}</style>"
)


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a value 0 to 100 for each label, None where there is none."""

    name: str
    values: Sequence[int | None]


def percent_lines(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    threshold: int | None = None,
    styled: bool = False,
) -> str:
    """Return lines over a scale of 0 to 100 %; gaps stay gaps. A threshold is a dashed line with its figure."""
    said = "; ".join(
        f"{each.name}: "
        + ", ".join(
            f"{label} {'sin valor' if value is None else f'{value} %'}"
            for label, value in zip(labels, each.values, strict=True)
        )
        for each in series
    )
    parts = [_opening(HEIGHT, title, said, styled=styled)]
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


def bars(
    rows: Sequence[tuple[str, int]], *, title: str, figures: Sequence[str] = (), styled: bool = False
) -> str:
    """Return horizontal bars with their figure at the end, the longest as wide as there is room.

    `figures` are the figures in words (a span, an amount) where the bare number would not do.
    """
    most = max((value for _name, value in rows), default=0) or 1
    shown = list(figures) or [f"{value}" for _name, value in rows]
    said = ", ".join(f"{name} {figure}" for (name, _value), figure in zip(rows, shown, strict=True))
    parts = [_opening(26 * len(rows) + 8, title, said, styled=styled)]
    for index, (name, value) in enumerate(rows):
        y = 4 + 26 * index
        width = 620 * value // most
        parts.append(
            _text(270, y + 15, name if len(name) <= NAME_SIGNS else name[: NAME_SIGNS - 1] + "…", "end")
            + f'<rect class="bar s0" x="280" y="{y}" width="{max(width, 1)}" height="20" rx="3"/>'
            + _text(286 + width, y + 15, shown[index], "start")
        )
    parts.append("</svg>")
    return "".join(parts)


def _opening(height: int, title: str, said: str, *, styled: bool) -> str:
    """The frame of a chart: its name, and its figures in words."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f"aria-label={quoteattr(title)}><title>{escape(title)}</title><desc>{escape(said)}</desc>"
        f"{_STYLE if styled else ''}"
    )


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
