"""The spine of the house: dossiers, journal, work items, files, people and roles."""

from django.apps import AppConfig


class ProcedureConfig(AppConfig):
    """Declare the room `procedure`."""

    name = "mayorista.apps.procedure"
    label = "procedure"
    verbose_name = "Procedimiento"
    default_auto_field = "django.db.models.BigAutoField"
