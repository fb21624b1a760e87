"""The contract control of a month: thirteen items with their limits, and whether it was done efficiently (G-03, G-04).

The control of month M holds the items whose limit falls in M: those of the amount billed for M-1 (arrears) or for M+1
(advance), and what collection owed in M. What does not apply does not count; a customer who does not pay makes no
control inefficient, not reminding him does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mayorista.rules.indicators.fraction import Quotient


class Item(StrEnum):
    """An item of the checklist; its number is its place."""

    COPY = "COPY"
    IN_FORCE = "IN_FORCE"
    NETWORK_SPEED = "NETWORK_SPEED"
    COORDINATED = "COORDINATED"
    DEFINED = "DEFINED"
    REMITTED = "REMITTED"
    INVOICED = "INVOICED"
    DISPATCHED = "DISPATCHED"
    REMINDED = "REMINDED"
    RECEIPT = "RECEIPT"
    ACCOUNTING = "ACCOUNTING"
    ESCALATED = "ESCALATED"
    CREDITS = "CREDITS"


ITEM_TITLES = {
    Item.COPY: "Copia completa en archivo, adendas al día, custodia conocida",
    Item.IN_FORCE: "Contrato vigente; alertas de vencimiento y garantía atendidas",
    Item.NETWORK_SPEED: "Velocidad en la red = contrato + cambios aprobados (confirma el NOC)",
    Item.COORDINATED: "Cambios de velocidad del mes coordinados con la Gerencia (o «sin cambios»)",
    Item.DEFINED: "Monto definido con hoja de cálculo",
    Item.REMITTED: "Monto remitido a la Encargada de Facturación",
    Item.INVOICED: "Factura emitida, igual al paquete",
    Item.DISPATCHED: "Factura enviada por correo, sin rebote",
    Item.REMINDED: "Recordatorios según calendario de cada factura impaga",
    Item.RECEIPT: "Cada comprobante registrado en 1 día hábil",
    Item.ACCOUNTING: "Contabilidad informada en 1 día hábil",
    Item.ESCALATED: "Mora mayor a 30 días escalada (Cartera, Legal)",
    Item.CREDITS: "Créditos por SLA del mes anterior resueltos",
}
ITEM_SHORT = {
    Item.COPY: "Copia y custodia",
    Item.IN_FORCE: "Vigencia y garantías",
    Item.NETWORK_SPEED: "Velocidad en la red",
    Item.COORDINATED: "Coordinación",
    Item.DEFINED: "Monto definido",
    Item.REMITTED: "Remisión",
    Item.INVOICED: "Factura",
    Item.DISPATCHED: "Despacho",
    Item.REMINDED: "Recordatorios",
    Item.RECEIPT: "Comprobantes",
    Item.ACCOUNTING: "Aviso a Contabilidad",
    Item.ESCALATED: "Mora escalada",
    Item.CREDITS: "Créditos por SLA",
}
NUMBER = {item: place for place, item in enumerate(Item, start=1)}
MANDATORY = frozenset(Item) - {Item.CREDITS}


class ItemState(StrEnum):
    """Where an item stands."""

    DONE = "DONE"
    LATE = "LATE"
    MISSED = "MISSED"
    DUE = "DUE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


STATE_TITLES = {
    ItemState.DONE: "a tiempo",
    ItemState.LATE: "con atraso",
    ItemState.MISSED: "incumplido",
    ItemState.DUE: "por vencer",
    ItemState.NOT_APPLICABLE: "no aplica",
}
BAD = frozenset({ItemState.LATE, ItemState.MISSED})


class ControlState(StrEnum):
    """Where a control stands (requirements 1.4)."""

    OPEN = "OPEN"
    ON_TIME = "ON_TIME"
    LATE = "LATE"
    MISSED = "MISSED"


CONTROL_TITLES = {
    ControlState.OPEN: "abierto",
    ControlState.ON_TIME: "completo a tiempo",
    ControlState.LATE: "completo con atraso",
    ControlState.MISSED: "incumplido",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened about one item, one of several where an item has many (each invoice, each receipt).

    `due_at` is its limit, `done_at` when it was done (None: not yet); `evidence` in words, `number` of the dossier that
    proves it.
    """

    item: Item
    due_at: dt.datetime
    done_at: dt.datetime | None
    evidence: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item answered: the worst of its facts."""

    item: Item
    state: ItemState
    facts: tuple[Fact, ...]

    @property
    def mandatory(self) -> bool:
        """Whether it decides the control."""
        return self.item in MANDATORY


@dataclass(frozen=True, slots=True)
class Control:
    """A control answered: every item in its place."""

    state: ControlState
    items: tuple[ItemResult, ...]

    @property
    def efficient(self) -> bool:
        """Whether all mandatory items that applied were done by their limit."""
        return self.state is ControlState.ON_TIME

    @property
    def failed(self) -> tuple[Item, ...]:
        """The mandatory items that were late or missed."""
        return tuple(each.item for each in self.items if each.mandatory and each.state in BAD)

    @property
    def complete(self) -> bool:
        """Whether nothing of it waits any more, in time or not."""
        return all(each.state not in {ItemState.DUE, ItemState.MISSED} for each in self.items)


_WORST_FIRST = (ItemState.MISSED, ItemState.LATE, ItemState.DUE, ItemState.DONE)


def check(facts: Iterable[Fact], *, at: dt.datetime) -> Control:
    """Return the control that the facts make at an instant. An item without a fact does not apply."""
    by_item: dict[Item, list[Fact]] = {}
    for fact in facts:
        by_item.setdefault(fact.item, []).append(fact)
    results = []
    for item in Item:
        found = tuple(sorted(by_item.get(item, ()), key=lambda each: (each.due_at, each.number)))
        states = {state_of(fact, at=at) for fact in found}
        worst = next((each for each in _WORST_FIRST if each in states), ItemState.NOT_APPLICABLE)
        results.append(ItemResult(item, worst, found))
    return Control(_together(results), tuple(results))


def state_of(fact: Fact, *, at: dt.datetime) -> ItemState:
    """Return where one fact stands: done by its limit or after it, due, or missed."""
    if fact.done_at is not None:
        return ItemState.DONE if fact.done_at <= fact.due_at else ItemState.LATE
    return ItemState.DUE if at <= fact.due_at else ItemState.MISSED


def _together(results: Sequence[ItemResult]) -> ControlState:
    states = {each.state for each in results if each.mandatory}
    if ItemState.MISSED in states:
        return ControlState.MISSED
    if ItemState.DUE in states:
        return ControlState.OPEN
    return ControlState.LATE if ItemState.LATE in states else ControlState.ON_TIME


def second_indicator(states: Iterable[ControlState]) -> Quotient:
    """Count controls into indicator 2; a control still open is in neither side."""
    settled = [each for each in states if each is not ControlState.OPEN]
    return Quotient(sum(each is ControlState.ON_TIME for each in settled), len(settled))
