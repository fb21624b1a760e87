"""Stage A: faults, cases, outages, D.A.C."""

from django.apps import AppConfig


class FaultsConfig(AppConfig):
    """Declare the room `faults`."""

    name = "mayorista.apps.faults"
    label = "faults"
    verbose_name = "Daños"
    default_auto_field = "django.db.models.BigAutoField"
