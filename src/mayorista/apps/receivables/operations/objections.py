"""Objections (R25): the disputed part alone stops; the Gerente decides; what is granted becomes a credit note."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.queries import InvoiceCard
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.apps.receivables.models import Objection
from mayorista.apps.receivables.operations import noted, reminders
from mayorista.apps.receivables.operations.promises import locked_balance
from mayorista.apps.receivables.operations.reminders import STEP, end_of
from mayorista.apps.receivables.queries.balances import Balance
from mayorista.apps.receivables.queries.dunning import disputed_of
from mayorista.apps.receivables.queries.wording import clauses_by_group
from mayorista.rules import due_dates, formats, lapaz, money
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

State = Objection.State
DECISION_DAYS = 2


def last_day(card: InvoiceCard, *, at: dt.datetime) -> dt.date:
    """Return the last day to object to an invoice in time: by its contract, else the parameter, from its delivery."""
    since = lapaz.local(card.delivered_at).date() if card.delivered_at else card.issued_date
    clauses = clauses_by_group([card.group_id], on=since).get(card.group_id, ())
    agreed = [each.objection_days for each in clauses if each.objection_days is not None]
    days = max(agreed) if agreed else int(procedure.parameter("collection.objection_days", at=at))
    return since + dt.timedelta(days=days)


@transaction.atomic
def object_to(
    *, invoice_id: int, amount: Decimal, words: str, raised_on: dt.date, actor: Actor, at: dt.datetime
) -> Objection:
    """Write an objection down; in time it stops reminders, interest, suspension and escalation of that part only.

    Out of time it stops nothing, and the Gerente decides all the same. Raises Invalid with every wrong field,
    NotFound, NotAllowed.
    """
    require(actor, Act.RAISE_OBJECTION)
    balance = locked_balance(invoice_id)
    _check(balance, amount, words, raised_on, at)
    limit = last_day(balance.invoice, at=at)
    row = Objection.objects.create(
        invoice_id=invoice_id,
        amount=amount,
        words=words.strip(),
        raised_on=raised_on,
        timely=raised_on <= limit,
        author_id=actor.person,
    )
    text = _("El cliente objeta %(sign)s %(a)s (%(when)s; plazo hasta el %(d)s): %(words)s") % {
        "sign": money.currency_sign(balance.invoice.currency),
        "a": formats.number(amount),
        "when": _("en plazo") if row.timely else _("fuera de plazo: no detiene la cobranza"),
        "d": formats.date(limit),
        "words": row.words,
    }
    _record(balance.invoice, Act.RAISE_OBJECTION, text, actor, at)
    work.open_item(
        dossier_id=balance.invoice.dossier_id,
        step=STEP,
        key=f"objection-{row.pk}",
        role=Role.MANAGER,
        title=_("Decidir la objeción de %(c)s a la factura %(n)s")
        % {"c": balance.invoice.customer, "n": balance.invoice.number},
        due_at=end_of(
            due_dates.plus_business_days(lapaz.local(at).date(), DECISION_DAYS, procedure.calendar(at=at))
        ),
        at=at,
    )
    reminders.settle_task(actor=actor, at=at)
    return row


def _check(balance: Balance, amount: Decimal, words: str, raised_on: dt.date, at: dt.datetime) -> None:
    left = balance.open - disputed_of([balance.invoice.id]).get(balance.invoice.id, Decimal(0))
    errors = []
    if money.scaled(amount, 2, field="amount") <= 0 or amount > left:
        errors.append(
            FieldError(
                "amount",
                _("De esa factura puede objetarse hasta %(a)s.")
                % {"a": formats.number(max(left, Decimal(0)))},
                _("Revise el importe."),
            )
        )
    if not words.strip():
        errors.append(FieldError("words", _("Falta lo que objeta."), _("Escríbalo con sus palabras.")))
    if not balance.invoice.issued_date <= raised_on <= lapaz.local(at).date():
        errors.append(
            FieldError("raised_on", _("La fecha va de la emisión de la factura a hoy."), _("Revísela."))
        )
    if errors:
        raise Invalid.of(errors)


@transaction.atomic
def decide(*, objection_id: int, granted: Decimal, decision: str, actor: Actor, at: dt.datetime) -> Objection:
    """The Gerente grants the objection, a part of it, or nothing (0: rejected).

    What is granted stays stopped until Facturación issues its note; the rest is owed from the original due date.
    Raises Invalid, Conflict when it is decided or by who wrote it down, NotFound, NotAllowed.
    """
    require(actor, Act.DECIDE_OBJECTION)
    row = _found(objection_id)
    balance = locked_balance(row.invoice_id)
    row.refresh_from_db()
    if row.state != State.OPEN:
        raise Conflict(_("Esa objeción ya se decidió."), remedy=_("Actualice la página."))
    if row.author_id == actor.user_id:
        raise Conflict(_("Quien registró la objeción no la decide."))
    if money.scaled(granted, 2, field="granted") < 0 or granted > row.amount:
        raise Invalid(
            _("Puede concederse de 0 a %(a)s.") % {"a": formats.number(row.amount)}, field="granted"
        )
    if not decision.strip():
        raise Invalid(_("Falta el fundamento."), field="decision", remedy=_("Escriba por qué."))
    row.state = State.WON if granted else State.LOST
    row.granted, row.decision = granted, decision.strip()[:300]
    row.decided_at, row.decided_by_id = at, actor.person
    row.save(update_fields=["state", "granted", "decision", "decided_at", "decided_by"])
    sign = money.currency_sign(balance.invoice.currency)
    text = (
        _("Objeción aceptada por %(s)s %(g)s de %(a)s: %(why)s")
        if granted
        else _("Objeción rechazada (%(s)s %(a)s): %(why)s")
    )
    _record(
        balance.invoice,
        Act.DECIDE_OBJECTION,
        text
        % {"s": sign, "g": formats.number(granted), "a": formats.number(row.amount), "why": row.decision},
        actor,
        at,
    )
    home = balance.invoice.dossier_id
    work.complete(dossier_ids=[home], keys=[f"objection-{row.pk}"], actor=actor, at=at)
    if granted:
        work.open_item(
            dossier_id=home,
            step=STEP,
            key=f"objection-note-{row.pk}",
            role=Role.BILLING,
            title=_("Emitir nota de crédito de %(s)s %(g)s sobre %(n)s")
            % {"s": sign, "g": formats.number(granted), "n": balance.invoice.number},
            due_at=end_of(
                due_dates.plus_business_days(lapaz.local(at).date(), DECISION_DAYS, procedure.calendar(at=at))
            ),
            at=at,
        )
    reminders.prepare(at=at)
    return row


@transaction.atomic
def issue_note(*, objection_id: int, actor: Actor, at: dt.datetime, number_external: str = "") -> Objection:
    """Facturación issues the credit note of what was granted. Raises Conflict when there is none to issue, NotAllowed."""
    require(actor, Act.ISSUE_NOTE)
    row = _found(objection_id)
    noted.hold(row.invoice_id)
    balance = locked_balance(row.invoice_id)
    row.refresh_from_db()
    if row.state != State.WON or row.note_id is not None or row.granted is None:
        raise Conflict(_("Esa objeción no espera una nota."), remedy=_("Actualice la página."))
    note = noted.issue(
        invoice_id=row.invoice_id,
        kind="CREDIT",
        total=row.granted,
        reason=_("Objeción aceptada: %(why)s") % {"why": row.decision},
        number_external=number_external,
        actor=actor,
        at=at,
    )
    row.note_id = note.pk
    row.save(update_fields=["note"])
    work.complete(
        dossier_ids=[balance.invoice.dossier_id], keys=[f"objection-note-{row.pk}"], actor=actor, at=at
    )
    live.bump("collection")
    return row


def _found(objection_id: int) -> Objection:
    row = Objection.objects.filter(pk=objection_id).first()
    if row is None:
        raise NotFound(_("No existe esa objeción."))
    return row


def _record(card: InvoiceCard, act: Act, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(dossier_id=card.dossier_id, act=act, text=text, actor=actor, at=at, step=STEP)
    live.bump("collection")
