"""Who answers which address: one line per audience."""

from __future__ import annotations

from django.urls import include, path, re_path

from mayorista.interfaces import accounts, health

urlpatterns = [
    path("salud", health.salud, name="health"),
    re_path(accounts.NOT_OFFERED, accounts.not_offered),
    path("cuenta/", include("allauth.account.urls")),
    path("cuenta/2fa/", include("allauth.mfa.urls")),
    path("", include("mayorista.interfaces.hooks.urls")),
    path("", include("mayorista.interfaces.desk.urls")),
]

handler400 = "mayorista.interfaces.errors.bad_request"
handler403 = "mayorista.interfaces.errors.forbidden"
handler404 = "mayorista.interfaces.errors.not_found"
handler500 = "mayorista.interfaces.errors.server_error"
