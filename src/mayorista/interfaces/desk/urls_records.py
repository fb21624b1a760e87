"""The addresses of the register of documents; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import disposal, records

urlpatterns: list[URLPattern] = [
    path("documentos/", records.register, name="records"),
    path("documentos/copia/<int:file_id>/", records.copy, name="record-copy"),
    path("documentos/retenciones/", disposal.holds, name="record-holds"),
    path("documentos/retenciones/<int:hold_id>/levantar/", disposal.lift, name="record-hold-lift"),
    path("documentos/actas/", disposal.acts, name="disposals"),
    path("documentos/actas/<int:disposal_id>/", disposal.act, name="disposal"),
    path("documentos/<str:code>/", records.records_of, name="records-of"),
    path("documentos/<str:code>/eliminar/", disposal.propose, name="disposal-propose"),
]
