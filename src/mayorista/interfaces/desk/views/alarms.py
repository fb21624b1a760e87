"""Alarms: what fires, what names nothing we know, what nobody understood, who has fallen silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.monitoring import queries as monitoring_queries
from mayorista.apps.monitoring.operations import quarantine as quarantine_operations
from mayorista.apps.monitoring.operations import sources as source_operations
from mayorista.apps.monitoring.operations import unknown as unknown_operations
from mayorista.apps.overview.queries import alarms as alarm_queries
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.sources import NewSource, SourceForm
from mayorista.interfaces.desk.views.board import number_of
from mayorista.interfaces.desk.views.editing import Editor, bound, edit, version_of
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest

SHOWS = (
    ("activas", "Activas"),
    ("sin-servicio", "Sin servicio conocido"),
    ("silenciadas", "Silenciadas"),
    ("apartadas", "Apartadas por error"),
    ("ignoradas", "Ignoradas"),
    ("todas", "Todas"),
)


@require_GET
def alarms(request: DeskRequest) -> HttpResponse:
    """Occurrences of alarms and what came of each."""
    require(request.actor, Act.VIEW)
    show = request.GET.get("ver", "activas")
    show = show if show in dict(SHOWS) else "activas"
    page = alarm_queries.alarms(
        at=request.at,
        show=show,
        text=request.GET.get("texto", "").strip(),
        source=request.GET.get("fuente", ""),
        page=number_of(request, "pagina", 1),
    )
    if request.GET.get("formato") == "xlsx":
        return sheets.response(
            _("Alarmas"),
            request,
            (
                _("Alarma"),
                _("Dónde"),
                _("Severidad"),
                _("Fuente"),
                _("Desde"),
                _("Hasta"),
                _("Avisos"),
                _("Resultado"),
                _("Caso"),
            ),
            [
                (
                    row.name,
                    row.place,
                    row.severity_title,
                    row.source,
                    row.starts_at,
                    row.ends_at,
                    row.repeats,
                    row.outcome_title,
                    row.case_number,
                )
                for row in page.rows
            ],
        )
    context = {
        "page": page,
        "show": show,
        "shows": [(key, _(title)) for key, title in SHOWS],
        "may_link": request.actor.may(Act.LINK_ALARM),
    }
    return render(request, "desk/alarms.html", context)


@require_GET
def unknown(_request: DeskRequest) -> HttpResponse:
    """Alarms that name no service we know."""
    return redirect("/alarmas/?ver=sin-servicio")


def _require_target(kind: str, key: str) -> None:
    if kind not in {"service", "resource"} or not key.isdecimal():
        raise Invalid(_("Falta el circuito o elemento."), field="target", remedy=_("Elija uno de la lista."))


@require_http_methods(["GET", "POST"])
def link(request: DeskRequest, alarm_id: int) -> HttpResponse:
    """Say which circuit or element an alarm names; it is remembered."""
    require(request.actor, Act.LINK_ALARM)
    page = alarm_queries.link_page(alarm_id=alarm_id)
    error = ""
    if request.method == "POST":
        values = {label.name: label.value for label in page.labels}
        chosen = {name: values[name] for name in request.POST.getlist("label") if name in values}
        kind, _sep, key = request.POST.get("target", "").partition(":")
        try:
            _require_target(kind, key)
            count = unknown_operations.link_alarm(
                alarm_id=alarm_id,
                labels=chosen,
                service_id=int(key) if kind == "service" else None,
                resource_id=int(key) if kind == "resource" else None,
                any_source=request.POST.get("any_source") == "1",
                actor=request.actor,
                at=request.at,
            )
        except Invalid as refused:
            error = " ".join(str(each) for each in refused.errors)
        else:
            toasts.say(
                request,
                ngettext(
                    "Vínculo recordado; se revisa %(n)d alarma.",
                    "Vínculo recordado; se revisan %(n)d alarmas.",
                    count,
                )
                % {"n": count},
            )
            return redirect("/alarmas/?ver=sin-servicio")
    context = {
        "page": page,
        "error": error,
        "chosen": request.POST.getlist("label"),
        "target": request.POST.get("target", ""),
    }
    return render(request, "desk/alarm_link.html", context, status=422 if error else 200)


@require_POST
def ignore(request: DeskRequest, alarm_id: int) -> HttpResponse:
    """Say that an alarm is none of ours, and why."""
    if request.POST.get("heed") == "1":
        unknown_operations.heed_alarm(alarm_id=alarm_id, actor=request.actor, at=request.at)
        toasts.say(request, _("La alarma vuelve a contar."))
    else:
        unknown_operations.ignore_alarm(
            alarm_id=alarm_id, reason=request.POST.get("reason", ""), actor=request.actor, at=request.at
        )
        toasts.say(request, _("Alarma ignorada; queda a la vista entre las ignoradas."))
    return redirect("/alarmas/?ver=sin-servicio")


@require_GET
def quarantine(request: DeskRequest) -> HttpResponse:
    """Bodies and alarms that could not be understood."""
    require(request.actor, Act.VIEW)
    reviewed = request.GET.get("revisadas") == "1"
    listed = alarm_queries.quarantine(reviewed=reviewed, page=number_of(request, "pagina", 1))
    context = {
        "page": listed,
        "reviewed": reviewed,
        "may_link": request.actor.may(Act.LINK_ALARM),
        "counts": alarm_queries.counts(request.at),
    }
    return render(request, "desk/quarantine.html", context)


@require_GET
def sources(request: DeskRequest) -> HttpResponse:
    """The systems that report, and whether they speak."""
    require(request.actor, Act.VIEW)
    context = {
        "rows": alarm_queries.sources(at=request.at),
        "counts": alarm_queries.counts(request.at),
        "may_administer": request.actor.may(Act.ADMINISTER),
    }
    return render(request, "desk/sources.html", context)


@require_POST
def review(request: DeskRequest, quarantine_id: int) -> HttpResponse:
    """Mark something in quarantine as seen, with a note."""
    quarantine_operations.review(
        quarantine_ids=[quarantine_id], note=request.POST.get("note", ""), actor=request.actor, at=request.at
    )
    toasts.say(request, _("Marcado como revisado."))
    return redirect("desk:alarms-quarantine")


@require_GET
def raw(request: DeskRequest, post_id: int) -> HttpResponse:
    """A body as it came."""
    require(request.actor, Act.LINK_ALARM)
    return render(request, "desk/raw_post.html", {"page": monitoring_queries.raw_post(post_id=post_id)})


@require_POST
def retry(request: DeskRequest, occurrence_id: int) -> HttpResponse:
    """Have an alarm that an error set aside looked at again."""
    quarantine_operations.retry_set_aside(occurrence_id=occurrence_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Se revisa de nuevo."))
    return redirect("/alarmas/?ver=apartadas")


@require_http_methods(["GET", "POST"])
def new_source(request: DeskRequest) -> HttpResponse:
    """A source and its token, shown once."""
    require(request.actor, Act.ADMINISTER)
    form = NewSource(request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        try:
            made = source_operations.create_source(
                code=form.cleaned_data["code"],
                name=form.cleaned_data["name"],
                silence_after_seconds=(form.cleaned_data["silence_minutes"] or 0) * 60 or None,
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            attach(form, error, {"silence_after_seconds": "silence_minutes"})
    return render(
        request, "desk/source_new.html", {"form": form, "made": made}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def source(request: DeskRequest, source_id: int) -> HttpResponse:
    """Change a source, or switch it off and on again."""
    require(request.actor, Act.ADMINISTER)
    page = alarm_queries.source_page(source_id=source_id)
    form = SourceForm(bound(request), initial={**page.values, "version": page.version})
    editor = Editor(
        _("Fuente de alarmas"), _("Guardar"), reverse("desk:alarm-sources"), f"fuente-{source_id}",
        f"/hooks/alertmanager/{page.code}", template="desk/source.html",
        names={"silence_after_seconds": "silence_minutes"}, more={"page": page},
    )  # fmt: skip

    def save(said: dict[str, Any]) -> HttpResponse:
        source_operations.change_source(
            source_id=source_id,
            version=version_of(said) or 0,
            actor=request.actor,
            at=request.at,
            **form.wishes(),
        )
        toasts.say(request, _("Guardado.") if said["active"] else _("Guardado: la fuente está apagada."))
        return redirect("desk:alarm-sources")

    return edit(request, form, editor, save)


@require_POST
def rotate(request: DeskRequest, source_id: int) -> HttpResponse:
    """A new token for a source, shown once; the old one is refused from now on."""
    made = source_operations.rotate_token(source_id=source_id, actor=request.actor, at=request.at)
    return render(request, "desk/source_new.html", {"form": None, "made": made})
