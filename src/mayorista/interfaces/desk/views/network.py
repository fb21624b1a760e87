"""Elements of the network, providers and SLA profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mayorista.apps.contracts import operations
from mayorista.apps.overview.queries import network as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import network as forms
from mayorista.interfaces.desk.views.editing import Editor, bound, edit, version_of
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def network(request: DeskRequest) -> HttpResponse:
    """Elements with how many services ride on each, and providers."""
    page = pages.network_page(
        actor=request.actor, text=request.GET.get("texto", ""), kind=request.GET.get("clase", "")
    )
    context = {"page": page, "kinds": pages.KINDS, "may_edit": request.actor.may(Act.EDIT_SERVICES)}
    return render(request, "desk/network.html", context)


@require_http_methods(["GET", "POST"])
def new_resource(request: DeskRequest) -> HttpResponse:
    """Register an element."""
    return _resource(
        request, pages.resource_page(actor=request.actor, at=request.at), _("Nuevo elemento de red")
    )


@require_http_methods(["GET", "POST"])
def resource(request: DeskRequest, code: str) -> HttpResponse:
    """An element: its data, and who rides on it."""
    return _resource(
        request, pages.resource_page(actor=request.actor, at=request.at, code=code), _("Elemento de red")
    )


def _resource(request: DeskRequest, page: pages.ResourcePage, title: str) -> HttpResponse:
    if request.method == "POST":
        require(request.actor, Act.EDIT_SERVICES)
    initial = {"active": True, "kind": "NODE", **page.values, "version": page.version}
    form = forms.ResourceForm(bound(request), page=page, initial=initial)
    more = {"page": page, "may_edit": request.actor.may(Act.EDIT_SERVICES)}
    editor = Editor(
        title, _("Guardar"), reverse("desk:network"), f"elemento-{page.code or 'nuevo'}", page.code, "desk/resource.html",
        names={"labels": "nms_names"}, more=more,
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        version = version_of(said) if page.resource_id else None
        saved = operations.save_resource(
            resource_id=page.resource_id, version=version, actor=request.actor, at=request.at, **form.wishes()
        )
        toasts.say(request, _("Sin cambios.") if saved.unchanged else _("Guardado."))
        return redirect("desk:resource", code=saved.code)

    return edit(request, form, editor, save)


@require_http_methods(["GET", "POST"])
def new_provider(request: DeskRequest) -> HttpResponse:
    """Register a provider."""
    return _provider(request, pages.provider_page(actor=request.actor), _("Nuevo proveedor"))


@require_http_methods(["GET", "POST"])
def provider(request: DeskRequest, code: str) -> HttpResponse:
    """A provider: its data, its levels of escalation, its elements."""
    return _provider(request, pages.provider_page(actor=request.actor, code=code), _("Proveedor"))


def _provider(request: DeskRequest, page: pages.ProviderPage, title: str) -> HttpResponse:
    if request.method == "POST":
        require(request.actor, Act.EDIT_SERVICES)
    form = forms.ProviderForm(
        bound(request), levels=page.levels, initial={"active": True, **page.values, "version": page.version}
    )
    more = {"page": page, "may_edit": request.actor.may(Act.EDIT_SERVICES)}
    editor = Editor(
        title,
        _("Guardar"),
        reverse("desk:network"),
        f"proveedor-{page.code or 'nuevo'}",
        page.code,
        "desk/provider.html",
        more=more,
    )

    def save(said: dict[str, Any]) -> HttpResponse:
        version = version_of(said) if page.provider_id else None
        saved = operations.save_provider(
            provider_id=page.provider_id, version=version, actor=request.actor, at=request.at, **form.wishes()
        )
        toasts.say(request, _("Sin cambios.") if saved.unchanged else _("Guardado."))
        return redirect("desk:provider", code=saved.code)

    return edit(request, form, editor, save)


@require_GET
def sla_profiles(request: DeskRequest) -> HttpResponse:
    """All SLA profiles, revision by revision."""
    rows = pages.sla_list(actor=request.actor, at=request.at)
    return render(
        request, "desk/sla_profiles.html", {"rows": rows, "may_edit": request.actor.may(Act.EDIT_SERVICES)}
    )


@require_http_methods(["GET", "POST"])
def new_sla_profile(request: DeskRequest) -> HttpResponse:
    """Register an SLA profile."""
    return _sla(request, pages.sla_page(actor=request.actor, at=request.at), _("Nuevo perfil SLA"))


@require_http_methods(["GET", "POST"])
def sla_profile(request: DeskRequest, profile_id: int) -> HttpResponse:
    """Edit a revision of an SLA profile, or make the next one by its date."""
    page = pages.sla_page(actor=request.actor, at=request.at, profile_id=profile_id)
    return _sla(request, page, _("Perfil SLA"))


def _sla(request: DeskRequest, page: pages.SlaPage, title: str) -> HttpResponse:
    form = forms.SlaForm(
        bound(request), targets=page.targets, initial={**page.values, "version": page.version}
    )
    subtitle = (
        _("%(code)s · revisión %(revision)d") % {"code": page.code, "revision": page.revision}
        if page.code
        else ""
    )
    editor = Editor(
        title, _("Guardar"), reverse("desk:sla-profiles"), f"sla-{page.profile_id or 'nuevo'}", subtitle, "desk/sla_profile.html",
        names={"targets_1": "response_1", "targets_2": "response_2", "targets_3": "response_3"}, more={"page": page},
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        version = version_of(said) if page.profile_id else None
        saved = operations.save_sla_profile(
            profile_id=page.profile_id, version=version, actor=request.actor, at=request.at, **form.wishes()
        )
        toasts.say(request, _("Sin cambios.") if saved.unchanged else _("Guardado."))
        return redirect("desk:sla-profiles")

    return edit(request, form, editor, save)
