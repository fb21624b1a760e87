"""From a connection URL to Django's DATABASES."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict


def django_database(url: str, *, pooled: int = 0) -> dict[str, Any]:
    """One entry of DATABASES for a PostgreSQL URL; `pooled` is the most connections of its pool (0: none)."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    options: dict[str, Any] = {"application_name": "mayorista"}
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": pooled, "timeout": 10, "max_idle": 120}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "mayorista"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "") or ""),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if pooled else 600,
        "OPTIONS": options | parts,
    }
