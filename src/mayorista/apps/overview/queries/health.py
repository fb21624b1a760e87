"""Whether the platform's own machinery keeps up: the database, the queue, the workers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

QUEUE = """
SELECT
  coalesce(extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at))), 0)::float8,
  count(*)
FROM procrastinate_jobs j
LEFT JOIN LATERAL (
  SELECT max(at) AS at FROM procrastinate_events WHERE job_id = j.id
) e ON true
WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
"""
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'"


@dataclass(frozen=True, slots=True)
class Health:
    """`lag_seconds`: how long the oldest job that is due has waited; `due_jobs`: how many are due."""

    lag_seconds: float
    due_jobs: int
    workers: int


def health() -> Health:
    """Ask the database; raises Django's OperationalError when it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUE)
        lag, due = cursor.fetchone()
        cursor.execute(WORKERS)
        (workers,) = cursor.fetchone()
    return Health(round(max(lag, 0.0), 1), due, workers)
