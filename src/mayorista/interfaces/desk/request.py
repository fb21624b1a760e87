"""The request as views of the desk get it: with its actor and its moment (see `middleware.Desk`)."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from mayorista.apps.procedure.actors import Actor


class DeskRequest(HttpRequest):
    """A request of somebody who came in; `at` is when it arrived, aware, in UTC."""

    actor: Actor
    at: dt.datetime
    plain_error: bool
