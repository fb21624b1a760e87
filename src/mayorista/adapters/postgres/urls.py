"""Which database this process talks to: the one that is configured, else the private cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.adapters.postgres.cluster import APP_ROLE, OWNER_ROLE, Cluster

if TYPE_CHECKING:
    from mayorista.adapters.host.environment import Environment


def for_app(environment: Environment) -> str:
    """The URL of the application's role."""
    return environment.database_url or Cluster(environment.data).url(APP_ROLE)


def for_owner(environment: Environment) -> str:
    """The URL of the migrations' role; the application's own when only DATABASE_URL is given."""
    if environment.owner_database_url:
        return environment.owner_database_url
    return environment.database_url or Cluster(environment.data).url(OWNER_ROLE)
