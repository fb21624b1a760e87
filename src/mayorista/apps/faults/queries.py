"""What other rooms and jobs ask of the faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mayorista.apps.faults.models import Case, DacForm, DacIssue, Outage
from mayorista.rules.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case that a claim may join."""

    case_id: int
    number: str
    customer: str
    circuits: tuple[str, ...]
    service_ids: tuple[int, ...]
    state: str


def open_cases(*, customer_id: int | None = None, service_ids: Iterable[int] = ()) -> list[OpenCase]:
    """Return the open cases of a customer or of circuits: a claim matches these first (A.1.1)."""
    outages = Outage.objects.filter(closed_at=None, case__closed_at=None).select_related(
        "case__dossier", "case__customer", "service"
    )
    wanted = list(service_ids)
    if customer_id is not None:
        outages = outages.filter(case__customer_id=customer_id)
    if wanted:
        outages = outages.filter(service_id__in=wanted)
    grouped: dict[int, list[Outage]] = {}
    for outage in outages.order_by("case_id", "service__circuit_code"):
        grouped.setdefault(outage.case_id, []).append(outage)
    return [
        OpenCase(
            case_id=case_id,
            number=rows[0].case.dossier.number,
            customer=rows[0].case.customer.name,
            circuits=tuple(row.service.circuit_code for row in rows),
            service_ids=tuple(row.service_id for row in rows),
            state=rows[0].case.get_state_display(),
        )
        for case_id, rows in grouped.items()
    ]


@dataclass(frozen=True, slots=True)
class Verification:
    """What the public page tells about a D.A.C.: number, date and validity, nothing else."""

    number: str
    date: str
    valid: bool
    version: int
    content_hash: str


def verify_dac(*, token: str) -> Verification:
    """Return what may be told publicly of the form behind a QR. Raises NotFound."""
    form = DacForm.objects.select_related("dossier", "fault").filter(token=token).first()
    newest = DacIssue.objects.filter(form=form).order_by("-sequence").first() if form else None
    if form is None or newest is None:
        raise NotFound("No existe un D.A.C. con ese código.")
    return Verification(
        number=form.dossier.number,
        date=newest.issued_at.isoformat(),
        valid=form.fault.state != "VOID",
        version=newest.sequence,
        content_hash=newest.content_hash,
    )


def case_number(*, case_id: int) -> str:
    """Return the number of a case. Raises NotFound."""
    number = Case.objects.filter(id=case_id).values_list("dossier__number", flat=True).first()
    if number is None:
        raise NotFound("No existe ese caso.")
    return str(number)
