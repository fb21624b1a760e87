"""What silences an alarm for a while: maintenance windows and suspensions (G-42, G-47).

Muted is not gone: the alarm stays visible, and what still fires when the silence ends counts from
that end. Periods are half-open: the instant of the end is no longer silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Mute:
    """A silence of one service: by a maintenance window or by a suspension (`ends_at` None = open)."""

    service_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    maintenance_id: int | None = None
    suspension_id: int | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """From when an occurrence counts for a service (None = not yet, or never), and what muted it."""

    counts_from: dt.datetime | None
    muted_by: Mute | None = None


def hear(
    starts_at: dt.datetime, ends_at: dt.datetime | None, mutes: Iterable[Mute], now: dt.datetime
) -> Hearing:
    """Decide from when an occurrence counts, given the mutes of one service.

    Silences that touch one another are walked through in order. `now` is the present: a silence that
    has not ended yet mutes until somebody looks again.
    """
    counts_from = starts_at
    muted_by: Mute | None = None
    for mute in sorted(
        mutes, key=lambda mute: (mute.starts_at, mute.maintenance_id or 0, mute.suspension_id or 0)
    ):
        if not mute.starts_at <= counts_from:
            break
        if mute.ends_at is not None and mute.ends_at <= counts_from:
            continue
        muted_by = mute
        if mute.ends_at is None or mute.ends_at > now or (ends_at is not None and ends_at <= mute.ends_at):
            return Hearing(None, mute)
        counts_from = mute.ends_at
    return Hearing(counts_from, muted_by)
