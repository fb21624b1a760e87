"""Agreements' own clockwork: what ends is announced, silence accepts, temporary speeds come back, holders change."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.contracts import operations
from mayorista.apps.contracts.operations import speed
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.periodic(cron="*/5 * * * *", periodic_id="contracts-due")
@app.task(name="contracts.due", queueing_lock="contracts-due")
def contracts_due(timestamp: int) -> None:
    """Accept what met with silence, order the returns of the day, give circuits to their new holders (every 5 minutes)."""
    at = clock.now()
    accepted, ordered, given = (
        speed.accept_silent(at=at),
        speed.order_returns(at=at),
        operations.settle_holders(at=at),
    )
    if accepted or ordered or given:
        log.info(
            "speed changes accepted by silence: %d, returns ordered: %d, circuits handed over: %d",
            accepted,
            ordered,
            given,
            extra={"minute": timestamp},
        )


@app.periodic(cron="10 * * * *", periodic_id="contracts-endings")
@app.task(name="contracts.endings", queueing_lock="contracts-endings")
def contracts_endings(timestamp: int) -> None:
    """Announce contracts and guarantees that end soon, each once (every hour; the first after midnight finds them)."""
    announced = operations.announce(at=clock.now())
    if announced:
        log.info("endings announced: %d", announced, extra={"minute": timestamp})
