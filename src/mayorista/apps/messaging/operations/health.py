"""Whether a channel works: pauses, stops, checks and revival, for a channel and for one recipient."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import Channel, ChannelHealth, DestinationPause
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules.delivery import back_off, pair_back_off
from mayorista.rules.errors import Invalid
from mayorista.rules.ports.messages import ChannelStopped, DeliveryProblem
from mayorista.rules.procedure import Act, Role

JOB = "mensajes"
TOLD_AFTER_FAILURES = 3
"""Failures in a row of a whole channel after which a person is told."""

LIMIT_PAUSE = dt.timedelta(minutes=30)
_SUCCESS_RESOLUTION = dt.timedelta(seconds=60)


def adapter_of(channel: str) -> str:
    """Name of the port a channel goes out by."""
    return "whatsapp" if channel == Channel.WHATSAPP else "mail"


def row(channel: str) -> ChannelHealth:
    """Return the channel's row, made if there is none."""
    found = ChannelHealth.objects.filter(pk=channel).first()
    if found is None:
        ChannelHealth.objects.bulk_create([ChannelHealth(channel=channel)], ignore_conflicts=True)
        found = ChannelHealth.objects.get(pk=channel)
    return found


def worked(*, channel: str, destination: str, at: dt.datetime) -> None:
    """A message was taken: the recipient's pause and the channel's count of failures end."""
    DestinationPause.objects.filter(channel=channel, destination=destination).delete()
    row(channel)
    healthy = Q(state="OK", failures=0, last_success_at__gt=at - _SUCCESS_RESOLUTION)
    changed = (
        ChannelHealth.objects.filter(pk=channel)
        .exclude(healthy)
        .exclude(state="STOPPED")
        .update(state="OK", failures=0, code="", reason="", until=None, last_success_at=at)
    )
    if changed:
        _withdraw_item(channel, at)


def pause_destination(*, channel: str, destination: str, code: str, at: dt.datetime) -> dt.datetime:
    """One recipient gets nothing for 4^n seconds, n the refusals in a row; return until when."""
    pause, made = DestinationPause.objects.get_or_create(
        channel=channel, destination=destination, defaults={"until": at + pair_back_off(1), "code": code}
    )
    if not made:
        failures = pause.failures + 1
        pause.until, pause.failures, pause.code = at + pair_back_off(failures), failures, code
        pause.save(update_fields=["until", "failures", "code"])
    return pause.until


def pause_channel(
    *, channel: str, code: str, reason: str, at: dt.datetime, retry_after: int = 0, long: bool = False
) -> dt.datetime:
    """The whole channel waits, longer at each failure in a row; return until when.

    `long` is for limits of our account: half an hour at least, and a person is told at once.
    """
    row(channel)
    health = ChannelHealth.objects.select_for_update().get(pk=channel)
    if health.state == "STOPPED":
        return at + dt.timedelta(minutes=5)
    if health.until is not None and health.until > at and health.state == "PAUSED":
        return health.until  # several workers met the same obstacle at once: it counts once
    health.failures += 1
    pause = back_off(health.failures, seed=f"{channel}:{health.failures}", retry_after=retry_after)
    health.until = at + (max(pause, LIMIT_PAUSE) if long else pause)
    if health.state != "PAUSED":
        health.since = at
    health.state, health.code, health.reason = "PAUSED", code[:40], reason[:500]
    health.save()
    if long or health.failures == TOLD_AFTER_FAILURES:
        _open_item(channel, reason, at)
    live.bump("channels")
    return health.until


def stop_channel(*, channel: str, code: str, reason: str, at: dt.datetime) -> None:
    """Nothing will go by this channel until a check succeeds or a person resumes it."""
    row(channel)
    stopped = (
        ChannelHealth.objects.filter(pk=channel)
        .exclude(state="STOPPED")
        .update(state="STOPPED", code=code[:40], reason=reason[:500], since=at, until=None)
    )
    if stopped:
        _open_item(channel, reason, at)
        journal.record(
            dossier_id=_dossier_id(),
            act="CHANNEL_STOPPED",
            text=_("Canal %(channel)s detenido: %(reason)s (código %(code)s)")
            % {"channel": Channel(channel).label, "reason": reason, "code": code},
            actor=for_job(JOB),
            at=at,
            payload={"channel": channel, "code": code},
        )
        live.bump("channels")


@transaction.atomic
def resume_channel(*, channel: str, actor: Actor, at: dt.datetime) -> None:
    """Let a stopped or paused channel try again. The sweep defers what waits."""
    require(actor, Act.ADMINISTER)
    if channel not in Channel.values:
        raise Invalid(_("No existe ese canal."), field="channel")
    _revive(channel, actor, at)


def _revive(channel: str, actor: Actor, at: dt.datetime) -> None:
    row(channel)
    revived = (
        ChannelHealth.objects.filter(pk=channel)
        .exclude(state="OK")
        .update(state="OK", failures=0, code="", reason="", since=at, until=None)
    )
    if revived:
        work.complete(dossier_ids=[_dossier_id()], actor=actor, at=at, keys=[_key(channel)])
        journal.record(
            dossier_id=_dossier_id(),
            act="CHANNEL_RESUMED",
            text=_("Canal %(channel)s reanudado") % {"channel": Channel(channel).label},
            actor=actor,
            at=at,
            payload={"channel": channel},
        )
        live.bump("channels")


def check_channels(*, at: dt.datetime) -> None:
    """Ask each configured channel whether it would take a message, without sending one.

    A stopped channel that answers again is revived; one whose access ended is stopped before anybody
    waits for a message (a green light over a dead token helps nobody).
    """
    for channel in Channel.values:
        port = adapter(adapter_of(channel))
        if not port.configured:
            continue
        try:
            port.check()
        except ChannelStopped as problem:
            with transaction.atomic():
                stop_channel(channel=channel, code=problem.code, reason=problem.text, at=at)
        except DeliveryProblem as problem:
            with transaction.atomic():
                pause_channel(channel=channel, code=problem.code, reason=problem.text, at=at)
        else:
            with transaction.atomic():
                if row(channel).state == "STOPPED" or _overdue(channel, at):
                    _revive(channel, for_job(JOB), at)
        ChannelHealth.objects.filter(pk=channel).update(checked_at=at)


def _overdue(channel: str, at: dt.datetime) -> bool:
    return (
        ChannelHealth.objects.filter(pk=channel, state="PAUSED", until__lte=at)
        .filter(~Q(code__in=["131048", "131064"]))
        .exists()
    )


def forget_old_pauses(*, at: dt.datetime) -> None:
    """Drop recipients' pauses that ended an hour ago: their count of refusals begins anew."""
    DestinationPause.objects.filter(until__lt=at - dt.timedelta(hours=1)).delete()
    ChannelHealth.objects.filter(state="PAUSED", until__lt=at - dt.timedelta(hours=1)).update(
        state="OK", failures=0, code="", reason="", since=F("until"), until=None
    )


def _dossier_id() -> int:
    return dossiers.standing(kind="CHANNELS").id


def _key(channel: str) -> str:
    return f"canal:{channel}"


def _open_item(channel: str, reason: str, at: dt.datetime) -> None:
    work.open_item(
        dossier_id=_dossier_id(),
        step="",
        role=Role.ADMIN,
        title=(
            _("Canal %(channel)s sin salida: %(reason)s")
            % {"channel": Channel(channel).label, "reason": reason}
        )[:200],
        due_at=at,
        at=at,
        key=_key(channel),
    )


def _withdraw_item(channel: str, at: dt.datetime) -> None:
    work.complete(
        dossier_ids=[_dossier_id()], actor=for_job(JOB), at=at, keys=[_key(channel)], withdrawn=True
    )
