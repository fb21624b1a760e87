"""The addresses of the register of documents; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import records

urlpatterns: list[URLPattern] = [
    path("documentos/", records.register, name="records"),
    path("documentos/copia/<int:file_id>/", records.copy, name="record-copy"),
    path("documentos/<str:code>/", records.records_of, name="records-of"),
]
