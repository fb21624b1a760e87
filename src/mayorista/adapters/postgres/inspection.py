"""What a look at a database tells: does it answer, which version, who may do what."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

OLDEST_VERSION = 160000
JOURNAL = "procedure_journalentry"


@dataclass(frozen=True, slots=True)
class Seen:
    """`journal_is_safe` is None while the tables are not made."""

    version: int
    role: str
    owns_tables: bool
    is_superuser: bool
    journal_is_safe: bool | None
    size_mb: float
    connections: int
    most_connections: int
    clock_skew_seconds: float


def look(url: str) -> Seen:
    """Look with the role of `url`; raises psycopg.OperationalError when nothing answers."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(
            """
            SELECT current_setting('server_version_num')::int, current_user,
                   EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user),
                   (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
                   to_regclass('public.procedure_journalentry') IS NOT NULL,
                   pg_database_size(current_database()) / 1048576.0,
                   (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
                   current_setting('max_connections')::int,
                   extract(epoch FROM clock_timestamp())
            """
        ).fetchone()
        assert row is not None
        safe = None
        if row[4]:
            found = connection.execute(
                "SELECT NOT has_table_privilege(%s, 'UPDATE') AND NOT has_table_privilege(%s, 'DELETE')"
                " AND NOT has_table_privilege(%s, 'TRUNCATE')",
                [JOURNAL] * 3,
            ).fetchone()
            safe = bool(found and found[0])
    return Seen(row[0], row[1], row[2], row[3], safe, float(row[5]), row[6], row[7], float(row[8]))
