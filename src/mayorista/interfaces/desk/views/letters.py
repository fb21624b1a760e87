"""What a person does about one incoming mail: answer it, say whose its address is, close it with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.customers import operations as customers
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.overview.queries import customers as pages
from mayorista.apps.overview.queries import messages as inbox_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms.messages import AnswerForm
from mayorista.interfaces.desk.views.editing import Editor, bound, edit
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_http_methods(["GET", "POST"])
def answer(request: DeskRequest, message_id: int) -> HttpResponse:
    """Write back to who wrote a mail."""
    require(request.actor, Act.SEND_MESSAGE)
    page = inbox_queries.letter(message_id=message_id, at=request.at)
    back = reverse("desk:message", args=[message_id])
    editor = Editor(
        _("Responder correo"), _("Enviar respuesta"), back, f"respuesta-{message_id}",
        _("Para %(address)s. Sale de nuestro buzón y queda en el expediente del correo.") % {"address": page.address},
    )  # fmt: skip
    subject = page.bubble.subject or _("su correo")
    if not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"[:300]
    form = AnswerForm(bound(request), initial={"subject": subject})

    def save(said: dict[str, Any]) -> HttpResponse:
        messaging.answer_letter(
            message_id=message_id,
            subject=said["subject"],
            body=said["body"],
            actor=request.actor,
            at=request.at,
        )
        toasts.say(request, _("Respuesta en camino a %(address)s.") % {"address": page.address})
        return redirect(back)

    return edit(request, form, editor, save)


@require_http_methods(["GET", "POST"])
def link(request: DeskRequest, message_id: int) -> HttpResponse:
    """Say whose the address of a mail is: a contact that there is, or a new one of a customer."""
    require(request.actor, Act.FILE_MESSAGE)
    page = inbox_queries.letter(message_id=message_id, at=request.at)
    if "@" not in page.address:
        raise Conflict(_("Ese correo no tiene una dirección de remitente."))
    if request.method == "POST":
        chosen = request.POST.get("contact_id", "")
        if not chosen.isdecimal():
            raise Invalid(_("Falta el contacto."), field="contact_id", remedy=_("Elija uno de la lista."))
        messaging.link_writer(
            message_id=message_id, contact_id=int(chosen), actor=request.actor, at=request.at
        )
        toasts.say(request, _("Vinculado: ese contacto escribe también desde %(a)s.") % {"a": page.address})
        return redirect("desk:message", message_id=message_id)
    text = request.GET.get("texto", "")
    code = request.GET.get("cliente", "")
    if code and request.actor.may(Act.EDIT_CUSTOMERS):
        said = {"correo": page.address, "nombre": page.bubble.who, "mensaje": message_id}
        card = customer_queries.customer_by_code(code=code)
        return redirect(f"{reverse('desk:contact-new', args=[card.code])}?{urlencode(said)}")
    context = {
        "page": page,
        "message_id": message_id,
        "rows": pages.contact_list(actor=request.actor, text=text).rows if text else (),
        "text": text,
        "customers": customer_queries.codes() if request.actor.may(Act.EDIT_CUSTOMERS) else (),
    }
    return render(request, "desk/letter_link.html", context)


@require_POST
def unlink(request: DeskRequest, address_id: int) -> HttpResponse:
    """Undo a wrong link between a mail address and a contact."""
    contact_id = customers.unlink_address(address_id=address_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Desvinculada."))
    return redirect("desk:contact", contact_id=contact_id)


@require_POST
def close(request: DeskRequest, message_id: int) -> HttpResponse:
    """Close a mail that belongs on no dossier, or that can not be read."""
    messaging.set_aside(
        message_id=message_id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Correo cerrado: su motivo quedó en el registro."))
    return redirect("desk:messages")
