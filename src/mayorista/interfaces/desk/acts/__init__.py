"""The acts of a case as a table: address, words, who, form, when it is offered, and the one call it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.overview.queries import case as case_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import stale, steps, toasts
from mayorista.interfaces.desk.acts import attributing, correcting, regrouping, repairing, supporting
from mayorista.interfaces.desk.acts.spec import Spec
from mayorista.interfaces.desk.forms import acts as forms
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.views import dac_act
from mayorista.rules.errors import Invalid, Stale
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

# In the order in which a case offers them.
SPECS: tuple[Spec, ...] = (
    *attributing.SPECS,
    *repairing.SPECS,
    *supporting.SPECS,
    *regrouping.SPECS,
    *correcting.SPECS,
)


def offered(page: CasePage, request: DeskRequest) -> list[Spec]:
    """Return the acts that the case offers to this person now."""
    return [
        spec
        for spec in SPECS
        if spec.offered(page)
        and request.actor.may(spec.act)
        and not (spec.act is Act.SECOND_OPINION and steps.first_analyst(page, request.actor))
        and not (spec.act is Act.CONFIRM_ATTRIBUTION and steps.proposer(page, request.actor))
    ]


def analysts(page: CasePage, request: DeskRequest) -> tuple[str, ...] | None:
    """Return who may make the second analysis, when it is asked for and this person can not; else None."""
    if not steps.first_analyst(page, request.actor):
        return None
    return case_queries.second_analysts(page=page, at=request.at)


def view(spec: Spec) -> Callable[..., HttpResponse]:
    """Return the view of an act: its form beside the case; sending it makes the one call."""

    def act(request: DeskRequest, number: str) -> HttpResponse:
        require(request.actor, spec.act)
        page = case_queries.case_page(number=number, at=request.at)
        asked = forms.Asked(page, case_queries.choices(page=page, at=request.at), _both(request))
        form = spec.form(request.POST or None, asked=asked)
        more: dict[str, Any] = {}
        status = 200
        if request.method == "POST" and (form.is_valid() or not form.fields):
            try:
                words = spec.run(request, page, form)
            except Stale as error:
                status, more = 409, _overtaken(request, spec, form, error)
            except Invalid as error:
                attach(form, error, spec.names)
            else:
                toasts.say(request, words)
                return redirect("desk:case", number=page.head.number)
        context = {
            "page": page,
            "form": form,
            "spec": spec,
            "choices": asked.choices,
            "both_roles": asked.both_roles,
            "hints": case_queries.hints(page=page, at=request.at) if spec.hints else (),
            "own_correction": steps.proposer(page, request.actor),
            "analysts": analysts(page, request) if spec.act is Act.SECOND_OPINION else None,
            **more,
        }
        if form.errors and status == 200:
            status = 422
        return render(request, "desk/act.html", context, status=status)

    act.__name__ = f"act_{spec.slug.replace('-', '_')}"
    act.__doc__ = str(spec.title)
    return require_POST(act) if spec.slug == "reconocer" else require_http_methods(["GET", "POST"])(act)


def _overtaken(request: DeskRequest, spec: Spec, form: forms.ActForm, error: Stale) -> dict[str, Any]:
    """Somebody else changed the case: every field as it was typed beside the case of now, which is read again."""
    page = case_queries.case_page(number=form.asked.page.head.number, at=request.at)
    choices = case_queries.choices(page=page, at=request.at)
    fresh = spec.form(asked=forms.Asked(page, choices, form.asked.both_roles))
    stale.accept(form, request.POST, str(fresh["version"].value()), error)
    return {
        "page": page,
        "versions": stale.versions(form, fresh, fresh.stored()),
        "meanwhile": stale.meanwhile(error),
    }


def _both(request: DeskRequest) -> bool:
    return bool({Role.NOC, Role.SUPPORT} <= request.actor.roles)


def paths() -> list[URLPattern]:
    """Return the addresses of all acts."""
    return [
        *(path(f"danos/<str:number>/{spec.slug}/", view(spec), name=f"act-{spec.slug}") for spec in SPECS),
        path("danos/<str:number>/dac/", dac_act.issue, name="act-dac"),
        path("danos/<str:number>/dac/vista/", dac_act.preview, name="dac-preview"),
    ]


def address(slug: str, number: str) -> str:
    """Return the address of an act of a case."""
    return reverse(f"desk:act-{slug}", args=[number])
