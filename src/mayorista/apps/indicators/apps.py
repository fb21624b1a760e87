"""The measure of the procedure (III.2)."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Declare the room `indicators`."""

    name = "mayorista.apps.indicators"
    label = "indicators"
    verbose_name = "Indicadores"
    default_auto_field = "django.db.models.BigAutoField"
