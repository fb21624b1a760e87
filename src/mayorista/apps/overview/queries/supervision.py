"""The supervision desk: what is at risk today, both indicators with their trend, times, causes, who fails again.

Everything is counted by the database from kept verdicts and controls; no row is fetched to be counted here. The lists
behind the figures are in `supervision_rows` and use the same conditions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.customers.models import Customer
from mayorista.apps.indicators.queries import criteria as sets
from mayorista.apps.indicators.queries import results, step_spans
from mayorista.apps.overview.queries.criteria_sets import CLASS_TITLES
from mayorista.apps.overview.queries.indicators import NO_CLAIMS, NO_CONTROLS, Figure, figure
from mayorista.apps.receivables.queries import ageing
from mayorista.rules import lapaz, money, names, periods
from mayorista.rules.errors import Invalid
from mayorista.rules.indicators import terms
from mayorista.rules.indicators.fraction import Quotient, Standing
from mayorista.rules.indicators.terms import Term
from mayorista.rules.periods import Month
from mayorista.rules.procedure import CAUSES, STEPS

TREND_MONTHS = 12
WITHIN_HOURS = 2
"""A clock that ends within these hours is about to run out."""
SOON_DAYS = 90
"""A contract or guarantee that ends within these days is about to end."""
SHOWN = 5
CAUSES_SHOWN, OFFENDERS_SHOWN = 8, 8
NO_CLASS = "SIN"
CLASSES = (*CLASS_TITLES, NO_CLASS)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the desk is narrowed to; `cause_class` of `CLASSES` or empty. `given` are the parts of an address."""

    term: Term
    customer_id: int | None
    customer_code: str
    customer: str
    cause_class: str

    @property
    def given(self) -> dict[str, str]:
        """The query string that says the same."""
        said = {"periodo": self.term.code, "cliente": self.customer_code, "clase": self.cause_class}
        return {key: value for key, value in said.items() if value}

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """The filters as a head prints them."""
        return (
            (_("Período"), self.term.words),
            (_("Cliente"), self.customer or _("todos")),
            (_("Clase de causa"), class_title(self.cause_class) if self.cause_class else _("todas")),
        )

    @property
    def values(self) -> dict[str, Any]:
        """What the statements ask by."""
        starts, ends = (
            dt.datetime.combine(dt.date.fromordinal(day), dt.time(), tzinfo=lapaz.LA_PAZ)
            for day in (self.term.first.first, self.term.last.after)
        )
        return {
            "first": starts.date(),
            "after": ends.date(),
            "starts": starts,
            "ends": ends,
            "customer": self.customer_id,
            "class": "" if self.cause_class == NO_CLASS else self.cause_class,
        }


def class_title(code: str) -> str:
    """Return a class of cause in words."""
    return _("sin diagnosticar") if code in {"", NO_CLASS} else str(CLASS_TITLES[code])


def filters(*, period: str, customer: str, cause_class: str, at: dt.datetime) -> Filters:
    """Return the filters that an address asks for; this month where it names none. Raises Invalid at its field."""
    now = periods.month_of(lapaz.local(at).date())
    term = terms.parse(period, now=now) if period else terms.of_month(now)
    if cause_class and cause_class not in CLASSES:
        raise Invalid(
            _("«%(c)s» no es una clase de causa.") % {"c": cause_class[:20]},
            field="clase",
            remedy=_("Elija una de la lista."),
        )
    if not customer.strip():
        return Filters(term, None, "", "", cause_class)
    key, code, name = _customer(customer.strip())
    return Filters(term, key, code, name, cause_class)


def _customer(said: str) -> tuple[int, str, str]:
    """The one whose code it is, else the only one whose name holds these words."""
    exact = Customer.objects.filter(code=said.upper()).values_list("id", "code", "name").first()
    if exact is not None:
        return exact
    rows = list(
        Customer.objects.filter(sort_key__contains=names.sort_key(said))
        .order_by("sort_key")
        .values_list("id", "code", "name")[:4]
    )
    if not rows:
        raise Invalid(_("Ningún cliente se llama «%(c)s».") % {"c": said[:40]}, field="cliente")
    if len(rows) > 1:
        raise Invalid(
            _("Varios clientes se llaman «%(c)s».") % {"c": said[:40]},
            field="cliente",
            remedy=_("Escriba su código: %(codes)s.") % {"codes": ", ".join(row[1] for row in rows)},
        )
    return rows[0]


# What is at risk today --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RiskRow:
    """One thing at risk: `key` names it in its address; `at` is when it ends, or since when it waits."""

    key: str
    title: str
    customer: str
    at: dt.datetime | dt.date
    late: bool


@dataclass(frozen=True, slots=True)
class Risk:
    """A kind of risk: how many there are, and the first of them. `until`: `at` is a limit, not a beginning."""

    slug: str
    title: str
    until: bool
    total: int
    rows: tuple[RiskRow, ...]


RISKS: Mapping[str, tuple[str, bool, str]] = {
    "relojes": (
        "Relojes por vencer",
        True,
        """
        SELECT home.number, service.circuit_code, customer.name, outage.due_at
        FROM faults_case item JOIN faults_outage outage ON outage.case_id = item.id
        JOIN contracts_service service ON service.id = outage.service_id
        JOIN procedure_dossier home ON home.id = item.dossier_id
        JOIN customers_customer customer ON customer.id = item.customer_id
        WHERE item.closed_at IS NULL AND outage.restored_at IS NULL AND outage.due_at < %(soon)s
        """,
    ),
    "tareas": (
        "Tareas de los pasos vencidas",
        True,
        """
        SELECT item.step, item.title || ' · ' || home.number, coalesce(customer.name, ''), item.due_at
        FROM procedure_workitem item JOIN procedure_dossier home ON home.id = item.dossier_id
        LEFT JOIN customers_customer customer ON customer.dossier_id = coalesce(home.customer_id, home.id)
        WHERE item.done_at IS NULL AND item.due_at < %(at)s AND item.step <> ''
        """,
    ),
    "avisos": (
        "D.A.C. que esperan el aviso al cliente",
        True,
        """
        SELECT home.number, home.headline, customer.name, item.due_at
        FROM procedure_workitem item JOIN procedure_dossier home ON home.id = item.dossier_id
        JOIN faults_case told ON told.dossier_id = home.id
        JOIN customers_customer customer ON customer.id = told.customer_id
        WHERE item.done_at IS NULL AND item.step = 'A.7'
        """,
    ),
    "montos": (
        "Montos sin confirmar",
        False,
        """
        SELECT home.number, grouped.name, customer.name, item.month
        FROM billing_month item JOIN billing_invoicinggroup grouped ON grouped.id = item.group_id
        JOIN procedure_dossier home ON home.id = item.dossier_id
        JOIN customers_customer customer ON customer.id = grouped.customer_id
        WHERE item.state IN ('PENDING', 'OBSERVED') AND item.month <= %(today)s
        """,
    ),
    "comprobantes": (
        "Comprobantes sin aviso a Contabilidad",
        False,
        """
        SELECT home.number, item.bank || ' ' || item.reference, customer.name, item.registered_at
        FROM receivables_receipt item JOIN procedure_dossier home ON home.id = item.dossier_id
        JOIN customers_customer customer ON customer.id = item.customer_id
        WHERE item.state = 'REGISTERED'
        """,
    ),
    "contratos": (
        "Contratos por terminar",
        True,
        """
        SELECT item.number, '', customer.name, item.ends_date
        FROM contracts_contract item JOIN customers_customer customer ON customer.id = item.customer_id
        WHERE item.ends_date > %(today)s AND item.ends_date <= %(until)s
        """,
    ),
    "garantias": (
        "Garantías por vencer",
        True,
        """
        SELECT contract.number, item.kind, customer.name, item.expires_date
        FROM contracts_guarantee item JOIN contracts_contract contract ON contract.id = item.contract_id
        JOIN customers_customer customer ON customer.id = contract.customer_id
        WHERE item.returned_date IS NULL AND item.expires_date <= %(until)s
        """,
    ),
}


def risk(slug: str, narrowed: Filters, *, at: dt.datetime, start: int = 0, size: int = SHOWN) -> Risk:
    """Return one kind of risk as it is now, what ends first first; one read. Of a customer where one is chosen."""
    title, until, text = RISKS[slug]
    today = lapaz.local(at).date()
    asked = {
        "at": at,
        "soon": at + dt.timedelta(hours=WITHIN_HOURS),
        "today": today,
        "until": today + dt.timedelta(days=SOON_DAYS),
        "customer": narrowed.customer_id,
        "size": size,
        "start": start,
    }
    mine = "AND customer.id = %(customer)s" if narrowed.customer_id else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS ({text} {mine}), counted AS (SELECT count(*) AS total FROM found) "  # noqa: S608
            "SELECT counted.total, part.* FROM counted LEFT JOIN LATERAL (SELECT * FROM found "
            "ORDER BY 4, 1, 2 LIMIT %(size)s OFFSET %(start)s) part ON true",
            asked,
        )
        rows = cursor.fetchall()
    return Risk(
        slug,
        _(title),
        until,
        rows[0][0],
        tuple(
            RiskRow(key, said, customer, when, until and _passed(when, at))
            for _total, key, said, customer, when in rows
            if key is not None
        ),
    )


def _passed(when: dt.datetime | dt.date, at: dt.datetime) -> bool:
    return when < at if isinstance(when, dt.datetime) else when < lapaz.local(at).date()


# What the period came to -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ranked:
    """A cause, a circuit or a provider: its damages, and how many of them were not solved efficiently."""

    key: str
    name: str
    cases: int
    failed: int


@dataclass(frozen=True, slots=True)
class StepTime:
    """A step: how many were done in the period, and the median seconds from its opening to its end."""

    code: str
    title: str
    done: int
    median_seconds: int


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A month of the trend."""

    month: Month
    first: Figure
    second: Figure
    first_whole: int | None
    second_whole: int | None


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """What is owed of one age in one currency."""

    name: str
    invoices: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Debts:
    """Open invoices of one currency by age."""

    sign: str
    buckets: tuple[AgeBucket, ...]

    @property
    def total(self) -> Decimal:
        """All that is open."""
        return sum((each.amount for each in self.buckets), Decimal(0))

    @property
    def overdue(self) -> Decimal:
        """What is past its due date."""
        return self.total - self.buckets[0].amount


@dataclass(frozen=True, slots=True)
class Desk:
    """The whole supervision desk."""

    filters: Filters
    risks: tuple[Risk, ...]
    first: Figure
    extended: Figure
    second: Figure
    light: Standing
    in_progress: int
    controls_open: int
    threshold: str
    threshold_whole: int
    trend: tuple[TrendRow, ...]
    steps: tuple[StepTime, ...]
    cases: int
    earlier: Figure
    causes: tuple[Ranked, ...]
    circuits: tuple[Ranked, ...]
    providers: tuple[Ranked, ...]
    debts: tuple[Debts, ...]


def desk(narrowed: Filters, *, at: dt.datetime) -> Desk:
    """Return the desk as it stands now; a fixed number of reads whatever there is to count."""
    now = periods.month_of(lapaz.local(at).date())
    trend = results.results(
        _trend(min(narrowed.term.last, now)),
        customer_id=narrowed.customer_id,
        cause_class=narrowed.values["class"] if narrowed.cause_class else None,
    )
    found = trend.part(narrowed.term)
    counted = _counted(narrowed)
    total, earlier = counted.pop("all", [("", "", 0, 0)])[0][2:]
    return Desk(
        filters=narrowed,
        risks=tuple(risk(slug, narrowed, at=at) for slug in RISKS),
        first=figure(found.first.official, found.threshold, _(NO_CLAIMS)),
        extended=figure(found.first.extended, found.threshold, _("Sin daños en el período")),
        second=figure(found.second, found.threshold, _(NO_CONTROLS)),
        light=found.light,
        in_progress=found.first.in_progress,
        controls_open=sum(each.controls_open for each in found.months),
        threshold=f"{found.threshold.normalize():f}".replace(".", ","),
        threshold_whole=int(found.threshold),
        trend=tuple(_trend_row(each, trend.threshold) for each in trend.months),
        steps=step_times(narrowed),
        cases=total,
        earlier=figure(Quotient(earlier, total), Decimal(0), _("Sin daños en el período")),
        causes=tuple(
            Ranked(key, CAUSES[key].title if key in CAUSES else class_title(""), *rest)
            for key, _name, *rest in counted.get("cause", ())
        ),
        circuits=tuple(Ranked(*row) for row in counted.get("circuit", ())),
        providers=tuple(Ranked(*row) for row in counted.get("provider", ())),
        debts=tuple(
            Debts(
                money.currency_sign(currency),
                tuple(AgeBucket(name, *buckets[name]) for name in ageing.NAMES),
            )
            for currency, buckets in ageing.summed(
                on=lapaz.local(at).date(), customer_id=narrowed.customer_id
            ).items()
        ),
    )


def _trend(last: Month) -> Term:
    first = last
    for _each in range(TREND_MONTHS - 1):
        first = first.previous
    return Term("", first, last, "")


def _trend_row(each: results.MonthResult, threshold: Decimal) -> TrendRow:
    return TrendRow(
        each.month,
        figure(each.first.official, threshold, "—"),
        figure(each.second, threshold, "—"),
        *(
            None if value.hundredths is None else value.hundredths // 100
            for value in (each.first.official, each.second)
        ),
    )


def _counted(narrowed: Filters) -> dict[str, list[tuple[str, str, int, int]]]:
    """Counts of the period's damages by part: all (with how many we saw before the claim), cause, circuit, provider."""
    asked = {**narrowed.values, "causes": CAUSES_SHOWN, "offenders": OFFENDERS_SHOWN}
    found: dict[str, list[tuple[str, str, int, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(chosen=chosen(narrowed)), asked)
        for part, *row in cursor.fetchall():
            found.setdefault(part, []).append(tuple(row))
    return found


def chosen(narrowed: Filters) -> str:
    """Return the statement of the damages that the desk counts: those of the period that are not excluded."""
    parts = [
        _CHOSEN,
        "AND item.customer_id = %(customer)s" if narrowed.customer_id else "",
        "AND verdict.cause_class = %(class)s" if narrowed.cause_class else "",
    ]
    return " ".join(parts)


EARLIER = "alarm_origin AND (claim_at IS NULL OR detected_at < claim_at)"
"""We saw it before the customer said so: an alarm began it, and no claim came earlier."""
HIT_BY = """
SELECT ticket.fault_id, ticket.provider_id FROM faults_providerticket ticket
UNION SELECT fault.id, resource.provider_id FROM faults_fault fault
JOIN contracts_resource resource ON resource.id = fault.resource_id WHERE resource.provider_id IS NOT NULL
"""
"""Whose network a fault lies in: the provider that has a ticket for it, or owns what broke."""
_CHOSEN = """
SELECT verdict.case_id, verdict.outcome, verdict.claimed, verdict.cause_class, verdict.month, verdict.failed, item.fault_id,
    item.dossier_id, item.customer_id, item.alarm_origin, item.claim_at, fault.detected_at, fault.cause_code,
    fault.dossier_id AS fault_dossier_id
FROM indicators_caseverdict verdict JOIN faults_case item ON item.id = verdict.case_id
JOIN faults_fault fault ON fault.id = item.fault_id
WHERE verdict.month >= %(first)s AND verdict.month < %(after)s AND verdict.outcome <> 'EXCLUDED'
"""
_COUNTED = f"""
WITH chosen AS MATERIALIZED (
    SELECT case_id, fault_id, cause_code, (outcome = 'NOT_EFFICIENT')::int AS failed, ({EARLIER})::int AS earlier
    FROM ({{chosen}}) every
), causes AS MATERIALIZED (
    SELECT cause_code, count(*) AS many, sum(failed) AS failed, sum(earlier) AS earlier FROM chosen GROUP BY cause_code
), circuits AS (
    SELECT outage.service_id, count(*) AS many, sum(chosen.failed) AS failed
    FROM chosen JOIN faults_outage outage ON outage.case_id = chosen.case_id
    GROUP BY outage.service_id HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT %(offenders)s
), providers AS (
    SELECT hit.provider_id, count(*) AS many, sum(chosen.failed) AS failed
    FROM chosen JOIN ({HIT_BY}) hit ON hit.fault_id = chosen.fault_id
    GROUP BY hit.provider_id ORDER BY 2 DESC, 1 LIMIT %(offenders)s
)
SELECT 'all', '', '', coalesce(sum(many), 0)::bigint, coalesce(sum(earlier), 0)::bigint FROM causes
UNION ALL (SELECT 'cause', cause_code, '', many, failed FROM causes ORDER BY many DESC, cause_code LIMIT %(causes)s)
UNION ALL (SELECT 'circuit', service.circuit_code, customer.name, many, failed FROM circuits
    JOIN contracts_service service ON service.id = circuits.service_id
    JOIN customers_customer customer ON customer.id = service.customer_id ORDER BY many DESC, 2)
UNION ALL (SELECT 'provider', provider.code, provider.name, many, failed FROM providers
    JOIN contracts_provider provider ON provider.id = providers.provider_id ORDER BY many DESC, 2)
"""  # noqa: S608 -- our own texts


def step_times(narrowed: Filters) -> tuple[StepTime, ...]:
    """Return the steps that were done in the period with their median time; two reads at most."""
    if narrowed.customer_id or narrowed.cause_class:
        with connection.cursor() as cursor:
            cursor.execute(_STEPS.format(done=done_items(narrowed)), narrowed.values)
            found = {step: (count, int(median)) for step, count, median in cursor.fetchall()}
    else:
        found = step_spans.medians_of(narrowed.term)
    return tuple(StepTime(code, STEPS[code].title, *found[code]) for code in STEPS if code in found)


def done_items(narrowed: Filters) -> str:
    """Return the statement of what was done in the period, of the customer's and the class's dossiers alone."""
    if not narrowed.customer_id and not narrowed.cause_class:
        return _DONE
    other = (
        "UNION SELECT home.id FROM procedure_dossier home JOIN customers_customer customer "
        "ON customer.dossier_id = home.customer_id WHERE customer.id = %(customer)s"
        if narrowed.customer_id and not narrowed.cause_class
        else ""
    )
    return (
        f"WITH chosen AS ({chosen(narrowed)}) {_DONE} AND dossier_id IN "  # noqa: S608
        f"(SELECT dossier_id FROM chosen UNION SELECT fault_dossier_id FROM chosen {other})"
    )


_DONE = """
SELECT dossier_id, step, opened_at, done_at FROM procedure_workitem
WHERE done_at >= %(starts)s AND done_at < %(ends)s AND NOT withdrawn AND step <> ''
"""
_STEPS = """
SELECT step, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - opened_at))
FROM ({done}) item GROUP BY step
"""


# What may be chosen ------------------------------------------------------------------------------------


def periods_offered(*, at: dt.datetime) -> tuple[Term, ...]:
    """Return twelve months, four quarters and two years to choose from, newest first."""
    now = periods.month_of(lapaz.local(at).date())
    months = [now]
    while len(months) < TREND_MONTHS:
        months.append(months[-1].previous)
    quarters = dict.fromkeys((month.year, (month.number + 2) // 3) for month in months)
    return (
        *(terms.of_month(month) for month in months),
        *(terms.quarter(*each) for each in list(quarters)[:4]),
        terms.year(now.year),
        terms.year(now.year - 1),
    )


def criteria_number(term: Term) -> int:
    """Return the number of the set of criteria that rules a term's last month."""
    return sets.in_force().of(term.last).number
