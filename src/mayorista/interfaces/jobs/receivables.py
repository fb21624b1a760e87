"""Collection's own clockwork: the reminders of the day are prepared, or sent where the parameter says so."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.receivables.operations import reminders
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.periodic(cron="*/10 * * * *", periodic_id="receivables-reminders")
@app.task(name="receivables.reminders", queueing_lock="receivables-reminders")
def receivables_reminders(timestamp: int) -> None:
    """Prepare the reminders of the day; send them where that is automatic (every 10 minutes, once a day in effect)."""
    at = clock.now()
    waiting = reminders.prepare(at=at)
    if waiting and procedure.parameter("collection.automatic", at=at):
        sent = reminders.send_due(actor=for_job("cobranza"), at=at)
        log.info(
            "reminders sent: %d, refused: %d",
            len(sent.mail_ids),
            len(sent.refused),
            extra={"minute": timestamp},
        )
