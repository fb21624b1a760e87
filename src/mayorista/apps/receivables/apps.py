"""Stage B, the money: collection, receipts, notices to accounting."""

from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    """Declare the room `receivables`."""

    name = "mayorista.apps.receivables"
    label = "receivables"
    verbose_name = "Cobranzas"
    default_auto_field = "django.db.models.BigAutoField"
