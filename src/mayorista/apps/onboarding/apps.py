"""Registration of the onboarding room."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """The onboarding room."""

    name = "mayorista.apps.onboarding"
    label = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"
