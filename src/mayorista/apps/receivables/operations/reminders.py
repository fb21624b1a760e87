"""B.6.1: reminders by the calendar, one mail per customer and day, never twice.

# Note [Who writes the day first]
The row of the day (`ReminderMail`, unique per customer) is written before anything is read: a second person, or the
job, waits there for the first's transaction and then finds the day taken. Facts are read after it, so a receipt
or a promise that was committed meanwhile counts. Mail, steps and journal are in the same transaction: killed in the
middle nothing of it is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.billing.queries import invoice_card
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.drafts import MailDraft
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, live, work
from mayorista.apps.receivables.models import Reminder, ReminderMail, ReminderPause
from mayorista.apps.receivables.queries import dunning as facts
from mayorista.apps.receivables.queries import papers, statements, wording
from mayorista.rules import due_dates, dunning, formats, lapaz
from mayorista.rules.delivery import State as Delivery
from mayorista.rules.errors import Conflict, DomainError, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

STEP = "B.6"
PORTION = 100
SEND_KEY = "reminders"
PAPER = "REMINDER_PAPER"
LONGEST_PAUSE_DAYS = 92
_WORK_ENDS = dt.time(18, 0)


@dataclass(frozen=True, slots=True)
class Refused:
    """A customer who was not written to, and why."""

    customer_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: the mails made, and whom could not be written to."""

    mail_ids: tuple[int, ...]
    refused: tuple[Refused, ...]


def end_of(day: dt.date) -> dt.datetime:
    """Return the end of an office day of La Paz."""
    return dt.datetime.combine(day, _WORK_ENDS, tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)


def send(*, customer_ids: Iterable[int], actor: Actor, at: dt.datetime) -> Sent:
    """Send the reminders that these customers are to get today, in portions of one transaction each.

    Raises Conflict when there is nothing to send to any of them (a colleague, a receipt or a promise was
    first; no office day), NotAllowed.
    """
    require(actor, Act.SEND_REMINDER)
    wanted = sorted(set(customer_ids))
    made: list[int] = []
    refused: list[Refused] = []
    for begin in range(0, len(wanted), PORTION):
        part = wanted[begin : begin + PORTION]
        try:
            sent = _send_portion(part, actor, at)
        except DomainError:
            sent = _one_by_one(part, actor, at)
        made += sent.mail_ids
        refused += sent.refused
    if not made and not refused:
        raise Conflict(
            _("No queda recordatorio que enviar hoy a quienes eligió."),
            remedy=_("Actualice la página: quizá ya salió, pagó o prometió."),
        )
    settle_task(actor=actor, at=at)
    return Sent(tuple(made), tuple(refused))


def send_due(*, actor: Actor, at: dt.datetime) -> Sent:
    """Send all of the day (the job, where the parameter says so); nothing on a day without offices."""
    notices = facts.standing(on=lapaz.local(at).date(), at=at).plan().notices
    if not notices:
        return Sent((), ())
    return send(customer_ids=[int(each.customer) for each in notices], actor=actor, at=at)


def _one_by_one(part: Sequence[int], actor: Actor, at: dt.datetime) -> Sent:
    """One of many can not be written to: each on its own, so that the others get theirs."""
    made: list[int] = []
    refused: list[Refused] = []
    for customer_id in part:
        try:
            sent = _send_portion([customer_id], actor, at)
        except DomainError as error:
            refused.append(Refused(customer_id, f"{error.message} {error.remedy}".strip()))
        else:
            made += sent.mail_ids
            refused += sent.refused
    return Sent(tuple(made), tuple(refused))


@transaction.atomic
def _send_portion(part: Sequence[int], actor: Actor, at: dt.datetime) -> Sent:
    """See Note [Who writes the day first]."""
    on = lapaz.local(at).date()
    rows = _claim(part, on, actor, at)
    standing = facts.standing(on=on, at=at, customer_ids=rows, told=False)
    reach = customers.contacts_for_many(rows, [wording.CONTACTS])
    good: list[tuple[dunning.Notice, list[str]]] = []
    refused: list[Refused] = []
    for notice in standing.plan().notices:
        to = wording.addresses(reach.get(int(notice.customer), []))
        if to:
            good.append((notice, to))
        else:
            refused.append(Refused(int(notice.customer), wording.no_contact()))
    taken = {int(notice.customer) for notice, _to in good}
    ReminderMail.objects.filter(pk__in=[pk for who, pk in rows.items() if who not in taken]).delete()
    if good:
        _write(rows, good, standing, actor, at)
    return Sent(tuple(rows[int(notice.customer)] for notice, _to in good), tuple(refused))


def _claim(part: Sequence[int], on: dt.date, actor: Actor, at: dt.datetime) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO receivables_remindermail (customer_id, "on", stage, sent_by_id, sent_at) '
            "SELECT customer, %s, 0, %s, %s FROM unnest(%s::bigint[]) AS customer ORDER BY customer "
            "ON CONFLICT DO NOTHING RETURNING customer_id, id",
            [on, actor.user_id, at, list(part)],
        )
        return dict(cursor.fetchall())


def _write(
    rows: dict[int, int],
    good: Sequence[tuple[dunning.Notice, list[str]]],
    standing: facts.Standing,
    actor: Actor,
    at: dt.datetime,
) -> None:
    said = wording.Facts.read(standing, [notice for notice, _to in good], at=at)
    hold = procedure.parameter("notice.undo_seconds", at=at)
    homes = customers.customers_by_id(rows)
    drafts = []
    for notice, to in good:
        filled = said.mail(notice, standing)
        drafts.append(
            MailDraft(
                dossier_id=homes[int(notice.customer)].dossier_id,
                to=to,
                subject=filled.subject,
                body=filled.body,
                cause=STEP,
                attachments=_papers(notice, homes[int(notice.customer)], filled.body, actor, at),
                hold_seconds=hold,
                template_id=filled.template_id,
            )
        )
    messages = messaging.queue_many(drafts=drafts, actor=actor, at=at)
    mails, steps, lines = [], [], []
    for (notice, to), message in zip(good, messages, strict=True):
        mails.append(
            ReminderMail(pk=rows[int(notice.customer)], message_id=message.pk, stage=notice.step.offset)
        )
        for entry in notice.entries:
            card = standing.card(entry.debt)
            if entry.step is not None:
                steps.append(
                    Reminder(
                        invoice_id=card.id,
                        stage=entry.step.offset,
                        due_on=standing.on,
                        message_id=message.pk,
                        sent_on=standing.on,
                    )
                )
            lines.append(
                journal.Line(
                    card.dossier_id,
                    Act.SEND_REMINDER,
                    _("Recordatorio %(step)s a %(to)s por %(amount)s.")
                    % {
                        "step": entry.step.code if entry.step else notice.step.code,
                        "to": ", ".join(to),
                        "amount": wording.totals({card.currency: entry.amount}),
                    },
                    STEP,
                    {"message": message.pk, "invoice": card.id},
                )
            )
    ReminderMail.objects.bulk_update(mails, ["message", "stage"])
    Reminder.objects.bulk_create(
        steps,
        update_conflicts=True,
        unique_fields=["invoice", "stage"],
        update_fields=["due_on", "message", "sent_on"],
    )
    journal.record_many(lines=lines, actor=actor, at=at)
    live.bump("collection")


def _papers(
    notice: dunning.Notice, card: customers.CustomerCard, body: str, actor: Actor, at: dt.datetime
) -> list[int]:
    """The harder steps carry the statement of account, the pre-legal one its letter; kept with the customer."""
    made = []
    if notice.step.offset >= wording.PRELEGAL:
        made.append(papers.letter_pdf(card, body, at=at))
    if notice.step.offset >= wording.REPEATED:
        until = lapaz.local(at).date()
        for currency in sorted(notice.totals):
            found = statements.statement(
                customer_id=card.id, currency=currency, since=until.replace(month=1, day=1), until=until
            )
            made.append(papers.statement_pdf(found, at=at))
    return [
        files.store(
            dossier_id=card.dossier_id,
            name=name,
            content=content,
            content_type="application/pdf",
            actor=actor,
            at=at,
            kind=PAPER,
        ).pk
        for name, content in made
    ]


@transaction.atomic
def undo(*, mail_id: int, actor: Actor, at: dt.datetime) -> int:
    """Take back the mails of one act that have not left; return how many. Raises Conflict when all have, NotFound."""
    require(actor, Act.SEND_REMINDER)
    first = ReminderMail.objects.filter(pk=mail_id).first()
    if first is None:
        raise NotFound(_("No existe ese recordatorio."))
    if first.sent_by_id != actor.user_id:
        raise Conflict(_("Ese envío lo hizo otra persona."))
    rows = ReminderMail.objects.select_for_update(of=("self",)).filter(
        sent_at=first.sent_at, sent_by_id=first.sent_by_id, undone_at=None
    )
    taken_back = _take_back(rows.order_by("id"), _("Recordatorio deshecho: no salió."), actor, at)
    if not taken_back:
        raise Conflict(_("Los correos ya salieron: no se pueden deshacer."))
    return taken_back


@transaction.atomic
def receipt_came(*, customer_id: int, number: str, actor: Actor, at: dt.datetime) -> int:
    """Recall the customer's reminders that wait in their seconds when all they ask for is paid now; return how many.

    Part of the act that registers or allocates the receipt `number`; asks nobody for a right. Money on account
    counts, as it does for what is reminded.
    """
    rows = list(
        ReminderMail.objects.select_for_update(of=("self",))
        .filter(customer_id=customer_id, undone_at=None, message__state=Delivery.HELD)
        .order_by("id")
    )
    if not rows:
        return 0
    standing = facts.standing(on=lapaz.local(at).date(), at=at, customer_ids=[customer_id], told=False)
    asked = {int(debt.invoice) for debt in standing.debts if debt.claimable > 0}
    idle = [
        row
        for row in rows
        if row.message_id is not None
        and not Reminder.objects.filter(message_id=row.message_id, invoice_id__in=asked).exists()
    ]
    return _take_back(
        idle, _("Recordatorio retirado antes de salir: llegó %(n)s.") % {"n": number}, actor, at
    )


def _take_back(rows: Iterable[ReminderMail], text: str, actor: Actor, at: dt.datetime) -> int:
    """Recall those of these mails that have not left; return how many."""
    undone = []
    for row in rows:
        assert row.message_id is not None
        try:
            with transaction.atomic():
                messaging.cancel_held(message_id=row.message_id, actor=actor, at=at)
        except Conflict:
            continue
        row.undone_at = at
        undone.append(row)
    if not undone:
        return 0
    ReminderMail.objects.bulk_update(undone, ["undone_at"])
    taken_back = Reminder.objects.filter(message_id__in=[row.message_id for row in undone])
    homes = [
        card.dossier_id for card in invoice_card(taken_back.values_list("invoice_id", flat=True)).values()
    ]
    taken_back.update(message=None, sent_on=None)
    journal.record_many(
        lines=[journal.Line(home, Act.SEND_REMINDER, text, STEP) for home in homes],
        actor=actor,
        at=at,
    )
    prepare(at=at)
    live.bump("collection")
    return len(undone)


# The day's task -----------------------------------------------------------------------------------


def prepare(*, at: dt.datetime) -> int:
    """Open the task of the day when somebody is to be reminded, and Legal's for what it must release; return the mails.

    A periodic act, safe to repeat; nothing before the hour of the parameter or on a day without offices.
    """
    here, works = lapaz.local(at), procedure.calendar(at=at)
    if not works(here.date()) or here.hour < int(procedure.parameter("collection.hour", at=at)):
        return 0
    plan = facts.standing(on=here.date(), at=at).plan()
    home = collection_dossier()
    items = []
    if plan.notices:
        items.append(
            work.NewItem(
                home,
                STEP,
                Role.INTERCONNECTION,
                _("Revisar y enviar los recordatorios del %(d)s (%(n)s)")
                % {"d": formats.date(here.date()), "n": len(plan.notices)},
                end_of(here.date()),
                SEND_KEY,
            )
        )
    waiting = _waiting_for_legal(plan)
    if waiting:
        items.append(
            work.NewItem(
                home,
                STEP,
                Role.LEGAL,
                ngettext(
                    "Liberar %(n)s recordatorio prelegal",
                    "Liberar %(n)s recordatorios prelegales",
                    len(waiting),
                )
                % {"n": len(waiting)},
                end_of(due_dates.plus_business_days(here.date(), 2, works)),
                "release",
            )
        )
    if items:
        work.open_items(items=items, at=at)
    return len(plan.notices)


def collection_dossier() -> int:
    """Return the standing dossier of collection, on which the day's tasks hang."""
    return dossiers.standing(kind="COLLECTION").pk


def _waiting_for_legal(plan: dunning.Plan) -> list[dunning.Debt]:
    return [debt for debt, _step, why in plan.kept_back if why is dunning.Stop.LEGAL]


def settle_task(*, actor: Actor, at: dt.datetime) -> None:
    """Close the day's tasks for which nothing waits any more."""
    plan = facts.standing(on=lapaz.local(at).date(), at=at).plan()
    keys = []
    if not plan.notices:
        keys.append(SEND_KEY)
    if not _waiting_for_legal(plan):
        keys.append("release")
    if keys:
        work.complete(dossier_ids=[collection_dossier()], keys=keys, actor=actor, at=at)


# What stops and releases --------------------------------------------------------------------------


@transaction.atomic
def release(*, invoice_ids: Iterable[int], actor: Actor, at: dt.datetime) -> int:
    """Legal lets the pre-legal reminder of these invoices go (G-28); return how many were released.

    Raises Conflict when none waits, NotAllowed.
    """
    require(actor, Act.RELEASE_REMINDER)
    on = lapaz.local(at).date()
    wanted = set(invoice_ids)
    plan = facts.standing(on=on, at=at).plan()
    waiting = {
        int(debt.invoice): step
        for debt, step, why in plan.kept_back
        if why is dunning.Stop.LEGAL and int(debt.invoice) in wanted
    }
    if not waiting:
        raise Conflict(_("Ninguna de esas facturas espera la liberación."), remedy=_("Actualice la página."))
    Reminder.objects.bulk_create(
        (
            Reminder(invoice_id=pk, stage=step.offset, due_on=on, released_by_id=actor.person, released_at=at)
            for pk, step in waiting.items()
        ),
        update_conflicts=True,
        unique_fields=["invoice", "stage"],
        update_fields=["released_by", "released_at"],
    )
    journal.record_many(
        lines=[
            journal.Line(
                card.dossier_id,
                Act.RELEASE_REMINDER,
                _("Asesoría Legal libera el recordatorio %(s)s.") % {"s": waiting[pk].code},
                STEP,
            )
            for pk, card in invoice_card(waiting).items()
        ],
        actor=actor,
        at=at,
    )
    settle_task(actor=actor, at=at)
    prepare(at=at)
    live.bump("collection")
    return len(waiting)


@transaction.atomic
def pause(*, customer_id: int, until: dt.date, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Send this customer no reminder before a day (G-27). Raises Invalid, NotFound, NotAllowed."""
    require(actor, Act.PAUSE_REMINDERS)
    on = lapaz.local(at).date()
    card = customers.customer(customer_id=customer_id)
    if not on < until <= on + dt.timedelta(days=LONGEST_PAUSE_DAYS):
        raise Invalid(
            _("La pausa termina después de hoy y dura a lo más %(n)s días.") % {"n": LONGEST_PAUSE_DAYS},
            field="until",
        )
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se pausa."))
    dossiers.lock(dossier_id=card.dossier_id)
    ReminderPause.objects.filter(customer_id=customer_id, ended_at=None).update(ended_at=at)
    ReminderPause.objects.create(
        customer_id=customer_id, until=until, reason=reason.strip()[:300], author_id=actor.person, made_at=at
    )
    _tell(
        card.dossier_id,
        _("Recordatorios en pausa hasta el %(d)s: %(why)s")
        % {"d": formats.date(until), "why": reason.strip()},
        actor,
        at,
    )


@transaction.atomic
def resume(*, customer_id: int, actor: Actor, at: dt.datetime) -> None:
    """End a pause. Raises Conflict when there is none, NotFound, NotAllowed."""
    require(actor, Act.PAUSE_REMINDERS)
    card = customers.customer(customer_id=customer_id)
    ended = ReminderPause.objects.filter(customer_id=customer_id, ended_at=None).update(ended_at=at)
    if not ended:
        raise Conflict(_("Los recordatorios de ese cliente no están en pausa."))
    _tell(card.dossier_id, _("Los recordatorios siguen."), actor, at)


def _tell(dossier_id: int, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(dossier_id=dossier_id, act=Act.PAUSE_REMINDERS, text=text, actor=actor, at=at, step=STEP)
    settle_task(actor=actor, at=at)
    live.bump("collection")
