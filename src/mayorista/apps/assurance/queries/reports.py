"""The content of SLA reports: a customer's month from the same availability as its credits, for many customers at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.billing.queries import availability as months
from mayorista.apps.billing.queries import credits  # noqa: A004 -- SLA credits
from mayorista.apps.billing.queries.availability import ServiceMonth
from mayorista.apps.billing.queries.credits import CreditRow
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.queries import CustomerCard
from mayorista.apps.faults import paper_facts
from mayorista.apps.faults.paper_facts import CaseRow, FaultRow
from mayorista.rules import formats, interruptions, lapaz, money, periods
from mayorista.rules.assurance import report
from mayorista.rules.errors import Invalid
from mayorista.rules.interruptions import Piece, Reason
from mayorista.rules.periods import Month
from mayorista.rules.procedure import CAUSES

PLACES = 4


def refuse_future(month: Month, at: dt.datetime) -> None:
    """Refuse a month that has not begun."""
    if at < month.starts_at:
        raise Invalid(
            _("%(m)s todavía no llega.") % {"m": month.words.capitalize()},
            field="month",
            remedy=_("Elija un mes que ya empezó."),
        )


def contents(
    customer_ids: Collection[int] | None, *, month: Month, at: dt.datetime
) -> dict[int, dict[str, Any]]:
    """Return the report of each customer that held a circuit in the month (None: all); a fixed number of reads.

    Raises Invalid for a month that has not begun.
    """
    refuse_future(month, at)
    held = contracts.held_by_customer(month=month)
    wanted = set(held) if customer_ids is None else set(held) & set(customer_ids)
    services = {service for customer in wanted for service, _contract in held[customer]}
    rows = months.of_services(services, month=month, at=at)
    facts = paper_facts.by_numbers({piece.case for row in rows for piece in row.judged.pieces})
    cases = {case.number: (fault, case) for fault in facts for case in fault.cases}
    given = credits.credits_of(services, month=month)
    cards = customers.customers_by_id(wanted)
    found = {}
    for customer in wanted:
        mine = [row for row in rows if (row.service_id, row.contract_id) in held[customer]]
        own = [each for each in given if (each.service_id, each.contract_id) in held[customer]]
        found[customer] = _content(cards[customer], mine, cases, own, month, at)
    return found


def _content(
    card: CustomerCard,
    rows: list[ServiceMonth],
    cases: Mapping[str, tuple[FaultRow, CaseRow]],
    given: list[CreditRow],
    month: Month,
    at: dt.datetime,
) -> dict[str, Any]:
    pieces = [(row.circuit, piece) for row in rows for piece in row.judged.pieces]
    seen = [cases[number] for number in dict.fromkeys(piece.case for _c, piece in pieces) if number in cases]
    problems = [problem for fault, case in seen for problem in impossible(fault, case, at)]
    sound = [(fault, case) for fault, case in seen if not impossible(fault, case, at)]
    return {
        "customer": {"name": card.legal_name or card.name, "code": card.code, "nit": card.nit},
        "month": str(month),
        "words": month.words,
        "closed": at >= month.ends_at,
        "services": [_service(row, cases, given) for row in rows],
        "attributions": _attributed([piece for _c, piece in pieces], cases),
        "faults": len({fault.number for fault, _case in seen}),
        "times": _times(sound),
        "cases": [_case(fault, case) for fault, case in seen],
        "outages": [_outage(circuit, piece, cases) for circuit, piece in sorted(pieces, key=_order)],
        "credits": [
            {
                "number": each.number,
                "circuit": next((row.circuit for row in rows if row.service_id == each.service_id), ""),
                "amount": _amount(each.currency, each.amount),
                "state": each.state,
            }
            for each in given
        ],
        "problems": problems,
    }


def _order(row: tuple[str, Piece]) -> tuple[int, str]:
    return row[1].start, row[0]


def analysed(fault: FaultRow) -> dt.datetime | None:
    """Return when a fault was first analysed; what was said later is no new diagnosis time."""
    return fault.analyses[0].decided_at if fault.analyses else fault.diagnosed_at


def impossible(fault: FaultRow, case: CaseRow, at: dt.datetime) -> list[str]:
    """Return what can not be among the times of a case, each sentence with its number."""
    chains = [
        [
            (_("inicio"), fault.started_at),
            (_("detección"), fault.detected_at),
            (_("análisis"), analysed(fault)),
        ],
        [
            (_("inicio"), fault.started_at),
            (_("restablecimiento"), fault.restored_at),
            (_("aviso de solución"), case.told_at),
        ],
    ]
    chains += [
        [(_("inicio de %(c)s") % {"c": row.circuit}, start), (_("fin de %(c)s") % {"c": row.circuit}, end)]
        for row in case.outages
        for start, end in row.intervals
    ]
    wrong = dict.fromkeys(text for chain in chains for text in report.disordered(chain, at=at))
    return [_("Caso %(n)s: %(what)s.") % {"n": case.number, "what": text} for text in wrong]


def _service(
    row: ServiceMonth, cases: Mapping[str, tuple[FaultRow, CaseRow]], given: list[CreditRow]
) -> dict[str, Any]:
    figure, promised = row.judged.availability, row.terms.availability
    excluded: dict[tuple[str, str, str], int] = defaultdict(int)
    for piece in row.judged.pieces:
        if piece.reason is not Reason.COUNTS:
            proof = piece.proof if piece.proof != piece.case else ""
            excluded[interruptions.REASON_TITLES[piece.reason], piece.case, proof] += piece.seconds
    mine = [
        each for each in given if (each.service_id, each.contract_id) == (row.service_id, row.contract_id)
    ]
    approved = sum((each.amount for each in mine if each.approved), Decimal(0))
    return {
        "circuit": row.circuit,
        "contract": row.contract,
        "held": ", ".join(
            periods.span_words(part.starts.toordinal(), part.ends.toordinal()) for part in row.held
        ),
        "percent": f"{formats.number(figure.percent, PLACES)} %",
        "promised": f"{formats.number(promised, PLACES)} %",
        "source": row.terms.source,
        "kept": figure.kept(promised),
        "service_seconds": figure.service_seconds,
        "down_seconds": figure.outage_seconds,
        "allowed_seconds": int(figure.budget_seconds(promised)),
        "excluded": [
            {"reason": reason, "case": case, "proof": proof, "seconds": seconds}
            for (reason, case, proof), seconds in excluded.items()
        ],
        "attributions": _attributed(row.judged.pieces, cases),
        "due": _amount(row.credit.currency, row.credit.amount) if row.credit is not None else "",
        "approved": _amount(mine[0].currency, approved) if mine and approved else "",
        "how": row.credit.how if row.credit is not None else "",
        "problem": row.problem,
    }


def _amount(currency: str, amount: Decimal) -> str:
    return f"{money.currency_sign(currency)} {formats.number(amount).replace('-', '−')}"


def _attributed(
    pieces: Collection[Piece], cases: Mapping[str, tuple[FaultRow, CaseRow]]
) -> list[dict[str, Any]]:
    """Seconds by attribution: all of them, and those that count. Pieces of a circuit never overlap."""
    every: dict[str, int] = defaultdict(int)
    counted: dict[str, int] = defaultdict(int)
    for piece in pieces:
        whose = cases[piece.case][0].attribution if piece.case in cases else report.UNDIAGNOSED
        every[whose] += piece.seconds
        counted[whose] += piece.seconds if piece.reason is Reason.COUNTS else 0
    return [
        {"key": key, "title": title, "seconds": every[key], "counted": counted[key]}
        for key, title in report.ATTRIBUTIONS
        if key or every[key]
    ]


def _times(rows: list[tuple[FaultRow, CaseRow]]) -> list[dict[str, Any]]:
    """Medians in seconds with how many stand behind each: of the faults, and of the notices to this customer."""
    faults = {fault.number: fault for fault, _case in rows}.values()
    told = [
        (min(when for when in (case.opening_notice_at, case.told_at) if when is not None), fault.detected_at)
        for fault, case in rows
        if case.opening_notice_at or case.told_at
    ]
    spans = (
        (_("Detectar: del inicio a la detección"), [(each.detected_at, each.started_at) for each in faults]),
        (
            _("Diagnosticar: de la detección al análisis"),
            [(analysed(each), each.detected_at) for each in faults],
        ),
        (
            _("Restablecer: del inicio al restablecimiento"),
            [(each.restored_at, each.started_at) for each in faults],
        ),
        (_("Avisar: de la detección al primer aviso"), told),
    )
    found = []
    for title, pairs in spans:
        seconds = [int((end - start).total_seconds()) for end, start in pairs if end is not None]
        middle = report.median(seconds)
        found.append({"title": title, "median": middle, "of": len(seconds)})
    return found


def _case(fault: FaultRow, case: CaseRow) -> dict[str, Any]:
    newest = fault.analyses[-1].reason if len(fault.analyses) > 1 else ""
    return {
        "case": case.number,
        "attribution": fault.attribution,
        "cause": fault.cause_code,
        "reason": newest,
    }


def _outage(circuit: str, piece: Piece, cases: Mapping[str, tuple[FaultRow, CaseRow]]) -> dict[str, Any]:
    fault = cases[piece.case][0] if piece.case in cases else None
    return {
        "circuit": circuit,
        "case": piece.case,
        "starts": _at(piece.start),
        "ends": _at(piece.end),
        "seconds": piece.seconds,
        "counts": piece.reason is Reason.COUNTS,
        "reason": interruptions.REASON_TITLES[piece.reason],
        "why": piece.why,
        "proof": piece.proof if piece.proof != piece.case else "",
        "attribution": report.ATTRIBUTION_WORDS[fault.attribution if fault else report.UNDIAGNOSED],
        "cause": CAUSES[fault.cause_code].title if fault and fault.cause_code in CAUSES else "",
    }


def _at(second: int) -> str:
    return f"{lapaz.local(dt.datetime.fromtimestamp(second, tz=dt.UTC)):%d/%m/%Y %H:%M:%S}"
