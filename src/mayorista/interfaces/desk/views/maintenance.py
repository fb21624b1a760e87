"""Maintenance windows: planned, visible, and told to those they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.monitoring import queries as monitoring_queries
from mayorista.apps.monitoring.operations import maintenance as operations
from mayorista.apps.overview.queries import maintenance as maintenance_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.maintenance import NewWindow
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def windows(request: DeskRequest) -> HttpResponse:
    """Windows to come and going on, or those that are over."""
    require(request.actor, Act.VIEW)
    past = request.GET.get("ver") == "pasadas"
    context = {
        "rows": monitoring_queries.windows(at=request.at, past=past),
        "past": past,
        "may_plan": request.actor.may(Act.PLAN_MAINTENANCE),
    }
    return render(request, "desk/maintenance.html", context)


@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Plan a window."""
    require(request.actor, Act.PLAN_MAINTENANCE)
    choices = maintenance_queries.targets()
    form = NewWindow(request.POST or None, resources=list(choices.resources), services=list(choices.services))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            window_made = operations.plan_window(
                title=said["title"],
                starts_at=said["starts_at"],
                ends_at=said["ends_at"],
                service_ids=said["services"],
                resource_ids=said["resources"],
                description=said["description"],
                tell_customers=said["tell_customers"],
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            attach(
                form, error, {"targets": "resources", "service_ids": "services", "resource_ids": "resources"}
            )
        else:
            toasts.say(request, _("Mantenimiento %(number)s planificado.") % {"number": window_made.number})
            return redirect("desk:maintenance-window", number=window_made.number)
    return render(request, "desk/maintenance_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def window(request: DeskRequest, number: str) -> HttpResponse:
    """One window and what it mutes."""
    require(request.actor, Act.VIEW)
    row = monitoring_queries.window(number=number, at=request.at)
    return render(
        request,
        "desk/maintenance_window.html",
        {"row": row, "may_plan": request.actor.may(Act.PLAN_MAINTENANCE)},
    )


@require_POST
def cancel(request: DeskRequest, number: str) -> HttpResponse:
    """Call a window off."""
    require(request.actor, Act.PLAN_MAINTENANCE)
    row = monitoring_queries.window(number=number, at=request.at)
    version = request.POST.get("version", "")
    operations.cancel_window(
        window_id=row.id,
        reason=request.POST.get("reason", ""),
        version=int(version) if version.isdecimal() else None,
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Mantenimiento anulado; lo que seguía activo se revisa ahora."))
    return redirect("desk:maintenance-window", number=row.number)
