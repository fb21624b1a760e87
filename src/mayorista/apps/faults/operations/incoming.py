"""What the customer wrote acts on a case: buttons confirm or reopen, words ask for an answer (A.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults.models import Case, DacForm
from mayorista.apps.faults.operations import closing, dac, locking, support
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import journal, live, people, work
from mayorista.rules.errors import DomainError
from mayorista.rules.procedure import Role

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.procedure.models import User

JOB = "mensajes"


def act_on_incoming(*, at: dt.datetime, limit: int = 100) -> int:
    """Act on the messages that came in since (a job); return how many were looked at.

    Each is its own transaction and marked in it, so a message acts once whatever dies in between.
    """
    done = 0
    for message in message_queries.messages_to_act_on(limit=limit):
        _act_on(message, at)
        done += 1
    return done


@transaction.atomic
def _act_on(message: message_queries.Incoming, at: dt.datetime) -> None:
    if not messaging.mark_acted(message_ids=[message.id], at=at):
        return
    button = message.button
    if button is not None and button.act == "conformidad":
        _conformity(button.number, button.answer == "si", message, at)
    elif button is not None:
        _acknowledged(button.number, message, at)
    elif message.dossier_id is not None:
        case = Case.objects.filter(dossier_id=message.dossier_id).values_list("fault_id", flat=True).first()
        if case is not None:
            live.bump("board", f"fault-{case}")


def _conformity(number: str, fine: bool, message: message_queries.Incoming, at: dt.datetime) -> None:
    found = Case.objects.filter(dossier__number=number).values_list("id", flat=True).first()
    if found is None:
        return
    case = locking.lock_case(case_id=found, open_only=False)
    actor = for_job(JOB)
    words = _("Sí, restablecido") if fine else _("Aún con falla")
    journal.record(
        dossier_id=case.dossier_id,
        act="CUSTOMER_ANSWER",
        text=_("%(who)s responde: «%(words)s»") % {"who": message.writer, "words": words},
        actor=actor,
        at=at,
        step="A.4",
        payload={
            "message": message.id,
            "fine": fine,
            "closes": fine and case.state == Case.State.SOLVED,
        },
    )
    if fine:
        _confirm(case, message, at)
        return
    try:
        with transaction.atomic():
            support.reopen(
                case_id=case.pk, reason=_("el cliente responde «Aún con falla»"), actor=actor, at=at
            )
    except DomainError as error:
        work.open_item(
            dossier_id=case.dossier_id,
            step="A.4",
            key="still-failing",
            role=Role.SUPPORT,
            title=_("El cliente dice que sigue con falla: %(why)s") % {"why": error.message},
            due_at=at,
            at=at,
        )


def _confirm(case: Case, message: message_queries.Incoming, at: dt.datetime) -> None:
    how = _("WhatsApp de %(who)s") % {"who": message.writer}
    case.confirmed_at, case.confirmed_how = case.confirmed_at or at, case.confirmed_how or how[:200]
    if case.state == Case.State.SOLVED:
        closing.close_case(case=case, state=Case.State.CLOSED_SUPPORT, actor=for_job(JOB), at=at)
    else:
        locking.touch_case(case=case)


def _acknowledged(number: str, message: message_queries.Incoming, at: dt.datetime) -> None:
    """A pressed "Recibido": from the Gerente's own number it acknowledges the D.A.C., else it is noted."""
    form = DacForm.objects.filter(dossier__number=number).values_list("id", "dossier_id").first()
    manager = _manager_of(message, at)
    if form is not None and manager is not None:
        dac.acknowledge(form_id=form[0], actor=people.actor_for(user=manager, at=at), at=at, how="WhatsApp")
        return
    dossier_id = form[1] if form else _case_dossier(number)
    if dossier_id is not None:
        journal.record(
            dossier_id=dossier_id,
            act="RECEIVED",
            text=_("%(who)s confirma que recibió el aviso") % {"who": message.writer},
            actor=for_job(JOB),
            at=at,
            payload={"message": message.id},
        )


def _case_dossier(number: str) -> int | None:
    return Case.objects.filter(dossier__number=number).values_list("dossier_id", flat=True).first()


def _manager_of(message: message_queries.Incoming, at: dt.datetime) -> User | None:
    """Return the Gerente or delegate whose registered number wrote, if it is one."""
    if message.identity_id is None:
        return None
    number = customer_queries.identity(identity_id=message.identity_id).wa_id
    for user in procedure_queries.holders_of(Role.MANAGER, at=at):
        if number and user.phone_e164.lstrip("+") == number:
            return user
    return None
