"""The two indicators: what they came to, why, by which criteria, and what was reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mayorista.apps.indicators.operations import criteria, snapshots
from mayorista.apps.overview.queries import criteria_page, criteria_sets, indicator_paper
from mayorista.apps.overview.queries import indicator_explain as explaining
from mayorista.apps.overview.queries import indicators as pages
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets, toasts
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.indicators import FIELD_OF, ApproveForm, CriteriaForm, initial
from mayorista.interfaces.desk.views.board import number_of
from mayorista.rules import charts, lapaz, periods
from mayorista.rules.errors import Invalid
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest
    from mayorista.rules.periods import Month

SIMULATED_MONTHS = 3
PAPER_CASES = 400
"""So many cases that were not efficient are listed on paper; the workbook has all."""


def _now(request: DeskRequest) -> Month:
    return periods.month_of(lapaz.local(request.at).date())


def _may(request: DeskRequest) -> dict[str, bool]:
    return {act.name.lower(): request.actor.may(act) for act in (Act.EDIT_CRITERIA, Act.TAKE_SNAPSHOT)}


@require_GET
def newest(request: DeskRequest) -> HttpResponse:
    """Last month: the newest one that is over."""
    require(request.actor, Act.VIEW)
    return redirect("desk:indicator-term", term=str(_now(request).previous))


@require_GET
def term(request: DeskRequest, term: str) -> HttpResponse:
    """Both indicators of a month, quarter or year with every case and control behind them."""
    require(request.actor, Act.VIEW)
    wanted = request.GET.get("formato", "")
    if wanted == "pdf":
        page = pages.term_page(term, at=request.at, show="no", size=PAPER_CASES)
        name, content = indicator_paper.report_pdf(page, at=request.at)
        return sheets.download(content, "application/pdf", name)
    whole = wanted == "xlsx"
    page = pages.term_page(
        term,
        at=request.at,
        show=request.GET.get("ver", ""),
        page=1 if whole else number_of(request, "pagina", 1),
        **({"size": 100_000} if whole else {}),
    )
    if whole:
        return _sheet(request, page)
    context = {
        "page": page,
        "may": _may(request),
        "show": request.GET.get("ver", ""),
        # Charts escape what they are given.
        "chart": mark_safe(_trend(page)),  # noqa: S308
        "bars": mark_safe(charts.bars(page.failures, title=_("Qué no se cumplió"))),  # noqa: S308
    }
    return render(request, "desk/indicators.html", context)


def _trend(page: pages.TermPage) -> str:
    labels = [f"{row.month.number:02d}/{row.month.year % 100:02d}" for row in page.trend]
    lines = [
        charts.Series(_("Indicador 1"), [row.first_height for row in page.trend]),
        charts.Series(_("Indicador 2"), [row.second_height for row in page.trend]),
    ]
    return charts.percent_lines(
        labels, lines, title=_("Los dos indicadores en doce meses"), threshold=page.threshold_whole
    )


def _sheet(request: DeskRequest, page: pages.TermPage) -> HttpResponse:
    columns = (_("Caso"), _("Cliente"), _("Mes"), _("Con reclamo"), _("Resultado"), _("Qué no cumplió"))
    rows = [
        (each.number, each.customer, str(each.month), each.claimed, each.outcome_name, "; ".join(each.failed))
        for each in page.cases
    ]
    title = _("Indicador 1 %(term)s: %(shown)s (%(a)d de %(b)d), criterios %(n)d") % {
        "term": page.term.words,
        "shown": page.first.shown,
        "a": page.first.numerator,
        "b": page.first.denominator,
        "n": page.criteria,
    }
    return sheets.response(title, request, columns, rows)


@require_GET
def explain(request: DeskRequest, number: str) -> HttpResponse:
    """«Explicar esta cifra»: one case judged anew, from its records and from its journal alone."""
    require(request.actor, Act.VIEW)
    return render(
        request, "desk/indicator_case.html", {"page": explaining.explain_case(number, at=request.at)}
    )


@require_GET
def retell(request: DeskRequest, month: str) -> HttpResponse:
    """A month's indicator recomputed from the journal alone, with every case that it tells otherwise."""
    require(request.actor, Act.VIEW)
    wanted = periods.parse_month(month, field="month")
    if wanted > _now(request):
        raise Invalid(
            _("%(m)s todavía no llega.") % {"m": wanted.words.capitalize()},
            field="month",
            remedy=_("Elija un mes que ya empezó."),
        )
    return render(
        request, "desk/indicator_journal.html", {"page": explaining.retell_month(wanted, at=request.at)}
    )


@require_GET
def snapshot(request: DeskRequest, snapshot_id: int) -> HttpResponse:
    """A month as it was reported."""
    require(request.actor, Act.VIEW)
    return render(request, "desk/indicator_snapshot.html", {"page": pages.snapshot_page(snapshot_id)})


@require_POST
def report(request: DeskRequest, month: str) -> HttpResponse:
    """Report a month that is over; again only with a reason."""
    made = snapshots.take(
        month=periods.parse_month(month, field="month"),
        actor=request.actor,
        at=request.at,
        reason=request.POST.get("reason", ""),
    )
    toasts.say(request, _("Mes informado. Ya no cambia."))
    return redirect("desk:indicator-snapshot", snapshot_id=made.pk)


@require_GET
def criteria_list(request: DeskRequest) -> HttpResponse:
    """All sets of criteria: what rules, what ruled, what is proposed."""
    require(request.actor, Act.VIEW)
    context = {
        "rows": criteria_sets.criteria_list(),
        "may": _may(request),
        "contradictions": criteria_page.in_force_contradictions(at=request.at),
    }
    return render(request, "desk/criteria_list.html", context)


@require_http_methods(["GET", "POST"])
def propose(request: DeskRequest) -> HttpResponse:
    """Write a set; it begins as a copy of the newest approved one."""
    require(request.actor, Act.EDIT_CRITERIA)
    newest = next(row for row in criteria_sets.criteria_list() if row.state == "APPROVED")
    form = CriteriaForm(request.POST or None, initial=initial(newest.content))
    if request.method == "POST" and form.is_valid():
        try:
            made = criteria.propose(
                title=form.cleaned_data["title"],
                content=form.content(),
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            attach(form, error, FIELD_OF)
        else:
            toasts.say(request, _("Propuesta guardada. Todavía no rige."))
            return redirect("desk:criteria-set", criteria_id=made.pk)
    return render(
        request,
        "desk/criteria_propose.html",
        {"form": form, "copied": newest},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def criteria_set(request: DeskRequest, criteria_id: int) -> HttpResponse:
    """One set in words; a proposal with what it would have said of the last months, and its approval."""
    require(request.actor, Act.VIEW if request.method == "GET" else Act.EDIT_CRITERIA)
    row = criteria_sets.criteria_row(criteria_id)
    form = ApproveForm(
        request.POST or None, initial={"version": row.version, "valid_from": str(_now(request).next)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            criteria.approve(
                criteria_id=criteria_id,
                valid_from=periods.parse_month(form.cleaned_data["valid_from"], field="valid_from"),
                version=form.cleaned_data["version"],
                actor=request.actor,
                at=request.at,
            )
        except Invalid as error:
            attach(form, error)
        else:
            toasts.say(request, _("Criterios aprobados."))
            return redirect("desk:criteria-set", criteria_id=criteria_id)
    simulated = []
    if row.state == "DRAFT":
        simulated = criteria_page.simulated(
            rules.read(row.content), last=_now(request).previous, months=SIMULATED_MONTHS, at=request.at
        )
    context = {
        "page": row,
        "form": form,
        "simulated": simulated,
        "contradictions": criteria_page.contradictions(rules.read(row.content), at=request.at)
        if row.state != "WITHDRAWN"
        else (),
        "may": _may(request),
    }
    return render(request, "desk/criteria_set.html", context, status=422 if form.errors else 200)


@require_POST
def withdraw(request: DeskRequest, criteria_id: int) -> HttpResponse:
    """Take a proposal back."""
    criteria.withdraw(criteria_id=criteria_id, actor=request.actor, at=request.at)
    toasts.say(request, _("Propuesta retirada."))
    return redirect("desk:criteria")
