"""A corrected attribution of a closed fault, followed to the end: credits, SLA reports, RFO, claims to providers.

What was issued stays; each paper gets a next version that says what changed and why, or a task for who must write it.
A month whose report was sent gets a task to send the new version; a credit that was decided, a proposal of the
difference, which the next amount carries.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Copy, Issue, Paper
from mayorista.apps.assurance.operations import reports, rfos
from mayorista.apps.billing.operations import credit_months
from mayorista.apps.faults import paper_facts
from mayorista.apps.faults.operations import analysis, attribution
from mayorista.apps.faults.paper_facts import FaultRow
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Role

LATE_DAYS = 2
REVIEW = "claim-review"


@dataclass(frozen=True, slots=True)
class Followed:
    """What a decision led to: reports with a new version, those that could not be made and why, credits to decide."""

    changed: bool
    reports: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    credits: int = 0
    rfo: bool = False
    claims: tuple[str, ...] = ()


@transaction.atomic
def decide(
    *, fault_id: int, confirm: bool, decision: str, actor: Actor, at: dt.datetime, version: str | None = None
) -> Followed:
    """Confirm or refuse a proposed correction and follow it. Raises what `attribution.decide` raises."""
    row = attribution.decide(
        fault_id=fault_id, confirm=confirm, decision=decision, actor=actor, at=at, version=version
    )
    if not row.confirmed:
        return Followed(changed=False)
    return _follow(fault_id, row.proposed_by_id, actor, at)


@transaction.atomic
def decide_dispute(
    *, fault_id: int, uphold: bool, decision: str, actor: Actor, at: dt.datetime, version: str | None = None
) -> Followed:
    """Decide an objection (G-15); where that changes the attribution of a fault whose work is done, follow it."""
    author_id = analysis.decide_dispute(
        fault_id=fault_id, uphold=uphold, decision=decision, actor=actor, at=at, version=version
    )
    if author_id is None:
        return Followed(changed=False)
    return _follow(fault_id, author_id, actor, at)


def _follow(fault_id: int, author_id: int, actor: Actor, at: dt.datetime) -> Followed:
    fault = paper_facts.by_id(fault_id)
    if fault is None:
        return Followed(changed=True)
    months = _months(fault, at)
    services = {row.service_id for case in fault.cases for row in case.outages}
    proposed, left = 0, []
    for month in months:
        done = credit_months.compute(month=month, actor=actor, at=at, service_ids=services)
        proposed += done.proposed
        left += [f"{circuit}: {why}" for circuit, why in done.problems]
    issued, missing = _reports(fault, months, actor, at)
    return Followed(
        changed=True,
        reports=tuple(issued),
        left=(*left, *missing),
        credits=proposed,
        rfo=rfos.revise(fault=fault, author_id=author_id, actor=actor, at=at),
        claims=tuple(_claims(fault, months, actor, at)),
    )


def _months(fault: FaultRow, at: dt.datetime) -> list[Month]:
    """The months that are over in which the fault's circuits were down."""
    found = set()
    for case in fault.cases:
        for row in case.outages:
            for start, end in row.intervals:
                month, last = periods.month_of(start), periods.month_of(end or at)
                while month <= last:
                    found.add(month)
                    month = month.next
    return sorted(month for month in found if month.ends_at <= at)


def _reports(
    fault: FaultRow, months: list[Month], actor: Actor, at: dt.datetime
) -> tuple[list[str], list[str]]:
    """Issue anew the reports that were issued of these months; one that says the same stays."""
    issued, left = [], []
    firsts = {dt.date.fromordinal(month.first): month for month in months}
    papers = Paper.objects.filter(
        kind=Paper.Kind.SLA,
        customer_id__in={case.customer_id for case in fault.cases},
        month__in=firsts,
        id__in=Issue.objects.values("paper_id"),
    ).select_related("dossier", "customer")
    for paper in papers.order_by("month", "id"):
        assert paper.month is not None
        assert paper.customer is not None
        name = f"{paper.customer.name}, {firsts[paper.month].words}"
        try:
            row = reports.issue(customer_id=paper.customer.pk, month=firsts[paper.month], actor=actor, at=at)
        except Conflict:
            continue
        except Invalid as error:
            left.append(f"{name}: {error.message}")
            continue
        issued.append(f"{name} (v{row.sequence})")
        if Copy.objects.filter(issue__paper=paper).exists():
            work.open_item(
                dossier_id=paper.dossier_id,
                step="",
                key=reports.SEND_AGAIN,
                role=Role.INTERCONNECTION,
                title=_("Enviar la versión %(n)d del informe de SLA: la atribución cambió")
                % {"n": row.sequence},
                due_at=procedure.calendar(at=at).after(at, LATE_DAYS),
                at=at,
            )
    return issued, left


def _claims(fault: FaultRow, months: list[Month], actor: Actor, at: dt.datetime) -> list[str]:
    """Ask for a look at the letters that claimed the fault, or could now; return their numbers."""
    providers = {ticket.provider_id for ticket in fault.tickets}
    if fault.contracted_from is not None:
        providers.add(fault.contracted_from)
    found = Paper.objects.filter(
        kind=Paper.Kind.CLAIM,
        provider_id__in=providers,
        month__in=[dt.date.fromordinal(month.first) for month in months],
        id__in=Issue.objects.values("paper_id"),
    ).select_related("dossier", "provider")
    told = []
    for paper in found.order_by("id"):
        assert paper.provider is not None
        title = _("Revisar el reclamo a %(p)s: cambió la atribución de %(n)s") % {
            "p": paper.provider.name,
            "n": fault.number,
        }
        work.open_item(
            dossier_id=paper.dossier_id,
            step="",
            key=REVIEW,
            role=Role.MANAGER,
            title=title,
            due_at=procedure.calendar(at=at).after(at, LATE_DAYS),
            at=at,
        )
        dossiers.change(dossier_id=paper.dossier_id, state=_("por revisar: cambió una atribución"))
        journal.record(dossier_id=paper.dossier_id, act="REVIEW_CLAIM", text=title + ".", actor=actor, at=at)
        told.append(paper.dossier.number)
    if told:
        live.bump("assurance")
    return told
