"""The contract control: the matrix of a month, one control on screen and on paper, the NOC's word on the speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.indicators.operations import network_checks
from mayorista.apps.overview.queries import control_papers as papers
from mayorista.apps.overview.queries import controls as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules import periods
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def newest(request: DeskRequest) -> HttpResponse:
    """The controls of this month."""
    require(request.actor, Act.VIEW)
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return redirect(reverse("desk:controls", args=[str(periods.month_of(request.at))]) + query)


@require_GET
def month(request: DeskRequest, month: str) -> HttpResponse:
    """Contracts by thirteen items."""
    require(request.actor, Act.VIEW)
    whole = request.GET.get("formato") == "xlsx"
    page = pages.month_page(
        month=periods.parse_month(month, field="month"),
        at=request.at,
        state=request.GET.get("estado", ""),
        item=request.GET.get("punto", ""),
        text=request.GET.get("texto", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"size": 20_000} if whole else {}),
    )
    if whole:
        columns = (
            _("Contrato"),
            _("Cliente"),
            _("Estado"),
            *(f"{number}. {short}" for _c, number, short, _t, _n in page.heads),
        )
        rows = [
            (row.contract, row.customer, row.state_name, *(cell.state_name for cell in row.items))
            for row in page.rows
        ]
        return sheets.response(_("Control de contratos %(m)s") % {"m": page.month}, request, columns, rows)
    return render(request, "desk/controls.html", {"page": page})


@require_GET
def control(request: DeskRequest, month: str, contract: str) -> HttpResponse:
    """One control with each fact, its limit and its evidence."""
    require(request.actor, Act.VIEW)
    page = pages.control_page(
        month=periods.parse_month(month, field="month"), contract=contract, at=request.at
    )
    return render(request, "desk/control.html", {"page": page})


@require_GET
def paper(request: DeskRequest, month: str, contract: str) -> HttpResponse:
    """One control on paper."""
    require(request.actor, Act.VIEW)
    page = pages.control_page(
        month=periods.parse_month(month, field="month"), contract=contract, at=request.at
    )
    name, content = papers.control_pdf(page, at=request.at)
    return sheets.paper(name, content)


@require_GET
def network(request: DeskRequest, month: str) -> HttpResponse:
    """The speeds that the contracts say, to be confirmed by the NOC."""
    require(request.actor, Act.CONFIRM_NETWORK)
    wanted = periods.parse_month(month, field="month")
    rows = pages.network_page(month=wanted, at=request.at)
    waiting = sum(row.confirmed_at is None and not row.differs for row in rows)
    return render(request, "desk/control_network.html", {"month": wanted, "rows": rows, "waiting": waiting})


@require_POST
def confirm(request: DeskRequest, month: str) -> HttpResponse:
    """Confirm the speeds of the contracts chosen, or of all that wait."""
    require(request.actor, Act.CONFIRM_NETWORK)
    chosen = [int(key) for key in request.POST.getlist("row") if key.isdigit()]
    if not chosen and "todos" not in request.POST:
        raise Invalid(_("No eligió ninguna fila."), remedy=_("Marque al menos una, o confirme todas."))
    count = network_checks.confirm(
        month=periods.parse_month(month, field="month"),
        contract_ids=None if "todos" in request.POST else chosen,
        evidence=request.POST.get("evidence", ""),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(
        request, ngettext("%(n)d contrato confirmado.", "%(n)d contratos confirmados.", count) % {"n": count}
    )
    return redirect("desk:control-network", month=month)


@require_POST
def differ(request: DeskRequest, month: str, contract_id: int) -> HttpResponse:
    """Say what differs; Interconexión gets it as a task."""
    network_checks.differ(
        month=periods.parse_month(month, field="month"),
        contract_id=contract_id,
        what=request.POST.get("what", ""),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Diferencia anotada: Interconexión la tiene en su bandeja."))
    return redirect("desk:control-network", month=month)
