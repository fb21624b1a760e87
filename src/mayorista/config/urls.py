"""Who answers which address: one line per audience."""

from __future__ import annotations

from importlib import import_module

from django.urls import include, path

from mayorista.config.settings import PACKAGE
from mayorista.interfaces import health

urlpatterns = [
    path("salud", health.salud, name="health"),
    path("cuenta/", include("allauth.account.urls")),
    path("cuenta/2fa/", include("allauth.mfa.urls")),
]
for name in ("hooks", "desk"):  # while they are being written
    if (PACKAGE / "interfaces" / name).exists():
        try:
            import_module(f"mayorista.interfaces.{name}.urls")
        except ImportError as error:
            print(f"urls: {name}: {error}")
        else:
            urlpatterns.append(path("", include(f"mayorista.interfaces.{name}.urls")))

handler400 = "mayorista.interfaces.errors.bad_request"
handler403 = "mayorista.interfaces.errors.forbidden"
handler404 = "mayorista.interfaces.errors.not_found"
handler500 = "mayorista.interfaces.errors.server_error"
