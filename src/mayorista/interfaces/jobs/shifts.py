"""The roster's own clockwork: hours that nobody attends are told before they come."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.procedure.operations import shifts
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.periodic(cron="25 * * * *", periodic_id="roster-watch")
@app.task(name="roster.watch", queueing_lock="roster-watch")
def roster_watch(timestamp: int) -> None:
    """Bring the warnings of unattended hours in line (every hour)."""
    gaps = shifts.watch(at=clock.now())
    if gaps:
        log.info("rosters with unattended hours ahead: %d", gaps, extra={"minute": timestamp})
