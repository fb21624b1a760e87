"""The one place where what the house refuses becomes an HTTP answer, in Spanish, without any trace of code."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _

from mayorista.rules import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

log = logging.getLogger("mayorista.web")

STATUS: tuple[tuple[type[errors.DomainError], int], ...] = (
    (errors.Invalid, 422),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.Unavailable, 503),
)

TITLES = {
    400: "No se entendió el pedido",
    403: "No corresponde a su rol",
    404: "No existe",
    405: "Ese acto no se pide así",
    409: "El estado cambió",
    413: "El archivo es demasiado grande",
    422: "Falta algo o no es válido",
    500: "Algo falló de nuestro lado",
    503: "No responde por ahora",
}


def status_of(error: errors.DomainError) -> int:
    """Return the HTTP status of a refusal."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def page(
    request: HttpRequest, status: int, message: str = "", remedy: str = "", **more: object
) -> HttpResponse:
    """Return the error page of a status; as JSON for those who asked for JSON."""
    title = _(TITLES.get(status, TITLES[500]))
    accepted = request.headers.get("Accept", "")
    if (
        accepted.startswith("application/json")
        or request.path.startswith("/hooks/")
        or (request.path.startswith("/archivos/") and "text/html" not in accepted)
    ):
        return JsonResponse(
            {"message": f"{message or title} {remedy}".strip(), "status": status}, status=status
        )
    if status >= 500:
        request.plain_error = True  # type: ignore[attr-defined]  # the frame asks the database, which may be what failed
    context = {
        "status": status,
        "error_title": title,
        "message": message,
        "remedy": remedy,
        "back": _back(request),
        **more,
    }
    return render(request, "desk/error.html", context, status=status)


def _back(request: HttpRequest) -> str:
    """The page of ours that the request came from, or the tray."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host() or not came_from.path:
        return "/"
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


def answer(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    """Return the page that tells a refusal: what, why, and what to do."""
    if isinstance(error, errors.Stale):
        keys = list(dict.fromkeys([*error.mine, *error.theirs]))
        versions = [(key, error.mine.get(key, ""), error.theirs.get(key, "")) for key in keys]
        return page(request, 409, error.message, error.remedy, versions=versions)
    listed = [str(each) for each in error.errors] if len(error.errors) > 1 else []
    return page(request, status_of(error), error.message, error.remedy, listed=listed)


def _is_no_number(error: Exception) -> bool:
    """A number of thousands of digits, or one no clock or column can hold."""
    return isinstance(error, OverflowError) or (
        isinstance(error, ValueError) and "integer string conversion" in str(error)
    )


class DomainErrors:
    """Middleware: refusals of the rules and Django's own become pages with words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            told = page(request, 405, "", _("Vuelva atrás y use el botón de la página."))
            told["Allow"] = response["Allow"]
            return told
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Translate what a view raised; anything unknown is logged whole and told as 500 without detail."""
        if isinstance(error, errors.DomainError):
            return answer(request, error)
        if isinstance(error, ImmediateHttpResponse | ReauthenticationRequired):
            return None  # the way of allauth to ask for the password again: its own middleware answers
        if isinstance(error, Http404):
            return page(
                request, 404, _("No existe lo que busca."), _("Revise la dirección o use la búsqueda.")
            )
        if isinstance(error, PermissionDenied):
            return page(request, 403)
        if isinstance(error, RequestDataTooBig):
            return page(request, 413, "", _("Divida el archivo o redúzcalo."))
        if isinstance(error, SuspiciousOperation | DataError) or _is_no_number(error):
            return page(request, 400, "", _("Hay un carácter o un número que no se admite: corríjalo."))
        log.error("unhandled error in %s %s", request.method, request.path, exc_info=error)
        return page(
            request,
            500,
            "",
            _("Lo que escribió está guardado en este equipo. Intente de nuevo en un minuto."),
        )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    if isinstance(exception, RequestDataTooBig):
        return page(request, 413, "", _("Divida el archivo o redúzcalo."))
    return page(request, 400, "", _("Vuelva atrás e intente de nuevo."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Answer 403."""
    return page(request, 403, "", _("Pida el acto a quien corresponde."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Answer 404."""
    return page(request, 404, _("No existe lo que busca."), _("Revise la dirección o use la búsqueda."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database anything."""
    return page(request, 500, "", _("Intente de nuevo en un minuto."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django names it
    """Answer 403 for a form whose session is another's or too old: what was typed is kept as a draft.

    Who is not logged in any more goes to the login and from there back to the form.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(_back(request), resolve_url("account_login"))
    return page(
        request,
        403,
        _("El formulario venció o la sesión cambió."),
        _("Vuelva atrás y envíelo de nuevo: lo que escribió está guardado en este equipo."),
    )
