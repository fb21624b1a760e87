"""Registration of the messaging room."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """The messaging room."""

    name = "mayorista.apps.messaging"
    label = "messaging"
    verbose_name = "Mensajes"
    default_auto_field = "django.db.models.BigAutoField"
