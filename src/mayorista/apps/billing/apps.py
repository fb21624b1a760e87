"""Stage B, the amount: from the coordination of the month to the dispatched invoice."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Declare the room `billing`."""

    name = "mayorista.apps.billing"
    label = "billing"
    verbose_name = "Facturación"
    default_auto_field = "django.db.models.BigAutoField"
