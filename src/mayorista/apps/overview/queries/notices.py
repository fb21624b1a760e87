"""Notices to customers before they go: one, or all of a mass event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Case, CustomerNotice, Fault
from mayorista.apps.faults.operations import notices as operations
from mayorista.apps.overview.queries import case_facts
from mayorista.rules.errors import NotFound


@dataclass(frozen=True, slots=True)
class BulkPage:
    """The notices that can go now, in the order of their numbers."""

    rows: tuple[operations.Composed, ...]
    fault_number: str
    headline: str
    unreachable: int

    @property
    def whatsapps(self) -> int:
        """How many WhatsApp messages there will be."""
        return sum(len(row.phones) for row in self.rows)

    @property
    def templated(self) -> int:
        """How many of those get the approved template, whatever is edited."""
        return sum(row.templated for row in self.rows)

    @property
    def mails(self) -> int:
        """How many mails there will be."""
        return sum(1 for row in self.rows if row.emails)


def one(*, case_id: int, kind: str, at: dt.datetime) -> operations.Composed:
    """Return the notice of one case as it would go out. Raises NotFound."""
    found = operations.compose(case_ids=[case_id], kind=kind, at=at)
    if not found:
        raise NotFound(_("No existe el caso."))
    return found[0]


def bulk(*, kind: str, fault_number: str, at: dt.datetime) -> BulkPage:
    """Return the notices of a fault, or (for the solution) all that wait for A.7."""
    cases = Case.objects.filter(closed_at=None)
    headline, number = "", ""
    if fault_number:
        fault, _case = case_facts.find(fault_number)
        cases = cases.filter(fault=fault)
        headline, number = fault.dossier.headline, fault.dossier.number
    if kind == "SOLUTION":
        told = CustomerNotice.objects.filter(
            kind="SOLUTION", undone_at=None, round=F("case__reopened")
        ).values("case_id")
        cases = cases.filter(fault__state=Fault.State.DAC_CLOSED).exclude(pk__in=told)
    elif kind == "OPENING":
        cases = cases.filter(opening_notice_at=None)
        if not fault_number:
            cases = cases.none()
    rows = operations.compose(case_ids=list(cases.values_list("pk", flat=True)), kind=kind, at=at)
    silent = sum(1 for row in rows if not row.emails and not row.phones)
    return BulkPage(tuple(rows), number, headline, silent)
