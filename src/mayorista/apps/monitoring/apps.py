"""Registration of the monitoring room."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """The monitoring room."""

    name = "mayorista.apps.monitoring"
    label = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"
