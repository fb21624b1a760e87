"""The address of conformance; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import conformance

urlpatterns: list[URLPattern] = [
    path("auditoria/conformidad/", conformance.newest, name="conformance-now"),
    path("auditoria/conformidad/<str:month>/", conformance.month, name="conformance"),
]
