"""Machines that post alarms need no session, no form token and no page: they pass beside all that.

# Note [The fast lane]
The first middleware answers the alarm hook itself, so a post costs neither the chain of middlewares
nor a look at the routes. Everything else goes its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.interfaces.hooks import alertmanager

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class FastLane:
    """Middleware, to stand first: answers what machines post."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(alertmanager.PREFIX):
            return alertmanager.receive(request, request.path_info[len(alertmanager.PREFIX) :])
        return self.get_response(request)
