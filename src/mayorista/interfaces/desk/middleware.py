"""Who is at the desk, and when: every screen gets `request.actor` and `request.at`, or a login page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.translation import gettext as _

from mayorista.apps.procedure.operations import people
from mayorista.interfaces import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

DESK = "mayorista.interfaces.desk"


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view of the desk that a stranger may open."""
    view.public = True  # type: ignore[attr-defined]
    return view


class Desk:
    """Middleware: no view of the desk runs for a stranger unless it is marked public."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = clock.now()  # type: ignore[attr-defined]
        # Said once: where no language is active, each text and address looks for one anew.
        translation.activate(settings.LANGUAGE_CODE)
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        _args: Any,
        _kwargs: Any,
    ) -> HttpResponse | None:
        """Give the view its actor, or send the stranger to the login."""
        if request.user.is_authenticated:
            request.actor = people.actor_for(user=request.user, at=request.at)  # type: ignore[attr-defined]
            return None
        if not view.__module__.startswith(DESK) or getattr(view, "public", False):
            return None
        return to_login(request)


def to_login(request: HttpRequest) -> HttpResponse:
    """Send a stranger to the login and back to the page he was on, never to the address of a POST."""
    if request.headers.get("X-Live") or request.path == "/archivos/":
        return JsonResponse({"message": _("La sesión terminó.")}, status=401)
    back = request.get_full_path()
    if request.method != "GET" or request.headers.get("HX-Request"):
        shown = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
        back = (shown.path + (f"?{shown.query}" if shown.query else "")) or "/"
    answer = redirect_to_login(back, resolve_url("account_login"))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})
    return answer
