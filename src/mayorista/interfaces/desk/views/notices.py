"""A.7: the Gerente tells the ISP that the damage is solved, singly or in bulk; and the notices before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from mayorista.apps.faults.operations import notices
from mayorista.apps.overview.queries import case as case_queries
from mayorista.apps.overview.queries import notices as notice_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import stale, toasts
from mayorista.rules.errors import Conflict, Invalid, NotFound, Stale
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

KINDS = {"apertura": "OPENING", "avance": "PROGRESS"}
UNDO_SECONDS = 10


def _send(
    request: DeskRequest, *, case_ids: list[int], kind: str, versions: dict[int, str], texts: dict[int, str]
) -> list[int]:
    made = notices.tell_customers(
        case_ids=case_ids,
        kind=kind,
        texts_by_case=texts,
        versions=versions,
        by_whatsapp="whatsapp" in request.POST,
        by_email="email" in request.POST,
        actor=request.actor,
        at=request.at,
    )
    return [notice.pk for notice in made]


def _undoable(request: DeskRequest, ids: list[int], words: str) -> None:
    request.session["undo-notices"] = ids
    toasts.say(request, words, undo_url=reverse("desk:undo-notices"), seconds=UNDO_SECONDS)


@require_http_methods(["GET", "POST"])
def tell(request: DeskRequest, number: str) -> HttpResponse:
    """One notice of the solution: the second of the two taps."""
    require(request.actor, Act.TELL_CUSTOMER)
    return _one(request, number, "SOLUTION")


@require_http_methods(["GET", "POST"])
def inform(request: DeskRequest, number: str, kind: str) -> HttpResponse:
    """A notice of opening or progress (G-12)."""
    require(request.actor, Act.NOTIFY_PROGRESS)
    if kind not in KINDS:
        raise NotFound(_("No existe esa clase de aviso."))
    return _one(request, number, KINDS[kind])


def _one(request: DeskRequest, number: str, kind: str) -> HttpResponse:
    page = case_queries.case_page(number=number, at=request.at)
    if page.head.several:
        return redirect(reverse("desk:notices") + f"?dano={page.head.fault_number}&clase={kind}")
    composed = notice_queries.one(case_id=page.head.case_id or 0, kind=kind, at=request.at)
    more: dict[str, Any] = {}
    error, status = "", 200
    if request.method == "POST":
        case_id = composed.case_id
        try:
            ids = _send(
                request,
                case_ids=[case_id],
                kind=kind,
                versions={case_id: request.POST.get("version", "")},
                texts={case_id: request.POST.get("text", "")},
            )
        except Conflict as refused:
            error, status = f"{refused.message} {refused.remedy}", 409
            if isinstance(refused, Stale):
                more = {
                    "versions": [(_("Mensaje al cliente"), request.POST.get("text", ""), composed.text)],
                    "meanwhile": stale.meanwhile(refused),
                }
        except Invalid as refused:
            error, status = " ".join(str(each) for each in refused.errors), 422
        else:
            _undoable(request, ids, _("Aviso en camino a %(customer)s") % {"customer": composed.customer})
            back = "desk:tray" if kind == "SOLUTION" else "desk:case"
            return redirect(back) if kind == "SOLUTION" else redirect(back, page.head.number)
    context = {
        "page": page,
        "notice": composed,
        "kind": kind,
        "error": error,
        "text": request.POST.get("text", composed.text),
        "seconds": UNDO_SECONDS,
        "whatsapp": request.method != "POST" or "whatsapp" in request.POST,
        "email": request.method != "POST" or "email" in request.POST,
        **more,
    }
    return render(request, "desk/tell.html", context, status=status)


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A notice of the list with what was typed for it, and whether it was left chosen."""

    notice: notices.Composed
    text: str
    chosen: bool

    @property
    def edited(self) -> bool:
        """Whether its text is another than the one prepared."""
        return self.text != self.notice.text


def _require_some(chosen: list[int]) -> None:
    if not chosen:
        raise Invalid(_("No eligió a ningún cliente."), remedy=_("Marque al menos una fila."))


def _bulk_kind(request: DeskRequest) -> str:
    kind = request.GET.get("clase", request.POST.get("clase", "SOLUTION"))
    return kind if kind in {"SOLUTION", "OPENING", "PROGRESS"} else "SOLUTION"


@require_http_methods(["GET", "POST"])
def bulk(request: DeskRequest) -> HttpResponse:
    """Notices to many ISPs at once: a list with a preview of each, rows can be left out."""
    kind = _bulk_kind(request)
    require(request.actor, Act.TELL_CUSTOMER if kind == "SOLUTION" else Act.NOTIFY_PROGRESS)
    fault_number = request.GET.get("dano", request.POST.get("dano", ""))
    more: dict[str, Any] = {}
    error, status = "", 200
    if request.method == "POST":
        chosen = [int(key) for key in request.POST.getlist("case") if key.isdecimal()]
        try:
            ids = _send_all(request, chosen, kind, fault_number)
        except Invalid as refused:
            error, status = " ".join(str(each) for each in refused.errors), 422
        except Conflict as refused:
            error, status = f"{refused.message} {refused.remedy}", 409
            more = _overtaken(request, chosen, kind, fault_number, refused)
        else:
            _undoable(
                request,
                ids,
                ngettext("%(n)d aviso en camino.", "%(n)d avisos en camino.", len(ids)) % {"n": len(ids)},
            )
            return redirect("desk:tray")
    page = notice_queries.bulk(kind=kind, fault_number=fault_number, at=request.at)
    context = {
        "page": page,
        "rows": _bulk_rows(request, page),
        "kind": kind,
        "fault_number": fault_number,
        "error": error,
        "whatsapp": request.method != "POST" or "whatsapp" in request.POST,
        "email": request.method != "POST" or "email" in request.POST,
        **more,
    }
    return render(request, "desk/notices.html", context, status=status)


def _send_all(request: DeskRequest, chosen: list[int], kind: str, fault_number: str) -> list[int]:
    """Send the chosen ones, all or none; those that wait for no notice any more are a Conflict."""
    _require_some(chosen)
    page = notice_queries.bulk(kind=kind, fault_number=fault_number, at=request.at)
    if set(chosen) - {row.case_id for row in page.rows}:
        raise Conflict(
            _("La lista cambió mientras la miraba: no se envió ningún aviso."),
            remedy=_("Revise y vuelva a enviar."),
        )
    return _send(
        request,
        case_ids=chosen,
        kind=kind,
        versions={key: request.POST.get(f"version-{key}", "") for key in chosen},
        texts={key: request.POST.get(f"text-{key}", "") for key in chosen},
    )


def _bulk_rows(request: DeskRequest, page: notice_queries.BulkPage) -> list[BulkRow]:
    """The rows as they were sent, or all chosen when the list is only shown."""
    sent = request.method == "POST"
    chosen = request.POST.getlist("case")
    return [
        BulkRow(
            notice=row,
            text=request.POST.get(f"text-{row.case_id}", row.text),
            chosen=bool(row.emails or row.phones) and (not sent or str(row.case_id) in chosen),
        )
        for row in page.rows
    ]


def _overtaken(
    request: DeskRequest, chosen: list[int], kind: str, fault_number: str, refused: Conflict
) -> dict[str, Any]:
    """Of each chosen case that somebody changed or told meanwhile: what was typed beside what there is now."""
    waiting = {
        row.case_id for row in notice_queries.bulk(kind=kind, fault_number=fault_number, at=request.at).rows
    }
    changed = [
        (
            f"{row.number} · {row.customer}",
            request.POST.get(f"text-{row.case_id}", ""),
            row.text if row.case_id in waiting else _("Ya no espera este aviso."),
        )
        for row in notices.compose(case_ids=chosen, kind=kind, at=request.at)
        if row.case_id not in waiting or row.version != request.POST.get(f"version-{row.case_id}", "")
    ]
    return {"versions": changed, "meanwhile": stale.meanwhile(refused) if isinstance(refused, Stale) else []}


@require_POST
def undo(request: DeskRequest) -> HttpResponse:
    """Take back what has not left yet; what left is told."""
    ids = request.session.pop("undo-notices", [])
    undone = 0
    for notice_id in ids:
        try:
            notices.undo(notice_id=notice_id, actor=request.actor, at=request.at)
        except Conflict:
            continue
        undone += 1
    if undone:
        toasts.say(
            request,
            ngettext("%(n)d aviso deshecho: no salió.", "%(n)d avisos deshechos: no salieron.", undone)
            % {"n": undone},
        )
    if undone < len(ids) or not ids:
        toasts.say(
            request, _("Ya había salido: no se puede deshacer. Envíe una aclaración si hace falta."), bad=True
        )
    return redirect("desk:tray")
