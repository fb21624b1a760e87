"""Operations that migrations share."""

from __future__ import annotations

from django.db.migrations import RunSQL

APP_ROLE = "mayorista_app"


def append_only(table: str) -> RunSQL:
    """Take UPDATE, DELETE and TRUNCATE on `table` from the application's database role.

    The table's owner (the migrations role) keeps them, for retention by command. Harmless where the
    application's role does not exist.
    """
    statement = (
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN "  # noqa: S608 - names of ours
        f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {APP_ROLE}; END IF; END $$'
    )
    return RunSQL(statement, RunSQL.noop)
