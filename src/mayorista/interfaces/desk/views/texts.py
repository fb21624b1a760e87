"""The texts that the house sends: mails, quick replies, and WhatsApp templates with Meta's approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.messaging import operations as messaging
from mayorista.apps.overview.queries import texts as text_queries
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.texts import TextForm
from mayorista.interfaces.desk.views.editing import Editor, bound, edit, version_of
from mayorista.rules.errors import Conflict, Invalid

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def texts(request: DeskRequest) -> HttpResponse:
    """Every text, by kind, with the state of each template."""
    return render(request, "desk/texts.html", {"page": text_queries.texts_page(actor=request.actor)})


@require_POST
def submit(request: DeskRequest) -> HttpResponse:
    """Hand all drafts of templates in to Meta."""
    try:
        states = messaging.submit_templates(actor=request.actor, at=request.at)
    except Conflict as error:
        context = {"page": text_queries.texts_page(actor=request.actor), "error": error}
        return render(request, "desk/texts.html", context, status=409)
    count = len(states)
    toasts.say(
        request,
        ngettext("%(n)d plantilla enviada a Meta.", "%(n)d plantillas enviadas a Meta.", count) % {"n": count}
        if count
        else _("No hay borradores por enviar."),
    )
    return redirect("desk:texts")


@require_http_methods(["GET", "POST"])
def text(request: DeskRequest, code: str) -> HttpResponse:
    """One text: write a new version, or see with example values what is written."""
    page = text_queries.text_page(code=code, actor=request.actor)
    form = TextForm(
        bound(request),
        has_subject=page.has_subject,
        initial={"subject": page.subject, "body": page.body, "version": page.version},
    )
    editor = Editor(
        page.name, _("Guardar versión nueva"), reverse("desk:texts"), f"texto-{code}", code, "desk/text.html",
        more={"page": page, "shown": page.shown, "trying": False},
    )  # fmt: skip
    if request.method == "POST" and "probar" in request.POST:
        return _try(request, form, editor, code)

    def save(said: dict[str, Any]) -> HttpResponse:
        made = messaging.save_text(
            code=code,
            subject=said.get("subject", ""),
            body=said["body"],
            version=version_of(said) or 0,
            actor=request.actor,
            at=request.at,
        )
        toasts.say(request, _saved(page, made.version))
        return redirect("desk:text", code)

    return edit(request, form, editor, save)


def _saved(page: text_queries.TextPage, version: int) -> str:
    if version == page.version:
        return _("Sin cambios.")
    if page.kind == "TEMPLATE":
        return _("Borrador guardado: envíelo a Meta para que se pueda usar.")
    return _("Versión %(n)d guardada; se usa desde ahora.") % {"n": version}


def _try(request: DeskRequest, form: TextForm, editor: Editor, code: str) -> HttpResponse:
    """Show what is written with example values; nothing is saved."""
    more, status = {**editor.more, "trying": True}, 422
    if form.is_valid():
        said = form.cleaned_data
        try:
            more["shown"] = text_queries.with_examples(
                code=code, subject=said.get("subject", ""), body=said["body"], actor=request.actor
            )
            status = 200
        except Invalid as error:
            attach(form, error)
    return render(
        request, editor.template, {"form": form, "editor": editor, "versions": [], **more}, status=status
    )
