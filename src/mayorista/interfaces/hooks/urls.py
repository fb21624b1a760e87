"""Addresses that machines post to."""

from django.urls import path

from mayorista.interfaces.hooks import alertmanager, whatsapp

urlpatterns = [
    path("hooks/alertmanager/<str:source>", alertmanager.receive, name="hook-alertmanager"),
    path("hooks/whatsapp", whatsapp.receive, name="hook-whatsapp"),
]
