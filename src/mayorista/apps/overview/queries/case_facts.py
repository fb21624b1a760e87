"""Everything a case page is made of, read once: the rows behind the frozen page.

The number of reads does not depend on how many circuits or messages there are; what could be long
(a mass event, a long thread) is cut to what a person can look at, and says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Ride, WorkOrder
from mayorista.apps.faults.models import (
    Advance,
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
    ProtocolCheck,
    ProviderTicket,
)
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging.queries import Thread
from mayorista.apps.procedure.models import Dossier, JournalEntry, StoredFile, WorkItem
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


def find(number: str) -> tuple[Fault, Case | None, int]:
    """Return fault, case and how many cases the fault has. A fault with one case is shown as that case.

    Raises NotFound for any number that is neither of a fault nor of a case.
    """
    dossier = Dossier.objects.filter(number=number.strip().upper(), kind__in=["FAULT", "CASE"]).first()
    if dossier is None:
        raise NotFound(
            _("No existe el caso %(number)s.") % {"number": number}, remedy=_("Revise el número o búsquelo.")
        )
    case = None
    if dossier.kind == "CASE":
        case = Case.objects.select_related("dossier", "customer").get(dossier=dossier)
        faults = Fault.objects.filter(pk=case.fault_id)
    else:
        faults = Fault.objects.filter(dossier=dossier)
    fault = faults.select_related("dossier", "resource__provider", "acknowledged_by").get()
    count = Case.objects.filter(fault=fault).count()
    if case is None and count == 1:
        case = Case.objects.select_related("dossier", "customer").get(fault=fault)
    return fault, case, count


def gather(*, fault: Fault, case: Case | None, count: int, at: dt.datetime) -> Facts:
    """Read the rows behind the page."""
    outages = list(
        (Outage.objects.filter(case=case) if case else Outage.objects.filter(case__fault=fault))
        .select_related("service__node", "service__customer", "case__dossier")
        .order_by("service__circuit_code")[:MANY_OUTAGES]
    )
    ids = [fault.dossier_id, *([case.dossier_id] if case else [])]
    lines = list(
        JournalEntry.objects.filter(dossier_id__in=ids)
        .select_related("user", "on_behalf_of")
        .order_by("-at", "-id")[:MANY_LINES]
    )
    form = DacForm.objects.filter(fault=fault).select_related("dossier").first()
    issues = (
        list(DacIssue.objects.filter(form=form).select_related("issued_by", "file").order_by("sequence"))
        if form
        else []
    )
    cases = list(
        Case.objects.filter(fault=fault)
        .select_related("dossier", "customer")
        .order_by("customer__sort_key", "id")[:MANY_CASES]
    )
    notices = (
        CustomerNotice.objects.filter(case=case) if case else CustomerNotice.objects.filter(case__fault=fault)
    )
    claims = Claim.objects.filter(case=case) if case else Claim.objects.filter(case__fault=fault)
    return Facts(
        fault=fault,
        case=case,
        cases=cases,
        case_count=count,
        outages=outages,
        rides=list(
            Ride.objects.filter(service_id__in=[outage.service_id for outage in outages])
            .select_related("resource__provider")
            .order_by("service_id", "-primary", "resource__code")
        ),
        intervals=list(
            OutageInterval.objects.filter(outage__in=[outage.pk for outage in outages])
            .select_related("occurrence__alarm__source")
            .order_by("starts_at", "id")[:MANY_LINES]
        ),
        stops=list(
            ClockStop.objects.filter(outage__in=[outage.pk for outage in outages]).order_by("starts_at")
        ),
        journal=lines[::-1],
        thread=message_queries.thread(ids, at=at, limit=MANY_MESSAGES),
        files=list(StoredFile.objects.filter(dossier_id__in=ids).order_by("stored_at", "id")[:MANY_LINES]),
        items=list(
            WorkItem.objects.filter(dossier_id__in=[*ids, *([form.dossier_id] if form else [])], done_at=None)
            .select_related("claimed_by")
            .order_by("due_at", "id")
        ),
        checks=ProtocolCheck.objects.filter(fault=fault).count(),
        diagnoses=list(
            Diagnosis.objects.filter(fault=fault).select_related("author").order_by("decided_at", "id")
        ),
        dispute=Dispute.objects.filter(fault=fault, decided_at=None)
        .select_related("raised_by", "second_diagnosis")
        .first(),
        hand_over=HandOver.objects.filter(fault=fault, withdrawn=False)
        .select_related("handed_by", "accepted_by")
        .order_by("-id")
        .first(),
        tickets=list(
            ProviderTicket.objects.filter(fault=fault).select_related("provider").order_by("opened_at")
        ),
        orders=list(
            WorkOrder.objects.filter(fault_dossier_id=fault.dossier_id)
            .select_related("unit", "dossier")
            .order_by("opened_at")
        ),
        advances=list(Advance.objects.filter(fault=fault).select_related("author").order_by("at", "id")),
        dac=form,
        issues=issues,
        acknowledgements=list(
            DacAcknowledgement.objects.filter(issue__in=[issue.pk for issue in issues]).select_related(
                "acknowledged_by"
            )
        )
        if issues
        else [],
        notices=list(
            notices.filter(undone_at=None).select_related("author").order_by("noticed_at")[:MANY_CASES]
        ),
        claims=list(claims.filter(withdrawn_at=None).order_by("claimed_at")[:MANY_CASES]),
    )


def earliest(moments: Sequence[dt.datetime | None]) -> dt.datetime | None:
    """Return the first of the moments that there are."""
    return min((moment for moment in moments if moment), default=None)
