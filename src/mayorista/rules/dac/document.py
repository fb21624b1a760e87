"""The form as it is printed: every value already words, ready for the template `dac`.

The template owns layout and labels; here moments become La Paz time, codes become their official
words and derived times appear. Nothing here decides anything.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mayorista.rules import lapaz, procedure
from mayorista.rules.dac import codec, labels, times

if TYPE_CHECKING:
    from datetime import datetime

    from mayorista.rules.dac.content import (
        ActionLine,
        Closing,
        DacContent,
        Opening,
        Progress,
        ProviderTicket,
        ServiceLine,
    )

PENDING = "en evaluación"


class Mark(StrEnum):
    """What this sheet is: the one original, a numbered reprint, a copy nobody controls, a draft."""

    ORIGINAL = "ORIGINAL"
    REPRINT = "REPRINT"
    UNCONTROLLED = "UNCONTROLLED"
    DRAFT = "DRAFT"


def document(
    content: DacContent,
    *,
    carrier: str,
    verification_url: str,
    mark: Mark = Mark.ORIGINAL,
    reprint: int = 0,
    limits: times.RegulatorLimits | None = None,
) -> dict[str, Any]:
    """The data of template `dac` (JSON types only).

    `carrier` is the name on the header, `verification_url` the public page behind the QR (empty on
    a draft), `reprint` the n of "Reimpresión n".
    """
    spent = times.durations(content)
    return {
        "carrier": carrier,
        "procedure": {
            "title": content.procedure_title,
            "code": content.procedure_code,
            "revision": content.procedure_revision,
        },
        "number": content.number or "sin número",
        "mark": labels.mark(mark, reprint),
        "draft": mark is Mark.DRAFT,
        "state": labels.state(content),
        "version": content.version,
        "issued": lapaz.moment(content.last_issued_at),
        "hash": codec.content_hash(content),
        "verification_url": "" if mark is Mark.DRAFT else verification_url,
        "fault": content.fault_number,
        "event": labels.EVENTS[content.event],
        "repeated": content.repeated,
        "addressee": content.addressee,
        "copies": list(content.copies_to),
        "cases": [_case(line) for line in content.cases],
        "services": [_service(line) for line in content.services],
        "customers": sorted({f"{line.customer_name} ({line.customer_code})" for line in content.services}),
        "opening": _opening(content.opening),
        "progress": [_progress(one) for one in content.progress],
        "closing": _closing(content, content.closing, spent) if content.closing else None,
        "corrections": [
            {
                "issued": lapaz.moment(one.issued_at),
                "reason": one.reason,
                "author": one.author,
                "changes": [
                    {
                        "field": labels.path(change.field),
                        "before": labels.value(change.field, change.before),
                        "after": labels.value(change.field, change.after),
                    }
                    for change in one.changes
                ],
            }
            for one in content.corrections
        ],
        "acknowledgements": [
            {"part": labels.part(one.part, one.sequence), "at": lapaz.moment(one.at), "who": one.who}
            for one in content.acknowledgements
        ],
        "clocks": _clocks(content, spent),
        "regulator": labels.regulator(
            times.regulator_duty(content.event, spent.gross, limits or times.RegulatorLimits()),
            lasting=content.closing is None,
        ),
    }


def _case(line: Any) -> dict[str, Any]:
    return {
        "number": line.number,
        "customer": f"{line.customer_name} ({line.customer_code})",
        "claims": [
            " · ".join(
                word
                for word in (claim.number, lapaz.moment(claim.received_at), claim.channel, claim.claimant)
                if word
            )
            for claim in line.claims
        ],
    }


def _service(line: ServiceLine) -> dict[str, Any]:
    return {
        "case": line.case_number,
        "customer": line.customer_name,
        "customer_code": line.customer_code,
        "circuit": line.circuit_code,
        "description": line.description,
        "capacity": line.capacity,
        "access": [
            word
            for word in (
                line.port or line.node,
                f"VLAN\u00a0{line.vlan}" if line.vlan else "",
                f"AS\u00a0{line.asn.removeprefix('AS').strip()}" if line.asn else "",
                *line.prefixes,
            )
            if word
        ],
        "effect": labels.EFFECTS.get(line.effect, line.effect),
    }


def _actions(actions: tuple[ActionLine, ...]) -> list[dict[str, str]]:
    return [
        {"at": lapaz.moment(one.at), "who": one.who, "text": one.text}
        for one in sorted(actions, key=lambda one: one.at)
    ]


def _provider(ticket: ProviderTicket | None) -> dict[str, str] | None:
    if ticket is None:
        return None
    rfo = {None: "", True: "recibido", False: "pendiente"}[ticket.rfo_received]
    return {
        "name": ticket.name,
        "ticket": ticket.ticket or "pendiente",
        "contact": ticket.contact,
        "level": "" if ticket.level is None else str(ticket.level),
        "reported": lapaz.moment(ticket.reported_at),
        "rfo": rfo,
    }


def _shared(part: Opening | Closing) -> dict[str, Any]:
    return {
        "issued": lapaz.moment(part.issued_at),
        "severity": labels.severity(part.severity),
        "attribution": labels.attribution(part.attribution),
        "element": part.element,
        "impact": part.impact,
        "cause": part.cause_code,
        "cause_title": procedure.CAUSES[part.cause_code].title if part.cause_code in procedure.CAUSES else "",
        "provider": _provider(part.provider),
        "actions": _actions(part.actions),
        "crew": part.crew,
        "attachments": [
            {"name": one.name, "kind": one.kind, "sha256": one.sha256[:16]} for one in part.attachments
        ],
        "author": part.author,
        "reviewer": part.reviewer,
        "shift": part.shift,
        "customer_text": part.customer_text,
    }


def _opening(opening: Opening) -> dict[str, Any]:
    facts = [opening.impact] if opening.impact else []
    if opening.impact_percent is not None:
        facts.append(f"{opening.impact_percent} % del tráfico afectado")
    if opening.bgp_down is not None:
        facts.append("sesión BGP caída" if opening.bgp_down else "sesión BGP arriba")
    return _shared(opening) | {
        "impact": " · ".join(facts),
        "origin": labels.ORIGINS[opening.origin],
        "started": lapaz.exact(opening.started_at),
        "estimated": opening.started_estimated,
        "detected": lapaz.moment(opening.detected_at),
        "claimed": lapaz.moment(opening.claimed_at),
        "registered": lapaz.moment(opening.registered_at),
        "diagnosed": lapaz.moment(opening.diagnosed_at),
        "coordinated": lapaz.moment(opening.coordinated_at),
        "diagnosis": opening.diagnosis,
        "etr": lapaz.moment(opening.etr_at) or PENDING,
        "next_update": lapaz.moment(opening.next_update_at),
    }


def _progress(one: Progress) -> dict[str, Any]:
    return {
        "issued": lapaz.moment(one.issued_at),
        "text": one.text,
        "etr": lapaz.moment(one.etr_at) or PENDING,
        "next_update": lapaz.moment(one.next_update_at),
        "author": one.author,
        "actions": _actions(one.actions),
    }


def _closing(content: DacContent, closing: Closing, spent: times.Durations) -> dict[str, Any]:
    corrected = closing.started_at is not None and closing.started_at != content.opening.started_at
    return _shared(closing) | {
        "root_cause": closing.root_cause,
        "rfo": labels.rfo(pending=closing.rfo_pending, due=lapaz.moment(closing.rfo_due_at)),
        "started": lapaz.exact(content.started_at),
        "started_reason": closing.started_reason if corrected else "",
        "restored": lapaz.exact(closing.restored_at),
        "verified": lapaz.moment(closing.verified_at),
        "verification": closing.verification,
        "gross": lapaz.duration(spent.gross),
        "stopped": lapaz.duration(spent.stopped),
        "net": lapaz.duration(spent.net),
        "sla": labels.SLA_EFFECTS[closing.sla_effect],
        "sla_rule": closing.sla_rule,
        "stops": [
            {
                "from": lapaz.exact(stop.starts_at),
                "to": lapaz.exact(stop.ends_at) or "sigue",
                "reason": stop.reason,
                "proof": stop.proof,
                "circuit": stop.circuit_code or "todos",
            }
            for stop in sorted(closing.stops, key=lambda stop: stop.starts_at)
        ],
        "preventive": [
            {"text": one.text, "responsible": one.responsible, "due": lapaz.day(one.due_date)}
            for one in closing.preventive
        ],
        "services": [
            _lost(line, lost, closing) for line, lost in zip(content.services, spent.services, strict=True)
        ],
    }


def _lost(line: ServiceLine, lost: times.ServiceTimes, closing: Closing) -> dict[str, Any]:
    starts = [one.starts_at for one in line.intervals]
    ends = [one.ends_at for one in line.intervals if one.ends_at is not None]
    return {
        "circuit": line.circuit_code,
        "from": lapaz.exact(min(starts)) if starts else "",
        "to": lapaz.exact(max(ends)) if ends and len(ends) == len(starts) else "sigue",
        "intervals": len(starts),
        "gross": lapaz.duration(lost.gross),
        "stopped": lapaz.duration(lost.stopped),
        "net": lapaz.duration(lost.net),
        "target": labels.minutes(line.repair_minutes),
        "source": line.repair_source,
        "result": labels.sla_result(lost, closing.sla_effect),
    }


def _clocks(content: DacContent, spent: times.Durations) -> list[dict[str, str]]:
    lasting = content.closing is None
    rows = [
        ("Tiempo de detección", spent.detection),
        ("Tiempo de difusión", spent.diffusion),
        ("Duración bruta" + (" hasta esta emisión" if lasting else ""), spent.gross),
        ("Paradas", None if lasting else spent.stopped),
        ("Duración neta", None if lasting else spent.net),
    ]
    return [{"name": name, "value": lapaz.duration(value)} for name, value in rows if value is not None]


def issued_at(content: DacContent) -> datetime:
    """The date of the document: when its newest part was issued."""
    return content.last_issued_at
