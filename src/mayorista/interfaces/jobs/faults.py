"""Stage A's own clockwork: what comes due without anybody asking, once a second or once a minute."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from procrastinate.contrib.django import app

from mayorista.apps.faults.operations import escalation, incoming, notices, regulator, support
from mayorista.apps.procedure.actors import for_job
from mayorista.interfaces import clock

if TYPE_CHECKING:
    import threading

log = logging.getLogger("mayorista.worker")

EVERY_SECONDS = 1.0


def run(stop: threading.Event) -> None:
    """Loop: conclude notices that left and act on what customers wrote."""
    while not stop.is_set():
        at = clock.now()
        concluded, acted = notices.conclude_due(at=at), incoming.act_on_incoming(at=at)
        if concluded or acted:
            log.info("cases concluded: %d, messages acted on: %d", concluded, acted)
        stop.wait(EVERY_SECONDS)


@app.periodic(cron="* * * * *", periodic_id="faults-due")
@app.task(queueing_lock="faults-due", pass_context=False)
def faults_due(timestamp: int) -> None:
    """Escalate what is overdue, close supports without answer, send notices left unattended, open the regulator's tasks."""
    at = clock.now()
    told = escalation.escalate(at=at)
    closed = support.close_silent(actor=for_job("soporte"), at=at)
    sent = notices.send_unattended(at=at)
    regulator.open_due(at=at)
    if told or closed or sent:
        log.info(
            "escalated: %d, closed without answer: %d, sent unattended: %d",
            told,
            closed,
            sent,
            extra={"minute": timestamp},
        )
