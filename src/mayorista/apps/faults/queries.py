"""What other rooms and jobs ask of the faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from mayorista.apps.faults.models import (
    Case,
    Claim,
    ClockStop,
    DacForm,
    DacIssue,
    Diagnosis,
    Fault,
    Outage,
    OutageInterval,
)
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import interruptions
from mayorista.rules.errors import NotFound

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet


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


def outage_periods(
    *, since: dt.datetime, until: dt.datetime, service_ids: Iterable[int] | None = None
) -> dict[int, list[interruptions.Interruption]]:
    """Return the outages that touch [since, until) by circuit, with all that decides whether they count.

    What was voided never happened; an outage that fell again and was diagnosed anew comes in parts. Six reads,
    whatever the number of outages.
    """
    outages = _outages_touching(since, until)
    if service_ids is not None:
        outages = outages.filter(service_id__in=set(service_ids))
    rows = list(outages.select_related("case__dossier", "case__fault__dossier").order_by("started_at", "id"))
    ids = [row.pk for row in rows]
    intervals: dict[int, list[tuple[dt.datetime, dt.datetime | None]]] = {}
    alarmed: dict[int, dt.datetime] = {}
    for each in OutageInterval.objects.filter(outage_id__in=ids).order_by("starts_at", "id"):
        intervals.setdefault(each.outage_id, []).append((each.starts_at, each.ends_at))
        if each.occurrence_id is not None:
            alarmed.setdefault(each.outage_id, each.starts_at)
    claims: dict[int, dt.datetime] = {}
    told = Claim.objects.filter(case_id__in={row.case_id for row in rows}, withdrawn_at=None)
    for case_id, claimed_at in told.order_by("claimed_at").values_list("case_id", "claimed_at"):
        claims.setdefault(case_id, claimed_at)
    stops: dict[int, list[interruptions.Stop]] = {}
    for stop in ClockStop.objects.filter(outage_id__in=ids).order_by("starts_at"):
        stops.setdefault(stop.outage_id, []).append(
            interruptions.Stop(
                stop.starts_at, stop.ends_at, stop.get_reason_display(), stop.evidence, stop.evidence_file_id
            )
        )
    diagnoses, relapses = _diagnosed({row.case.fault_id: row.case.fault.dossier_id for row in rows})
    found: dict[int, list[interruptions.Interruption]] = {}
    for row in rows:
        case, fault = row.case, row.case.fault
        # What the NOC entered by itself, without alarm and without claim, is known since it began.
        alone = row.started_at if case.pk not in claims else None
        whole = interruptions.Interruption(
            case=case.dossier.number,
            fault=fault.dossier.number,
            intervals=tuple(intervals.get(row.pk) or [(row.started_at, row.restored_at)]),
            alarm_at=alarmed.get(row.pk, alone),
            claim_at=claims.get(case.pk),
            case_at=case.opened_at,
            effect=row.effect,
            attribution=fault.attribution,
            cause=fault.cause_code,
            disputed=fault.disputed,
            stops=tuple(stops.get(row.pk, ())),
        )
        found.setdefault(row.service_id, []).extend(
            interruptions.by_relapse(
                whole, diagnoses=diagnoses.get(fault.pk, ()), relapses=relapses.get(fault.dossier_id, ())
            )
        )
    return found


def relapses_of_fault(fault_id: int) -> list[dt.datetime]:
    """Return `relapses_of` by the fault's id; one read."""
    home = Fault.objects.filter(pk=fault_id).values_list("dossier_id", flat=True)
    told = procedure.journal_of(home).filter(act="RELAPSE")
    return list(told.order_by("at").values_list("at", flat=True))


def relapses_of(dossier_id: int) -> list[dt.datetime]:
    """Return when a fault fell again after it was restored, oldest first: one less than the parts it has."""
    told = procedure.journal_of([dossier_id]).filter(act="RELAPSE")
    return list(told.order_by("at").values_list("at", flat=True))


def _diagnosed(
    homes: Mapping[int, int],
) -> tuple[dict[int, list[interruptions.Diagnosed]], dict[int, list[dt.datetime]]]:
    """The diagnoses of these faults (by id) and when they fell again (by dossier), oldest first."""
    relapses: dict[int, list[dt.datetime]] = {}
    told = procedure.journal_of(homes.values()).filter(act="RELAPSE").order_by("at")
    for home, at in told.values_list("dossier_id", "at"):
        relapses.setdefault(home, []).append(at)
    diagnoses: dict[int, list[interruptions.Diagnosed]] = {}
    fallen = [pk for pk, home in homes.items() if home in relapses]
    rows = Diagnosis.objects.filter(fault_id__in=fallen).order_by("decided_at", "id")
    for row in rows:
        said = interruptions.Diagnosed(row.decided_at, row.attribution, row.cause_code, row.part)
        diagnoses.setdefault(row.fault_id, []).append(said)
    return diagnoses, relapses


def _outages_touching(since: dt.datetime, until: dt.datetime) -> QuerySet[Outage]:
    return (
        Outage.objects.filter(started_at__lt=until)
        .filter(
            Q(restored_at=None, closed_at=None)
            | Q(restored_at__gt=since)
            | Q(restored_at=None, closed_at__gt=since)
        )
        .exclude(case__state=Case.State.VOID)
        .exclude(case__fault__state=Fault.State.VOID)
    )


def touched_since(at: dt.datetime) -> list[tuple[int, dt.datetime, dt.datetime | None]]:
    """Return (service, start, end or None) of outages whose fault or case was acted on since an instant."""
    homes = procedure.dossiers_acted_on(since=at, kinds=("FAULT", "CASE"))
    rows = Outage.objects.filter(Q(case__dossier_id__in=homes) | Q(case__fault__dossier_id__in=homes))
    return [(row.service_id, row.started_at, row.restored_at or row.closed_at) for row in rows.order_by("id")]
