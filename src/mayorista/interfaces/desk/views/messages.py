"""Messages that need a person, and the health of the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mayorista.apps.faults.operations import claims
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.overview.queries import case as case_queries
from mayorista.apps.overview.queries import messages as inbox_queries
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


def back(request: DeskRequest) -> HttpResponse:
    """Return to the page the act was done on."""
    return redirect(request.headers.get("Referer") or "desk:messages")


@require_GET
def inbox(request: DeskRequest) -> HttpResponse:
    """Messages of unknown writers or of several cases, and ours that did not go."""
    require(request.actor, Act.FILE_MESSAGE)
    return render(request, "desk/messages.html", {"page": inbox_queries.inbox(at=request.at)})


@require_GET
def letter(request: DeskRequest, message_id: int) -> HttpResponse:
    """One incoming message, with everything a person may do about it."""
    require(request.actor, Act.FILE_MESSAGE)
    page = inbox_queries.incoming(message_id=message_id, at=request.at)
    context = {
        "page": page,
        "m": page.bubble,
        "may_answer": request.actor.may(Act.SEND_MESSAGE),
        "may_claim": request.actor.may(Act.REGISTER_CLAIM),
        "may_receive": request.actor.may(Act.REGISTER_RECEIPT),
        "may_speed": request.actor.may(Act.REQUEST_SPEED),
    }
    return render(request, "desk/letter.html", context)


@require_GET
def original(request: DeskRequest, message_id: int) -> HttpResponse:
    """The mail as it lies in the mailbox, as a download."""
    require(request.actor, Act.FILE_MESSAGE)
    answer = HttpResponse(
        inbox_queries.original(message_id=message_id), content_type="application/octet-stream"
    )
    answer["Content-Disposition"] = f'attachment; filename="correo-{message_id}.eml"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
def no_receipt(request: DeskRequest, message_id: int) -> HttpResponse:
    """What came with a message is no receipt: the task falls away, who else has to see to it is told."""
    messaging.no_receipt(message_id=message_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Anotado: no es un comprobante."))
    return redirect("desk:message", message_id=message_id)


@require_POST
def pass_on(request: DeskRequest, message_id: int) -> HttpResponse:
    """What came with a message may be a receipt: who registers receipts gets the task."""
    messaging.pass_on(message_id=message_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Interconexión tiene la tarea de registrar el comprobante."))
    return back(request)


@require_POST
def file_message(request: DeskRequest, message_id: int) -> HttpResponse:
    """Put a message on the case a person chose."""
    dossier = procedure_queries.dossier_by_number(request.POST.get("number", ""))
    if dossier is None:
        raise NotFound(
            _("No existe ese número."), field="number", remedy=_("Escriba por ejemplo DANO-2026-000148.")
        )
    moved = messaging.file_message(
        message_id=message_id, dossier_id=dossier.pk, actor=request.actor, at=request.at
    )
    toasts.say(request, _("%(n)d mensaje(s) en %(number)s.") % {"n": moved, "number": dossier.number})
    return redirect("desk:messages")


@require_POST
def mark(request: DeskRequest, message_id: int) -> HttpResponse:
    """Say whether an incoming message is a claim or a question."""
    page = case_queries.case_page(number=request.POST.get("number", ""), at=request.at)
    if page.head.case_id is None:
        raise Conflict(
            _("El mensaje debe estar en un caso."), remedy=_("Archívelo primero en el caso del cliente.")
        )
    claims.mark_message(
        message_id=message_id,
        mark=request.POST.get("mark", ""),
        case_id=page.head.case_id,
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Mensaje marcado."))
    return redirect("desk:case", number=page.head.number)


@require_POST
def resend(request: DeskRequest, message_id: int) -> HttpResponse:
    """Send a failed or uncertain message again."""
    messaging.resend(message_id=message_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Sale de nuevo como mensaje nuevo."))
    return back(request)


@require_POST
def undo(request: DeskRequest, message_id: int) -> HttpResponse:
    """Take a message back during its seconds of grace."""
    require(request.actor, Act.SEND_MESSAGE)
    messaging.cancel_held(message_id=message_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Mensaje deshecho: no salió."))
    return back(request)


@require_POST
def arrived(request: DeskRequest, message_id: int) -> HttpResponse:
    """A person found out that an uncertain message did arrive."""
    messaging.confirm_arrived(
        message_id=message_id,
        how=request.POST.get("how", "") or _("confirmado por teléfono"),
        actor=request.actor,
        at=request.at,
    )
    toasts.say(request, _("Anotado: el mensaje llegó."))
    return back(request)


@require_GET
def channels(request: DeskRequest) -> HttpResponse:
    """Whether WhatsApp and mail work, and what waits."""
    require(request.actor, Act.VIEW)
    context = {
        "lights": [each for each in message_queries.health(at=request.at) if each.channel != "MAILBOX"],
        "mailbox": message_queries.mailbox(at=request.at),
        "may_resume": request.actor.may(Act.ADMINISTER),
    }
    return render(request, "desk/channels.html", context)


@require_POST
def resume(request: DeskRequest, channel: str) -> HttpResponse:
    """Let a stopped channel try again."""
    require(request.actor, Act.ADMINISTER)
    messaging.resume_channel(channel=channel, actor=request.actor, at=request.at)
    toasts.say(request, _("El canal intenta de nuevo."))
    return redirect("desk:channels")
