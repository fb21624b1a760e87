"""The RFO of a fault: drafted, approved by another person, sent to each ISP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.assurance.operations import rfos as operations
from mayorista.apps.overview.queries import rfos as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.assurance import RfoForm
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_http_methods(["GET", "POST"])
def rfo(request: DeskRequest, number: str) -> HttpResponse:
    """The draft and the versions; a POST writes the draft."""
    require(request.actor, Act.VIEW_REPORTS if request.method == "GET" else Act.DRAFT_RFO)
    page = pages.rfo_page(number, at=request.at)
    form = RfoForm(request.POST or None, initial=page.draft)
    if request.method == "POST" and form.is_valid():
        try:
            operations.draft(number=number, said=form.cleaned_data, actor=request.actor, at=request.at)
        except Invalid as error:
            attach(form, error)
        else:
            toasts.say(request, _("RFO guardado: espera la aprobación de Gerencia."))
            return redirect("desk:rfo", number=number)
    context = {
        "page": page,
        "form": form,
        "may_draft": request.actor.may(Act.DRAFT_RFO),
        "may_approve": request.actor.may(Act.APPROVE_RFO)
        and page.waiting
        and page.restored
        and page.drafted_by_id != request.actor.user_id,
        "may_send": request.actor.may(Act.SEND_REPORT) and bool(page.versions),
        "waits": [hit for hit in page.hit if hit.mail],
    }
    return render(request, "desk/rfo.html", context, status=422 if form.errors else 200)


@require_POST
def approve(request: DeskRequest, number: str) -> HttpResponse:
    """Approve the draft."""
    require(request.actor, Act.APPROVE_RFO)
    row = operations.approve(number=number, actor=request.actor, at=request.at)
    toasts.say(request, _("RFO aprobado, versión %(n)d.") % {"n": row.sequence})
    return redirect("desk:rfo", number=number)


@require_POST
def send(request: DeskRequest, number: str) -> HttpResponse:
    """Send it to the affected ISPs that were chosen, each with its own text; to all where none was named."""
    require(request.actor, Act.SEND_REPORT)
    cases = request.POST.getlist("row") if "choice" in request.POST else None
    words = request.POST
    named = [key.removeprefix("subject-") for key in words if key.startswith("subject-")]
    texts = {case: (str(words[f"subject-{case}"]), str(words.get(f"body-{case}", ""))) for case in named}
    done = operations.send(number=number, actor=request.actor, at=request.at, cases=cases, said=texts)
    said = ngettext("Enviado a %(n)d cliente.", "Enviado a %(n)d clientes.", done.sent) % {"n": done.sent}
    if done.left:
        said += " " + _("Sin correo: %(c)s.") % {"c": ", ".join(done.left)}
    toasts.say(request, said)
    return redirect("desk:rfo", number=number)
