"""The month of billing: one row per group, what is odd first with its reason in words (B.2 to B.5)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.billing import sheets
from mayorista.apps.billing.models import (
    Amount,
    AmountLine,
    Dispatch,
    Invoice,
    Month,
    OneOff,
    Packet,
    Run,
    RunRow,
)
from mayorista.apps.billing.operations import months
from mayorista.apps.billing.queries import confirmed, inputs, members
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.overview.queries import billing_ranks
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import capacity, due_dates, formats, lapaz, money, periods
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.text import searchable

PAGE_SIZE = 50
State = Month.State
CONFIRMABLE, DEFINABLE = (State.PENDING,), (State.COORDINATED, State.OBSERVED)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line of a sheet: its sentence, its amount, and the dossier it comes from."""

    text: str
    value: Decimal
    cause: str = ""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One group's month. `this` is a preview while `preview`; amounts in the invoice's currency."""

    id: int
    number: str
    customer: str
    customer_code: str
    group: str
    group_id: int
    sign: str
    state: str
    state_name: str
    changes: tuple[str, ...]
    held_by: str
    deferred: str
    problem: str
    former: Decimal | None
    credits: Decimal
    this: Decimal | None
    preview: bool
    confirmed: bool
    manager_confirmed: bool
    in_advance: bool
    rank: int
    invoice_id: int | None = None
    invoice: str = ""
    undelivered: bool = False
    seen: Decimal | None = None
    returned: str = ""
    lines: tuple[SheetLine, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """The month less the last."""
        return None if self.this is None or self.former is None else self.this - self.former

    @property
    def lines_said(self) -> str:
        """How many lines it has."""
        return ngettext("%(n)s línea", "%(n)s líneas", len(self.lines)) % {"n": len(self.lines)}

    @property
    def is_odd(self) -> bool:
        """Whether it stands above the others."""
        return self.rank < billing_ranks.CHANGED


@dataclass(frozen=True, slots=True)
class RunBrief:
    """A whole-month act: how far it came."""

    id: int
    kind: str
    kind_name: str
    total: int
    done: int
    refused: int
    started_at: dt.datetime
    ended_at: dt.datetime | None
    started_by_id: int
    started_by: str

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 if self.ended_at else (self.done + self.refused) * 100 // max(self.total, 1)


@dataclass(frozen=True, slots=True)
class Countdown:
    """The last days of the groups billed in advance, or of those in arrears, and the business days left to invoice."""

    in_advance: bool
    limits: due_dates.Limits
    invoice_days: int


@dataclass(frozen=True, slots=True)
class MonthPage:
    """The screen of a month."""

    month: Calendar
    rows: tuple[MonthRow, ...]
    pages: Pages
    total: int
    states: tuple[tuple[str, str, int], ...]
    sums: tuple[tuple[str, Decimal], ...]
    held: int
    unchanged: int
    to_confirm: int
    to_confirm_manager: int
    countdowns: tuple[Countdown, ...]
    runs: tuple[RunBrief, ...]
    text: str
    state: str

    def count(self, state: str) -> int:
        """How many stand in a state."""
        return {key: count for key, _name, count in self.states}.get(state, 0)

    @property
    def counts(self) -> dict[str, int]:
        """How many stand in each state."""
        return {key: count for key, _name, count in self.states}


@dataclass(slots=True)
class _Known:
    """What is read at once for the groups of a page; `papers`: number of the month, its invoice, how its mail stands."""

    amounts: Mapping[int, tuple[int, Decimal]]
    changes: Mapping[int, list[contracts.MonthChange]]
    one_offs: Mapping[int, list[str]]
    papers: Mapping[int, tuple[str, int | None, str, str]]


def month_page(
    *, month: Calendar, at: dt.datetime, text: str = "", state: str = "", page: int = 1, size: int = PAGE_SIZE
) -> MonthPage:
    """Return a month's groups, odd ones first; those not defined yet on the page are rated as a preview."""
    every = billing_ranks.briefs(month)
    words = searchable(text).split()
    numbers = _numbers(month) if words else {}
    shown = [
        each
        for each in every
        if (not state or each.state == state) and (not words or each.has(words, numbers.get(each.id, "")))
    ]
    pages = pages_of(len(shown), page, size)
    part = shown[(pages.number - 1) * size : pages.number * size]
    known = _known(part, month)
    counts = Counter(each.state for each in every)
    sums: dict[str, Decimal] = {}
    for each in every:
        if each.this is not None:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.this
    pending = [each for each in every if each.state == State.PENDING]
    return MonthPage(
        month=month,
        rows=tuple(_with_lines([_row(each, known) for each in part], known, at)),
        pages=pages,
        total=len(every),
        states=tuple((key.value, str(key.label), counts[key.value]) for key in State),
        sums=tuple(sorted((money.currency_sign(each), sum_) for each, sum_ in sums.items())),
        held=sum(each.holding and not each.deferred for each in every),
        unchanged=sum(each.unchanged for each in pending),
        to_confirm=sum(not each.confirmed for each in pending),
        to_confirm_manager=sum(not each.manager_confirmed for each in pending),
        countdowns=_countdowns(month, {each.in_advance for each in every}, at),
        runs=tuple(run_briefs(month)),
        text=text,
        state=state,
    )


def unchanged_ids(month: Calendar) -> list[int]:
    """Return the months still to be coordinated in which nothing changed: all confirmed in one act (G-46)."""
    return sorted(
        each.id for each in billing_ranks.briefs(month) if each.state == State.PENDING and each.unchanged
    )


def _numbers(month: Calendar) -> dict[int, str]:
    """The numbers that each month of a list is found by: its own and its invoice's."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [dt.date.fromordinal(month.first)])
        return dict(cursor.fetchall())


_NUMBERS = """
SELECT month.id, concat_ws(' ', home.number, invoice.number)
FROM billing_month month JOIN procedure_dossier home ON home.id = month.dossier_id
LEFT JOIN billing_packet packet ON packet.month_id = month.id
LEFT JOIN billing_invoice invoice ON invoice.packet_id = packet.id
WHERE month.month = %s ORDER BY invoice.id NULLS FIRST
"""


def _countdowns(month: Calendar, kinds: set[bool], at: dt.datetime) -> tuple[Countdown, ...]:
    """Each kind of group that the month has counts to its own days; a month without groups to those of arrears."""
    works, today = procedure.calendar(at=at), lapaz.local(at).date()
    found = []
    for in_advance in sorted(kinds or {False}, reverse=True):
        last = months.limits(month, advance=in_advance, at=at, works=works)
        found.append(Countdown(in_advance, last, _business_days(today, last.invoiced, works)))
    return tuple(found)


def _business_days(today: dt.date, last: dt.date, works: due_dates.Calendar) -> int:
    """How many business days are left until a day, that day included; negative when it is over."""
    if today > last:
        return -1
    days, on = 0, today
    while on <= last:
        days += works(on)
        on += due_dates.DAY
    return days


def _known(part: Sequence[billing_ranks.Brief], month: Calendar) -> _Known:
    ids = [each.id for each in part]
    group_ids = [each.group_id for each in part]
    first = dt.date.fromordinal(month.first)
    of_group = members.members_of(group_ids, first)
    by_contract = contracts.changes_of_month([pk for pks in of_group.values() for pk in pks], month=month)
    changes = {
        group: [change for pk in pks for change in by_contract.get(pk, [])] for group, pks in of_group.items()
    }
    one_offs: dict[int, list[str]] = {}
    for each in OneOff.objects.filter(month_id__in=ids, withdrawn_at=None).order_by("id"):
        said = f"{each.text} {_signed(each.amount)}"
        if each.needs_approval and each.approved_at is None:
            said += _(" (espera a Gerencia)")
        one_offs.setdefault(each.month_id, []).append(said)
    with connection.cursor() as cursor:
        cursor.execute(_PAPERS, [ids])
        papers = {row[0]: row[1:] for row in cursor.fetchall()}
    amounts = {
        each.id: (each.amount_id, each.this)
        for each in part
        if each.amount_id is not None and each.this is not None
    }
    return _Known(amounts, changes, one_offs, papers)


_PAPERS = """
SELECT month.id, home.number, invoice.id, coalesce(invoice.number, ''), coalesce((
    SELECT message.state FROM billing_dispatch dispatch JOIN messaging_message message ON message.id = dispatch.message_id
    WHERE dispatch.invoice_id = invoice.id AND dispatch.undone_at IS NULL ORDER BY dispatch.sequence DESC LIMIT 1), '')
FROM billing_month month JOIN procedure_dossier home ON home.id = month.dossier_id
LEFT JOIN billing_packet packet ON packet.month_id = month.id
LEFT JOIN billing_invoice invoice ON invoice.packet_id = packet.id
WHERE month.id = ANY(%s) ORDER BY invoice.id NULLS FIRST
"""


def _signed(amount: Decimal) -> str:
    sign = "−" if amount < 0 else "+"
    return f"{sign}{formats.number(abs(amount))}"


def _row(brief: billing_ranks.Brief, known: _Known) -> MonthRow:
    changes = known.changes.get(brief.group_id, [])
    said = [_change_words(change) for change in changes]
    said += known.one_offs.get(brief.id, [])
    if brief.credit:
        said.append(_("crédito SLA %(t)s") % {"t": formats.number(brief.credit)})
    if brief.deferred:
        said.append(_("diferido: %(why)s") % {"why": brief.deferred})
    if brief.state == State.OBSERVED:
        said.insert(0, _("observado: %(why)s") % {"why": brief.observation})
    number, invoice_id, invoice, mail = known.papers[brief.id]
    return MonthRow(
        id=brief.id,
        number=number,
        customer=brief.customer,
        customer_code=brief.customer_code,
        group=brief.group,
        group_id=brief.group_id,
        sign=money.currency_sign(brief.currency),
        state=brief.state,
        state_name=str(State(brief.state).label),
        changes=tuple(said),
        held_by=", ".join(change.number for change in changes if change.undecided),
        deferred=brief.deferred,
        problem=brief.problem,
        former=brief.former,
        credits=brief.credit,
        this=brief.this,
        preview=False,
        seen=brief.seen,
        returned=brief.returned,
        confirmed=brief.confirmed,
        manager_confirmed=brief.manager_confirmed,
        in_advance=brief.in_advance,
        rank=brief.rank,
        invoice_id=invoice_id,
        invoice=invoice,
        undelivered=mail == "FAILED",
    )


def _change_words(change: contracts.MonthChange) -> str:
    way = _("aumento") if change.to_kbps > change.from_kbps else _("disminución")
    speeds = f"{capacity.show(change.from_kbps)} → {capacity.show(change.to_kbps)}"
    day = formats.date(change.day)[:5]
    if change.undecided:
        return _("%(c)s: %(way)s %(s)s pedido el %(d)s, sin decisión de Gerencia") % {
            "c": change.circuit,
            "way": way,
            "s": speeds,
            "d": formats.date(change.requested_date)[:5],
        }
    if change.in_force:
        return _("%(c)s: %(way)s %(s)s desde el %(d)s") % {
            "c": change.circuit, "way": way, "s": speeds, "d": day,
        }  # fmt: skip
    return _("%(c)s: %(way)s %(s)s, %(state)s") % {
        "c": change.circuit, "way": way, "s": speeds, "state": change.state_name,
    }  # fmt: skip


def _with_lines(part: Sequence[MonthRow], known: _Known, at: dt.datetime) -> Iterable[MonthRow]:
    lines = lines_of(amount_id for amount_id, _total in known.amounts.values())
    waiting = [each.id for each in part if each.id not in known.amounts]
    rows = (
        Month.objects.select_related("group", "group__customer", "dossier").in_bulk(waiting)
        if waiting
        else {}
    )
    prepared = inputs.prepare(list(rows.values()), as_of=at)
    for each in part:
        if each.id in known.amounts:
            yield replace(each, lines=tuple(lines.get(known.amounts[each.id][0], ())))
        elif each.id in prepared:
            yield _previewed(each, rows[each.id], prepared[each.id])


def lines_of(amount_ids: Iterable[int]) -> dict[int, list[SheetLine]]:
    """Return the lines of amounts, in their order; one read."""
    found: dict[int, list[SheetLine]] = {}
    rows = AmountLine.objects.filter(amount_id__in=list(amount_ids)).order_by("amount_id", "position")
    for amount_id, text, value, cause in rows.values_list(
        "amount_id", "text", "value", "cause_dossier__number"
    ):
        found.setdefault(amount_id, []).append(SheetLine(text, value, cause or ""))
    return found


def _previewed(each: MonthRow, row: Month, prepared: inputs.Prepared) -> MonthRow:
    try:
        rated = confirmed.rated_of(prepared)
    except Invalid as error:
        return replace(each, problem=f"{error.message} {error.remedy}".strip())
    lines = tuple(SheetLine(line.text, line.value) for line in sheets.lines(prepared, rated))
    now = confirmed.basis(prepared, rated)
    moved = confirmed.is_confirmed(row) and not confirmed.holds(row, now)
    returned = confirmed.moved_words(row, now) if moved else each.returned
    return replace(each, this=now.total, preview=True, lines=lines, problem="", returned=returned)


def run_briefs(month: Calendar, *, limit: int = 4) -> list[RunBrief]:
    """Return the last whole-month acts."""
    rows = Run.objects.filter(month=dt.date.fromordinal(month.first)).select_related("started_by")
    return [_brief(row) for row in rows.order_by("-id")[:limit]]


def _brief(row: Run) -> RunBrief:
    return RunBrief(
        row.pk,
        row.kind,
        str(Run.Kind(row.kind).label),
        row.total,
        row.done,
        row.refused,
        row.started_at,
        row.ended_at,
        row.started_by_id,
        row.started_by.full_name,
    )


@dataclass(frozen=True, slots=True)
class RunPage:
    """One whole-month act with what it left out."""

    run: RunBrief
    month: Calendar
    refused: tuple[tuple[str, str, str], ...]
    done: tuple[tuple[str, str, str], ...]
    undoable: bool


def _handled(run: Run) -> QuerySet[Any, int]:
    """The months in which a run left something of its own, while it lasted."""
    until = run.ended_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    span = (run.started_at, until)
    if run.kind == Run.Kind.DEFINE:
        return Amount.objects.filter(month__month=run.month, defined_at__range=span).values_list(
            "month_id", flat=True
        )
    if run.kind == Run.Kind.SEND:
        return Packet.objects.filter(month__month=run.month, sent_at__range=span).values_list(
            "month_id", flat=True
        )
    if run.kind == Run.Kind.ISSUE:
        return Invoice.objects.filter(
            month=run.month, origin=Invoice.Origin.INTERNAL, issued_at__range=span
        ).values_list("packet__month_id", flat=True)
    return Dispatch.objects.filter(run=run, undone_at=None).values_list(
        "invoice__packet__month_id", flat=True
    )


def run_page(*, run_id: int) -> RunPage | None:
    """Return a run: its counts, and each row refused as (number, customer, reason)."""
    row = Run.objects.select_related("started_by").filter(pk=run_id).first()
    if row is None:
        return None
    refused = (
        RunRow.objects.filter(run=row).select_related("month__dossier", "month__group").order_by("id")[:500]
    )
    left = set(RunRow.objects.filter(run=row).values_list("month_id", flat=True))
    done = Month.objects.filter(month=row.month, id__in=_handled(row)).exclude(id__in=left)
    return RunPage(
        _brief(row),
        periods.month_of(row.month),
        tuple(
            (each.month.dossier.number, f"{each.month.group.name} · {each.month.group.code}", each.reason)
            for each in refused
        ),
        tuple(
            (each.dossier.number, f"{each.group.name} · {each.group.code}", str(State(each.state).label))
            for each in done.select_related("dossier", "group").order_by("-id")[:50]
        )
        if len(row.selection) or row.total <= 50
        else (),
        _may_be_undone(row, done),
    )


def _may_be_undone(run: Run, done: QuerySet[Month]) -> bool:
    """Whether something of a run is still as the run left it: amounts without packet, mails not taken back."""
    if run.kind == Run.Kind.DEFINE:
        return done.filter(state=State.DEFINED).exists()
    return run.kind == Run.Kind.DISPATCH and done.exists()


def open_months_list() -> list[tuple[Calendar, int, int]]:
    """Return the months there are, newest first: (month, groups, still open)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month, count(*), count(*) FILTER (WHERE state NOT IN ('DISPATCHED', 'NOTHING')) "
            "FROM billing_month GROUP BY month ORDER BY month DESC LIMIT 36"
        )
        return [(periods.month_of(row[0]), row[1], row[2]) for row in cursor.fetchall()]


def near_months(month: Calendar) -> list[Calendar]:
    """Return the months next to one that have rows, the later first; one read."""
    beside = [dt.date.fromordinal(each.first) for each in (month.next, month.previous)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT beside FROM unnest(%s::date[]) beside "
            "WHERE EXISTS (SELECT FROM billing_month WHERE month = beside) ORDER BY beside DESC",
            [beside],
        )
        return [periods.month_of(row[0]) for row in cursor.fetchall()]
