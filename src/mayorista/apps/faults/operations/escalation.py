"""Overdue work goes up the table of its severity: Jefe NOC, Gerente, Gerencia General."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import SEVERITY_TITLES, Case, DacForm, Fault
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.drafts import MailDraft
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules.procedure import Role

if TYPE_CHECKING:
    import datetime as dt

JOB = "escalamiento"
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
    """Tell upward what passed a level of the table not told yet (a job); return how many were told.

    While the service is down the fault itself escalates by its age; once it is back, each overdue
    work item of it does by its own (the closing D.A.C., the notice of A.7, an acknowledgement).
    """
    table = procedure_queries.parameter("escalation.minutes", at=at)
    told = _escalate_items(table, at)
    for fault_id, severity, detected_at, level in Fault.objects.filter(
        closed_at=None, restored_at=None, state__in=STILL_OPEN
    ).values_list("id", "severity", "detected_at", "escalation"):
        reached = level_reached(at - detected_at, table[str(severity)])
        if reached > level:
            told += _tell(fault_id, reached, at)
    return told


def _escalate_items(table: dict[str, list[int]], at: dt.datetime) -> int:
    faults = Fault.objects.exclude(restored_at=None).exclude(state=Fault.State.VOID)
    severities = {
        **dict(faults.filter(closed_at=None).values_list("dossier_id", "severity")),
        **dict(
            Case.objects.filter(closed_at=None, fault__in=faults).values_list("dossier_id", "fault__severity")
        ),
        **dict(DacForm.objects.filter(fault__in=faults).values_list("dossier_id", "fault__severity")),
    }
    told = 0
    for item in work.overdue(dossier_ids=severities, at=at):
        reached = level_reached(at - item.opened_at, table[str(severities[item.dossier_id])])
        if reached > item.escalation:
            told += _tell_item(item.pk, reached, at)
    return told


@transaction.atomic
def _tell_item(item_id: int, level: int, at: dt.datetime) -> int:
    item = work.escalate(item_id=item_id, level=level)
    if item is None:
        return 0
    text = _("Escalado a %(title)s: «%(item)s» vencido") % {"title": LEVEL_TITLES[level], "item": item.title}
    journal.record(
        dossier_id=item.dossier_id,
        act="ESCALATE",
        text=text,
        actor=for_job(JOB),
        at=at,
        step=item.step,
        payload={"level": level, "item": item.pk},
    )
    _mail(item.dossier_id, level, text, f"{item.dossier.number} · {item.dossier.headline}", at)
    live.bump("tray")
    return 1


def _mail(dossier_id: int, level: int, text: str, what: str, at: dt.datetime) -> None:
    addresses = procedure_queries.parameter("escalation.contacts", at=at)[str(level)]
    if addresses:
        draft = MailDraft(
            dossier_id=dossier_id,
            to=addresses,
            subject=f"{text} – {what}"[:200],
            body=f"{text}\n\n{what}\n",
            cause=JOB,
        )
        messaging.queue_many(drafts=[draft], actor=for_job(JOB), at=at)


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
    actor = for_job(JOB)
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
    _mail(fault.dossier_id, level, text, f"{fault.dossier.number} · {fault.dossier.headline}", at)
    live.bump("board", "tray", f"fault-{fault.pk}")
    return 1
