"""Whether one case was solved efficiently: each criterion answered with limit, value and evidence (G-01, G-07).

# Note [When a case is settled]
A criterion that failed can not be mended by waiting, so a case with a failed one is not efficient at once. One whose
limit has not run out is pending: the case is "en curso" and is counted by the next snapshot (G-07). A limit that has
run out while nothing happened has failed, even while the case is open: old cases are not hidden.

# Note [Times that can not be]
A notice before the damage, a closing before its opening: such a record would pass limits that it never met. It is not
complete, whatever else it says and whether or not the set asks for completeness, and the finding names the times.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mayorista.rules import lapaz
from mayorista.rules.indicators.criteria import BY_SEVERITY, OF_CLASS, TITLES, CriteriaSet, Criterion
from mayorista.rules.indicators.fraction import Quotient
from mayorista.rules.periods import Month, month_of


class Answer(StrEnum):
    """What a criterion says of a case."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    PENDING = "PENDING"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Outcome(StrEnum):
    """What the criteria say together."""

    EFFICIENT = "EFFICIENT"
    NOT_EFFICIENT = "NOT_EFFICIENT"
    IN_PROGRESS = "IN_PROGRESS"
    EXCLUDED = "EXCLUDED"


OUTCOME_TITLES = {
    Outcome.EFFICIENT: "eficiente",
    Outcome.NOT_EFFICIENT: "no eficiente",
    Outcome.IN_PROGRESS: "en curso",
    Outcome.EXCLUDED: "excluido",
}


@dataclass(frozen=True, slots=True)
class OutageFacts:
    """One circuit of the case: its net seconds up to restoration (or to now) and the time its contract gives."""

    circuit: str
    net_seconds: int
    restored: bool
    repair_minutes: int
    sla_source: str


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All that judging a case needs. Instants are aware; None: it has not happened.

    `cause_class` EXTERNAL, INTERNAL, CUSTOMER or "" (not diagnosed). `excluded` says why it does not count at all
    (void, planned maintenance). `opening_from` and `closing_from` are what the limits of the D.A.C. run from, `told_from`
    the closing. `self_cleared`: closed in one act as N-SIN, without D.A.C. or notice (G-42). `missing`: what the record
    lacks, in words. `reopened_at` is the last reopening, after the closing at `closed_before`;
    `complete_by` how long what is missing may be given later ("RFO pendiente", G-43). `messages`: how many of WhatsApp.
    """

    number: str
    claim_at: dt.datetime | None
    detected_at: dt.datetime
    severity: int
    cause_class: str
    outages: Sequence[OutageFacts]
    opening_from: dt.datetime | None = None
    opening_at: dt.datetime | None = None
    closing_from: dt.datetime | None = None
    closing_at: dt.datetime | None = None
    told_at: dt.datetime | None = None
    restored_at: dt.datetime | None = None
    reopened_at: dt.datetime | None = None
    closed_before: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    self_cleared: bool = False
    missing: Sequence[str] = ()
    complete_by: dt.datetime | None = None
    messages: int = 0
    excluded: str = ""

    @property
    def month(self) -> Month:
        """The month it belongs to: that of the claim, else of the detection (G-07)."""
        return month_of(self.claim_at or self.detected_at)


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion answered: `limit` and `value` as a person reads them."""

    criterion: Criterion
    answer: Answer
    limit: str
    value: str

    @property
    def title(self) -> str:
        """The criterion in words."""
        return TITLES[self.criterion]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the criteria say of one case."""

    number: str
    month: Month
    claimed: bool
    outcome: Outcome
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> tuple[Criterion, ...]:
        """The criteria it failed."""
        return tuple(each.criterion for each in self.findings if each.answer is Answer.FAILED)


def judge(facts: CaseFacts, criteria: CriteriaSet, *, at: dt.datetime) -> Verdict:
    """Return what a set says of a case at an instant; pure, so a later question gives the same answer."""
    month, claimed = facts.month, facts.claim_at is not None
    if facts.excluded:
        return Verdict(facts.number, month, claimed, Outcome.EXCLUDED, ())
    applying = OF_CLASS.get(facts.cause_class) or OF_CLASS["INTERNAL"]
    findings = tuple(
        _ask(each, facts, criteria, at) if each in applying else Finding(each, Answer.NOT_APPLICABLE, "", "")
        for each in Criterion
        if each in criteria.on
    )
    if impossible(facts) and Criterion.COMPLETE not in {each.criterion for each in findings}:
        findings = (*findings, _complete(facts, at))  # Note [Times that can not be]
    answers = {each.answer for each in findings}
    if Answer.FAILED in answers:
        outcome = Outcome.NOT_EFFICIENT
    elif Answer.PENDING in answers or facts.closed_at is None:
        outcome = Outcome.IN_PROGRESS
    else:
        outcome = Outcome.EFFICIENT
    return Verdict(facts.number, month, claimed, outcome, findings)


def impossible(facts: CaseFacts) -> tuple[str, ...]:
    """Return in words what of a case's times can not be; empty for a record that can be true."""
    began = min(facts.detected_at, facts.claim_at or facts.detected_at)
    named = {
        "el D.A.C. de apertura": facts.opening_at,
        "el D.A.C. de cierre": facts.closing_at,
        "el aviso al cliente": facts.told_at,
        "el cierre del caso": facts.closed_at,
    }
    found = [f"{name} antes del daño" for name, when in named.items() if when is not None and when < began]
    if facts.opening_at and facts.closing_at and facts.closing_at < facts.opening_at:
        found.append("el D.A.C. de cierre antes del de apertura")
    found.extend(f"{each.circuit} con tiempo negativo" for each in facts.outages if each.net_seconds < 0)
    return tuple(found)


def _ask(criterion: Criterion, facts: CaseFacts, criteria: CriteriaSet, at: dt.datetime) -> Finding:
    if criterion is Criterion.RESTORED:
        return _restored(facts, criteria)
    if criterion in BY_SEVERITY:
        return _in_time(criterion, facts, criteria.minutes[criterion][facts.severity], at)
    if criterion is Criterion.LASTED:
        return _lasted(facts, criteria.lasted_hours, at)
    if criterion is Criterion.COMPLETE:
        return _complete(facts, at)
    return _thread(facts)


def _restored(facts: CaseFacts, criteria: CriteriaSet) -> Finding:
    """Every outage of the case within its own time (G-41); stops of the clock are already out."""
    if not facts.outages:
        return Finding(Criterion.RESTORED, Answer.NOT_APPLICABLE, "", "sin circuito afectado")
    own = criteria.repair_minutes.get(facts.cause_class)
    late, waiting, worst = False, False, None
    for outage in facts.outages:
        minutes = own[facts.severity] if own else outage.repair_minutes
        over = outage.net_seconds - minutes * 60
        late |= over > 0
        waiting |= not outage.restored
        if worst is None or over > worst[0]:
            worst = (over, outage, minutes)
    assert worst is not None
    _over, outage, minutes = worst
    answer = Answer.FAILED if late else Answer.PENDING if waiting else Answer.PASSED
    source = "criterios" if own else outage.sla_source
    return Finding(
        Criterion.RESTORED,
        answer,
        f"{lapaz.duration(minutes * 60)} ({source})",
        f"{outage.circuit}: {lapaz.duration(outage.net_seconds)}",
    )


_FROM = {
    Criterion.OPENING: lambda facts: (facts.opening_from, facts.opening_at),
    Criterion.CLOSING: lambda facts: (facts.closing_from, facts.closing_at),
    Criterion.TOLD: lambda facts: (facts.closing_at, facts.told_at),
}


def _in_time(criterion: Criterion, facts: CaseFacts, minutes: int, at: dt.datetime) -> Finding:
    since, done = _FROM[criterion](facts)
    limit = lapaz.duration(minutes * 60)
    if facts.self_cleared:
        return Finding(criterion, Answer.NOT_APPLICABLE, limit, "se restableció solo, sin D.A.C. (G-42)")
    if done is not None:
        # A form sent before its clock began is early, not late; one without a beginning can not be late.
        taken = max(0, int((done - since).total_seconds())) if since else 0
        answer = Answer.PASSED if taken <= minutes * 60 else Answer.FAILED
        return Finding(criterion, answer, limit, f"{lapaz.exact(done)} ({lapaz.duration(taken)})")
    if facts.closed_at is not None:
        return Finding(criterion, Answer.FAILED, limit, "cerrado sin hacerlo")
    if since is not None and at - since > dt.timedelta(minutes=minutes):
        return Finding(criterion, Answer.FAILED, limit, "vencido sin hacerlo")
    return Finding(criterion, Answer.PENDING, limit, "todavía no")


def _lasted(facts: CaseFacts, hours: int, at: dt.datetime) -> Finding:
    limit = f"{hours} h"
    if facts.reopened_at is not None and (
        facts.closed_before is None or facts.reopened_at - facts.closed_before <= dt.timedelta(hours=hours)
    ):
        return Finding(Criterion.LASTED, Answer.FAILED, limit, f"reabierto {lapaz.moment(facts.reopened_at)}")
    if facts.restored_at is None:
        return Finding(Criterion.LASTED, Answer.PENDING, limit, "sin restablecer")
    until = facts.restored_at + dt.timedelta(hours=hours)
    if at < until:
        return Finding(Criterion.LASTED, Answer.PENDING, limit, f"se sabrá {lapaz.moment(until)}")
    return Finding(Criterion.LASTED, Answer.PASSED, limit, "no se reabrió")


def _complete(facts: CaseFacts, at: dt.datetime) -> Finding:
    limit = f"hasta {lapaz.moment(facts.complete_by)}" if facts.complete_by else ""
    if wrong := impossible(facts):
        return Finding(Criterion.COMPLETE, Answer.FAILED, limit, "horas imposibles: " + ", ".join(wrong))
    if not facts.missing:
        return Finding(Criterion.COMPLETE, Answer.PASSED, limit, "causa, horas, acciones y evidencia")
    waits = facts.closed_at is None or (facts.complete_by is not None and at <= facts.complete_by)
    answer = Answer.PENDING if waits else Answer.FAILED
    return Finding(Criterion.COMPLETE, answer, limit, "falta: " + ", ".join(facts.missing))


def _thread(facts: CaseFacts) -> Finding:
    if facts.messages:
        return Finding(Criterion.THREAD, Answer.PASSED, "", f"mensajes: {facts.messages}")
    answer = Answer.FAILED if facts.closed_at else Answer.PENDING
    return Finding(Criterion.THREAD, answer, "", "sin mensajes de WhatsApp")


@dataclass(frozen=True, slots=True)
class FirstIndicator:
    """Indicator 1 of a period: `official` over claimed cases, `extended` over all damages (G-02).

    `literal` is the fraction word for word: efficient solutions of any origin over claims; it may pass 100 % and is
    therefore given as two counts. `in_progress` are claimed cases whose limits still run.
    """

    official: Quotient
    extended: Quotient
    literal: tuple[int, int]
    in_progress: int
    excluded: int


def first_indicator(verdicts: Iterable[Verdict]) -> FirstIndicator:
    """Count verdicts of a period into indicator 1; cases in progress are in neither side (G-07)."""
    efficient = {True: 0, False: 0}
    settled = {True: 0, False: 0}
    running = excluded = 0
    for verdict in verdicts:
        if verdict.outcome is Outcome.EXCLUDED:
            excluded += 1
        elif verdict.outcome is Outcome.IN_PROGRESS:
            running += verdict.claimed
        else:
            settled[verdict.claimed] += 1
            efficient[verdict.claimed] += verdict.outcome is Outcome.EFFICIENT
    return FirstIndicator(
        official=Quotient(efficient[True], settled[True]),
        extended=Quotient(sum(efficient.values()), sum(settled.values())),
        literal=(sum(efficient.values()), settled[True] + running),
        in_progress=running,
        excluded=excluded,
    )
