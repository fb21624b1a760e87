"""What happened about the contracts of a month, as facts for its control (G-03): a fixed number of reads a portion.

The control of month M holds what falls due in M: the steps of every billing month whose limit lies in it (G-24), the
reminders, receipts, notices and hand-overs due in it, the credits of the month before. A contract is answered for when
it holds a circuit around the month; one for which nothing falls due has no facts and gets no control.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.apps.indicators import control_billing, control_collection
from mayorista.apps.indicators.control_days import Days, asked, end_of, midnight
from mayorista.apps.indicators.models import NetworkCheck
from mayorista.apps.procedure import queries as procedure
from mayorista.rules import formats
from mayorista.rules.due_dates import Component
from mayorista.rules.indicators.controls import Fact, Item
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class _Contract:
    """A contract with what says whether it is on file and in force; days of La Paz, ends exclusive."""

    id: int
    number: str
    customer_id: int
    dossier_id: int
    starts: dt.date
    ends: dt.date | None
    held_from: dt.date
    held_until: dt.date | None
    reception: str
    completed_at: dt.datetime | None
    renewal: str
    custody_since: dt.datetime | None
    custody: str
    in_advance: bool

    def held_on(self, day: dt.date) -> bool:
        """Whether a circuit runs under it that day."""
        return self.held_from <= day and (self.held_until is None or day < self.held_until)


def contracts_of(month: Month) -> list[int]:
    """Return the contracts for which something may fall due in a month, by id: they hold a circuit in it or beside it."""
    span = {
        "first": dt.date.fromordinal(month.previous.first),
        "after": dt.date.fromordinal(month.next.after),
    }
    return [row[0] for row in asked(_HOLDERS, span)]


def read(contract_ids: Iterable[int], month: Month, *, at: dt.datetime) -> dict[int, list[Fact]]:
    """Return the facts of each contract for the control of a month, due since the first day of use; one without is missing."""
    ids = sorted(set(contract_ids))
    begin = procedure.first_day_of_use(at=at)
    if not ids or begin is None:
        return {}
    since = midnight(begin)
    days = Days.read(month)
    rows = [
        _Contract(*row) for row in asked(_CONTRACTS, {"ids": ids, "first": dt.date.fromordinal(month.first)})
    ]
    found: dict[int, list[Fact]] = {}
    for contract_id, fact in (
        *_papers(rows, days),
        *_addenda(ids, rows, days),
        *_alerts(rows, days),
        *_network(rows, days),
        *control_billing.facts(ids, days),
        *_credits(ids, days),
        *control_collection.facts({row.id: row.customer_id for row in rows}, days),
    ):
        if fact.due_at >= since:
            found.setdefault(contract_id, []).append(fact)
    return found


Found = tuple[int, Fact]


def _papers(rows: Sequence[_Contract], days: Days) -> list[Found]:
    """Items 1 and 2 on the first day: copy, custody, in force."""
    found = []
    due = end_of(days.first)
    for row in rows:
        if not row.held_on(days.first):
            continue
        done: dt.datetime | None = midnight(row.held_from)
        if not row.reception:
            words = _("copia de los libros anteriores, sin recepción en el sistema")
        elif row.reception == "COMPLETE":
            done, words = row.completed_at, _("copia completa")
        else:
            done, words = None, _("copia sin completar")
        found.append((row.id, Fact(Item.COPY, due, done, words, row.number)))
        custody = row.custody or _("no se sabe dónde está")
        found.append(
            (
                row.id,
                Fact(Item.COPY, due, row.custody_since, _("custodia: %(p)s") % {"p": custody}, row.number),
            )
        )
        found.append((row.id, _in_force(row, due, days)))
    return found


def _in_force(row: _Contract, due: dt.datetime, days: Days) -> Fact:
    if row.ends is None:
        words, good = _("sin fecha de fin"), True
    elif row.ends > days.first:
        words, good = _("vigente hasta el %(d)s") % {"d": formats.date(row.ends)}, True
    elif row.renewal == "AUTOMATIC":
        words, good = _("se renovó solo el %(d)s") % {"d": formats.date(row.ends)}, True
    else:
        words, good = _("venció el %(d)s y sigue en servicio") % {"d": formats.date(row.ends)}, False
    return Fact(
        Item.IN_FORCE, due, midnight(min(row.starts, row.held_from)) if good else None, words, row.number
    )


def _addenda(ids: list[int], rows: Sequence[_Contract], days: Days) -> list[Found]:
    """Item 1: addenda that the Gerente let wait, filed by the day that was set (G-22)."""
    known = {row.id for row in rows}
    given = {"ids": ids, "after": days.after, "first": midnight(days.first)}
    return [
        (
            contract_id,
            Fact(
                Item.COPY,
                end_of(max(until, days.first)),
                filed_at,
                _("adenda de %(n)s hasta el %(d)s") % {"n": number, "d": formats.date(until)},
                number,
            ),
        )
        for contract_id, number, until, filed_at in asked(_ADDENDA, given)
        if contract_id in known
    ]


def _alerts(rows: Sequence[_Contract], days: Days) -> list[Found]:
    """Item 2: what announced the end of a contract or guarantee, attended to by its time."""
    of = {row.dossier_id: row for row in rows}
    given = {"ids": list(of), "first": midnight(days.first), "after": midnight(days.after)}
    return [
        (of[dossier_id].id, Fact(Item.IN_FORCE, due_at, done_at, title, of[dossier_id].number))
        for dossier_id, title, due_at, done_at in asked(_ALERTS, given)
    ]


def _network(rows: Sequence[_Contract], days: Days) -> list[Found]:
    """Item 3: the NOC's word for the month."""
    said = {
        row.contract_id: row
        for row in NetworkCheck.objects.filter(month=days.first, contract_id__in=[row.id for row in rows])
    }
    found = []
    for row in rows:
        day = days.network(Component.ADVANCE if row.in_advance else Component.ARREARS)
        if not row.held_on(day):
            continue
        check = said.get(row.id)
        if check is None:
            done, words = None, _("el NOC no confirmó")
        elif check.differs:
            done, words = None, _("difiere: %(w)s") % {"w": check.differs}
        else:
            done, words = (
                check.checked_at,
                check.evidence or _("las velocidades en la red son las del contrato"),
            )
        found.append((row.id, Fact(Item.NETWORK_SPEED, end_of(day), done, words, row.number)))
    return found


def _credits(ids: list[int], days: Days) -> list[Found]:
    """Item 13: credits proposed for the month before, decided."""
    due = end_of(days.limits[(days.month.previous, Component.ARREARS)].defined)
    given = {"ids": ids, "month": dt.date.fromordinal(days.month.previous.first)}
    return [
        (contract_id, Fact(Item.CREDITS, due, decided_at, _("crédito de %(c)s") % {"c": circuit}, number))
        for contract_id, circuit, decided_at, number in asked(_CREDITS, given)
    ]


_HOLDERS = """
SELECT DISTINCT contract_id FROM contracts_serviceholding
WHERE starts_date < %(after)s AND (ends_date IS NULL OR ends_date > %(first)s)
ORDER BY contract_id
"""
_CONTRACTS = """
SELECT contract.id, contract.number, contract.customer_id, contract.dossier_id,
    coalesce(contract.starts_date, held.starts), contract.ends_date, held.starts, held.ends,
    coalesce(reception.state, ''), reception.completed_at, coalesce(terms.renewal, ''),
    custody.since, coalesce(custody.place || ', ' || custody.holder, ''), coalesce(grouped.in_advance, false)
FROM contracts_contract contract
JOIN (
    SELECT contract_id, min(starts_date) AS starts,
        CASE WHEN bool_or(ends_date IS NULL) THEN NULL ELSE max(ends_date) END AS ends
    FROM contracts_serviceholding WHERE contract_id = ANY(%(ids)s) GROUP BY contract_id
) held ON held.contract_id = contract.id
LEFT JOIN contracts_reception reception ON reception.contract_id = contract.id
LEFT JOIN LATERAL (
    SELECT renewal FROM contracts_terms WHERE contract_id = contract.id AND starts_date <= %(first)s
    ORDER BY starts_date DESC LIMIT 1
) terms ON true
LEFT JOIN LATERAL (
    SELECT min(since) OVER () AS since, place, holder FROM contracts_custody WHERE contract_id = contract.id
    ORDER BY contracts_custody.since DESC LIMIT 1
) custody ON true
LEFT JOIN LATERAL (
    SELECT each.in_advance FROM billing_groupcontract member JOIN billing_invoicinggroup each ON each.id = member.group_id
    WHERE member.contract_id = contract.id ORDER BY member.starts_month DESC LIMIT 1
) grouped ON true
WHERE contract.id = ANY(%(ids)s)
ORDER BY contract.id
"""
_ADDENDA = """
SELECT held.contract_id, home.number, change.addendum_waived_until, document.added_at
FROM contracts_speedchange change
JOIN procedure_dossier home ON home.id = change.dossier_id
JOIN contracts_serviceholding held ON held.service_id = change.service_id
    AND held.starts_date <= coalesce(change.effective_date, change.wanted_date)
    AND (held.ends_date IS NULL OR held.ends_date > coalesce(change.effective_date, change.wanted_date))
LEFT JOIN contracts_contractdocument document ON document.id = change.addendum_id
WHERE held.contract_id = ANY(%(ids)s) AND change.addendum_waived_until < %(after)s
    AND change.state NOT IN ('CANCELLED', 'REJECTED')
    AND (document.added_at IS NULL OR document.added_at >= %(first)s)
ORDER BY held.contract_id, home.number
"""
_ALERTS = """
SELECT dossier_id, title, due_at, done_at FROM procedure_workitem
WHERE dossier_id = ANY(%(ids)s) AND step = 'B.1' AND (key LIKE 'expiry-%%' OR key LIKE 'guarantee-%%')
    AND due_at >= %(first)s AND due_at < %(after)s AND NOT withdrawn
ORDER BY due_at, id
"""
_CREDITS = """
SELECT credit.contract_id, service.circuit_code, credit.decided_at, home.number
FROM billing_creditproposal credit
JOIN contracts_service service ON service.id = credit.service_id
JOIN procedure_dossier home ON home.id = credit.dossier_id
WHERE credit.contract_id = ANY(%(ids)s) AND credit.month = %(month)s
ORDER BY credit.contract_id, credit.id
"""
