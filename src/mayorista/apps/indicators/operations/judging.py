"""Judge cases by the set in force and keep what it said; again whenever the case changed or its time went on.

A verdict that failed is settled only when the case is closed as well: until then an act may still change the class of
the cause and with it the criteria that apply.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

from django.db import connection, transaction

from mayorista.apps.faults import case_facts
from mayorista.apps.indicators.models import CaseVerdict
from mayorista.apps.indicators.queries import criteria as sets
from mayorista.apps.procedure.operations import live
from mayorista.rules.indicators.cases import Finding, Outcome, Verdict, judge

PORTION = 500


def judge_due(*, at: dt.datetime, most: int = 20_000) -> int:
    """Judge every case that changed since, is not settled, or falls under another set by now; return how many.

    Safe to run twice at once: portions are locked, and the same facts give the same rows.
    """
    in_force = sets.in_force()
    done = 0
    while done < most:
        with transaction.atomic():
            ids = _due(in_force, at)
            if ids:
                judge_cases(ids, in_force, at=at)
        done += len(ids)
        if len(ids) < PORTION:
            break
    if done:
        live.bump("indicators")
    return done


def judge_cases(case_ids: Sequence[int], in_force: sets.InForce, *, at: dt.datetime) -> list[Verdict]:
    """Judge these cases and keep the verdicts; one write for all."""
    rows, said = [], []
    for each in case_facts.read(case_ids, at=at):
        version = in_force.of(each.facts.month)
        verdict = judge(each.facts, version.criteria, at=at)
        said.append(verdict)
        rows.append(
            CaseVerdict(
                case_id=each.case_id,
                criteria_id=version.id,
                month=dt.date.fromordinal(verdict.month.first),
                claimed=verdict.claimed,
                cause_class=each.facts.cause_class,
                outcome=verdict.outcome,
                failed=[criterion.value for criterion in verdict.failed],
                findings=[_written(finding) for finding in verdict.findings],
                settled=each.facts.closed_at is not None and verdict.outcome is not Outcome.IN_PROGRESS,
                seen=each.seen,
                judged_at=at,
            )
        )
    CaseVerdict.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=[
            "criteria", "month", "claimed", "cause_class", "outcome", "failed", "findings", "settled", "seen",
            "judged_at",
        ],
    )  # fmt: skip
    return said


def _written(finding: Finding) -> list[str]:
    return [str(value) for value in asdict(finding).values()]


def _due(in_force: sets.InForce, at: dt.datetime) -> list[int]:
    """Return cases that were not judged at `at` and want it, locked; at most a portion."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {
                "at": at,
                "most": PORTION,
                "ids": [each.id for each in in_force.versions],
                "months": [dt.date.fromordinal(each.valid_from.first) for each in in_force.versions],
            },
        )
        return [row[0] for row in cursor.fetchall()]


_DUE = """
WITH rule AS (
    SELECT id, valid_from, lead(valid_from) OVER (ORDER BY valid_from) AS until
    FROM unnest(%(ids)s::bigint[], %(months)s::date[]) AS given (id, valid_from)
)
SELECT kase.id
FROM faults_case kase
JOIN procedure_dossier dossier ON dossier.id = kase.dossier_id
JOIN faults_fault fault ON fault.id = kase.fault_id
JOIN procedure_dossier fault_dossier ON fault_dossier.id = fault.dossier_id
LEFT JOIN indicators_caseverdict verdict ON verdict.case_id = kase.id
LEFT JOIN rule ON verdict.month >= rule.valid_from AND (rule.until IS NULL OR verdict.month < rule.until)
WHERE verdict.id IS NULL
    OR verdict.seen <> dossier.version + fault_dossier.version
    OR (NOT verdict.settled AND verdict.judged_at < %(at)s)
    OR (rule.id IS NOT NULL AND verdict.criteria_id <> rule.id)
ORDER BY kase.id
LIMIT %(most)s
FOR UPDATE OF kase SKIP LOCKED
"""
