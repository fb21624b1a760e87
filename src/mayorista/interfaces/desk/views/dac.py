"""The D.A.C. as a page, its acknowledgement, its reprints, and the page on which anybody can verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.faults.operations import dac as operations
from mayorista.apps.overview.queries import dac as dac_queries
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.middleware import public
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def page(request: DeskRequest, number: str) -> HttpResponse:
    """A D.A.C. with its parts, their PDF, hash and acknowledgements."""
    found = dac_queries.page(number=number, at=request.at)
    context = {"page": found, "may_acknowledge": request.actor.may(Act.ACKNOWLEDGE_DAC)}
    return render(request, "desk/dac.html", context)


@require_POST
def acknowledge(request: DeskRequest, number: str) -> HttpResponse:
    """The Gerente or delegate takes note."""
    found = dac_queries.page(number=number, at=request.at)
    operations.acknowledge(form_id=found.id, actor=request.actor, at=request.at)
    toasts.say(request, _("Acuse registrado."))
    return redirect("desk:dac", number=found.number)


@require_POST
def reprint(request: DeskRequest, number: str, sequence: int) -> HttpResponse:
    """A copy marked "Reimpresión n", counted."""
    found = dac_queries.page(number=number, at=request.at)
    issue = next((row for row in found.issues if row.sequence == sequence), None)
    if issue is None:
        raise NotFound(_("Ese D.A.C. no tiene esa parte."))
    pdf = operations.reprint(issue_id=issue.id, actor=request.actor, at=request.at)
    return sheets.paper(f"{found.number}-reimpresion.pdf", pdf)


@public
@require_GET
@never_cache
def verify_form(request: DeskRequest) -> HttpResponse:
    """Where somebody with a printed form types its code."""
    token = request.GET.get("codigo", "").strip()
    if token:
        return redirect("desk:verify", token=token[:60])
    return render(request, "desk/verify.html", {"found": None, "asked": False})


@public
@require_GET
@never_cache
def verify(request: DeskRequest, token: str) -> HttpResponse:
    """Number, date and validity of a form; nothing of what it says (G-46)."""
    found = dac_queries.verify(token=token)
    return render(request, "desk/verify.html", {"found": found, "asked": True}, status=200 if found else 404)
