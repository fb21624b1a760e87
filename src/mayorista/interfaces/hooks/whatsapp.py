"""`/hooks/whatsapp`: what Meta's Cloud API posts to us.

The signature is taken over the raw bytes before anything is parsed; without a configured secret
nothing is accepted. The body is stored as it came and answered at once; a job reads it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from mayorista.apps.messaging import operations
from mayorista.interfaces import clock
from mayorista.rules import whatsapp

if TYPE_CHECKING:
    from django.http import HttpRequest

log = logging.getLogger("mayorista.hooks")


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """GET is the handshake; POST takes one webhook: 200 stored, 403, 413, 503 when nothing was stored."""
    if request.method == "GET":
        return _handshake(request)
    if request.method != "POST":
        return _answer(405, "Este enlace recibe GET y POST.", Allow="GET, POST")
    body = _read(request)
    if body is None:
        return _answer(413, "El cuerpo supera 4 MB.")
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not whatsapp.signature_is_valid(body, signature, settings.WHATSAPP_APP_SECRET):
        log.warning("a WhatsApp post without valid signature was refused (%d bytes)", len(body))
        return _answer(403, "Firma incorrecta.")
    try:
        operations.receive_webhook(body=body, signature=signature, at=clock.now())
    except (OperationalError, InterfaceError) as error:
        log.warning("a WhatsApp post could not be stored: %s", error)
        return _answer(503, "No se pudo guardar; envíe de nuevo.", **{"Retry-After": "5"})
    return _answer(200, "")


def _handshake(request: HttpRequest) -> HttpResponse:
    echo = whatsapp.challenge_to_echo(
        request.GET.get("hub.mode", ""),
        request.GET.get("hub.verify_token", ""),
        request.GET.get("hub.challenge", ""),
        expected_token=settings.WHATSAPP_VERIFY_TOKEN,
    )
    return _answer(403, "Verificación rechazada.") if echo is None else _answer(200, echo)


def _read(request: HttpRequest) -> bytes | None:
    """The body as sent, or None when it is over the limit (the rest is not read)."""
    given = request.META.get("CONTENT_LENGTH") or ""
    if given.isdecimal() and int(given) > whatsapp.MAX_WEBHOOK_BYTES:
        return None
    body = request.read(whatsapp.MAX_WEBHOOK_BYTES + 1)
    return None if len(body) > whatsapp.MAX_WEBHOOK_BYTES else body


def _answer(status: int, text: str, **headers: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)
