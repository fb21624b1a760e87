"""The statement of account goes to the customer by e-mail, with its PDF."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as texts
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import files, journal, live
from mayorista.apps.receivables.operations.reminders import STEP
from mayorista.apps.receivables.queries import papers, wording
from mayorista.apps.receivables.queries.statements import statement
from mayorista.rules import formats
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

FILE_KIND = "STATEMENT"


@transaction.atomic
def send_statement(
    *, customer_id: int, currency: str, since: dt.date, until: dt.date, actor: Actor, at: dt.datetime
) -> int:
    """Send a statement to the billing contacts, with ten seconds to undo; return the message.

    Raises Invalid without a contact or for days that can not be, NotFound, NotAllowed.
    """
    require(actor, Act.SEND_STATEMENT)
    card = customers.customer(customer_id=customer_id)
    to = wording.addresses(customers.contacts_for(customer_id, [wording.CONTACTS]))
    if not to:
        raise Invalid(wording.no_contact(), field="to")
    if since > until:
        raise Invalid(_("El estado termina antes de empezar."), field="until", remedy=_("Revise las fechas."))
    found = statement(customer_id=customer_id, currency=currency, since=since, until=until)
    name, content = papers.statement_pdf(found, at=at)
    kept = files.store(
        dossier_id=card.dossier_id,
        name=name,
        content=content,
        content_type="application/pdf",
        actor=actor,
        at=at,
        kind=FILE_KIND,
    )
    filled = texts.fill(
        "estado_de_cuenta",
        {
            **wording.common(wording.parameters(at=at)),
            "cliente": card.name,
            "desde": formats.date(since),
            "hasta": formats.date(until),
            "saldo": wording.totals({currency: found.closing}),
        },
    )
    message = messaging.queue_email(
        dossier_id=card.dossier_id,
        to=to,
        subject=filled.subject,
        body=filled.body,
        cause=STEP,
        attachments=[kept.pk],
        hold_seconds=procedure.parameter("notice.undo_seconds", at=at),
        actor=actor,
        at=at,
    )
    journal.record(
        dossier_id=card.dossier_id,
        act=Act.SEND_STATEMENT,
        text=_("Estado de cuenta al %(d)s enviado a %(to)s.")
        % {"d": formats.date(until), "to": ", ".join(to)},
        actor=actor,
        at=at,
        step=STEP,
    )
    live.bump("collection")
    return message.pk
