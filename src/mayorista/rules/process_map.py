"""The procedure as a picture: a BPMN 2.0 file read, and drawn as SVG with what stands on each step.

The file is the one source: task ids are the step codes of `rules.procedure`, lanes the units of the written text. It
carries its own coordinates (BPMN DI), so any BPMN tool shows what we show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from mayorista.rules.errors import Invalid

_NS = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "w": "http://www.omg.org/spec/DD/20100524/DI",
}
KINDS = ("userTask", "exclusiveGateway", "startEvent", "endEvent")
LINE_CHARACTERS = 17


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the sheet, in the file's units."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        """Its centre."""
        return self.x + self.width // 2, self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Node:
    """A task (id: the step's code), gateway or event; `lane` is the id of the lane it lies in."""

    id: str
    kind: str
    name: str
    lane: str
    box: Box
    message: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow from node to node."""

    source: str
    target: str
    name: str
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A pool (a stage) or a lane (a unit)."""

    id: str
    name: str
    box: Box
    pool: bool


@dataclass(frozen=True, slots=True)
class ProcessMap:
    """The whole drawing."""

    id: str
    name: str
    bands: tuple[Band, ...]
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]

    @property
    def tasks(self) -> tuple[Node, ...]:
        """The steps of the procedure, in the file's order."""
        return tuple(node for node in self.nodes if node.kind == "userTask")


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands on a step now: open and overdue items, the median time it took, where a click leads."""

    open: int = 0
    overdue: int = 0
    median: str = ""
    url: str = ""


def read(text: str) -> ProcessMap:
    """Return the drawing that a BPMN file holds. Raises Invalid for what is none or refers to what it does not hold."""
    try:
        root = ET.fromstring(text)  # noqa: S314 -- a file of our own package
        boxes = {shape.get("bpmnElement"): _box(shape) for shape in root.iterfind(".//di:BPMNShape", _NS)}
        paths = {edge.get("bpmnElement"): _points(edge) for edge in root.iterfind(".//di:BPMNEdge", _NS)}
        lanes = {
            (ref.text or "").strip(): lane.attrib["id"]
            for lane in root.iterfind(".//b:lane", _NS)
            for ref in lane.iterfind("b:flowNodeRef", _NS)
        }
        bands = [
            Band(
                each.attrib["id"],
                each.attrib["name"],
                boxes[each.get("id")],
                each.tag.endswith("participant"),
            )
            for path in ("b:participant", "b:lane")
            for each in root.iterfind(f".//{path}", _NS)
        ]
        nodes = [
            Node(
                each.attrib["id"],
                kind,
                each.attrib["name"],
                lanes[each.attrib["id"]],
                boxes[each.get("id")],
                message=each.find("b:messageEventDefinition", _NS) is not None,
            )
            for process in root.iterfind("b:process", _NS)
            for each in process
            if (kind := each.tag.partition("}")[2]) in KINDS
        ]
        flows = [
            Flow(
                each.attrib["sourceRef"],
                each.attrib["targetRef"],
                each.get("name", ""),
                paths[each.get("id")],
            )
            for each in root.iterfind(".//b:sequenceFlow", _NS)
        ]
    except (ET.ParseError, KeyError, ValueError) as error:
        raise Invalid(f"El archivo BPMN no se entiende: {error}.", field="file") from error
    known = {node.id for node in nodes}
    for flow in flows:
        if not {flow.source, flow.target} <= known:
            raise Invalid(f"La flecha {flow.source} → {flow.target} no llega a nada.", field="file")
    return ProcessMap(root.get("id", ""), root.get("name", ""), tuple(bands), tuple(nodes), tuple(flows))


def _box(shape: ET.Element) -> Box:
    bounds = shape.find("dc:Bounds", _NS)
    if bounds is None:
        raise ValueError(shape.get("id"))
    return Box(*(int(bounds.attrib[key]) for key in ("x", "y", "width", "height")))


def _points(edge: ET.Element) -> tuple[tuple[int, int], ...]:
    return tuple(
        (int(point.attrib["x"]), int(point.attrib["y"])) for point in edge.iterfind("w:waypoint", _NS)
    )


STYLE = """
.pm{font-family:Inter,"Helvetica Neue",Arial,sans-serif;font-size:13px;--line:#51606f;--ink:#17212b;--paper:#fff;--band:#f2f5f8;
--box:#fff;--hot:#b3261e;--calm:#0b5cab}
.pm .band{fill:var(--paper);stroke:var(--line)}.pm .pool{fill:var(--band);stroke:var(--line)}
.pm .box{fill:var(--box);stroke:var(--line);stroke-width:1.5}.pm .late .box{stroke:var(--hot);stroke-width:2.5}
.pm text{fill:var(--ink)}.pm .code{font-weight:700}.pm .flow{fill:none;stroke:var(--line);stroke-width:1.5}
.pm .head{fill:var(--line)}.pm .end{stroke-width:3.5}.pm .pm-count{fill:var(--calm)}.pm .late .pm-count{fill:var(--hot)}
.pm .pm-count-text{fill:#fff;font-weight:700;font-size:12px}.pm .small{font-size:11.5px}.pm a:hover .box{stroke-width:3}
"""
DARK = "{.pm{--line:#93a4b5;--ink:#e8eef4;--paper:#10181f;--band:#1a2530;--box:#16202a;--hot:#ff8a80;--calm:#2f7fd1}}"


_LIGHT = dict(re.findall(r"(--\w+):([^;}]+)", STYLE))


def _printed(style: str) -> str:
    """The style with each colour in its place: what draws paper knows no variables."""
    return re.sub(r"var\((--\w+)\)", lambda found: _LIGHT[found[1]], style)


def stage(drawing: ProcessMap, pool_id: str) -> ProcessMap:
    """Return one stage alone. Raises Invalid for a pool that is none."""
    pool = next((band for band in drawing.bands if band.pool and band.id == pool_id), None)
    if pool is None:
        raise Invalid(f"«{pool_id}» no es una etapa del diagrama.", field="pool")
    nodes = tuple(node for node in drawing.nodes if _lies_in(node.box, pool.box))
    known = {node.id for node in nodes}
    return ProcessMap(
        drawing.id,
        pool.name,
        tuple(band for band in drawing.bands if _lies_in(band.box, pool.box)),
        nodes,
        tuple(flow for flow in drawing.flows if flow.source in known),
    )


def _lies_in(inner: Box, outer: Box) -> bool:
    x, y = inner.middle
    return outer.x <= x <= outer.x + outer.width and outer.y <= y <= outer.y + outer.height


def svg(
    drawing: ProcessMap,
    marks: Mapping[str, Mark] | None = None,
    *,
    styled: bool = True,
    printed: bool = False,
) -> str:
    """Return the drawing as SVG, with marks by step code; the same drawing and marks give the same text.

    `styled` puts the colours in (a file that stands alone, light and dark); without, the page's style sheet has them.
    `printed` puts them in for paper.
    """
    left, top = min(band.box.x for band in drawing.bands), min(band.box.y for band in drawing.bands)
    right = max(band.box.x + band.box.width for band in drawing.bands) - left
    bottom = max(band.box.y + band.box.height for band in drawing.bands) - top
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="pm" viewBox="{left - 1} {top - 1} {right + 2} {bottom + 2}" '
            f'role="{"group" if any(mark.url for mark in (marks or {}).values()) else "img"}" '
            f"aria-label={quoteattr(drawing.name)}>"
        )
    ]
    if printed:
        parts.append(f"<style>{_printed(STYLE)}</style>")
    elif styled:
        parts.append(f"<style>{STYLE}@media (prefers-color-scheme:dark){DARK}</style>")
    parts.extend(_band(band) for band in drawing.bands)
    parts.extend(_flow(flow) for flow in drawing.flows)
    parts.extend(_node(node, (marks or {}).get(node.id)) for node in drawing.nodes)
    parts.append("</svg>")
    return "\n".join(parts)


def _text(x: int, y: int, text: str, css: str = "", anchor: str = "middle") -> str:
    return f'<text class="{css}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _band(band: Band) -> str:
    """A pool or lane with its name up its left side."""
    box = band.box
    middle = box.y + box.height // 2
    lines = wrap(band.name, max(8, box.height * 2 // 13)) if not band.pool else [band.name]
    across = box.x + (19 if band.pool else 32 - 7 * (len(lines) - 1))
    words = "".join(
        f'<text class="{"code" if band.pool else "small"}" text-anchor="middle" '
        f'transform="translate({across + 14 * index} {middle}) rotate(-90)">{escape(line)}</text>'
        for index, line in enumerate(lines)
    )
    css = "pool" if band.pool else "band"
    return f'<rect class="{css}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/>{words}'


def _flow(flow: Flow) -> str:
    points = " ".join(f"{x},{y}" for x, y in flow.points)
    (px, py), (x, y) = flow.points[-2:]
    dx, dy = (x > px) - (x < px), (y > py) - (y < py)
    head = f"{x},{y} {x - 9 * dx - 5 * dy},{y - 9 * dy - 5 * dx} {x - 9 * dx + 5 * dy},{y - 9 * dy + 5 * dx}"
    drawn = f'<polyline class="flow" points="{points}"/><polygon class="head" points="{head}"/>'
    if not flow.name:
        return drawn
    (ax, ay), (bx, by) = max(
        zip(flow.points, flow.points[1:], strict=False), key=lambda leg: abs(leg[0][0] - leg[1][0])
    )
    return drawn + _text((ax + bx) // 2, (ay + by) // 2 - 6, flow.name, "small")


def _node(node: Node, mark: Mark | None) -> str:
    x, y = node.box.middle
    if node.kind == "userTask":
        return _task(node, mark)
    if node.kind == "exclusiveGateway":
        half = node.box.width // 2
        shape = (
            f'<polygon class="box" points="{x},{y - half} {x + half},{y} {x},{y + half} '
            f'{x - half},{y}"/>' + _text(x, y + 5, "×", "code")
        )
        return shape + "".join(
            _text(x + half + 4, y + 16 + 14 * index, line, "small", "start")
            for index, line in enumerate(wrap(node.name, LINE_CHARACTERS))
        )
    ring = f'<circle class="box {"end" if node.kind == "endEvent" else ""}" cx="{x}" cy="{y}" r="{node.box.width // 2}"/>'
    if node.message:
        ring += f'<path class="flow" d="M{x - 9} {y - 6}h18v12h-18zl9 7 9-7"/>'
    return ring + "".join(
        _text(x, y + node.box.height // 2 + 14 + 13 * index, line, "small")
        for index, line in enumerate(wrap(node.name, LINE_CHARACTERS))
    )


def _task(node: Node, mark: Mark | None) -> str:
    box = node.box
    x, y = node.box.middle
    lines = wrap(node.name, LINE_CHARACTERS)
    late = mark is not None and mark.overdue > 0
    drawn = [
        f'<rect class="box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="9"/>',
        _text(x, y - 7 * len(lines), node.id, "code"),
        *(_text(x, y - 7 * len(lines) + 18 + 15 * index, line) for index, line in enumerate(lines)),
    ]
    if mark is not None:
        if mark.open:
            count = f"{mark.open}" + (f" · {mark.overdue} vencidas" if mark.overdue else "")
            width = 14 + 7 * len(count)
            drawn.append(
                f'<rect class="pm-count" x="{box.x + box.width - width + 8}" y="{box.y - 12}" width="{width}" '
                f'height="22" rx="11"/>'
                + _text(box.x + box.width + 8 - width // 2, box.y + 3, count, "pm-count-text")
            )
        if mark.median:
            drawn.append(_text(x, box.y + box.height - 8, f"mediana {mark.median}", "small"))
    inside = "".join(drawn)
    group = f'<g class="{"late" if late else ""}">{inside}</g>'
    if mark is None or not mark.url:
        return group
    said = f"{node.id} {node.name}: {mark.open} abiertas, {mark.overdue} vencidas"
    return f"<a href={quoteattr(mark.url)}><title>{escape(said)}</title>{group}</a>"
