"""The log of collection (gestiones): each contact once, never edited, with what is to be done next and when."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.queries import invoice_card
from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.apps.receivables.models import ContactLog
from mayorista.apps.receivables.operations.reminders import STEP, end_of
from mayorista.rules import lapaz
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

NEXT_KEY, BROKEN_KEY = "next-call", "broken-promise"
TOLERANCE = dt.timedelta(minutes=2)
CHANNELS = {
    "PHONE": "teléfono",
    "WHATSAPP": "WhatsApp",
    "EMAIL": "correo",
    "VISIT": "visita",
    "LETTER": "carta",
}
Result = ContactLog.Result


@transaction.atomic
def log(
    *,
    customer_id: int,
    channel: str,
    person: str,
    result: str,
    actor: Actor,
    at: dt.datetime,
    text: str = "",
    next_action: str = "",
    next_on: dt.date | None = None,
    invoice_id: int | None = None,
    happened_at: dt.datetime | None = None,
) -> ContactLog:
    """Write a contact down; a next action goes to the tray of who wrote it, in place of the former one.

    Raises Invalid with every wrong field, NotFound, NotAllowed.
    """
    role = require(actor, Act.LOG_CONTACT) or Role.INTERCONNECTION
    card = customers.customer(customer_id=customer_id)
    _check(channel, person, result, next_action, next_on, happened_at, at)
    if invoice_id is not None:
        invoice = invoice_card([invoice_id]).get(invoice_id)
        if invoice is None or invoice.customer_id != customer_id:
            raise NotFound(_("Esa factura no es de ese cliente."), field="invoice_id")
    row = ContactLog.objects.create(
        customer_id=customer_id,
        invoice_id=invoice_id,
        at=happened_at or at,
        channel=channel,
        person=person.strip()[:120],
        result=result,
        text=text.strip(),
        next_action=next_action.strip()[:200],
        next_on=next_on,
        author_id=actor.person,
    )
    journal.record(
        dossier_id=card.dossier_id,
        act=Act.LOG_CONTACT,
        text=_("Gestión por %(channel)s con %(who)s: %(result)s. %(text)s")
        % {
            "channel": CHANNELS[channel],
            "who": row.person,
            "result": Result(result).label,
            "text": row.text,
        },
        actor=actor,
        at=at,
        step=STEP,
        payload={"contact": row.pk},
    )
    work.complete(dossier_ids=[card.dossier_id], keys=[NEXT_KEY, BROKEN_KEY], actor=actor, at=at)
    if next_on is not None:
        work.open_item(
            dossier_id=card.dossier_id,
            step=STEP,
            key=NEXT_KEY,
            role=role,
            title=_("%(what)s: %(who)s") % {"what": row.next_action, "who": card.name},
            due_at=end_of(next_on),
            at=at,
        )
    live.bump("collection")
    return row


def _check(
    channel: str,
    person: str,
    result: str,
    next_action: str,
    next_on: dt.date | None,
    happened_at: dt.datetime | None,
    at: dt.datetime,
) -> None:
    errors = []
    if channel not in CHANNELS:
        errors.append(FieldError("channel", _("Falta el medio."), _("Elija uno.")))
    if not person.strip():
        errors.append(FieldError("person", _("Falta con quién se habló."), _("Escriba su nombre o cargo.")))
    if result not in Result.values:
        errors.append(FieldError("result", _("Falta el resultado."), _("Elija uno.")))
    if bool(next_action.strip()) != (next_on is not None):
        field = "next_on" if next_on is None else "next_action"
        errors.append(
            FieldError(field, _("La próxima acción lleva su fecha, y la fecha su acción."), _("Complétela."))
        )
    if next_on is not None and next_on < lapaz.local(at).date():
        errors.append(FieldError("next_on", _("Esa fecha ya pasó."), _("Elija desde hoy.")))
    if happened_at is not None and happened_at > at + TOLERANCE:
        errors.append(
            FieldError("happened_at", _("Una gestión no puede ser del futuro."), _("Revise la hora."))
        )
    if errors:
        raise Invalid.of(errors)
