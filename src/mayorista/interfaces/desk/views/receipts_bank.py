"""Bank statements, the carrier's accounts, and the tables for accounting."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.overview.queries import receipts_bank as pages
from mayorista.apps.overview.queries import receipts_export
from mayorista.apps.procedure.actors import require
from mayorista.apps.receivables.operations import bank_accounts, bank_statements
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.receipts import AccountForm, StatementForm, paper
from mayorista.interfaces.desk.views.board import number_of
from mayorista.interfaces.desk.views.receipts import may, number_of_post
from mayorista.rules import lapaz, spanish_dates
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@require_http_methods(["GET", "POST"])
def statements(request: DeskRequest) -> HttpResponse:
    """The statements, and the form to upload one."""
    require(request.actor, Act.VIEW_BILLING)
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(request.actor, Act.LOAD_STATEMENT)
        if form.is_valid():
            upload = paper(form.cleaned_data["file"])
            assert upload is not None
            try:
                loaded = bank_statements.load(
                    upload=upload,
                    bank=form.cleaned_data["bank"],
                    currency=form.cleaned_data["currency"],
                    actor=request.actor,
                    at=request.at,
                )
            except (Invalid, Conflict) as error:
                attach(form, error)
            else:
                words = _("%(n)s: %(new)d abonos nuevos, %(known)d ya conocidos, %(left)d salidas.")
                toasts.say(
                    request,
                    words
                    % {"n": loaded.number, "new": loaded.new, "known": loaded.known, "left": loaded.left},
                )
                return redirect("desk:statement", number=loaded.number)
    rows, listed = pages.statement_list(page=number_of(request, "pagina", 1))
    context = {"rows": rows, "pages": listed, "form": form, "may": may(request)}
    return render(request, "desk/receipt_statements.html", context, status=422 if form.errors else 200)


@require_GET
def statement(request: DeskRequest, number: str) -> HttpResponse:
    """One statement and what its movements may be."""
    require(request.actor, Act.VIEW_BILLING)
    page = pages.statement_page(
        number=number,
        page=number_of(request, "pagina", 1),
        only_waiting=request.GET.get("ver") != "todos",
    )
    return render(request, "desk/receipt_statement.html", {"page": page, "may": may(request)})


def _back(request: DeskRequest) -> HttpResponse:
    number = request.POST.get("number", "")
    return redirect("desk:statement", number=number) if number else redirect("desk:statements")


@require_POST
def match(request: DeskRequest, line_id: int) -> HttpResponse:
    """A person says which receipt a movement is."""
    require(request.actor, Act.LOAD_STATEMENT)
    bank_statements.match(
        line_id=line_id,
        receipt_id=number_of_post(request, "receipt") or 0,
        other_bank="otro_banco" in request.POST,
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Enlazado."))
    return _back(request)


@require_POST
def release(request: DeskRequest, line_id: int) -> HttpResponse:
    """Take it back."""
    require(request.actor, Act.LOAD_STATEMENT)
    bank_statements.release(line_id=line_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Soltado."))
    return _back(request)


@require_POST
def set_aside(request: DeskRequest, line_id: int) -> HttpResponse:
    """A movement that is no payment of a wholesale customer."""
    require(request.actor, Act.LOAD_STATEMENT)
    bank_statements.set_aside(
        line_id=line_id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Apartado."))
    return _back(request)


@require_http_methods(["GET", "POST"])
def accounts(request: DeskRequest) -> HttpResponse:
    """The carrier's accounts; a new one is proposed here."""
    require(request.actor, Act.VIEW_BILLING)
    form = AccountForm(request.POST or None)
    if request.method == "POST":
        require(request.actor, Act.PROPOSE_BANK_ACCOUNT)
        if form.is_valid():
            try:
                bank_accounts.propose(actor=request.actor, at=request.at, **form.cleaned_data)
            except (Invalid, Conflict) as error:
                attach(form, error)
            else:
                toasts.say(request, _("Propuesta: la aprueba otra persona."))
                return redirect("desk:bank-accounts")
    context = {
        "rows": pages.account_list(),
        "text": pages.accounts_text(at=request.at),
        "form": form,
        "may": may(request),
        "me": request.actor.user_id,
    }
    return render(request, "desk/receipt_accounts.html", context, status=422 if form.errors else 200)


@require_POST
def decide_account(request: DeskRequest, account_id: int) -> HttpResponse:
    """Another person approves or refuses."""
    require(request.actor, Act.APPROVE_BANK_ACCOUNT)
    approve = "aprobar" in request.POST
    bank_accounts.decide(account_id=account_id, approve=approve, actor=request.actor, at=request.at)
    toasts.say(request, _("Aprobado.") if approve else _("Rechazado."))
    return redirect("desk:bank-accounts")


@require_POST
def close_account(request: DeskRequest, account_id: int) -> HttpResponse:
    """Propose that an account ends."""
    require(request.actor, Act.PROPOSE_BANK_ACCOUNT)
    bank_accounts.propose_closing(
        account_id=account_id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Baja propuesta: la aprueba otra persona."))
    return redirect("desk:bank-accounts")


@require_GET
def export(request: DeskRequest, name: str) -> HttpResponse:
    """The tables for accounting: `todo.xlsx`, or one of them as CSV (`comprobantes.csv` …)."""
    require(request.actor, Act.VIEW_BILLING)
    today = lapaz.local(request.at).date()
    first = _day(request, "desde", today.replace(day=1))
    last = _day(request, "hasta", today)
    found = receipts_export.tables(first=first, last=last, at=request.at)
    stem, _dot, ending = name.partition(".")
    span = f"{first:%Y%m%d}-{last:%Y%m%d}"
    if ending == "xlsx" and stem == "todo":
        subtitle = _("Del %(a)s al %(b)s. Generado %(when)s (La Paz).") % {
            "a": f"{first:%d/%m/%Y}",
            "b": f"{last:%d/%m/%Y}",
            "when": lapaz.moment(request.at),
        }
        content = sheets.workbook_of(subtitle, [(each.title, each.columns, each.rows) for each in found])
        return sheets.download(content, sheets.XLSX, f"contabilidad-{span}.xlsx")
    for each in found:
        if ending == "csv" and stem == each.key:
            content = sheets.csv_of(each.columns, each.rows)
            return sheets.download(content, "text/csv; charset=utf-8", f"{each.key}-{span}.csv")
    raise NotFound(_("No existe ese archivo."))


def _day(request: DeskRequest, name: str, default: dt.date) -> dt.date:
    text = request.GET.get(name, "").strip()
    return spanish_dates.parse(text, field=name) if text else default
