"""The register's own clockwork: what approved acts let go leaves the store."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.procedure.operations import disposal
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.periodic(cron="41 3 * * *", periodic_id="records-sweep")
@app.task(name="records.sweep", queueing_lock="records-sweep")
def records_sweep(timestamp: int) -> None:
    """Take out of the store what approved acts of disposal let go and a former sweep left (every night)."""
    removed = disposal.sweep(at=clock.now())
    if removed:
        log.info("contents removed by acts of disposal: %d", removed, extra={"minute": timestamp})
