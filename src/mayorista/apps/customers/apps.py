"""Registration of the customers room."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """The customers room."""

    name = "mayorista.apps.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
