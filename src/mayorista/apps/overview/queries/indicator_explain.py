"""«Explicar esta cifra»: a case judged anew from its records and told again from the journal alone; a month likewise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.faults import case_facts, retold
from mayorista.apps.faults.models import Case
from mayorista.apps.indicators.models import CaseVerdict
from mayorista.apps.indicators.queries import criteria as sets
from mayorista.apps.overview.queries.criteria_sets import CLASS_TITLES
from mayorista.apps.overview.queries.indicators import NO_CLAIMS, Figure, figure
from mayorista.rules import lapaz
from mayorista.rules.errors import NotFound
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.indicators import retelling
from mayorista.rules.indicators.cases import OUTCOME_TITLES, Answer, CaseFacts, Outcome, judge
from mayorista.rules.indicators.fraction import Quotient
from mayorista.rules.indicators.retelling import Retold
from mayorista.rules.periods import Month

ANSWER_TITLES = {
    Answer.PASSED: "cumple",
    Answer.FAILED: "no cumple",
    Answer.PENDING: "en curso",
    Answer.NOT_APPLICABLE: "no aplica",
}


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A criterion answered, kept beside recomputed."""

    title: str
    answer: str
    answer_name: str
    limit: str
    value: str


@dataclass(frozen=True, slots=True)
class ExplainedCase:
    """«Explicar esta cifra»: what the set in force says of a case now, and whether what is kept says the same."""

    number: str
    customer: str
    month: Month
    claimed: bool
    outcome: str
    outcome_name: str
    kept: str
    agrees: bool
    findings: tuple[FindingRow, ...]
    criteria: int
    circuits: tuple[tuple[str, int, int, str], ...]
    journal: JournalSays


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact by the journal and by the records, in words; `agrees` None where the journal does not say."""

    fact: str
    journal: str
    record: str
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class JournalSays:
    """A case told again from its journal alone: what it comes to, and the facts beside those of the records."""

    outcome: str
    outcome_name: str
    agrees: bool | None
    facts: tuple[FactRow, ...]

    @property
    def differing(self) -> tuple[FactRow, ...]:
        """The facts of which both say different things."""
        return tuple(each for each in self.facts if each.agrees is False)

    @property
    def untold(self) -> tuple[FactRow, ...]:
        """The facts that no line tells."""
        return tuple(each for each in self.facts if each.agrees is None)


def _journal_says(
    told: Retold, record: CaseFacts, outcome: Outcome, criteria: rules.CriteriaSet, at: dt.datetime
) -> JournalSays:
    again = retelling.recompute(told, criteria, at=at)
    return JournalSays(
        outcome=again.outcome or "",
        outcome_name=OUTCOME_TITLES[again.outcome] if again.outcome else _(retelling.NO_DATA),
        agrees=None if again.outcome is None else again.outcome == outcome,
        facts=tuple(
            FactRow(
                each.fact,
                _(retelling.NO_DATA) if each.journal is None else _fact_words(each.fact, each.journal[0]),
                _fact_words(each.fact, each.record),
                each.agrees,
            )
            for each in retelling.compare(told, record)
        ),
    )


_SECONDS = {retelling.Fact.DOWN.value: 1, retelling.Fact.REPAIR.value: 60}


def _fact_words(fact: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    if isinstance(value, dt.datetime):
        return lapaz.exact(value)
    if isinstance(value, int):
        unit = _SECONDS.get(fact.rpartition(": ")[2])
        return lapaz.duration(value * unit) if unit else str(value)
    return CLASS_TITLES.get(value, value) if value else "—"


def explain_case(number: str, *, at: dt.datetime) -> ExplainedCase:
    """Return a case judged anew from its rows, and from its journal alone, beside what was kept. Raises NotFound."""
    case = (
        Case.objects.select_related("customer", "dossier")
        .filter(dossier__number=number.strip().upper())
        .first()
    )
    if case is None:
        raise NotFound(_("No existe ese caso."))
    (seen,) = case_facts.read([case.pk], at=at)
    version = sets.in_force().of(seen.facts.month)
    verdict = judge(seen.facts, version.criteria, at=at)
    told = retold.read([case.pk], at=at)[case.pk]
    kept = CaseVerdict.objects.filter(case=case).first()
    return ExplainedCase(
        number=case.dossier.number,
        customer=case.customer.name,
        month=verdict.month,
        claimed=verdict.claimed,
        outcome=verdict.outcome,
        outcome_name=OUTCOME_TITLES[verdict.outcome],
        kept=OUTCOME_TITLES[Outcome(kept.outcome)] if kept else _("sin calcular"),
        agrees=kept is not None and kept.outcome == verdict.outcome,
        findings=tuple(
            FindingRow(each.title, each.answer, ANSWER_TITLES[each.answer], each.limit, each.value)
            for each in verdict.findings
        ),
        criteria=version.number,
        circuits=tuple(
            (each.circuit, each.net_seconds, each.repair_minutes * 60, each.sla_source)
            for each in seen.facts.outages
        ),
        journal=_journal_says(told, seen.facts, verdict.outcome, version.criteria, at),
    )


MOST_RETOLD = 3_000
RETOLD_PORTION = 500


@dataclass(frozen=True, slots=True)
class RetoldRow:
    """A case whose journal and records differ, or whose journal does not tell enough."""

    number: str
    customer: str
    outcome_name: str
    journal_name: str
    differing: tuple[str, ...]
    untold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetoldMonth:
    """A month's indicator 1 by what is counted and by the journal alone; `more`: cases beyond what one page reads."""

    month: Month
    kept: Figure
    journal: Figure
    cases: int
    agreeing: int
    rows: tuple[RetoldRow, ...]
    more: int


def retell_month(month: Month, *, at: dt.datetime) -> RetoldMonth:
    """Recompute a month from the journal. What it does not tell is counted in neither side, and named."""
    version = sets.in_force().of(month)
    kept = CaseVerdict.objects.filter(month=dt.date.fromordinal(month.first)).order_by(
        "case__dossier__number"
    )
    every = list(kept.values_list("case_id", "claimed", "outcome", "case__customer__name"))
    shown = every[:MOST_RETOLD]
    rows, mine, theirs = [], [], []
    for start in range(0, len(shown), RETOLD_PORTION):
        part = shown[start : start + RETOLD_PORTION]
        ids = [each[0] for each in part]
        told = retold.read(ids, at=at)
        records = {each.case_id: each.facts for each in case_facts.read(ids, at=at)}
        for case_id, claimed, outcome, customer in part:
            again = retelling.recompute(told[case_id], version.criteria, at=at)
            compared = retelling.compare(told[case_id], records[case_id])
            if claimed:
                theirs.append(outcome)
            if told[case_id].facts.claim_at is not None:
                mine.append(again.outcome)
            differing = retelling.differing(compared)
            untold = tuple(each.fact for each in compared if each.agrees is None) if again.untold else ()
            if differing or again.outcome != outcome:
                rows.append(
                    RetoldRow(
                        records[case_id].number,
                        customer,
                        OUTCOME_TITLES[Outcome(outcome)],
                        OUTCOME_TITLES[again.outcome] if again.outcome else _(retelling.NO_DATA),
                        differing,
                        untold,
                    )
                )
    threshold = version.criteria.threshold
    return RetoldMonth(
        month,
        _counted(theirs, threshold),
        _counted(mine, threshold),
        len(shown),
        len(shown) - len(rows),
        tuple(rows),
        len(every) - len(shown),
    )


def _counted(outcomes: Sequence[str | None], threshold: Decimal) -> Figure:
    efficient = sum(each == Outcome.EFFICIENT for each in outcomes)
    settled = efficient + sum(each == Outcome.NOT_EFFICIENT for each in outcomes)
    return figure(Quotient(efficient, settled), threshold, _(NO_CLAIMS))
