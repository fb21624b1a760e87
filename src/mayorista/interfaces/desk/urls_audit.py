"""The addresses of auditing; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import audit

urlpatterns: list[URLPattern] = [
    path("auditoria/", audit.journal, name="audit"),
    path("auditoria/bitacora.csv", audit.journal_csv, name="audit-csv"),
    path("auditoria/bitacora.xes", audit.journal_xes, name="audit-xes"),
    path("auditoria/sellos/", audit.seals, name="audit-seals"),
]
