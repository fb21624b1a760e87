"""The month of billing: coordinate, define, hand over, issue, send; whole months at once with progress."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.billing import exports
from mayorista.apps.billing.operations import groups, months, runs
from mayorista.apps.billing.queries import estimates
from mayorista.apps.overview.queries import billing as pages
from mayorista.apps.overview.queries import billing_papers as papers
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.billing import EstimateForm
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules import lapaz, periods
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

UNDO_SECONDS = 10
KINDS = {"definir": "DEFINE", "remitir": "SEND", "emitir": "ISSUE", "despachar": "DISPATCH"}
UNDOABLE = {"DEFINE", "DISPATCH"}
ACTS = (
    Act.CONFIRM_MONTH,
    Act.APPROVE_MONTH,
    Act.DEFINE_AMOUNT,
    Act.SEND_PACKET,
    Act.ISSUE_INVOICE,
    Act.DISPATCH_INVOICE,
    Act.ACKNOWLEDGE_PACKET,
    Act.APPROVE_ADJUSTMENT,
    Act.ISSUE_NOTE,
    Act.DECIDE_CREDIT,
    Act.ENTER_RATE,
    Act.MANAGE_GROUPS,
)


def may(request: DeskRequest) -> dict[str, bool]:
    """What this person may do in billing, by the act's name in lower case."""
    return {act.name.lower(): request.actor.may(act) for act in ACTS}


@require_GET
def billing(request: DeskRequest) -> HttpResponse:
    """The month that is worked on: the newest with something open, else the last."""
    require(request.actor, Act.VIEW_BILLING)
    known = pages.open_months_list()
    fallback = periods.month_of(lapaz.local(request.at).date()).previous
    waiting = [month for month, _count, left in known if left]
    month = waiting[-1] if waiting else known[0][0] if known else fallback
    return redirect("desk:billing-month", month=str(month))


@require_GET
def month(request: DeskRequest, month: str) -> HttpResponse:
    """One row per group, odd ones first; each unfolds into its sheet."""
    require(request.actor, Act.VIEW_BILLING)
    whole = request.GET.get("formato") == "xlsx"
    page = pages.month_page(
        month=periods.parse_month(month, field="month"),
        at=request.at,
        text=request.GET.get("texto", ""),
        state=request.GET.get("estado", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"size": 20_000} if whole else {}),
    )
    if whole:
        return _sheet(request, page)
    context = {"page": page, "may": may(request), "near": pages.near_months(page.month)}
    return render(request, "desk/billing_month.html", context)


def _sheet(request: DeskRequest, page: pages.MonthPage) -> HttpResponse:
    columns = (
        _("Mes"), _("Cliente"), _("Grupo"), _("Qué cambió"), _("Mes anterior"), _("Créditos"), _("Este mes"), _("Diferencia"),
        _("Confirmado"), _("Estado"), _("Factura"),
    )  # fmt: skip
    rows = [
        (
            row.number, row.customer, row.group, "; ".join(row.changes) or row.problem, row.former, row.credits, row.this,
            row.difference, row.seen, row.state_name, row.invoice,
        )
        for row in page.rows
    ]  # fmt: skip
    return sheets.response(_("Mes %(m)s") % {"m": page.month}, request, columns, rows)


def _chosen(request: DeskRequest) -> list[int]:
    return [int(key) for key in request.POST.getlist("row") if key.isdigit()]


def _seen(request: DeskRequest) -> dict[int, Decimal]:
    """The amounts that the screen showed, by month: what has moved since is not confirmed unseen."""
    found = {}
    for each in request.POST.getlist("seen"):
        key, _sep, total = each.partition("=")
        if key.isdigit() and re.fullmatch(r"\d{1,14}\.\d\d", total):
            found[int(key)] = Decimal(total)
    return found


@require_POST
def confirm(request: DeskRequest, month: str) -> HttpResponse:
    """Gate 2.1: confirm the rows chosen, or all in which nothing changed, for one side."""
    manager = request.POST.get("parte") == "gerencia"
    require(request.actor, Act.APPROVE_MONTH if manager else Act.CONFIRM_MONTH)
    wanted = periods.parse_month(month, field="month")
    ids = pages.unchanged_ids(wanted) if "sin_cambios" in request.POST else _chosen(request)
    if not ids:
        raise Invalid(_("No eligió ninguna fila."), remedy=_("Marque al menos una."))
    done = months.confirm_side(
        month_ids=ids, manager=manager, seen=_seen(request), actor=request.actor, at=request.at
    )
    said = ngettext("%(n)d confirmado.", "%(n)d confirmados.", done.count) % {"n": done.count}
    if done.left_out:
        code, why = done.left_out[0]
        said += " " + ngettext(
            "%(n)d no pudo confirmarse: %(group)s, %(why)s",
            "%(n)d no pudieron confirmarse; el primero: %(group)s, %(why)s",
            len(done.left_out),
        ) % {"n": len(done.left_out), "group": code, "why": why}
    toasts.say(request, said, bad=bool(done.left_out))
    return redirect("desk:billing-month", month=str(wanted))


@require_POST
def run(request: DeskRequest, month: str, kind: str) -> HttpResponse:
    """Start a whole-month act over the rows chosen or over all that are ready; small ones are done at once."""
    if kind not in KINDS:
        raise NotFound(_("No existe ese acto."))
    wanted = periods.parse_month(month, field="month")
    chosen = [] if "todos" in request.POST else _chosen(request)
    if not chosen and "todos" not in request.POST:
        require(request.actor, runs.ACT_OF[KINDS[kind]])
        raise Invalid(_("No eligió ninguna fila."), remedy=_("Marque al menos una, o elija todos."))
    run_id = runs.start(kind=KINDS[kind], month=wanted, month_ids=chosen, actor=request.actor, at=request.at)
    page = pages.run_page(run_id=run_id)
    assert page is not None
    if page.run.total <= runs.SMALL:
        while runs.advance(run_id=run_id, at=request.at):
            pass
        _say(request, run_id)
    return redirect("desk:billing-run", run_id=run_id)


def _say(request: DeskRequest, run_id: int) -> None:
    page = pages.run_page(run_id=run_id)
    assert page is not None
    words = _("%(what)s: %(done)s hechos, %(left)s rechazados.") % {
        "what": page.run.kind_name.capitalize(),
        "done": page.run.done,
        "left": page.run.refused,
    }
    if page.run.kind in UNDOABLE and page.run.done:
        url = reverse("desk:billing-run-undo", args=[run_id])
        toasts.say(request, words, undo_url=url, seconds=UNDO_SECONDS)
    else:
        toasts.say(request, words, bad=bool(page.run.refused and not page.run.done))


@require_GET
def run_page(request: DeskRequest, run_id: int) -> HttpResponse:
    """How far a whole-month act came, and what it left out with reasons."""
    require(request.actor, Act.VIEW_BILLING)
    page = pages.run_page(run_id=run_id)
    if page is None:
        raise NotFound(_("No existe esa corrida."))
    mine = page.run.started_by_id == request.actor.user_id and page.undoable
    recent = page.run.ended_at is None or request.at - page.run.ended_at < dt.timedelta(minutes=10)
    return render(request, "desk/billing_run.html", {"page": page, "undoable": mine and recent})


@require_POST
def undo_run(request: DeskRequest, run_id: int) -> HttpResponse:
    """Take back what has not left the house."""
    require(request.actor, Act.VIEW_BILLING)
    count = runs.undo(run_id=run_id, actor=request.actor, at=request.at)
    toasts.say(request, ngettext("%(n)d deshecho.", "%(n)d deshechos.", count) % {"n": count})
    return redirect("desk:billing-run", run_id=run_id)


@require_GET
def packets_file(request: DeskRequest, month: str, ending: str) -> HttpResponse:
    """The month's packets for the billing system in use."""
    require(request.actor, Act.VIEW_BILLING)
    wanted = periods.parse_month(month, field="month")
    contents = papers.packet_contents(wanted)
    if ending == "csv":
        answer = HttpResponse(exports.packets_csv(contents), content_type="text/csv; charset=utf-8")
    else:
        answer = HttpResponse(exports.packets_xlsx(contents), content_type=exports.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="paquetes-{wanted}.{ending}"'
    return answer


@require_http_methods(["GET", "POST"])
def dispatch(request: DeskRequest, month: str) -> HttpResponse:
    """All mails of a month before they leave: to whom, what they say; rows can be left out."""
    require(request.actor, Act.DISPATCH_INVOICE)
    wanted = periods.parse_month(month, field="month")
    if request.method == "POST":
        return run(request, month=str(wanted), kind="despachar")
    rows = papers.dispatch_preview(month=wanted, at=request.at)
    return render(
        request,
        "desk/billing_dispatch.html",
        {
            "rows": rows,
            "month": wanted,
            "ready": sum(not row.problem for row in rows),
            "seconds": UNDO_SECONDS,
        },
    )


@require_GET
def estimate(request: DeskRequest) -> HttpResponse:
    """«¿Cuánto sería?»: nothing is kept; the question stands in the address."""
    require(request.actor, Act.VIEW_BILLING)
    asked = bool(request.GET)
    initial = {"month": str(periods.month_of(lapaz.local(request.at).date())), "currency": "BOB"}
    form = EstimateForm(request.GET if asked else None, initial=initial)
    found = None
    if asked and form.is_valid():
        try:
            found = estimates.estimate(at=request.at, **form.cleaned_data)
        except Invalid as error:
            attach(form, error)
    context = {"form": form, "found": found}
    return render(request, "desk/billing_estimate.html", context, status=422 if form.errors else 200)


@require_GET
def group_list(request: DeskRequest) -> HttpResponse:
    """Invoicing groups and the contracts they join."""
    require(request.actor, Act.VIEW_BILLING)
    rows, listed = papers.group_list(text=request.GET.get("texto", ""), page=number_of(request, "pagina", 1))
    context = {"rows": rows, "pages": listed, "text": request.GET.get("texto", ""), "may": may(request)}
    return render(request, "desk/billing_groups.html", context)


@require_POST
def join(request: DeskRequest, group_id: int) -> HttpResponse:
    """Invoice another contract of the customer in this group."""
    require(request.actor, Act.MANAGE_GROUPS)
    chosen = [int(key) for key in request.POST.getlist("contract") if key.isdigit()]
    groups.join(group_id=group_id, contract_ids=chosen, actor=request.actor, at=request.at)
    toasts.say(request, _("Se facturan juntos desde el próximo mes sin abrir."))
    return redirect("desk:billing-groups")


@require_POST
def separate(request: DeskRequest, contract_id: int) -> HttpResponse:
    """Give a contract a group of its own again."""
    require(request.actor, Act.MANAGE_GROUPS)
    groups.separate(contract_id=contract_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Se factura solo desde el próximo mes sin abrir."))
    return redirect("desk:billing-groups")
