"""What judging a case needs, read for many at once: one read for each kind of row, whatever the number of cases."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from mayorista.apps.faults.models import Case, ClockStop, Outage, OutageInterval
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import clocks, workdays
from mayorista.rules.indicators.cases import CaseFacts, OutageFacts
from mayorista.rules.procedure import Attribution

OURS = [Attribution.EXTERNAL.value, Attribution.INTERNAL.value]


@dataclass(frozen=True, slots=True)
class Seen:
    """Facts of a case and the versions of its dossiers they were read from, added up."""

    case_id: int
    facts: CaseFacts
    seen: int


def read(case_ids: Sequence[int], *, at: dt.datetime) -> list[Seen]:
    """Return the facts of these cases at an instant, by case id (procedure A.1 to A.7); six reads."""
    if not case_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"ids": list(case_ids), "ours": OURS})
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    outages = _outages(case_ids, at)
    days = procedure.parameter("rfo.business_days", at=at)
    works = procedure.calendar(at=at)
    return [
        Seen(row["id"], _facts(row, outages.get(row["id"], ()), days, works), row["seen"]) for row in rows
    ]


def _outages(case_ids: Sequence[int], at: dt.datetime) -> dict[int, list[OutageFacts]]:
    rows = list(
        Outage.objects.filter(case_id__in=case_ids).order_by("id").values_list(
            "id", "case_id", "service__circuit_code", "restored_at", "repair_minutes", "sla_source"
        )
    )  # fmt: skip
    ids = [row[0] for row in rows]
    down = _periods(OutageInterval.objects.filter(outage_id__in=ids))
    stopped = _periods(ClockStop.objects.filter(outage_id__in=ids))
    made: dict[int, list[OutageFacts]] = defaultdict(list)
    for outage_id, case_id, circuit, restored_at, repair_minutes, source in rows:
        net = clocks.net_seconds(down[outage_id], stopped[outage_id], until=restored_at or at)
        made[case_id].append(OutageFacts(circuit, net, restored_at is not None, repair_minutes, source))
    return made


def _periods(rows: QuerySet[Any]) -> dict[int, list[clocks.Period]]:
    found: dict[int, list[clocks.Period]] = defaultdict(list)
    for outage_id, start, end in rows.values_list("outage_id", "starts_at", "ends_at"):
        found[outage_id].append(clocks.Period(start, end))
    return found


def _facts(
    row: dict[str, Any], outages: Sequence[OutageFacts], rfo_days: int, works: workdays.Calendar
) -> CaseFacts:
    promised = row["rfo_pending"] and row["closing_at"]
    own = row["state"] == Case.State.CLOSED_SELF
    return CaseFacts(
        number=row["number"],
        claim_at=row["claim_at"],
        detected_at=row["detected_at"],
        severity=row["severity"],
        cause_class=row["attribution"],
        outages=tuple(outages),
        opening_from=row["diagnosed_at"],
        opening_at=row["opening_at"],
        closing_from=row["verified_at"],
        closing_at=row["closing_at"],
        told_at=row["told_at"],
        restored_at=_restored(row),
        reopened_at=row["reopened_at"],
        closed_before=row["closed_before"],
        closed_at=row["closed_at"],
        self_cleared=own,
        missing=tuple(_missing(row, self_cleared=own)),
        complete_by=works.after(row["closing_at"], rfo_days) if promised else None,
        messages=row["messages"],
        excluded="anulado" if row["state"] == Case.State.VOID else "",
    )


def _restored(row: dict[str, Any]) -> dt.datetime | None:
    """When the damage was solved: the last circuit back, or the solution that support gave."""
    found: dt.datetime | None = row["last_restored_at"] or row["fault_restored_at"] or row["solved_at"]
    return found


def _missing(row: dict[str, Any], *, self_cleared: bool) -> list[str]:
    """What an auditor would ask for: cause, times, actions, evidence (G-01 e)."""
    found = []
    if not row["cause_code"]:
        found.append("código de causa")
    if self_cleared:
        return found
    if not row["reason"]:
        found.append("análisis")
    elif not row["evidence"] and not row["files"]:
        found.append("evidencia")
    if row["attribution"] == Attribution.CUSTOMER:
        if not row["solution"]:
            found.append("solución")
    else:
        if not row["root_cause"]:
            found.append("causa raíz")
        if not row["advances"]:
            found.append("acciones")
    return found


_SQL = """
SELECT kase.id, dossier.number, kase.state, kase.severity, kase.claim_at, fault.detected_at, fault.attribution,
    fault.cause_code, fault.root_cause, fault.rfo_pending, fault.verified_at, fault.restored_at AS fault_restored_at, kase.told_at,
    kase.closed_at, kase.solved_at, kase.solution, dossier.version + fault_dossier.version AS seen,
    ours.diagnosed_at, newest.reason, newest.evidence, again.at AS reopened_at, again.closed_before,
    issued.opening_at, issued.closing_at, down.last_restored_at,
    EXISTS (SELECT FROM faults_advance advance WHERE advance.fault_id = fault.id) AS advances,
    EXISTS (SELECT FROM procedure_storedfile file WHERE file.dossier_id IN (kase.dossier_id, fault.dossier_id)) AS files,
    (SELECT count(*) FROM messaging_message message
        WHERE message.dossier_id = kase.dossier_id AND message.channel = 'WHATSAPP') AS messages
FROM faults_case kase
JOIN procedure_dossier dossier ON dossier.id = kase.dossier_id
JOIN faults_fault fault ON fault.id = kase.fault_id
JOIN procedure_dossier fault_dossier ON fault_dossier.id = fault.dossier_id
LEFT JOIN LATERAL (
    SELECT min(decided_at) AS diagnosed_at FROM faults_diagnosis
    WHERE fault_id = fault.id AND attribution = ANY(%(ours)s)
) ours ON true
LEFT JOIN LATERAL (
    SELECT reason, evidence FROM faults_diagnosis WHERE fault_id = fault.id ORDER BY decided_at DESC, id DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT at, (payload ->> 'closed_before')::timestamptz AS closed_before FROM procedure_journalentry
    WHERE dossier_id = kase.dossier_id AND act = 'REOPEN' ORDER BY at DESC, id DESC LIMIT 1
) again ON kase.reopened > 0
LEFT JOIN LATERAL (
    SELECT min(issue.issued_at) FILTER (WHERE issue.part = 'OPENING') AS opening_at,
        max(issue.issued_at) FILTER (WHERE issue.part = 'CLOSING' AND (again.at IS NULL OR issue.issued_at > again.at))
            AS closing_at
    FROM faults_dacissue issue JOIN faults_dacform form ON form.id = issue.form_id WHERE form.fault_id = fault.id
) issued ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN bool_and(restored_at IS NOT NULL) THEN max(restored_at) END AS last_restored_at
    FROM faults_outage WHERE case_id = kase.id
) down ON true
WHERE kase.id = ANY(%(ids)s)
ORDER BY kase.id
"""
