"""Collection (B.6): the reminders of the day, what is owed, and what was done to collect it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.overview.queries import collection_reminders as reminder_pages
from mayorista.apps.procedure.actors import require
from mayorista.apps.receivables.operations import reminders
from mayorista.interfaces.desk import toasts
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
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
    """The day's reminders before they leave; the rows ticked are sent, with ten seconds to undo."""
    require(request.actor, Act.VIEW_COLLECTION)
    if request.method == "POST":
        return _send(request)
    page = reminder_pages.reminder_page(at=request.at)
    context = {"page": page, "may": may(request), "seconds": UNDO_SECONDS, "tab": "reminders"}
    return render(request, "desk/collection_reminders.html", context)


def _send(request: DeskRequest) -> HttpResponse:
    require(request.actor, Act.SEND_REMINDER)
    ids = chosen(request)
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
