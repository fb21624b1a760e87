"""The faults board and the wallboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mayorista.apps.overview.queries import board as board_queries
from mayorista.interfaces.desk import sheets, words

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

SHOWS = (
    ("abiertos", "Abiertos"),
    ("sin-reconocer", "Sin reconocer"),
    ("cerrados", "Cerrados"),
    ("todos", "Todos"),
)


def number_of(request: DeskRequest, key: str, default: int) -> int:
    """Read a whole number from the query, or the default when it is none."""
    text = request.GET.get(key, "")
    return int(text) if text.isdecimal() and len(text) < 7 else default


@require_GET
def board(request: DeskRequest) -> HttpResponse:
    """Open faults, worst first, alive."""
    asked = request.GET
    show = asked.get("estado", "abiertos")
    show = show if show in dict(SHOWS) else "abiertos"
    page = board_queries.board(
        at=request.at,
        show=show,
        severity=number_of(request, "severidad", 0) or None,
        attribution=asked.get("clase", ""),
        text=asked.get("texto", "").strip(),
        order=asked.get("orden", ""),
        page=number_of(request, "pagina", 1),
    )
    if asked.get("formato") == "xlsx":
        return sheets.response(
            _("Daños"),
            request,
            (
                _("Número"),
                _("Severidad"),
                _("Cliente y circuitos"),
                _("Circuitos"),
                _("Estado"),
                _("Clase"),
                _("Causa"),
                _("Inicio"),
                _("Detección"),
                _("Restablecido"),
                _("Vence SLA"),
                _("Paso"),
                _("La tiene"),
            ),
            [
                (
                    row.shown_number,
                    words.severity(row.severity),
                    row.headline,
                    row.circuits,
                    row.state_title,
                    row.attribution,
                    row.cause_code,
                    row.started_at,
                    row.detected_at,
                    row.restored_at,
                    row.sla_due_at,
                    row.step,
                    row.holder or row.role,
                )
                for row in page.rows
            ],
        )
    context = {"page": page, "show": show, "shows": [(key, _(title)) for key, title in SHOWS]}
    return render(request, "desk/board.html", context)


@require_GET
def wall(request: DeskRequest) -> HttpResponse:
    """Full screen, dark, readable at five metres."""
    page = board_queries.wall(at=request.at)
    css = f"sev-{page.worst}" if page.worst else "sev-2" if page.silent else "calm"
    return render(request, "desk/wall.html", {"page": page, "css": css})
