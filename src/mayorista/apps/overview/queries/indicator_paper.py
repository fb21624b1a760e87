"""The report of both indicators of a month, a quarter or a year on paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.indicators.queries import criteria as sets
from mayorista.apps.overview.queries.criteria_sets import words_of
from mayorista.apps.overview.queries.indicators import Figure, TermPage
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.queries import papers
from mayorista.rules import charts, formats, lapaz
from mayorista.rules.indicators.fraction import Standing

TEMPLATE = "indicators"


def report_pdf(page: TermPage, *, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of a term; `page.cases` are the rows that it lists."""
    data: dict[str, Any] = {
        **papers.house(at=at),
        "term": page.term.words,
        "first": _figure(page.first),
        "extended": _figure(page.extended),
        "second": _figure(page.second),
        "literal": [formats.shortest(each) for each in page.literal],
        "in_progress": formats.shortest(page.in_progress),
        "excluded": formats.shortest(page.excluded),
        "controls_open": formats.shortest(page.controls_open),
        "threshold": page.threshold,
        "criteria": str(page.criteria),
        "criteria_words": [list(each) for each in words_of(sets.in_force().of(page.term.last).criteria)],
        "over": page.is_over,
        "chart": charts.percent_lines(
            [f"{row.month.number:02d}/{row.month.year % 100:02d}" for row in page.trend],
            [
                charts.Series(_("Indicador 1"), [row.first_height for row in page.trend]),
                charts.Series(_("Indicador 2"), [row.second_height for row in page.trend]),
            ],
            title=_("Los dos indicadores en doce meses"),
            threshold=page.threshold_whole,
            styled=True,
        ),
        "months": [
            [row.month.words, row.first.shown, _of(row.first), row.second.shown, _of(row.second)]
            for row in page.months
        ],
        "requests": [
            [each.name, formats.shortest(each.received), formats.shortest(each.attended)]
            for each in page.requests
        ],
        "failures": [[name, formats.shortest(count)] for name, count in page.failures],
        "cases": [
            [
                row.number,
                row.customer,
                row.month.words,
                _("sí") if row.claimed else _("no"),
                row.outcome_name,
                "; ".join(row.failed),
            ]
            for row in page.cases
        ],
        "cases_total": page.pages.total,
        "controls": [
            [row.contract, row.customer, row.month.words, row.state_name, "; ".join(row.failed)]
            for row in page.controls
        ],
        "reported": [
            [
                row.month.words
                + (f" ({row.sequence})" if row.sequence > 1 else "")
                + (_("; registrados después del cierre: %(n)d") % {"n": row.late} if row.late else ""),
                row.first.shown,
                row.second.shown,
                lapaz.moment(row.taken_at),
                row.sha256[:16] + "…",
            ]
            for row in page.reported
        ],
    }
    content: bytes = adapter("documents").render(TEMPLATE, data, at=at)
    return f"indicadores-{page.term.code}.pdf", content


def _of(figure: Figure) -> str:
    return f"{formats.shortest(figure.numerator)} de {formats.shortest(figure.denominator)}"


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "shown": figure.shown,
        "of": _of(figure),
        "word": figure.word,
        "bad": figure.standing is Standing.OBSERVED,
    }
