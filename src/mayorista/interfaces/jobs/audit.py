"""Auditing's own clockwork: the journal of each day is sealed and its seal mailed away."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.messaging.operations import journal_seals
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.periodic(cron="35 * * * *", periodic_id="journal-seal")
@app.task(name="journal.seal", queueing_lock="journal-seal")
def journal_seal(timestamp: int) -> None:
    """Seal the days that are over (every hour; the first after midnight in La Paz finds yesterday)."""
    made = journal_seals.seal_and_mail(at=clock.now())
    if made:
        log.info("days of the journal sealed: %d", made, extra={"minute": timestamp})
