"""Overdue work goes up the table of its severity: Jefe NOC, Gerente, Gerencia General."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import SEVERITY_TITLES, Fault
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.drafts import MailDraft
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules.procedure import Role

if TYPE_CHECKING:
    import datetime as dt

LEVEL_TITLES = {1: "Jefe NOC", 2: "Gerente de Planificación", 3: "Gerencia General"}
LEVEL_ROLES = {1: Role.NOC, 2: Role.MANAGER, 3: Role.MANAGER}
STILL_OPEN = (
    Fault.State.DETECTED,
    Fault.State.ANALYSIS,
    Fault.State.SUPPORT,
    Fault.State.COORDINATION,
    Fault.State.REPAIR,
)


def level_reached(age: dt.timedelta, thresholds: list[int]) -> int:
    """Return how many levels of the table (minutes) an age has passed."""
    minutes = age.total_seconds() / 60
    return sum(minutes >= threshold for threshold in thresholds)


def escalate(*, at: dt.datetime) -> int:
    """Tell upward every fault not restored whose age passed a level not told yet (a job)."""
    table = procedure_queries.parameter("escalation.minutes", at=at)
    told = 0
    for fault_id, severity, detected_at, level in Fault.objects.filter(
        closed_at=None, restored_at=None, state__in=STILL_OPEN
    ).values_list("id", "severity", "detected_at", "escalation"):
        reached = level_reached(at - detected_at, table[str(severity)])
        if reached > level:
            told += _tell(fault_id, reached, at)
    return told


@transaction.atomic
def _tell(fault_id: int, level: int, at: dt.datetime) -> int:
    fault = (
        Fault.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("dossier")
        .filter(id=fault_id, escalation__lt=level, closed_at=None)
        .first()
    )
    if fault is None:
        return 0
    actor = for_job("escalamiento")
    fault.escalation = level
    fault.save(update_fields=["escalation"])
    title = LEVEL_TITLES[level]
    text = _("Escalado a %(title)s: %(severity)s sin restablecer") % {
        "title": title,
        "severity": SEVERITY_TITLES[fault.severity].lower(),
    }
    journal.record(
        dossier_id=fault.dossier_id,
        act="ESCALATE",
        text=text,
        actor=actor,
        at=at,
        payload={"level": level},
    )
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.5",
        key=f"escalation-{level}",
        role=LEVEL_ROLES[level],
        title=_("Atender el escalamiento a %(title)s") % {"title": title},
        due_at=at,
        at=at,
    )
    addresses = procedure_queries.parameter("escalation.contacts", at=at)[str(level)]
    if addresses:
        messaging.queue_many(
            drafts=[
                MailDraft(
                    dossier_id=fault.dossier_id,
                    to=addresses,
                    subject=_("Escalamiento a %(title)s – %(number)s")
                    % {"title": title, "number": fault.dossier.number},
                    body=f"{text}\n\n{fault.dossier.number} · {fault.dossier.headline}\n",
                    cause="escalation",
                )
            ],
            actor=actor,
            at=at,
        )
    live.bump("board", "tray", f"fault-{fault.pk}")
    return 1
