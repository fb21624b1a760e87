"""Addresses that machines post to."""

from django.urls import path

from mayorista.interfaces.hooks import alertmanager, traffic, whatsapp

urlpatterns = [
    path("hooks/alertmanager/<str:source>", alertmanager.receive, name="hook-alertmanager"),
    path("hooks/trafico/<str:source>", traffic.receive, name="hook-traffic"),
    path("hooks/whatsapp", whatsapp.receive, name="hook-whatsapp"),
]
