"""Take in what a source posted: one transaction, a handful of set-based statements (A.1, G-42).

# Note [Occurrences do not depend on order]
An occurrence is (alarm, starts_at). Its end is what the source said (`resolved_at`, the latest when
it says several), else the beginning of the next occurrence that fired, else none. Firing never takes
an end away; a resolved report touches its own occurrence only. So any order, repetition and
concurrency of posts ends in the same rows. Alarm rows are locked first, in the order of their
fingerprints; what follows sees everything that was committed before.

# Note [Intake in the database]
The statements are one function in the database (migrations/sql/take_post_*.sql): one round trip, no
planning, and plans that do not go stale while a storm fills empty tables. That is a third of the
CPU that the same statements take when they are sent one by one.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg import Cursor

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from mayorista.rules.alarms.values import Alarm, Report

CHANNEL = "mayorista_alarms"
COMPRESS_FROM = 2_000

TAKE_POST = """
SELECT post_id, changes FROM monitoring_take_post(
    %s, %s, %b, %s, %s, %s, %s::text::jsonb, %s::text::jsonb, %s::text::jsonb, %s
)
"""


@dataclass(frozen=True, slots=True)
class Post:
    """A body as it came: `body` as sent, `encoding` "" or "gzip", `size` of its text in bytes."""

    body: bytes
    encoding: str
    size: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was stored: the post's id, alarms taken, alarms put into quarantine, changes to correlate."""

    post_id: int
    alarms: int
    rejected: int
    changes: int


def take(*, source_id: int, post: Post, report: Report, at: dt.datetime) -> Receipt:
    """Store a post with its alarms and occurrences and wake the correlator when anything is new.

    `report` is the post in words of `rules.alarms`. One transaction (the caller's, if there is one).
    Raises Django's OperationalError when the database is away or the post lost a race: try again.
    """
    rejected: list[dict[str, Any]] = [
        {"p": each.position, "r": each.reason, "x": each.excerpt} for each in report.rejected
    ]
    if report.truncated:
        reason = f"El Alertmanager cortó {report.truncated} alertas de este envío (max_alerts)."
        rejected.append({"p": None, "r": reason, "x": ""})
    lists: list[list[Any]] = [_alarms(report.alarms), _rounds(report.alarms), rejected]
    post_id, changes = _store(source_id, post, at, lists, report.truncated)
    return Receipt(post_id, len(report.alarms), len(rejected), changes)


def reject(*, source_id: int, post: Post, reason: str, at: dt.datetime) -> Receipt:
    """Store a post whose body could not be understood as a whole, and put it into quarantine."""
    post_id, changes = _store(source_id, post, at, [[], [], [{"p": None, "r": reason, "x": ""}]], 0)
    return Receipt(post_id, 0, 1, changes)


def _store(
    source_id: int, post: Post, at: dt.datetime, lists: Sequence[Sequence[Any]], truncated: int
) -> tuple[int, int]:
    """Call the function; `lists` are its alarms, rounds and rejected. Returns the post's id and the changes."""
    body, encoding = post.body, post.encoding
    if not encoding and len(body) >= COMPRESS_FROM:
        body, encoding = gzip.compress(body, compresslevel=1, mtime=0), "gzip"
    sha256 = hashlib.sha256(post.body).hexdigest()
    texts = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in lists]
    with connection.wrap_database_errors:
        row = (
            _server_cursor()
            .execute(
                TAKE_POST,
                [source_id, at, body, encoding, sha256, post.size, *texts, truncated],
                prepare=True,
            )
            .fetchone()
        )
    assert row is not None
    return row[0], row[1]


def _server_cursor() -> Cursor[Any]:
    """A cursor that binds on the server: bodies of megabytes are not written into SQL text."""
    connection.ensure_connection()
    raw = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = 5
    return Cursor(raw)


def _alarms(alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
    """Each alarm once, with the labels and texts of its youngest occurrence in the post."""
    youngest: dict[str, Alarm] = {}
    for alarm in alarms:
        known = youngest.get(alarm.fingerprint)
        if known is None or alarm.starts_at >= known.starts_at:
            youngest[alarm.fingerprint] = alarm
    return [
        {"f": each.fingerprint, "l": each.labels, "a": each.annotations, "v": each.severity, "u": each.link}
        for each in youngest.values()
    ]


def _rounds(alarms: Sequence[Alarm]) -> list[list[dict[str, Any]]]:
    """The occurrences of a post in lists in which each alarm stands at most once, oldest first.

    The same occurrence reported twice in one post counts once: ended, if either says so.
    """
    merged: dict[tuple[str, dt.datetime], list[Alarm]] = {}
    for alarm in alarms:
        merged.setdefault((alarm.fingerprint, alarm.starts_at), []).append(alarm)
    rounds: list[list[dict[str, Any]]] = []
    taken: dict[str, int] = {}
    for (fingerprint, starts_at), reports in _oldest_first(merged):
        for ends_at in _facts(reports):
            place = taken.get(fingerprint, 0)
            taken[fingerprint] = place + 1
            if place == len(rounds):
                rounds.append([])
            end = None if ends_at is None else ends_at.isoformat()
            rounds[place].append({"f": fingerprint, "s": starts_at.isoformat(), "e": end})
    return rounds


def _oldest_first(
    merged: dict[tuple[str, dt.datetime], list[Alarm]],
) -> list[tuple[tuple[str, dt.datetime], list[Alarm]]]:
    several = len({fingerprint for fingerprint, _start in merged}) < len(merged)
    return sorted(merged.items(), key=lambda item: item[0]) if several else list(merged.items())


def _facts(reports: Sequence[Alarm]) -> list[dt.datetime | None]:
    """That it fired (None) and its latest end, each at most once."""
    ends = [alarm.ends_at for alarm in reports if alarm.ends_at is not None]
    fired: list[dt.datetime | None] = [None] if len(ends) < len(reports) else []
    return [*fired, max(ends)] if ends else fired
