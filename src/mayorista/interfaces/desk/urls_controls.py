"""The addresses of the contract control; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import controls

urlpatterns: list[URLPattern] = [
    path("indicadores/controles/", controls.newest, name="controls-now"),
    path("indicadores/controles/<str:month>/", controls.month, name="controls"),
    path("indicadores/controles/<str:month>/red/", controls.network, name="control-network"),
    path(
        "indicadores/controles/<str:month>/red/confirmar/", controls.confirm, name="control-network-confirm"
    ),
    path(
        "indicadores/controles/<str:month>/red/<int:contract_id>/difiere/",
        controls.differ,
        name="control-network-differ",
    ),
    path("indicadores/controles/<str:month>/contrato/<str:contract>/", controls.control, name="control"),
    path(
        "indicadores/controles/<str:month>/contrato/<str:contract>/control.pdf",
        controls.paper,
        name="control-paper",
    ),
]
