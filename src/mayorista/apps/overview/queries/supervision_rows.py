"""The rows behind each figure of the supervision desk: the same conditions, one page at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Provider
from mayorista.apps.overview.queries import supervision
from mayorista.apps.overview.queries.paging import PAGE_SIZE, Pages, pages_of
from mayorista.apps.overview.queries.supervision import Filters
from mayorista.rules import periods
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.indicators.cases import OUTCOME_TITLES, Outcome
from mayorista.rules.indicators.controls import CONTROL_TITLES, ITEM_TITLES, ControlState, Item
from mayorista.rules.indicators.criteria import TITLES, Criterion
from mayorista.rules.procedure import CAUSES, STEPS

Cell = str | int | dt.datetime | dt.date


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `key` are the parts of the address it leads to, `cells` what stands under the heads."""

    key: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A page of rows. `said` are the filters of its own, in words, beside those of the desk."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[Line, ...]
    pages: Pages
    said: tuple[tuple[str, str], ...] = ()


SHOWS = {
    "": ("todos los daños", ""),
    "reclamos": ("con reclamo, ya resueltos", "AND claimed AND outcome IN ('EFFICIENT', 'NOT_EFFICIENT')"),
    "eficientes": ("con reclamo, eficientes", "AND claimed AND outcome = 'EFFICIENT'"),
    "ampliado": ("ya resueltos, con y sin reclamo", "AND outcome IN ('EFFICIENT', 'NOT_EFFICIENT')"),
    "bien": ("eficientes, con y sin reclamo", "AND outcome = 'EFFICIENT'"),
    "no": ("no eficientes", "AND outcome = 'NOT_EFFICIENT'"),
    "curso": ("con reclamo, en curso", "AND claimed AND outcome = 'IN_PROGRESS'"),
    "antes": ("vistos antes del reclamo", f"AND {supervision.EARLIER}"),
}


def cases(
    narrowed: Filters,
    *,
    show: str = "",
    cause: str = "",
    circuit: str = "",
    provider: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Table:
    """Return the damages of the period; `show` of `SHOWS`, `cause` a code or "-". Raises Invalid for an unknown one."""
    if show not in SHOWS:
        raise Invalid(_("«%(v)s» no es una vista.") % {"v": show[:20]}, field="ver")
    if cause and cause != "-" and cause not in CAUSES:
        raise Invalid(_("«%(v)s» no es una causa.") % {"v": cause[:20]}, field="causa")
    title, condition = SHOWS[show]
    said = [(_("Daños"), _(title))]
    asked: dict[str, Any] = {"cause": "" if cause == "-" else cause, "circuit": circuit, "provider": provider}
    if cause:
        condition += " AND cause_code = %(cause)s"
        said.append((_("Causa"), CAUSES[cause].title if cause in CAUSES else supervision.class_title("")))
    if circuit:
        condition += (
            " AND case_id IN (SELECT outage.case_id FROM faults_outage outage JOIN contracts_service service "
            "ON service.id = outage.service_id WHERE service.circuit_code = %(circuit)s)"
        )
        said.append((_("Circuito"), circuit))
    if provider:
        condition += (
            f" AND fault_id IN (SELECT hit.fault_id FROM ({supervision.HIT_BY}) hit "  # noqa: S608
            "JOIN contracts_provider provider ON provider.id = hit.provider_id WHERE provider.code = %(provider)s)"
        )
        name = Provider.objects.filter(code=provider).values_list("name", flat=True).first()
        said.append((_("Proveedor"), name or provider))
    text = (
        f"SELECT home.number, customer.name, chosen.month, chosen.claimed, chosen.cause_code, chosen.outcome, chosen.failed "  # noqa: S608
        f"FROM ({supervision.chosen(narrowed)}) chosen JOIN procedure_dossier home ON home.id = chosen.dossier_id "
        f"JOIN customers_customer customer ON customer.id = chosen.customer_id WHERE true {condition}"
    )
    found, pages = _page(text, "6 DESC, 3 DESC, 1", narrowed.values | asked, page, size)
    return Table(
        _("Daños"),
        (_("Caso"), _("Cliente"), _("Mes"), _("Reclamo"), _("Causa"), _("Resultado"), _("Qué no cumplió")),
        tuple(_case(*row) for row in found),
        pages,
        tuple(said),
    )


def _case(
    number: str, customer: str, month: dt.date, claimed: bool, cause: str, outcome: str, failed: list[str]
) -> Line:
    return Line(
        (number,),
        (
            number,
            customer,
            periods.month_of(month).words,
            _("con reclamo") if claimed else _("sin reclamo"),
            CAUSES[cause].title if cause in CAUSES else supervision.class_title(""),
            OUTCOME_TITLES[Outcome(outcome)],
            "; ".join(TITLES[Criterion(each)] for each in failed),
        ),
    )


def controls(narrowed: Filters, *, state: str = "", page: int = 1, size: int = PAGE_SIZE) -> Table:
    """Return the contract controls of the period; `state` is one, or "cerrados". Raises Invalid."""
    conditions = {"": "", "cerrados": "AND item.state <> 'OPEN'"} | {
        each.value: f"AND item.state = '{each.value}'" for each in ControlState
    }
    if state not in conditions:
        raise Invalid(_("«%(v)s» no es un estado.") % {"v": state[:20]}, field="estado")
    text = (
        "SELECT contract.number, customer.name, item.month, item.state, item.failed FROM indicators_contractcontrol item "  # noqa: S608
        "JOIN contracts_contract contract ON contract.id = item.contract_id "
        "JOIN customers_customer customer ON customer.id = contract.customer_id "
        f"WHERE item.month >= %(first)s AND item.month < %(after)s {conditions[state]}"
        + (" AND customer.id = %(customer)s" if narrowed.customer_id else "")
    )
    found, pages = _page(text, "3 DESC, 4, 1", narrowed.values, page, size)
    return Table(
        _("Controles de contrato"),
        (_("Contrato"), _("Cliente"), _("Mes"), _("Estado"), _("Qué faltó")),
        tuple(
            Line(
                (str(periods.month_of(month)), number),
                (
                    number,
                    customer,
                    periods.month_of(month).words,
                    CONTROL_TITLES[ControlState(its)],
                    "; ".join(ITEM_TITLES[Item(each)] for each in failed),
                ),
            )
            for number, customer, month, its, failed in found
        ),
        pages,
        ((_("Controles"), _control_words(state)),),
    )


def _control_words(state: str) -> str:
    return {"": _("todos"), "cerrados": _("cerrados")}.get(state) or CONTROL_TITLES[ControlState(state)]


def step_items(narrowed: Filters, *, code: str, page: int = 1, size: int = PAGE_SIZE) -> Table:
    """Return what was done in a step in the period, the longest first. Raises NotFound."""
    if code not in STEPS:
        raise NotFound(_("No existe ese paso."))
    text = (
        "SELECT home.number, home.headline, done.opened_at, done.done_at, "  # noqa: S608
        "extract(epoch FROM done.done_at - done.opened_at)::bigint "
        f"FROM ({supervision.done_items(narrowed)}) done JOIN procedure_dossier home ON home.id = done.dossier_id "
        "WHERE done.step = %(step)s"
    )
    found, pages = _page(text, "5 DESC, 1", narrowed.values | {"step": code}, page, size)
    return Table(
        f"{code} {STEPS[code].title}",
        (_("Número"), _("Qué"), _("Abierta"), _("Hecha"), _("Duración")),
        tuple(Line((row[0],), tuple(row)) for row in found),
        pages,
        ((_("Tareas"), _("hechas en el período")),),
    )


def risk_rows(
    narrowed: Filters, *, slug: str, at: dt.datetime, page: int = 1, size: int = PAGE_SIZE
) -> Table:
    """Return what is at risk now. Raises NotFound for a kind there is not."""
    if slug not in supervision.RISKS:
        raise NotFound(_("No existe ese riesgo."))
    found = supervision.risk(slug, narrowed, at=at, start=(max(page, 1) - 1) * size, size=size)
    return Table(
        found.title,
        (
            _("Paso") if slug == "tareas" else _("Número"),
            _("Qué"),
            _("Cliente"),
            _("Hasta") if found.until else _("Desde"),
        ),
        tuple(Line((row.key,), (row.key, row.title, row.customer, row.at)) for row in found.rows),
        pages_of(found.total, page, size),
    )


def _page(
    text: str, order: str, asked: dict[str, Any], page: int, size: int
) -> tuple[list[tuple[Any, ...]], Pages]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({text}) found", asked)  # noqa: S608
        pages = pages_of(cursor.fetchone()[0], page, size)
        cursor.execute(
            f"{text} ORDER BY {order} LIMIT %(size)s OFFSET %(start)s",
            asked | {"size": size, "start": (pages.number - 1) * size},
        )
        return cursor.fetchall(), pages
