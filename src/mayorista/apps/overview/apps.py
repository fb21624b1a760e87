"""The overview as a Django app; it owns no rows."""

from __future__ import annotations

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """Read-only queries over all rooms."""

    name = "mayorista.apps.overview"
    label = "overview"
