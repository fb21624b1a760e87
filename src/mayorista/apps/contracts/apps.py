"""Registration of the contracts room."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """The contracts room."""

    name = "mayorista.apps.contracts"
    label = "contracts"
    default_auto_field = "django.db.models.BigAutoField"
