"""The calendar of business days: the law's holidays and what decrees change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import require
from mayorista.apps.procedure.operations import holidays as operations
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms.holidays import MOVED, HolidayForm
from mayorista.interfaces.desk.views.editing import Editor, bound, edit
from mayorista.rules import lapaz
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_http_methods(["GET", "POST"])
def holidays(request: DeskRequest) -> HttpResponse:
    """The holidays of a year, and a form by which a decree is written down."""
    require(request.actor, Act.EDIT_PARAMETERS)
    this = lapaz.local(request.at).year
    years = range(this - 1, this + 3)
    year = next((each for each in years if str(each) == request.GET.get("anio")), this)
    editor = Editor(
        _("Feriados"), _("Guardar"), reverse("desk:administration"), "feriados",
        _("Los de ley vienen dados; aquí se anota lo que cada decreto añade, traslada o quita."), "desk/holidays.html",
        more={
            "year": year, "years": years, "lines": procedure.holidays(year=year, at=request.at),
            "ahead": procedure.holidays_ahead(at=request.at),
        },
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        more: dict[str, Any] = {
            "reason": said["reason"],
            "valid_from": said["valid_from"],
            "actor": request.actor,
            "at": request.at,
        }
        if said["kind"] == MOVED:
            operations.move_holiday(on=said["on"], to=said["to"], **more)
        else:
            name = said["name"] or _name_of(said["on"], request.at)
            operations.change_holiday(
                on=said["on"], kind=said["kind"], name=name, scope=said["scope"], **more
            )
        toasts.say(request, _("Guardado. Lo ya calculado y enviado conserva su fecha."))
        return redirect(f"{reverse('desk:holidays')}?anio={said['on'].year}")

    return edit(request, HolidayForm(bound(request)), editor, save)


def _name_of(on: dt.date, at: dt.datetime) -> str:
    """The name that a day of the calendar has already."""
    return next((each.name for each in procedure.holidays(year=on.year, at=at) if each.on == on), "")
