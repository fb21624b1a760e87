"""From a connection URL, or the private cluster's folder, to Django's DATABASES."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from mayorista.adapters.host.environment import Environment
from mayorista.adapters.postgres.cluster import APP_ROLE, OWNER_ROLE, Cluster


def url_for_app(environment: Environment) -> str:
    """The URL of the application's role."""
    return environment.database_url or Cluster(environment.data).url(APP_ROLE)


def url_for_owner(environment: Environment) -> str:
    """The URL of the migrations' role; the application's own when only DATABASE_URL is given."""
    if environment.owner_database_url:
        return environment.owner_database_url
    return environment.database_url or Cluster(environment.data).url(OWNER_ROLE)


def django_database(url: str, *, pooled: int = 0) -> dict[str, Any]:
    """One entry of DATABASES for a PostgreSQL URL; `pooled` is the most connections of its pool (0: none)."""
    parts = dict(conninfo_to_dict(url))
    options: dict[str, Any] = {"application_name": "mayorista"}
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "mayorista"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "") or ""),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if pooled else 600,
        "OPTIONS": options,
    }
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": pooled, "timeout": 10, "max_idle": 120}
    return database | {"OPTIONS": options | parts}
