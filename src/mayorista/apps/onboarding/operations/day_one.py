"""The sheets of day one of one customer, in the order in which they hang on each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, Service
from mayorista.apps.customers.saved import Saved
from mayorista.apps.onboarding import columns
from mayorista.apps.onboarding.asking import Asked
from mayorista.apps.onboarding.operations import clauses, openings
from mayorista.apps.onboarding.operations.run import Run
from mayorista.apps.onboarding.operations.units import Unit
from mayorista.apps.onboarding.values import Problem, Row
from mayorista.rules.errors import DomainError


def first_speeds(unit: Unit) -> dict[str, int]:
    """Return what each circuit began with, by its code, as its history says: the earliest row that lasts.

    A circuit whose own row names a capacity, and whose history begins after it bills, began with that capacity.
    """
    earliest: dict[str, tuple[dt.date, int]] = {}
    for row in unit.of(columns.SPEEDS):
        asked = Asked(row, [])
        day, kbps, code = asked.date("day"), asked.kbps("speed"), asked.text("circuit").upper()
        if day is None or kbps is None or asked.given("until"):
            continue
        if code not in earliest or day < earliest[code][0]:
            earliest[code] = (day, kbps)
    begins = _begins_with_its_capacity(unit)
    return {code: kbps for code, (day, kbps) in earliest.items() if code not in begins or day <= begins[code]}


def _begins_with_its_capacity(unit: Unit) -> dict[str, dt.date]:
    """The first day billed of each circuit whose row names a capacity, by its code."""
    found = {}
    for row in unit.services:
        asked = Asked(row, [])
        day = asked.date("billing_from") if asked.given("billing_from") else None
        if day is not None and asked.exact("capacity"):
            found[asked.text("circuit_code").upper()] = day
    return found


@dataclass(slots=True)
class Loader:
    """Loads one customer's rows; problems and what was saved go to the lists of the customer."""

    run: Run
    unit: Unit
    customer_id: int
    agreements: Mapping[str, int]
    problems: list[Problem]
    saved: list[tuple[Row, Saved]]
    contracts: dict[str, Contract] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    def load(self) -> None:
        """Load addenda, speeds, prices, guarantees, invoices, disputes, advances, traffic."""
        mine = Contract.objects.filter(customer_id=self.customer_id)
        self.contracts = {row.number: row for row in mine}
        circuits = Service.objects.filter(customer_id=self.customer_id)
        self.services = {row.circuit_code: row for row in circuits}
        self._each(columns.ADDENDA, self._addendum)
        self._by_circuit(columns.SPEEDS, clauses.speeds)
        self._each(columns.PRICES, self._price)
        self._each(columns.GUARANTEES, self._guarantee)
        self._each(
            columns.OPENING,
            lambda asked: openings.invoice(self.run, asked, self.customer_id, self.agreements),
        )
        self._each(columns.DISPUTES, self._dispute)
        self._each(columns.ADVANCES, lambda asked: openings.advance(self.run, asked, self.customer_id))
        self._by_circuit(columns.TRAFFIC, openings.traffic)

    def _each(self, sheet: columns.Sheet, load_one: Callable[[Asked], Saved | None]) -> None:
        for row in self.unit.of(sheet):
            self._try(row, load_one)

    def _by_circuit(
        self, sheet: columns.Sheet, load_many: Callable[[Run, list[Asked], Service], Saved]
    ) -> None:
        found: dict[str, list[Asked]] = {}
        for row in self.unit.of(sheet):
            asked = self._asked(row)
            service = self._service(asked)
            if service is not None:
                found.setdefault(service.circuit_code, []).append(asked)
        for code, rows in found.items():
            load = partial(load_many, self.run, rows, self.services[code])
            self._try(rows[0].row, _without_asking(load))

    def _try(self, row: Row, load_one: Callable[[Asked], Saved | None]) -> None:
        asked = self._asked(row)
        before = len(self.problems)
        try:
            with transaction.atomic():
                result = load_one(asked)
        except DomainError as error:
            asked.refused(error)
            return
        if result is not None and len(self.problems) == before:
            self.saved.append((row, result))

    def _asked(self, row: Row) -> Asked:
        return Asked(row, self.problems, date1904=self.run.book.date1904)

    # ---- what a row refers to

    def _contract(self, asked: Asked) -> Contract | None:
        number = asked.text("contract").upper().replace(" ", "")
        found = self.contracts.get(number)
        if found is None and not self._fails(columns.CONTRACTS, "number", number):
            text = _("El cliente no tiene el contrato «%(n)s».") % {"n": number[:40]}
            asked.wrong("contract", text, _("Agréguelo a la hoja Contratos."))
        return found

    def _service(self, asked: Asked) -> Service | None:
        code = asked.text("circuit").upper()
        found = self.services.get(code)
        if found is None and not self._fails(columns.SERVICES, "circuit_code", code):
            text = _("El cliente no tiene el circuito «%(code)s».") % {"code": code[:40]}
            asked.wrong("circuit", text, _("Agréguelo a la hoja Servicios."))
        return found

    def _fails(self, sheet: columns.Sheet, key: str, value: str) -> bool:
        """Whether the workbook has the thing on its own sheet: then that row already says what is wrong."""
        return any(
            row.text(key).upper().replace(" ", "") == value for row in self.run.book.rows(sheet) if value
        )

    def _addendum(self, asked: Asked) -> Saved | None:
        contract = self._contract(asked)
        return clauses.addendum(self.run, asked, contract) if contract is not None else None

    def _price(self, asked: Asked) -> Saved | None:
        contract, service = self._contract(asked), self._service(asked)
        if contract is None or service is None:
            return None
        return clauses.price(self.run, asked, contract, service)

    def _guarantee(self, asked: Asked) -> Saved | None:
        contract = self._contract(asked)
        return clauses.guarantee(self.run, asked, contract) if contract is not None else None

    def _dispute(self, asked: Asked) -> Saved | None:
        number = asked.text("number").upper().replace(" ", "")
        faulty = self._fails(columns.OPENING, "number", number)
        return openings.dispute(self.run, asked, self.customer_id, faulty=faulty)


def _without_asking(load: Callable[[], Saved]) -> Callable[[Asked], Saved]:
    """A loading of many rows that needs none of them in particular."""
    return lambda _asked: load()
