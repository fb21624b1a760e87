"""The papers about the service given."""

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    """Declare the room `assurance`."""

    name = "mayorista.apps.assurance"
    label = "assurance"
    verbose_name = "Informes"
    default_auto_field = "django.db.models.BigAutoField"
