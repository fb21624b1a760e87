"""B.7 and B.8 on screen: receipts come in, their money is spread, accounting is told and decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.overview.queries import receipts as pages
from mayorista.apps.procedure.actors import require
from mayorista.apps.receivables.operations import accounting, allocations, receipts
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.receipts import AllocationForm, FileForm, ReceiptForm, WhyForm, paper
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules.errors import Conflict, Invalid, Stale
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.receivables.models import Receipt
    from mayorista.interfaces.desk.request import DeskRequest

ACTS = (
    Act.REGISTER_RECEIPT,
    Act.ALLOCATE_RECEIPT,
    Act.INFORM_ACCOUNTING,
    Act.RECONCILE_RECEIPT,
    Act.NOTE_REJECTION,
    Act.LOAD_STATEMENT,
    Act.PROPOSE_BANK_ACCOUNT,
    Act.APPROVE_BANK_ACCOUNT,
)
SHOWS = (
    ("abiertos", gettext_lazy("Abiertos")),
    ("imputar", gettext_lazy("Por imputar")),
    ("a-cuenta", gettext_lazy("Con saldo a cuenta")),
    ("informar", gettext_lazy("Por informar")),
    ("conciliar", gettext_lazy("Por conciliar")),
    ("conciliados", gettext_lazy("Conciliados")),
    ("rechazados", gettext_lazy("Rechazados")),
    ("todos", gettext_lazy("Todos")),
)


def may(request: DeskRequest) -> dict[str, bool]:
    """What this person may do with receipts, by the act's name in lower case."""
    return {act.name.lower(): request.actor.may(act) for act in ACTS}


@require_GET
def receipt_list(request: DeskRequest) -> HttpResponse:
    """Receipts by what waits for whom."""
    require(request.actor, Act.VIEW_BILLING)
    page = pages.receipt_list(
        at=request.at,
        show=request.GET.get("ver", ""),
        text=request.GET.get("texto", ""),
        page=number_of(request, "pagina", 1),
    )
    return render(request, "desk/receipts.html", {"page": page, "may": may(request), "shows": SHOWS})


@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Write a receipt down: by hand, with the file of a message (`?mensaje=`), or from a statement (`?linea=`)."""
    require(request.actor, Act.REGISTER_RECEIPT)
    message_id = number_of(request, "mensaje", 0) or None
    line_id = number_of(request, "linea", 0) or None
    page = pages.new_page(
        message_id=message_id, line_id=line_id, customer_id=number_of(request, "cliente", 0) or None
    )
    form = ReceiptForm(request.POST or None, request.FILES or None, page=page, initial=_initial(page))
    other = ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        upload = paper(said.pop("file"))
        file_id = said.pop("file_id", None)
        try:
            made = receipts.register(
                **said,
                upload=upload,
                message_id=message_id,
                file_id=None if upload else file_id,
                line_id=line_id,
                actor=request.actor,
                at=request.at,
            )
        except receipts.Duplicate as error:
            attach(form, error)
            other = error.number
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("%(n)s registrado: ahora impute su dinero.") % {"n": made.dossier.number})
            return redirect("desk:receipt", number=made.dossier.number)
    context = {"page": page, "form": form, "other": other}
    return render(request, "desk/receipt_new.html", context, status=422 if form.errors else 200)


def _initial(page: pages.NewPage) -> dict[str, object]:
    found: dict[str, object] = {"customer_id": page.customer_id or "", "currency": "BOB"}
    if page.line is not None:
        found |= {
            "bank": page.line.bank,
            "reference": page.line.reference,
            "paid_on": page.line.booked_on,
            "currency": page.line.currency,
            "amount": f"{page.line.amount:.2f}".replace(".", ","),
        }
    return found


@require_GET
def receipt(request: DeskRequest, number: str) -> HttpResponse:
    """One receipt."""
    require(request.actor, Act.VIEW_BILLING)
    return _receipt(request, number)


def _receipt(
    request: DeskRequest,
    number: str,
    *,
    form: AllocationForm | None = None,
    file_form: FileForm | None = None,
) -> HttpResponse:
    page = pages.receipt_page(number=number, user_id=request.actor.user_id)
    bad = bool((form and form.errors) or (file_form and file_form.errors))
    context = {
        "page": page,
        "may": may(request),
        "form": form or AllocationForm(invoices=page.open),
        "file_form": file_form or FileForm(),
        "why": WhyForm(),
    }
    return render(request, "desk/receipt.html", context, status=422 if bad else 200)


@require_POST
def allocate(request: DeskRequest, number: str) -> HttpResponse:
    """Spread a receipt's money as the person says."""
    require(request.actor, Act.ALLOCATE_RECEIPT)
    page = pages.receipt_page(number=number, user_id=request.actor.user_id)
    form = AllocationForm(request.POST, request.FILES, invoices=page.open)
    if form.is_valid():
        try:
            allocations.allocate(
                receipt_id=page.id,
                lines=form.wanted(),
                rate=form.cleaned_data["rate"],
                version=number_of_post(request, "version"),
                actor=request.actor,
                at=request.at,
            )
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            attach(form, error, form.names())
        else:
            toasts.say(request, _("Imputado. Se acusó recibo al cliente por WhatsApp o correo, si se puede."))
            return redirect("desk:receipt", number=number)
    return _receipt(request, number, form=form)


def number_of_post(request: DeskRequest, name: str) -> int | None:
    """Return a whole number of the form, or None when it is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@require_POST
def undo_allocation(request: DeskRequest, allocation_id: int) -> HttpResponse:
    """Take an allocation back by a counter-act."""
    require(request.actor, Act.ALLOCATE_RECEIPT)
    row = allocations.undo(
        allocation_id=allocation_id,
        reason=request.POST.get("reason", ""),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Imputación deshecha: el dinero vuelve a estar a cuenta."))
    return redirect("desk:receipt", number=row.dossier.number)


@require_POST
def attach_file(request: DeskRequest, number: str) -> HttpResponse:
    """Give a receipt its file."""
    require(request.actor, Act.REGISTER_RECEIPT)
    page = pages.receipt_page(number=number, user_id=request.actor.user_id)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        upload = paper(form.cleaned_data["file"])
        assert upload is not None
        try:
            receipts.attach(receipt_id=page.id, upload=upload, actor=request.actor, at=request.at)
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, _("Archivo adjuntado."))
            return redirect("desk:receipt", number=number)
    return _receipt(request, number, file_form=form)


def _act(act: Act, do: Callable[[DeskRequest, int], Receipt], said: str) -> Callable[..., HttpResponse]:
    """A POST that does one thing with a receipt and goes back to it."""

    @require_POST
    def view(request: DeskRequest, number: str) -> HttpResponse:
        require(request.actor, act)
        page = pages.receipt_page(number=number, user_id=request.actor.user_id)
        do(request, page.id)
        toasts.say(request, _(said))
        return redirect("desk:receipt", number=number)

    return view


def _reason(request: DeskRequest) -> str:
    return request.POST.get("reason", "")


leave_on_account = _act(
    Act.ALLOCATE_RECEIPT,
    lambda request, pk: allocations.leave_on_account(receipt_id=pk, actor=request.actor, at=request.at),
    "Queda a cuenta.",
)
withdraw = _act(
    Act.REGISTER_RECEIPT,
    lambda request, pk: accounting.withdraw(
        receipt_id=pk, reason=_reason(request), actor=request.actor, at=request.at
    ),
    "Comprobante anulado.",
)
reconcile = _act(
    Act.RECONCILE_RECEIPT,
    lambda request, pk: accounting.reconcile(
        receipt_id=pk, version=number_of_post(request, "version"), actor=request.actor, at=request.at
    ),
    "Conciliado.",
)
reject = _act(
    Act.RECONCILE_RECEIPT,
    lambda request, pk: accounting.reject(
        receipt_id=pk,
        reason=_reason(request),
        version=number_of_post(request, "version"),
        actor=request.actor,
        at=request.at,
    ),
    "Rechazado: la deuda vuelve y Facturación fue avisada.",
)
note_rejection = _act(
    Act.NOTE_REJECTION,
    lambda request, pk: accounting.note_rejection(receipt_id=pk, actor=request.actor, at=request.at),
    "Tomó nota del rechazo.",
)


@require_POST
def inform(request: DeskRequest) -> HttpResponse:
    """Tell accounting of the receipts chosen, each with its file."""
    require(request.actor, Act.INFORM_ACCOUNTING)
    chosen = [int(key) for key in request.POST.getlist("row") if key.isascii() and key.isdigit()]
    notices = accounting.inform(receipt_ids=chosen, actor=request.actor, at=request.at)
    words = ngettext(
        "Contabilidad informada con %(n)d correo.", "Contabilidad informada con %(n)d correos.", len(notices)
    )
    toasts.say(request, words % {"n": len(notices)})
    number = request.POST.get("number", "")
    return redirect("desk:receipt", number=number) if number else redirect("desk:receipts")
