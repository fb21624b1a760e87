"""The addresses of the regulator's sheet; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import regulator

urlpatterns: list[URLPattern] = [
    path("indicadores/att/", regulator.newest, name="regulator-now"),
    path("indicadores/att/<str:month>/", regulator.month, name="regulator"),
    path("indicadores/att/<str:month>/plazos-att.pdf", regulator.paper, name="regulator-paper"),
    path("indicadores/att/dano/<str:number>/", regulator.answer, name="regulator-answer"),
]
