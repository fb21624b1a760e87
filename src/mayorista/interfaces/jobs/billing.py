"""Billing's own clockwork: months are opened, whole months done in portions, deliveries written down."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.billing.operations import credit_months, dispatching, groups, months, runs
from mayorista.apps.messaging import jobs
from mayorista.apps.procedure.actors import for_job
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.task(name=runs.ADVANCE, queue=jobs.QUEUE)
def advance(run_id: int) -> None:
    """Do a run to its end, portion by portion."""
    while runs.advance(run_id=run_id, at=clock.now()):
        pass


@app.periodic(cron="* * * * *", periodic_id="billing-due")
@app.task(name="billing.due", queueing_lock="billing-due")
def billing_due(timestamp: int) -> None:
    """Take up runs whose worker died, write down deliveries (every minute)."""
    at = clock.now()
    stale = runs.stale(at=at)
    jobs.defer(runs.ADVANCE, "run_id", stale)
    settled = dispatching.settle_deliveries()
    if stale or settled:
        log.info("runs taken up: %d, deliveries: %d", len(stale), settled, extra={"minute": timestamp})


@app.periodic(cron="7 * * * *", periodic_id="billing-months")
@app.task(name="billing.months", queueing_lock="billing-months")
def billing_months(timestamp: int) -> None:
    """Give complete contracts their group and open the months that have begun (every hour)."""
    at, job = clock.now(), for_job("billing")
    formed = groups.form_groups(actor=job, at=at)
    opened = months.open_due(actor=job, at=at)
    if formed or opened:
        log.info("groups formed: %d, months opened: %d", formed, opened, extra={"minute": timestamp})


@app.periodic(cron="*/10 * * * *", periodic_id="billing-recheck")
@app.task(name="billing.recheck", queueing_lock="billing-recheck")
def billing_recheck(timestamp: int) -> None:
    """Let the confirmations of gate 2.1 fall that do not hold to their amounts any more (every ten minutes)."""
    fallen = months.recheck(actor=for_job("billing"), at=clock.now())
    if fallen:
        log.info("confirmations that fell: %d", fallen, extra={"minute": timestamp})


@app.periodic(cron="37 * * * *", periodic_id="billing-credits")
@app.task(name="billing.credits", queueing_lock="billing-credits")
def billing_credits(timestamp: int) -> None:
    """Propose the credits of the month that ended, and again where somebody acted on its outages (every hour)."""
    for month, proposed in credit_months.sweep(actor=for_job("billing"), at=clock.now()).items():
        if proposed:
            log.info("credits that stand proposed for %s: %d", month, proposed, extra={"minute": timestamp})
