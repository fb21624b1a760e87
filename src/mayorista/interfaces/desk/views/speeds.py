"""B.2: changes of speed. A list, a page with its rail, one form per act, and the Gerente's page for a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from mayorista.apps.contracts.operations import speed
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.overview.queries import speeds as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import agreements as agreement_forms
from mayorista.interfaces.desk.forms import speeds as forms
from mayorista.interfaces.desk.views.board import number_of
from mayorista.interfaces.desk.views.editing import Editor, bound, edit
from mayorista.rules import lapaz
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django import forms as django_forms
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

SHOWS = (
    ("abiertos", "OPEN", "Abiertos"),
    ("por-decidir", "DECIDE", "Por decidir"),
    ("vigentes", "FORCE", "Vigentes"),
    ("sin-efecto", "CLOSED", "Rechazados y cancelados"),
    ("todos", "ALL", "Todos"),
)
EXPORTED = 10_000


@require_GET
def changes(request: DeskRequest) -> HttpResponse:
    """All changes of speed."""
    asked = request.GET
    shown = next((each for each in SHOWS if each[0] == asked.get("estado", "")), SHOWS[0])
    whole = asked.get("formato") == "xlsx"
    page = pages.speed_list(
        actor=request.actor,
        text=asked.get("texto", ""),
        show=shown[1],
        sort=asked.get("orden", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"page_size": EXPORTED} if whole else {}),
    )
    if whole:
        columns = (
            _("Número"),
            _("Cliente"),
            _("Circuito"),
            _("De kbit/s"),
            _("A kbit/s"),
            _("Desde"),
            _("Hasta"),
            _("Solicitado"),
            _("Estado"),
        )
        rows = [
            (
                row.number,
                row.customer,
                row.circuit,
                row.from_kbps,
                row.to_kbps,
                row.day,
                row.until,
                row.requested_date,
                row.state_name,
            )
            for row in page.rows
        ]
        return sheets.response(_("Cambios de velocidad"), request, columns, rows)
    context = {
        "page": page,
        "show": shown[0],
        "shows": [(key, _(title)) for key, _show, title in SHOWS],
        "may_ask": request.actor.may(Act.REQUEST_SPEED),
        "may_decide": request.actor.may(Act.DECIDE_SPEED),
    }
    return render(request, "desk/speed_changes.html", context)


@require_GET
def change(request: DeskRequest, number: str) -> HttpResponse:
    """Everything of one change."""
    page = pages.speed_page(number=number, actor=request.actor, at=request.at)
    return render(request, "desk/speed_change.html", {"page": page, "acts": _acts(request, page)})


@require_http_methods(["GET", "POST"])
def new(request: DeskRequest, code: str) -> HttpResponse:
    """Register what a customer asks for, with what the contract says and what it would cost beside it."""
    service = pages.service_choice(code=code, actor=request.actor, at=request.at)
    today = lapaz.local(request.at).date()
    form = forms.RequestForm(
        bound(request),
        request.FILES if request.method == "POST" else None,
        initial={
            "requested_date": today,
            "door": "LETTER",
            "requested_by": service.people[0] if service.people else "",
            **_of_message(request),
        },
    )
    tried = _try(form, service.id, request) if request.method == "POST" and "probar" in request.POST else None
    editor = Editor(
        _("Cambio de velocidad de %(code)s") % {"code": service.code},
        _("Registrar solicitud"),
        reverse("desk:service", args=[service.code]),
        f"velocidad-{service.code}",
        f"{service.customer_name} · {service.contract_number or _('sin contrato')}",
        "desk/speed_new.html",
        more={"service": service, "trial": tried},
    )
    if tried is not None or (request.method == "POST" and "probar" in request.POST):
        context = {"form": form, "editor": editor, "versions": [], **editor.more}
        return render(request, editor.template, context, status=200 if tried else 422)

    def save(said: dict[str, Any]) -> HttpResponse:
        try:
            made = speed.request_change(
                service_id=service.id,
                **{
                    name: said[name]
                    for name in (
                        "to_kbps",
                        "wanted_date",
                        "door",
                        "requested_by",
                        "requested_date",
                        "temporary_until",
                        "words",
                    )
                },
                own_price=form.own_price(),
                upload=agreement_forms.read_upload(request.FILES, "document"),
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            raise agreement_forms.by_line(error) from None
        toasts.say(request, _("Registrado como %(n)s.") % {"n": made.dossier.number})
        return redirect("desk:speed-change", number=made.dossier.number)

    return edit(request, form, editor, save)


def _of_message(request: DeskRequest) -> dict[str, Any]:
    """What a message already says of the request (`?mensaje=`); a person reads it and decides what it means."""
    key = request.GET.get("mensaje", "")
    if not key.isdecimal() or len(key) > 18:
        return {}
    message = message_queries.message(int(key))
    return {
        "door": message.channel if message.channel in {"EMAIL", "WHATSAPP"} else "LETTER",
        "requested_by": message.writer[:160],
        "requested_date": lapaz.local(message.at).date(),
        "words": message.body[:2000],
    }


def _try(form: forms.RequestForm, service_id: int, request: DeskRequest) -> pages.Trial | None:
    """What the request would meet, where enough was typed."""
    form.is_valid()
    said = form.cleaned_data
    if not said.get("to_kbps") or not said.get("wanted_date"):
        return None
    try:
        own_price = form.own_price() if "model" in said else None
    except Invalid as error:
        for each in agreement_forms.by_line(error).errors:
            form.add_error(each.field if each.field in form.fields else None, str(each))
        return None
    return pages.trial(
        service_id=service_id,
        to_kbps=said["to_kbps"],
        wanted=said["wanted_date"],
        requested_on=said.get("requested_date") or lapaz.local(request.at).date(),
        requested_by=said.get("requested_by", ""),
        until=said.get("temporary_until"),
        own_price=own_price,
        at=request.at,
    )


# ---- the Gerente


@require_http_methods(["GET", "POST"])
def decide_many(request: DeskRequest) -> HttpResponse:
    """What waits for the Gerente: each on a card with one button, or many at once."""
    require(request.actor, Act.DECIDE_SPEED)
    results: list[speed.Decided] = []
    error = ""
    if request.method == "POST":
        chosen = [int(key) for key in request.POST.getlist("change") if key.isdigit()]
        one = request.POST.get("uno", "")
        approve = (one or request.POST.get("acto", "")).startswith("aprobar")
        key = one.rpartition("-")[2]
        if one:
            chosen = [int(key)] if key.isdigit() else []
        reason = request.POST.get(f"reason-{key}" if one else "reason", "")
        if not chosen:
            error = _("No eligió ningún cambio. Marque al menos uno.")
        elif not approve and not reason.strip():
            error = _("Falta el motivo del rechazo.")
        else:
            results = speed.decide_many(
                change_ids=chosen, approve=approve, reason=reason, actor=request.actor, at=request.at
            )
            well = sum(1 for each in results if not each.problem)
            if well:
                word = ngettext("%(n)d cambio decidido.", "%(n)d cambios decididos.", well) % {"n": well}
                toasts.say(request, word)
            if well == len(results):
                return redirect("desk:speed-decide-many")
    rows = pages.to_decide(actor=request.actor, at=request.at)
    status = 422 if error else 409 if any(each.problem for each in results) else 200
    context = {"rows": rows, "results": [each for each in results if each.problem], "error": error}
    return render(request, "desk/speed_decide.html", context, status=status)


# ---- one form per act


@dataclass(frozen=True, slots=True)
class SpeedAct:
    """An act on a change: its address, form, words, who may, and in which states it is offered."""

    slug: str
    act: Act
    title: str
    submit: str
    form: type[django_forms.Form]
    call: Callable[..., object]
    states: tuple[str, ...]
    icon: str
    file: str = ""
    argument: str = "upload"
    danger: bool = False
    when: str = ""


def _capacity(*, form: forms.CapacityForm, **said: Any) -> object:
    clean = form.cleaned_data
    return speed.check_capacity(
        answers=form.answers(), verdict=clean["verdict"], margin=clean["margin"], note=clean["note"], **said
    )


SPECS: tuple[SpeedAct, ...] = (
    SpeedAct("capacidad", Act.CHECK_CAPACITY, "Verificar capacidad", "Guardar veredicto", forms.CapacityForm, _capacity, ("REQUESTED",), "network"),
    SpeedAct("orden", Act.ORDER_SPEED, "Emitir orden a la red", "Emitir orden", forms.OrderForm, speed.order, ("APPROVED",), "send", when="not_return"),
    SpeedAct("ejecutar", Act.EXECUTE_SPEED, "Registrar ejecución", "Registrar", forms.ExecuteForm, speed.execute, ("ORDERED",), "bolt", "evidence_file"),
    SpeedAct("fallo", Act.EXECUTE_SPEED, "La ejecución falló", "Registrar fallo", forms.ReasonForm, speed.fail, ("ORDERED",), "circle-x", danger=True),
    SpeedAct("conformidad", Act.ACCEPT_SPEED, "Registrar conformidad", "Registrar", forms.AcceptForm, speed.accept, ("EXECUTED",), "user-check", "document"),
    SpeedAct("objecion", Act.ACCEPT_SPEED, "El cliente objeta", "Registrar objeción", forms.WordsForm, speed.object_to, ("EXECUTED",), "hand-stop", when="not_objected"),
    SpeedAct("objecion-resuelta", Act.ACCEPT_SPEED, "Objeción resuelta", "Registrar", forms.WordsForm, speed.withdraw_objection, ("EXECUTED",), "checks", when="objected"),
    SpeedAct("adenda", Act.ORDER_SPEED, "Adjuntar adenda firmada", "Adjuntar", forms.AddendumForm, speed.attach_addendum, ("APPROVED", "ORDERED", "EXECUTED", "ACCEPTED", "IN_FORCE"), "paperclip", "file", when="addendum"),
    SpeedAct("dispensa", Act.WAIVE_ADDENDUM, "Dispensar la adenda", "Dispensar por 15 días", forms.ReasonForm, speed.waive_addendum, ("APPROVED", "ORDERED", "EXECUTED", "ACCEPTED"), "shield-lock", danger=True, when="not_waived"),
    SpeedAct("comunicado", Act.REQUEST_SPEED, "Anotar que se le comunicó", "Anotar", forms.ToldForm, speed.record_told, ("REJECTED", "IN_FORCE"), "phone-call", when="to_tell"),
    SpeedAct("cancelar", Act.REQUEST_SPEED, "Cancelar el cambio", "Cancelar el cambio", forms.ReasonForm, speed.cancel, ("REQUESTED", "COORDINATION", "APPROVED", "ORDERED", "EXECUTED"), "ban", danger=True, when="cancellable"),
)  # fmt: skip


def _offered(spec: SpeedAct, page: pages.SpeedPage) -> bool:
    conditions = {
        "": True,
        "not_return": not page.row.is_return,
        "not_objected": page.objected_at is None,
        "objected": page.objected_at is not None,
        "addendum": page.needs_addendum,
        "not_waived": page.needs_addendum and page.waived_until is None,
        "to_tell": any(row.number in {"refusal", "confirm"} for row in page.due),
        "cancellable": page.row.state != "EXECUTED" or page.objected_at is not None,
    }
    return page.row.state in spec.states and conditions[spec.when]


def _acts(request: DeskRequest, page: pages.SpeedPage) -> list[tuple[SpeedAct, str]]:
    """The acts that this person may do now, the next step first."""
    found = [
        (spec, reverse(f"desk:speed-{spec.slug}", args=[page.row.number]))
        for spec in SPECS
        if request.actor.may(spec.act) and _offered(spec, page)
    ]
    if page.row.state == "COORDINATION" and request.actor.may(Act.DECIDE_SPEED):
        decide = SpeedAct(
            "decidir", Act.DECIDE_SPEED, "Decidir", "", forms.DecideForm, speed.decide, (), "checklist"
        )
        found.insert(0, (decide, reverse("desk:speed-decide-many") + f"#{page.row.number}"))
    return found


def _initial(page: pages.SpeedPage, request: DeskRequest) -> dict[str, Any]:
    """Offer the hour of now only where executing now is what was approved."""
    return {"executed_at": _("ahora")} if page.now_as_approved(lapaz.local(request.at).date()) else {}


def act_view(spec: SpeedAct) -> Callable[[DeskRequest, str], HttpResponse]:
    """Return the view of an act: its form beside what is known of the change."""

    @require_http_methods(["GET", "POST"])
    def view(request: DeskRequest, number: str) -> HttpResponse:
        change_id = pages.change_id(number=number, actor=request.actor, act=spec.act)
        page = pages.speed_page(number=number, actor=request.actor, at=request.at)
        sent = request.method == "POST"
        form = spec.form(bound(request), request.FILES if sent else None, initial=_initial(page, request))
        back = reverse("desk:speed-change", args=[page.row.number])
        subtitle = f"{page.row.number} · {page.row.customer} · {page.row.circuit}"
        editor = Editor(
            _(spec.title),
            _(spec.submit),
            back,
            f"{spec.slug}-{number}",
            subtitle,
            "desk/speed_act.html",
            more={"page": page, "spec": spec},
        )

        def save(said: dict[str, Any]) -> HttpResponse:
            known = {"change_id": change_id, "actor": request.actor, "at": request.at}
            if isinstance(form, forms.CapacityForm):
                _capacity(form=form, **known)
            else:
                if spec.file:
                    said.pop(spec.file)
                    known[spec.argument] = agreement_forms.read_upload(request.FILES, spec.file)
                spec.call(**said, **known)
            toasts.say(request, _("Registrado."))
            return redirect(back)

        return edit(request, form, editor, save)

    return view


__all__ = ["SPECS", "act_view", "change", "changes", "decide_many", "new"]
