"""The procedure as a picture: live counts on each step, the file itself, and the drawing that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import procedure_paper as papers
from mayorista.apps.overview.queries import process as states
from mayorista.apps.overview.queries import tray
from mayorista.apps.procedure import diagrams
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, steps, words
from mayorista.rules import process_map
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import STEPS, Act, Role

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def picture(request: DeskRequest) -> HttpResponse:
    """Both flow charts with open, overdue and median time on each step; a click leads to what stands there."""
    require(request.actor, Act.VIEW)
    found = states.step_states(at=request.at)
    marks = {
        code: process_map.Mark(
            state.open,
            state.overdue,
            "" if state.median_seconds is None else words.span(state.median_seconds),
            reverse("desk:process-step", args=[code]),
        )
        for code, state in found.items()
    }
    drawn = process_map.svg(diagrams.drawing(), marks, styled=False)
    rows = [(STEPS[code], state) for code, state in found.items()]
    # The drawing escapes what it is given; the file is our own.
    context = {"svg": mark_safe(drawn), "rows": rows, "register": papers.register(at=request.at)}  # noqa: S308
    return render(request, "desk/process.html", context)


@require_GET
def step(request: DeskRequest, code: str) -> HttpResponse:
    """What is open in one step, whoever's it is."""
    require(request.actor, Act.VIEW)
    if code not in STEPS:
        raise NotFound(_("No existe ese paso."))
    rows = [
        (row, steps.target(row) if Role(row.role) in request.actor.roles else steps.page(row))
        for row in tray.items_of_step(code, actor=request.actor)
    ]
    return render(request, "desk/process_step.html", {"step": STEPS[code], "rows": rows})


@require_GET
def paper(request: DeskRequest) -> HttpResponse:
    """The written procedure in its official layout."""
    require(request.actor, Act.VIEW)
    name, content = papers.procedure_pdf(at=request.at)
    return sheets.download(content, "application/pdf", name)


@require_GET
def bpmn(request: DeskRequest) -> HttpResponse:
    """The BPMN 2.0 file."""
    require(request.actor, Act.VIEW)
    return _file(diagrams.source(), "application/xml", "procedimiento.bpmn")


@require_GET
def svg(request: DeskRequest) -> HttpResponse:
    """The drawing as a file of its own."""
    require(request.actor, Act.VIEW)
    return _file(process_map.svg(diagrams.drawing()), "image/svg+xml", "procedimiento.svg")


def _file(text: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
