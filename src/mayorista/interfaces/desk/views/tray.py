"""The bandeja: what is due from me."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.overview.queries import tray as tray_queries
from mayorista.apps.procedure.operations import work
from mayorista.interfaces.desk import sheets, steps, toasts
from mayorista.interfaces.desk.forms import tray as forms
from mayorista.interfaces.desk.views.editing import Editor, bound, edit
from mayorista.rules import lapaz

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

UNDO_SECONDS = 10


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


@require_http_methods(["GET", "POST"])
def snooze(request: DeskRequest, item_id: int) -> HttpResponse:
    """Set an item aside for some minutes, with a reason."""
    row = tray_queries.open_item(item_id=item_id, actor=request.actor)
    editor = Editor(
        _("Posponer tarea"), _("Posponer"), reverse("desk:tray"), f"posponer-{item_id}", f"{row.step} {row.title}".strip(),
        template="desk/snooze.html", names={"until": "minutos", "reason": "motivo"}, more={"row": row},
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        until = request.at + dt.timedelta(minutes=said["minutos"])
        work.snooze(item_id=item_id, until=until, reason=said["motivo"], actor=request.actor, at=request.at)
        words = _("Pospuesta hasta las %(hour)s.") % {"hour": lapaz.clock(until)}
        toasts.say(request, words, undo_url=reverse("desk:wake", args=[item_id]), seconds=UNDO_SECONDS)
        return redirect("desk:tray")

    return edit(request, forms.Snooze(bound(request)), editor, save)


@require_POST
def wake(request: DeskRequest, item_id: int) -> HttpResponse:
    """Take an item up again before its time."""
    work.wake(item_id=item_id, actor=request.actor, at=request.at)
    toasts.say(request, _("La tarea vuelve a la bandeja."))
    return redirect("desk:tray")
