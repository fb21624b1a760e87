"""Receipts' own clockwork: the one mail a day to accounting, where the parameter says so."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.procedure.actors import for_job
from mayorista.apps.receivables.operations import accounting
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.periodic(cron="11 * * * *", periodic_id="receipts-accounting")
@app.task(name="receipts.accounting", queueing_lock="receipts-accounting")
def accounting_due(timestamp: int) -> None:
    """Tell accounting of the day's receipts from 17:00 of a business day on (every hour: one that failed is made up for)."""
    told = accounting.inform_due(actor=for_job("receipts"), at=clock.now())
    if told:
        log.info("receipts told to accounting: %d", told, extra={"minute": timestamp})
