"""A source that falls silent is itself an alarm (A.1): nobody sees outages that nobody reports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from mayorista.apps.monitoring.models import Alarm, AlarmPost, AlarmSource, Occurrence, SourceKind
from mayorista.apps.monitoring.operations.sources import STANDING
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules import lapaz
from mayorista.rules.alarms.values import Severity
from mayorista.rules.procedure import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_SOURCE = "mayorista"
NAME = "FuenteEnSilencio"
DUE = dt.timedelta(minutes=10)


@transaction.atomic
def watch(*, at: dt.datetime) -> int:
    """Raise an alarm for each active source silent for longer than it may be, end those that spoke again.

    A source that never posted counts from when it was made or got its token. Returns how many changed.
    """
    watched = AlarmSource.objects.select_for_update().filter(
        active=True, silence_after_seconds__isnull=False, kind=SourceKind.ALERTMANAGER
    )
    sources = list(watched.order_by("id"))
    latest = dict(
        AlarmPost.objects.filter(source__in=sources)
        .values_list("source_id")
        .annotate(last=Max("received_at"))
    )
    own = _own_source(at)
    open_now = {
        occurrence.alarm.fingerprint: occurrence
        for occurrence in Occurrence.objects.select_related("alarm").filter(alarm__source=own, ends_at=None)
    }
    changed = 0
    for source in sources:
        since = (latest.get(source.pk), source.token_rotated_at, source.active_since, source.created_at)
        heard = max(filter(None, since))
        silent = at - heard > dt.timedelta(seconds=source.silence_after_seconds or 0)
        occurrence = open_now.pop(_fingerprint(source.code), None)
        if silent and occurrence is None:
            _begin(source, own, heard, at)
            changed += 1
        elif not silent and occurrence is not None:
            _end([occurrence], heard, at)
            changed += 1
    changed += _end(open_now.values(), at, at)  # no longer watched
    return changed


def _own_source(at: dt.datetime) -> AlarmSource:
    own, _made = AlarmSource.objects.get_or_create(
        code=OWN_SOURCE, defaults={"name": "Mayorista", "kind": SourceKind.INTERNAL, "created_at": at}
    )
    return own


def _fingerprint(code: str) -> str:
    return f"silence:{code}"


def _begin(source: AlarmSource, own: AlarmSource, since: dt.datetime, at: dt.datetime) -> None:
    text = _("La fuente «%(name)s» no envía nada desde %(since)s") % {
        "name": source.name,
        "since": lapaz.moment(since),
    }
    alarm, _made = Alarm.objects.update_or_create(
        source=own,
        fingerprint=_fingerprint(source.code),
        defaults={
            "labels": {"alertname": NAME, "source": source.code, "severity": "critical"},
            "annotations": {"summary": text},
            "severity": Severity.CRITICAL,
        },
        create_defaults={
            "labels": {"alertname": NAME, "source": source.code, "severity": "critical"},
            "annotations": {"summary": text},
            "severity": Severity.CRITICAL,
            "first_seen_at": at,
        },
    )
    Occurrence.objects.get_or_create(
        alarm=alarm, starts_at=since, defaults={"fired": True, "first_seen_at": at, "last_seen_at": at}
    )
    standing = dossiers.standing(kind=STANDING)
    actor = actors.for_job("monitoring")
    work.open_item(
        dossier_id=standing.pk,
        step="A.1",
        key=f"silence-{source.code}",
        role=Role.NOC,
        title=_("Revisar la fuente de alarmas en silencio: %(name)s") % {"name": source.name},
        due_at=at + DUE,
        at=at,
    )
    journal.record(dossier_id=standing.pk, act="SOURCE_SILENT", text=text, actor=actor, at=at, step="A.1")
    live.bump("board", "alarms")


def _end(occurrences: Iterable[Occurrence], when: dt.datetime, at: dt.datetime) -> int:
    ended = 0
    for occurrence in occurrences:
        Occurrence.objects.filter(pk=occurrence.pk).update(
            ends_at=max(when, occurrence.starts_at),
            resolved_at=max(when, occurrence.starts_at),
            last_seen_at=at,
        )
        code = occurrence.alarm.labels.get("source", "")
        standing = dossiers.standing(kind=STANDING)
        actor = actors.for_job("monitoring")
        work.complete(
            dossier_ids=[standing.pk],
            steps=["A.1"],
            keys=[f"silence-{code}"],
            actor=actor,
            at=at,
            withdrawn=True,
        )
        text = _("La fuente «%(code)s» volvió a enviar") % {"code": code}
        journal.record(dossier_id=standing.pk, act="SOURCE_HEARD", text=text, actor=actor, at=at, step="A.1")
        ended += 1
    if ended:
        live.bump("board", "alarms")
    return ended
