"""A month's calculation sheet: the answer of the rules, what it was rated from, and each line as a sentence (B.3).

`written` gives it for the database, `lines` its lines with what they name: clause, speed change, cases.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mayorista.apps.billing.queries.inputs import Prepared
from mayorista.rules import money, periods
from mayorista.rules.rating import Answer, Kind, Line, asking, explain, writing
from mayorista.rules.rating.groups import GroupAnswer
from mayorista.rules.rating.lines import Adjustment, Credit

TEXT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line as it is kept: amounts of two decimals, in the invoice's and in the contract's currency."""

    kind: str
    service_id: int | None
    starts: dt.date | None
    ends: dt.date | None
    for_month: dt.date
    text: str
    value: Decimal
    contract_value: Decimal
    cause_dossier_id: int | None


def lines(prepared: Prepared, rated: GroupAnswer) -> list[SheetLine]:
    """Return the lines of an amount in their order."""
    answer = rated.answer
    said = explain.sentences(answer, fx_rate=prepared.rate)
    cents = answer.converted or [line.cents for line in answer.lines]
    month = dt.date.fromordinal(answer.month.first)
    return [
        _line(prepared, line, text, value, month)
        for line, text, value in zip(answer.lines, said, cents, strict=True)
    ]


def _line(prepared: Prepared, line: Line, text: str, cents: int, month: dt.date) -> SheetLine:
    service = prepared.services.get(line.circuit)
    evidence = line.evidence
    about = month
    cause = None
    more = []
    if isinstance(evidence, Adjustment):
        about = dt.date.fromordinal(evidence.for_period.first)
        cause, number = _latest_change(prepared, line.circuit, evidence.for_period.after)
        if number:
            more.append(f"por {number}")
    elif isinstance(evidence, Credit) and evidence.for_period is not None:
        about = dt.date.fromordinal(evidence.for_period.first)
        cause = prepared.credit_homes.get((line.circuit, str(evidence.for_period)))
    elif line.price is not None and service is not None:
        number = prepared.numbers.get(service.contract_id, "")
        clause = service.clauses.get(line.price.effective, "")
        more.append(f"contrato {number}" + (f" cl. {clause}" if clause else ""))
        cause, change = _change_of(prepared, line)
        if change:
            more.append(f"velocidad según {change}")
    return SheetLine(
        kind=line.kind.value,
        service_id=service.service_id if service else None,
        starts=line.from_date if line.price is not None else None,
        ends=line.to_exclusive if line.price is not None else None,
        for_month=about,
        text=" · ".join([text, *more])[:TEXT_LENGTH],
        value=money.amount(cents),
        contract_value=line.amount,
        cause_dossier_id=cause,
    )


def _change_of(prepared: Prepared, line: Line) -> tuple[int | None, str]:
    """The change of speed that a recurring line's speed comes from."""
    service = prepared.services[line.circuit]
    if not service.changes or line.kind not in {Kind.SERVICE, Kind.COMMIT}:
        return None, ""
    found = None
    for change in service.service.ordered:
        if change.day < line.end and change.bps == line.bps and change.id in service.changes:
            found = change.id
        elif change.day <= line.start and change.bps != line.bps:
            found = None
    return service.changes[found] if found else (None, "")


def _latest_change(prepared: Prepared, circuit: str, before: int) -> tuple[int | None, str]:
    """The change learnt last that touches the days before `before`: why an issued month is corrected."""
    service = prepared.services.get(circuit)
    if service is None:
        return None, ""
    known = [
        (change.approved_at, change.id)
        for change in service.service.changes
        if change.approved_at and change.day < before and change.id in service.changes
    ]
    return service.changes[max(known)[1]] if known else (None, "")


def written(prepared: Prepared, answer: Answer) -> tuple[dict[str, Any], str]:
    """Return the sheet as it is kept, and its hash (SHA-256 of its canonical text)."""
    assert prepared.group is not None
    assert prepared.clauses is not None
    sheet: dict[str, Any] = {
        "asked": asking.form(prepared.group),
        "answer": writing.answer(answer),
        "closing": explain.closing(answer),
        "contracts": sorted(prepared.numbers.values()),
        "payment": {"days": prepared.clauses.payment_days, "from": prepared.clauses.payment_from},
    }
    carried = asking.credits_form(prepared.group)
    if carried:
        sheet["approved_credits"] = carried
    if prepared.rate is not None:
        sheet["rate"] = {"value": str(prepared.rate), "source": prepared.rate_source}
    return sheet, digest(sheet)


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical text of a JSON value."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def month_words(month: dt.date) -> str:
    """Return a month (its first day) as people say it."""
    return periods.month_of(month).words
