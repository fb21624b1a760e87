"""What a look at a database tells: does it answer, which version, who may do what, which rights are wanting."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import psycopg.sql

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


class RightsMissing(Exception):
    """The role may not do what is about to be done; the message holds the statements that an administrator gives."""


def require_rights(url: str, *, anew: bool = False) -> None:
    """Refuse with what is to be granted, before anything is touched, when the role of `url` lacks a right.

    Migrations make tables in `public` and the extension pg_trgm (a trusted one: CREATE on the database
    is enough); `anew` is a restore, which also makes the schema itself anew. Raises RightsMissing, and
    psycopg.OperationalError when nothing answers.
    """
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(
            """
            SELECT current_user, current_database(),
                   has_database_privilege(current_database(), 'CREATE'),
                   EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm'),
                   has_schema_privilege('public', 'CREATE'),
                   (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public')
            """
        ).fetchone()
        assert row is not None
        role, database, on_database, extension, on_schema, owns_schema = row
        quoted, named = (psycopg.sql.Identifier(name).as_string(connection) for name in (role, database))
    wanting = []
    if not on_database and (anew or not extension):
        wanting.append(f"GRANT CREATE ON DATABASE {named} TO {quoted};")
    if anew and not owns_schema:
        wanting.append(f"ALTER SCHEMA public OWNER TO {quoted};")
    elif not on_schema:
        wanting.append(f"GRANT CREATE, USAGE ON SCHEMA public TO {quoted};")
    if wanting:
        raise RightsMissing(
            f"Al rol «{role}» le faltan permisos en la base de datos «{database}»; no se cambió nada. Remedio: que su "
            f"administrador ejecute en ella: {' '.join(wanting)}"
        )
