"""The facts of a case told again from its journal alone, and what of them differs from the records.

# Note [What a line must say]
An act writes into its journal line what judging needs of it: times, attribution, circuits with their stretches. Lines
older than that lack some of it; a fact that no line tells is "sin dato en la bitácora": it is neither guessed nor taken
from the records, and the criteria that rest on it are not answered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mayorista.rules import clocks, workdays
from mayorista.rules.indicators.cases import Answer, CaseFacts, OutageFacts, Outcome, judge
from mayorista.rules.indicators.criteria import CriteriaSet, Criterion
from mayorista.rules.procedure import Attribution

OURS = frozenset({Attribution.EXTERNAL.value, Attribution.INTERNAL.value})


class Fact(StrEnum):
    """A fact of a case, by the name a person reads."""

    DETECTED = "detección"
    CLAIM = "reclamo"
    SEVERITY = "severidad"
    ATTRIBUTION = "atribución"
    CAUSE = "código de causa"
    DIAGNOSED = "primer diagnóstico externo o interno"
    OPENING = "D.A.C. de apertura"
    VERIFIED = "verificación"
    CLOSING = "D.A.C. de cierre"
    TOLD = "aviso de solución"
    RESTORED = "restablecimiento"
    REOPENED = "reapertura"
    CLOSED = "cierre del caso"
    VOID = "anulación"
    RECORD = "registro completo"
    MESSAGES = "mensajes de WhatsApp"
    DOWN = "tiempo neto sin servicio"
    REPAIR = "tiempo de reparación"


RESTS_ON: dict[Criterion, frozenset[Fact]] = {
    Criterion.RESTORED: frozenset({Fact.DOWN, Fact.REPAIR, Fact.SEVERITY}),
    Criterion.OPENING: frozenset({Fact.DIAGNOSED, Fact.OPENING, Fact.SEVERITY}),
    Criterion.CLOSING: frozenset({Fact.VERIFIED, Fact.CLOSING, Fact.SEVERITY}),
    Criterion.TOLD: frozenset({Fact.CLOSING, Fact.TOLD, Fact.SEVERITY}),
    Criterion.LASTED: frozenset({Fact.RESTORED, Fact.REOPENED}),
    Criterion.COMPLETE: frozenset({Fact.RECORD, Fact.CLOSED}),
    Criterion.THREAD: frozenset({Fact.MESSAGES}),
}
ALWAYS = frozenset({Fact.ATTRIBUTION, Fact.VOID})
EVIDENCE = "evidencia"
NO_DATA = "sin dato en la bitácora"


@dataclass(frozen=True, slots=True)
class Line:
    """A journal line of a case (`of_case`) or of its fault."""

    at: dt.datetime
    act: str
    payload: Mapping[str, Any]
    of_case: bool


@dataclass(slots=True)
class _Circuit:
    """A circuit as the journal tells it; `down` None: no line says its stretches."""

    repair: int | None = None
    source: str = ""
    since: dt.datetime | None = None
    restored_at: dt.datetime | None = None
    down: list[clocks.Period] | None = None
    stops: list[clocks.Period] = field(default_factory=list)


@dataclass(slots=True)
class _Told:
    """What the lines said so far."""

    begun: bool = False
    detected_at: dt.datetime | None = None
    claim_at: dt.datetime | None = None
    severity: int | None = None
    attribution: str = ""
    cause: str = ""
    reason: str = ""
    evidence: str = ""
    files: bool = False
    root_cause: str = ""
    rfo_pending: bool = False
    solution: str = ""
    solved_at: dt.datetime | None = None
    diagnosed_at: dt.datetime | None = None
    opening_at: dt.datetime | None = None
    verified_at: dt.datetime | None = None
    restored_at: dt.datetime | None = None
    closing_at: dt.datetime | None = None
    told_at: dt.datetime | None = None
    reopened_at: dt.datetime | None = None
    closed_before: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    self_cleared: bool = False
    void: bool = False
    advances: bool = False
    messages: int = 0
    circuits: dict[str, _Circuit] = field(default_factory=dict)
    unknown: set[Fact] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Retold:
    """The facts that the journal tells, and which it does not."""

    facts: CaseFacts
    unknown: frozenset[Fact]


def retell(
    number: str,
    lines: Iterable[Line],
    *,
    at: dt.datetime,
    rfo_days: int = 0,
    works: workdays.Calendar | None = None,
) -> Retold:
    """Return the facts of a case from its lines and its fault's, oldest first."""
    told = _Told()
    for line in lines:
        _files(told, line.payload)
        hear = _HEARD.get(line.act)
        if hear is not None:
            hear(told, line)
    if not told.begun:
        told.unknown |= set(Fact)
    return _finished(number, told, at, rfo_days, works)


def _files(told: _Told, payload: Mapping[str, Any]) -> None:
    told.files = told.files or bool(payload.get("files") or payload.get("evidence_file"))


def _moment(told: _Told, payload: Mapping[str, Any], key: str, fact: Fact) -> dt.datetime | None:
    """The moment a line gives; one that lacks it leaves the fact unknown, a later one that has it makes it known."""
    if key not in payload:
        told.unknown.add(fact)
        return None
    told.unknown.discard(fact)
    value = payload[key]
    return dt.datetime.fromisoformat(value) if value else None


def _circuits(told: _Told, payload: Mapping[str, Any], *, new: bool = False) -> None:
    """Take in what a line says of circuits; those of other cases of the fault are passed over."""
    for code, said in payload.get("circuits", {}).items():
        if code not in told.circuits and not new:
            continue
        known = told.circuits.setdefault(code, _Circuit())
        if said.get("repair") is not None:
            known.repair, known.source = said["repair"], said.get("sla", "")
        if said.get("since"):
            known.since = dt.datetime.fromisoformat(said["since"])
        if "down" in said:
            known.down = [clocks.Period(_read(start), _read_end(end)) for start, end in said["down"]]


def _read(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _read_end(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _open_fault(told: _Told, line: Line) -> None:
    told.begun = True
    told.detected_at = _moment(told, line.payload, "detected_at", Fact.DETECTED)


def _open_case(told: _Told, line: Line) -> None:
    if not line.of_case:
        return
    told.begun = True
    if "severity" in line.payload:
        told.severity = line.payload["severity"]
    if line.payload.get("claim_at"):
        told.claim_at = _read(line.payload["claim_at"])
    _circuits(told, line.payload, new=True)


def _claim(told: _Told, line: Line) -> None:
    if line.of_case and line.payload.get("claimed_at"):
        claimed = _read(line.payload["claimed_at"])
        told.claim_at = min(told.claim_at, claimed) if told.claim_at else claimed


def _mark(told: _Told, line: Line) -> None:
    if line.of_case and "claim_at" in line.payload:
        told.claim_at = _read_end(line.payload["claim_at"])


def _severity(told: _Told, line: Line) -> None:
    if line.payload.get("severity") and told.closed_at is None:
        told.severity = line.payload["severity"]
    _circuits(told, line.payload)


def _diagnose(told: _Told, line: Line) -> None:
    said = line.payload
    if "attribution" not in said:  # a second analysis of before it was written down
        told.unknown |= {Fact.RECORD, Fact.DIAGNOSED}
        return
    if "reason" in said:
        told.reason, told.evidence = said["reason"], said.get("evidence", "")
    else:
        told.unknown.add(Fact.RECORD)
    if said["attribution"] in OURS and told.diagnosed_at is None:
        told.diagnosed_at = line.at
    if said.get("second") or said.get("part"):
        return
    told.attribution, told.cause = said["attribution"], said["cause"]
    if said.get("severity") and told.closed_at is None:
        told.severity = said["severity"]
    if said["attribution"] in OURS:
        told.solution, told.solved_at = "", None


def _decided(told: _Told, line: Line) -> None:
    said = line.payload
    if "attribution" not in said:
        told.unknown |= {Fact.ATTRIBUTION, Fact.CAUSE}
        return
    told.attribution, told.cause = said["attribution"], said["cause"]


def _corrected(told: _Told, line: Line) -> None:
    said = line.payload
    if not said.get("confirmed"):
        return
    told.reason, told.evidence = said["reason"], said["evidence"]
    if said["attribution"] in OURS and told.diagnosed_at is None:
        told.diagnosed_at = line.at
    if not said.get("over"):
        told.attribution, told.cause = said["attribution"], said["cause"]


def _dac(told: _Told, line: Line) -> None:
    said = line.payload
    if line.of_case:
        return
    if "part" not in said:
        told.unknown |= {Fact.OPENING, Fact.CLOSING, Fact.RECORD}
        return
    if said["part"] == "OPENING":
        told.opening_at = told.opening_at or line.at
    if said["part"] == "CLOSING":
        told.closing_at = line.at
    if "root_cause" in said:
        told.cause, told.root_cause = said["cause"], said["root_cause"]
        told.rfo_pending = said["rfo_pending"]


def _restore(told: _Told, line: Line) -> None:
    said = line.payload
    if "verified_at" in said:
        told.verified_at = _read_end(said["verified_at"])
        return
    if "restored_at" not in said:
        return
    back = _read(said["restored_at"])
    _back(told, said, back)


def _back(told: _Told, said: Mapping[str, Any], back: dt.datetime) -> None:
    if "circuits" not in said:
        told.unknown |= {Fact.RESTORED, Fact.DOWN}
        return
    _circuits(told, said)
    for code in said["circuits"]:
        if code in told.circuits:
            told.circuits[code].restored_at = back
            stops = told.circuits[code].stops
            told.circuits[code].stops = [
                clocks.Period(each.starts_at, back)
                if each.ends_at is None and each.starts_at < back
                else each
                for each in stops
            ]
    if all(each.restored_at for each in told.circuits.values()):
        told.restored_at = max(
            (each.restored_at for each in told.circuits.values() if each.restored_at), default=back
        )


def _support(told: _Told, line: Line) -> None:
    if not line.of_case:
        return
    if "restored_at" not in line.payload:
        told.closed_at = line.at  # the customer's conformity ends the case
        return
    told.solved_at = line.at
    if "solution" in line.payload:
        told.solution = line.payload["solution"]
    else:
        told.unknown.add(Fact.RECORD)
    _back(told, line.payload, _read(line.payload["restored_at"]))


def _answer(told: _Told, line: Line) -> None:
    if not line.of_case:
        return
    told.messages += 1  # by a button of WhatsApp
    if line.payload.get("closes", line.payload.get("fine") and told.solved_at is not None):
        told.closed_at = line.at


def _silent(told: _Told, line: Line) -> None:
    if line.of_case:
        told.closed_at = line.at


def _conclude(told: _Told, line: Line) -> None:
    if line.of_case:
        told.told_at = told.closed_at = _moment(told, line.payload, "told_at", Fact.TOLD)
        if Fact.TOLD in told.unknown:
            told.unknown.add(Fact.CLOSED)
            told.closed_at = line.at
        else:
            told.unknown.discard(Fact.CLOSED)


def _self(told: _Told, line: Line) -> None:
    told.self_cleared, told.closed_at, told.cause = True, line.at, "N-SIN"
    if "circuits" not in line.payload:
        told.unknown |= {Fact.RESTORED, Fact.DOWN}
        return
    _circuits(told, line.payload)
    for code, each in told.circuits.items():
        said = line.payload["circuits"].get(code, {})
        each.restored_at = _read_end(said.get("restored_at"))


def _void(told: _Told, line: Line) -> None:
    if line.of_case:
        told.void, told.closed_at = True, line.at


def _relapse(told: _Told, line: Line) -> None:
    told.restored_at = told.verified_at = None
    if "circuits" not in line.payload:
        told.unknown |= {Fact.RESTORED, Fact.DOWN}
        return
    for code in line.payload["circuits"]:
        if code in told.circuits:
            told.circuits[code].restored_at = told.circuits[code].down = None


def _reopen(told: _Told, line: Line) -> None:
    if not line.of_case:
        return
    told.reopened_at = line.at
    told.closed_before = _read_end(line.payload.get("closed_before"))
    told.told_at = told.solved_at = told.closed_at = told.closing_at = None
    told.restored_at = told.verified_at = None
    told.solution, told.self_cleared = "", False
    told.unknown -= {Fact.TOLD, Fact.CLOSED}
    for each in told.circuits.values():
        each.restored_at = each.down = None


def _reopen_fault(told: _Told, _line: Line) -> None:
    told.restored_at = told.verified_at = None


def _stop(told: _Told, line: Line) -> None:
    said = line.payload
    if "stopped" not in said:
        told.unknown.add(Fact.DOWN)
        return
    for code in said["stopped"]:
        known = told.circuits.get(code)
        if known is None:
            continue
        if said.get("starts_at"):
            known.stops.append(clocks.Period(_read(said["starts_at"]), _read_end(said.get("ends_at"))))
        else:
            known.stops = [
                clocks.Period(each.starts_at, line.at) if each.ends_at is None else each
                for each in known.stops
            ]


def _regroup(told: _Told, line: Line) -> None:
    said = line.payload
    if not said:
        told.unknown |= {Fact.DETECTED, Fact.DOWN, Fact.REPAIR, Fact.RESTORED, Fact.CLAIM}
        return
    told.begun = True
    if said.get("detected_at"):
        told.detected_at = _read(said["detected_at"])
        told.unknown.discard(Fact.DETECTED)
    if "claim_at" in said and line.of_case:
        told.claim_at = _read_end(said["claim_at"])
    if said.get("advances"):
        told.advances = True
    if said.get("void") and line.of_case:
        told.void, told.closed_at = True, line.at
    _circuits(told, said, new=line.of_case)
    for code in said.get("left", ()):
        told.circuits.pop(code, None)


def _advance(told: _Told, _line: Line) -> None:
    told.advances = True


def _message(told: _Told, line: Line) -> None:
    if line.of_case and line.payload.get("channel") == "WHATSAPP":
        told.messages += 1


_HEARD: dict[str, Callable[[_Told, Line], None]] = {
    "OPEN_FAULT": _open_fault,
    "OPEN_CASE": _open_case,
    "REGISTER_CLAIM": _claim,
    "MARK_MESSAGE": _mark,
    "WORSEN": _severity,
    "DIAGNOSE": _diagnose,
    "DECIDE_DISPUTE": _decided,
    "CONFIRM_ATTRIBUTION": _corrected,
    "ISSUE_DAC": _dac,
    "RESTORE": _restore,
    "CLOSE_SUPPORT": _support,
    "CUSTOMER_ANSWER": _answer,
    "CLOSE_SILENT": _silent,
    "CONCLUDE": _conclude,
    "CLOSE_SELF_CLEARED": _self,
    "VOID_CASE": _void,
    "RELAPSE": _relapse,
    "REOPEN": _reopen,
    "REOPEN_FAULT": _reopen_fault,
    "STOP_CLOCK": _stop,
    "REGROUP": _regroup,
    "MANAGE_REPAIR": _advance,
    "MESSAGE_QUEUED": _message,
}


# Acts whose lines carry files only, as evidence.
_CARRIERS = ("NOTE", "HAND_OVER", "CHECK_PROTOCOLS")
ACTS: tuple[str, ...] = (*_HEARD, *_CARRIERS)
"""The acts whose lines are read."""


def _finished(
    number: str, told: _Told, at: dt.datetime, rfo_days: int, works: workdays.Calendar | None
) -> Retold:
    unknown = set(told.unknown)
    outages = []
    for code, each in sorted(told.circuits.items()):
        if each.repair is None:
            unknown.add(Fact.REPAIR)
        if each.restored_at is not None and each.down is None:
            unknown.add(Fact.DOWN)
        down = each.down
        if down is None:
            down = [clocks.Period(each.since or told.detected_at or at, None)]
        net = clocks.net_seconds(down, each.stops, until=each.restored_at or at)
        outages.append(OutageFacts(code, net, each.restored_at is not None, each.repair or 0, each.source))
    if not told.circuits:
        unknown |= {Fact.DOWN, Fact.REPAIR}
    if told.severity is None:
        unknown.add(Fact.SEVERITY)
    if told.detected_at is None:
        unknown.add(Fact.DETECTED)
    missing, sure = _missing(told)
    if not sure:
        unknown.add(Fact.RECORD)
    if not told.messages:
        unknown.add(Fact.MESSAGES)  # what a customer wrote leaves no line of its own
    back = [each.restored_at for each in told.circuits.values()]
    last = max((each for each in back if each), default=None) if all(back) else None
    promised = told.rfo_pending and told.closing_at and works
    facts = CaseFacts(
        number=number,
        claim_at=told.claim_at,
        detected_at=told.detected_at or told.claim_at or at,
        severity=told.severity or 1,
        cause_class=told.attribution,
        outages=tuple(outages),
        opening_from=told.diagnosed_at,
        opening_at=told.opening_at,
        closing_from=told.verified_at,
        closing_at=told.closing_at,
        told_at=told.told_at,
        restored_at=last or told.restored_at or told.solved_at,
        reopened_at=told.reopened_at,
        closed_before=told.closed_before,
        closed_at=told.closed_at,
        self_cleared=told.self_cleared,
        missing=tuple(missing),
        complete_by=works.after(told.closing_at, rfo_days)
        if promised and works and told.closing_at
        else None,
        messages=told.messages,
        excluded="anulado" if told.void else "",
    )
    return Retold(facts, frozenset(unknown))


def _missing(told: _Told) -> tuple[list[str], bool]:
    """What the record lacks by the journal, and whether that decides: a file kept by itself as evidence leaves no line."""
    found, evidence = [], True
    if not told.cause:
        found.append("código de causa")
    if told.self_cleared:
        return found, True
    if not told.reason:
        found.append("análisis")
    elif not told.evidence and not told.files:
        evidence = False
    if told.attribution == Attribution.CUSTOMER:
        if not told.solution:
            found.append("solución")
    else:
        if not told.root_cause:
            found.append("causa raíz")
        if not told.advances:
            found.append("acciones")
    return found, evidence or bool(found)


# ---- beside the records


@dataclass(frozen=True, slots=True)
class Compared:
    """A fact by the journal and by the records; `journal` None: no line tells it."""

    fact: str
    journal: Any
    record: Any

    @property
    def agrees(self) -> bool | None:
        """Whether both say the same; None where the journal does not say."""
        return None if self.journal is None else bool(self.journal[0] == self.record)


def compare(retold: Retold, record: CaseFacts) -> tuple[Compared, ...]:
    """Return each fact twice. The journal's value is a tuple of one, so that nothing told and nothing happened differ."""
    mine, unknown = retold.facts, retold.unknown
    found = []
    for fact, name in _FIELDS.items():
        journal = None if fact in unknown else (_whole(getattr(mine, name)),)
        found.append(Compared(fact.value, journal, _whole(getattr(record, name))))
    theirs = {each.circuit: each for each in record.outages}
    told = {each.circuit: each for each in mine.outages}
    for code in sorted(theirs.keys() | told.keys()):
        ours, other = told.get(code), theirs.get(code)
        if ours is None or other is None:
            found.append(Compared(f"circuito {code}", (ours is not None,), other is not None))
            continue
        hidden = Fact.REPAIR in unknown
        found.append(
            Compared(
                f"{code}: {Fact.REPAIR.value}",
                None if hidden else (ours.repair_minutes,),
                other.repair_minutes,
            )
        )
        if (
            other.restored or ours.restored
        ):  # while it is down, alarms that come and go are not written line by line
            hidden = Fact.DOWN in unknown
            found.append(
                Compared(
                    f"{code}: {Fact.DOWN.value}", None if hidden else (ours.net_seconds,), other.net_seconds
                )
            )
    hidden = Fact.RECORD in unknown
    # Of evidence the journal can not tell for sure that there is none.
    lacks = [each for each in record.missing if each != EVIDENCE or each in mine.missing]
    said = None if hidden else (", ".join(mine.missing),)
    found.append(Compared(Fact.RECORD.value, said, ", ".join(record.missing if hidden else lacks)))
    hidden = Fact.MESSAGES in unknown
    found.append(Compared(Fact.MESSAGES.value, None if hidden else (True,), bool(record.messages)))
    return tuple(found)


def _whole(value: Any) -> Any:
    """A moment to the second: the clock of a line and of a record may differ by less."""
    return value.replace(microsecond=0) if isinstance(value, dt.datetime) else value


_FIELDS = {
    Fact.DETECTED: "detected_at",
    Fact.CLAIM: "claim_at",
    Fact.SEVERITY: "severity",
    Fact.ATTRIBUTION: "cause_class",
    Fact.DIAGNOSED: "opening_from",
    Fact.OPENING: "opening_at",
    Fact.VERIFIED: "closing_from",
    Fact.CLOSING: "closing_at",
    Fact.TOLD: "told_at",
    Fact.RESTORED: "restored_at",
    Fact.REOPENED: "reopened_at",
    Fact.CLOSED: "closed_at",
    Fact.VOID: "excluded",
}


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a set says by the journal alone; `outcome` None where a fact that decides is not told."""

    outcome: Outcome | None
    untold: Mapping[Criterion, tuple[str, ...]]


def recompute(retold: Retold, criteria: CriteriaSet, *, at: dt.datetime) -> Recomputed:
    """Judge what the journal tells; a criterion that rests on what it does not is not answered."""
    verdict = judge(retold.facts, criteria, at=at)
    general = retold.unknown & ALWAYS
    untold = {}
    for each in verdict.findings:
        lacks = (RESTS_ON.get(each.criterion, frozenset()) & retold.unknown) | general
        if lacks and each.answer is not Answer.NOT_APPLICABLE:
            untold[each.criterion] = tuple(sorted(fact.value for fact in lacks))
    known = [each for each in verdict.findings if each.criterion not in untold]
    outcome: Outcome | None = verdict.outcome
    if untold:
        failed = any(each.answer is Answer.FAILED for each in known) and not general
        outcome = Outcome.NOT_EFFICIENT if failed else None
    return Recomputed(outcome, untold)


def differing(compared: Sequence[Compared]) -> tuple[str, ...]:
    """Return the facts of which journal and records say different things."""
    return tuple(each.fact for each in compared if each.agrees is False)
