"""SLA reports: a month by customers, one report, issuing and sending."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.assurance.operations import reports as operations
from mayorista.apps.assurance.queries import papers
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.customers import queries as customers
from mayorista.apps.overview.queries import assurance as pages
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules import periods
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

WHOLE = 20_000
RESULT = "reports-result"  # what the last act on many did, shown once


@require_GET
def newest(request: DeskRequest) -> HttpResponse:
    """The reports of the last month that is over."""
    require(request.actor, Act.VIEW_REPORTS)
    return redirect("desk:reports", month=str(periods.month_of(request.at).previous))


@require_GET
def paper(request: DeskRequest, number: str) -> HttpResponse:
    """Where a paper is shown, by its number."""
    require(request.actor, Act.VIEW_REPORTS)
    place = papers.place_of(number)
    if place.kind == "SLA":
        return redirect("desk:report", month=place.month, code=place.customer_code)
    if place.kind == "RFO":
        return redirect("desk:rfo", number=number)
    url = reverse("desk:provider-claim", kwargs={"month": place.month, "provider": place.provider_code})
    return redirect(f"{url}?{urlencode({'contrato': place.reference})}")


@require_GET
def month(request: DeskRequest, month: str) -> HttpResponse:
    """All customers of a month with their availability and where their report stands."""
    require(request.actor, Act.VIEW_REPORTS)
    whole = request.GET.get("formato") == "xlsx"
    page = pages.month_page(
        month=periods.parse_month(month, field="month"),
        at=request.at,
        text=request.GET.get("texto", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"size": WHOLE} if whole else {}),
    )
    if whole:
        columns = (
            _("Código"),
            _("Cliente"),
            _("Circuitos"),
            _("Menor disponibilidad"),
            _("Bajo lo comprometido"),
            _("Corte que cuenta, segundos"),
            _("Fallas"),
            _("Informe"),
            _("Estado"),
        )
        rows = [
            (
                row.code,
                row.name,
                row.services,
                row.worst,
                row.missed,
                row.down_seconds,
                row.outages,
                f"{row.number} v{row.version}" if row.number else "",
                row.state_name,
            )
            for row in page.rows
        ]
        return sheets.response(_("Informes de SLA %(m)s") % {"m": page.month}, request, columns, rows)
    told = request.session.pop(RESULT, None)
    may = _may(request)
    context = {"page": page, "may": may, "told": told, "choose": page.closed and may["issue_report"]}
    return render(request, "desk/reports.html", context)


def _may(request: DeskRequest) -> dict[str, bool]:
    return {
        "issue_report": request.actor.may(Act.ISSUE_REPORT),
        "send_report": request.actor.may(Act.SEND_REPORT),
        "draft_claim": request.actor.may(Act.DRAFT_PROVIDER_CLAIM),
    }


@require_GET
def report(request: DeskRequest, month: str, code: str) -> HttpResponse:
    """One report: its figures now, its versions, what changed since."""
    require(request.actor, Act.VIEW_REPORTS)
    page = pages.report_page(month=periods.parse_month(month, field="month"), code=code, at=request.at)
    return render(request, "desk/report.html", {"page": page, "may": _may(request)})


@require_POST
def issue(request: DeskRequest, month: str) -> HttpResponse:
    """Issue the reports of the customers chosen, or of all."""
    require(request.actor, Act.ISSUE_REPORT)
    wanted = periods.parse_month(month, field="month")
    chosen = {int(key) for key in request.POST.getlist("row") if key.isdigit()}
    if "todos" not in request.POST and not chosen:
        raise Invalid(_("No eligió ninguna fila."), remedy=_("Marque al menos una, o emita todos."))
    held = set(contracts.held_by_customer(month=wanted))
    outcome = operations.issue_many(
        customer_ids=held if "todos" in request.POST else held & chosen,
        month=wanted,
        actor=request.actor,
        at=request.at,
    )
    said = ngettext("%(n)d informe emitido.", "%(n)d informes emitidos.", outcome.done) % {"n": outcome.done}
    return _told(request, wanted, said, outcome)


def _told(request: DeskRequest, month: periods.Month, said: str, outcome: operations.Outcome) -> HttpResponse:
    """Say what happened, and row by row on the month's page, once."""
    if outcome.more:
        said += " " + _("Quedan %(n)d: pulse otra vez.") % {"n": outcome.more}
    toasts.say(request, said, bad=not outcome.done)
    request.session[RESULT] = [asdict(row) for row in outcome.rows]
    return redirect("desk:reports", month=str(month))


@require_http_methods(["GET", "POST"])
def send_many(request: DeskRequest, month: str) -> HttpResponse:
    """The month's reports that wait to be sent: to whom, what each mail says; those chosen leave."""
    require(request.actor, Act.SEND_REPORT)
    wanted = periods.parse_month(month, field="month")
    if request.method == "GET":
        rows, more = pages.outgoing(month=wanted, at=request.at)
        context = {
            "rows": rows,
            "more": more,
            "month": wanted,
            "ready": sum(not row.problem for row in rows),
            "seconds": procedure.parameter("notice.undo_seconds", at=request.at),
        }
        return render(request, "desk/reports_send.html", context)
    chosen = {int(key) for key in request.POST.getlist("row") if key.isdigit()}
    if not chosen:
        raise Invalid(_("No eligió ninguna fila."), remedy=_("Marque al menos una."))
    said = {
        key: (request.POST[f"subject-{key}"], request.POST.get(f"body-{key}", ""))
        for key in chosen
        if f"subject-{key}" in request.POST
    }
    outcome = operations.send_many(
        customer_ids=set(contracts.held_by_customer(month=wanted)) & chosen,
        month=wanted,
        said=said,
        actor=request.actor,
        at=request.at,
    )
    text = ngettext("%(n)d informe en camino.", "%(n)d informes en camino.", outcome.done) % {
        "n": outcome.done
    }
    return _told(request, wanted, text, outcome)


@require_POST
def issue_one(request: DeskRequest, month: str, code: str) -> HttpResponse:
    """Issue one customer's report, or its next version."""
    require(request.actor, Act.ISSUE_REPORT)
    row = operations.issue(
        customer_id=customers.customer_by_code(code=code).id,
        month=periods.parse_month(month, field="month"),
        reason=request.POST.get("reason", ""),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Versión %(n)d emitida.") % {"n": row.sequence})
    return redirect("desk:report", month=month, code=code)


@require_POST
def send(request: DeskRequest, month: str, code: str) -> HttpResponse:
    """Send the newest version to the customer's contacts."""
    require(request.actor, Act.SEND_REPORT)
    operations.send(
        customer_id=customers.customer_by_code(code=code).id,
        month=periods.parse_month(month, field="month"),
        subject=request.POST.get("subject", ""),
        body=request.POST.get("body", ""),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Informe enviado."))
    return redirect("desk:report", month=month, code=code)
