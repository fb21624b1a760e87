"""La Paz time on paper: Bolivia keeps UTC-4 all year, so the zone is a constant and needs no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

LA_PAZ = timezone(timedelta(hours=-4), "America/La_Paz")


def local(at: datetime) -> datetime:
    """The instant `at` (aware) on a clock in La Paz."""
    if at.tzinfo is None:
        msg = "a moment without zone can not be placed in La Paz"
        raise ValueError(msg)
    return at.astimezone(LA_PAZ)


def moment(at: datetime | None) -> str:
    """`23/11/2026 21:55`; empty when there is no moment. Seconds are cut, not rounded."""
    return "" if at is None else f"{local(at):%d/%m/%Y %H:%M}"


def exact(at: datetime | None) -> str:
    """The same with its seconds when there are any: where durations are counted from it."""
    if at is None:
        return ""
    here = local(at)
    return f"{here:%d/%m/%Y %H:%M:%S}" if here.second else moment(at)


def clock(at: datetime | None) -> str:
    """`21:55`, for tables whose day is known from elsewhere."""
    return "" if at is None else f"{local(at):%H:%M}"


def day(on: date | None) -> str:
    """`27/11/2026`."""
    return "" if on is None else f"{on:%d/%m/%Y}"


def utc(at: datetime) -> str:
    """The instant as canonical text, `2026-11-24T01:55:00Z`: one instant, one spelling."""
    if at.tzinfo is None:
        msg = "a moment without zone has no canonical text"
        raise ValueError(msg)
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(seconds: int) -> str:
    """`04:17` (hours and minutes), `04:17:30` when seconds are left; never rounded."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}" + (f":{rest:02d}" if rest else "")


def span(seconds: int) -> str:
    """How long, roughly, as people say it: `40 s`, `14 min`, `1 h 39 min`, `3 d 4 h`."""
    seconds = abs(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
