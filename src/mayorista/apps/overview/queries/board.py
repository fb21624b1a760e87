"""The faults board and the wallboard: what is broken now, worst first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields import BigIntegerField, BooleanField
from django.db.models.functions import Coalesce

from mayorista.apps.faults.models import Case, Fault, Outage, ProviderTicket
from mayorista.apps.monitoring import queries as monitoring
from mayorista.apps.overview.queries import paging
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules.text import searchable

STEP_OF_STATE = {
    "DETECTED": "A.1",
    "ANALYSIS": "A.3",
    "SUPPORT": "A.4",
    "COORDINATION": "A.5",
    "REPAIR": "A.5",
    "RESTORED": "A.6",
    "VERIFIED": "A.6",
    "DAC_CLOSED": "A.7",
}
WALL_ROWS = 10  # as many as stand on a screen of 1,080 lines without scrolling
# What is due beside the step that a fault stands at: it has its place in the tray, not on the board.
BESIDE = (
    Q(key__startswith="claim-number")
    | Q(key__startswith="ack-")
    | Q(key__startswith="responder:")
    | Q(key__endswith="-notice")
)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A fault as the board shows it."""

    id: int
    number: str
    shown_number: str
    headline: str
    severity: int
    state: str
    state_title: str
    attribution: str
    cause_code: str
    started_at: dt.datetime
    detected_at: dt.datetime
    acknowledged: bool
    acknowledged_by: str
    restored_at: dt.datetime | None
    closed_at: dt.datetime | None
    etr_at: dt.datetime | None
    ticket: str
    cases: int
    circuits: int
    effect: str
    alarm: bool
    claim: bool
    sla_due_at: dt.datetime | None
    step: str
    due_title: str
    due_at: dt.datetime | None
    due_opened_at: dt.datetime | None
    holder: str
    role: str
    restoration_proposed: bool
    disputed: bool

    @property
    def several(self) -> bool:
        """Whether it hits more than one customer."""
        return self.cases > 1


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The board with its counts."""

    rows: tuple[BoardRow, ...]
    pages: paging.Pages
    open_count: int
    unacknowledged: int
    overdue: int
    worst: int
    silent: tuple[str, ...] = ()
    """Sources that say nothing: what is not on the board may be broken all the same."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """What the cases and outages of a fault sum up to."""

    cases: int
    number: str
    alarm: bool
    claim: bool


_CASES: Prepared[Any] = Prepared(
    lambda faults: (
        Case.objects.filter(fault_id__any=faults)
        .values("fault_id")
        .annotate(
            count=Count("id"),
            number=Min("dossier__number"),
            alarms=Count("id", filter=Q(alarm_origin=True)),
            claims=Count("id", filter=Q(claim_origin=True)),
        )
    )
)
_OUTAGES: Prepared[Any] = Prepared(
    lambda faults: (
        Outage.objects.filter(case__fault_id__any=faults)
        .values(fault_id=F("case__fault_id"))
        .annotate(
            count=Count("id"),
            due=Min("due_at", filter=Q(restored_at=None)),
            any_due=Min("due_at"),
            effect=Max("effect"),
            proposed=Count("id", filter=Q(restoration_proposed_at__isnull=False, restored_at=None)),
        )
    )
)
_DUE = Prepared(
    lambda dossiers, faults: (
        WorkItem.objects.filter(done_at=None)
        .filter(
            Q(dossier_id__any=dossiers)
            | Q(dossier_id__in=Case.objects.filter(fault_id__any=faults, closed_at=None).values("dossier_id"))
        )
        .exclude(BESIDE)
        .annotate(
            spine=Coalesce(
                Subquery(
                    Case.objects.filter(dossier_id=OuterRef("dossier_id")).values("fault__dossier_id")[:1]
                ),
                F("dossier_id"),
                output_field=BigIntegerField(),
            )
        )
        .select_related("claimed_by")
        .order_by("spine", "due_at", "id")
        .distinct("spine")
    )
)
_TICKETS: Prepared[Any] = Prepared(
    lambda faults: (
        ProviderTicket.objects.filter(fault_id__any=faults)
        .order_by("fault_id", "-id")
        .distinct("fault_id")
        .values_list("fault_id", "reference")
    )
)


def _cases(fault_ids: Sequence[int]) -> Mapping[int, _Hit]:
    return {
        row["fault_id"]: _Hit(row["count"], row["number"], row["alarms"] > 0, row["claims"] > 0)
        for row in _CASES(list(fault_ids))
    }


def _outages(fault_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    return {row["fault_id"]: dict(row) for row in _OUTAGES(list(fault_ids))}


def _due(faults: Sequence[Fault]) -> Mapping[int, WorkItem]:
    """The most urgent open item of each fault or of its cases, by the fault's dossier."""
    items: list[Any] = _DUE([fault.dossier_id for fault in faults], [fault.pk for fault in faults])
    return {item.spine: item for item in items}


def _tickets(fault_ids: Sequence[int]) -> Mapping[int, str]:
    return dict(_TICKETS(list(fault_ids)))


def _rows(faults: Sequence[Fault]) -> tuple[BoardRow, ...]:
    ids = [fault.pk for fault in faults]
    if not ids:
        return ()
    cases, outages, due, tickets = _cases(ids), _outages(ids), _due(faults), _tickets(ids)
    rows = []
    for fault in faults:
        hit = cases.get(fault.pk, _Hit(0, "", alarm=False, claim=False))
        outage = outages.get(fault.pk, {})
        item = due.get(fault.dossier_id)
        rows.append(
            BoardRow(
                id=fault.pk,
                number=fault.dossier.number,
                shown_number=hit.number if hit.cases == 1 else fault.dossier.number,
                headline=fault.dossier.headline,
                severity=fault.severity,
                state=fault.state,
                state_title=fault.get_state_display(),
                attribution=fault.attribution,
                cause_code=fault.cause_code,
                started_at=fault.started_at,
                detected_at=fault.detected_at,
                acknowledged=fault.acknowledged_at is not None,
                acknowledged_by=fault.acknowledged_by.full_name if fault.acknowledged_by else "",
                restored_at=fault.restored_at,
                closed_at=fault.closed_at,
                etr_at=fault.etr_at,
                ticket=tickets.get(fault.pk, ""),
                cases=hit.cases,
                circuits=outage.get("count", 0),
                effect=outage.get("effect", "") or "",
                alarm=hit.alarm,
                claim=hit.claim,
                sla_due_at=outage.get("due"),
                step=item.step if item and item.step else STEP_OF_STATE.get(fault.state, ""),
                due_title=item.title if item else "",
                due_at=item.due_at if item else None,
                due_opened_at=item.opened_at if item else None,
                holder=item.claimed_by.full_name if item and item.claimed_by else "",
                role=item.role if item else "",
                restoration_proposed=bool(outage.get("proposed")),
                disputed=fault.disputed,
            )
        )
    return tuple(rows)


SORTS = {
    "": ("acknowledged", "restored", "severity", "detected_at"),
    "edad": ("detected_at",),
    "-edad": ("-detected_at",),
    "severidad": ("severity", "detected_at"),
    "-severidad": ("-severity", "detected_at"),
}


def _worst_first(faults: QuerySet[Fault], order: str) -> QuerySet[Fault]:
    """Unacknowledged before acknowledged, broken before restored, then by severity and age."""
    return faults.annotate(acknowledged=_flag("acknowledged_at"), restored=_flag("restored_at")).order_by(
        *SORTS.get(order, SORTS[""]), "id"
    )


def _flag(column: str) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(Q(**{f"{column}__isnull": False}), output_field=BooleanField())


def board(
    *,
    at: dt.datetime,
    show: str = "abiertos",
    severity: int | None = None,
    attribution: str = "",
    text: str = "",
    order: str = "",
    page: int = 1,
) -> BoardPage:
    """Return the board. `show`: abiertos, sin-reconocer, cerrados or todos. Nine reads at most."""
    faults = Fault.objects.exclude(state="VOID") if show != "todos" else Fault.objects.all()
    if show == "abiertos":
        faults = faults.filter(closed_at=None)
    elif show == "sin-reconocer":
        faults = faults.filter(closed_at=None, acknowledged_at=None)
    elif show == "cerrados":
        faults = faults.filter(closed_at__isnull=False)
    if severity:
        faults = faults.filter(severity=severity)
    if attribution:
        faults = faults.filter(attribution=attribution)
    if text:
        key = searchable(text)
        # Two lists put together, not one condition with "or": each is then read by the index of the words.
        cases = Case.objects.filter(dossier__search_text__contains=key).values("fault_id")
        named = Fault.objects.filter(dossier__search_text__contains=key).values("pk")
        faults = faults.filter(pk__in=named.union(cases))
    counts = Fault.objects.filter(closed_at=None).aggregate(
        open=Count("id"),
        unacknowledged=Count("id", filter=Q(acknowledged_at=None)),
        worst=Min("severity", filter=Q(acknowledged_at=None)),
    )
    plain = show in {"cerrados", "todos"} and not order  # by their index; the open ones come first

    def in_order(rows: QuerySet[Fault]) -> QuerySet[Fault]:
        return rows.order_by("-closed_at", "-id") if plain else _worst_first(rows, order)

    # The narrow rows are put in order, and only those of the page are joined. Words are looked for once.
    narrow: Any = in_order(faults).values_list("pk", flat=True)
    if text:
        narrow = list(narrow)
    pages = paging.pages_of(len(narrow) if text else faults.count(), page)
    first = (pages.number - 1) * paging.PAGE_SIZE
    chosen = narrow[first : first + paging.PAGE_SIZE]
    found = list(in_order(Fault.objects.filter(pk__in=chosen)).select_related("dossier", "acknowledged_by"))
    rows = _rows(found)
    return BoardPage(
        rows,
        pages,
        counts["open"],
        counts["unacknowledged"],
        sum(1 for row in rows if row.due_at and row.due_at <= at),
        counts["worst"] or 0,
        tuple(monitoring.own_alarms()),
    )


def wall(*, at: dt.datetime) -> BoardPage:
    """Return what the wall shows: the worst open faults."""
    page = board(at=at)
    return replace(page, rows=page.rows[:WALL_ROWS])
