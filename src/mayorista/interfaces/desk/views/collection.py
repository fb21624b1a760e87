"""Collection (B.6): the reminders of the day, what is owed, and what was done to collect it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.customers import queries as customers
from mayorista.apps.overview.queries import collection as pages
from mayorista.apps.overview.queries import collection_reminders as reminder_pages
from mayorista.apps.procedure.actors import require
from mayorista.apps.receivables.operations import contacts, interests, objections, promises, reminders
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.collection import (
    ContactForm,
    DecideForm,
    ObjectionForm,
    PauseForm,
    PeriodForm,
    PromiseForm,
    ProposeForm,
)
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

UNDO_SECONDS = 10
ACTS = (
    Act.SEND_REMINDER,
    Act.RELEASE_REMINDER,
    Act.PAUSE_REMINDERS,
    Act.LOG_CONTACT,
    Act.RAISE_OBJECTION,
    Act.DECIDE_OBJECTION,
    Act.ISSUE_NOTE,
    Act.SEND_STATEMENT,
    Act.HAND_OVER_DEBT,
    Act.TAKE_LEGAL_ACTION,
    Act.PROPOSE_SUSPENSION,
    Act.APPROVE_SUSPENSION,
    Act.EXECUTE_SUSPENSION,
    Act.CHARGE_INTEREST,
)


def may(request: DeskRequest) -> dict[str, bool]:
    """What this person may do in collection, by the act's name in lower case."""
    return {act.name.lower(): request.actor.may(act) for act in ACTS}


def chosen(request: DeskRequest) -> list[int]:
    """The ids of the rows that were ticked."""
    return [int(key) for key in request.POST.getlist("row") if key.isdigit()]


@require_http_methods(["GET", "POST"])
def reminder_list(request: DeskRequest) -> HttpResponse:
    """The day's reminders before they leave; those ticked or all of the day are sent, with ten seconds to undo."""
    require(request.actor, Act.VIEW_COLLECTION)
    if request.method == "POST":
        return _send(request)
    page = reminder_pages.reminder_page(
        at=request.at, number=number_of(request, "pagina", 1), held_number=number_of(request, "retenidos", 1)
    )
    context = {"page": page, "may": may(request), "seconds": UNDO_SECONDS, "tab": "reminders"}
    return render(request, "desk/collection_reminders.html", context)


def _send(request: DeskRequest) -> HttpResponse:
    require(request.actor, Act.SEND_REMINDER)
    ids = reminder_pages.ready(at=request.at) if "todos" in request.POST else chosen(request)
    if not ids:
        raise Invalid(_("No eligió a nadie."), remedy=_("Marque al menos un cliente."))
    sent = reminders.send(customer_ids=ids, actor=request.actor, at=request.at)
    if sent.mail_ids:
        words = ngettext(
            "%(n)d recordatorio sale en unos segundos.",
            "%(n)d recordatorios salen en unos segundos.",
            len(sent.mail_ids),
        ) % {"n": len(sent.mail_ids)}
        url = reverse("desk:reminder-undo", args=[sent.mail_ids[0]])
        toasts.say(request, words, undo_url=url, seconds=UNDO_SECONDS)
    if sent.refused:
        words = ngettext(
            "%(n)d no se pudo escribir: %(why)s", "%(n)d no se pudieron escribir: %(why)s", len(sent.refused)
        )
        toasts.say(request, words % {"n": len(sent.refused), "why": sent.refused[0].reason}, bad=True)
    return redirect("desk:reminders")


@require_POST
def undo(request: DeskRequest, mail_id: int) -> HttpResponse:
    """Take back what was sent in one act and has not left."""
    require(request.actor, Act.SEND_REMINDER)
    count = reminders.undo(mail_id=mail_id, actor=request.actor, at=request.at)
    toasts.say(request, ngettext("%(n)d deshecho.", "%(n)d deshechos.", count) % {"n": count})
    return redirect("desk:reminders")


@require_POST
def release(request: DeskRequest) -> HttpResponse:
    """Legal lets pre-legal reminders go."""
    require(request.actor, Act.RELEASE_REMINDER)
    count = reminders.release(invoice_ids=chosen(request), actor=request.actor, at=request.at)
    toasts.say(
        request,
        ngettext("%(n)d recordatorio liberado.", "%(n)d recordatorios liberados.", count) % {"n": count},
    )
    return redirect("desk:reminders")


# What is owed ------------------------------------------------------------------------------------


@require_GET
def ageing(request: DeskRequest) -> HttpResponse:
    """All that is owed by customer and bucket; portfolios and the calls of today."""
    require(request.actor, Act.VIEW_COLLECTION)
    whole = request.GET.get("formato") == "xlsx"
    view = request.GET.get("ver", "")
    page = pages.ageing_page(
        at=request.at,
        view=view if view in pages.VIEWS else "",
        text=request.GET.get("texto", ""),
        age=request.GET.get("tramo", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"size": 20_000} if whole else {}),
    )
    if whole:
        return _ageing_sheet(request, page)
    return render(
        request, "desk/collection_ageing.html", {"page": page, "may": may(request), "tab": "ageing"}
    )


def _ageing_sheet(request: DeskRequest, page: pages.AgeingPage) -> HttpResponse:
    columns = (
        _("Código"), _("Cliente"), _("Moneda"), *page.names, _("Total"), _("Días de mora"), _("Facturas"), _("Objetado"),
        _("Promesa"), _("A cuenta"), _("Última gestión"), _("Resultado"), _("Próxima acción"), _("Para el"), _("Cartera"),
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        (
            row.code, row.aged.customer, row.sign, *row.amounts, row.aged.total, max(0, row.aged.days_late), row.aged.invoices,
            row.aged.disputed, row.aged.promised_on, row.aged.on_account, row.aged.last_contact, row.aged.last_result,
            row.aged.next_action, row.aged.next_on, ", ".join(row.aged.handed_to),
        )
        for row in page.rows
    ]  # fmt: skip
    rows += [
        ("", _("TOTAL"), sign, *amounts, total, "", "", "", "", "", "", "", "", "", "")
        for sign, amounts, total in page.totals
    ]
    return sheets.response(_("Antigüedad de saldos"), request, columns, rows)


Forms = dict[str, "forms.Form"]


@require_GET
def customer(request: DeskRequest, code: str) -> HttpResponse:
    """A customer's debts, its log, promises and objections."""
    require(request.actor, Act.VIEW_COLLECTION)
    return _customer(request, code, {})


def _customer(request: DeskRequest, code: str, bad: Forms) -> HttpResponse:
    page = pages.customer_page(code=code, at=request.at)
    today = lapaz.local(request.at).date()
    context = {
        "page": page,
        "may": may(request),
        "today": today,
        "contact": bad.get("contact") or ContactForm(invoices=page.choices),
        "promise": bad.get("promise") or PromiseForm(invoices=page.choices),
        "objection": bad.get("objection")
        or ObjectionForm(invoices=page.choices, initial={"raised_on": today}),
        "pause": bad.get("pause") or PauseForm(),
        "propose": bad.get("propose") or ProposeForm(circuits=page.circuits),
        "decide": bad.get("decide") or DecideForm(),
        "period": PeriodForm(initial={"since": today.replace(month=1, day=1), "until": today}),
        "bad": next(iter(bad), ""),
    }
    return render(request, "desk/collection_customer.html", context, status=422 if bad else 200)


def act_on(
    request: DeskRequest, code: str, name: str, form: forms.Form, run: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Do one act of a customer's page: what is refused stands beside its field on that page."""
    if form.is_valid():
        try:
            words = run(form.cleaned_data)
        except (Invalid, Conflict) as error:
            attach(form, error)
        else:
            toasts.say(request, words)
            return redirect("desk:collection-customer", code=code)
    return _customer(request, code, {name: form})


def choices_of(request: DeskRequest, code: str) -> tuple[int, tuple[tuple[int, str], ...]]:
    """The customer's id and its open invoices."""
    page = pages.customer_page(code=code, at=request.at)
    return page.card.id, page.choices


@require_POST
def log_contact(request: DeskRequest, code: str) -> HttpResponse:
    """Write a contact down."""
    require(request.actor, Act.LOG_CONTACT)
    customer_id, invoices = choices_of(request, code)
    form = ContactForm(request.POST, invoices=invoices)

    def run(said: dict[str, Any]) -> str:
        contacts.log(customer_id=customer_id, actor=request.actor, at=request.at, **said)
        return _("Gestión registrada.")

    return act_on(request, code, "contact", form, run)


@require_POST
def promise(request: DeskRequest, code: str) -> HttpResponse:
    """Write a promise down."""
    require(request.actor, Act.LOG_CONTACT)
    _customer_id, invoices = choices_of(request, code)
    form = PromiseForm(request.POST, invoices=invoices)

    def run(said: dict[str, Any]) -> str:
        made = promises.make(actor=request.actor, at=request.at, **said)
        return _("Promesa registrada: sin recordatorios hasta el %(d)s.") % {"d": lapaz.day(made.promised_on)}

    return act_on(request, code, "promise", form, run)


@require_POST
def withdraw_promise(request: DeskRequest, promise_id: int) -> HttpResponse:
    """Take a promise back."""
    require(request.actor, Act.LOG_CONTACT)
    customer_id = promises.withdraw(
        promise_id=promise_id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Promesa retirada."))
    return redirect("desk:collection-customer", code=customers.customer(customer_id=customer_id).code)


@require_POST
def raise_objection(request: DeskRequest, code: str) -> HttpResponse:
    """Write an objection down."""
    require(request.actor, Act.RAISE_OBJECTION)
    _customer_id, invoices = choices_of(request, code)
    form = ObjectionForm(request.POST, invoices=invoices)

    def run(said: dict[str, Any]) -> str:
        made = objections.object_to(actor=request.actor, at=request.at, **said)
        if made.timely:
            return _("Objeción en plazo: esa parte no se reclama; decide la Gerencia.")
        return _("Objeción fuera de plazo: la cobranza sigue; decide la Gerencia.")

    return act_on(request, code, "objection", form, run)


@require_GET
def objection_list(request: DeskRequest) -> HttpResponse:
    """Objections that wait: for the Gerente, or for their note."""
    require(request.actor, Act.VIEW_COLLECTION)
    state = request.GET.get("ver", "OPEN")
    state = state if state in {"OPEN", "WON", "LOST"} else "OPEN"
    context = {
        "rows": pages.objection_rows(state=state),
        "state": state,
        "may": may(request),
        "tab": "objections",
        "form": DecideForm(),
    }
    return render(request, "desk/collection_objections.html", context)


@require_POST
def decide_objection(request: DeskRequest, objection_id: int) -> HttpResponse:
    """The Gerente decides an objection."""
    require(request.actor, Act.DECIDE_OBJECTION)
    form = DecideForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Escriba lo que se concede (0 la rechaza) y el fundamento."))
    objections.decide(objection_id=objection_id, actor=request.actor, at=request.at, **form.cleaned_data)
    toasts.say(request, _("Objeción decidida."))
    return redirect("desk:collection-objections")


@require_POST
def objection_note(request: DeskRequest, objection_id: int) -> HttpResponse:
    """Facturación issues the note of what was granted."""
    require(request.actor, Act.ISSUE_NOTE)
    made = objections.issue_note(
        objection_id=objection_id,
        number_external=request.POST.get("number_external", ""),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Nota de crédito emitida."))
    return redirect("desk:invoice", invoice_id=made.invoice_id)


@require_POST
def pause(request: DeskRequest, code: str) -> HttpResponse:
    """No reminders for a while, or again."""
    require(request.actor, Act.PAUSE_REMINDERS)
    customer_id = customers.customer_by_code(code=code).id
    if "seguir" in request.POST:
        reminders.resume(customer_id=customer_id, actor=request.actor, at=request.at)
        toasts.say(request, _("Los recordatorios siguen."))
        return redirect("desk:collection-customer", code=code)
    form = PauseForm(request.POST)

    def run(said: dict[str, Any]) -> str:
        reminders.pause(customer_id=customer_id, actor=request.actor, at=request.at, **said)
        return _("Recordatorios en pausa.")

    return act_on(request, code, "pause", form, run)


@require_POST
def charge_interest(request: DeskRequest, code: str) -> HttpResponse:
    """Charge the interest of the invoices ticked."""
    require(request.actor, Act.CHARGE_INTEREST)
    customer_id = customers.customer_by_code(code=code).id
    total = interests.charge(
        customer_id=customer_id, invoice_ids=chosen(request), actor=request.actor, at=request.at
    )
    words = _("Interés por %(t)s: va en la próxima factura.")
    toasts.say(request, words % {"t": f"{total:f}".replace(".", ",")})
    return redirect("desk:collection-customer", code=code)
