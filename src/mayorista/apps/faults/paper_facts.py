"""What papers and clocks need of faults: times, whom they hit, tickets of providers, advances; a fixed number of reads."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from mayorista.apps.faults.models import (
    Advance,
    Case,
    ClockStop,
    Diagnosis,
    Fault,
    Outage,
    OutageInterval,
    ProviderTicket,
)

Stretch = tuple[dt.datetime, dt.datetime | None]


@dataclass(frozen=True, slots=True)
class OutageRow:
    """A circuit down: its stretches and the stops of its clock as (start, end)."""

    service_id: int
    circuit: str
    effect: str
    started_at: dt.datetime
    restored_at: dt.datetime | None
    repair_minutes: int
    sla_source: str
    due_at: dt.datetime
    intervals: tuple[Stretch, ...]
    stops: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One ISP hit by the fault."""

    id: int
    number: str
    dossier_id: int
    customer_id: int
    customer: str
    severity: int
    opened_at: dt.datetime
    claim_at: dt.datetime | None
    opening_notice_at: dt.datetime | None
    told_at: dt.datetime | None
    closed_at: dt.datetime | None
    state: str
    outages: tuple[OutageRow, ...]


@dataclass(frozen=True, slots=True)
class TicketRow:
    """Our report to a provider."""

    provider_id: int
    provider_code: str
    provider: str
    reference: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """A diagnosis, oldest first among its fellows."""

    decided_at: dt.datetime
    attribution: str
    cause_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault with everything that hangs on it."""

    id: int
    number: str
    dossier_id: int
    state: str
    closed: bool
    kind: str
    severity: int
    attribution: str
    cause_code: str
    root_cause: str
    element: str
    impact: str
    contract_reference: str
    contracted_from: int | None
    started_at: dt.datetime
    detected_at: dt.datetime
    acknowledged_at: dt.datetime | None
    diagnosed_at: dt.datetime | None
    coordinated_at: dt.datetime | None
    restored_at: dt.datetime | None
    verified_at: dt.datetime | None
    verification: str
    etr_at: dt.datetime | None
    cases: tuple[CaseRow, ...]
    tickets: tuple[TicketRow, ...]
    advances: tuple[tuple[dt.datetime, str], ...]
    analyses: tuple[AnalysisRow, ...]


def by_numbers(numbers: Collection[str]) -> list[FaultRow]:
    """Return the faults with these numbers, a fault's own or one of its cases'; what was voided is left out."""
    cases = Case.objects.filter(dossier__number__in=numbers).values("fault_id")
    return _read(Fault.objects.filter(Q(dossier__number__in=numbers) | Q(id__in=cases)))


def by_id(fault_id: int) -> FaultRow | None:
    """Return a fault, None when it was voided."""
    return next(iter(_read(Fault.objects.filter(pk=fault_id))), None)


def touching(*, since: dt.datetime, until: dt.datetime) -> list[FaultRow]:
    """Return the faults that lasted into [since, until), oldest first."""
    rows = Fault.objects.filter(started_at__lt=until)
    return _read(rows.filter(Q(restored_at=None, closed_at=None) | Q(restored_at__gt=since)))


def detected_in(*, since: dt.datetime, until: dt.datetime) -> list[FaultRow]:
    """Return the faults detected in [since, until), oldest first."""
    return _read(Fault.objects.filter(detected_at__gte=since, detected_at__lt=until))


def _read(found: QuerySet[Fault]) -> list[FaultRow]:
    faults = list(
        found.exclude(state=Fault.State.VOID)
        .select_related("dossier", "resource")
        .order_by("detected_at", "id")
    )
    ids = [fault.pk for fault in faults]
    cases = _cases(ids)
    tickets: dict[int, list[TicketRow]] = defaultdict(list)
    for row in (
        ProviderTicket.objects.filter(fault_id__in=ids).select_related("provider").order_by("opened_at")
    ):
        tickets[row.fault_id].append(
            TicketRow(
                row.provider_id,
                row.provider.code,
                row.provider.name,
                row.reference,
                row.opened_at,
                row.closed_at,
            )
        )
    advances: dict[int, list[tuple[dt.datetime, str]]] = defaultdict(list)
    for fault_id, at, text in (
        Advance.objects.filter(fault_id__in=ids).order_by("at", "id").values_list("fault_id", "at", "text")
    ):
        advances[fault_id].append((at, text))
    analyses: dict[int, list[AnalysisRow]] = defaultdict(list)
    for each in Diagnosis.objects.filter(fault_id__in=ids).order_by("decided_at", "id"):
        analyses[each.fault_id].append(
            AnalysisRow(each.decided_at, each.attribution, each.cause_code, each.reason)
        )
    return [
        FaultRow(
            id=fault.pk,
            number=fault.dossier.number,
            dossier_id=fault.dossier_id,
            state=str(Fault.State(fault.state).label),
            closed=fault.closed_at is not None,
            kind=str(Fault.Kind(fault.kind).label),
            severity=fault.severity,
            attribution=fault.attribution,
            cause_code=fault.cause_code,
            root_cause=fault.root_cause,
            element=fault.element,
            impact=fault.impact,
            contract_reference=fault.resource.contract_reference if fault.resource else "",
            contracted_from=fault.resource.provider_id if fault.resource else None,
            started_at=fault.started_at,
            detected_at=fault.detected_at,
            acknowledged_at=fault.acknowledged_at,
            diagnosed_at=fault.diagnosed_at,
            coordinated_at=fault.coordinated_at,
            restored_at=fault.restored_at,
            verified_at=fault.verified_at,
            verification=fault.verification,
            etr_at=fault.etr_at,
            cases=tuple(cases.get(fault.pk, ())),
            tickets=tuple(tickets.get(fault.pk, ())),
            advances=tuple(advances.get(fault.pk, ())),
            analyses=tuple(analyses.get(fault.pk, ())),
        )
        for fault in faults
    ]


def _cases(fault_ids: Collection[int]) -> dict[int, list[CaseRow]]:
    outages = _outages(fault_ids)
    found: dict[int, list[CaseRow]] = defaultdict(list)
    rows = Case.objects.filter(fault_id__in=fault_ids).exclude(state=Case.State.VOID)
    for row in rows.select_related("dossier", "customer").order_by("id"):
        found[row.fault_id].append(
            CaseRow(
                id=row.pk,
                number=row.dossier.number,
                dossier_id=row.dossier_id,
                customer_id=row.customer_id,
                customer=row.customer.name,
                severity=row.severity,
                opened_at=row.opened_at,
                claim_at=row.claim_at,
                opening_notice_at=row.opening_notice_at,
                told_at=row.told_at,
                closed_at=row.closed_at,
                state=str(Case.State(row.state).label),
                outages=tuple(outages.get(row.pk, ())),
            )
        )
    return found


def _outages(fault_ids: Collection[int]) -> dict[int, list[OutageRow]]:
    rows = list(
        Outage.objects.filter(case__fault_id__in=fault_ids)
        .select_related("service")
        .order_by("started_at", "id")
    )
    ids = [row.pk for row in rows]
    down = _stretches(OutageInterval.objects.filter(outage_id__in=ids))
    stopped = _stretches(ClockStop.objects.filter(outage_id__in=ids))
    found: dict[int, list[OutageRow]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(
            OutageRow(
                row.service_id,
                row.service.circuit_code,
                str(Outage.Effect(row.effect).label),
                row.started_at,
                row.restored_at,
                row.repair_minutes,
                row.sla_source,
                row.due_at,
                tuple(down.get(row.pk) or [(row.started_at, row.restored_at)]),
                tuple(stopped.get(row.pk, ())),
            )
        )
    return found


def _stretches(rows: QuerySet[OutageInterval] | QuerySet[ClockStop]) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = defaultdict(list)
    for outage_id, start, end in rows.order_by("starts_at").values_list("outage_id", "starts_at", "ends_at"):
        found[outage_id].append((start, end))
    return found
