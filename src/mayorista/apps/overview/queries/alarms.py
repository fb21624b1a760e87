"""The alarms as people see them: what fires and what came of it, what names nothing, what nobody understood, who is silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Resource, Service
from mayorista.apps.faults.models import OutageInterval
from mayorista.apps.monitoring.models import (
    Alarm,
    AlarmPost,
    AlarmSource,
    Occurrence,
    Outcome,
    Quarantine,
    SourceKind,
    Verdict,
)
from mayorista.apps.overview.queries import customers, paging
from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules.alarms import naming
from mayorista.rules.alarms.values import SEVERITY_TITLES, Severity
from mayorista.rules.errors import NotFound

PLACES = (
    "instance",
    "device",
    "host",
    "interface",
    "ifName",
    "peer",
    "neighbor",
    "circuit",
    "service",
    "upstream",
    "element",
)


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One occurrence of an alarm and what was made of it."""

    id: int
    alarm_id: int
    name: str
    place: str
    summary: str
    severity: str
    severity_title: str
    source: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    last_seen_at: dt.datetime
    repeats: int
    outcome: str
    outcome_title: str
    case_number: str
    muted_by: str
    error: str
    ignored: str


@dataclass(frozen=True, slots=True)
class AlarmsPage:
    """A page of alarms with the counts of the tabs."""

    rows: tuple[AlarmRow, ...]
    pages: paging.Pages
    counts: Mapping[str, int]
    silent: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source and whether it speaks."""

    id: int
    code: str
    name: str
    active: bool
    last_at: dt.datetime | None
    silence_after_seconds: int | None
    silent: bool
    posts_today: int
    has_token: bool
    own: bool


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """Something that a source posted and nobody understood."""

    id: int
    source: str
    at: dt.datetime
    reason: str
    excerpt: str
    position: int | None
    reviewed_at: dt.datetime | None
    reviewed_by: str
    note: str


def place(labels: Mapping[str, str]) -> str:
    """Where an alarm is, from its labels."""
    return " · ".join(str(labels[key]) for key in PLACES if labels.get(key))


def counts(at: dt.datetime) -> dict[str, int]:
    """Return the counts of the tabs; three reads."""
    firing = Occurrence.objects.filter(ends_at=None, fired=True)
    open_now = firing.aggregate(
        firing=Count("pk"),
        unknown=Count(
            "pk",
            filter=Q(alarm__ignored_at=None)
            & Q(pk__in=Verdict.objects.filter(outcome=Outcome.UNKNOWN).values("pk")),
        ),
    )
    return {
        "firing": open_now["firing"],
        "unknown": open_now["unknown"],
        "quarantine": Quarantine.objects.filter(reviewed_at=None).count(),
        "aside": Verdict.objects.filter(outcome=Outcome.SET_ASIDE, occurrence__ends_at=None).count(),
        "silent": sum(1 for row in sources(at=at) if row.silent),
    }


def sources(*, at: dt.datetime) -> tuple[SourceRow, ...]:
    """Return the sources with when they last spoke; two reads."""
    latest = (
        AlarmPost.objects.filter(source_id=OuterRef("pk")).order_by("-received_at").values("received_at")[:1]
    )
    rows = AlarmSource.objects.annotate(last_at=Subquery(latest)).order_by("code")
    today = dict(
        AlarmPost.objects.filter(received_at__gte=at - dt.timedelta(days=1))
        .values_list("source_id")
        .annotate(count=Count("pk"))
        .order_by()
    )
    found = []
    for row in rows:
        since = row.last_at or row.created_at
        silent = bool(
            row.active
            and row.silence_after_seconds
            and (at - since).total_seconds() > row.silence_after_seconds
        )
        found.append(
            SourceRow(
                row.pk,
                row.code,
                row.name,
                row.active,
                row.last_at,
                row.silence_after_seconds,
                silent,
                today.get(row.pk, 0),
                bool(row.token_hash),
                row.kind == SourceKind.INTERNAL,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A source as its form shows it; `silence_minutes` may have half minutes."""

    id: int
    code: str
    version: int
    values: Mapping[str, object]
    token_rotated_at: dt.datetime | None
    entries: tuple[customers.EntryRow, ...]


def source_page(*, source_id: int) -> SourcePage:
    """Return a source and what was done with it; two reads. Raises NotFound, also for the house's own."""
    row = AlarmSource.objects.filter(pk=source_id).exclude(kind=SourceKind.INTERNAL).first()
    if row is None:
        raise NotFound(_("No existe esa fuente de alarmas."))
    seconds = row.silence_after_seconds
    lines = JournalEntry.objects.filter(dossier__number="FIJO-ALARMS", payload__source=row.code)
    return SourcePage(
        row.pk,
        row.code,
        row.version,
        {
            "name": row.name,
            "silence_minutes": None
            if seconds is None
            else (Decimal(seconds) / 60).quantize(Decimal("0.01")).normalize(),
            "severity_threshold": row.severity_threshold,
            "severity_words": "\n".join(
                f"{word} = {SEVERITY_TITLES[Severity(severity)]}"
                for word, severity in sorted(row.severity_words.items())
            ),
            "active": row.active,
        },
        row.token_rotated_at,
        tuple(
            customers.EntryRow(line.at, line.user.full_name if line.user else line.job, line.text, line.step)
            for line in lines.select_related("user").order_by("-at", "-id")[:20]
        ),
    )


def _asked(show: str, text: str, source: str) -> QuerySet[Occurrence]:
    rows = Occurrence.objects.filter(fired=True)
    if show == "activas":
        rows = rows.filter(ends_at=None)
    elif show == "silenciadas":
        rows = rows.filter(pk__in=Verdict.objects.filter(outcome=Outcome.MUTED).values("pk"))
    elif show == "apartadas":
        rows = rows.filter(pk__in=Verdict.objects.filter(outcome=Outcome.SET_ASIDE).values("pk"))
    elif show == "sin-servicio":
        rows = rows.filter(
            ends_at=None,
            alarm__ignored_at=None,
            pk__in=Verdict.objects.filter(outcome=Outcome.UNKNOWN).values("pk"),
        )
    elif show == "ignoradas":
        rows = rows.filter(alarm__ignored_at__isnull=False)
    if source:
        rows = rows.filter(alarm__source__code=source)
    if text:
        rows = rows.filter(Q(alarm__labels__icontains=text) | Q(alarm__annotations__icontains=text))
    return rows


def alarms(
    *, at: dt.datetime, show: str = "activas", text: str = "", source: str = "", page: int = 1
) -> AlarmsPage:
    """Return a page of occurrences, newest first. `show`: activas, todas, silenciadas, apartadas, sin-servicio, ignoradas."""
    rows = _asked(show, text, source)
    pages = paging.pages_of(rows.count(), page)
    first = (pages.number - 1) * paging.PAGE_SIZE
    found = list(
        rows.select_related("alarm__source").order_by("-starts_at", "-pk")[first : first + paging.PAGE_SIZE]
    )
    silent = tuple(row for row in sources(at=at) if row.silent)
    return AlarmsPage(_rows(found), pages, counts(at), silent)


_VERDICTS = Prepared(
    lambda ids: Verdict.objects.filter(pk__any=ids).select_related("maintenance", "suspension")
)
_CASES: Prepared[Any] = Prepared(
    lambda ids: (
        OutageInterval.objects.filter(occurrence_id__any=ids)
        .values_list("occurrence_id")
        .annotate(number=Max("outage__case__dossier__number"))
        .order_by()
    )
)


def _outcome(alarm: Alarm, verdict: Verdict | None) -> str:
    """What came of it; an alarm of the house itself is correlated with nothing: it is a task of the tray."""
    if verdict:
        return str(verdict.get_outcome_display())
    return _("tarea del NOC") if alarm.source.kind == SourceKind.INTERNAL else _("por correlacionar")


def _rows(found: Sequence[Occurrence]) -> tuple[AlarmRow, ...]:
    ids = [row.pk for row in found]
    verdicts = {row.pk: row for row in _VERDICTS(ids)}
    cases = dict(_CASES(ids))
    rows = []
    for row in found:
        alarm, verdict = row.alarm, verdicts.get(row.pk)
        muted = ""
        if verdict and verdict.maintenance:
            muted = _("mantenimiento %(number)s") % {"number": verdict.maintenance.number}
        elif verdict and verdict.suspension:
            muted = _("servicio suspendido")
        rows.append(
            AlarmRow(
                id=row.pk,
                alarm_id=alarm.pk,
                name=str(alarm.labels.get("alertname", alarm.fingerprint[:12])),
                place=place(alarm.labels),
                summary=str(alarm.annotations.get("summary") or alarm.annotations.get("description") or ""),
                severity=alarm.severity,
                severity_title=alarm.get_severity_display(),
                source=alarm.source.name,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                last_seen_at=row.last_seen_at,
                repeats=row.repeats,
                outcome=verdict.outcome if verdict else "",
                outcome_title=_outcome(alarm, verdict),
                case_number=cases.get(row.pk, ""),
                muted_by=muted,
                error=verdict.error if verdict else "",
                ignored=alarm.ignore_reason,
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Label:
    """A label of an alarm; `telling` when it identifies something."""

    name: str
    value: str
    telling: bool


@dataclass(frozen=True, slots=True)
class LinkPage:
    """An alarm to be linked with a service or an element."""

    alarm_id: int
    name: str
    source: str
    labels: tuple[Label, ...]
    annotations: tuple[tuple[str, str], ...]
    firing_since: dt.datetime | None
    alike: int
    services: tuple[tuple[int, str], ...]
    resources: tuple[tuple[int, str], ...]
    ignored: str


def link_page(*, alarm_id: int) -> LinkPage:
    """Return an alarm with its labels and what it can be linked to. Raises NotFound."""
    alarm = Alarm.objects.select_related("source").filter(pk=alarm_id).first()
    if alarm is None:
        raise NotFound(_("No existe esa alarma."))
    telling = set(naming.identifying(alarm.labels))
    since = Occurrence.objects.filter(alarm=alarm, ends_at=None).values_list("starts_at", flat=True).first()
    alike = (
        Alarm.objects.filter(
            source=alarm.source, labels__contains={name: alarm.labels[name] for name in telling}
        ).count()
        if telling
        else 1
    )
    return LinkPage(
        alarm.pk,
        str(alarm.labels.get("alertname", alarm.fingerprint)),
        alarm.source.name,
        tuple(
            Label(name, str(value), name in telling)
            for name, value in sorted(
                alarm.labels.items(), key=lambda each: (each[0] not in telling, each[0])
            )
        ),
        tuple(sorted(alarm.annotations.items())),
        since,
        alike,
        tuple(
            (pk, f"{code} · {name}")
            for pk, code, name in Service.objects.filter(status="ACTIVE")
            .order_by("customer__sort_key", "circuit_code")
            .values_list("pk", "circuit_code", "customer__name")
        ),
        tuple(
            (pk, f"{code} · {name}")
            for pk, code, name in Resource.objects.filter(active=True)
            .order_by("code")
            .values_list("pk", "code", "name")
        ),
        alarm.ignore_reason,
    )


def quarantine(*, reviewed: bool = False, page: int = 1) -> paging.Listed[QuarantineRow]:
    """Return what was put into quarantine, newest first."""
    rows = (
        Quarantine.objects.filter(reviewed_at__isnull=not reviewed)
        .select_related("source", "reviewed_by")
        .order_by("-at", "-pk")
    )
    pages = paging.pages_of(rows.count(), page)
    first = (pages.number - 1) * paging.PAGE_SIZE
    return paging.listed(
        [
            QuarantineRow(
                row.pk,
                row.source.name,
                row.at,
                row.reason,
                row.excerpt,
                row.position,
                row.reviewed_at,
                row.reviewed_by.full_name if row.reviewed_by else "",
                row.review_note,
            )
            for row in rows[first : first + paging.PAGE_SIZE]
        ],
        pages,
    )
