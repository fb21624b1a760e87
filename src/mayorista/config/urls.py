"""Who answers which address: one line per audience."""

from __future__ import annotations

from django.urls import include, path

from mayorista.config.settings import PACKAGE
from mayorista.interfaces import health

urlpatterns = [
    path("salud", health.salud, name="health"),
    path("cuenta/", include("allauth.account.urls")),
    path("cuenta/2fa/", include("allauth.mfa.urls")),
    *[
        path("", include(f"mayorista.interfaces.{name}.urls"))
        for name in ("hooks", "desk")
        if (PACKAGE / "interfaces" / name / "urls.py").exists()
    ],
]
