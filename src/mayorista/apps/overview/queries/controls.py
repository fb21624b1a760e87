"""The screens of the contract control: a month as a matrix of contracts and items, one control with its facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from mayorista.apps.indicators import control_facts
from mayorista.apps.indicators.models import ContractControl
from mayorista.apps.indicators.queries.speeds import ContractSpeeds, speeds_of
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.rules import lapaz, names, periods
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.indicators.controls import (
    CONTROL_TITLES,
    ITEM_SHORT,
    ITEM_TITLES,
    MANDATORY,
    NUMBER,
    STATE_TITLES,
    ControlState,
    Fact,
    Item,
    ItemState,
    state_of,
)
from mayorista.rules.periods import Month

SIZE = 50
CONTROL_STATES = frozenset(each.value for each in ControlState)
GROUPS = (("Contrato", 3), ("Monto", 3), ("Factura", 2), ("Cobranza", 4), ("SLA", 1))
"""What neighbouring items are about: (name, how many)."""
ITEMS = frozenset(each.value for each in Item)


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact of an item; `number` is of the dossier that proves it."""

    due_at: dt.datetime
    done_at: dt.datetime | None
    state: str
    state_name: str
    evidence: str
    number: str


@dataclass(frozen=True, slots=True)
class ItemCell:
    """An item of a control."""

    code: str
    number: int
    short: str
    title: str
    mandatory: bool
    state: str
    state_name: str
    facts: tuple[FactRow, ...]


@dataclass(frozen=True, slots=True)
class ControlLine:
    """A control: the contract and its thirteen items in their places."""

    contract: str
    customer: str
    customer_code: str
    month: Month
    state: str
    state_name: str
    items: tuple[ItemCell, ...]
    settled: bool
    checked_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ControlMonth:
    """The matrix of a month: `heads` are (code, number, short, title, how many failed it), `groups` (name, columns)."""

    month: Month
    next: Month | None
    counts: tuple[tuple[str, str, int], ...]
    total: int
    heads: tuple[tuple[str, int, str, str, int], ...]
    groups: tuple[tuple[str, int], ...]
    rows: tuple[ControlLine, ...]
    pages: Pages
    state: str
    item: str
    text: str


def month_page(
    *,
    month: Month,
    at: dt.datetime,
    state: str = "",
    item: str = "",
    text: str = "",
    page: int = 1,
    size: int = SIZE,
) -> ControlMonth:
    """Return a month's controls, narrowed by state, by an item that is not done, by words. Raises Invalid."""
    refuse_far(month, at)
    rows = ContractControl.objects.filter(month=dt.date.fromordinal(month.first))
    counts, failed = _counts(month)
    if state in CONTROL_STATES:
        rows = rows.filter(state=state)
    if item in ITEMS:
        open_ = [
            Q(items__contains=[[item, each.value]])
            for each in (ItemState.MISSED, ItemState.LATE, ItemState.DUE)
        ]
        rows = rows.filter(open_[0] | open_[1] | open_[2])
    for word in text.split():
        rows = rows.filter(
            Q(contract__number__icontains=word)
            | Q(contract__customer__sort_key__contains=names.sort_key(word))
        )
    pages = pages_of(rows.count(), page, size)
    start = (pages.number - 1) * size
    found = rows.select_related("contract__customer").order_by(
        "contract__customer__sort_key", "contract__number"
    )[start : start + size]
    now = periods.month_of(lapaz.local(at).date())
    return ControlMonth(
        month=month,
        next=month.next if month < now.next else None,
        counts=tuple((each.value, CONTROL_TITLES[each], counts.get(each.value, 0)) for each in ControlState),
        total=sum(counts.values()),
        heads=tuple(
            (each.value, NUMBER[each], ITEM_SHORT[each], ITEM_TITLES[each], failed.get(each.value, 0))
            for each in Item
        ),
        groups=tuple((_(name), many) for name, many in GROUPS),
        rows=tuple(_line(row, at) for row in found),
        pages=pages,
        state=state if state in CONTROL_STATES else "",
        item=item if item in ITEMS else "",
        text=text,
    )


def control_page(*, month: Month, contract: str, at: dt.datetime) -> ControlLine:
    """Return one control with its facts as kept. Raises NotFound."""
    row = (
        ContractControl.objects.select_related("contract__customer")
        .filter(month=dt.date.fromordinal(month.first), contract__number=contract)
        .first()
    )
    if row is None:
        raise NotFound(
            _("El contrato %(n)s no tiene control de %(m)s.") % {"n": contract[:60], "m": month.words},
            remedy=_("Se forma solo cuando algo del contrato vence en el mes."),
        )
    return _line(row, at)


def network_page(*, month: Month, at: dt.datetime) -> list[ContractSpeeds]:
    """Return the contracts whose speeds the NOC confirms for a month: what waits first. Raises Invalid."""
    refuse_far(month, at)
    rows = speeds_of(control_facts.contracts_of(month), month)
    return sorted(rows, key=lambda row: (row.confirmed_at is not None, not row.differs))


def refuse_far(month: Month, at: dt.datetime) -> None:
    """Refuse a month beyond the next."""
    if month > periods.month_of(lapaz.local(at).date()).next:
        raise Invalid(
            _("%(m)s todavía no llega.") % {"m": month.words.capitalize()},
            field="month",
            remedy=_("Elija este mes o uno anterior."),
        )


def _counts(month: Month) -> tuple[dict[str, int], dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"month": dt.date.fromordinal(month.first)})
        found = list(cursor.fetchall())
    return (
        {key: count for kind, key, count in found if kind == "STATE"},
        {key: count for kind, key, count in found if kind == "ITEM"},
    )


def _line(row: ContractControl, at: dt.datetime) -> ControlLine:
    return ControlLine(
        contract=row.contract.number,
        customer=row.contract.customer.name,
        customer_code=row.contract.customer.code,
        month=periods.month_of(row.month),
        state=row.state,
        state_name=CONTROL_TITLES[ControlState(row.state)],
        items=tuple(_cell(Item(item), ItemState(state), facts, at) for item, state, facts in row.items),
        settled=row.settled,
        checked_at=row.checked_at,
    )


def _cell(item: Item, state: ItemState, facts: list[list[Any]], at: dt.datetime) -> ItemCell:
    return ItemCell(
        code=item.value,
        number=NUMBER[item],
        short=ITEM_SHORT[item],
        title=ITEM_TITLES[item],
        mandatory=item in MANDATORY,
        state=state.value,
        state_name=STATE_TITLES[state],
        facts=tuple(_fact(item, *fact, at=at) for fact in facts),
    )


def _fact(item: Item, due: str, done: str, evidence: str, number: str, *, at: dt.datetime) -> FactRow:
    due_at = dt.datetime.fromisoformat(due)
    done_at = dt.datetime.fromisoformat(done) if done else None
    state = state_of(Fact(item, due_at, done_at), at=at)
    return FactRow(due_at, done_at, state.value, STATE_TITLES[state], evidence, number)


_COUNTS = """
SELECT 'STATE', state, count(*) FROM indicators_contractcontrol WHERE month = %(month)s GROUP BY state
UNION ALL
SELECT 'ITEM', item, count(*) FROM indicators_contractcontrol, unnest(failed) item WHERE month = %(month)s GROUP BY item
"""
