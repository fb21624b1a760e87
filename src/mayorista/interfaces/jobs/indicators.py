"""The measure's own clockwork: cases judged as they change, contracts controlled, last month reported on its day."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from mayorista.apps.indicators.operations import controls, judging, snapshots, step_spans
from mayorista.apps.procedure.actors import for_job
from mayorista.interfaces import clock

log = logging.getLogger("mayorista.worker")


@app.periodic(cron="*/2 * * * *", periodic_id="indicators-judge")
@app.task(name="indicators.judge", queueing_lock="indicators-judge")
def indicators_judge(timestamp: int) -> None:
    """Judge what changed and what time went on for (every two minutes)."""
    judged = judging.judge_due(at=clock.now())
    step_spans.keep_months(at=clock.now())
    if judged:
        log.info("cases judged: %d", judged, extra={"minute": timestamp})


@app.periodic(cron="20 6 * * *", periodic_id="indicators-report")
@app.task(name="indicators.report", queueing_lock="indicators-report")
def indicators_report(timestamp: int) -> None:
    """Report last month once its day has come (daily; 02:20 in La Paz)."""
    taken = snapshots.take_due(actor=for_job("indicadores"), at=clock.now())
    if taken is not None:
        log.info("month reported: %s", taken.month, extra={"minute": timestamp})


@app.periodic(cron="*/15 * * * *", periodic_id="indicators-controls")
@app.task(name="indicators.controls", queueing_lock="indicators-controls")
def indicators_controls(timestamp: int) -> None:
    """Answer the contract controls that may still change and bring their tasks in line (every quarter of an hour)."""
    written = controls.refresh(at=clock.now())
    if written:
        log.info("contract controls written: %d", written, extra={"minute": timestamp})
