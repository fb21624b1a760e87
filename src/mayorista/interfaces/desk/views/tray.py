"""The bandeja: what is due from me."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.overview.queries import tray as tray_queries
from mayorista.apps.procedure.operations import work
from mayorista.interfaces.desk import sheets, steps, toasts

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

MOST_MINUTES = 100_000


@require_GET
def tray(request: DeskRequest) -> HttpResponse:
    """Work items of my roles, most urgent first; beside them what waits on others."""
    page = tray_queries.tray(
        actor=request.actor,
        at=request.at,
        mine_only=request.GET.get("mias") == "1",
        step=request.GET.get("paso", ""),
    )
    if request.GET.get("formato") == "xlsx":
        return sheets.response(
            _("Bandeja"),
            request,
            (
                _("Paso"),
                _("Tarea"),
                _("Número"),
                _("Cliente y circuitos"),
                _("Abierta"),
                _("Vence"),
                _("La tiene"),
            ),
            [
                (
                    row.step,
                    row.title,
                    row.shown_number,
                    row.headline,
                    row.opened_at,
                    row.due_at,
                    row.claimed_by,
                )
                for row in page.rows
            ],
        )
    rows = [(row, steps.target(row)) for row in page.rows]
    asleep = [(row, steps.target(row)) for row in page.snoozed]
    return render(request, "desk/tray.html", {"page": page, "rows": rows, "asleep": asleep})


@require_POST
def claim(request: DeskRequest, item_id: int) -> HttpResponse:
    """Take an item."""
    work.claim(item_id=item_id, actor=request.actor, at=request.at)
    return redirect(request.headers.get("Referer") or "/")


@require_POST
def release(request: DeskRequest, item_id: int) -> HttpResponse:
    """Give an item back."""
    work.release(item_id=item_id, actor=request.actor, at=request.at)
    return redirect(request.headers.get("Referer") or "/")


@require_POST
def snooze(request: DeskRequest, item_id: int) -> HttpResponse:
    """Set an item aside for some minutes, with a reason."""
    said = request.POST.get("minutos", "")
    minutes = min(int(said), MOST_MINUTES) if said.isdecimal() and len(said) < 10 else 0
    work.snooze(
        item_id=item_id,
        until=request.at + dt.timedelta(minutes=minutes),
        reason=request.POST.get("motivo", ""),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Pospuesta: vuelve sola a la bandeja a su hora."))
    return redirect("desk:tray")
