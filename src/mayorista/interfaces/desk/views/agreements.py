"""B.1: the contracts and everything that is written on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.contracts import operations
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.overview.queries import agreements as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import agreements as forms
from mayorista.interfaces.desk.views.board import number_of
from mayorista.interfaces.desk.views.editing import Editor, bound, edit
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django import forms as django_forms
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

SHOWS = (
    ("vigentes", "ACTIVE", "Vigentes"),
    ("pendientes", "PENDING", "Por completar"),
    ("por-vencer", "ENDING", "Vencen en 90 días"),
    ("vencidos", "ENDED", "Vencidos"),
    ("todos", "ALL", "Todos"),
)
EXPORTED = 10_000
ACTS = (
    Act.HAND_OVER_CONTRACT, Act.RECEIVE_CONTRACT, Act.EDIT_AGREEMENTS, Act.FILE_CONTRACT_PAPERS, Act.MOVE_CUSTODY, Act.EDIT_SERVICES,
    Act.REQUEST_SPEED,
)  # fmt: skip


@require_GET
def contracts(request: DeskRequest) -> HttpResponse:
    """All contracts: which are in force, incomplete, near their end."""
    asked = request.GET
    shown = next((each for each in SHOWS if each[0] == asked.get("estado", "")), SHOWS[0])
    whole = asked.get("formato") == "xlsx"
    page = pages.contract_list(
        actor=request.actor,
        at=request.at,
        text=asked.get("texto", ""),
        show=shown[1],
        sort=asked.get("orden", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"page_size": EXPORTED} if whole else {}),
    )
    if whole:
        columns = (
            _("Contrato"), _("Código"), _("Cliente"), _("Desde"), _("Hasta"), _("Días"), _("Recepción"), _("Faltan ítems"), _("Circuitos"), _("kbit/s"),
        )  # fmt: skip
        rows = [
            (row.number, row.customer_code, row.customer_name, row.starts_date, row.ends_date, row.days_left, row.state_name, row.missing, row.circuits, row.kbps)
            for row in page.rows
        ]  # fmt: skip
        return sheets.response(_("Contratos"), request, columns, rows)
    context = {
        "page": page,
        "show": shown[0],
        "shows": [(key, _(title)) for key, _show, title in SHOWS],
        "may_hand_over": request.actor.may(Act.HAND_OVER_CONTRACT),
    }
    return render(request, "desk/contracts.html", context)


@require_GET
def contract(request: DeskRequest, number: str) -> HttpResponse:
    """Everything of one contract."""
    page = pages.contract_page(number=number, actor=request.actor, at=request.at)
    may = {act.name.lower(): request.actor.may(act) for act in ACTS}
    return render(request, "desk/contract.html", {"page": page, "may": may})


# ---- reception


@require_http_methods(["GET", "POST"])
def hand_over(request: DeskRequest, number: str = "") -> HttpResponse:
    """Ventas hands a contract over: a new one, or one that came back observed."""
    require(request.actor, Act.HAND_OVER_CONTRACT)
    known = (
        pages.choices(number=number, actor=request.actor, at=request.at, act=Act.HAND_OVER_CONTRACT)
        if number
        else None
    )
    form = forms.HandOverForm(
        bound(request),
        request.FILES if request.method == "POST" else None,
        items=known.items if known else pages.blank_items(at=request.at),
        customers=customer_queries.choices(),
        again=known is not None,
        initial={"customer_id": request.GET.get("cliente", "")},
    )
    back = reverse("desk:contract", args=[number]) if number else reverse("desk:contracts")
    title = _("Entregar de nuevo %(n)s") % {"n": number} if number else _("Entregar contrato a Interconexión")
    editor = Editor(title, _("Entregar"), back, f"entrega-{number or 'nuevo'}", _("B.1 · Su envío es el acuse de Ventas, con fecha y hora."), "desk/contract_hand_over.html", names={"file": ""})  # fmt: skip

    def save(_said: dict[str, Any]) -> HttpResponse:
        saved = operations.hand_over(
            contract_id=known.contract_id if known else None,
            items=form.wishes(),
            papers=form.uploads(request.FILES),
            actor=request.actor,
            at=request.at,
            **form.contract(),
        )
        toasts.say(request, _("Entregado. Interconexión lo tiene en su bandeja."))
        return redirect("desk:contract", number=saved.code)

    return edit(request, form, editor, save)


@require_POST
def receive(request: DeskRequest, number: str) -> HttpResponse:
    """Acknowledge a contract."""
    chosen = _chosen(request, number, Act.RECEIVE_CONTRACT)
    operations.receive(contract_id=chosen.contract_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Recibido con fecha y hora."))
    return redirect("desk:contract", number=number)


@require_POST
def complete(request: DeskRequest, number: str) -> HttpResponse:
    """Find a contract complete."""
    chosen = _chosen(request, number, Act.RECEIVE_CONTRACT)
    operations.complete(contract_id=chosen.contract_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Copia de contrato completo."))
    return redirect("desk:contract", number=number)


@require_http_methods(["GET", "POST"])
def observe(request: DeskRequest, number: str) -> HttpResponse:
    """Send a contract back to Ventas."""
    chosen = _chosen(request, number, Act.RECEIVE_CONTRACT)
    lacking = [row for row in chosen.items if row.mandatory and row.state != "PRESENT"]
    subtitle = (
        _("Falta: %(what)s.") % {"what": "; ".join(f"{row.item}. {row.title}" for row in lacking)}
        if lacking
        else ""
    )
    return _form(
        request,
        number,
        forms.ObserveForm(bound(request)),
        (_("Observar %(n)s") % {"n": number}, _("Devolver a Ventas"), subtitle),
        lambda said: operations.observe(
            contract_id=chosen.contract_id, actor=request.actor, at=request.at, **said
        ),
    )


@require_http_methods(["GET", "POST"])
def items(request: DeskRequest, number: str) -> HttpResponse:
    """The ten items of a complete copy."""
    chosen = _chosen(request, number, Act.FILE_CONTRACT_PAPERS)
    form = forms.ItemsForm(bound(request), items=chosen.items)
    return _form(
        request,
        number,
        form,
        (_("Lista de contrato completo"), _("Guardar"), f"{chosen.customer.name} · {number}"),
        lambda _said: operations.check_items(
            contract_id=chosen.contract_id, items=form.wishes(), actor=request.actor, at=request.at
        ),
        template="desk/contract_items.html",
    )


# ---- papers


@require_http_methods(["GET", "POST"])
def document(request: DeskRequest, number: str) -> HttpResponse:
    """File a paper."""
    chosen = _chosen(request, number, Act.FILE_CONTRACT_PAPERS)
    form = forms.DocumentForm(
        bound(request),
        request.FILES if request.method == "POST" else None,
        initial={"kind": request.GET.get("clase", "")},
    )

    def save(said: dict[str, Any]) -> None:
        said.pop("file")
        upload = forms.read_upload(request.FILES, "file")
        operations.add_document(
            contract_id=chosen.contract_id, upload=upload, actor=request.actor, at=request.at, **said
        )

    words = (
        _("Archivar documento"),
        _("Archivar"),
        _("Otra versión del mismo documento se guarda junto a la anterior."),
    )
    return _form(request, number, form, words, save)


@require_http_methods(["GET", "POST"])
def custody(request: DeskRequest, number: str) -> HttpResponse:
    """Say where the original or the copy is."""
    chosen = _chosen(request, number, Act.MOVE_CUSTODY)
    return _form(
        request,
        number,
        forms.CustodyForm(bound(request)),
        (_("Custodia del contrato"), _("Registrar"), _("Original 1, copia 1 (R-D2).")),
        lambda said: operations.move_custody(
            contract_id=chosen.contract_id, actor=request.actor, at=request.at, **said
        ),
    )


@require_http_methods(["GET", "POST"])
def guarantee(request: DeskRequest, number: str) -> HttpResponse:
    """Register a guarantee."""
    chosen = _chosen(request, number, Act.EDIT_AGREEMENTS)

    def save(said: dict[str, Any]) -> None:
        said["document_id"] = int(said["document_id"]) if said["document_id"] else None
        operations.record_guarantee(
            contract_id=chosen.contract_id, actor=request.actor, at=request.at, **said
        )

    words = (_("Registrar garantía"), _("Registrar"), _("Se avisa 90, 60 y 30 días antes de su vencimiento."))
    return _form(request, number, forms.GuaranteeForm(bound(request), choices=chosen), words, save)


@require_http_methods(["GET", "POST"])
def return_guarantee(request: DeskRequest, guarantee_id: int) -> HttpResponse:
    """Note that a guarantee went back."""
    number, kind = pages.guarantee_place(guarantee_id=guarantee_id, actor=request.actor)
    return _form(
        request,
        number,
        forms.ReturnForm(bound(request)),
        (_("Devolver garantía"), _("Registrar"), f"{kind} · {number}"),
        lambda said: operations.return_guarantee(
            guarantee_id=guarantee_id, actor=request.actor, at=request.at, **said
        ),
    )


# ---- clauses, prices, circuits


@require_http_methods(["GET", "POST"])
def terms(request: DeskRequest, number: str) -> HttpResponse:
    """The clauses that move money or time, from a day on."""
    chosen = _chosen(request, number, Act.EDIT_AGREEMENTS)
    first = {} if chosen.terms_since else {"starts_date": chosen.starts_date}
    form = forms.TermsForm(bound(request), choices=chosen, initial=first)

    def save(_said: dict[str, Any]) -> None:
        try:
            operations.agree_terms(
                contract_id=chosen.contract_id, actor=request.actor, at=request.at, **form.wishes()
            )
        except Invalid as error:
            raise forms.by_line(error) from None

    words = (_("Condiciones de %(n)s") % {"n": number}, _("Registrar condiciones"), _("Una adenda rige desde su día; lo anterior queda como estaba."))  # fmt: skip
    return _form(request, number, form, words, save, template="desk/contract_terms.html")


@require_http_methods(["GET", "POST"])
def price(request: DeskRequest, number: str) -> HttpResponse:
    """A price of a circuit, from a day on."""
    chosen = _chosen(request, number, Act.EDIT_AGREEMENTS)
    by_code = {code: pk for pk, code in chosen.held}
    initial = {"service_id": by_code.get(request.GET.get("servicio", ""), ""), "model": "per_mbps"}
    form = forms.PriceForm(bound(request), choices=chosen, initial=initial)

    def save(said: dict[str, Any]) -> None:
        try:
            operations.agree_price(
                contract_id=chosen.contract_id,
                service_id=int(said["service_id"]),
                effective_date=said["effective_date"],
                model=said["model"],
                price=form.price(),
                in_advance=said["in_advance"],
                document_id=int(said["document_id"]) if said["document_id"] else None,
                clause=said["clause"],
                correction=said["correction"],
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            raise forms.by_line(error) from None

    words = (
        _("Precio en %(n)s") % {"n": number},
        _("Registrar precio"),
        _("El precio anterior rige hasta el día anterior."),
    )
    return _form(request, number, form, words, save, template="desk/contract_price.html")


@require_http_methods(["GET", "POST"])
def hold(request: DeskRequest, number: str) -> HttpResponse:
    """Put a circuit under a contract."""
    chosen = _chosen(request, number, Act.EDIT_AGREEMENTS)
    form = forms.HoldForm(bound(request), choices=chosen, initial={"starts_date": chosen.starts_date})

    def save(said: dict[str, Any]) -> None:
        operations.hold_service(
            contract_id=chosen.contract_id,
            service_id=int(said["service_id"]),
            starts_date=said["starts_date"],
            kbps=said["speed"],
            actor=request.actor,
            at=request.at,
        )

    words = (_("Vincular servicio a %(n)s") % {"n": number}, _("Vincular"), _("Después registre su precio."))
    return _form(request, number, form, words, save)


@require_http_methods(["GET", "POST"])
def take_over(request: DeskRequest, number: str) -> HttpResponse:
    """Hand a circuit of this contract to another (G-48)."""
    chosen = _chosen(request, number, Act.EDIT_AGREEMENTS)
    form = forms.TakeOverForm(
        bound(request), choices=chosen, contracts_=pages.other_contracts(but=chosen.contract_id)
    )

    def save(said: dict[str, Any]) -> None:
        operations.take_over(
            service_id=int(said["service_id"]),
            contract_id=int(said["contract_id"]),
            on=said["on"],
            actor=request.actor,
            at=request.at,
        )

    words = (
        _("Cambio de titular"),
        _("Traspasar"),
        _("El circuito, su historia y sus casos siguen; la deuda queda con quien la tiene."),
    )
    return _form(request, number, form, words, save)


def _chosen(request: DeskRequest, number: str, act: Act) -> pages.Choices:
    return pages.choices(number=number, actor=request.actor, at=request.at, act=act)


def _form(
    request: DeskRequest,
    number: str,
    form: django_forms.Form,
    words: tuple[str, str, str],
    act: Callable[[dict[str, Any]], object],
    *,
    template: str = "desk/form.html",
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show a form about a contract and go back to its page; `words` are title, button and subtitle."""
    title, submit, subtitle = words
    back = reverse("desk:contract", args=[number])
    draft = f"{request.resolver_match.url_name if request.resolver_match else 'contrato'}-{number}"
    editor = Editor(title, submit, back, draft, subtitle, template, more=more or {})

    def save(said: dict[str, Any]) -> HttpResponse:
        act(said)
        toasts.say(request, _("Guardado."))
        return redirect(back)

    return edit(request, form, editor, save)
