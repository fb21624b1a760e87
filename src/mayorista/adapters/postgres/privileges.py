"""What the application's role may do with tables that the migrations' role will make.

Said before the tables are made, by default privileges: a later `GRANT … ON ALL TABLES` would give
back what migrations took away from the append-only ones.
"""

from __future__ import annotations

from mayorista.adapters.postgres.cluster import APP_ROLE


def statements(app_role: str = APP_ROLE) -> list[str]:
    """SQL for the migrations' role to run before its first migration; safe to repeat."""
    role = '"' + app_role.replace('"', '""') + '"'
    return [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ]
