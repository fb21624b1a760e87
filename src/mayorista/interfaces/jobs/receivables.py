"""Collection's own clockwork: reminders of the day, promises kept or broken, hand-overs, charges that wait."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.receivables.operations import charges, handovers, promises, reminders
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")
JOB = "cobranza"


@app.periodic(cron="*/10 * * * *", periodic_id="receivables-reminders")
@app.task(name="receivables.reminders", queueing_lock="receivables-reminders")
def receivables_reminders(timestamp: int) -> None:
    """Prepare the reminders of the day; send them where that is automatic (every 10 minutes, once a day in effect)."""
    at = clock.now()
    waiting = reminders.prepare(at=at)
    if waiting and procedure.parameter("collection.automatic", at=at):
        sent = reminders.send_due(actor=for_job(JOB), at=at)
        log.info(
            "reminders sent: %d, refused: %d",
            len(sent.mail_ids),
            len(sent.refused),
            extra={"minute": timestamp},
        )


@app.periodic(cron="5,35 * * * *", periodic_id="receivables-collection")
@app.task(name="receivables.collection", queueing_lock="receivables-collection")
def receivables_collection(timestamp: int) -> None:
    """Decide promises, hand late debts to U.T. Cartera, put charges into open months (twice an hour)."""
    at, job = clock.now(), for_job(JOB)
    kept, broken = promises.decide_due(actor=job, at=at)
    handed = handovers.escalate_due(actor=job, at=at)
    charged = charges.settle(at=at)
    if kept or broken or handed or charged:
        log.info(
            "promises kept: %d, broken: %d, debts handed over: %d, charges: %d",
            kept,
            broken,
            handed,
            charged,
            extra={"minute": timestamp},
        )
