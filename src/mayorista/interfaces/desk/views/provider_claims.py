"""The three clocks of a fault, and our claims against providers for the time they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.assurance.operations import provider_claims as operations
from mayorista.apps.overview.queries import case_clocks
from mayorista.apps.overview.queries import provider_claims as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach, choose
from mayorista.interfaces.desk.forms.assurance import ProviderTermsForm
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def clocks(request: DeskRequest, number: str) -> HttpResponse:
    """The customer's, our own and the provider's clock."""
    require(request.actor, Act.VIEW_REPORTS)
    page = case_clocks.clocks_page(number, at=request.at)
    return render(request, "desk/case_clocks.html", {"page": page})


@require_http_methods(["GET", "POST"])
def month(request: DeskRequest, month: str) -> HttpResponse:
    """What each provider's contract cost; a POST writes what a contract promises."""
    require(request.actor, Act.VIEW_REPORTS if request.method == "GET" else Act.DRAFT_PROVIDER_CLAIM)
    page = pages.month_page(month=periods.parse_month(month, field="month"), at=request.at)
    form = ProviderTermsForm(request.POST or None)
    choose(form, "provider_id", page.providers)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            operations.write_terms(
                provider_id=said.pop("provider_id"),
                terms=operations.Terms(**said),
                actor=request.actor,
                at=request.at,
            )
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("Condiciones guardadas."))
            return redirect("desk:provider-claims", month=month)
    context = {"page": page, "form": form, "may_draft": request.actor.may(Act.DRAFT_PROVIDER_CLAIM)}
    return render(request, "desk/provider_claims.html", context, status=422 if form.errors else 200)


def _reference(request: DeskRequest) -> str:
    return (request.POST.get("contrato") or request.GET.get("contrato") or "")[:120]


def _back(month: str, provider: str, reference: str) -> HttpResponse:
    query = f"?{urlencode({'contrato': reference})}" if reference else ""
    return redirect(reverse("desk:provider-claim", kwargs={"month": month, "provider": provider}) + query)


@require_http_methods(["GET", "POST"])
def claim(request: DeskRequest, month: str, provider: str) -> HttpResponse:
    """One claim; a POST writes its draft."""
    require(request.actor, Act.VIEW_REPORTS if request.method == "GET" else Act.DRAFT_PROVIDER_CLAIM)
    wanted, reference = periods.parse_month(month, field="month"), _reference(request)
    if request.method == "POST":
        operations.draft(
            provider_code=provider,
            reference=reference,
            month=wanted,
            text=request.POST.get("text", ""),
            actor=request.actor,
            at=request.at,
        )
        toasts.say(request, _("Reclamo guardado: espera la aprobación de Gerencia."))
        return _back(month, provider, reference)
    page = pages.claim_page(month=wanted, provider=provider, reference=reference, at=request.at)
    context = {
        "page": page,
        "may_draft": request.actor.may(Act.DRAFT_PROVIDER_CLAIM) and page.closed,
        "may_approve": request.actor.may(Act.APPROVE_PROVIDER_CLAIM)
        and page.waiting
        and page.drafted_by_id != request.actor.user_id,
        "may_send": request.actor.may(Act.SEND_REPORT) and bool(page.versions),
    }
    return render(request, "desk/provider_claim.html", context)


@require_POST
def approve(request: DeskRequest, month: str, provider: str) -> HttpResponse:
    """Approve the letter."""
    require(request.actor, Act.APPROVE_PROVIDER_CLAIM)
    reference = _reference(request)
    row = operations.approve(
        provider_code=provider,
        reference=reference,
        month=periods.parse_month(month, field="month"),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Carta emitida, versión %(n)d.") % {"n": row.sequence})
    return _back(month, provider, reference)


@require_POST
def send(request: DeskRequest, month: str, provider: str) -> HttpResponse:
    """Send the letter to the provider."""
    require(request.actor, Act.SEND_REPORT)
    reference = _reference(request)
    operations.send(
        provider_code=provider,
        reference=reference,
        month=periods.parse_month(month, field="month"),
        actor=request.actor,
        at=request.at,
        said=(request.POST["subject"], request.POST.get("body", "")) if "subject" in request.POST else None,
    )
    toasts.say(request, _("Carta enviada al proveedor."))
    return _back(month, provider, reference)
