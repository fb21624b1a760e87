"""The two protocols of step A.2 as versioned documents, and the act of publishing a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mayorista.apps.overview.queries import protocols as protocol_queries
from mayorista.apps.procedure.actors import require
from mayorista.apps.procedure.operations import protocols as protocol_operations
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms.protocols import Publish
from mayorista.interfaces.desk.views.editing import Editor, bound, edit, version_of
from mayorista.interfaces.desk.views.files import sniff
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def protocols(request: DeskRequest) -> HttpResponse:
    """Both protocols as they are in force."""
    require(request.actor, Act.VIEW)
    return render(request, "desk/protocols.html", {"page": protocol_queries.protocols(at=request.at)})


def _versions(request: DeskRequest, code: str) -> tuple[protocol_queries.ProtocolView, ...]:
    found = protocol_queries.versions(code=code, at=request.at)
    if not found:
        raise NotFound(_("No existe ese protocolo."))
    return found


@require_GET
def protocol(request: DeskRequest, code: str, version: int | None = None) -> HttpResponse:
    """One protocol, as it is in force or as an older version said, with all its versions."""
    require(request.actor, Act.VIEW)
    found = _versions(request, code)
    shown = found[0] if version is None else next((row for row in found if row.version == version), None)
    if shown is None:
        raise NotFound(_("No existe esa versión del protocolo."))
    context = {"page": shown, "versions": found, "may_publish": request.actor.may(Act.EDIT_PARAMETERS)}
    return render(request, "desk/protocol.html", context)


@require_http_methods(["GET", "POST"])
def publish(request: DeskRequest, code: str) -> HttpResponse:
    """Write a new version of a protocol."""
    require(request.actor, Act.EDIT_PARAMETERS)
    page = _versions(request, code)[0]
    form = Publish(
        bound(request),
        request.FILES or None,
        page=page,
        initial={"title": page.title, "body": page.body, "version": page.version},
    )
    back = reverse("desk:protocol", args=[code])
    editor = Editor(
        _("Nueva versión"), _("Publicar"), back, f"protocolo-{code}",
        _("%(title)s: rige la versión %(version)s") % {"title": page.title, "version": page.version},
        template="desk/protocol_new.html", more={"page": page},
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        file = said["file"]
        content = file.read() if file else b""
        made = protocol_operations.publish_protocol(
            code=code,
            version=version_of(said) or 0,
            title=said["title"],
            body=said["body"],
            questions=form.questions(),
            reason=said["reason"],
            upload=(file.name, sniff(content, file.content_type or ""), content) if file else None,
            actor=request.actor,
            at=request.at,
        )
        toasts.say(request, _("Versión %(n)s publicada; rige desde ahora.") % {"n": made.version})
        return redirect(back)

    return edit(request, form, editor, save)
