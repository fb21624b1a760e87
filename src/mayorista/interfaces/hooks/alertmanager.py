"""`POST /hooks/alertmanager/<source>`: the webhook of Prometheus Alertmanager, version 4 (A.1).

What the sender is told decides what it does: 2xx = delivered, 4xx = dropped, 5xx = tried again. So 5xx
is said only when nothing could be stored, and what cannot be understood is kept and answered 202.
"""

from __future__ import annotations

import json
import logging
import random
import time
import zlib
from typing import TYPE_CHECKING, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from mayorista.apps.monitoring import admission
from mayorista.apps.monitoring.operations import intake
from mayorista.interfaces import clock
from mayorista.rules.alarms import alertmanager

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from mayorista.apps.monitoring.admission import Sender

PREFIX = "/hooks/alertmanager/"
MAX_BYTES = 32 * 1024 * 1024
TRIES = 5
QUICKLY = 1.0
LOST_RACES = frozenset({"40001", "40P01", "23505", "55P03"})

log = logging.getLogger("mayorista.hooks")
T = TypeVar("T")


@csrf_exempt
def receive(request: HttpRequest, source: str) -> HttpResponse:
    """Take one post: 200 stored, 202 stored in quarantine, 401, 405, 413, 503 when nothing was stored."""
    if request.method != "POST":
        return _answer(405, "Este enlace solo recibe POST.", headers={"Allow": "POST"})
    try:
        sender = _insist(lambda: admission.admit(source.rstrip("/"), _token(request)))
        if sender is None:
            return _answer(401, "Fuente o clave incorrecta.", headers={"WWW-Authenticate": "Bearer"})
        return _take(request, sender)
    except (OperationalError, InterfaceError) as error:
        log.warning("an alarm post could not be stored: %s", error)
        return _answer(503, "No se pudo guardar; envíe de nuevo.", headers={"Retry-After": "1"})


def _take(request: HttpRequest, sender: Sender) -> HttpResponse:
    sent = _read(request)
    if sent is None:
        return _too_large(sender, int(request.META.get("CONTENT_LENGTH") or MAX_BYTES + 1))
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    try:
        body = _unpack(sent, encoding)
    except _Packed as why:
        return _quarantine(sender, intake.Post(sent, "", len(sent)), str(why))
    if body is None:
        return _too_large(sender, MAX_BYTES + 1)
    post = intake.Post(sent, "gzip" if encoding == "gzip" else "", len(body))
    at = clock.now()
    try:
        report = alertmanager.parse(body, received_at=at, severity_words=sender.severity_words)
        receipt = _insist(lambda: intake.take(source_id=sender.source_id, post=post, report=report, at=at))
    except alertmanager.NotUnderstood as error:
        return _quarantine(sender, post, error.message)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("an alarm post was understood and could not be taken in; it goes into quarantine")
        return _quarantine(sender, post, "Falló al guardar las alarmas; el cuerpo está entero.")
    status = 202 if report.rejected and not report.alarms else 200
    return _answer(status, "", alarms=receipt.alarms, rejected=receipt.rejected)


class _Packed(Exception):
    """The body is packed in a way that can not be undone."""


def _unpack(sent: bytes, encoding: str) -> bytes | None:
    """The text of a body, or None when it is over the limit. Raises _Packed."""
    if encoding in {"", "identity"}:
        return sent
    if encoding != "gzip":
        raise _Packed(f"Codificación desconocida: «{encoding[:40]}».")
    try:
        return _gunzip(sent)
    except zlib.error:
        raise _Packed("El cuerpo dice gzip y no lo es.") from None


def _quarantine(sender: Sender, post: intake.Post, reason: str) -> HttpResponse:
    at = clock.now()
    _insist(lambda: intake.reject(source_id=sender.source_id, post=post, reason=reason, at=at))
    return _answer(202, reason, alarms=0, rejected=1)


def _too_large(sender: Sender, size: int) -> HttpResponse:
    """Not kept, but seen: somebody must know that alarms were refused."""
    reason = f"Cuerpo de {size} bytes rechazado: el máximo son 32 MB."
    post = intake.Post(b"", "", min(size, 2**31 - 1))
    at = clock.now()
    _insist(lambda: intake.reject(source_id=sender.source_id, post=post, reason=reason, at=at))
    return _answer(413, "El cuerpo supera 32 MB; use grupos más pequeños (max_alerts).")


def _insist(act: Callable[[], T]) -> T:
    """Do `act` again when it lost a race, a few times, or once when it met a connection that had died."""
    begun = time.monotonic()
    for attempt in range(TRIES):
        try:
            return act()
        except Exception as error:
            state = getattr(error.__cause__, "sqlstate", None) or getattr(error, "sqlstate", None)
            raced = state in LOST_RACES
            died = isinstance(error, OperationalError | InterfaceError) and not connection.in_atomic_block
            fresh = died and attempt == 0 and time.monotonic() - begun < QUICKLY
            if attempt + 1 == TRIES or not (raced or fresh):
                raise
            if not raced:
                connection.close()
            time.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311 - not a secret
    raise AssertionError


def _token(request: HttpRequest) -> str:
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _read(request: HttpRequest) -> bytes | None:
    """The body as sent, or None when it is over the limit (the rest is not read)."""
    given = request.META.get("CONTENT_LENGTH") or ""
    if given.isdecimal():
        return None if int(given) > MAX_BYTES else request.read()
    stream = request.META.get("wsgi.input")
    if stream is None or "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    body: bytes = stream.read(MAX_BYTES + 1)
    return None if len(body) > MAX_BYTES else body


def _gunzip(sent: bytes) -> bytes | None:
    """The body unpacked, or None when it is over the limit. Raises zlib.error."""
    unpacking = zlib.decompressobj(wbits=31)
    body = unpacking.decompress(sent, MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return None
    if not unpacking.eof:
        raise zlib.error
    return body


def _answer(
    status: int,
    message: str,
    *,
    alarms: int | None = None,
    rejected: int = 0,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    if alarms is None:
        content = json.dumps({"message": message, "status": status}, ensure_ascii=False)
    else:
        told = {"alarms": alarms, "rejected": rejected} | ({"message": message} if message else {})
        content = json.dumps(told, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)
