"""The clockwork of monitoring: silent sources, what waits in quarantine, old bodies."""

from __future__ import annotations

import datetime as dt
import logging

from procrastinate.contrib.django import app

from mayorista.apps.monitoring.operations import quarantine, retention, silence
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")

QUEUE = "monitoring"


@app.periodic(cron="* * * * * */15", periodic_id="monitoring-watch")
@app.task(name="monitoring.watch", queueing_lock="monitoring-watch", queue=QUEUE)
def watch(timestamp: int) -> None:
    """Silent sources and quarantine (every 15 seconds)."""
    at = clock.now()
    changed = silence.watch(at=at)
    quarantine.tell(at=at)
    if changed:
        log.info("alarm sources fell silent or spoke again: %d", changed, extra={"minute": timestamp})


@app.periodic(cron="17 3 * * *", periodic_id="monitoring-retention")
@app.task(name="monitoring.retention", queueing_lock="monitoring-retention", queue=QUEUE)
def drop_bodies(timestamp: int) -> None:
    """Drop the bodies of posts older than the parameter `alarms.body_days` (every night)."""
    at = clock.now()
    days = int(procedure_queries.parameter("alarms.body_days", at=at))
    dropped = retention.drop_bodies(before=at - dt.timedelta(days=days))
    log.info("bodies of alarm posts dropped: %d", dropped, extra={"minute": timestamp})
