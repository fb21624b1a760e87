"""A port's month of traffic as its page shows it: percentile with its rank, gaps, graph."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.queries import samples
from mayorista.apps.contracts.queries import traffic as room
from mayorista.rules import formats, periods
from mayorista.rules.errors import NotFound
from mayorista.rules.periods import Month
from mayorista.rules.traffic import figures, placing
from mayorista.rules.traffic.figures import DaySum, Gap, Ranked

HEIGHT, LEFT, WIDTH, FOOT = 200, 64, 744, 24
SHOWN_GAPS = 30


@dataclass(frozen=True, slots=True)
class Direction:
    """A direction's percentile in words, and how far down the sorted list it stands."""

    title: str
    mbps: str
    rank: int
    present: int
    discarded: int
    billed: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The curves as points of an SVG, one point an hour; a gap breaks a curve."""

    lines_in: tuple[str, ...]
    lines_out: tuple[str, ...]
    billed_y: int | None
    ticks: tuple[tuple[int, str], ...]
    days: tuple[tuple[int, int], ...]
    described: str


@dataclass(frozen=True, slots=True)
class PortPage:
    """A port's month."""

    month: Month
    circuit: str
    customer: str
    port: str
    ports: tuple[str, ...]
    directions: tuple[Direction, ...]
    billed: str
    expected: int
    present: int
    coverage: str
    covered: bool
    over: bool
    gaps: tuple[Gap, ...]
    gap_count: int
    days: tuple[tuple[dt.date, str, str, int], ...]
    graph: Graph


@dataclass(frozen=True, slots=True)
class TrafficPage:
    """The month's ports and the newest uploads."""

    month: Month
    rows: tuple[room.PortRow, ...]
    uploads: tuple[room.UploadRow, ...]
    text: str
    whole: int


def traffic_page(*, month: Month, text: str = "") -> TrafficPage:
    """Return the ports with samples in a month."""
    return TrafficPage(
        month,
        tuple(room.ports(month=month, text=text)),
        tuple(room.uploads()),
        text,
        month.days * 288,
    )


def finding_words(finding: dict[str, object]) -> str:
    """Return a finding in one line."""
    title = placing.FINDING_TITLES.get(str(finding["kind"]), str(finding["kind"]))
    return f"{finding['circuit']} {finding['port']}: {finding['times']} {title} ({finding['first']})"


def port_page(*, circuit: str, month: Month, at: dt.datetime, port: str = "") -> PortPage:
    """Return a port's month. Raises NotFound."""
    brief = contracts.service_brief(circuit_code=circuit)
    if brief is None:
        raise NotFound(_("No existe ese circuito."))
    packed = samples.packed_days(
        [brief.id], first=dt.date.fromordinal(month.first), after=dt.date.fromordinal(month.after)
    ).get(brief.id, {})
    ports = tuple(sorted(packed))
    chosen = (
        port
        if port in packed
        else brief.port
        if brief.port in packed
        else (ports[0] if ports else brief.port)
    )
    found = figures.port_month(packed.get(chosen, {}), month, upto=at)
    billed = found.billed
    return PortPage(
        month,
        brief.circuit_code,
        brief.customer_name,
        chosen,
        ports,
        tuple(
            _direction(title, each, billed)
            for title, each in ((_("Entrada"), found.inward), (_("Salida"), found.outward))
            if each is not None
        ),
        _mbps(billed),
        found.expected,
        found.present,
        f"{formats.number(Decimal(100 * found.present) / found.expected, 2)} %",
        found.covered,
        at >= month.ends_at,
        found.gaps[:SHOWN_GAPS],
        len(found.gaps),
        tuple(_day(each) for each in found.days),
        _graph(found, month),
    )


def _direction(title: str, each: Ranked, billed: int | None) -> Direction:
    return Direction(title, _mbps(each.bps), each.rank, each.present, each.discarded, each.bps == billed)


def _mbps(bps: int | None) -> str:
    return "—" if bps is None else f"{formats.number(Decimal(bps).scaleb(-6), 3)} Mbps"


def _day(each: DaySum) -> tuple[dt.date, str, str, int]:
    return each.on, _mbps(each.inward), _mbps(each.outward), each.present


def _graph(found: figures.PortMonth, month: Month) -> Graph:
    highest = max((value for value in (*found.points_in, *found.points_out) if value is not None), default=0)
    top = _round_up(max(highest, 1))
    hours = month.days * 24
    billed = found.billed
    described = _("Máximo por hora de %(m)s. Percentil 95 facturable: %(p)s. Muestras: %(n)d de %(e)d.") % {
        "m": month.words,
        "p": _mbps(billed),
        "n": found.present,
        "e": found.expected,
    }
    return Graph(
        _lines(found.points_in, top, hours),
        _lines(found.points_out, top, hours),
        None if billed is None else _y(billed, top),
        tuple((_y(top * part // 4, top), _short(top * part // 4)) for part in range(5)),
        tuple((LEFT + WIDTH * (number - 1) // month.days, number) for number in range(1, month.days + 1, 5)),
        described,
    )


def _lines(points: tuple[int | None, ...], top: int, hours: int) -> tuple[str, ...]:
    found: list[str] = []
    line: list[str] = []
    for number, value in enumerate((*points, None)):
        if value is not None:
            line.append(f"{LEFT + WIDTH * number // hours},{_y(value, top)}")
        elif line:
            found.append(" ".join(line if len(line) > 1 else [line[0], line[0]]))
            line = []
    return tuple(found)


def _y(value: int, top: int) -> int:
    return HEIGHT - value * (HEIGHT - 10) // top


def _round_up(value: int) -> int:
    """The next 1, 2 or 5 times a power of ten."""
    power = int(f"1{'0' * (len(str(value)) - 1)}")
    return min(step * power for step in (1, 2, 5, 10) if step * power >= value)


def _short(bps: int) -> str:
    for size, unit in ((10**9, "Gbps"), (10**6, "Mbps"), (10**3, "kbps")):
        if bps >= size:
            return f"{formats.shortest(Decimal(bps) / size)} {unit}"
    return f"{bps} bps"


def this_month(at: dt.datetime) -> Month:
    """Return the month of La Paz in which an instant lies."""
    return periods.month_of(at)
