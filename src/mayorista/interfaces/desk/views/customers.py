"""Customers and their contacts and contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.customers import operations
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.overview.queries import customers as pages
from mayorista.apps.overview.queries import network
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import customers as forms
from mayorista.interfaces.desk.views.board import number_of
from mayorista.interfaces.desk.views.editing import Editor, bound, edit, version_of
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

SHOWS = (("yes", "Activos"), ("no", "Inactivos"), ("all", "Todos"))
SORTS = {"nombre": "name", "-nombre": "-name", "codigo": "code", "-codigo": "-code"}
EXPORTED = 5_000


@require_GET
def customers(request: DeskRequest) -> HttpResponse:
    """All ISPs, found by any number or name."""
    asked = request.GET
    show = asked.get("estado", "yes") if asked.get("estado") in dict(SHOWS) else "yes"
    whole = asked.get("formato") == "xlsx"
    page = pages.customer_list(
        actor=request.actor, text=asked.get("texto", ""), active=show, sort=SORTS.get(asked.get("orden", ""), "name"),
        page=1 if whole else number_of(request, "pagina", 1), **({"page_size": EXPORTED} if whole else {}),
    )  # fmt: skip
    if whole:
        return sheets.response(
            _("Clientes"), request,
            (_("Código"), _("Nombre"), _("NIT"), _("Ciudad"), _("Activo"), _("Contactos"), _("Con WhatsApp")),
            [(row.code, row.name, row.nit, row.city, row.active, row.contacts, row.opted_in) for row in page.rows],
        )  # fmt: skip
    context = {
        "page": page, "show": show, "shows": [(key, _(title)) for key, title in SHOWS],
        "may_edit": request.actor.may(Act.EDIT_CUSTOMERS), "may_import": request.actor.may(Act.IMPORT),
    }  # fmt: skip
    return render(request, "desk/customers.html", context)


@require_GET
def customer(request: DeskRequest, code: str) -> HttpResponse:
    """Everything of one ISP on one page."""
    page = pages.customer_page(code=code, actor=request.actor, at=request.at)
    may = {
        "customers": request.actor.may(Act.EDIT_CUSTOMERS),
        "services": request.actor.may(Act.EDIT_SERVICES),
    }
    return render(
        request,
        "desk/customer.html",
        {"page": page, "may": may, "may_open": request.actor.may(Act.OPEN_CASE)},
    )


@require_http_methods(["GET", "POST"])
def new_customer(request: DeskRequest) -> HttpResponse:
    """Register an ISP."""
    require(request.actor, Act.EDIT_CUSTOMERS)
    form = forms.CustomerForm(bound(request), initial={"active": True})
    editor = Editor(
        _("Nuevo cliente"),
        _("Registrar cliente"),
        reverse("desk:customers"),
        "nuevo-cliente",
        _("Solo ISP mayorista."),
    )

    def save(said: dict[str, Any]) -> HttpResponse:
        said.pop("version")
        saved = operations.save_customer(actor=request.actor, at=request.at, **said)
        toasts.say(
            request,
            _("Cliente %(code)s registrado. Agregue sus contactos y servicios.") % {"code": saved.code},
        )
        return redirect("desk:customer", code=saved.code)

    return edit(request, form, editor, save)


@require_http_methods(["GET", "POST"])
def edit_customer(request: DeskRequest, code: str) -> HttpResponse:
    """Edit an ISP."""
    require(request.actor, Act.EDIT_CUSTOMERS)
    card = customer_queries.customer_by_code(code=code)
    names = ("name", "code", "legal_name", "nit", "city", "address", "notes", "active", "version")
    form = forms.CustomerForm(bound(request), initial={name: getattr(card, name) for name in names})
    back = reverse("desk:customer", args=[card.code])
    editor = Editor(
        _("Editar cliente"), _("Guardar"), back, f"cliente-{card.id}", f"{card.name} · {card.code}"
    )

    def save(said: dict[str, Any]) -> HttpResponse:
        version = version_of(said)
        said.pop("version")
        saved = operations.save_customer(
            customer_id=card.id, version=version, actor=request.actor, at=request.at, **said
        )
        toasts.say(request, _("Sin cambios.") if saved.unchanged else _("Guardado."))
        return redirect("desk:customer", code=saved.code)

    return edit(request, form, editor, save)


# ---- contacts


@require_GET
def contacts(request: DeskRequest) -> HttpResponse:
    """All contacts, of all ISPs."""
    whole = request.GET.get("formato") == "xlsx"
    page = pages.contact_list(
        actor=request.actor, text=request.GET.get("texto", ""), page=1 if whole else number_of(request, "pagina", 1),
        **({"page_size": EXPORTED} if whole else {}),
    )  # fmt: skip
    if whole:
        return sheets.response(
            _("Contactos"), request,
            (_("Nombre"), _("Cliente"), _("Rol"), _("Prioridad"), _("Teléfono"), _("Correo"), _("Acepta WhatsApp")),
            [
                (each.contact.full_name, role.customer_name, role.role_name, role.priority, each.contact.phone, each.contact.email, each.contact.opted_in_at)
                for each in page.rows
                for role in each.roles
            ],
        )  # fmt: skip
    return render(request, "desk/contacts.html", {"page": page})


@require_http_methods(["GET", "POST"])
def new_contact(request: DeskRequest, code: str) -> HttpResponse:
    """Register a person at an ISP."""
    require(request.actor, Act.EDIT_CUSTOMERS)
    card = customer_queries.customer_by_code(code=code)
    asked = request.GET  # from a mail whose writer nobody knew
    said_there = {"email": asked.get("correo", "")[:254], "full_name": asked.get("nombre", "")[:200]}
    form = forms.NewContactForm(bound(request), initial={"active": True, "priority": 1, **said_there})
    back = reverse("desk:customer", args=[card.code])
    editor = Editor(
        _("Nuevo contacto"),
        _("Registrar contacto"),
        back,
        f"contacto-nuevo-{card.id}",
        f"{card.name} · {card.code}",
    )

    def save(said: dict[str, Any]) -> HttpResponse:
        said.pop("version")
        priority = said.pop("priority")
        wishes = [operations.ContactRoleWish(card.id, role, priority) for role in said.pop("roles")]
        saved = operations.save_contact(roles=wishes, actor=request.actor, at=request.at, **said)
        for warning in saved.warnings:
            toasts.say(request, warning)
        toasts.say(request, _("Contacto registrado. Si acepta WhatsApp, regístrelo aquí."))
        if asked.get("mensaje", "").isdecimal():
            return redirect("desk:message", message_id=int(asked["mensaje"]))
        return redirect("desk:contact", contact_id=saved.id)

    return edit(request, form, editor, save)


@require_http_methods(["GET", "POST"])
def contact(request: DeskRequest, contact_id: int) -> HttpResponse:
    """A person: data, roles at its ISPs, consent to WhatsApp, identities."""
    page = pages.contact_page(contact_id=contact_id, actor=request.actor)
    card, may_edit = page.contact, request.actor.may(Act.EDIT_CUSTOMERS)
    if request.method == "POST":
        require(request.actor, Act.EDIT_CUSTOMERS)
    phones = " / ".join(filter(None, [card.phone_e164, *card.other_phones.split(", ")]))
    initial = {
        "full_name": card.full_name,
        "phone": phones,
        "email": card.email,
        "notes": card.notes,
        "active": card.active,
    }
    form = forms.ContactForm(bound(request), initial={**initial, "version": card.version})
    back = reverse("desk:customer", args=[page.roles[0].code]) if page.roles else reverse("desk:contacts")
    more = {
        "page": page,
        "may_edit": may_edit,
        "opt_in": forms.OptInForm(),
        "withdraw": forms.WithdrawForm(),
        "roles": _roles_form(),
        "addresses": customer_queries.addresses_of_contact(contact_id=contact_id),
        "may_link": request.actor.may(Act.FILE_MESSAGE),
    }
    editor = Editor(
        _("Contacto"),
        _("Guardar"),
        back,
        f"contacto-{card.id}",
        card.full_name,
        "desk/contact.html",
        more=more,
    )

    def save(said: dict[str, Any]) -> HttpResponse:
        version = version_of(said)
        said.pop("version")
        saved = operations.save_contact(
            contact_id=card.id, version=version, actor=request.actor, at=request.at, **said
        )
        for warning in saved.warnings:
            toasts.say(request, warning)
        toasts.say(request, _("Sin cambios.") if saved.unchanged else _("Guardado."))
        return redirect("desk:contact", contact_id=card.id)

    return edit(request, form, editor, save)


def _roles_form(data: Any = None) -> forms.ContactRolesForm:
    return forms.ContactRolesForm(data, customers=customer_queries.choices(active_only=False))


@require_POST
def contact_roles(request: DeskRequest, contact_id: int) -> HttpResponse:
    """Say what a person answers for at one ISP."""
    require(request.actor, Act.EDIT_CUSTOMERS)
    form = _roles_form(request.POST)
    if not form.is_valid():
        raise Invalid(_("Elija el cliente y los roles."), field="roles")
    said = form.cleaned_data
    wishes = [
        operations.ContactRoleWish(said["customer_id"], role, said["priority"]) for role in said["roles"]
    ]
    operations.save_contact(
        contact_id=contact_id, roles=wishes, roles_at=said["customer_id"], actor=request.actor, at=request.at
    )
    toasts.say(request, _("Roles guardados."))
    return redirect("desk:contact", contact_id=contact_id)


@require_http_methods(["GET", "POST"])
def opt_in(request: DeskRequest, contact_id: int) -> HttpResponse:
    """Record that a person accepts WhatsApp, or that it no longer does."""
    require(request.actor, Act.EDIT_CUSTOMERS)
    page = pages.contact_page(contact_id=contact_id, actor=request.actor)
    leaving = page.contact.opted_in
    form_class = forms.WithdrawForm if leaving else forms.OptInForm
    title = _("Retirar el consentimiento de WhatsApp") if leaving else _("Registrar que acepta WhatsApp")
    back = reverse("desk:contact", args=[contact_id])
    editor = Editor(title, _("Guardar"), back, f"optin-{contact_id}", page.contact.full_name)

    def save(said: dict[str, Any]) -> HttpResponse:
        if leaving:
            operations.withdraw_opt_in(
                contact_id=contact_id, reason=said["reason"], actor=request.actor, at=request.at
            )
        else:
            operations.record_opt_in(
                contact_id=contact_id,
                how=said["opt_in_how"],
                given_at=said["opt_in_at"],
                actor=request.actor,
                at=request.at,
            )
        toasts.say(request, _("Guardado."))
        return redirect("desk:contact", contact_id=contact_id)

    return edit(request, form_class(bound(request)), editor, save)


@require_POST
def unlink(request: DeskRequest, identity_id: int) -> HttpResponse:
    """Undo a wrong link between a WhatsApp writer and a contact."""
    card = customer_queries.identity(identity_id=identity_id)
    operations.unlink_identity(identity_id=identity_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Desvinculado."))
    return (
        redirect("desk:contact", contact_id=card.contact_id) if card.contact_id else redirect("desk:contacts")
    )


@require_http_methods(["GET", "POST"])
def link(request: DeskRequest, identity_id: int) -> HttpResponse:
    """Say whose a WhatsApp writer is."""
    require(request.actor, Act.FILE_MESSAGE)
    card = customer_queries.identity(identity_id=identity_id)
    text = request.GET.get("texto", "")
    if request.method == "POST":
        chosen = request.POST.get("contact_id", "")
        if not chosen.isdecimal():
            raise Invalid(_("Falta el contacto."), field="contact_id", remedy=_("Elija uno de la lista."))
        operations.link_identity(
            identity_id=identity_id, contact_id=int(chosen), actor=request.actor, at=request.at
        )
        toasts.say(request, _("Vinculado: sus mensajes ya tienen contacto."))
        return redirect("desk:contact", contact_id=int(chosen))
    rows = pages.contact_list(actor=request.actor, text=text).rows if text else ()
    return render(request, "desk/identity.html", {"identity": card, "rows": rows, "text": text})


# ---- contracts


@require_http_methods(["GET", "POST"])
def new_contract(request: DeskRequest, code: str) -> HttpResponse:
    """Register a contract of an ISP."""
    page = network.contract_form(actor=request.actor, customer_code=code)
    return _contract(request, page, _("Nuevo contrato"), _("Registrar contrato"))


@require_http_methods(["GET", "POST"])
def contract(request: DeskRequest, number: str) -> HttpResponse:
    """Edit a contract."""
    page = network.contract_form(actor=request.actor, number=number)
    return _contract(request, page, _("Contrato"), _("Guardar"))


def _contract(request: DeskRequest, page: network.ContractForm, title: str, submit: str) -> HttpResponse:
    form = forms.ContractForm(
        bound(request), profiles=page.profiles, initial={**page.values, "version": page.version}
    )
    number = page.values.get("number")
    back = (
        reverse("desk:contract", args=[number])
        if number
        else reverse("desk:customer", args=[page.customer.code])
    )
    draft = f"contrato-{page.contract_id or page.customer.code}"
    editor = Editor(title, submit, back, draft, f"{page.customer.name} · {page.customer.code}")

    def save(said: dict[str, Any]) -> HttpResponse:
        version = version_of(said) if page.contract_id else None
        said.pop("version")
        saved = contracts.save_contract(
            contract_id=page.contract_id, customer_id=page.customer.id, version=version,
            actor=request.actor, at=request.at, **said,
        )  # fmt: skip
        toasts.say(request, _("Sin cambios.") if saved.unchanged else _("Guardado."))
        return redirect(back)

    return edit(request, form, editor, save)
