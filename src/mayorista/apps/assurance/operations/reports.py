"""SLA reports of a customer and month: issued as versions that say what they change, sent by e-mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Copy, Issue, Paper
from mayorista.apps.assurance.operations import issuing
from mayorista.apps.assurance.queries import mails
from mayorista.apps.assurance.queries import reports as contents
from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, serials, work
from mayorista.rules.assurance import report
from mayorista.rules.errors import Conflict, DomainError, Invalid
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Act

TEMPLATE = "sla_report"
SERIES = "SLA"
KIND = "SLA_REPORT"
MOST = 200
SEND_AGAIN = "send-version"


@dataclass(frozen=True, slots=True)
class Row:
    """What happened to one customer's report: what was done, or why it was not."""

    customer: str
    code: str
    done: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What issuing or sending many did, row by row, and how many are left for another time."""

    rows: tuple[Row, ...]
    more: int

    @property
    def done(self) -> int:
        """How many were done."""
        return sum(bool(row.done) for row in self.rows)


@transaction.atomic
def issue(*, customer_id: int, month: Month, actor: Actor, at: dt.datetime, reason: str = "") -> Issue:
    """Issue a customer's report of a month that is over, or its next version when it says something else.

    Raises Invalid for a month to come, a customer without service or a case with impossible times; Conflict while
    the month goes on or when nothing changed; NotAllowed, NotFound.
    """
    require(actor, Act.ISSUE_REPORT)
    card = customers.customer(customer_id=customer_id)
    content = contents.contents([customer_id], month=month, at=at).get(customer_id)
    if content is None:
        raise Invalid(
            _("%(c)s no tuvo servicio en %(m)s.") % {"c": card.name, "m": month.words},
            field="customer",
            remedy=_("Revise las fechas de sus circuitos."),
        )
    if not content["closed"]:
        raise Conflict(
            _("%(m)s no terminó todavía.") % {"m": month.words.capitalize()},
            remedy=_("El informe se emite cerrado el mes; hasta entonces se mira en pantalla."),
        )
    if content["problems"]:
        raise Invalid(
            " ".join(content["problems"]),
            field="cases",
            remedy=_("Corrija las horas en el caso y emita de nuevo."),
        )
    paper = _paper(customer_id, card.dossier_id, card.name, month, at)
    before = issuing.newest(paper)
    said = report.changes(before.content, content) if before is not None else []
    if before is not None and not said:
        raise Conflict(_("El informe de %(c)s está al día: nada cambió.") % {"c": card.name})
    if reason.strip():
        said.append(_("Motivo: %(r)s") % {"r": reason.strip()[:300]})
    return issuing.issue(
        paper=paper,
        template=TEMPLATE,
        content=content,
        changes=said,
        name=f"informe-sla-{card.code}-{month}",
        act=Act.ISSUE_REPORT,
        signer=actor.name,
        actor=actor,
        at=at,
    )


def issue_many(*, customer_ids: Collection[int], month: Month, actor: Actor, at: dt.datetime) -> Outcome:
    """Issue the reports of many customers, each in a transaction of its own; what is up to date is no failure."""
    require(actor, Act.ISSUE_REPORT)

    def one(customer_id: int) -> str:
        row = issue(customer_id=customer_id, month=month, actor=actor, at=at)
        return _("versión %(n)d emitida") % {"n": row.sequence}

    return _each(customer_ids, one)


def _each(customer_ids: Collection[int], act: Callable[[int], str]) -> Outcome:
    names = customers.customers_by_id(customer_ids)
    wanted = sorted(customer_ids, key=lambda pk: names[pk].name)
    rows = []
    for customer_id in wanted[:MOST]:
        card = names[customer_id]
        try:
            rows.append(Row(card.name, card.code, act(customer_id)))
        except DomainError as error:
            rows.append(Row(card.name, card.code, "", " ".join([error.message, error.remedy or ""]).strip()))
    return Outcome(tuple(rows), max(0, len(wanted) - MOST))


def _paper(customer_id: int, customer_dossier_id: int, name: str, month: Month, at: dt.datetime) -> Paper:
    first = dt.date.fromordinal(month.first)
    dossiers.lock(dossier_id=customer_dossier_id)  # two people who press at once issue one version
    found = Paper.objects.select_related("dossier").filter(
        kind=Paper.Kind.SLA, customer_id=customer_id, month=first
    )
    paper = found.first()
    if paper is not None:
        return paper
    home = dossiers.open_dossier(
        kind=KIND,
        number=serials.next_number(series=SERIES, at=at),
        customer_id=customer_dossier_id,
        headline=_("Informe de SLA de %(m)s, %(c)s") % {"m": month.words, "c": name},
        state=_("nuevo"),
        at=at,
    )
    return Paper.objects.create(dossier=home, kind=Paper.Kind.SLA, customer_id=customer_id, month=first)


@transaction.atomic
def send(*, customer_id: int, month: Month, subject: str, body: str, actor: Actor, at: dt.datetime) -> int:
    """Send the version in force to the customer's contacts; return the message.

    Raises Conflict without a version or when it no longer says what is known, Invalid, NotAllowed.
    """
    require(actor, Act.SEND_REPORT)
    now = contents.contents([customer_id], month=month, at=at).get(customer_id)
    return _send(_newest(customer_id, month), now, customer_id, (subject, body), actor, at)


def _newest(customer_id: int, month: Month) -> Issue | None:
    paper = (
        Paper.objects.select_related("dossier")
        .filter(kind=Paper.Kind.SLA, customer_id=customer_id, month=dt.date.fromordinal(month.first))
        .first()
    )
    return issuing.newest(paper) if paper is not None else None


def _send(
    row: Issue | None,
    now: dict[str, Any] | None,
    customer_id: int,
    mail: tuple[str, str],
    actor: Actor,
    at: dt.datetime,
) -> int:
    if row is None:
        raise Conflict(_("Ese informe no se emitió."), remedy=_("Emítalo primero."))
    if now is None or report.changes(row.content, now):
        raise Conflict(
            _("El informe cambió desde su emisión."), remedy=_("Emita la versión nueva y envíe esa.")
        )
    copy = issuing.send(
        row=row,
        file_id=row.file_id,
        to=mails.addresses(customer_id),
        subject=mail[0],
        body=mail[1],
        act=Act.SEND_REPORT,
        actor=actor,
        at=at,
        customer_id=customer_id,
    )
    work.complete(dossier_ids=[row.paper.dossier_id], keys=[SEND_AGAIN], actor=actor, at=at)
    return copy.message_id


def send_many(
    *,
    customer_ids: Collection[int],
    month: Month,
    said: Mapping[int, tuple[str, str]],
    actor: Actor,
    at: dt.datetime,
) -> Outcome:
    """Send the reports of many customers, each in a transaction of its own; `said` is (subject, text) where changed.

    Who has the version in force is not sent it again.
    """
    require(actor, Act.SEND_REPORT)
    now = contents.contents(customer_ids, month=month, at=at)
    names = customers.customers_by_id(customer_ids)

    fill = mails.filler(mails.REPORT, at=at)

    @transaction.atomic
    def one(customer_id: int) -> str:
        row = _newest(customer_id, month)
        if row is not None and Copy.objects.filter(issue=row).exists():
            raise Conflict(_("Ya tiene la versión %(n)d.") % {"n": row.sequence})
        mail = said.get(customer_id)
        if mail is None and row is not None:
            filled = mails.report_mail(
                fill,
                customer=names[customer_id].name,
                month=month,
                number=row.paper.dossier.number,
                version=row.sequence,
                content=row.content,
            )
            mail = (filled.subject, filled.body)
        _send(row, now.get(customer_id), customer_id, mail or ("", ""), actor, at)
        return _("en camino a %(to)s") % {"to": ", ".join(mails.addresses(customer_id))}

    return _each(customer_ids, one)
