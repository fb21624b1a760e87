"""The screens of the two indicators: a term, one case explained, sets of criteria, months as reported."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Case, Claim
from mayorista.apps.indicators.models import CaseVerdict, ContractControl, Snapshot
from mayorista.apps.indicators.queries import criteria as sets
from mayorista.apps.indicators.queries import late, results
from mayorista.apps.overview.queries.criteria_sets import words_of
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.models import Dossier
from mayorista.rules import lapaz, periods
from mayorista.rules.errors import NotFound
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.indicators import terms
from mayorista.rules.indicators.cases import OUTCOME_TITLES, Outcome
from mayorista.rules.indicators.controls import CONTROL_TITLES, ITEM_TITLES, ControlState, Item
from mayorista.rules.indicators.fraction import STANDING_TITLES, Quotient, Standing
from mayorista.rules.indicators.terms import Term
from mayorista.rules.periods import Month

TREND_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """A fraction as it is shown: truncated percentage, counts, standing and its word."""

    shown: str
    numerator: int
    denominator: int
    standing: Standing
    word: str

    @property
    def color(self) -> str:
        """The colour of its tag."""
        return {Standing.ACCEPTED: "green", Standing.OBSERVED: "red", Standing.NONE: "grey"}[self.standing]

    @property
    def icon(self) -> str:
        """The icon of its tag."""
        return {
            Standing.ACCEPTED: "circle-check",
            Standing.OBSERVED: "alert-triangle",
            Standing.NONE: "circle-dashed",
        }[self.standing]


def figure(quotient: Quotient, threshold: Any, nothing: str) -> Figure:
    """Return a quotient as a screen shows it."""
    standing = quotient.standing(threshold)
    return Figure(
        quotient.shown(nothing), quotient.numerator, quotient.denominator, standing, STANDING_TITLES[standing]
    )


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month of a term, or of the trend: both figures and how high their bars stand, in hundredths of the chart."""

    month: Month
    first: Figure
    second: Figure
    first_height: int | None
    second_height: int | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case of the term."""

    number: str
    customer: str
    month: Month
    claimed: bool
    outcome: str
    outcome_name: str
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control of the term."""

    id: int
    contract: str
    customer: str
    month: Month
    state: str
    state_name: str
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requests:
    """G-09: how many requests came and how many were attended."""

    name: str
    received: int
    attended: int


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A month as it was reported."""

    id: int
    month: Month
    sequence: int
    taken_at: dt.datetime
    sha256: str
    first: Figure
    second: Figure
    reason: str
    criteria: int
    late: int = 0
    """How many cases of its month no report of it names: registered since."""


@dataclass(frozen=True, slots=True)
class TermPage:
    """Both indicators of a term with what they rest on."""

    term: Term
    neighbours: tuple[Term | None, Term | None]
    wider: tuple[Term, ...]
    first: Figure
    extended: Figure
    literal: tuple[int, int]
    second: Figure
    light: Standing
    in_progress: int
    excluded: int
    controls_open: int
    threshold: str
    threshold_whole: int
    criteria: int
    months: tuple[MonthRow, ...]
    trend: tuple[MonthRow, ...]
    requests: tuple[Requests, ...]
    failures: tuple[tuple[str, int], ...]
    cases: tuple[CaseRow, ...]
    controls: tuple[ControlRow, ...]
    pages: Pages
    reported: tuple[SnapshotRow, ...]
    is_over: bool
    in_use: bool


NO_CLAIMS = "Sin reclamos en el período"
NO_CONTROLS = "Sin controles en el período"


def term_page(text: str, *, at: dt.datetime, show: str = "", page: int = 1, size: int = 50) -> TermPage:
    """Return everything about a term: `show` narrows the cases ("no", "curso", "tarde" …). Raises Invalid."""
    now = periods.month_of(lapaz.local(at).date())
    term = terms.parse(text, now=now)
    found = results.results(term)
    last, begin = min(term.last, now), procedure.first_day_of_use(at=at)
    trend = results.results(_trend(last))
    first, after = dt.date.fromordinal(term.first.first), dt.date.fromordinal(term.last.after)
    cases = CaseVerdict.objects.filter(month__gte=first, month__lt=after)
    since = late.after_the_report(term.months)
    late_by_month = Counter(month for _number, month in since)
    narrowed = cases.filter(outcome__in=SHOWN.get(show, SHOWN[""]))
    if show == LATE:
        narrowed = narrowed.filter(case__dossier__number__in=[number for number, _month in since])
    pages = pages_of(narrowed.count(), page, size=size)
    return TermPage(
        term=term,
        neighbours=_neighbours(term, now),
        wider=_wider(term, now),
        first=figure(found.first.official, found.threshold, _(NO_CLAIMS)),
        extended=figure(found.first.extended, found.threshold, _("Sin daños en el período")),
        literal=found.first.literal,
        second=figure(found.second, found.threshold, _(NO_CONTROLS)),
        light=found.light,
        in_progress=found.first.in_progress,
        excluded=found.first.excluded,
        controls_open=sum(each.controls_open for each in found.months),
        threshold=f"{found.threshold.normalize():f}".replace(".", ","),
        threshold_whole=int(found.threshold),
        criteria=sets.in_force().of(term.last).number,
        months=_rows(found),
        trend=_rows(trend),
        requests=_requests(first, after),
        failures=_failures(cases),
        cases=_cases(narrowed, (pages.number - 1) * size, size),
        controls=_controls(first, after),
        pages=pages,
        reported=tuple(
            replace(snapshot_row(row), late=late_by_month[row.month])
            for row in Snapshot.objects.filter(month__gte=first, month__lt=after)
            .select_related("criteria")
            .order_by("month", "sequence")
        ),
        is_over=term.last < now,
        in_use=begin is not None and periods.month_of(begin) <= term.last,
    )


LATE = "tarde"
SHOWN = {
    "": [Outcome.NOT_EFFICIENT, Outcome.IN_PROGRESS, Outcome.EFFICIENT, Outcome.EXCLUDED],
    "no": [Outcome.NOT_EFFICIENT],
    "curso": [Outcome.IN_PROGRESS],
    "si": [Outcome.EFFICIENT],
    "excluidos": [Outcome.EXCLUDED],
}


def _trend(last: Month) -> Term:
    first = last
    for _each in range(TREND_MONTHS - 1):
        first = first.previous
    return Term("", first, last, "")


def _neighbours(term: Term, now: Month) -> tuple[Term | None, Term | None]:
    before, after = term.first.previous, term.last.next
    count = len(term.months)
    return _of(before, count), _of(after, count) if after <= now else None


def _of(month: Month, count: int) -> Term:
    """Return the term of `count` months (1, 3, 12) that a month lies in."""
    if count == 1:
        return terms.of_month(month)
    return terms.quarter(month.year, (month.number + 2) // 3) if count == 3 else terms.year(month.year)


def _wider(term: Term, now: Month) -> tuple[Term, ...]:
    month = min(term.last, now)
    whole = (_of(month, count) for count in (1, 3, 12))
    return tuple(each for each in whole if each.code != term.code)


def _rows(found: results.Results) -> tuple[MonthRow, ...]:
    return tuple(
        MonthRow(
            each.month,
            figure(each.first.official, found.threshold, "—"),
            figure(each.second, found.threshold, "—"),
            _height(each.first.official),
            _height(each.second),
        )
        for each in found.months
    )


def _height(quotient: Quotient) -> int | None:
    return None if quotient.hundredths is None else quotient.hundredths // 100


def _failures(cases: Any) -> tuple[tuple[str, int], ...]:
    """How often each criterion failed in the term, the worst first."""
    counted: dict[str, int] = {}
    for failed in cases.exclude(failed=[]).values_list("failed", flat=True):
        for criterion in failed:
            counted[criterion] = counted.get(criterion, 0) + 1
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((rules.TITLES[rules.Criterion(name)], count) for name, count in ranked)


def _cases(rows: Any, start: int, size: int) -> tuple[CaseRow, ...]:
    """The worst first: what failed, what runs, what was well."""
    order = ("-outcome", "-month", "-case_id")
    chosen = rows.order_by(*order).values_list(
        "case__dossier__number", "case__customer__name", "month", "claimed", "outcome", "failed"
    )[start : start + size]
    return tuple(
        CaseRow(
            number,
            customer,
            periods.month_of(month),
            claimed,
            outcome,
            OUTCOME_TITLES[Outcome(outcome)],
            tuple(rules.TITLES[rules.Criterion(each)] for each in failed),
        )
        for number, customer, month, claimed, outcome, failed in chosen
    )


def _controls(first: dt.date, after: dt.date, most: int = 200) -> tuple[ControlRow, ...]:
    rows = (
        ContractControl.objects.filter(month__gte=first, month__lt=after)
        .exclude(state="ON_TIME")
        .order_by("state", "month", "contract__number")
        .values_list("id", "contract__number", "contract__customer__name", "month", "state", "failed")[:most]
    )
    return tuple(
        ControlRow(
            key,
            contract,
            customer,
            periods.month_of(month),
            state,
            CONTROL_TITLES[ControlState(state)],
            tuple(ITEM_TITLES[Item(each)] for each in failed),
        )
        for key, contract, customer, month, state, failed in rows
    )


def _requests(first: dt.date, after: dt.date) -> tuple[Requests, ...]:
    """The only figure of «cómo: solicitudes atendidas» (G-09)."""
    starts = dt.datetime.combine(first, dt.time(), tzinfo=lapaz.LA_PAZ)
    ends = dt.datetime.combine(after, dt.time(), tzinfo=lapaz.LA_PAZ)
    claims = Claim.objects.filter(claimed_at__gte=starts, claimed_at__lt=ends, withdrawn_at=None)
    dossiers = Dossier.objects.filter(opened_at__gte=starts, opened_at__lt=ends)
    found = [
        Requests(_("Reclamos"), claims.count(), claims.exclude(case__closed_at=None).count()),
    ]
    for kind, name in (("SPEED_CHANGE", _("Cambios de velocidad")), ("RECEIPT", _("Comprobantes de pago"))):
        rows = dossiers.filter(kind=kind)
        found.append(Requests(name, rows.count(), rows.exclude(closed_at=None).count()))
    return tuple(found)


def snapshot_row(row: Snapshot) -> SnapshotRow:
    """Return a reported month as a row; judged by the threshold of its own set."""
    threshold = rules.read(row.content["criteria"]["content"]).threshold
    return SnapshotRow(
        row.pk,
        periods.month_of(row.month),
        row.sequence,
        row.taken_at,
        row.sha256,
        figure(Quotient(*row.content["first"]["official"]), threshold, _(NO_CLAIMS)),
        figure(Quotient(*row.content["second"]), threshold, _(NO_CONTROLS)),
        row.reason,
        row.content["criteria"]["number"],
    )


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """A reported month whole."""

    row: SnapshotRow
    extended: Figure
    in_progress: int
    excluded: int
    cases: tuple[CaseRow, ...]
    carried: tuple[CaseRow, ...]
    late: tuple[CaseRow, ...]
    controls: tuple[ControlRow, ...]
    criteria: tuple[tuple[str, str], ...]
    now: Figure
    """Indicator 1 of the same cases as they are judged now, with those of the month that came to be known later."""
    since: tuple[SinceRow, ...]


@dataclass(frozen=True, slots=True)
class SinceRow:
    """A case that the report said otherwise than it is judged now; `reported` is empty for one that was not in it."""

    number: str
    reported: str
    now: str


def _since(content: dict[str, Any], month: Month, threshold: Decimal) -> tuple[Figure, tuple[SinceRow, ...]]:
    """What became of the cases of a report; one read."""
    told = {
        each["number"]: each["outcome"]
        for each in content["cases"] + content["carried"] + content.get("late", [])
    }
    rows = CaseVerdict.objects.filter(
        Q(month=dt.date.fromordinal(month.first)) | Q(case__dossier__number__in=list(told))
    ).values_list("case__dossier__number", "claimed", "outcome")
    found = {number: (claimed, Outcome(outcome)) for number, claimed, outcome in rows}
    counted = [outcome for claimed, outcome in found.values() if claimed]
    efficient, failed = counted.count(Outcome.EFFICIENT), counted.count(Outcome.NOT_EFFICIENT)
    changed = tuple(
        SinceRow(
            number,
            OUTCOME_TITLES[Outcome(told[number])] if number in told else "",
            OUTCOME_TITLES[outcome],
        )
        for number, (_claimed, outcome) in sorted(found.items())
        if told.get(number) != outcome
    )
    return figure(Quotient(efficient, efficient + failed), threshold, _(NO_CLAIMS)), changed


def snapshot_page(snapshot_id: int) -> SnapshotPage:
    """Return a reported month from its content alone, and beside it what its cases are judged as now. Raises NotFound."""
    row = Snapshot.objects.select_related("criteria").filter(pk=snapshot_id).first()
    if row is None:
        raise NotFound(_("No existe ese informe."))
    content, month = row.content, periods.month_of(row.month)
    criteria = rules.read(content["criteria"]["content"])
    names = dict(
        Case.objects.filter(
            dossier__number__in=[
                each["number"] for each in content["cases"] + content["carried"] + content.get("late", [])
            ]
        ).values_list("dossier__number", "customer__name")
    )

    def cases(key: str) -> tuple[CaseRow, ...]:
        return tuple(
            CaseRow(
                each["number"],
                names.get(each["number"], ""),
                periods.parse_month(each["month"], field="month") if "month" in each else month,
                each["claimed"],
                each["outcome"],
                OUTCOME_TITLES[Outcome(each["outcome"])],
                tuple(rules.TITLES[rules.Criterion(name)] for name in each["failed"]),
            )
            for each in content.get(key, ())
        )

    now, since = _since(content, month, criteria.threshold)
    return SnapshotPage(
        replace(snapshot_row(row), late=len(late.after_the_report([month]))),
        figure(Quotient(*content["first"]["extended"]), criteria.threshold, ""),
        content["first"]["in_progress"],
        content["first"]["excluded"],
        cases("cases"),
        cases("carried"),
        cases("late"),
        tuple(
            ControlRow(
                0,
                each["contract"],
                "",
                month,
                each["state"],
                CONTROL_TITLES[ControlState(each["state"])],
                tuple(ITEM_TITLES[Item(name)] for name in each["failed"]),
            )
            for each in content["controls"]
        ),
        words_of(criteria),
        now,
        since,
    )
