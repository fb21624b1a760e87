"""The speed of circuits over time, laid out for drawing: each period a bar of its length and height."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from mayorista.apps.contracts.models import BandwidthPeriod

WIDTH, HEIGHT, LEAST = 1000, 60, 6
SHOWN_DAYS = 400


@dataclass(frozen=True, slots=True)
class Bar:
    """A speed on the days [starts, ends) and where its bar stands in a drawing of WIDTH × HEIGHT."""

    starts: dt.date
    ends: dt.date | None
    kbps: int
    number: str
    x: int
    y: int
    width: int
    height: int
    now: bool


@dataclass(frozen=True, slots=True)
class SpeedLine:
    """The bars of a circuit from `since` to `until`, and where today lies."""

    bars: tuple[Bar, ...]
    since: dt.date | None
    until: dt.date | None
    today_x: int


def lines(service_ids: Iterable[int], *, today: dt.date) -> dict[int, SpeedLine]:
    """Return the line of each circuit over the last year and what is to come, in one read."""
    rows = (
        BandwidthPeriod.objects.filter(service_id__in=set(service_ids))
        .exclude(ends_date__lte=today - dt.timedelta(days=SHOWN_DAYS))
        .select_related("change__dossier")
        .order_by("service_id", "starts_date")
    )
    found: dict[int, list[BandwidthPeriod]] = {}
    for row in rows:
        found.setdefault(row.service_id, []).append(row)
    return {service_id: _line(periods, today) for service_id, periods in found.items()}


def _line(rows: list[BandwidthPeriod], today: dt.date) -> SpeedLine:
    earliest = today - dt.timedelta(days=SHOWN_DAYS)
    since = max(rows[0].starts_date, earliest)
    to_come = [day for row in rows for day in (row.starts_date, row.ends_date) if day]
    until = max([today + dt.timedelta(days=30), *(day + dt.timedelta(days=15) for day in to_come)])
    days, top = max(1, (until - since).days), max(row.kbps for row in rows)

    def at(day: dt.date) -> int:
        return max(0, min(WIDTH, (day - since).days * WIDTH // days))

    bars = []
    for row in rows:
        left, right = at(row.starts_date), at(row.ends_date) if row.ends_date else WIDTH
        height = max(LEAST, row.kbps * HEIGHT // top)
        bars.append(
            Bar(
                starts=row.starts_date,
                ends=row.ends_date,
                kbps=row.kbps,
                number=row.change.dossier.number if row.change else "",
                x=left,
                y=HEIGHT - height,
                width=max(2, right - left - 2),
                height=height,
                now=row.starts_date <= today and (row.ends_date is None or today < row.ends_date),
            )
        )
    return SpeedLine(tuple(bars), since, until, at(today))
