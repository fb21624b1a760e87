"""Items 9 to 12: reminders, receipts, notices to accounting, debts handed over; what our side owed in the month (G-04).

# Note [What stood in the way]
A reminder or hand-over was owed on a day only when nothing stopped it then: paid, covered by a receipt, disputed,
promised, paused. That is told from the rows' own times (when it was registered, undone, decided), so the answer for a
day that is over does not change with what happens later. Money on account counts as covering an invoice when it is at
least what is open of it; over which of several debts it would be spread is not reckoned again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from mayorista.apps.indicators.control_days import Days, asked, end_of, midnight
from mayorista.rules import due_dates, formats, lapaz
from mayorista.rules.indicators.controls import Fact, Item

ZERO = Decimal(0)
LEGAL_DAYS = 2
"""Business days that Legal has to release a reminder, as its task says."""
REACH_DAYS = 15
"""How long before the month what falls due in it may have begun: a business day after it, over the longest holidays."""
LONGEST_TERM = due_dates.LONGEST_TERM_DAYS
DAILY_LEAVES = dt.time(17, 0)

Found = tuple[int, Fact]


@dataclass(frozen=True, slots=True)
class _Invoice:
    id: int
    number: str
    home: str
    customer_id: int
    currency: str
    total: Decimal
    issued_on: dt.date
    due_on: dt.date
    contract_ids: list[int]


@dataclass(frozen=True, slots=True)
class _Span:
    """Money, or a word, that counted from an instant on and until another."""

    amount: Decimal
    since: dt.datetime
    until: dt.datetime | None = None

    def at(self, moment: dt.datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(slots=True)
class _Past:
    """What the rows say of the invoices' and customers' past; see Note [What stood in the way]."""

    money: dict[int, list[_Span]] = field(default_factory=lambda: defaultdict(list))
    disputes: dict[int, list[_Span]] = field(default_factory=lambda: defaultdict(list))
    promises: dict[int, list[_Span]] = field(default_factory=lambda: defaultdict(list))
    pauses: dict[int, list[_Span]] = field(default_factory=lambda: defaultdict(list))
    on_account: dict[tuple[int, str], list[_Span]] = field(default_factory=lambda: defaultdict(list))
    sent: dict[int, dict[int, dt.datetime]] = field(default_factory=lambda: defaultdict(dict))
    handed: dict[int, dt.datetime] = field(default_factory=dict)

    def owed(self, invoice: _Invoice, moment: dt.datetime, *, pauses: bool) -> bool:
        """Whether an act about the invoice was owed at an instant."""
        open_ = invoice.total + _sum(self.money[invoice.id], moment)
        claimable = open_ - _sum(self.disputes[invoice.id], moment)
        if claimable <= 0 or any(each.at(moment) for each in self.promises[invoice.id]):
            return False
        if pauses and any(each.at(moment) for each in self.pauses[invoice.customer_id]):
            return False
        return _sum(self.on_account[(invoice.customer_id, invoice.currency)], moment) < claimable


def _sum(spans: Iterable[_Span], moment: dt.datetime) -> Decimal:
    return sum((each.amount for each in spans if each.at(moment)), ZERO)


def facts(customer_of: Mapping[int, int], days: Days) -> Iterator[Found]:
    """Yield the facts of items 9 to 12 by contract, given the contracts and their customers; eight reads at most."""
    ids = sorted(customer_of)
    stages = sorted(int(each) for each in days.parameters["collection.reminder_days"])
    release = int(days.parameters["collection.release_from_days"])
    portfolio = int(days.parameters["collection.portfolio_days"])
    reach = max([*stages, portfolio + 1, 0]) + REACH_DAYS
    rows = [
        _Invoice(*row)
        for row in asked(
            _INVOICES,
            {
                "ids": ids,
                "issued": days.first - dt.timedelta(days=LONGEST_TERM + reach),
                "since": days.first - dt.timedelta(days=reach),
                "until": days.after - dt.timedelta(days=min([*stages, 0])),
            },
        )
    ]
    past = _read(rows) if rows else _Past()
    for row in rows:
        for fact in (*_reminders(row, past, days, stages, release), *_handed(row, past, days, portfolio)):
            yield from ((contract_id, fact) for contract_id in row.contract_ids)
    yield from _receipts(customer_of, days)


def _reminders(row: _Invoice, past: _Past, days: Days, stages: list[int], release: int) -> Iterator[Fact]:
    """A step sent late, or replaced by a further one, is done when that one left."""
    for stage in stages:
        day = due_dates.on_or_after(row.due_on + dt.timedelta(days=stage), days.works)
        if day <= row.issued_on:
            continue
        waits = stage >= release
        if waits:
            day = due_dates.plus_business_days(day, LEGAL_DAYS, days.works)
        if not days.holds(day):
            continue
        done = min((at for step, at in past.sent[row.id].items() if step >= stage), default=None)
        due = end_of(day)
        if (done is None or done > due) and not past.owed(row, due, pauses=True):
            continue
        words = _("%(n)s, recordatorio D%(s)s") % {"n": row.number, "s": f"{stage:+d}" if stage else "0"}
        if waits and done is None:
            words = _("%(w)s (lo libera Legal)") % {"w": words}
        yield Fact(Item.REMINDED, due, done, words, row.home)


def _handed(row: _Invoice, past: _Past, days: Days, portfolio: int) -> Iterator[Fact]:
    day = due_dates.on_or_after(row.due_on + dt.timedelta(days=portfolio + 1), days.works)
    if not days.holds(day):
        return
    due, done = end_of(day), past.handed.get(row.id)
    if (done is None or done > due) and not past.owed(row, due, pauses=False):
        return
    words = _("%(n)s, vencida el %(d)s, a Cartera") % {"n": row.number, "d": formats.date(row.due_on)}
    yield Fact(Item.ESCALATED, due, done, words, row.home)


def _read(rows: list[_Invoice]) -> _Past:
    past = _Past()
    given = {"ids": [row.id for row in rows], "customers": sorted({row.customer_id for row in rows})}
    for invoice_id, amount, since, until in asked(_MONEY, given):
        past.money[invoice_id].append(_Span(amount, since, until))
    for invoice_id, amount, raised_on, until in asked(_DISPUTES, given):
        past.disputes[invoice_id].append(_Span(amount, midnight(raised_on), until))
    for invoice_id, since, promised_on in asked(_PROMISES, given):
        past.promises[invoice_id].append(_Span(ZERO, since, midnight(promised_on + due_dates.DAY)))
    for customer_id, since, paused_until, ended_at in asked(_PAUSES, given):
        ends = midnight(paused_until)
        past.pauses[customer_id].append(_Span(ZERO, since, min(ends, ended_at or ends)))
    for customer_id, currency, amount, since, until in asked(_ON_ACCOUNT, given):
        past.on_account[(customer_id, currency)].append(_Span(amount, since, until))
    for invoice_id, stage, sent_at in asked(_SENT, given):
        past.sent[invoice_id][stage] = sent_at
    past.handed = dict(asked(_HANDED, given))
    return past


def _receipts(customer_of: Mapping[int, int], days: Days) -> Iterator[Found]:
    """Items 10 and 11; a receipt counts for the contracts of the invoices it pays, else for all of its customer."""
    daily = days.parameters["accounting.notice"] == "DAILY"
    inform = int(days.parameters["receipts.business_days"]["inform"])
    of_customer: dict[int, list[int]] = defaultdict(list)
    for contract_id, customer_id in customer_of.items():
        of_customer[customer_id].append(contract_id)
    given = {
        "customers": sorted(of_customer),
        "since": midnight(days.first - dt.timedelta(days=REACH_DAYS)),
        "until": midnight(days.after),
    }
    for number, customer_id, arrived_at, registered_at, state, told_at, contracts in asked(_RECEIPTS, given):
        mine = [each for each in contracts or () if each in customer_of] or of_customer[customer_id]
        found = [
            Fact(
                Item.RECEIPT,
                days.works.after(arrived_at, 1),
                registered_at,
                _("comprobante %(n)s") % {"n": number},
                number,
            )
        ]
        if state != "REJECTED" or told_at is not None:
            due = _day_mail(registered_at, days) if daily else days.works.after(registered_at, inform)
            found.append(Fact(Item.ACCOUNTING, due, told_at, _("comprobante %(n)s") % {"n": number}, number))
        for fact in found:
            if days.holds(lapaz.local(fact.due_at).date()):
                yield from ((contract_id, fact) for contract_id in mine)


def _day_mail(registered_at: dt.datetime, days: Days) -> dt.datetime:
    """The end of the office day whose mail at 17:00 carries it."""
    here = lapaz.local(registered_at)
    day = here.date() if here.time() < DAILY_LEAVES else here.date() + due_dates.DAY
    return end_of(due_dates.on_or_after(day, days.works))


_INVOICES = """
SELECT invoice.id, invoice.number, home.number, invoice.customer_id, invoice.currency, invoice.total,
    (invoice.issued_at AT TIME ZONE 'America/La_Paz')::date, due.on_day, member.contract_ids
FROM billing_invoice invoice
JOIN procedure_dossier home ON home.id = invoice.dossier_id
JOIN LATERAL (
    SELECT array_agg(DISTINCT each.contract_id) AS contract_ids FROM billing_groupcontract each
    WHERE each.group_id = invoice.group_id AND each.contract_id = ANY(%(ids)s)
        AND (each.ends_month IS NULL OR each.ends_month > invoice.month)
) member ON member.contract_ids IS NOT NULL
LEFT JOIN LATERAL (
    SELECT min(message.accepted_at) AS delivered_at FROM billing_dispatch dispatch
    JOIN messaging_message message ON message.id = dispatch.message_id
    WHERE invoice.due_date IS NULL AND dispatch.invoice_id = invoice.id AND dispatch.undone_at IS NULL
        AND message.state IN ('ACCEPTED', 'SENT', 'DELIVERED', 'READ')
) sent ON true
CROSS JOIN LATERAL (
    SELECT coalesce(invoice.due_date,
        (sent.delivered_at AT TIME ZONE 'America/La_Paz')::date + invoice.due_from_delivery_days::integer) AS on_day
) due
WHERE invoice.group_id IN (SELECT group_id FROM billing_groupcontract WHERE contract_id = ANY(%(ids)s))
    AND invoice.issued_date >= %(issued)s AND due.on_day >= %(since)s AND due.on_day < %(until)s
ORDER BY invoice.id
"""
# Each with its sign: notes and payments move what is open from their instant on, payments until they are undone.
_MONEY = """
SELECT invoice_id, CASE WHEN kind = 'DEBIT' THEN total ELSE -total END, issued_at, NULL::timestamptz
FROM billing_note WHERE invoice_id = ANY(%(ids)s)
UNION ALL
SELECT invoice_id, -amount, made_at, undone_at FROM receivables_allocation WHERE invoice_id = ANY(%(ids)s)
"""
_DISPUTES = """
SELECT invoice_id, amount, raised_on, CASE WHEN state = 'WON' AND note_id IS NULL THEN NULL ELSE decided_at END
FROM receivables_objection WHERE invoice_id = ANY(%(ids)s) AND timely
"""
_PROMISES = "SELECT invoice_id, made_at, promised_on FROM receivables_promise WHERE invoice_id = ANY(%(ids)s)"
_PAUSES = """
SELECT customer_id, made_at, until, ended_at FROM receivables_reminderpause WHERE customer_id = ANY(%(customers)s)
"""
_ON_ACCOUNT = """
SELECT customer_id, currency, amount, registered_at, NULL::timestamptz
FROM receivables_receipt WHERE customer_id = ANY(%(customers)s) AND state <> 'REJECTED'
UNION ALL
SELECT receipt.customer_id, receipt.currency, -allocation.amount_receipt_currency, allocation.made_at, allocation.undone_at
FROM receivables_allocation allocation JOIN receivables_receipt receipt ON receipt.id = allocation.receipt_id
WHERE receipt.customer_id = ANY(%(customers)s) AND receipt.state <> 'REJECTED'
    AND allocation.invoice_id IS NOT NULL AND allocation.kind = 'PAYMENT'
"""
_SENT = """
SELECT reminder.invoice_id, reminder.stage,
    coalesce(mail.sent_at, (reminder.sent_on + time '18:00') AT TIME ZONE 'America/La_Paz')
FROM receivables_reminder reminder
LEFT JOIN receivables_remindermail mail ON mail.message_id = reminder.message_id
WHERE reminder.invoice_id = ANY(%(ids)s) AND reminder.sent_on IS NOT NULL
"""
_HANDED = (
    "SELECT invoice_id, min(at) FROM receivables_handover WHERE invoice_id = ANY(%(ids)s) GROUP BY invoice_id"
)
_RECEIPTS = """
SELECT home.number, receipt.customer_id, coalesce(message.created_at, receipt.registered_at), receipt.registered_at,
    receipt.state, notice.sent_at, paid.contract_ids
FROM receivables_receipt receipt
JOIN procedure_dossier home ON home.id = receipt.dossier_id
LEFT JOIN messaging_message message ON message.id = receipt.source_message_id
LEFT JOIN receivables_noticedreceipt noticed ON noticed.receipt_id = receipt.id
LEFT JOIN receivables_accountingnotice notice ON notice.id = noticed.notice_id
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT member.contract_id) AS contract_ids FROM receivables_allocation allocation
    JOIN billing_invoice invoice ON invoice.id = allocation.invoice_id
    JOIN billing_groupcontract member ON member.group_id = invoice.group_id
        AND (member.ends_month IS NULL OR member.ends_month > invoice.month)
    WHERE allocation.receipt_id = receipt.id AND allocation.undone_at IS NULL
) paid ON true
WHERE receipt.customer_id = ANY(%(customers)s) AND receipt.registered_at >= %(since)s
    AND coalesce(message.created_at, receipt.registered_at) < %(until)s
ORDER BY receipt.id
"""
