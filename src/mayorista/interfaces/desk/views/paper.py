"""What leaves the desk as paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import case_paper
from mayorista.interfaces.desk import sheets

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def conversation(request: DeskRequest, number: str) -> HttpResponse:
    """The conversation and timeline of a case as a PDF."""
    made = case_paper.conversation(number=number, by=request.actor.name, at=request.at)
    return sheets.paper(made.name, made.content)
