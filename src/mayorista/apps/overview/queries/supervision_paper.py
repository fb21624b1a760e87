"""The supervision desk as it leaves the screen: its charts, its tables for a workbook, and the paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.overview.queries.indicators import Figure
from mayorista.apps.overview.queries.supervision import Desk, Risk, TrendRow
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.queries import papers
from mayorista.rules import charts, formats, lapaz
from mayorista.rules.indicators.fraction import Standing

TEMPLATE = "supervision"
Tables = list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]


def charts_of(page: Desk, *, styled: bool = False) -> dict[str, str]:
    """Return the drawings of the desk as SVG by name; those of nothing are empty. `styled`: for paper."""
    return {
        "trend": charts.percent_lines(
            [_short(row) for row in page.trend],
            [
                charts.Series(_("Indicador 1"), [row.first_whole for row in page.trend]),
                charts.Series(_("Indicador 2"), [row.second_whole for row in page.trend]),
            ],
            title=_("Los dos indicadores en doce meses"),
            threshold=page.threshold_whole,
            styled=styled,
        ),
        "steps": charts.bars(
            [(f"{each.code} {each.title}", each.median_seconds) for each in page.steps],
            title=_("Mediana de cada paso"),
            figures=[lapaz.span(each.median_seconds) for each in page.steps],
            styled=styled,
        )
        if page.steps
        else "",
        "causes": charts.bars(
            [(each.name, each.cases) for each in page.causes], title=_("Causas mayores"), styled=styled
        )
        if page.causes
        else "",
        **{
            f"debts{place}": charts.bars(
                [(each.name, int(each.amount)) for each in debt.buckets],
                title=_("Deuda abierta por antigüedad, %(sign)s") % {"sign": debt.sign},
                figures=[formats.number(each.amount) for each in debt.buckets],
                styled=styled,
            )
            for place, debt in enumerate(page.debts)
        },
    }


def _short(row: TrendRow) -> str:
    return f"{row.month.number:02d}/{row.month.year % 100:02d}"


def tables(page: Desk) -> Tables:
    """Return what is shown as tables of a workbook: title, heads, rows."""
    figures = [
        (_("Indicador 1 (oficial)"), *_figure(page.first)),
        (_("Indicador 1 ampliado"), *_figure(page.extended)),
        (_("Indicador 2"), *_figure(page.second)),
        (
            _("Vistos antes del reclamo"),
            page.earlier.shown,
            page.earlier.numerator,
            page.earlier.denominator,
            "",
        ),
    ]
    heads = (_("Qué"), _("Daños"), _("No eficientes"))
    return [
        (_("Indicadores"), (_("Cifra"), _("Valor"), _("Cuántos"), _("De"), _("Resultado")), figures),
        (
            _("Riesgos de hoy"),
            (_("Riesgo"), _("Total"), _("Número"), _("Qué"), _("Cliente"), _("Hasta o desde")),
            [row for each in page.risks for row in _risk(each)],
        ),
        (
            _("Doce meses"),
            (_("Mes"), _("Indicador 1"), _("de"), _("Indicador 2"), _("de")),
            [
                (
                    str(row.month),
                    row.first.shown,
                    row.first.denominator,
                    row.second.shown,
                    row.second.denominator,
                )
                for row in page.trend
            ],
        ),
        (
            _("Tiempo por paso"),
            (_("Paso"), _("Hechas"), _("Mediana en segundos"), _("Mediana")),
            [
                (f"{each.code} {each.title}", each.done, each.median_seconds, lapaz.span(each.median_seconds))
                for each in page.steps
            ],
        ),
        (_("Causas"), heads, [(each.name, each.cases, each.failed) for each in page.causes]),
        (
            _("Reincidentes"),
            heads,
            [
                (f"{each.key} {each.name}", each.cases, each.failed)
                for each in (*page.circuits, *page.providers)
            ],
        ),
        (
            _("Antigüedad de la deuda"),
            (_("Moneda"), _("Tramo"), _("Facturas"), _("Importe")),
            [
                (debt.sign, each.name, each.invoices, each.amount)
                for debt in page.debts
                for each in debt.buckets
            ],
        ),
    ]


def _figure(figure: Figure) -> tuple[Any, ...]:
    return figure.shown, figure.numerator, figure.denominator, figure.word


def _risk(each: Risk) -> list[tuple[Any, ...]]:
    if not each.rows:
        return [(each.title, each.total, "", "", "", "")]
    return [(each.title, each.total, row.key, row.title, row.customer, row.at) for row in each.rows]


def pdf(page: Desk, *, at: dt.datetime) -> bytes:
    """Return the desk on paper, with the filters in its head."""

    def told(figure: Figure) -> dict[str, Any]:
        return {
            "shown": figure.shown,
            "of": f"{formats.shortest(figure.numerator)} de {formats.shortest(figure.denominator)}",
            "word": figure.word,
            "bad": figure.standing is Standing.OBSERVED,
        }

    data = {
        **papers.house(at=at),
        "filters": [list(each) for each in page.filters.words],
        "first": told(page.first),
        "extended": told(page.extended),
        "second": told(page.second),
        "earlier": told(page.earlier),
        "threshold": page.threshold,
        "in_progress": page.in_progress,
        "charts": charts_of(page, styled=True),
        "risks": [
            {
                "title": each.title,
                "total": each.total,
                "rows": [[row.key, row.title, row.customer, _moment(row.at), row.late] for row in each.rows],
            }
            for each in page.risks
        ],
        "trend": [
            [
                row.month.words,
                row.first.shown,
                str(row.first.denominator),
                row.second.shown,
                str(row.second.denominator),
            ]
            for row in page.trend
        ],
        "steps": [
            [f"{each.code} {each.title}", formats.shortest(each.done), lapaz.span(each.median_seconds)]
            for each in page.steps
        ],
        "causes": [
            [each.name, formats.shortest(each.cases), formats.shortest(each.failed)] for each in page.causes
        ],
        "circuits": [_offender(each) for each in page.circuits],
        "providers": [_offender(each) for each in page.providers],
        "debts": [
            {
                "sign": debt.sign,
                "total": formats.number(debt.total),
                "overdue": formats.number(debt.overdue),
                "rows": [
                    [each.name, formats.shortest(each.invoices), formats.number(each.amount)]
                    for each in debt.buckets
                ],
            }
            for debt in page.debts
        ],
    }
    content: bytes = adapter("documents").render(TEMPLATE, data, at=at)
    return content


def _offender(each: Any) -> list[str]:
    return [each.key, each.name, formats.shortest(each.cases), formats.shortest(each.failed)]


def _moment(at: dt.datetime | dt.date) -> str:
    return lapaz.moment(at) if isinstance(at, dt.datetime) else formats.date(at)
