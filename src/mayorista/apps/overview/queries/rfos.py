"""The screen of a fault's RFO."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from mayorista.apps.assurance.models import Paper
from mayorista.apps.assurance.queries import mails, papers
from mayorista.apps.assurance.queries import rfo as facts
from mayorista.apps.assurance.queries.papers import Version
from mayorista.apps.faults.paper_facts import CaseRow
from mayorista.apps.messaging.texts import Filled


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer hit: its case, circuits, addresses, whether it has the version in force, and the mail that would carry it."""

    customer: str
    case: str
    circuits: tuple[str, ...]
    to: tuple[str, ...]
    has: bool
    mail: Filled | None


@dataclass(frozen=True, slots=True)
class RfoPage:
    """A fault's RFO: the draft (prefilled while nobody wrote), who wrote it, versions, who is to get it."""

    fault: str
    case: str
    number: str
    restored: bool
    draft: dict[str, str]
    waiting: bool
    drafted_by: str
    drafted_by_id: int | None
    drafted_at: dt.datetime | None
    versions: tuple[Version, ...]
    hit: tuple[Hit, ...]


def rfo_page(number: str, *, at: dt.datetime) -> RfoPage:
    """Return the RFO by the number of the fault, one of its cases or the RFO itself. Raises NotFound."""
    fault = facts.fault_of(number)
    paper = (
        Paper.objects.select_related("dossier", "drafted_by")
        .filter(kind=Paper.Kind.RFO, fault_id=fault.id)
        .first()
    )
    versions = papers.versions([paper.pk]).get(paper.pk, []) if paper is not None else []
    have = {copy.customer for copy in versions[0].sent} if versions else set()
    waiting = bool(paper and paper.draft)
    draft = dict(paper.draft) if paper and paper.draft else {}
    if not draft:
        draft = dict(versions[0].content["text"]) if versions else facts.prefilled(fault)
    fill = mails.filler(mails.RFO, at=at)
    addresses = mails.addresses_of({case.customer_id for case in fault.cases})
    newest = versions[0] if versions else None
    return RfoPage(
        fault=fault.number,
        case=fault.cases[0].number if fault.cases else fault.number,
        number=paper.dossier.number if paper else "",
        restored=fault.restored_at is not None,
        draft=draft,
        waiting=waiting,
        drafted_by=paper.drafted_by.full_name if paper and paper.drafted_by else "",
        drafted_by_id=paper.drafted_by_id if paper else None,
        drafted_at=paper.drafted_at if paper else None,
        versions=tuple(versions),
        hit=tuple(_hit(case, newest, have, addresses[case.customer_id], fill) for case in fault.cases),
    )


def _hit(
    case: CaseRow, version: Version | None, have: set[str], to: Collection[str], fill: mails.Fill
) -> Hit:
    circuits = tuple(row.circuit for row in case.outages)
    named = version is not None and any(each["case"] == case.number for each in version.content["affected"])
    mail = None
    if version is not None and named and case.customer not in have:
        mail = mails.rfo_mail(
            fill,
            customer=case.customer,
            case=case.number,
            number=version.number,
            version=version.sequence,
            circuits=circuits,
        )
    return Hit(case.customer, case.number, circuits, tuple(to), case.customer in have, mail if to else None)
