"""Everything a case page is made of, read once: the rows behind the frozen page.

The number of reads does not depend on how many circuits or messages there are; what could be long
(a mass event, a long thread) is cut to what a person can look at, and says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Ride, WorkOrder
from mayorista.apps.faults.models import (
    Advance,
    AttributionCorrection,
    Case,
    Claim,
    ClockStop,
    CustomerNotice,
    DacAcknowledgement,
    DacForm,
    DacIssue,
    Diagnosis,
    Dispute,
    Fault,
    HandOver,
    Outage,
    OutageInterval,
    ProviderTicket,
)
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging.queries import Thread
from mayorista.apps.procedure.models import JournalEntry, StoredFile, WorkItem
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules.errors import NotFound

MANY_CASES = 60
MANY_OUTAGES = 120
MANY_LINES = 400
MANY_MESSAGES = 300


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows behind one page. `case` is None on the page of a fault that hits several customers."""

    fault: Fault
    case: Case | None
    cases: Sequence[Case]
    case_count: int
    circuit_count: int
    outages: Sequence[Outage]
    rides: Sequence[Ride]
    intervals: Sequence[OutageInterval]
    stops: Sequence[ClockStop]
    journal: Sequence[JournalEntry]
    thread: Thread
    files: Sequence[StoredFile]
    items: Sequence[WorkItem]
    checks: int
    diagnoses: Sequence[Diagnosis]
    dispute: Dispute | None
    correction: AttributionCorrection | None
    hand_over: HandOver | None
    tickets: Sequence[ProviderTicket]
    orders: Sequence[WorkOrder]
    advances: Sequence[Advance]
    dac: DacForm | None
    issues: Sequence[DacIssue]
    acknowledgements: Sequence[DacAcknowledgement]
    notices: Sequence[CustomerNotice]
    claims: Sequence[Claim]

    @property
    def dossier_ids(self) -> list[int]:
        """The dossiers that the page speaks of."""
        return [self.fault.dossier_id, *([self.case.dossier_id] if self.case else [])]


# What a case may have and mostly has not, asked at once: each read that finds nothing would cost as much as one
# that finds something. Counts stand with it, for they too are of the whole fault.
PARTS = """
SELECT (SELECT count(*) FROM faults_case WHERE fault_id = %(fault)s),
       (SELECT count(*) FROM faults_outage o JOIN faults_case c ON c.id = o.case_id WHERE c.fault_id = %(fault)s),
       (SELECT count(*) FROM faults_protocolcheck WHERE fault_id = %(fault)s),
       EXISTS (SELECT FROM faults_dispute WHERE fault_id = %(fault)s AND decided_at IS NULL),
       EXISTS (SELECT FROM faults_attributioncorrection WHERE fault_id = %(fault)s AND decided_at IS NULL),
       EXISTS (SELECT FROM faults_handover WHERE fault_id = %(fault)s AND NOT withdrawn),
       EXISTS (SELECT FROM faults_providerticket WHERE fault_id = %(fault)s),
       EXISTS (SELECT FROM contracts_workorder WHERE fault_dossier_id = %(fault_dossier)s),
       EXISTS (SELECT FROM faults_advance WHERE fault_id = %(fault)s),
       EXISTS (SELECT FROM faults_dacform WHERE fault_id = %(fault)s),
       EXISTS (SELECT FROM faults_customernotice n JOIN faults_case c ON c.id = n.case_id
                WHERE c.fault_id = %(fault)s AND n.undone_at IS NULL),
       EXISTS (SELECT FROM faults_claim n JOIN faults_case c ON c.id = n.case_id
                WHERE c.fault_id = %(fault)s AND n.withdrawn_at IS NULL),
       EXISTS (SELECT FROM faults_clockstop s JOIN faults_outage o ON o.id = s.outage_id
                 JOIN faults_case c ON c.id = o.case_id WHERE c.fault_id = %(fault)s),
       EXISTS (SELECT FROM faults_outageinterval i JOIN faults_outage o ON o.id = i.outage_id
                 JOIN faults_case c ON c.id = o.case_id
                WHERE c.fault_id = %(fault)s AND i.occurrence_id IS NOT NULL),
       EXISTS (SELECT FROM procedure_storedfile WHERE dossier_id = ANY(%(dossiers)s)),
       EXISTS (SELECT FROM messaging_message WHERE dossier_id = ANY(%(dossiers)s))
"""


@dataclass(frozen=True, slots=True)
class _Parts:
    """How much of the whole fault there is, and which parts the page has at all."""

    cases: int
    circuits: int
    checks: int
    dispute: bool
    correction: bool
    hand_over: bool
    tickets: bool
    orders: bool
    advances: bool
    dac: bool
    notices: bool
    claims: bool
    stops: bool
    alarms: bool
    files: bool
    messages: bool


# The reads of every case page: written once (see procedure.prepared).
_OUTAGES = ("service__node", "service__customer", "case__dossier")
_OUTAGES_OF_CASE = Prepared(
    lambda case: (
        Outage.objects.filter(case_id=case)
        .select_related(*_OUTAGES)
        .order_by("service__circuit_code")[:MANY_OUTAGES]
    )
)
_OUTAGES_OF_FAULT = Prepared(
    lambda fault: (
        Outage.objects.filter(case__fault_id=fault)
        .select_related(*_OUTAGES)
        .order_by("service__circuit_code")[:MANY_OUTAGES]
    )
)
_LINES = Prepared(
    lambda dossiers: (
        JournalEntry.objects.filter(dossier_id__any=dossiers)
        .select_related("user", "on_behalf_of")
        .order_by("-at", "-id")[:MANY_LINES]
    )
)
_CASES = Prepared(
    lambda fault: (
        Case.objects.filter(fault_id=fault)
        .select_related("dossier", "customer")
        .order_by("customer__sort_key", "id")[:MANY_CASES]
    )
)
_RIDES = Prepared(
    lambda services: Ride.objects.filter(service_id__any=services).select_related("resource__provider")
)
_INTERVALS = Prepared(
    lambda outages: (
        OutageInterval.objects.filter(outage_id__any=outages)
        .select_related("occurrence__alarm__source")
        .order_by("starts_at", "id")[:MANY_LINES]
    )
)
_ITEMS = Prepared(
    lambda dossiers: WorkItem.objects.filter(dossier_id__any=dossiers, done_at=None).select_related(
        "claimed_by"
    )
)
_FORM = Prepared(lambda fault: DacForm.objects.filter(fault_id=fault).select_related("dossier"))
_ISSUES = Prepared(lambda form: DacIssue.objects.filter(form_id=form).select_related("issued_by", "file"))
_ACKNOWLEDGEMENTS = Prepared(
    lambda issues: DacAcknowledgement.objects.filter(issue_id__any=issues).select_related("acknowledged_by")
)
_DIAGNOSES = Prepared(lambda fault: Diagnosis.objects.filter(fault_id=fault).select_related("author"))
_HAND_OVER = Prepared(
    lambda fault: (
        HandOver.objects.filter(fault_id=fault, withdrawn=False)
        .select_related("handed_by", "accepted_by")
        .order_by("-id")[:1]
    )
)
_TICKETS = Prepared(lambda fault: ProviderTicket.objects.filter(fault_id=fault).select_related("provider"))
_ADVANCES = Prepared(lambda fault: Advance.objects.filter(fault_id=fault).select_related("author"))


def _parts(fault: Fault, dossier_ids: list[int]) -> _Parts:
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"fault": fault.pk, "fault_dossier": fault.dossier_id, "dossiers": dossier_ids})
        return _Parts(*cursor.fetchone())


def find(number: str) -> tuple[Fault, Case | None]:
    """Return fault and case. A fault with one case is shown as that case.

    Raises NotFound for any number that is neither of a fault nor of a case.
    """
    key = number.strip().upper()
    around = ("dossier", "resource__provider", "acknowledged_by")
    beside = Case.objects.select_related("dossier", "customer", *(f"fault__{name}" for name in around))
    for case in beside.filter(dossier__number=key):
        return case.fault, case
    for fault in Fault.objects.select_related(*around).filter(dossier__number=key):
        cases = list(Case.objects.select_related("dossier", "customer").filter(fault=fault)[:2])
        return fault, cases[0] if len(cases) == 1 else None
    raise NotFound(
        _("No existe el caso %(number)s.") % {"number": number}, remedy=_("Revise el número o búsquelo.")
    )


def gather(*, fault: Fault, case: Case | None, at: dt.datetime) -> Facts:
    """Read the rows behind the page. What is short is put in order here, what is cut by the database."""
    ids = [fault.dossier_id, *([case.dossier_id] if case else [])]
    parts = _parts(fault, ids)
    outages = _OUTAGES_OF_CASE(case.pk) if case else _OUTAGES_OF_FAULT(fault.pk)
    lines = _LINES(ids)
    form = _FORM(fault.pk)[0] if parts.dac else None
    issues = _issues(form)
    return Facts(
        fault=fault,
        case=case,
        cases=[case] if case and parts.cases == 1 else _cases(fault),
        case_count=parts.cases,
        circuit_count=parts.circuits,
        outages=outages,
        rides=_rides(outages),
        intervals=_intervals(outages) if parts.alarms else [],
        stops=_stops(outages) if parts.stops else [],
        journal=lines[::-1],
        thread=message_queries.thread(ids, at=at, limit=MANY_MESSAGES) if parts.messages else Thread((), ()),
        files=list(StoredFile.objects.filter(dossier_id__in=ids).order_by("stored_at", "id")[:MANY_LINES])
        if parts.files
        else [],
        items=_items([*ids, *([form.dossier_id] if form else [])]),
        checks=parts.checks,
        diagnoses=sorted(_DIAGNOSES(fault.pk), key=attrgetter("decided_at", "pk")),
        dispute=Dispute.objects.select_related("raised_by", "second_diagnosis", "diagnosis__author")
        .filter(fault=fault, decided_at=None)
        .first()
        if parts.dispute
        else None,
        correction=AttributionCorrection.objects.select_related("proposed_by")
        .filter(fault=fault, decided_at=None)
        .first()
        if parts.correction
        else None,
        hand_over=next(iter(_HAND_OVER(fault.pk)), None) if parts.hand_over else None,
        tickets=_tickets(fault) if parts.tickets else [],
        orders=_orders(fault) if parts.orders else [],
        advances=sorted(_ADVANCES(fault.pk), key=attrgetter("at", "pk")) if parts.advances else [],
        dac=form,
        issues=issues,
        acknowledgements=_ACKNOWLEDGEMENTS([issue.pk for issue in issues]) if issues else [],
        notices=_notices(fault, case) if parts.notices else [],
        claims=_claims(fault, case) if parts.claims else [],
    )


def _cases(fault: Fault) -> Sequence[Case]:
    return _CASES(fault.pk)


def _rides(outages: Sequence[Outage]) -> Sequence[Ride]:
    return sorted(
        _RIDES([outage.service_id for outage in outages]),
        key=lambda ride: (ride.service_id, not ride.primary, ride.resource.code),
    )


def _intervals(outages: Sequence[Outage]) -> Sequence[OutageInterval]:
    return _INTERVALS([outage.pk for outage in outages])


def _stops(outages: Sequence[Outage]) -> Sequence[ClockStop]:
    rows = ClockStop.objects.filter(outage__in=[outage.pk for outage in outages])
    return sorted(rows, key=attrgetter("starts_at", "pk"))


def _items(dossier_ids: Sequence[int]) -> Sequence[WorkItem]:
    return sorted(_ITEMS(list(dossier_ids)), key=attrgetter("due_at", "pk"))


def _tickets(fault: Fault) -> Sequence[ProviderTicket]:
    return sorted(_TICKETS(fault.pk), key=attrgetter("opened_at", "pk"))


def _orders(fault: Fault) -> Sequence[WorkOrder]:
    rows = WorkOrder.objects.filter(fault_dossier_id=fault.dossier_id).select_related("unit", "dossier")
    return sorted(rows, key=attrgetter("opened_at", "pk"))


def _issues(form: DacForm | None) -> Sequence[DacIssue]:
    if form is None:
        return []
    return sorted(_ISSUES(form.pk), key=attrgetter("sequence"))


def _notices(fault: Fault, case: Case | None) -> Sequence[CustomerNotice]:
    rows = (
        CustomerNotice.objects.filter(case=case) if case else CustomerNotice.objects.filter(case__fault=fault)
    )
    return list(rows.filter(undone_at=None).select_related("author").order_by("noticed_at")[:MANY_CASES])


def _claims(fault: Fault, case: Case | None) -> Sequence[Claim]:
    rows = Claim.objects.filter(case=case) if case else Claim.objects.filter(case__fault=fault)
    return list(rows.filter(withdrawn_at=None).order_by("claimed_at")[:MANY_CASES])


def earliest(moments: Sequence[dt.datetime | None]) -> dt.datetime | None:
    """Return the first of the moments that there are."""
    return min((moment for moment in moments if moment), default=None)
