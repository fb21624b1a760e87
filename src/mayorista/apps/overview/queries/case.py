"""The case page: one frozen value with the head, the rail, the clocks, the timeline and what stands beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.contracts.models import Provider, Ride
from mayorista.apps.faults import queries as faults
from mayorista.apps.faults.models import AttributionCorrection, Outage, ProtocolCheck
from mayorista.apps.faults.operations import attribution, locking
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.monitoring.models import MaintenanceWindow
from mayorista.apps.overview.queries import case_facts, case_rail, case_side, case_timeline
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.models import Protocol, Unit
from mayorista.rules.procedure import CAUSES, Role


@dataclass(frozen=True, slots=True)
class ItemView:
    """Something due in this case."""

    id: int
    step: str
    key: str
    title: str
    role: str
    opened_at: dt.datetime
    due_at: dt.datetime
    claimed_by: str
    claimed_by_id: int | None


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """An analysis of A.3."""

    id: int
    attribution: str
    cause_code: str
    cause: str
    reason: str
    evidence: str
    author: str
    author_id: int
    decided_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction of the attribution that waits for a second person."""

    words: str
    reason: str
    evidence: str
    proposed_by: str
    proposed_by_id: int
    proposed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the case."""

    id: int
    name: str
    kind: str
    size: int
    content_type: str
    stored_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What the top of the case says, and what its acts need."""

    number: str
    fault_number: str
    fault_id: int
    case_id: int | None
    customer_id: int | None
    customer: str
    customer_code: str
    headline: str
    version: str
    fault_version: str
    severity: int
    state: str
    state_title: str
    case_state: str
    attribution: str
    cause_code: str
    cause: str
    element: str
    impact: str
    alarm_origin: bool
    claim_origin: bool
    opened_at: dt.datetime
    started_at: dt.datetime
    started_estimated: bool
    detected_at: dt.datetime
    acknowledged_at: dt.datetime | None
    acknowledged_by: str
    diagnosed_at: dt.datetime | None
    coordinated_at: dt.datetime | None
    restored_at: dt.datetime | None
    verified_at: dt.datetime | None
    etr_at: dt.datetime | None
    next_update_at: dt.datetime | None
    closed_at: dt.datetime | None
    case_closed_at: dt.datetime | None
    solution: str
    solved_at: dt.datetime | None
    case_count: int
    circuit_count: int
    disputed: bool
    dispute_has_second: bool
    first_analyst_id: int | None
    first_analyst: str
    correction: CorrectionView | None
    handed_over: bool
    accepted: bool
    rfo_pending: bool
    reopened: int

    @property
    def several(self) -> bool:
        """Whether this is the page of a fault that hits several customers."""
        return self.case_id is None

    @property
    def closed(self) -> bool:
        """Whether the shown thing is closed."""
        return (self.case_closed_at if self.case_id else self.closed_at) is not None


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the case page shows."""

    head: Head
    rail: tuple[case_rail.RailStep, ...]
    clocks: tuple[case_rail.ClockRow, ...]
    days: tuple[case_timeline.Day, ...]
    items: tuple[ItemView, ...]
    outages: tuple[case_side.OutageView, ...]
    contacts: tuple[case_side.ContactView, ...]
    siblings: tuple[case_side.Sibling, ...]
    dac: case_side.DacView | None
    tickets: tuple[case_side.TicketView, ...]
    orders: tuple[case_side.OrderView, ...]
    diagnoses: tuple[DiagnosisView, ...]
    files: tuple[FileRow, ...]
    thread: message_queries.Thread
    cut: bool

    @property
    def down(self) -> tuple[case_side.OutageView, ...]:
        """The circuits still out."""
        return tuple(row for row in self.outages if row.restored_at is None)

    @property
    def proposed(self) -> tuple[case_side.OutageView, ...]:
        """The circuits whose alarms have ceased: the restoration is proposed, not recorded."""
        return tuple(row for row in self.down if row.proposed_at)

    @property
    def windows(self) -> tuple[case_side.ContactView, ...]:
        """The contacts whom we may write to freely now."""
        return tuple(contact for contact in self.contacts if contact.window_open)


def _head(facts: case_facts.Facts) -> Head:
    fault, case = facts.fault, facts.case
    dossier = case.dossier if case else fault.dossier
    return Head(
        number=dossier.number,
        fault_number=fault.dossier.number,
        fault_id=fault.pk,
        case_id=case.pk if case else None,
        customer_id=case.customer_id if case else None,
        customer=case.customer.name if case else "",
        customer_code=case.customer.code if case else "",
        headline=dossier.headline,
        version=locking.version_of(fault, case),
        fault_version=locking.version_of(fault),
        severity=fault.severity,
        state=fault.state,
        state_title=fault.get_state_display(),
        case_state=case.state if case else "",
        attribution=fault.attribution,
        cause_code=fault.cause_code,
        cause=CAUSES[fault.cause_code].title if fault.cause_code in CAUSES else "",
        element=fault.element,
        impact=fault.impact,
        alarm_origin=case.alarm_origin if case else any(each.alarm_origin for each in facts.cases),
        claim_origin=case.claim_origin if case else any(each.claim_origin for each in facts.cases),
        opened_at=dossier.opened_at,
        started_at=fault.started_at,
        started_estimated=fault.started_estimated,
        detected_at=fault.detected_at,
        acknowledged_at=fault.acknowledged_at,
        acknowledged_by=fault.acknowledged_by.full_name if fault.acknowledged_by else "",
        diagnosed_at=fault.diagnosed_at,
        coordinated_at=fault.coordinated_at,
        restored_at=fault.restored_at,
        verified_at=fault.verified_at,
        etr_at=fault.etr_at,
        next_update_at=fault.next_update_at,
        closed_at=fault.closed_at,
        case_closed_at=case.closed_at if case else None,
        solution=case.solution if case else "",
        solved_at=case.solved_at if case else None,
        case_count=facts.case_count,
        circuit_count=facts.circuit_count,
        disputed=fault.disputed or facts.dispute is not None,
        dispute_has_second=facts.dispute is not None and facts.dispute.second_diagnosis_id is not None,
        first_analyst_id=facts.dispute.diagnosis.author_id if facts.dispute else None,
        first_analyst=facts.dispute.diagnosis.author.full_name if facts.dispute else "",
        correction=_correction(facts.correction),
        handed_over=facts.hand_over is not None,
        accepted=facts.hand_over is not None and facts.hand_over.accepted_at is not None,
        rfo_pending=fault.rfo_pending,
        reopened=case.reopened if case else 0,
    )


def _correction(row: AttributionCorrection | None) -> CorrectionView | None:
    if row is None:
        return None
    return CorrectionView(
        attribution.change_words(row),
        row.reason,
        row.evidence,
        row.proposed_by.full_name,
        row.proposed_by_id,
        row.proposed_at,
    )


def case_page(*, number: str, at: dt.datetime) -> CasePage:
    """Return the page of a case or fault by its number. Raises NotFound.

    A fixed number of reads, whatever the number of circuits, messages or alarms.
    """
    fault, case = case_facts.find(number)
    facts = case_facts.gather(fault=fault, case=case, at=at)
    days = case_timeline.days(facts)
    return CasePage(
        head=_head(facts),
        rail=case_rail.rail(facts, at, case_timeline.first_of_each_step(days)),
        clocks=case_rail.clocks(facts, at),
        days=days,
        items=tuple(
            ItemView(
                item.pk,
                item.step,
                item.key,
                item.title,
                item.role,
                item.opened_at,
                item.due_at,
                item.claimed_by.full_name if item.claimed_by else "",
                item.claimed_by_id,
            )
            for item in facts.items
        ),
        outages=case_side.outages(facts),
        contacts=case_side.contacts(case.customer_id, at) if case else (),
        siblings=case_side.siblings(facts),
        dac=case_side.dac(facts),
        tickets=case_side.tickets(facts),
        orders=case_side.orders(facts),
        diagnoses=tuple(
            DiagnosisView(
                row.pk,
                row.attribution,
                row.cause_code,
                CAUSES[row.cause_code].title if row.cause_code in CAUSES else "",
                row.reason,
                row.evidence,
                row.author.full_name,
                row.author_id,
                row.decided_at,
            )
            for row in facts.diagnoses
        ),
        files=tuple(
            FileRow(row.pk, row.name, row.kind, row.size, row.content_type, row.stored_at)
            for row in facts.files
        ),
        thread=facts.thread,
        cut=len(facts.journal) >= case_facts.MANY_LINES or facts.case_count > case_facts.MANY_CASES,
    )


@dataclass(frozen=True, slots=True)
class Hint:
    """A fact that may help to diagnose; a person decides."""

    css: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the forms of a case choose from."""

    providers: tuple[tuple[int, str], ...]
    suggested_provider: int | None
    units: tuple[tuple[str, str], ...]
    protocols: tuple[Protocol, ...]
    answered: frozenset[str]
    relapses: tuple[dt.datetime, ...] = ()
    """When the fault fell again after it was restored; its parts lie between."""


def second_analysts(*, page: CasePage, at: dt.datetime) -> tuple[str, ...]:
    """Return who may analyse a disputed attribution again: everybody of Soporte but the first author; one read."""
    users = procedure_queries.holders_of(Role.SUPPORT, at=at)
    return tuple(user.full_name for user in users if user.pk != page.head.first_analyst_id)


def choices(*, page: CasePage, at: dt.datetime) -> Choices:
    """Return providers (the one that the circuits ride on first), units, protocols and relapses; six reads."""
    services = Outage.objects.filter(case__fault_id=page.head.fault_id).values("service_id")
    near = list(
        Ride.objects.filter(service_id__in=services, resource__provider__isnull=False)
        .values_list("resource__provider_id", flat=True)
        .distinct()
    )
    providers = sorted(
        Provider.objects.filter(active=True).values_list("pk", "name", "sort_key"),
        key=lambda row: (row[0] not in near, row[2]),
    )
    return Choices(
        providers=tuple((pk, name) for pk, name, _key in providers),
        suggested_provider=near[0] if len(near) == 1 else None,
        units=tuple(Unit.objects.order_by("name").values_list("code", "name")),
        protocols=tuple(procedure_queries.protocols_in_force(at=at)),
        answered=frozenset(
            ProtocolCheck.objects.filter(fault_id=page.head.fault_id).values_list("protocol__code", flat=True)
        ),
        relapses=tuple(faults.relapses_of_fault(page.head.fault_id)),
    )


def hints(*, page: CasePage, at: dt.datetime) -> tuple[Hint, ...]:
    """Return what may help to diagnose: alarms, common elements, maintenance; four reads."""
    found = []
    services = list(
        Outage.objects.filter(case__fault_id=page.head.fault_id).values_list("service_id", flat=True)
    )
    shared = (
        Ride.objects.filter(service_id__in=services)
        .values("resource_id", "resource__code", "resource__provider__name")
        .annotate(circuits=Count("service_id", distinct=True))
        .order_by("-circuits", "resource__code")[:6]
    )
    down = dict(
        Outage.objects.filter(closed_at=None, restored_at=None)
        .exclude(case__fault_id=page.head.fault_id)
        .filter(
            service__in=Ride.objects.filter(resource_id__in=[row["resource_id"] for row in shared]).values(
                "service_id"
            )
        )
        .values_list("service_id", "service__circuit_code")
    )
    riding: dict[int, int] = {}
    if down:
        for resource_id in Ride.objects.filter(service_id__in=list(down)).values_list(
            "resource_id", flat=True
        ):
            riding[resource_id] = riding.get(resource_id, 0) + 1
    for row in shared:
        kind = _("externo") if row["resource__provider__name"] else _("interno")
        name = row["resource__code"] + (
            f" ({row['resource__provider__name']})" if row["resource__provider__name"] else ""
        )
        if row["circuits"] > 1 and row["circuits"] == len(services):
            found.append(
                Hint(
                    "warn",
                    "affiliate",
                    _("Los %(n)d circuitos caídos van por %(name)s: apunta a %(kind)s.")
                    % {"n": len(services), "name": name, "kind": kind},
                )
            )
        elif riding.get(row["resource_id"]):
            found.append(
                Hint(
                    "warn",
                    "affiliate",
                    ngettext(
                        "Hay %(n)d circuito más caído por %(name)s en otro daño: apunta a %(kind)s.",
                        "Hay %(n)d circuitos más caídos por %(name)s en otro daño: apunta a %(kind)s.",
                        riding[row["resource_id"]],
                    )
                    % {"n": riding[row["resource_id"]], "name": name, "kind": kind},
                )
            )
        else:
            found.append(Hint("", "route", _("Va por %(name)s (%(kind)s).") % {"name": name, "kind": kind}))
    soon = MaintenanceWindow.objects.filter(
        cancelled_at=None, starts_at__lte=at + dt.timedelta(hours=1), ends_at__gte=at - dt.timedelta(hours=2)
    ).values_list("number", "title")[:3]
    found.extend(
        Hint(
            "warn",
            "tool",
            _("Mantenimiento cercano: %(number)s %(title)s.") % {"number": number, "title": title},
        )
        for number, title in soon
    )
    return tuple(found)
