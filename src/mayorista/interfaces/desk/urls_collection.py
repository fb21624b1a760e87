"""The addresses of collection; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import collection

urlpatterns: list[URLPattern] = [
    path("cobranza/recordatorios/", collection.reminder_list, name="reminders"),
    path("cobranza/recordatorios/liberar/", collection.release, name="reminder-release"),
    path("cobranza/recordatorios/<int:mail_id>/deshacer/", collection.undo, name="reminder-undo"),
]
