"""The addresses of the supervision desk; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import supervision

urlpatterns: list[URLPattern] = [
    path("supervision/", supervision.desk, name="supervision"),
    path("supervision/danos/", supervision.cases, name="supervision-cases"),
    path("supervision/controles/", supervision.controls, name="supervision-controls"),
    path("supervision/pasos/<str:code>/", supervision.step, name="supervision-step"),
    path("supervision/riesgos/<slug:slug>/", supervision.risk, name="supervision-risk"),
]
