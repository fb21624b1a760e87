"""The two protocols of step A.2 as versioned documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import protocols as protocol_queries
from mayorista.apps.procedure.actors import require
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def protocols(request: DeskRequest) -> HttpResponse:
    """Both protocols as they are in force."""
    require(request.actor, Act.VIEW)
    return render(request, "desk/protocols.html", {"page": protocol_queries.protocols(at=request.at)})


@require_GET
def protocol(request: DeskRequest, code: str) -> HttpResponse:
    """One protocol with all its versions."""
    require(request.actor, Act.VIEW)
    found = protocol_queries.versions(code=code)
    if not found:
        raise NotFound(_("No existe ese protocolo."))
    return render(request, "desk/protocol.html", {"page": found[0], "versions": found})
