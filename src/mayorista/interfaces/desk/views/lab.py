"""The lab of the demo: outages at the press of a button, through the true front door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.onboarding.operations import examples
from mayorista.apps.procedure.actors import require
from mayorista.interfaces import clock
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.lab import player, running, scenes
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

MOST = 20_000


@require_http_methods(["GET", "POST"])
def lab(request: DeskRequest) -> HttpResponse:
    """The scenes that there are, and what those played did. Only in the demo."""
    if not settings.DEMO:
        raise NotFound(_("El laboratorio solo existe en la demostración."))
    require(request.actor, Act.VIEW)
    record = settings.DATA / "lab-log.jsonl"
    circuits = tuple(brief.circuit_code for brief in contract_queries.service_choices())
    if request.method == "POST":
        require(request.actor, Act.NOTE)
        name = request.POST.get("scene", "")
        if name not in scenes.SCENES:
            raise Invalid(_("No existe esa escena."), field="scene", remedy=_("Elija una de la página."))
        circuit = request.POST.get("circuit", "")
        chosen = (circuit,) if circuit in circuits and name != "tormenta" else circuits
        count = request.POST.get("count", "")
        props = scenes.Props(
            chosen or ("TIP-0141",), "UP-TAD-1", min(int(count), MOST) if count.isdecimal() else 2_000
        )
        door = player.Door(settings.OWN_DOOR, "prometheus", examples.ALARM_TOKEN)
        running.start(player.Player(door, settings.DATA / "lab.json", clock.now), name, props, record)
        toasts.say(request, _("Escena en marcha: mire el tablero de daños."))
        return redirect("desk:lab")
    return render(
        request,
        "desk/lab.html",
        {"scenes": scenes.SCENES.values(), "circuits": circuits, "lines": running.lines(record)},
    )
