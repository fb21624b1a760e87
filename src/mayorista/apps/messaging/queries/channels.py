"""The permanent light of each channel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import Channel, ChannelHealth, Direction, Message
from mayorista.apps.messaging.operations.health import adapter_of
from mayorista.apps.procedure.wiring import adapter

UNSETTLED = ("HELD", "QUEUED", "SENDING", "UNCERTAIN", "FAILED")
"""States of the index by which the lights are counted on every page."""


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
        """Whether messages go out."""
        return self.state == "OK"


def health(*, at: dt.datetime) -> tuple[ChannelLight, ...]:
    """Return the light of every channel at `at`; two reads."""
    rows = {each.channel: each for each in ChannelHealth.objects.all()}
    counts: dict[str, dict[str, Any]] = {
        each["channel"]: dict(each)
        for each in Message.objects.filter(state__in=UNSETTLED)
        .values("channel")
        .annotate(
            waiting=Count("id", filter=Q(state__in=["QUEUED", "HELD", "SENDING"])),
            uncertain=Count("id", filter=Q(state="UNCERTAIN")),
            failed=Count("id", filter=Q(state="FAILED", failed_at__gt=at - dt.timedelta(hours=24))),
            oldest=Min("created_at", filter=Q(state="QUEUED", direction=Direction.OUT)),
        )
        .order_by()
    }
    return tuple(_light(channel, rows.get(channel), counts.get(channel, {}), at) for channel in Channel)


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
