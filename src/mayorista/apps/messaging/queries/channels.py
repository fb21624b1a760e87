"""The permanent light of each channel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import Channel, ChannelHealth, MailReading
from mayorista.apps.messaging.operations.health import adapter_of
from mayorista.apps.procedure.wiring import adapter

MAILBOX = "MAILBOX"
SILENT_AFTER = dt.timedelta(minutes=10)
"""A mailbox of which nobody has heard for so long is not being read, whatever its row says."""

# Asked on every page: written out, and its states are those of the index that answers it.
_HEALTH = ("channel", "state", "code", "reason", "since", "until", "last_success_at", "checked_at")
_NAMES = (*_HEALTH, "waiting", "uncertain", "failed", "oldest")
_LIGHTS = """
SELECT COALESCE(health.channel, counted.channel), health.state, health.code, health.reason, health.since,
       health.until, health.last_success_at, health.checked_at,
       counted.waiting, counted.uncertain, counted.failed, counted.oldest
FROM messaging_channelhealth health
FULL JOIN (
    SELECT channel,
           count(*) FILTER (WHERE state IN ('QUEUED', 'HELD', 'SENDING')) AS waiting,
           count(*) FILTER (WHERE state = 'UNCERTAIN') AS uncertain,
           count(*) FILTER (WHERE state = 'FAILED' AND failed_at > %(day_ago)s) AS failed,
           min(created_at) FILTER (WHERE state = 'QUEUED' AND direction = 'OUT') AS oldest
    FROM messaging_message WHERE state IN ('HELD', 'QUEUED', 'SENDING', 'UNCERTAIN', 'FAILED')
    GROUP BY channel) counted ON counted.channel = health.channel
"""


@dataclass(frozen=True, slots=True)
class ChannelLight:
    """One channel: `state` is OK, PAUSED, STOPPED or UNCONFIGURED; `words` say it in Spanish."""

    channel: str
    title: str
    state: str
    words: str
    reason: str
    code: str
    since: dt.datetime | None
    until: dt.datetime | None
    last_success_at: dt.datetime | None
    checked_at: dt.datetime | None
    waiting: int
    oldest_waiting_at: dt.datetime | None
    uncertain: int
    failed_today: int

    @property
    def ok(self) -> bool:
        """Whether messages go out (of the mailbox: whether it is read)."""
        return self.state == "OK"


def health(*, at: dt.datetime) -> tuple[ChannelLight, ...]:
    """Return the light of every channel at `at`; one read."""
    with connection.cursor() as cursor:
        cursor.execute(_LIGHTS, {"day_ago": at - dt.timedelta(hours=24)})
        found = [dict(zip(_NAMES, row, strict=True)) for row in cursor.fetchall()]
    rows = {
        each["channel"]: ChannelHealth(**{name: each[name] for name in _HEALTH})
        for each in found
        if each["state"] is not None
    }
    counts = {each["channel"]: each for each in found if each["waiting"] is not None}
    lights = tuple(_light(channel, rows.get(channel), counts.get(channel, {}), at) for channel in Channel)
    if not adapter("mailbox").configured:
        return lights
    return (*lights, _mailbox(rows.get(MAILBOX), at))


@dataclass(frozen=True, slots=True)
class MailboxState:
    """The mailbox that is read: its light, its name, how it is waited on, and what came in the last day."""

    light: ChannelLight
    name: str
    waits_by: str
    taken: int
    unread: int
    unreadable: int


def mailbox(*, at: dt.datetime) -> MailboxState:
    """Return the state of the mailbox at `at`, configured or not."""
    row = ChannelHealth.objects.filter(pk=MAILBOX).first()
    light = _mailbox(row, at)
    day = MailReading.objects.filter(received_at__gt=at - dt.timedelta(hours=24)).aggregate(
        taken=Count("id"), unreadable=Count("id", filter=Q(outcome="UNREADABLE"))
    )
    return MailboxState(
        light=light,
        name=adapter("mailbox").name if light.state != "UNCONFIGURED" else "",
        waits_by=row.code if row is not None and light.ok else "",
        taken=day["taken"],
        unread=MailReading.objects.filter(outcome="WAITING").count(),
        unreadable=day["unreadable"],
    )


def _mailbox(row: ChannelHealth | None, at: dt.datetime) -> ChannelLight:
    row = row or ChannelHealth(channel=MAILBOX)
    state, reason = row.state, row.reason
    if not adapter("mailbox").configured:
        state = "UNCONFIGURED"
    elif state == "OK" and (row.checked_at is None or row.checked_at < at - SILENT_AFTER):
        state, reason = "PAUSED", _("Nadie lo lee desde hace más de diez minutos: ¿corre el worker?")
    words = {
        "OK": _("buzón leído"),
        "PAUSED": _("buzón sin leer: se reintenta"),
        "STOPPED": _("el buzón rechaza la entrada"),
        "UNCONFIGURED": _("sin configurar"),
    }[state]
    return ChannelLight(
        channel=MAILBOX,
        title=_("correo entrante"),
        state=state,
        words=words,
        reason=reason if state in {"PAUSED", "STOPPED"} else "",
        code=row.code if state in {"PAUSED", "STOPPED"} else "",
        since=row.since,
        until=row.until if state != "OK" else None,
        last_success_at=row.last_success_at,
        checked_at=row.checked_at,
        waiting=0,
        oldest_waiting_at=None,
        uncertain=0,
        failed_today=0,
    )


def _light(
    channel: Channel, row: ChannelHealth | None, counts: dict[str, Any], at: dt.datetime
) -> ChannelLight:
    row = row or ChannelHealth(channel=channel)
    state = row.state
    if state == "PAUSED" and row.until is not None and row.until <= at:
        state = "OK"
    if not adapter(adapter_of(channel)).configured:
        state = "UNCONFIGURED"
    words = {
        "OK": _("en servicio"),
        "PAUSED": _("en pausa"),
        "STOPPED": _("detenido"),
        "UNCONFIGURED": _("sin configurar"),
    }[state]
    return ChannelLight(
        channel=channel.value,
        title=str(channel.label),
        state=state,
        words=words,
        reason=row.reason if state in ("PAUSED", "STOPPED") else "",
        code=row.code if state in ("PAUSED", "STOPPED") else "",
        since=row.since,
        until=row.until if state == "PAUSED" else None,
        last_success_at=row.last_success_at,
        checked_at=row.checked_at,
        waiting=counts.get("waiting", 0),
        oldest_waiting_at=counts.get("oldest"),
        uncertain=counts.get("uncertain", 0),
        failed_today=counts.get("failed", 0),
    )
