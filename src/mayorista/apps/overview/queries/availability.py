"""Availability of circuits in a month, as its pages show it: every second that counts or not, and what it earns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.billing.models import CreditProposal
from mayorista.apps.billing.queries import availability as months
from mayorista.apps.billing.queries.availability import ServiceMonth
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.models import ClockStart, DurationRounding
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.rules import formats, interruptions, lapaz, money, periods
from mayorista.rules.errors import NotFound
from mayorista.rules.interruptions import Reason
from mayorista.rules.periods import Month

State = CreditProposal.State


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A stretch of an outage: `counts`, or why not and what proves it. `proof_kind`: CASE, WINDOW or "" (words)."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    seconds: int
    case: str
    counts: bool
    reason: str
    why: str
    proof: str
    proof_kind: str
    file_id: int | None


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A credit proposed or decided for the circuit and month."""

    number: str
    sign: str
    amount: Decimal
    state: str
    state_name: str
    decision: str
    carried: str


@dataclass(frozen=True, slots=True)
class HolderMonth:
    """A circuit's month under one contract, each figure with what it is made of."""

    contract: str
    held: str
    percent: str
    promised: str
    kept: bool
    promise_source: str
    service_seconds: int
    outage_seconds: int
    counted_seconds: int
    excluded_seconds: int
    budget_seconds: int
    clock: str
    rounding: str
    ignore_below: int
    pieces: tuple[PieceRow, ...]
    ladder: str
    sign: str
    base: Decimal | None
    amount: Decimal | None
    how: str
    capped: bool
    problem: str
    proposals: tuple[ProposalRow, ...]

    @property
    def rounded(self) -> bool:
        """Whether the contract's rounding to the minute changed the sum."""
        return self.counted_seconds != self.outage_seconds


@dataclass(frozen=True, slots=True)
class ServicePage:
    """The page of a circuit's month. `closed`: the month is over, so that credits may be proposed."""

    month: Month
    circuit: str
    customer: str
    customer_code: str
    closed: bool
    holders: tuple[HolderMonth, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the month's list."""

    circuit: str
    customer: str
    contract: str
    percent: str
    promised: str
    kept: bool
    outage_seconds: int
    excluded_seconds: int
    cases: tuple[str, ...]
    sign: str
    amount: Decimal | None
    proposed: str
    problem: str


@dataclass(frozen=True, slots=True)
class MonthPage:
    """All circuits with an outage in a month."""

    month: Month
    closed: bool
    rows: tuple[Row, ...]
    pages: Pages
    below: int
    text: str


def month_page(*, month: Month, at: dt.datetime, text: str = "", page: int = 1, size: int = 100) -> MonthPage:
    """Return the circuits that had an outage in a month, the worst first."""
    found = months.of_services(months.hit_services(month), month=month, at=at)
    if text:
        found = [
            each
            for each in found
            if text.casefold() in f"{each.circuit} {each.customer} {each.contract}".casefold()
        ]
    found.sort(key=lambda each: (each.judged.availability.exact, each.circuit))
    proposals: dict[tuple[int, int | None], list[CreditProposal]] = {}
    for row in CreditProposal.objects.filter(month=dt.date.fromordinal(month.first)).order_by("sequence"):
        proposals.setdefault((row.service_id, row.contract_id), []).append(row)
    rows = [_row(each, proposals.get((each.service_id, each.contract_id), [])) for each in found]
    pages = pages_of(len(rows), page, size)
    shown = rows[(pages.number - 1) * size : pages.number * size]
    below = sum(not row.kept for row in rows)
    return MonthPage(month, at >= month.ends_at, tuple(shown), pages, below, text)


def _row(each: ServiceMonth, proposals: list[CreditProposal]) -> Row:
    figure = each.judged.availability
    credit = each.credit
    return Row(
        each.circuit,
        each.customer,
        each.contract,
        _percent(figure.percent),
        _percent(each.terms.availability),
        figure.kept(each.terms.availability),
        figure.outage_seconds,
        sum(piece.seconds for piece in each.judged.pieces if piece.reason is not Reason.COUNTS),
        each.cases,
        money.currency_sign(credit.currency) if credit is not None else "",
        credit.amount if credit is not None else None,
        ", ".join(str(State(row.state).label) for row in proposals),
        each.problem,
    )


def _percent(value: Decimal) -> str:
    return f"{formats.number(value, 4)} %"


def service_page(*, circuit: str, month: Month, at: dt.datetime) -> ServicePage:
    """Return a circuit's month. Raises NotFound."""
    brief = contracts.service_brief(circuit_code=circuit)
    if brief is None:
        raise NotFound(_("No existe ese circuito."))
    found = months.of_services([brief.id], month=month, at=at)
    proposals = list(
        CreditProposal.objects.filter(service_id=brief.id, month=dt.date.fromordinal(month.first))
        .select_related("dossier", "carried_by__month__dossier")
        .order_by("sequence")
    )
    return ServicePage(
        month,
        brief.circuit_code,
        brief.customer_name,
        brief.customer_code,
        at >= month.ends_at,
        tuple(
            _holder(each, [row for row in proposals if row.contract_id in {None, each.contract_id}])
            for each in found
        ),
    )


def _holder(each: ServiceMonth, proposals: list[CreditProposal]) -> HolderMonth:
    figure = each.judged.availability
    pieces = each.judged.pieces
    credit = each.credit
    promised = each.terms.availability
    return HolderMonth(
        contract=each.contract,
        held=", ".join(
            periods.span_words(part.starts.toordinal(), part.ends.toordinal()) for part in each.held
        ),
        percent=_percent(figure.percent),
        promised=_percent(promised),
        kept=figure.kept(promised),
        promise_source=each.terms.source,
        service_seconds=figure.service_seconds,
        outage_seconds=figure.outage_seconds,
        counted_seconds=each.judged.counted,
        excluded_seconds=sum(piece.seconds for piece in pieces if piece.reason is not Reason.COUNTS),
        budget_seconds=int(figure.budget_seconds(promised)),
        clock=str(ClockStart(each.terms.clock_start).label),
        rounding=str(DurationRounding(each.terms.rounding).label),
        ignore_below=each.terms.ignore_below_seconds,
        pieces=tuple(_piece(piece) for piece in pieces),
        ladder=ladder_words(each.ladder),
        sign=money.currency_sign(credit.currency) if credit is not None else "",
        base=credit.base if credit is not None else None,
        amount=credit.amount if credit is not None else None,
        how=credit.how if credit is not None else "",
        capped=credit is not None and credit.capped,
        problem=each.problem,
        proposals=tuple(_proposal(row) for row in proposals),
    )


def _piece(piece: interruptions.Piece) -> PieceRow:
    proof_kind = (
        "WINDOW" if piece.reason is Reason.MAINTENANCE else "CASE" if piece.proof == piece.case else ""
    )
    return PieceRow(
        _at(piece.start),
        _at(piece.end),
        piece.seconds,
        piece.case,
        piece.reason is Reason.COUNTS,
        interruptions.REASON_TITLES[piece.reason],
        piece.why,
        piece.proof,
        proof_kind,
        piece.file_id,
    )


def _at(second: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, tz=lapaz.LA_PAZ)


def _proposal(row: CreditProposal) -> ProposalRow:
    carried = ""
    if row.carried_by is not None:
        carried = row.carried_by.month.dossier.number
    elif row.carried_how == "NOTE":
        carried = _("nota de crédito")
    elif row.carried_how == "NOTHING":
        carried = _("sin importe")
    return ProposalRow(
        row.dossier.number,
        money.currency_sign(row.currency),
        row.amount,
        row.state,
        str(State(row.state).label),
        row.decision,
        carried,
    )


def ladder_words(ladder: Any) -> str:
    """Return a credit ladder in one line: "bajo 99,9 %: 10 %; bajo 99 %: 20 %"."""
    model = ladder.get("model") if ladder else ""
    if model == "percent_bands":
        return "; ".join(
            _("bajo %(b)s %%: %(c)s %%") % {"b": _figure(band["below"]), "c": _figure(band["credit_pct"])}
            for band in ladder["bands"]
        )
    if model == "pro_rata":
        allowed = ladder.get("allowance_minutes", "0")
        more = _(" sobre %(m)s min tolerados") % {"m": _figure(allowed)} if Decimal(str(allowed)) else ""
        return _("proporcional a los minutos%(more)s × %(n)s") % {
            "more": more,
            "n": _figure(ladder.get("multiplier", "1")),
        }
    if model == "per_full_hour":
        return _("%(p)s %% por hora completa") % {"p": _figure(ladder["pct_per_hour"])}
    if model == "duration_ladder":
        return "; ".join(
            _("desde %(m)s min: %(f)s de la cuota")
            % {"m": _figure(step["from_minutes"]), "f": step["fraction"]}
            for step in ladder["steps"]
        )
    if model == "best_of":
        return _("la mejor de: %(r)s") % {"r": " | ".join(ladder_words(rule) for rule in ladder["rules"])}
    return ""


def _figure(value: Any) -> str:
    return formats.shortest(Decimal(str(value)))
