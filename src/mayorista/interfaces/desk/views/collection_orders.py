"""Statements, the file of proofs, hand-overs to Legal, suspensions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.customers import queries as customers
from mayorista.apps.overview.queries import collection as pages
from mayorista.apps.procedure.actors import require
from mayorista.apps.receivables.operations import handovers, suspensions, telling_statements
from mayorista.apps.receivables.queries import papers, statements
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.collection import CutForm, PeriodForm, ProposeForm
from mayorista.interfaces.desk.views.collection import UNDO_SECONDS, act_on, may
from mayorista.rules import formats, lapaz, money
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.customers.queries import CustomerCard
    from mayorista.apps.receivables.queries.statements import Statement
    from mayorista.interfaces.desk.request import DeskRequest


def _period(said: Any, customer_id: int, at: dt.datetime) -> tuple[PeriodForm, str, dt.date, dt.date]:
    """The days and currency asked for: from 1 January of this year to today, in the customer's currency, unless said."""
    today = lapaz.local(at).date()
    known = statements.currencies_of(customer_id)
    first = today.replace(month=1, day=1)
    asked = {"currency": known[0], "since": formats.date(first), "until": formats.date(today)}
    asked.update({key: said[key] for key in asked if said.get(key)})
    form = PeriodForm(asked)
    if not form.is_valid():
        return form, known[0], first, today
    return form, form.cleaned_data["currency"], form.cleaned_data["since"], form.cleaned_data["until"]


def _statement(request: DeskRequest, code: str, said: Any) -> tuple[CustomerCard, PeriodForm, Statement]:
    card = customers.customer_by_code(code=code)
    form, currency, since, until = _period(said, card.id, request.at)
    return (
        card,
        form,
        statements.statement(customer_id=card.id, currency=currency, since=since, until=until),
    )


@require_GET
def statement(request: DeskRequest, code: str) -> HttpResponse:
    """A customer's statement of account, on screen or as a workbook."""
    require(request.actor, Act.VIEW_COLLECTION)
    card, form, found = _statement(request, code, request.GET)
    if request.GET.get("formato") == "xlsx":
        return _statement_sheet(request, card, found)
    context = {
        "card": card,
        "form": form,
        "found": found,
        "sign": money.currency_sign(found.currency),
        "may": may(request),
    }
    return render(request, "desk/collection_statement.html", context, status=422 if form.errors else 200)


def _statement_sheet(request: DeskRequest, card: CustomerCard, found: Statement) -> HttpResponse:
    columns = (_("Fecha"), _("Concepto"), _("Número"), _("Detalle"), _("Importe"), _("Saldo"))
    rows: list[tuple[Any, ...]] = [(found.since, _("Saldo inicial"), "", "", "", found.opening)]
    rows += [
        (each.on, each.kind, each.number, each.text, each.amount, each.balance) for each in found.movements
    ]
    rows.append((found.until, _("Saldo final"), "", "", "", found.closing))
    title = _("Estado de cuenta %(c)s %(m)s") % {"c": card.code, "m": found.currency}
    return sheets.response(title, request, columns, rows)


@require_GET
def statement_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """The statement on paper."""
    require(request.actor, Act.VIEW_COLLECTION)
    _card, _form, found = _statement(request, code, request.GET)
    return sheets.paper(*papers.statement_pdf(found, at=request.at))


@require_POST
def send_statement(request: DeskRequest, code: str) -> HttpResponse:
    """The statement by mail, with ten seconds to undo."""
    require(request.actor, Act.SEND_STATEMENT)
    card = customers.customer_by_code(code=code)
    form, currency, since, until = _period(request.POST, card.id, request.at)
    if form.errors:
        raise Invalid(_("Revise las fechas y la moneda del estado de cuenta."))
    message_id = telling_statements.send_statement(
        customer_id=card.id, currency=currency, since=since, until=until, actor=request.actor, at=request.at
    )
    url = reverse("desk:message-undo", args=[message_id])
    toasts.say(request, _("El estado de cuenta sale en unos segundos."), undo_url=url, seconds=UNDO_SECONDS)
    return redirect("desk:collection-customer", code=code)


# Legal -------------------------------------------------------------------------------------------


@require_GET
def proofs(request: DeskRequest, code: str) -> HttpResponse:
    """The file of proofs as it would be handed over now."""
    if not request.actor.may(Act.TAKE_LEGAL_ACTION):
        require(request.actor, Act.HAND_OVER_DEBT)
    customer_id = customers.customer_by_code(code=code).id
    return sheets.paper(*handovers.preview(customer_id=customer_id, actor=request.actor, at=request.at))


@require_POST
def hand_to_legal(request: DeskRequest, code: str) -> HttpResponse:
    """Hand a customer's late debts to Asesoría Legal with their file."""
    require(request.actor, Act.HAND_OVER_DEBT)
    customer_id = customers.customer_by_code(code=code).id
    kept = handovers.hand_to_legal(customer_id=customer_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Derivado a Asesoría Legal con el expediente %(n)s.") % {"n": kept.name})
    return redirect("desk:collection-customer", code=code)


@require_POST
def close_legal(request: DeskRequest, code: str) -> HttpResponse:
    """Legal ends its part."""
    require(request.actor, Act.TAKE_LEGAL_ACTION)
    customer_id = customers.customer_by_code(code=code).id
    handovers.close_legal(
        customer_id=customer_id, outcome=request.POST.get("outcome", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Actuación legal concluida."))
    return redirect("desk:collection-customer", code=code)


# Suspensions -------------------------------------------------------------------------------------


@require_GET
def suspension_list(request: DeskRequest) -> HttpResponse:
    """Suspension orders, the open ones first."""
    require(request.actor, Act.VIEW_SUSPENSION)
    every = request.GET.get("ver") == "todas"
    context = {
        "rows": pages.suspension_list(open_only=not every),
        "every": every,
        "tab": "suspensions",
        "may_see": request.actor.may(Act.VIEW_COLLECTION),
    }
    return render(request, "desk/collection_suspensions.html", context)


@require_GET
def suspension(request: DeskRequest, number: str) -> HttpResponse:
    """One suspension order."""
    require(request.actor, Act.VIEW_SUSPENSION)
    return _suspension(request, number, CutForm(initial={"moment": request.at}))


def _suspension(request: DeskRequest, number: str, form: CutForm) -> HttpResponse:
    context = {
        "page": pages.suspension_page(number=number, at=request.at),
        "may": may(request),
        "form": form,
        "may_see": request.actor.may(Act.VIEW_COLLECTION),
    }
    return render(request, "desk/collection_suspension.html", context, status=422 if form.errors else 200)


@require_POST
def propose(request: DeskRequest, code: str) -> HttpResponse:
    """Propose a suspension."""
    require(request.actor, Act.PROPOSE_SUSPENSION)
    page = pages.customer_page(code=code, at=request.at)
    form = ProposeForm(request.POST, circuits=page.circuits)

    def run(said: dict[str, Any]) -> str:
        made = suspensions.propose(customer_id=page.card.id, actor=request.actor, at=request.at, **said)
        return _("%(n)s propuesta: decide la Gerencia.") % {"n": made.dossier.number}

    return act_on(request, code, "propose", form, run)


@require_POST
def suspension_act(request: DeskRequest, number: str, act: str) -> HttpResponse:
    """One step of a suspension: approve, reject, stop, cut, order the return, connect."""
    require(request.actor, Act.VIEW_SUSPENSION)
    wanted = {
        "aprobar": Act.APPROVE_SUSPENSION,
        "rechazar": Act.APPROVE_SUSPENSION,
        "ejecutar": Act.EXECUTE_SUSPENSION,
        "conectar": Act.EXECUTE_SUSPENSION,
    }
    if act in wanted:
        require(request.actor, wanted[act])
    elif not request.actor.may(Act.APPROVE_SUSPENSION):
        require(request.actor, Act.PROPOSE_SUSPENSION)
    order_id = pages.suspension_page(number=number, at=request.at).order.pk
    timed = act in {"ejecutar", "conectar"}
    form = CutForm(request.POST) if timed else CutForm(initial={"moment": request.at})
    if timed and not form.is_valid():
        return _suspension(request, number, form)
    try:
        words = _suspend(request, order_id, act, form)
    except Invalid as error:
        if not timed:
            raise
        attach(form, error, {"cut_at": "moment", "ends_at": "moment"})
        return _suspension(request, number, form)
    toasts.say(request, words)
    return redirect("desk:suspension", number=number)


def _suspend(request: DeskRequest, order_id: int, act: str, form: CutForm) -> str:
    reason = request.POST.get("reason", "")
    given: dict[str, Any] = {"order_id": order_id, "actor": request.actor, "at": request.at}
    if act == "ejecutar":
        suspensions.execute(cut_at=form.cleaned_data["moment"], **given)
        return _("Suspendido: se avisó al cliente.")
    if act == "conectar":
        suspensions.connect(connected_at=form.cleaned_data["moment"], **given)
        return _("Rehabilitado: se avisó al cliente.")
    if act == "aprobar":
        suspensions.approve(**given)
        return _("Aprobada: el NOC tiene su orden y el cliente su aviso.")
    if act == "rechazar":
        suspensions.reject(reason=reason, **given)
        return _("Rechazada.")
    if act == "detener":
        suspensions.stop(reason=reason, **given)
        return _("Detenida.")
    suspensions.order_return(reason=reason, **given)
    return _("Rehabilitación ordenada al NOC.")
