"""Services (circuits): list, page, edit, end, suspend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.contracts import operations
from mayorista.apps.overview.queries import services as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import customers as forms
from mayorista.interfaces.desk.views.board import number_of
from mayorista.interfaces.desk.views.editing import Editor, bound, edit, version_of
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

SHOWS = (("ACTIVE", "Activos"), ("ENDED", "Terminados"), ("todos", "Todos"))
STATES = {"UP": "en servicio", "DOWN": "caído", "SUSPENDED": "suspendido", "ENDED": "terminado"}
EXPORTED = 10_000


@require_GET
def services(request: DeskRequest) -> HttpResponse:
    """All circuits, found by code, alias, customer, port, ASN or prefix."""
    asked = request.GET
    status = asked.get("estado", "ACTIVE") if asked.get("estado", "ACTIVE") in dict(SHOWS) else "ACTIVE"
    whole = asked.get("formato") == "xlsx"
    page = pages.service_list(
        actor=request.actor, at=request.at, text=asked.get("texto", ""), status=status, node=asked.get("elemento", ""),
        sort=asked.get("orden", ""), page=1 if whole else number_of(request, "pagina", 1),
        **({"page_size": EXPORTED} if whole else {}),
    )  # fmt: skip
    if whole:
        return sheets.response(
            _("Servicios"), request,
            (_("Circuito"), _("Cliente"), _("Capacidad"), _("kbit/s"), _("Nodo"), _("Puerto"), _("VLAN"), _("ASN"),
             _("Prefijos"), _("SLA"), _("Estado")),
            [
                (row.brief.circuit_code, row.brief.customer_name, row.brief.capacity, row.brief.capacity_kbps, row.brief.node_code,
                 row.brief.port, row.brief.vlan, row.brief.asn, ", ".join(row.brief.prefixes), row.sla, STATES[row.state])
                for row in page.rows
            ],
        )  # fmt: skip
    context = {"page": page, "status": status, "shows": [(key, _(title)) for key, title in SHOWS]}
    return render(request, "desk/services.html", context)


@require_GET
def service(request: DeskRequest, code: str) -> HttpResponse:
    """Everything of one circuit."""
    page = pages.service_page(code=code, actor=request.actor, at=request.at)
    may = {
        act.name.lower(): request.actor.may(act)
        for act in (Act.EDIT_SERVICES, Act.SUSPEND, Act.LINK_ALARM, Act.OPEN_CASE, Act.REQUEST_SPEED)
    }
    return render(request, "desk/service.html", {"page": page, "may": may})


@require_http_methods(["GET", "POST"])
def new_service(request: DeskRequest, code: str) -> HttpResponse:
    """Register a circuit of an ISP."""
    page = pages.service_form(actor=request.actor, customer_code=code)
    return _edit(
        request, page, _("Nuevo servicio"), _("Registrar servicio"), reverse("desk:customer", args=[code])
    )


@require_http_methods(["GET", "POST"])
def edit_service(request: DeskRequest, code: str) -> HttpResponse:
    """Edit a circuit."""
    page = pages.service_form(actor=request.actor, code=code)
    return _edit(request, page, _("Editar servicio"), _("Guardar"), reverse("desk:service", args=[code]))


def _edit(request: DeskRequest, page: pages.ServiceForm, title: str, submit: str, back: str) -> HttpResponse:
    form = forms.ServiceForm(bound(request), choices=page, initial={**page.values, "version": page.version})
    draft = f"servicio-{page.service_id or page.customer.code}"
    editor = Editor(
        title, submit, back, draft, f"{page.customer.name} · {page.customer.code}", "desk/service_form.html",
        names={"capacity_kbps": "capacity", "labels": "nms_names", "aliases": "own_aliases"},
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        version = version_of(said) if page.service_id else None
        saved = operations.save_service(
            service_id=page.service_id, customer_id=page.customer.id, version=version,
            actor=request.actor, at=request.at, **form.wishes(),
        )  # fmt: skip
        toasts.say(request, _("Sin cambios.") if saved.unchanged else _("Guardado."))
        return redirect("desk:service", code=saved.code)

    return edit(request, form, editor, save)


@require_http_methods(["GET", "POST"])
def end_service(request: DeskRequest, code: str) -> HttpResponse:
    """End a circuit."""
    require(request.actor, Act.EDIT_SERVICES)
    page = pages.service_page(code=code, actor=request.actor, at=request.at)
    back = reverse("desk:service", args=[code])
    editor = Editor(
        _("Terminar servicio"),
        _("Terminar"),
        back,
        f"terminar-{code}",
        _("Sus alarmas dejarán de abrir casos. La historia queda."),
    )

    def save(said: dict[str, Any]) -> HttpResponse:
        operations.end_service(service_id=page.row.brief.id, actor=request.actor, at=request.at, **said)
        toasts.say(request, _("Servicio terminado."))
        return redirect(back)

    return edit(request, forms.EndServiceForm(bound(request)), editor, save)


@require_http_methods(["GET", "POST"])
def suspend(request: DeskRequest, code: str) -> HttpResponse:
    """Suspend a circuit, or end its suspension."""
    require(request.actor, Act.SUSPEND)
    page = pages.service_page(code=code, actor=request.actor, at=request.at)
    back = reverse("desk:service", args=[code])
    held = page.suspended
    subtitle = _("Sus alarmas quedan silenciadas a la vista mientras dure.")
    if held is None:
        form: Any = forms.SuspendForm(bound(request), initial={"starts_at": _("ahora")})
        editor = Editor(_("Suspender servicio"), _("Suspender"), back, f"suspender-{code}", subtitle)
    else:
        form = forms.ResumeForm(bound(request), initial={"ends_at": _("ahora")})
        editor = Editor(_("Rehabilitar servicio"), _("Rehabilitar"), back, f"rehabilitar-{code}", held.reason)

    def save(said: dict[str, Any]) -> HttpResponse:
        if held is None:
            operations.suspend_service(
                service_id=page.row.brief.id, actor=request.actor, at=request.at, **said
            )
        else:
            operations.end_suspension(suspension_id=held.id, actor=request.actor, at=request.at, **said)
        toasts.say(request, _("Guardado."))
        return redirect(back)

    return edit(request, form, editor, save)


@require_POST
def remove_name(request: DeskRequest, name_id: int) -> HttpResponse:
    """Forget labels by which alarms named a circuit or element."""
    operations.remove_nms_name(name_id=name_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Nombre quitado."))
    return redirect(request.headers.get("Referer") or "/servicios/")
