"""Traffic as its screens ask for it: sources, uploads, the ports that have samples in a month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Sum

from mayorista.apps.contracts.models import TrafficDay, TrafficSource, TrafficUpload
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A system that posts samples."""

    id: int
    code: str
    name: str
    zone: str
    counter_bits: int
    active: bool
    last_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PortRow:
    """A port with samples in a month: the days with any, and how many samples."""

    circuit: str
    customer: str
    port: str
    days: int
    present: int
    last_at: dt.datetime


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An intake of samples."""

    at: dt.datetime
    who: str
    name: str
    rows: int
    new: int
    same: int
    replaced: int
    findings: tuple[dict[str, object], ...]


def sources() -> list[SourceRow]:
    """Return the sources with when each last posted."""
    last = dict(
        TrafficUpload.objects.exclude(source=None)
        .values("source_id")
        .annotate(last=Max("at"))
        .values_list("source_id", "last")
    )
    return [
        SourceRow(row.pk, row.code, row.name, row.zone, row.counter_bits, row.active, last.get(row.pk))
        for row in TrafficSource.objects.order_by("code")
    ]


def ports(*, month: Month, text: str = "", limit: int = 500) -> list[PortRow]:
    """Return the ports that have samples in a month."""
    rows = TrafficDay.objects.filter(
        on__gte=dt.date.fromordinal(month.first), on__lt=dt.date.fromordinal(month.after), present__gt=0
    )
    if text:
        rows = rows.filter(service__circuit_code__icontains=text)
    grouped = (
        rows.values("service__circuit_code", "service__customer__name", "port")
        .annotate(days=Count("id"), present=Sum("present"), last=Max("received_at"))
        .order_by("service__circuit_code", "port")[:limit]
    )
    return [
        PortRow(
            each["service__circuit_code"],
            each["service__customer__name"],
            each["port"],
            each["days"],
            each["present"],
            each["last"],
        )
        for each in grouped
    ]


def uploads(*, limit: int = 20) -> list[UploadRow]:
    """Return the newest uploads of people, and those of sources in which something was odd."""
    rows = TrafficUpload.objects.select_related("source", "author").order_by("-at", "-id")
    return [
        UploadRow(
            row.at,
            row.author.full_name if row.author else row.source.name if row.source else "",
            row.name,
            row.rows,
            row.new,
            row.same,
            row.replaced,
            tuple(row.findings),
        )
        for row in rows[:limit]
    ]
