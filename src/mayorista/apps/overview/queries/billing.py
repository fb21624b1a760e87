"""The month of billing: one row per group, what is odd first with its reason in words (B.2 to B.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

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
from mayorista.apps.billing.queries import inputs, members
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.overview.queries import billing_ranks
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import capacity, due_dates, formats, lapaz, money, periods
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.rating import groups
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
    lines: tuple[SheetLine, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """The month less the last."""
        return None if self.this is None or self.former is None else self.this - self.former

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
    limits: due_dates.Limits
    invoice_days: int
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
    """What is read at once for all groups of a month."""

    amounts: Mapping[int, tuple[int, Decimal]]
    former: Mapping[int, Decimal]
    changes: Mapping[int, list[contracts.MonthChange]]
    one_offs: Mapping[int, list[str]]
    credits: Mapping[int, Decimal]
    refused: Mapping[int, str]
    invoices: Mapping[int, tuple[int, str, str]]


def month_page(
    *, month: Calendar, at: dt.datetime, text: str = "", state: str = "", page: int = 1, size: int = PAGE_SIZE
) -> MonthPage:
    """Return a month's groups, odd ones first; those not defined yet on the page are rated as a preview."""
    every = billing_ranks.briefs(month)
    words = searchable(text).split()
    numbers = _invoice_numbers(month) if words else {}
    shown = [
        each
        for each in every
        if (not state or each.state == state) and (not words or each.has(words, numbers.get(each.id, "")))
    ]
    pages = pages_of(len(shown), page, size)
    part = shown[(pages.number - 1) * size : pages.number * size]
    rows = _rows(part)
    known = _known(rows, part, month)
    counts: dict[str, int] = {}
    sums: dict[str, Decimal] = {}
    for each in every:
        counts[each.state] = counts.get(each.state, 0) + 1
        if each.this is not None:
            sign = money.currency_sign(each.currency)
            sums[sign] = sums.get(sign, Decimal(0)) + each.this
    last = months.limits(month, advance=False, at=at)
    today = lapaz.local(at).date()
    return MonthPage(
        month=month,
        rows=tuple(_with_lines([_row(row, known) for row in rows], {row.pk: row for row in rows}, known, at)),
        pages=pages,
        total=len(every),
        states=tuple((key.value, str(key.label), counts.get(key.value, 0)) for key in State),
        sums=tuple(sorted(sums.items())),
        held=sum(each.holding and not each.deferred for each in every),
        unchanged=sum(each.unchanged and each.state == State.PENDING for each in every),
        to_confirm=sum(each.state == State.PENDING and not each.confirmed for each in every),
        to_confirm_manager=sum(each.state == State.PENDING and not each.manager_confirmed for each in every),
        limits=last,
        invoice_days=_business_days(today, last.invoiced, procedure.calendar(at=at)),
        runs=tuple(run_briefs(month)),
        text=text,
        state=state,
    )


def unchanged_ids(month: Calendar) -> list[int]:
    """Return the months still to be coordinated in which nothing changed: all confirmed in one act (G-46)."""
    return sorted(
        each.id for each in billing_ranks.briefs(month) if each.state == State.PENDING and each.unchanged
    )


def _rows(part: Sequence[billing_ranks.Brief]) -> list[Month]:
    """The rows of a page, in its order."""
    found = Month.objects.select_related("group", "group__customer", "dossier").in_bulk(
        [each.id for each in part]
    )
    return [found[each.id] for each in part if each.id in found]


def _invoice_numbers(month: Calendar) -> dict[int, str]:
    """The number of each month's invoice, to be found by."""
    rows = Invoice.objects.filter(packet__month__month=dt.date.fromordinal(month.first))
    return dict(rows.order_by("id").values_list("packet__month_id", "number"))


def _business_days(today: dt.date, last: dt.date, works: due_dates.Calendar) -> int:
    """How many business days are left until a day, that day included; negative when it is over."""
    if today > last:
        return -1
    days, on = 0, today
    while on <= last:
        days += works(on)
        on += due_dates.DAY
    return days


def _known(rows: Sequence[Month], part: Sequence[billing_ranks.Brief], month: Calendar) -> _Known:
    ids = [row.pk for row in rows]
    group_ids = [row.group_id for row in rows]
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
        cursor.execute(_INVOICES, [ids])
        invoices = {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}
    amounts = {
        each.id: (each.amount_id, each.this)
        for each in part
        if each.amount_id is not None and each.this is not None
    }
    return _Known(
        amounts,
        {each.group_id: each.former for each in part if each.former is not None},
        changes,
        one_offs,
        {each.group_id: each.credit for each in part},
        {each.id: each.problem for each in part},
        invoices,
    )


_INVOICES = """
SELECT packet.month_id, invoice.id, invoice.number, coalesce((
    SELECT message.state FROM billing_dispatch dispatch JOIN messaging_message message ON message.id = dispatch.message_id
    WHERE dispatch.invoice_id = invoice.id AND dispatch.undone_at IS NULL ORDER BY dispatch.sequence DESC LIMIT 1), '')
FROM billing_invoice invoice JOIN billing_packet packet ON packet.id = invoice.packet_id WHERE packet.month_id = ANY(%s)
"""


def _signed(amount: Decimal) -> str:
    sign = "−" if amount < 0 else "+"
    return f"{sign}{formats.number(abs(amount))}"


def _row(row: Month, known: _Known) -> MonthRow:
    amount = known.amounts.get(row.pk)
    former = known.former.get(row.group_id)
    changes = known.changes.get(row.group_id, [])
    holding = [change for change in changes if change.undecided]
    held_by = ", ".join(change.number for change in holding)
    said = [_change_words(change) for change in changes]
    said += known.one_offs.get(row.pk, [])
    credit = known.credits.get(row.group_id, Decimal(0))
    if credit:
        said.append(_("crédito SLA %(t)s") % {"t": formats.number(credit)})
    if row.deferred_reason:
        said.append(_("diferido: %(why)s") % {"why": row.deferred_reason})
    if row.state == State.OBSERVED:
        said.insert(0, _("observado: %(why)s") % {"why": row.observation})
    problem = known.refused.get(row.pk, "")
    invoice = known.invoices.get(row.pk)
    this = amount[1] if amount else None
    return MonthRow(
        id=row.pk,
        number=row.dossier.number,
        customer=row.group.customer.name,
        customer_code=row.group.customer.code,
        group=row.group.code,
        group_id=row.group_id,
        sign=money.currency_sign(row.group.currency),
        state=row.state,
        state_name=str(State(row.state).label),
        changes=tuple(said),
        held_by=held_by,
        deferred=row.deferred_reason,
        problem=problem,
        former=former,
        credits=credit,
        this=this,
        preview=False,
        confirmed=row.confirmed_at is not None,
        manager_confirmed=row.manager_confirmed_at is not None,
        in_advance=row.group.in_advance,
        rank=billing_ranks.rank_of(
            row.state,
            deferred=bool(row.deferred_reason),
            holding=bool(holding),
            problem=bool(problem),
            said=bool(said),
            this=this,
            former=former,
        ),
        invoice_id=invoice[0] if invoice else None,
        invoice=invoice[1] if invoice else "",
        undelivered=bool(invoice and invoice[2] == "FAILED"),
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


def _with_lines(
    part: Sequence[MonthRow], by_id: Mapping[int, Month], known: _Known, at: dt.datetime
) -> Iterable[MonthRow]:
    ids = {known.amounts[each.id][0]: each.id for each in part if each.id in known.amounts}
    lines = lines_of(ids)
    waiting = [by_id[each.id] for each in part if each.id not in known.amounts]
    prepared = inputs.prepare(waiting, as_of=at) if waiting else {}
    for each in part:
        if each.id in known.amounts:
            yield replace(each, lines=tuple(lines.get(known.amounts[each.id][0], ())))
        else:
            yield _previewed(each, prepared[each.id])


def lines_of(amount_ids: Iterable[int]) -> dict[int, list[SheetLine]]:
    """Return the lines of amounts, in their order; one read."""
    found: dict[int, list[SheetLine]] = {}
    for line in (
        AmountLine.objects.filter(amount_id__in=list(amount_ids))
        .select_related("cause_dossier")
        .order_by("amount_id", "position")
    ):
        cause = line.cause_dossier.number if line.cause_dossier else ""
        found.setdefault(line.amount_id, []).append(SheetLine(line.text, line.value, cause))
    return found


def _previewed(each: MonthRow, prepared: inputs.Prepared) -> MonthRow:
    try:
        if prepared.problem is not None:
            raise prepared.problem
        assert prepared.group is not None
        rated = groups.rate(prepared.group)
    except Invalid as error:
        return replace(each, problem=f"{error.message} {error.remedy}".strip())
    lines = tuple(SheetLine(line.text, line.value) for line in sheets.lines(prepared, rated))
    return replace(each, this=money.amount(rated.answer.total), preview=True, lines=lines, problem="")


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
