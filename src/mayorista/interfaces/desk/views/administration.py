"""People, delegations, units and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.overview.queries import administration as pages
from mayorista.apps.overview.queries import criteria_page
from mayorista.apps.procedure.actors import require
from mayorista.apps.procedure.operations import access, people
from mayorista.apps.procedure.operations import parameters as parameter_operations
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import administration as forms
from mayorista.interfaces.desk.views.editing import Editor, bound, edit
from mayorista.rules.procedure import ROLE_SHORT, Act, Role

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

SHOWS = (("yes", "Activos"), ("no", "Inactivos"), ("all", "Todos"))


@require_GET
def administration(request: DeskRequest) -> HttpResponse:
    """What this person may set up."""
    page = pages.administration_page(actor=request.actor, at=request.at)
    may = {act.name.lower(): act in page.acts for act in pages.ACTS}
    return render(request, "desk/administration.html", {"page": page, "may": may})


@require_GET
def users(request: DeskRequest) -> HttpResponse:
    """People who may enter, and their roles."""
    asked = request.GET
    show = asked.get("estado", "yes") if asked.get("estado") in dict(SHOWS) else "yes"
    rows = pages.user_list(
        actor=request.actor, text=asked.get("texto", ""), active=show, role=asked.get("rol", "")
    )
    roles = [(role.value, ROLE_SHORT[role]) for role in Role]
    context = {"rows": rows, "show": show, "shows": [(key, _(title)) for key, title in SHOWS], "roles": roles}
    return render(request, "desk/users.html", context)


@require_http_methods(["GET", "POST"])
def new_user(request: DeskRequest) -> HttpResponse:
    """Let a person in."""
    return _user(request, pages.user_form(actor=request.actor), _("Nuevo usuario"))


@require_http_methods(["GET", "POST"])
def user(request: DeskRequest, user_id: int) -> HttpResponse:
    """Change a person's data, roles or password."""
    return _user(request, pages.user_form(actor=request.actor, user_id=user_id), _("Usuario"))


def _user(request: DeskRequest, page: pages.UserForm, title: str) -> HttpResponse:
    form = forms.UserForm(bound(request), choices=page, initial=page.values)
    editor = Editor(
        title,
        _("Guardar"),
        reverse("desk:users"),
        f"usuario-{page.user_id or 'nuevo'}",
        page.username,
        template="desk/user.html" if page.user_id else "desk/form.html",
        more={"user_id": page.user_id},
    )

    def save(_said: dict[str, Any]) -> HttpResponse:
        saved = people.save_user(actor=request.actor, at=request.at, user_id=page.user_id, **form.wishes())
        toasts.say(request, _("%(name)s guardado.") % {"name": saved.full_name})
        return redirect("desk:users")

    return edit(request, form, editor, save)


@require_POST
def unlock(request: DeskRequest, user_id: int) -> HttpResponse:
    """Let a person in who failed too often."""
    access.lift_lockout(user_id=user_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Bloqueo levantado."))
    return redirect("desk:user", user_id)


@require_POST
def drop_factor(request: DeskRequest, user_id: int) -> HttpResponse:
    """Take away the second factor of a lost phone."""
    access.drop_second_factor(user_id=user_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Segundo factor quitado. La persona entra con su contraseña y activa otro."))
    return redirect("desk:user", user_id)


@require_POST
def distrust_devices(request: DeskRequest) -> HttpResponse:
    """Ask one's own second factor again wherever it was trusted."""
    access.distrust_devices(actor=request.actor, at=request.at)
    toasts.say(request, _("Ningún equipo es ya de confianza: el próximo ingreso pedirá el código."))
    return redirect("mfa_index")


@require_http_methods(["GET", "POST"])
def delegations(request: DeskRequest) -> HttpResponse:
    """Who stands in for whom; a new delegation is made on the same page."""
    page = pages.delegations_page(actor=request.actor, at=request.at)
    form = forms.DelegationForm(
        bound(request), page=page, initial={"starts_at": _("ahora"), "delegator_id": request.actor.user_id}
    )
    more = {"page": page, "own_id": request.actor.user_id, "is_admin": request.actor.may(Act.ADMINISTER)}
    editor = Editor(
        _("Delegaciones"), _("Delegar"), reverse("desk:administration"), "delegacion", template="desk/delegations.html",
        names={"delegate": "delegate_id"}, more=more,
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        made = people.delegate(actor=request.actor, at=request.at, **said)
        toasts.say(request, _("%(name)s puede actuar en ese rol.") % {"name": made.delegate})
        return redirect("desk:delegations")

    return edit(request, form, editor, save)


@require_POST
def revoke(request: DeskRequest, delegation_id: int) -> HttpResponse:
    """End a delegation at once."""
    people.revoke_delegation(delegation_id=delegation_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Delegación revocada."))
    return redirect("desk:delegations")


@require_GET
def units(request: DeskRequest) -> HttpResponse:
    """The directory of units and who sits in them."""
    return render(request, "desk/units.html", {"rows": pages.unit_list(actor=request.actor)})


@require_GET
def parameters(request: DeskRequest) -> HttpResponse:
    """Every dated parameter with its value in force."""
    rows = pages.parameter_list(actor=request.actor, at=request.at, text=request.GET.get("texto", ""))
    context = {"rows": rows, "contradictions": criteria_page.in_force_contradictions(at=request.at)}
    return render(request, "desk/parameters.html", context)


@require_http_methods(["GET", "POST"])
def parameter(request: DeskRequest, name: str) -> HttpResponse:
    """A parameter with its history; who may change it gives it a new value from a moment on."""
    page = pages.parameter_page(name=name, actor=request.actor, at=request.at)
    if request.method == "POST":
        require(request.actor, Act.EDIT_PARAMETERS)
    form = forms.ParameterForm(bound(request), page=page, initial={"value": page.text})
    editor = Editor(
        page.title, _("Guardar valor"), reverse("desk:parameters"), f"parametro-{name}", name, "desk/parameter.html",
        more={"page": page},
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        parameter_operations.change_parameter(
            name=name, value=said["value"], valid_from=said["valid_from"] or request.at, reason=said["reason"],
            actor=request.actor, at=request.at,
        )  # fmt: skip
        toasts.say(request, _("Guardado. Lo anterior sigue valiendo para su fecha."))
        return redirect("desk:parameters")

    return edit(request, form, editor, save)
