"""What a D.A.C. says about a fault, read from the case so that nothing known is typed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.faults.models import (
    EFFECT_TITLES,
    Advance,
    Case,
    Claim,
    ClockStop,
    DacAcknowledgement,
    DacForm,
    Diagnosis,
    Fault,
    Outage,
    OutageInterval,
    ProviderTicket,
)
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules import capacity, dac, lapaz
from mayorista.rules.procedure import CAUSES, Attribution

REPEATED_WITHIN = dt.timedelta(days=30)


_OUTAGES = Prepared(
    lambda fault: (
        Outage.objects.filter(case__fault_id=fault)
        .exclude(case__state=Case.State.VOID)
        .select_related("service__node", "case__customer", "case__dossier")
        .order_by("case__dossier__number", "service__circuit_code")
    )
)
_INTERVALS: Prepared[Any] = Prepared(
    lambda outages: (
        OutageInterval.objects.filter(outage_id__any=outages)
        .order_by("starts_at")
        .values_list("outage_id", "starts_at", "ends_at")
    )
)
_CLAIMS = Prepared(
    lambda fault: (
        Claim.objects.filter(case__fault_id=fault, withdrawn_at=None)
        .select_related("case__dossier")
        .order_by("claimed_at")
    )
)
_CASES = Prepared(
    lambda fault: (
        Case.objects.filter(fault_id=fault)
        .exclude(state=Case.State.VOID)
        .select_related("dossier", "customer")
        .order_by("dossier__number")
    )
)


def services_and_cases(fault: Fault) -> tuple[tuple[dac.ServiceLine, ...], tuple[dac.CaseLine, ...]]:
    """Return the circuits and cases of a fault as lines of the form, in the order of their codes."""
    outages = _OUTAGES(fault.pk)
    intervals: dict[int, list[dac.Interval]] = {}
    for outage_id, starts_at, ends_at in _INTERVALS([outage.pk for outage in outages]):
        intervals.setdefault(outage_id, []).append(dac.Interval(starts_at=starts_at, ends_at=ends_at))
    services = tuple(
        dac.ServiceLine(
            case_number=outage.case.dossier.number,
            customer_code=outage.case.customer.code,
            customer_name=outage.case.customer.name,
            circuit_code=outage.service.circuit_code,
            description=outage.service.description,
            capacity=capacity.show(outage.service.capacity_kbps),
            port=outage.service.port,
            vlan=str(outage.service.vlan or ""),
            node=outage.service.node.name if outage.service.node else "",
            asn=f"AS {outage.service.asn}" if outage.service.asn else "",
            prefixes=tuple(outage.service.prefixes),
            effect=outage.effect,
            intervals=tuple(intervals.get(outage.pk, ())),
            repair_minutes=outage.repair_minutes,
            repair_source=outage.sla_source,
        )
        for outage in outages
    )
    return services, _cases(fault)


def _cases(fault: Fault) -> tuple[dac.CaseLine, ...]:
    claims: dict[int, list[dac.Claim]] = {}
    for claim in _CLAIMS(fault.pk):
        lines = claims.setdefault(claim.case_id, [])
        lines.append(
            dac.Claim(
                number=f"{claim.case.dossier.number}-R{len(lines) + 1}",
                received_at=claim.claimed_at,
                channel=claim.get_channel_display(),
                claimant=claim.who,
            )
        )
    return tuple(
        dac.CaseLine(
            number=case.dossier.number,
            customer_code=case.customer.code,
            customer_name=case.customer.name,
            claims=tuple(claims.get(case.pk, ())),
        )
        for case in _CASES(fault.pk)
    )


def actions(
    fault: Fault, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> tuple[dac.ActionLine, ...]:
    """Return what was done in the repair, oldest first, within (since, until]."""
    rows = Advance.objects.filter(fault=fault).select_related("author").order_by("at", "id")
    if since:
        rows = rows.filter(at__gt=since)
    if until:
        rows = rows.filter(at__lte=until)
    return tuple(
        dac.ActionLine(at=row.at, text=row.text, who=row.author.full_name if row.author else "")
        for row in rows
    )


def _provider(fault: Fault) -> dac.ProviderTicket | None:
    ticket = (
        ProviderTicket.objects.filter(fault=fault).select_related("provider").order_by("-opened_at").first()
    )
    if ticket:
        return dac.ProviderTicket(
            name=ticket.provider.name,
            ticket=ticket.reference,
            contact=ticket.contact,
            level=ticket.level,
            reported_at=ticket.opened_at,
            rfo_received=ticket.rfo_received,
        )
    resource = fault.resource
    if fault.attribution == Attribution.EXTERNAL and resource and resource.provider:
        return dac.ProviderTicket(name=resource.provider.name)
    return None


def _origin(fault: Fault) -> dac.Origin:
    cases = Case.objects.filter(fault=fault)
    claimed = cases.filter(claim_origin=True).exists()
    detected = cases.filter(alarm_origin=True).exists() or not claimed
    if claimed and detected:
        return dac.Origin.BOTH
    return dac.Origin.CLAIM if claimed else dac.Origin.ALARM


def suggested_impact(fault: Fault) -> str:
    """Return the impact in words, from the circuits hit and how."""
    rows = list(Outage.objects.filter(case__fault=fault).values_list("effect", "service__capacity_kbps"))
    total = sum(kbps for _effect, kbps in rows)
    effects = sorted({EFFECT_TITLES[effect] for effect, _kbps in rows})
    return _("%(effects)s en %(count)d circuito(s), %(capacity)s contratados") % {
        "effects": ", ".join(effects),
        "count": len(rows),
        "capacity": capacity.show(total),
    }


def suggested_element(fault: Fault) -> str:
    """Return the element hit: what was said, else what broke, else the circuit's node."""
    if fault.element:
        return fault.element
    if fault.resource:
        return fault.resource.name
    outage = Outage.objects.filter(case__fault=fault).select_related("service__node").first()
    if outage is None:
        return ""
    node = outage.service.node.name if outage.service.node else ""
    return " ".join(part for part in (node, outage.service.port) if part) or outage.service.circuit_code


def cause_for_customer(code: str) -> str:
    """Return the cause as a customer may read it: the class of the cause, without names."""
    cause = CAUSES.get(code)
    if cause is None:
        return _("en análisis")
    return cause.title.split(" (")[0].split(" / ")[0].lower()


def opening(*, fault: Fault, author: str, at: dt.datetime) -> dac.DacContent:
    """Return the content of an opening sent at `at`, all from the case."""
    services, cases = services_and_cases(fault)
    names = procedure_queries.parameters(at=at)
    diagnosis = (
        Diagnosis.objects.filter(fault=fault).exclude(part__gt=0).order_by("-decided_at", "-id").first()
    )
    claimed_at = min((claim.received_at for case in cases for claim in case.claims), default=None)
    starts = [interval.starts_at for line in services for interval in line.intervals]
    done = actions(fault, until=at)
    if not done and diagnosis:
        done = (dac.ActionLine(at=diagnosis.decided_at, text=_("Diagnóstico preliminar"), who=author),)
    return dac.DacContent(
        number="",
        event=dac.Event(fault.kind),
        services=services,
        cases=cases,
        opening=dac.Opening(
            issued_at=at,
            severity=fault.severity,
            attribution=fault.attribution,
            element=suggested_element(fault),
            impact=fault.impact or suggested_impact(fault),
            bgp_down=fault.bgp_down,
            origin=_origin(fault),
            started_at=min(starts, default=fault.started_at),
            started_estimated=fault.started_estimated,
            detected_at=fault.detected_at,
            claimed_at=claimed_at,
            registered_at=fault.dossier.opened_at,
            diagnosed_at=fault.diagnosed_at,
            coordinated_at=fault.coordinated_at,
            diagnosis=diagnosis.reason if diagnosis else "",
            cause_code=fault.cause_code,
            provider=_provider(fault),
            actions=done,
            etr_at=fault.etr_at if fault.etr_at and fault.etr_at > at else None,
            author=author,
        ),
        procedure_code=names["procedure.code"],
        procedure_revision=names["procedure.revision"].removeprefix("Rev. "),
        procedure_title=names["procedure.title"],
        fault_number=fault.dossier.number,
        repeated=is_repeated(fault),
        addressee=names["manager.title"],
        copies_to=tuple(names["dac.copies"]),
    )


def closing(
    *,
    fault: Fault,
    last: dac.DacContent,
    services: tuple[dac.ServiceLine, ...],
    author: str,
    at: dt.datetime,
) -> dac.Closing:
    """Return the closing as far as the case knows it at `at`; a person adds cause and prevention."""
    cause = CAUSES.get(fault.cause_code)
    effect = dac.SlaEffect(cause.sla) if cause else dac.SlaEffect.COUNTS
    starts = [interval.starts_at for line in services for interval in line.intervals]
    start = min(starts, default=fault.started_at)
    corrected = start != last.opening.started_at
    return dac.Closing(
        issued_at=at,
        severity=fault.severity,
        attribution=fault.attribution,
        element=fault.element or last.opening.element,
        impact=fault.impact or last.opening.impact,
        cause_code=fault.cause_code,
        root_cause=fault.root_cause,
        started_at=start if corrected else None,
        started_reason=_("circuitos que se sumaron al daño") if corrected else "",
        restored_at=fault.restored_at,
        verified_at=fault.verified_at,
        verification=fault.verification,
        provider=_provider(fault),
        actions=actions(fault, until=at) or last.opening.actions,
        stops=_stops(fault),
        sla_effect=effect,
        sla_rule=_suggested_rule(effect),
        crew=last.opening.crew,
        author=author,
    )


def _suggested_rule(effect: dac.SlaEffect) -> str:
    if effect is dac.SlaEffect.CONTRACT:
        return _("Según la cláusula de exclusiones del contrato")
    return ""


def _stops(fault: Fault) -> tuple[dac.Stop, ...]:
    return tuple(
        dac.Stop(
            starts_at=stop.starts_at,
            ends_at=stop.ends_at,
            reason=stop.get_reason_display(),
            proof=stop.evidence,
            circuit_code=stop.outage.service.circuit_code,
        )
        for stop in ClockStop.objects.filter(outage__case__fault=fault)
        .select_related("outage__service")
        .order_by("starts_at", "id")
    )


def acknowledgements(form: DacForm) -> tuple[dac.Acknowledgement, ...]:
    """Return who took note of which part, in order."""
    return tuple(
        dac.Acknowledgement(
            part=dac.Part(row.issue.part),
            sequence=row.issue.sequence,
            at=row.acknowledged_at,
            who=row.acknowledged_by.full_name,
        )
        for row in DacAcknowledgement.objects.filter(issue__form=form)
        .select_related("issue", "acknowledged_by")
        .order_by("issue__sequence")
    )


def is_repeated(fault: Fault) -> bool:
    """Whether one of the circuits was down for the same cause in the month before."""
    if not fault.cause_code:
        return False
    services = Outage.objects.filter(case__fault=fault).values("service_id")
    return (
        Outage.objects.filter(
            service_id__in=services,
            case__fault__cause_code=fault.cause_code,
            started_at__gte=fault.started_at - REPEATED_WITHIN,
            started_at__lt=fault.started_at,
        )
        .exclude(case__fault=fault)
        .exclude(case__state=Case.State.VOID)
        .exists()
    )


def duration_words(start: dt.datetime, end: dt.datetime) -> str:
    """Return "4 h 17 min" between two instants."""
    minutes = int((end - start).total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def hour(at: dt.datetime) -> str:
    """Return the hour of La Paz, "02:12"."""
    return lapaz.clock(at)
