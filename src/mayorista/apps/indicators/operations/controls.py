"""The control of each contract and month, answered from what happened and kept (G-03); again while it may change.

# Note [When a control is settled]
Nothing of it waits and its month has been over for a while (a bounce, a receipt entered late), or its month is so long
past that what is missing is missed: then it is not answered again. An act that mends a control after its month was
reported changes the kept row at most, never the report.

# Note [One task a month and item]
A thousand contracts that wait for the same step are one task with their number, on the dossier of the month's controls.
It comes into the tray a business day before the first of them is due, and falls away when none waits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.indicators import control_facts
from mayorista.apps.indicators.models import ContractControl
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.operations import dossiers, live, work
from mayorista.rules import due_dates, lapaz, periods
from mayorista.rules.errors import Invalid
from mayorista.rules.indicators.controls import ITEM_SHORT, Control, Item, check
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Role

KIND = "CONTROL_MONTH"
PORTION = 500
OPENS_ON_DAY = 25
"""From this day on the next month's controls stand ready, so that its first days are prepared."""
GRACE = dt.timedelta(days=10)
KEPT_MONTHS = 3
AHEAD = {Item.COPY: 5, Item.IN_FORCE: 5, Item.NETWORK_SPEED: 3}
"""Business days before its limit that an item comes into the tray; one day for all others."""
ROLES = {Item.NETWORK_SPEED: Role.NOC}


def refresh(*, at: dt.datetime) -> int:
    """Answer every control that may still change; return how many rows were written. For a job, safe to repeat.

    That of this month, of the next from the 25th on, and of months before in which something is not settled or that
    were never opened since the first day of use: reporting a month opens nothing.
    """
    today = lapaz.local(at).date()
    now = periods.month_of(today)
    wanted = {now, *([now.next] if today.day >= OPENS_ON_DAY else []), *_unopened(now, at)}
    first = dt.date.fromordinal(now.first)
    left = ContractControl.objects.filter(settled=False, month__lt=first).values_list("month", flat=True)
    wanted |= {periods.month_of(month) for month in left.distinct()}
    return sum(open_month(month=month, at=at) for month in sorted(wanted))


def _unopened(now: Month, at: dt.datetime) -> list[Month]:
    """The months in use, at most those kept, of which there is no control yet: the work stood still over their end."""
    begin = procedure.first_day_of_use(at=at)
    if begin is None:
        return []
    found, month = [], now.previous
    for _each in range(KEPT_MONTHS):
        if month < periods.month_of(begin):
            break
        found.append(month)
        month = month.previous
    known = ContractControl.objects.filter(month__in=[dt.date.fromordinal(each.first) for each in found])
    there = {periods.month_of(day) for day in known.values_list("month", flat=True).distinct()}
    return [each for each in found if each not in there]


def open_month(*, month: Month, at: dt.datetime) -> int:
    """Answer the controls of a month for all contracts; return how many rows were written. Raises Invalid for a far month.

    Safe to repeat and to run twice at once: the same facts give the same rows, written in one order.
    """
    now = periods.month_of(lapaz.local(at).date())
    if month > now.next:
        raise Invalid(
            _("%(m)s todavía no llega.") % {"m": month.words.capitalize()},
            field="month",
            remedy=_("Elija este mes o uno anterior."),
        )
    first = dt.date.fromordinal(month.first)
    done = set(
        ContractControl.objects.filter(month=first, settled=True).values_list("contract_id", flat=True)
    )
    ids = [pk for pk in control_facts.contracts_of(month) if pk not in done]
    written = 0
    for begin in range(0, len(ids), PORTION):
        written += check_contracts(contract_ids=ids[begin : begin + PORTION], month=month, at=at)
    tell(month=month, at=at)
    if written:
        live.bump("indicators")
    return written


@transaction.atomic
def check_contracts(*, contract_ids: Iterable[int], month: Month, at: dt.datetime) -> int:
    """Answer the controls of some contracts and keep what changed; return how many. A fixed number of reads, one write."""
    ids = sorted(set(contract_ids))
    first = dt.date.fromordinal(month.first)
    found = control_facts.read(ids, month, at=at)
    kept = {
        contract_id: (state, items, settled)
        for contract_id, state, items, settled in ContractControl.objects.filter(
            month=first, contract_id__in=ids
        ).values_list("contract_id", "state", "items", "settled")
    }
    rows = []
    for contract_id in ids:
        if contract_id not in found:
            continue
        control = check(found[contract_id], at=at)
        row = ContractControl(
            contract_id=contract_id,
            month=first,
            state=control.state.value,
            failed=[item.value for item in control.failed],
            items=written_items(control),
            settled=_is_settled(control, month, at),
            checked_at=at,
        )
        if kept.get(contract_id) != (row.state, row.items, row.settled):
            rows.append(row)
    ContractControl.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["contract", "month"],
        update_fields=["state", "failed", "items", "settled", "checked_at"],
    )
    gone = [pk for pk in kept if pk not in found]
    if gone:
        ContractControl.objects.filter(month=first, contract_id__in=gone, settled=False).delete()
    return len(rows)


def written_items(control: Control) -> list[Any]:
    """Return the items as they are kept: [item, state, [[due, done or "", evidence, number]]], times as canonical text."""
    return [
        [
            each.item.value,
            each.state.value,
            [
                [
                    lapaz.utc(fact.due_at),
                    lapaz.utc(fact.done_at) if fact.done_at else "",
                    fact.evidence,
                    fact.number,
                ]
                for fact in each.facts
            ],
        ]
        for each in control.items
    ]


def _is_settled(control: Control, month: Month, at: dt.datetime) -> bool:
    """See Note [When a control is settled]."""
    if control.complete and at >= month.ends_at + GRACE:
        return True
    last = month
    for _each in range(KEPT_MONTHS):
        last = last.next
    return at >= last.ends_at


# The tray ---------------------------------------------------------------------------------------------


@transaction.atomic
def tell(*, month: Month, at: dt.datetime) -> None:
    """Bring the tasks of a month in line with what waits. See Note [One task a month and item]."""
    waiting = {Item(item): (count, due) for item, count, due in _waiting(month, at)}
    today, works = lapaz.local(at).date(), procedure.calendar(at=at)
    wanted = {
        item: (count, due)
        for item, (count, due) in waiting.items()
        if lapaz.local(due).date() <= due_dates.plus_business_days(today, AHEAD.get(item, 1), works)
    }
    home = dossiers.once(
        kind=KIND,
        number=number_of(month),
        headline=_("Control de contratos de %(m)s") % {"m": month.words},
        state=_("en curso"),
        at=at,
    ).pk
    over = [key_of(item) for item in Item if item not in wanted]
    work.complete(dossier_ids=[home], keys=over, actor=Actor(None, job="indicadores"), at=at, withdrawn=True)
    if wanted:
        work.open_items(items=[_task(home, month, item, *wanted[item]) for item in sorted(wanted)], at=at)
    for item, (count, due) in wanted.items():
        work.restate(dossier_id=home, key=key_of(item), title=_title(month, item, count), due_at=due)


def number_of(month: Month) -> str:
    """Return the number of the dossier of a month's controls."""
    return f"CONTROL-{month}"


def key_of(item: Item) -> str:
    """Return the key of an item's task."""
    return f"control-{item.value}"


def _task(home: int, month: Month, item: Item, count: int, due: dt.datetime) -> work.NewItem:
    role = ROLES.get(item, Role.INTERCONNECTION)
    return work.NewItem(home, "", role, _title(month, item, count), due, key_of(item))


def _title(month: Month, item: Item, count: int) -> str:
    text = ngettext(
        "Control de %(m)s: %(i)s, falta %(n)d contrato",
        "Control de %(m)s: %(i)s, faltan %(n)d contratos",
        count,
    )
    return text % {"m": month.words, "i": ITEM_SHORT[item].lower(), "n": count}


def _waiting(month: Month, at: dt.datetime) -> Sequence[tuple[str, int, dt.datetime]]:
    """What can still be done in time: item, contracts, the first limit; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"month": dt.date.fromordinal(month.first), "at": lapaz.utc(at)})
        return list(cursor.fetchall())


# Times are canonical text (UTC, seconds): they compare as they are.
_WAITING = """
SELECT entry->>0, count(DISTINCT control.contract_id), min(fact->>0)::timestamptz
FROM indicators_contractcontrol control, jsonb_array_elements(control.items) entry, jsonb_array_elements(entry->2) fact
WHERE control.month = %(month)s AND NOT control.settled AND fact->>1 = '' AND fact->>0 >= %(at)s
GROUP BY entry->>0
"""
