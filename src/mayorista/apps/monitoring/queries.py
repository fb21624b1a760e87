"""What can be asked of alarms: pages as frozen values, at most a few reads each."""

from __future__ import annotations

import datetime as dt
import gzip
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.monitoring import muting
from mayorista.apps.monitoring.models import (
    Alarm,
    AlarmPost,
    AlarmSource,
    MaintenanceTarget,
    MaintenanceWindow,
    Occurrence,
    Outcome,
    Quarantine,
    SourceKind,
    Verdict,
)
from mayorista.rules import interruptions
from mayorista.rules.alarms import naming
from mayorista.rules.alarms.values import SEVERITY_TITLES, Severity
from mayorista.rules.errors import NotFound

FILTERS = ("OPEN", "UNKNOWN", "MUTED", "SET_ASIDE", "BELOW", "IGNORED", "ALL")
MOST_SHOWN_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as the administration sees it; `silent_since` is set while it says less than it should."""

    id: int
    code: str
    name: str
    active: bool
    last_post_at: dt.datetime | None
    silence_after_seconds: int | None
    silent_since: dt.datetime | None
    severity_threshold: str
    severity_words: Mapping[str, str]
    token_rotated_at: dt.datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One occurrence of an alarm in a list, with what was made of it."""

    occurrence_id: int
    alarm_id: int
    source: str
    name: str
    summary: str
    severity: str
    severity_title: str
    labels: Mapping[str, str]
    identifying: Mapping[str, str]
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    last_seen_at: dt.datetime
    repeats: int
    outcome: str
    outcome_title: str
    circuits: tuple[str, ...]
    elements: tuple[str, ...]
    maintenance: str
    error: str
    ignored: bool
    ignore_reason: str
    link: str


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """A list of alarms under one filter, how many each filter holds, and whether there is more."""

    rows: tuple[AlarmRow, ...]
    chosen: str
    counts: Mapping[str, int]
    quarantined: int
    page: int
    more: bool


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A post, or one alarm of it, that could not be understood."""

    id: int
    source: str
    at: dt.datetime
    reason: str
    position: int | None
    excerpt: str
    post_id: int
    size: int
    reviewed_at: dt.datetime | None
    reviewed_by: str
    review_note: str


@dataclass(frozen=True, slots=True)
class RawPost:
    """A body as it came, as text (shortened when long); `text` is "" when it was dropped by age or size."""

    id: int
    source: str
    received_at: dt.datetime
    size: int
    sha256: str
    text: str
    shortened: bool


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A maintenance window with what it covers and where it stands."""

    id: int
    number: str
    dossier_id: int
    title: str
    description: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: str
    state_title: str
    tell_customers: bool
    cancel_reason: str
    elements: tuple[str, ...]
    circuits: tuple[str, ...]
    customers: tuple[str, ...]
    muted_now: int
    version: int


def counts() -> dict[str, int]:
    """How many rows there are of what posts leave."""
    return {
        "posts": AlarmPost.objects.count(),
        "alarms": Alarm.objects.count(),
        "occurrences": Occurrence.objects.count(),
        "open": Occurrence.objects.filter(ends_at=None).count(),
        "quarantine": Quarantine.objects.count(),
    }


def sources() -> list[SourceRow]:
    """All sources that post, by code."""
    last = AlarmPost.objects.filter(source=OuterRef("pk")).order_by("-received_at").values("received_at")[:1]
    silent = dict(
        Occurrence.objects.filter(alarm__source__kind=SourceKind.INTERNAL, ends_at=None).values_list(
            "alarm__labels__source", "starts_at"
        )
    )
    rows = (
        AlarmSource.objects.exclude(kind=SourceKind.INTERNAL).annotate(last=Subquery(last)).order_by("code")
    )
    return [
        SourceRow(
            row.pk,
            row.code,
            row.name,
            row.active,
            row.last,
            row.silence_after_seconds,
            silent.get(row.code),
            row.severity_threshold,
            row.severity_words,
            row.token_rotated_at,
            row.version,
        )
        for row in rows
    ]


def source(*, source_id: int) -> SourceRow:
    """One source. Raises NotFound."""
    found = next((row for row in sources() if row.id == source_id), None)
    if found is None:
        raise NotFound(_("No existe esa fuente de alarmas."))
    return found


def alarm_page(*, chosen: str = "OPEN", text: str = "", page: int = 1, size: int = 50) -> AlarmPage:
    """Alarms under one of `FILTERS`, newest first; `text` narrows to labels that contain it."""
    wanted = chosen if chosen in FILTERS else "OPEN"
    rows = _filtered(Occurrence.objects.all(), wanted)
    if text.strip():
        rows = rows.filter(Q(alarm__fingerprint=text.strip()) | Q(alarm__labels__icontains=text.strip()))
    first = (max(page, 1) - 1) * size
    ids = list(rows.order_by("-starts_at", "-id").values_list("id", flat=True)[first : first + size + 1])
    return AlarmPage(
        tuple(alarm_rows(ids[:size])),
        wanted,
        _filter_counts(),
        open_quarantine(),
        max(page, 1),
        len(ids) > size,
    )


def alarm_rows(occurrence_ids: Sequence[int]) -> list[AlarmRow]:
    """The rows of these occurrences, in the order given (a case page asks by the ids of its intervals)."""
    found = {
        row.pk: row
        for row in Occurrence.objects.filter(id__in=occurrence_ids).select_related("alarm", "alarm__source")
    }
    verdicts = {
        verdict.occurrence_id: verdict
        for verdict in Verdict.objects.filter(occurrence_id__in=found).select_related("maintenance")
    }
    services = {each for verdict in verdicts.values() for each in verdict.service_ids[:5]}
    codes = (
        {brief.id: brief.circuit_code for brief in contract_queries.service_briefs(services)}
        if services
        else {}
    )
    resources = {each for verdict in verdicts.values() for each in verdict.resource_ids}
    names = contract_queries.resource_names(resources) if resources else {}
    return [_row(found[each], verdicts.get(each), codes, names) for each in occurrence_ids if each in found]


def alarm(*, alarm_id: int) -> AlarmRow:
    """The newest occurrence of an alarm. Raises NotFound."""
    newest = (
        Occurrence.objects.filter(alarm_id=alarm_id)
        .order_by("-starts_at")
        .values_list("id", flat=True)
        .first()
    )
    if newest is None:
        raise NotFound(_("No existe esa alarma."))
    return alarm_rows([newest])[0]


def own_alarms() -> list[str]:
    """What Mayorista itself raised an alarm about and goes on (silent sources), in words. One read."""
    going_on = Occurrence.objects.filter(alarm__source__kind=SourceKind.INTERNAL, ends_at=None)
    return list(going_on.order_by("starts_at").values_list("alarm__annotations__summary", flat=True))


def open_unknown() -> int:
    """How many alarms fire now that name nothing known."""
    return _filtered(Occurrence.objects.all(), "UNKNOWN").count()


def open_quarantine() -> int:
    """How many posts or alarms wait to be looked at."""
    return Quarantine.objects.filter(reviewed_at=None).count()


def quarantine(*, reviewed: bool = False, limit: int = 200) -> list[QuarantineRow]:
    """What could not be understood, newest first."""
    rows = Quarantine.objects.select_related("source", "reviewed_by").annotate(size=F("post__size"))
    rows = rows.filter(reviewed_at__isnull=not reviewed).order_by("-at", "-id")[:limit]
    return [
        QuarantineRow(
            row.pk,
            row.source.name,
            row.at,
            row.reason,
            row.position,
            row.excerpt,
            row.post_id,
            row.size,
            row.reviewed_at,
            row.reviewed_by.full_name if row.reviewed_by else "",
            row.review_note,
        )
        for row in rows
    ]


def raw_post(*, post_id: int) -> RawPost:
    """One body as it came. Raises NotFound."""
    row = AlarmPost.objects.select_related("source").filter(pk=post_id).first()
    if row is None:
        raise NotFound(_("No existe ese envío."))
    body = _unpacked(bytes(row.body or b""), row.encoding)
    text = body[:MOST_SHOWN_BYTES].decode("utf-8", errors="replace")
    return RawPost(
        row.pk, row.source.name, row.received_at, row.size, row.sha256, text, len(body) > MOST_SHOWN_BYTES
    )


def windows(*, at: dt.datetime, past: bool = False, limit: int = 100) -> list[WindowRow]:
    """Maintenance windows to come and going on (or, with `past`, those that are over), by their beginning."""
    over = Q(cancelled_at__isnull=False) | Q(ends_at__lte=at)
    rows = (
        MaintenanceWindow.objects.filter(over).order_by("-starts_at")
        if past
        else (MaintenanceWindow.objects.exclude(over).order_by("starts_at"))
    )
    return _window_rows(list(rows[:limit]), at)


def window(*, number: str, at: dt.datetime) -> WindowRow:
    """One window by its number. Raises NotFound."""
    row = MaintenanceWindow.objects.filter(number=number.strip().upper()).first()
    if row is None:
        raise NotFound(_("No existe ese mantenimiento."))
    return _window_rows([row], at)[0]


def windows_touching(
    service_ids: Iterable[int], *, since: dt.datetime, until: dt.datetime
) -> list[tuple[int, str, str]]:
    """(service id, number, title) of windows that cover these services between two instants: a hint for A.3."""
    wanted = set(service_ids)
    near = {
        row.pk: row
        for row in MaintenanceWindow.objects.filter(
            starts_at__lte=until, ends_at__gte=since, cancelled_at=None
        )
    }
    return [
        (service_id, near[window_id].number, near[window_id].title)
        for window_id, covered in muting.services_covered(near).items()
        for service_id in sorted(covered & wanted)
    ]


def windows_over(
    service_ids: Iterable[int], *, since: dt.datetime, until: dt.datetime
) -> dict[int, list[interruptions.Window]]:
    """The windows that covered each service in [since, until), with when they were announced, for availability."""
    wanted = set(service_ids)
    near = {row.pk: row for row in MaintenanceWindow.objects.filter(starts_at__lt=until, ends_at__gt=since)}
    found: dict[int, list[interruptions.Window]] = {}
    for window_id, covered in muting.services_covered(near).items():
        row = near[window_id]
        ends_at = min(row.ends_at, row.cancelled_at or row.ends_at)
        if ends_at > row.starts_at:
            announced_at = row.announced_at if row.tell_customers else None
            window = interruptions.Window(row.number, row.title, row.starts_at, ends_at, announced_at)
            for service_id in covered & wanted:
                found.setdefault(service_id, []).append(window)
    return found


def _filtered(rows: QuerySet[Occurrence], chosen: str) -> QuerySet[Occurrence]:
    if chosen == "ALL":
        return rows
    if chosen == "OPEN":
        return rows.filter(ends_at=None)
    judged = Verdict.objects.filter(outcome=Outcome[chosen])
    if chosen == "MUTED":
        judged = Verdict.objects.filter(
            Q(outcome=Outcome.MUTED) | Q(maintenance__isnull=False) | Q(suspension__isnull=False)
        )
    found = rows.filter(id__in=judged.values("occurrence_id"))
    return found if chosen == "SET_ASIDE" else found.filter(ends_at=None)


def _filter_counts() -> dict[str, int]:
    now = Verdict.objects.filter(occurrence__ends_at=None).values("outcome").annotate(count=Count("*"))
    found = {row["outcome"]: row["count"] for row in now.order_by()}
    found["OPEN"] = Occurrence.objects.filter(ends_at=None).count()
    found["SET_ASIDE"] = Verdict.objects.filter(outcome=Outcome.SET_ASIDE).count()
    return found


def _row(
    row: Occurrence, verdict: Verdict | None, codes: Mapping[int, str], names: Mapping[int, str]
) -> AlarmRow:
    alarm_ = row.alarm
    more = len(verdict.service_ids) - 5 if verdict else 0
    circuits = [codes[each] for each in verdict.service_ids[:5] if each in codes] if verdict else []
    if more > 0:
        circuits.append(_("y %(more)d más") % {"more": more})
    return AlarmRow(
        occurrence_id=row.pk,
        alarm_id=alarm_.pk,
        source=alarm_.source.name,
        name=alarm_.labels.get("alertname", alarm_.fingerprint),
        summary=alarm_.annotations.get("summary", ""),
        severity=alarm_.severity,
        severity_title=SEVERITY_TITLES[Severity(alarm_.severity)],
        labels=alarm_.labels,
        identifying=naming.identifying(alarm_.labels),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        last_seen_at=row.last_seen_at,
        repeats=row.repeats,
        outcome=verdict.outcome if verdict else "",
        outcome_title=Outcome(verdict.outcome).label if verdict else _("Por correlacionar"),
        circuits=tuple(circuits),
        elements=tuple(names[each] for each in verdict.resource_ids if each in names) if verdict else (),
        maintenance=verdict.maintenance.number if verdict and verdict.maintenance else "",
        error=verdict.error if verdict else "",
        ignored=alarm_.ignored_at is not None,
        ignore_reason=alarm_.ignore_reason,
        link=alarm_.link,
    )


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return body


def _window_rows(rows: Sequence[MaintenanceWindow], at: dt.datetime) -> list[WindowRow]:
    covered = muting.services_covered([row.pk for row in rows])
    briefs = {
        brief.id: brief
        for brief in contract_queries.service_briefs(
            {each for services in covered.values() for each in services}
        )
    }
    resources: dict[int, list[str]] = {}
    targets = MaintenanceTarget.objects.filter(window__in=rows, resource__isnull=False)
    for window_id, code, name in targets.values_list("window_id", "resource__code", "resource__name"):
        resources.setdefault(window_id, []).append(f"{code} {name}")
    muted = dict(
        Verdict.objects.filter(maintenance__in=rows, occurrence__ends_at=None)
        .values_list("maintenance_id")
        .annotate(count=Count("*"))
    )
    return [
        _window_row(row, covered[row.pk], briefs, resources.get(row.pk, []), muted.get(row.pk, 0), at)
        for row in rows
    ]


def _window_row(
    row: MaintenanceWindow,
    covered: set[int],
    briefs: Mapping[int, contract_queries.ServiceBrief],
    elements: Sequence[str],
    muted: int,
    at: dt.datetime,
) -> WindowRow:
    mine = sorted((briefs[each] for each in covered if each in briefs), key=lambda brief: brief.circuit_code)
    state, title = _window_state(row, at)
    return WindowRow(
        id=row.pk,
        number=row.number,
        dossier_id=row.dossier_id,
        title=row.title,
        description=row.description,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=state,
        state_title=title,
        tell_customers=row.tell_customers,
        cancel_reason=row.cancel_reason,
        elements=tuple(elements),
        circuits=tuple(brief.circuit_code for brief in mine),
        customers=tuple(dict.fromkeys(brief.customer_name for brief in mine)),
        muted_now=muted,
        version=row.version,
    )


def _window_state(row: MaintenanceWindow, at: dt.datetime) -> tuple[str, str]:
    if row.cancelled_at:
        return "CANCELLED", _("anulado")
    if row.ends_at <= at:
        return "DONE", _("concluido")
    return ("RUNNING", _("en curso")) if row.starts_at <= at else ("PLANNED", _("programado"))
