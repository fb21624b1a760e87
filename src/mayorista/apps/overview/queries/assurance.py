"""The screens of SLA reports: a month by customers, and one customer's report with its versions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.assurance.queries import mails, papers
from mayorista.apps.assurance.queries import reports as contents
from mayorista.apps.assurance.queries.papers import Version
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.customers import queries as customers
from mayorista.apps.customers.queries import CustomerCard
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.rules import names
from mayorista.rules.assurance import report
from mayorista.rules.errors import NotFound
from mayorista.rules.periods import Month

SIZE = 50
SENDING = 200
STATES = {
    "OPEN": "mes en curso",
    "NONE": "sin emitir",
    "CURRENT": "al día",
    "CHANGED": "cambió desde su emisión",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A customer's report in the list: the worst of its circuits, what counts, where the paper stands."""

    customer_id: int
    code: str
    name: str
    services: int
    worst: str
    missed: int
    down_seconds: int
    outages: int
    state: str
    state_name: str
    number: str
    version: int
    file_id: int | None
    sent: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthPage:
    """A month's customers with service."""

    month: Month
    next: Month | None
    closed: bool
    rows: tuple[Row, ...]
    pages: Pages
    text: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report: what it would say now, what its versions said, the mail that would carry the newest."""

    month: Month
    customer: CustomerCard
    content: dict[str, Any]
    state: str
    state_name: str
    changes: tuple[str, ...]
    versions: tuple[Version, ...]
    to: tuple[str, ...]
    mail: Filled | None


def month_page(
    *, month: Month, at: dt.datetime, text: str = "", page: int = 1, size: int = SIZE
) -> MonthPage:
    """Return the customers with service in a month, by name. Raises Invalid for a month to come."""
    contents.refuse_future(month, at)
    cards = [
        card
        for card in customers.customers_by_id(contracts.held_by_customer(month=month)).values()
        if all(word in names.sort_key(f"{card.name} {card.code}") for word in names.sort_key(text).split())
    ]
    cards.sort(key=lambda card: names.sort_key(card.name))
    pages = pages_of(len(cards), page, size)
    shown = cards[(pages.number - 1) * size : pages.number * size]
    ids = [card.id for card in shown]
    found = contents.contents(ids, month=month, at=at)
    issued = papers.sla_versions(ids, month=month)
    rows = tuple(_row(card, found[card.id], issued.get(card.id, [])) for card in shown)
    following = month.next
    return MonthPage(
        month,
        following if at >= following.starts_at else None,
        at >= month.ends_at,
        rows,
        pages,
        text,
    )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A report that may leave: to whom, what the mail says; `problem` where it can not."""

    customer_id: int
    code: str
    name: str
    number: str
    version: int
    file_id: int
    to: tuple[str, ...]
    mail: Filled
    problem: str


def outgoing(*, month: Month, at: dt.datetime, size: int = SENDING) -> tuple[list[Outgoing], int]:
    """Return the month's reports that were issued and not sent, by name, and how many more there are."""
    contents.refuse_future(month, at)
    cards = customers.customers_by_id(contracts.held_by_customer(month=month))
    issued = papers.sla_versions(cards, month=month)
    waiting = sorted(
        (pk for pk, versions in issued.items() if not versions[0].sent),
        key=lambda pk: names.sort_key(cards[pk].name),
    )
    shown = waiting[:size]
    found = contents.contents(shown, month=month, at=at)
    addresses = mails.addresses_of(shown)
    fill = mails.filler(mails.REPORT, at=at)
    rows = []
    for pk in shown:
        newest = issued[pk][0]
        problem = ""
        if report.canonical(newest.content) != report.canonical(found[pk]):
            problem = _("cambió desde su emisión: emítalo de nuevo")
        elif not addresses[pk]:
            problem = _("sin contacto con correo")
        mail = mails.report_mail(
            fill,
            customer=cards[pk].name,
            month=month,
            number=newest.number,
            version=newest.sequence,
            content=newest.content,
        )
        rows.append(
            Outgoing(
                pk,
                cards[pk].code,
                cards[pk].name,
                newest.number,
                newest.sequence,
                newest.file_id,
                tuple(addresses[pk]),
                mail,
                problem,
            )
        )
    return rows, len(waiting) - len(shown)


def _state(content: dict[str, Any], versions: list[Version]) -> str:
    if not content["closed"]:
        return "OPEN"
    if not versions:
        return "NONE"
    return "CURRENT" if report.canonical(versions[0].content) == report.canonical(content) else "CHANGED"


def _row(card: CustomerCard, content: dict[str, Any], versions: list[Version]) -> Row:
    services = content["services"]
    state = _state(content, versions)
    newest = versions[0] if versions else None
    worst = min(
        services,
        key=lambda each: (
            (each["service_seconds"] - each["down_seconds"]) / each["service_seconds"]
            if each["service_seconds"]
            else 1
        ),
    )
    return Row(
        customer_id=card.id,
        code=card.code,
        name=card.name,
        services=len(services),
        worst=worst["percent"],
        missed=sum(not each["kept"] for each in services),
        down_seconds=sum(each["down_seconds"] for each in services),
        outages=content["faults"],
        state=state,
        state_name=STATES[state],
        number=newest.number if newest else "",
        version=newest.sequence if newest else 0,
        file_id=newest.file_id if newest else None,
        sent=bool(newest and newest.sent),
        problems=tuple(content["problems"]),
    )


def report_page(*, month: Month, code: str, at: dt.datetime) -> ReportPage:
    """Return one customer's report of a month. Raises NotFound without service in it, Invalid for a month to come."""
    card = customers.customer_by_code(code=code)
    content = contents.contents([card.id], month=month, at=at).get(card.id)
    if content is None:
        raise NotFound(
            _("%(c)s no tuvo servicio en %(m)s.") % {"c": card.name, "m": month.words},
            remedy=_("Elija otro mes."),
        )
    versions = papers.sla_versions([card.id], month=month).get(card.id, [])
    state = _state(content, versions)
    newest = versions[0] if versions else None
    mail = None
    if newest is not None and state == "CURRENT":
        mail = mails.report_mail(
            mails.filler(mails.REPORT, at=at),
            customer=card.name,
            month=month,
            number=newest.number,
            version=newest.sequence,
            content=newest.content,
        )
    return ReportPage(
        month,
        card,
        content,
        state,
        STATES[state],
        tuple(report.changes(newest.content, content)) if newest else (),
        tuple(versions),
        tuple(mails.addresses(card.id)),
        mail,
    )
