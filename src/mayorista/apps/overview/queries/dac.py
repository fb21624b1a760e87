"""The D.A.C. before it is sent (prefilled from the case), and as a page and to the public after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.apps.faults import dac_content
from mayorista.apps.faults.models import DacForm, DacIssue, Fault
from mayorista.apps.faults.operations import dac as operations
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import JournalEntry, StoredFile
from mayorista.rules import dac
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import Act


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What the next part of the form would say, before a person changes anything."""

    part: str
    opening: dac.Opening
    closing: dac.Closing | None
    etr_at: dt.datetime | None
    next_update_at: dt.datetime | None
    sheet: dict[str, object]


def _fault(fault_id: int) -> Fault:
    fault = Fault.objects.select_related("dossier", "resource__provider").filter(pk=fault_id).first()
    if fault is None:
        raise NotFound(_("No existe ese daño."))
    return fault


def next_part(fault: Fault, form: DacForm | None) -> str:
    """Return the part that comes now: OPENING, PROGRESS, CLOSING, BOTH (short outage) or DONE."""
    if form is None:
        return "BOTH" if fault.verified_at else "OPENING"
    if fault.state in {"DAC_CLOSED", "CLOSED"}:
        return "DONE"
    return "CLOSING" if fault.verified_at else "PROGRESS"


def _both(
    fault: Fault,
    form: DacForm | None,
    opening: operations.OpeningForm,
    closing: operations.ClosingForm | None,
    actor: Actor,
    at: dt.datetime,
) -> dac.DacContent:
    """Return the content with the opening as sent or as it would be, and the closing when asked for."""
    if form is None:
        content = operations.opening_content(fault=fault, form=opening, actor=actor, at=at)
        if closing is None:
            return content
        services, cases = dac_content.services_and_cases(fault)
        last = dac_content.closing(fault=fault, last=content, services=services, author=actor.name, at=at)
        return content.with_closing(last, services=services, cases=cases)
    if closing is not None:
        return operations.closing_content(fault=fault, sheet=form, form=closing, actor=actor, at=at)
    newest = DacIssue.objects.filter(form=form).order_by("-sequence").first()
    assert newest is not None
    return dac.from_json(newest.content)


def prefilled(*, fault_id: int, actor: Actor, at: dt.datetime) -> Prefilled:
    """Return the next part of the form prefilled from the case. Raises Conflict before the diagnosis."""
    fault = _fault(fault_id)
    if not fault.attribution:
        raise Conflict(_("Falta el diagnóstico."), remedy=_("Diagnostique primero (A.3)."))
    if fault.attribution == "CUSTOMER":
        raise Conflict(
            _("Un daño atribuible al cliente no genera D.A.C."),
            remedy=_("Concluya el caso con soporte (paso A.4) o corrija el diagnóstico."),
        )
    form = DacForm.objects.select_related("dossier").filter(fault=fault).first()
    if form is not None:
        form.fault = fault
    part = next_part(fault, form)
    closing = operations.ClosingForm() if part in {"CLOSING", "BOTH"} else None
    content = _both(fault, form, operations.OpeningForm(), closing, actor, at)
    minutes = procedure_queries.by_severity("dac.progress_minutes", fault.severity, at=at)
    return Prefilled(
        part=part,
        opening=content.opening,
        closing=content.closing,
        etr_at=fault.etr_at if fault.etr_at and fault.etr_at > at else None,
        next_update_at=at + dt.timedelta(minutes=minutes),
        sheet=dac.document(
            content,
            carrier=procedure_queries.parameter("carrier.name", at=at),
            verification_url="",
            mark=dac.Mark.DRAFT,
        ),
    )


def preview_pdf(
    *,
    fault_id: int,
    opening: operations.OpeningForm,
    closing: operations.ClosingForm | None,
    actor: Actor,
    at: dt.datetime,
) -> bytes:
    """Return the PDF of the part as it would be sent, marked as a draft without number."""
    fault = _fault(fault_id)
    form = DacForm.objects.select_related("dossier").filter(fault=fault).first()
    if form is not None:
        form.fault = fault
    return operations.preview(content=_both(fault, form, opening, closing, actor, at), at=at)


@dataclass(frozen=True, slots=True)
class IssueRow:
    """A part as it was sent."""

    id: int
    sequence: int
    title: str
    issued_at: dt.datetime
    issued_by: str
    file_id: int
    hash: str
    acknowledged_at: dt.datetime | None
    acknowledged_by: str
    reprints: int
    files: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class DacPage:
    """The page of a D.A.C."""

    id: int
    number: str
    headline: str
    fault_number: str
    state: str
    issues: tuple[IssueRow, ...]
    sheet: dict[str, object]
    verification_url: str

    @property
    def to_acknowledge(self) -> bool:
        """Whether some part was not seen by the Gerente."""
        return any(issue.acknowledged_at is None for issue in self.issues)


def _filed_with(dossier_id: int) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return the files (id, name) that came with each part, by the part's id; two reads."""
    told = JournalEntry.objects.filter(dossier_id=dossier_id, act=Act.ISSUE_DAC).values_list(
        "payload", flat=True
    )
    by_issue = {payload.get("issue"): payload.get("files") or [] for payload in told}
    names = dict(
        StoredFile.objects.filter(pk__in=[each for ids in by_issue.values() for each in ids]).values_list(
            "pk", "name"
        )
    )
    return {
        issue: tuple((each, names[each]) for each in ids if each in names) for issue, ids in by_issue.items()
    }


def page(*, number: str, at: dt.datetime) -> DacPage:
    """Return a D.A.C. by its number. Raises NotFound."""
    from mayorista.apps.faults.models import DacAcknowledgement, DacReprint  # noqa: PLC0415 - beside its only use

    form = (
        DacForm.objects.select_related("dossier", "fault__dossier")
        .filter(dossier__number=number.strip().upper())
        .first()
    )
    if form is None:
        raise NotFound(_("No existe el D.A.C. %(number)s.") % {"number": number})
    issues = list(DacIssue.objects.filter(form=form).select_related("issued_by").order_by("sequence"))
    seen = {
        row.issue_id: row
        for row in DacAcknowledgement.objects.filter(issue__in=issues).select_related("acknowledged_by")
    }
    reprints: dict[int, int] = {}
    for issue_id in DacReprint.objects.filter(issue__in=issues).values_list("issue_id", flat=True):
        reprints[issue_id] = reprints.get(issue_id, 0) + 1
    content = dac.from_json(issues[-1].content)
    filed = _filed_with(form.dossier_id)
    rows = []
    for issue in issues:
        row = seen.get(issue.pk)
        same = sum(1 for each in issues if each.part == issue.part and each.sequence <= issue.sequence)
        rows.append(
            IssueRow(
                issue.pk,
                issue.sequence,
                issue.get_part_display() + (f" {same}" if issue.part == "PROGRESS" else ""),
                issue.issued_at,
                issue.issued_by.full_name,
                issue.file_id,
                issue.content_hash,
                row.acknowledged_at if row else None,
                row.acknowledged_by.full_name if row else "",
                reprints.get(issue.pk, 0),
                filed.get(issue.pk, ()),
            )
        )
    url = operations.verification_url(token=form.token, at=at)
    return DacPage(
        id=form.pk,
        number=form.dossier.number,
        headline=form.dossier.headline,
        fault_number=form.fault.dossier.number,
        state=form.dossier.state,
        issues=tuple(rows),
        sheet=dac.document(
            content, carrier=procedure_queries.parameter("carrier.name", at=at), verification_url=url
        ),
        verification_url=url,
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """What the public may know of a form: number, date of its newest part, and that it is valid. Nothing else."""

    number: str
    issued_at: dt.datetime
    hash_start: str


def verify(*, token: str) -> Verified | None:
    """Return what the public may know of the form with that token, or None when there is no such form."""
    form = DacForm.objects.select_related("dossier").filter(token=token).first()
    if form is None:
        return None
    newest = DacIssue.objects.filter(form=form).order_by("-sequence").first()
    if newest is None:
        return None
    return Verified(form.dossier.number, newest.issued_at, newest.content_hash[:16])
