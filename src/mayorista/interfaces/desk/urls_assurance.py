"""The addresses of the papers about the service given; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from mayorista.interfaces.desk.views import assurance, provider_claims, rfos

MONTH = r"(?P<month>\d{4}-\d{2})"
PROVIDER = r"(?P<provider>[^/]+)"
urlpatterns: list[URLPattern] = [
    path("informes/", assurance.newest, name="reports-newest"),
    path("informes/papel/<str:number>/", assurance.paper, name="paper"),
    re_path(rf"^informes/{MONTH}/$", assurance.month, name="reports"),
    re_path(rf"^informes/{MONTH}/emitir/$", assurance.issue, name="reports-issue"),
    re_path(rf"^informes/{MONTH}/enviar/$", assurance.send_many, name="reports-send"),
    re_path(rf"^informes/{MONTH}/proveedores/$", provider_claims.month, name="provider-claims"),
    re_path(rf"^informes/{MONTH}/proveedores/{PROVIDER}/$", provider_claims.claim, name="provider-claim"),
    re_path(
        rf"^informes/{MONTH}/proveedores/{PROVIDER}/aprobar/$",
        provider_claims.approve,
        name="provider-claim-approve",
    ),
    re_path(
        rf"^informes/{MONTH}/proveedores/{PROVIDER}/enviar/$",
        provider_claims.send,
        name="provider-claim-send",
    ),
    path("danos/<str:number>/relojes/", provider_claims.clocks, name="case-clocks"),
    path("danos/<str:number>/rfo/", rfos.rfo, name="rfo"),
    path("danos/<str:number>/rfo/aprobar/", rfos.approve, name="rfo-approve"),
    path("danos/<str:number>/rfo/enviar/", rfos.send, name="rfo-send"),
    re_path(rf"^informes/{MONTH}/(?P<code>[\w.-]+)/$", assurance.report, name="report"),
    re_path(rf"^informes/{MONTH}/(?P<code>[\w.-]+)/emitir/$", assurance.issue_one, name="report-issue"),
    re_path(rf"^informes/{MONTH}/(?P<code>[\w.-]+)/enviar/$", assurance.send, name="report-send"),
]
