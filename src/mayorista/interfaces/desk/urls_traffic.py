"""The addresses of traffic samples; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from mayorista.interfaces.desk.views import traffic

urlpatterns: list[URLPattern] = [
    path("trafico/", traffic.traffic, name="traffic"),
    path("trafico/subir/", traffic.upload, name="traffic-upload"),
    path("trafico/fuentes/", traffic.sources, name="traffic-sources"),
    path("trafico/fuentes/nueva/", traffic.new_source, name="traffic-source-new"),
    path("trafico/fuentes/<int:source_id>/clave/", traffic.rotate, name="traffic-source-rotate"),
    path("trafico/fuentes/<int:source_id>/encender/", traffic.switch, name="traffic-source-switch"),
    re_path(r"^trafico/(?P<month>\d{4}-\d{2})/(?P<circuit>[^/]+)/$", traffic.port, name="traffic-port"),
]
