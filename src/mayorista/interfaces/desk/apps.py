"""The desk as a Django app, so that its templates, tags and static files are found."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Screens of the carrier's own people."""

    name = "mayorista.interfaces.desk"
    label = "desk"
    verbose_name = "Escritorio"
