"""The shift (who attends, its hand-over) and the roster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.overview.queries import shifts as pages
from mayorista.apps.procedure.actors import require
from mayorista.apps.procedure.operations import shifts
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.shifts import ExceptionForm, HandOverForm, ReceiveForm, SlotForm
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_http_methods(["GET", "POST"])
def shift(request: DeskRequest) -> HttpResponse:
    """Who attends now and what was handed over; POST writes the hand-over of one's own shift."""
    posted = request.method == "POST"
    require(request.actor, Act.HAND_OVER_SHIFT if posted else Act.VIEW)
    page = pages.shift_page(actor=request.actor, at=request.at)
    form = HandOverForm(request.POST if posted else None, mine=page.mine, initial={"notes": page.draft})
    if posted and form.is_valid():
        try:
            shifts.hand_over(**form.cleaned_data, actor=request.actor, at=request.at)
        except Invalid as error:
            attach(form, error)
        else:
            toasts.say(request, _("Turno entregado. Lo recibe el turno entrante."))
            return redirect("desk:shift")
    context = {"page": page, "form": form, "receive": ReceiveForm()}
    return render(request, "desk/shift.html", context, status=422 if form.errors else 200)


@require_POST
def receive(request: DeskRequest, handover_id: int) -> HttpResponse:
    """Acknowledge a hand-over."""
    shifts.receive(
        handover_id=handover_id, remark=request.POST.get("remark", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Turno recibido."))
    return redirect("desk:shift")


@require_GET
def roster(request: DeskRequest) -> HttpResponse:
    """Who attends in the days ahead, the hours nobody does, and what the roster is made of."""
    require(request.actor, Act.VIEW)
    return _roster(request)


@require_POST
def add_slots(request: DeskRequest) -> HttpResponse:
    """Add weekly turns."""
    require(request.actor, Act.PLAN_ROSTER)
    form = SlotForm(request.POST, people=pages.roster_page(at=request.at).people)
    if form.is_valid():
        try:
            shifts.add_slots(**form.cleaned_data, actor=request.actor, at=request.at)
        except Invalid as error:
            attach(form, error)
        else:
            return redirect("desk:roster")
    return _roster(request, slot=form)


@require_POST
def add_exception(request: DeskRequest) -> HttpResponse:
    """Note a dated change."""
    require(request.actor, Act.PLAN_ROSTER)
    form = ExceptionForm(request.POST, people=pages.roster_page(at=request.at).people)
    if form.is_valid():
        try:
            shifts.add_exception(**form.cleaned_data, actor=request.actor, at=request.at)
        except Invalid as error:
            attach(form, error)
        else:
            return redirect("desk:roster")
    return _roster(request, change=form)


@require_POST
def drop_slot(request: DeskRequest, slot_id: int) -> HttpResponse:
    """End a weekly turn."""
    shifts.drop_slot(slot_id=slot_id, actor=request.actor, at=request.at)
    return redirect("desk:roster")


@require_POST
def drop_exception(request: DeskRequest, exception_id: int) -> HttpResponse:
    """Withdraw a dated change."""
    shifts.drop_exception(exception_id=exception_id, actor=request.actor, at=request.at)
    return redirect("desk:roster")


def _roster(
    request: DeskRequest, *, slot: forms.Form | None = None, change: forms.Form | None = None
) -> HttpResponse:
    page = pages.roster_page(at=request.at)
    context = {
        "page": page,
        "weekdays": dict(enumerate(shifts.WEEKDAYS)),
        "slot": slot or SlotForm(people=page.people),
        "change": change or ExceptionForm(people=page.people, prefix=None, auto_id="cambio_%s"),
        "may_plan": request.actor.may(Act.PLAN_ROSTER),
        "may_delegate": request.actor.may(Act.DELEGATE),
    }
    return render(request, "desk/roster.html", context, status=422 if slot or change else 200)
