"""A credit or debit note: its page, its paper, its mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.billing.operations import attaching, dispatching, invoices
from mayorista.apps.overview.queries import note_papers as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.billing import PaperForm
from mayorista.interfaces.desk.views.billing import UNDO_SECONDS, may
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def note(request: DeskRequest, note_id: int) -> HttpResponse:
    """A note with its mail as it would leave now."""
    require(request.actor, Act.VIEW_BILLING)
    return _note(request, note_id)


def _note(request: DeskRequest, note_id: int, paper: PaperForm | None = None) -> HttpResponse:
    context = {
        "page": pages.note_page(note_id=note_id, at=request.at),
        "may": may(request),
        "paper": paper or PaperForm(),
        "seconds": UNDO_SECONDS,
    }
    return render(request, "desk/note.html", context, status=422 if paper and paper.errors else 200)


@require_GET
def pdf(request: DeskRequest, note_id: int) -> HttpResponse:
    """The paper of a note of our own series."""
    require(request.actor, Act.VIEW_BILLING)
    found = pages.note_pdf(note_id=note_id, at=request.at)
    if found is None:
        raise NotFound(_("El PDF de esa nota es el archivo de su sistema."))
    return sheets.paper(*found)


@require_POST
def attach_pdf(request: DeskRequest, note_id: int) -> HttpResponse:
    """Attach the PDF of a note of the billing system in use, until it is dispatched."""
    require(request.actor, Act.ISSUE_NOTE)
    form = PaperForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["pdf"]
        try:
            made = attaching.attach_to_note(
                note_id=note_id,
                paper=invoices.Paper(upload.name or "nota.pdf", upload.read()),
                actor=request.actor,
                at=request.at,
            )
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("PDF adjuntado (versión %(n)s).") % {"n": made.sequence})
            return redirect("desk:billing-note", note_id=note_id)
    return _note(request, note_id, form)


@require_POST
def dispatch(request: DeskRequest, note_id: int) -> HttpResponse:
    """Send one note, with ten seconds to undo."""
    require(request.actor, Act.DISPATCH_INVOICE)
    made = dispatching.dispatch_note(note_id=note_id, actor=request.actor, at=request.at)
    url = reverse("desk:dispatch-undo", args=[made.pk])
    toasts.say(request, _("Nota en camino."), undo_url=url, seconds=UNDO_SECONDS)
    return redirect("desk:billing-note", note_id=note_id)
