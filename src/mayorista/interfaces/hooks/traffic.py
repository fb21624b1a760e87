"""`POST /hooks/trafico/<source>`: samples of traffic from a poller, with the source's bearer token.

The body is CSV (`text/csv`) or JSON `{"samples": [{"circuit", "port", "at", "in_bps", "out_bps"}]}`, at most 8 MB. The
answer says what was new, equal and replaced, and what was odd; what is wrong is answered 422 with row and column, and
nothing of that body is kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from mayorista.apps.contracts.operations import traffic
from mayorista.apps.onboarding import tables
from mayorista.interfaces import clock
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from django.http import HttpRequest

MAX_BYTES = 8 * 1024 * 1024
log = logging.getLogger("mayorista.hooks")


@csrf_exempt
def receive(request: HttpRequest, source: str) -> HttpResponse:
    """Take one post: 200 stored, 401, 405, 413, 415, 422 with each wrong cell, 503 when nothing was stored."""
    if request.method != "POST":
        return _answer(405, {"message": "Este enlace solo recibe POST."}, Allow="POST")
    try:
        sender = traffic.admit(code=source, token=_token(request))
        if sender is None:
            return _answer(401, {"message": "Fuente o clave incorrecta."}, **{"WWW-Authenticate": "Bearer"})
        body = _read(request)
        if body is None:
            return _answer(413, {"message": "El cuerpo supera 8 MB; divídalo por puertos o por horas."})
        return _take(request, sender, body)
    except (OperationalError, InterfaceError) as error:
        log.warning("a traffic post could not be stored: %s", error)
        return _answer(503, {"message": "No se pudo guardar; envíe de nuevo."}, **{"Retry-After": "5"})


def _take(request: HttpRequest, sender: traffic.Sender, body: bytes) -> HttpResponse:
    kind = (request.content_type or "").lower()
    if kind not in {"text/csv", "application/json"}:
        return _answer(415, {"message": "Envíe text/csv o application/json."})
    try:
        rows = tables.from_json(body) if kind == "application/json" else tables.from_csv(body)
        taken = traffic.take(
            rows=rows, content_hash=hashlib.sha256(body).hexdigest(), sender=sender, name=kind, at=clock.now()
        )
    except Invalid as error:
        wrong = [
            {"field": each.field, "message": each.message, "remedy": each.remedy} for each in error.errors
        ]
        return _answer(422, {"message": "Nada se guardó: corrija y envíe de nuevo.", "errors": wrong})
    told = {
        "rows": taken.rows,
        "ports": taken.ports,
        "new": taken.new,
        "same": taken.same,
        "replaced": taken.replaced,
        "findings": [finding._asdict() for finding in taken.findings],
    }
    return _answer(200, told)


def _token(request: HttpRequest) -> str:
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _read(request: HttpRequest) -> bytes | None:
    """The body as sent, or None when it is over the limit (the rest is not read)."""
    given = request.META.get("CONTENT_LENGTH") or ""
    if not given.isdecimal() or int(given) > MAX_BYTES:
        return None if given else b""
    return request.read()


def _answer(status: int, told: dict[str, Any], **headers: str) -> HttpResponse:
    content = json.dumps(told, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)
