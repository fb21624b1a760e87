"""Every request gets an id and one line in the log; nothing that was typed is written there."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from mayorista.adapters.host.logs import request_id
from mayorista.interfaces import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

log = logging.getLogger("mayorista.web")
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
QUIET = ("/static/", "/salud")


class RequestLog:
    """Middleware: X-Request-ID in and out, method, path, status, milliseconds and user in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex[:16]
        mark = request_id.set(name)
        begun = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = name
            if not request.path.startswith(QUIET) or response.status_code >= 400:
                _write(request, response, time.perf_counter() - begun)
            return response
        finally:
            request_id.reset(mark)


class BodyLimit:
    """Middleware: a body larger than any form of ours is refused before it is read; the hooks have limits of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or "0"
        if not told.isdecimal() or int(told) > settings.LARGEST_BODY:
            request.plain_error = True  # type: ignore[attr-defined]  # nobody has come in yet
            megabytes = settings.LARGEST_BODY // 1024**2
            remedy = _("Lo más grande que se recibe son %(size)d MB: divida el archivo o redúzcalo.")
            return errors.page(request, 413, "", remedy % {"size": megabytes})
        return self.get_response(request)


def client_address(request: HttpRequest) -> str:
    """Where the request comes from: the last hop's word when it is our own proxy, else the socket."""
    if settings.TRUSTED_PROXY:
        forwarded: str = request.headers.get("X-Forwarded-For", "")
        if forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _write(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    log.info(
        "%s %s",
        request.method,
        request.path,
        extra={
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "from": client_address(request),
            "user": getattr(getattr(request, "_cached_user", None), "pk", None),
        },
    )
