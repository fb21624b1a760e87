"""Tell open screens that there is something new."""

from __future__ import annotations

from django.db import connection, transaction


def _write(topics: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO procedure_livetopic (name, version) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET version = procedure_livetopic.version + 1",
            [[topic] for topic in sorted(topics)],
        )


def bump(*topics: str) -> None:
    """Count the topics' versions up after the current transaction commits.

    After, not within: the row would serialise every writer. A process that dies in between leaves
    screens to their own periodic refresh.
    """
    transaction.on_commit(lambda: _write(list(topics)))
