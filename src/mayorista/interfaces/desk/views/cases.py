"""The case page: where a damage is lived through, from the alarm to the notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.faults.operations import notes
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.overview.queries import case as case_queries
from mayorista.apps.overview.queries import composer as composer_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import acts, steps, toasts
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

KINDS = (
    ("", "Todo"),
    ("act", "Actos"),
    ("whatsapp", "WhatsApp"),
    ("mail", "Correos"),
    ("alarm", "Alarmas"),
    ("document", "Documentos"),
)


@require_GET
def case(request: DeskRequest, number: str) -> HttpResponse:
    """A case (or a fault that hits several customers) with all that belongs to it."""
    page = case_queries.case_page(number=number, at=request.at)
    return _show(request, page)


def _show(
    request: DeskRequest, page: case_queries.CasePage, *, typed: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    """Render the page; with `error`, what was typed stays in the composer."""
    wanted = request.GET.get("ver", "")
    writes = request.actor.may(Act.SEND_MESSAGE)
    composer = (
        composer_queries.composer(page=page, actor=request.actor, at=request.at)
        if page.head.case_id and writes and not page.head.closed
        else None
    )
    offered = acts.offered(page, request)
    context = {
        "page": page,
        "kinds": [(key, _(title)) for key, title in KINDS],
        "wanted": wanted,
        "composer": composer,
        "typed": typed,
        "error": error,
        "analysts": acts.analysts(page, request),
        "own_correction": steps.proposer(page, request.actor),
        "next": steps.next_act(page, request.actor),
        "acts": [(spec, acts.address(spec.slug, page.head.number)) for spec in offered],
        "may_write": writes,
        "may_note": request.actor.may(Act.NOTE),
        "may_inform": request.actor.may(Act.NOTIFY_PROGRESS),
        "may_mark": request.actor.may(Act.MARK_MESSAGE),
        "may_file": request.actor.may(Act.RESEND_MESSAGE),
    }
    return render(request, "desk/case.html", context, status=status)


def _ids(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip().isdecimal()][:20]


@require_POST
def write(request: DeskRequest, number: str) -> HttpResponse:
    """Send what stands in the composer: free text inside the window, a template outside, or a mail."""
    require(request.actor, Act.SEND_MESSAGE)
    page = case_queries.case_page(number=number, at=request.at)
    if page.head.case_id is None:
        raise Conflict(_("Los mensajes son de cada caso."), remedy=_("Abra el caso del cliente en la lista."))
    said = request.POST
    try:
        draft = composer_queries.draft(
            page=page,
            to=said.get("to", ""),
            text=said.get("text", ""),
            template=said.get("template", ""),
            attachments=_ids(said.get("attachments", "")),
            actor=request.actor,
            at=request.at,
        )
        message = messaging.send(draft=draft, actor=request.actor, at=request.at)
    except (Invalid, Conflict) as error:  # a window that closed while it was written keeps the words too
        return _show(
            request,
            page,
            typed=said.get("text", ""),
            error=" ".join(str(each) for each in error.errors),
            status=409 if isinstance(error, Conflict) else 422,
        )
    toasts.say(
        request,
        _("Mensaje en camino."),
        undo_url=f"/mensajes/{message.pk}/deshacer/" if message.state == "HELD" else "",
        seconds=10 if message.state == "HELD" else 0,
    )
    return redirect("desk:case", number=page.head.number)


@require_POST
def note(request: DeskRequest, number: str) -> HttpResponse:
    """Add a note for colleagues, with files."""
    page = case_queries.case_page(number=number, at=request.at)
    if page.head.case_id is None:
        raise Conflict(_("Las notas son de cada caso."), remedy=_("Abra el caso del cliente en la lista."))
    uploads = [
        (file.name or "archivo", file.content_type or "application/octet-stream", file.read())
        for file in request.FILES.getlist("files")
    ]
    notes.add_note(
        case_id=page.head.case_id,
        text=request.POST.get("note", ""),
        uploads=uploads,
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Nota agregada."))
    return redirect("desk:case", number=page.head.number)
