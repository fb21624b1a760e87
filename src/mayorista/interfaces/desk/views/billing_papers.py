"""A group's month and its papers: sheet, packet, invoice, notes; credits and exchange rates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.billing.operations import (
    amounts,
    attaching,
    credits,  # noqa: A004 -- the credits of a month, not the interpreter's
    dispatching,
    invoices,
    months,
    one_offs,
    packets,
    rates,
)
from mayorista.apps.overview.queries import billing_papers as pages
from mayorista.apps.procedure.actors import require
from mayorista.apps.receivables.operations import noted
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.billing import (
    ArchiveForm,
    NoteForm,
    OneOffForm,
    PaperForm,
    RateForm,
    RegisterForm,
)
from mayorista.interfaces.desk.views.billing import UNDO_SECONDS, may
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django import forms
    from django.core.files.uploadedfile import UploadedFile

    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def sheet(request: DeskRequest, number: str) -> HttpResponse:
    """A month's calculation sheet."""
    require(request.actor, Act.VIEW_BILLING)
    return _sheet(request, number)


def _sheet(
    request: DeskRequest, number: str, *, charge: forms.Form | None = None, entry: forms.Form | None = None
) -> HttpResponse:
    page = pages.sheet_page(number=number, at=request.at)
    bad = bool((charge and charge.errors) or (entry and entry.errors))
    context = {
        "page": page,
        "may": may(request),
        "charge": charge or OneOffForm(circuits=page.circuits),
        "entry": entry or RegisterForm(initial={"total": page.total}),
    }
    return render(request, "desk/billing_sheet.html", context, status=422 if bad else 200)


@require_GET
def sheet_pdf(request: DeskRequest, number: str) -> HttpResponse:
    """The sheet on paper."""
    require(request.actor, Act.VIEW_BILLING)
    return sheets.paper(*pages.sheet_pdf(number=number, at=request.at))


@require_GET
def sheet_case(request: DeskRequest, number: str) -> HttpResponse:
    """The sheet as the case that `mayorista rate` reads, to be redone on any machine."""
    require(request.actor, Act.VIEW_BILLING)
    content = json.dumps(pages.sheet_case(number=number, at=request.at), ensure_ascii=False, indent=1)
    answer = HttpResponse(content, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="caso-{number}.json"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
def define(request: DeskRequest, number: str) -> HttpResponse:
    """Define one amount."""
    require(request.actor, Act.DEFINE_AMOUNT)
    page = pages.sheet_page(number=number, at=request.at)
    amount = amounts.define_amount(month_id=page.id, actor=request.actor, at=request.at)
    toasts.say(request, _("Monto definido (versión %(n)s).") % {"n": amount.sequence})
    return redirect("desk:billing-sheet", number=number)


@require_POST
def defer(request: DeskRequest, number: str) -> HttpResponse:
    """The Gerente lets the month go out with the speeds in force."""
    require(request.actor, Act.APPROVE_MONTH)
    page = pages.sheet_page(number=number, at=request.at)
    months.defer(month_id=page.id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at)
    toasts.say(request, _("Diferido: se facturan las velocidades vigentes."))
    return redirect("desk:billing-sheet", number=number)


@require_POST
def observe(request: DeskRequest, number: str) -> HttpResponse:
    """Send a month back with what is wrong."""
    if not (request.actor.may(Act.SEND_PACKET) or request.actor.may(Act.APPROVE_MONTH)):
        require(request.actor, Act.ISSUE_INVOICE)
    page = pages.sheet_page(number=number, at=request.at)
    months.observe(
        month_id=page.id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Observado: vuelve a Interconexión."))
    return redirect("desk:billing-sheet", number=number)


@require_POST
def charge(request: DeskRequest, number: str) -> HttpResponse:
    """Add a charge or an adjustment."""
    require(request.actor, Act.DEFINE_AMOUNT)
    page = pages.sheet_page(number=number, at=request.at)
    form = OneOffForm(request.POST, circuits=page.circuits)
    if form.is_valid():
        try:
            made = one_offs.add(month_id=page.id, actor=request.actor, at=request.at, **form.cleaned_data)
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            said = _("Agregado; espera a la Gerencia.") if made.needs_approval else _("Agregado.")
            toasts.say(request, said)
            return redirect("desk:billing-sheet", number=number)
    return _sheet(request, number, charge=form)


@require_POST
def approve_charge(request: DeskRequest, one_off_id: int) -> HttpResponse:
    """The Gerente approves a large adjustment."""
    require(request.actor, Act.APPROVE_ADJUSTMENT)
    number = one_offs.approve(one_off_id=one_off_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Ajuste aprobado."))
    return redirect("desk:billing-sheet", number=number)


@require_POST
def withdraw_charge(request: DeskRequest, one_off_id: int) -> HttpResponse:
    """Take a charge back."""
    if not request.actor.may(Act.APPROVE_ADJUSTMENT):
        require(request.actor, Act.DEFINE_AMOUNT)
    number = one_offs.withdraw(one_off_id=one_off_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Retirado."))
    return redirect("desk:billing-sheet", number=number)


@require_POST
def register(request: DeskRequest, number: str) -> HttpResponse:
    """Enter an invoice of the billing system in use."""
    require(request.actor, Act.ISSUE_INVOICE)
    page = pages.sheet_page(number=number, at=request.at)
    form = RegisterForm(request.POST, request.FILES)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = invoices.register(
                month_id=page.id,
                number=said["number"],
                issued_date=said["issued_date"],
                total=said["total"],
                authorization=said["authorization"],
                pdf=_paper(said["pdf"]),
                xml=_paper(said["xml"]),
                actor=request.actor,
                at=request.at,
            )
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("Factura %(n)s registrada.") % {"n": made.number})
            return redirect("desk:invoice", invoice_id=made.pk)
    return _sheet(request, number, entry=form)


def _paper(upload: UploadedFile[bytes] | None) -> invoices.Paper | None:
    return invoices.Paper(upload.name or "factura.pdf", upload.read()) if upload else None


@require_http_methods(["GET", "POST"])
def import_archive(request: DeskRequest) -> HttpResponse:
    """A ZIP of PDF and XML: matched by NIT and amount; what differs is listed."""
    require(request.actor, Act.ISSUE_INVOICE)
    form = ArchiveForm(request.POST or None, request.FILES or None)
    rows = None
    if request.method == "POST" and form.is_valid():
        try:
            rows = invoices.import_archive(
                archive=form.cleaned_data["archive"].read(),
                actor=request.actor,
                at=request.at,
                keep="registrar" in request.POST,
            )
        except Invalid as error:
            attach(form, error)
    context = {"form": form, "rows": rows, "kept": "registrar" in request.POST}
    return render(request, "desk/invoice_import.html", context, status=422 if form.errors else 200)


@require_GET
def packet(request: DeskRequest, number: str) -> HttpResponse:
    """A packet as it was sent."""
    require(request.actor, Act.VIEW_BILLING)
    return render(
        request, "desk/billing_packet.html", {"page": pages.packet_page(number=number), "may": may(request)}
    )


@require_POST
def acknowledge(request: DeskRequest, number: str) -> HttpResponse:
    """The Encargada takes note."""
    require(request.actor, Act.ACKNOWLEDGE_PACKET)
    page = pages.packet_page(number=number)
    packets.acknowledge(packet_ids=[page.id], actor=request.actor, at=request.at)
    toasts.say(request, _("Acuse registrado."))
    return redirect("desk:billing-packet", number=number)


@require_GET
def invoice_list(request: DeskRequest) -> HttpResponse:
    """Invoices, newest first; those whose mail came back."""
    require(request.actor, Act.VIEW_BILLING)
    page = pages.invoice_list(
        text=request.GET.get("texto", ""),
        undelivered=request.GET.get("ver") == "devueltas",
        page=number_of(request, "pagina", 1),
    )
    return render(request, "desk/invoices.html", {"page": page, "may": may(request)})


@require_GET
def invoice(request: DeskRequest, invoice_id: int) -> HttpResponse:
    """An invoice with its mails and notes."""
    require(request.actor, Act.VIEW_BILLING)
    return _invoice(request, invoice_id)


@require_GET
def invoice_by_number(request: DeskRequest, number: str) -> HttpResponse:
    """The way from a dossier's number to its invoice."""
    require(request.actor, Act.VIEW_BILLING)
    return redirect("desk:invoice", invoice_id=pages.invoice_id(number))


def _invoice(
    request: DeskRequest, invoice_id: int, form: NoteForm | None = None, paper: PaperForm | None = None
) -> HttpResponse:
    page = pages.invoice_page(invoice_id=invoice_id)
    context = {
        "page": page,
        "may": may(request),
        "form": form or NoteForm(credits=page.credits),
        "paper": paper or PaperForm(),
    }
    bad = bool((form and form.errors) or (paper and paper.errors))
    return render(request, "desk/invoice.html", context, status=422 if bad else 200)


@require_POST
def attach_pdf(request: DeskRequest, invoice_id: int) -> HttpResponse:
    """Attach the PDF of an invoice of the billing system in use, until it is dispatched."""
    require(request.actor, Act.ISSUE_INVOICE)
    form = PaperForm(request.POST, request.FILES)
    if form.is_valid():
        paper = _paper(form.cleaned_data["pdf"])
        assert paper is not None
        try:
            made = attaching.attach_to_invoice(
                invoice_id=invoice_id, paper=paper, actor=request.actor, at=request.at
            )
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("PDF adjuntado (versión %(n)s).") % {"n": made.sequence})
            return redirect("desk:invoice", invoice_id=invoice_id)
    return _invoice(request, invoice_id, paper=form)


@require_GET
def invoice_pdf(request: DeskRequest, invoice_id: int) -> HttpResponse:
    """The paper of an invoice of our own series."""
    require(request.actor, Act.VIEW_BILLING)
    return sheets.paper(*pages.invoice_pdf(invoice_id=invoice_id, at=request.at))


@require_POST
def dispatch(request: DeskRequest, invoice_id: int) -> HttpResponse:
    """Send one invoice, with ten seconds to undo."""
    require(request.actor, Act.DISPATCH_INVOICE)
    made = dispatching.dispatch(invoice_id=invoice_id, actor=request.actor, at=request.at)
    url = reverse("desk:dispatch-undo", args=[made.pk])
    toasts.say(request, _("Factura en camino."), undo_url=url, seconds=UNDO_SECONDS)
    return redirect("desk:invoice", invoice_id=invoice_id)


@require_POST
def undo_dispatch(request: DeskRequest, dispatch_id: int) -> HttpResponse:
    """Take a mail back that has not left."""
    require(request.actor, Act.DISPATCH_INVOICE)
    dispatching.undo(dispatch_id=dispatch_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Despacho deshecho: no salió."))
    return redirect("desk:invoices")


@require_POST
def note(request: DeskRequest, invoice_id: int) -> HttpResponse:
    """Issue a credit or debit note."""
    require(request.actor, Act.ISSUE_NOTE)
    page = pages.invoice_page(invoice_id=invoice_id)
    form = NoteForm(request.POST, credits=page.credits)
    if form.is_valid():
        try:
            said = {**form.cleaned_data, "pdf": _paper(form.cleaned_data["pdf"])}
            made = noted.issue(invoice_id=invoice_id, actor=request.actor, at=request.at, **said)
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(
                request, _("%(n)s emitida: revise su correo y despáchela.") % {"n": made.dossier.number}
            )
            return redirect("desk:billing-note", note_id=made.pk)
    return _invoice(request, invoice_id, form)


@require_http_methods(["GET", "POST"])
def credit_list(request: DeskRequest) -> HttpResponse:
    """SLA credits proposed, for the Gerente; those decided."""
    require(request.actor, Act.VIEW_BILLING)
    state = request.GET.get("ver", "PROPOSED")
    chosen = [int(key) for key in request.POST.getlist("row") if key.isdigit()]
    reason, wrong = request.POST.get("reason", ""), ""
    if request.method == "POST":
        require(request.actor, Act.DECIDE_CREDIT)
        approve = "aprobar" in request.POST
        try:
            count = credits.decide(
                credit_ids=chosen, approve=approve, reason=reason, actor=request.actor, at=request.at
            )
        except Invalid as error:
            wrong = " ".join(str(each) for each in error.errors)
        else:
            words = (
                ngettext("%(n)d crédito aprobado.", "%(n)d créditos aprobados.", count)
                if approve
                else ngettext("%(n)d crédito rechazado.", "%(n)d créditos rechazados.", count)
            )
            toasts.say(request, words % {"n": count})
            return redirect("desk:billing-credits")
    context = {
        "rows": pages.credit_list(state=state),
        "state": state,
        "may": may(request),
        "chosen": chosen,
        "reason": reason,
        "wrong": wrong,
    }
    return render(request, "desk/billing_credits.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
def rate_list(request: DeskRequest) -> HttpResponse:
    """Exchange rates with their source."""
    require(request.actor, Act.VIEW_BILLING)
    form = RateForm(request.POST or None)
    if request.method == "POST":
        require(request.actor, Act.ENTER_RATE)
        if form.is_valid():
            try:
                rates.record(currency="USD", actor=request.actor, at=request.at, **form.cleaned_data)
            except (Invalid, Conflict) as error:
                attach(form, error)
            else:
                toasts.say(request, _("Tipo de cambio registrado."))
                return redirect("desk:billing-rates")
    context = {"rows": pages.rate_list(), "form": form, "may": may(request)}
    return render(request, "desk/billing_rates.html", context, status=422 if form.errors else 200)
