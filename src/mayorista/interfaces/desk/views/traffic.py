"""Traffic samples: a month's ports, a file taken in with what was odd about it, sources and their tokens."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.contracts.operations import traffic as operations
from mayorista.apps.contracts.queries import traffic as room
from mayorista.apps.onboarding import tables
from mayorista.apps.overview.queries import traffic as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.traffic import SourceForm, UploadForm
from mayorista.rules import periods
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@require_GET
def traffic(request: DeskRequest) -> HttpResponse:
    """The ports with samples in a month."""
    require(request.actor, Act.VIEW)
    asked = request.GET.get("mes", "")
    month = periods.parse_month(asked, field="mes") if asked else pages.this_month(request.at)
    page = pages.traffic_page(month=month, text=request.GET.get("texto", ""))
    context = {
        "page": page,
        "odd": [(each, [pages.finding_words(one) for one in each.findings]) for each in page.uploads],
        "may_load": request.actor.may(Act.LOAD_TRAFFIC),
    }
    return render(request, "desk/traffic.html", context)


@require_GET
def port(request: DeskRequest, month: str, circuit: str) -> HttpResponse:
    """One port's month: graph, gaps, percentile with its rank."""
    require(request.actor, Act.VIEW)
    page = pages.port_page(
        circuit=circuit,
        month=periods.parse_month(month, field="month"),
        at=request.at,
        port=request.GET.get("puerto", ""),
    )
    return render(request, "desk/traffic_port.html", {"page": page})


@require_http_methods(["GET", "POST"])
def upload(request: DeskRequest) -> HttpResponse:
    """A file of samples: taken whole, or refused with row and column."""
    require(request.actor, Act.LOAD_TRAFFIC)
    form = UploadForm(request.POST or None, request.FILES or None)
    taken: operations.Taken | None = None
    wrong: tuple[FieldError, ...] = ()
    said: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        content, name = given["file"].read(), given["file"].name or "muestras"
        try:
            taken = operations.take(
                rows=tables.read(content=content, name=name),
                content_hash=hashlib.sha256(content).hexdigest(),
                name=name,
                zone=given["zone"],
                counter_bits=int(given["counter_bits"]),
                actor=request.actor,
                at=request.at,
            )
            said = [pages.finding_words(finding._asdict()) for finding in taken.findings]
        except Invalid as error:
            wrong = tuple(each for each in error.errors if each.field not in form.fields and each.field)
            if not wrong:
                attach(form, error)
    status = 422 if form.errors or wrong else 200
    context = {"form": form, "taken": taken, "wrong": wrong, "said": said}
    return render(request, "desk/traffic_upload.html", context, status=status)


@require_GET
def sources(request: DeskRequest) -> HttpResponse:
    """The systems that post samples."""
    require(request.actor, Act.VIEW)
    context = {"rows": room.sources(), "may_administer": request.actor.may(Act.ADMINISTER)}
    return render(request, "desk/traffic_sources.html", context)


@require_http_methods(["GET", "POST"])
def new_source(request: DeskRequest) -> HttpResponse:
    """A source and its token, shown once."""
    require(request.actor, Act.ADMINISTER)
    form = SourceForm(request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "counter_bits": int(form.cleaned_data["counter_bits"])}
        try:
            made = operations.create_source(actor=request.actor, at=request.at, **given)
        except Invalid as error:
            attach(form, error)
    status = 422 if form.errors else 200
    return render(request, "desk/traffic_source_new.html", {"form": form, "made": made}, status=status)


@require_POST
def rotate(request: DeskRequest, source_id: int) -> HttpResponse:
    """A new token, shown once; the old one is refused from now on."""
    made = operations.rotate_token(source_id=source_id, actor=request.actor, at=request.at)
    return render(request, "desk/traffic_source_new.html", {"form": None, "made": made})


@require_POST
def switch(request: DeskRequest, source_id: int) -> HttpResponse:
    """Turn a source off or on."""
    active = request.POST.get("activa") == "1"
    operations.switch_source(source_id=source_id, active=active, actor=request.actor, at=request.at)
    toasts.say(request, _("Fuente encendida.") if active else _("Fuente apagada."))
    return redirect("desk:traffic-sources")
