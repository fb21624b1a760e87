"""`/salud`: for load balancers and monitoring, without login and without anything worth knowing to a stranger."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.http import JsonResponse
from django.views.decorators.http import require_safe

from mayorista import __version__
from mayorista.apps.overview.queries import health as queries

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

log = logging.getLogger("mayorista.web")


@require_safe
def salud(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """200 while the database answers, else 503; with the lag of the queue in seconds and the workers alive."""
    try:
        found = queries.health()
    except DatabaseError as error:
        log.warning("health: the database does not answer: %s", error)
        return JsonResponse({"database": "no responde", "version": __version__}, status=503)
    return JsonResponse(
        {
            "database": "ok",
            "queue_lag_seconds": found.lag_seconds,
            "queue_due": found.due_jobs,
            "workers": found.workers,
            "version": __version__,
        },
        headers={"Cache-Control": "no-store"},
    )
