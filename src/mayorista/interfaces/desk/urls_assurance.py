"""The addresses of the papers about the service given; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from mayorista.interfaces.desk.views import assurance

MONTH = r"(?P<month>\d{4}-\d{2})"
urlpatterns: list[URLPattern] = [
    path("informes/", assurance.newest, name="reports-newest"),
    re_path(rf"^informes/{MONTH}/$", assurance.month, name="reports"),
    re_path(rf"^informes/{MONTH}/emitir/$", assurance.issue, name="reports-issue"),
    re_path(rf"^informes/{MONTH}/(?P<code>[\w.-]+)/$", assurance.report, name="report"),
    re_path(rf"^informes/{MONTH}/(?P<code>[\w.-]+)/emitir/$", assurance.issue_one, name="report-issue"),
    re_path(rf"^informes/{MONTH}/(?P<code>[\w.-]+)/enviar/$", assurance.send, name="report-send"),
]
