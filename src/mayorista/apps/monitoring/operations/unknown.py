"""Alarms that name nothing known: shown to a person, linked by hand and remembered, or ignored (A.1)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.contracts.operations import naming as contract_names
from mayorista.apps.monitoring.models import Alarm, Occurrence, Outcome, Verdict
from mayorista.apps.monitoring.operations import changes
from mayorista.apps.monitoring.operations.sources import STANDING
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules.alarms import naming
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "unknown-alarms"
DUE = dt.timedelta(minutes=10)


def open_unknown() -> int:
    """How many alarms fire now that name nothing known and are not ignored."""
    return Verdict.objects.filter(
        outcome=Outcome.UNKNOWN, occurrence__ends_at=None, occurrence__alarm__ignored_at=None
    ).count()


def tell(*, at: dt.datetime) -> None:
    """Keep one work item of the NOC for all alarms to be linked; it goes when there are none."""
    count = open_unknown()
    standing = dossiers.standing(kind=STANDING)
    if not count:
        work.complete(
            dossier_ids=[standing.pk],
            steps=["A.1"],
            keys=[KEY],
            actor=actors.for_job("correlator"),
            at=at,
            withdrawn=True,
        )
        return
    title = ngettext(
        "Vincular %(count)d alarma sin servicio conocido",
        "Vincular %(count)d alarmas sin servicio conocido",
        count,
    ) % {"count": count}
    work.open_item(
        dossier_id=standing.pk, step="A.1", key=KEY, role=Role.NOC, title=title, due_at=at + DUE, at=at
    )


@transaction.atomic
def link_alarm(
    *,
    alarm_id: int,
    labels: Mapping[str, str],
    actor: Actor,
    at: dt.datetime,
    service_id: int | None = None,
    resource_id: int | None = None,
    any_source: bool = False,
) -> int:
    """Say that alarms with `labels` (some of this alarm's own) name a service or an element; it is remembered.

    All alarms that bear the same labels and named nothing are looked at again; returns how many.
    Raises Invalid when the labels are not the alarm's, or already name something else.
    """
    require(actor, Act.LINK_ALARM)
    alarm = Alarm.objects.select_related("source").filter(pk=alarm_id).first()
    if alarm is None:
        raise NotFound(_("No existe esa alarma."))
    wanted = contract_names.clean_labels(labels)
    foreign = sorted(name for name, value in wanted.items() if alarm.labels.get(name) != value)
    if foreign:
        raise Invalid(
            _("La alarma no tiene esas etiquetas: %(names)s.") % {"names": ", ".join(foreign)},
            field="labels",
            remedy=_("Elija entre las de la alarma."),
        )
    if not naming.identifying(wanted):
        raise Invalid(
            _("Esas etiquetas no identifican a un circuito."),
            field="labels",
            remedy=_("Elija una que diga equipo, interfaz, sesión o circuito."),
        )
    source_code = "" if any_source else alarm.source.code
    name = naming.Name(frozenset(wanted.items()), source_code, service_id, resource_id)
    if not naming.NameIndex([name]).match(alarm.labels, alarm.source.code):
        raise Invalid(
            _("Con solo esas etiquetas esta alarma no se tomaría por el elemento entero."),
            field="labels",
            remedy=_("Agregue la interfaz o el vecino, o elija el circuito."),
        )
    contract_names.add_nms_name(
        labels=wanted,
        service_id=service_id,
        resource_id=resource_id,
        source_code=source_code,
        actor=actor,
        at=at,
    )
    Alarm.objects.filter(pk=alarm_id).update(ignored_at=None, ignored_by=None, ignore_reason="")
    same = Occurrence.objects.filter(alarm__labels__contains=dict(wanted), ends_at=None)
    if source_code:
        same = same.filter(alarm__source_id=alarm.source_id)
    waiting = Verdict.objects.filter(
        outcome__in=[Outcome.UNKNOWN, Outcome.IGNORED, Outcome.SET_ASIDE], occurrence__in=same
    )
    return changes.recheck(occurrence_ids=list(waiting.values_list("occurrence_id", flat=True)), at=at)


@transaction.atomic
def ignore_alarm(*, alarm_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Say that an alarm is none of ours, and why; it stays visible among the ignored."""
    require(actor, Act.LINK_ALARM)
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se ignora."))
    done = Alarm.objects.filter(pk=alarm_id).update(
        ignored_at=at, ignored_by=actor.user_id, ignore_reason=reason.strip()[:300]
    )
    if not done:
        raise NotFound(_("No existe esa alarma."))
    alarm = Alarm.objects.get(pk=alarm_id)
    journal.record(
        dossier_id=dossiers.standing(kind=STANDING).pk,
        act=Act.LINK_ALARM,
        text=_("Alarma %(name)s ignorada: %(reason)s")
        % {"name": alarm.labels.get("alertname", alarm.fingerprint), "reason": reason.strip()},
        actor=actor,
        at=at,
        step="A.1",
        payload={"alarm": alarm_id, "labels": alarm.labels},
    )
    _look_again(alarm_id, at)


@transaction.atomic
def heed_alarm(*, alarm_id: int, actor: Actor, at: dt.datetime) -> None:
    """Take back that an alarm is ignored."""
    require(actor, Act.LINK_ALARM)
    alarm = Alarm.objects.select_for_update().filter(pk=alarm_id).first()
    if alarm is None:
        raise NotFound(_("No existe esa alarma."))
    alarm.ignored_at, alarm.ignored_by_id, alarm.ignore_reason = None, None, ""
    alarm.save(update_fields=["ignored_at", "ignored_by", "ignore_reason"])
    journal.record(
        dossier_id=dossiers.standing(kind=STANDING).pk,
        act=Act.LINK_ALARM,
        text=_("La alarma %(name)s ya no se ignora.")
        % {"name": alarm.labels.get("alertname", alarm.fingerprint)},
        actor=actor,
        at=at,
        step="A.1",
    )
    _look_again(alarm_id, at)


def _look_again(alarm_id: int, at: dt.datetime) -> None:
    occurrences = Occurrence.objects.filter(alarm_id=alarm_id, ends_at=None)
    changes.recheck(occurrence_ids=list(occurrences.values_list("id", flat=True)), at=at)
    live.bump("alarms")
