"""A year of the measure: 100,000 cases judged and 120,000 controls, counted; a month of 10,000 controls answered; the desk.

Asked: a year counted in under 2 s, a month in under 0.3 s, the supervision desk's p99 under 200 ms. Verdicts, controls,
outages and 500,000 finished tasks are written in bulk as their
operations leave them; the matrix of a month is asked as its screen does.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable

from bench import machine, platform

CASES, CONTRACTS, ROUNDS = 100_000, 10_000, 11
DESK_ROUNDS = 200
CODES = ("E-FIB", "E-UPS", "E-ENE")
AT = dt.datetime(2026, 12, 2, 14, 0, tzinfo=dt.UTC)
ASKED = {"año": 2.0, "mes": 0.3}


def main() -> None:
    """Measure and print."""
    print("## Los dos indicadores de un año\n")
    print(machine.describe(), "\n")
    with platform.running(web=False) as running:
        measure(running)


def measure(running: platform.Platform) -> None:
    """Write a year, print the medians of counting it."""
    from mayorista.apps.indicators import control_facts
    from mayorista.apps.indicators.operations import controls, step_spans
    from mayorista.apps.indicators.queries import results
    from mayorista.apps.onboarding.operations import scale_contracts
    from mayorista.apps.overview.queries import controls as pages
    from mayorista.rules import periods
    from mayorista.rules.indicators import terms

    december = periods.parse_month("2026-12")
    _in_use_since(AT - dt.timedelta(days=400))
    scale_contracts.load_contracts(at=AT - dt.timedelta(days=60), contracts=CONTRACTS)
    begun = time.perf_counter()
    if not controls.open_month(month=december, at=AT):
        raise RuntimeError("no control was written: nothing would be measured")
    answered = time.perf_counter() - begun
    begun = time.perf_counter()
    controls.open_month(month=december, at=AT)
    print(
        f"Controles de {CONTRACTS} contratos: {answered:.1f} s; otra vez {time.perf_counter() - begun:.1f} s"
    )
    ids = control_facts.contracts_of(december)[: controls.PORTION]
    print(
        f"Hechos de {len(ids)} contratos: {_median(lambda: control_facts.read(ids, december, at=AT)) * 1000:.0f} ms"
    )
    _write_year()
    step_spans.keep_months(at=AT)
    year, month = terms.year(2026), terms.of_month(december)
    for name, term in (("año", year), ("mes", month)):
        spent = _median(lambda term=term: results.results(term))  # type: ignore[misc]
        print(f"Contar un {name}: mediana {spent * 1000:.0f} ms (pedido < {ASKED[name] * 1000:.0f} ms)")
    spent = _median(lambda: pages.month_page(month=december, at=AT))
    print(f"Matriz de un mes: mediana {spent * 1000:.0f} ms")
    spent = _median(lambda: pages.month_page(month=december, at=AT, item="COPY"))
    print(f"Matriz de un mes, un punto sin cumplir: mediana {spent * 1000:.0f} ms")
    _desk(running)
    print(machine.describe(), "\n")


def _in_use_since(at: dt.datetime) -> None:
    """Write the first line of the journal: months before the first day of use have no controls."""
    from mayorista.apps.procedure.actors import for_job
    from mayorista.apps.procedure.operations import dossiers, journal

    home = dossiers.standing(kind="PARAMETERS")
    journal.record(dossier_id=home.pk, act="bench", text="Puesta en uso", actor=for_job("banco"), at=at)


def _desk(running: platform.Platform) -> None:
    """The supervision desk of a month and of the year, with its charts; CPU of this process and the database together."""
    from mayorista.apps.overview.queries import supervision, supervision_paper

    pids = [os.getpid(), running.postgres]
    for name, period, rounds in (
        ("mes", "", DESK_ROUNDS),
        ("trimestre", "2026-T4", ROUNDS),
        ("año", "2026", ROUNDS),
    ):
        narrowed = supervision.filters(period=period, customer="", cause_class="", at=AT)
        supervision.desk(narrowed, at=AT)
        spent, before = [], machine.cpu_seconds(pids)
        for _round in range(rounds):
            begun = time.perf_counter()
            supervision_paper.charts_of(supervision.desk(narrowed, at=AT))
            spent.append(time.perf_counter() - begun)
        cpu = (machine.cpu_seconds(pids) - before) / rounds
        print(
            f"Mesa de supervisión, {name}: mediana {machine.median(spent) * 1000:.0f} ms, "
            f"p99 {machine.percentile(spent, 0.99) * 1000:.0f} ms, CPU {cpu * 1000:.0f} ms"
            + (" (pedido p99 < 200 ms)" if name == "mes" else "")
        )


def _median(act: Callable[[], object]) -> float:
    spent = []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        act()
        spent.append(time.perf_counter() - begun)
    return machine.median(spent)


def _write_year() -> None:
    """Eleven more months of controls, and cases with their verdicts over twelve."""
    from django.db import connection

    from mayorista.apps.customers.models import Customer
    from mayorista.apps.faults.models import Case, Fault
    from mayorista.apps.indicators.models import CaseVerdict, CriteriaVersion
    from mayorista.apps.procedure.models import Dossier

    with connection.cursor() as cursor:
        cursor.execute(_CONTROLS)
    customers = list(Customer.objects.values_list("id", flat=True)[:2000])
    count = CASES // 2
    homes = Dossier.objects.bulk_create(
        Dossier(kind="FAULT", number=f"FALLA-B-{n}", headline="banco", state="cerrado", opened_at=AT)
        for n in range(count)
    )
    faults = Fault.objects.bulk_create(
        (
            Fault(
                dossier=home,
                state="CLOSED",
                started_at=AT,
                detected_at=AT,
                attribution="EXTERNAL",
                cause_code=CODES[n % len(CODES)],
            )
            for n, home in enumerate(homes)
        ),
        batch_size=5000,
    )
    homes = Dossier.objects.bulk_create(
        (
            Dossier(kind="CASE", number=f"DANO-B-{n}", headline="banco", state="cerrado", opened_at=AT)
            for n in range(CASES)
        ),
        batch_size=5000,
    )
    cases = Case.objects.bulk_create(
        (
            Case(
                dossier=home,
                fault=faults[n // 2],
                customer_id=customers[n % len(customers)],
                severity=1,
                state="TOLD",
                opened_at=AT,
                closed_at=AT,
            )
            for n, home in enumerate(homes)
        ),
        batch_size=5000,
    )
    criteria = CriteriaVersion.objects.filter(state="APPROVED").earliest("number").pk
    CaseVerdict.objects.bulk_create(
        (
            CaseVerdict(
                case=case,
                criteria_id=criteria,
                month=dt.date(2026, n % 12 + 1, 1),
                claimed=n % 3 > 0,
                outcome="NOT_EFFICIENT" if n % 10 == 0 else "EFFICIENT",
                settled=True,
                seen=1,
                judged_at=AT,
            )
            for n, case in enumerate(cases)
        ),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute(_OUTAGES, {"at": AT})
        cursor.execute(_TASKS)
        cursor.execute("VACUUM ANALYZE")  # as autovacuum leaves what was written
        cursor.execute(
            "SELECT (SELECT count(*) FROM indicators_contractcontrol), (SELECT count(*) FROM indicators_caseverdict), "
            "(SELECT count(*) FROM procedure_workitem WHERE done_at IS NOT NULL)"
        )
        print("Controles {}, casos {}, tareas hechas {}".format(*cursor.fetchone()))


_CONTROLS = """
INSERT INTO indicators_contractcontrol (contract_id, month, state, failed, items, settled, checked_at)
SELECT contract_id, (month - make_interval(months => back))::date, CASE WHEN (contract_id + back) % 20 = 0 THEN 'MISSED' ELSE 'ON_TIME' END,
    failed, items, true, checked_at
FROM indicators_contractcontrol, generate_series(1, 11) back
"""
_OUTAGES = """
INSERT INTO faults_outage (case_id, service_id, effect, started_at, detected_at, restored_at, verified_at, closed_at, repair_minutes,
    sla_source, due_at)
SELECT item.id, service.id, 'TOTAL', %(at)s, %(at)s, %(at)s, %(at)s, %(at)s, 240, 'banco', %(at)s
FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM faults_case) item
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS many FROM contracts_service) service
    ON service.place = item.place %% service.many + 1
"""
_TASKS = """
INSERT INTO procedure_workitem (dossier_id, step, key, role, title, opened_at, due_at, done_at, withdrawn, escalation, snooze_reason)
SELECT item.dossier_id, 'A.' || step, '', 'NOC', 'banco', verdict.month + interval '1 day',
    verdict.month + interval '2 day', verdict.month + interval '1 day' + make_interval(mins => (item.id %% 300)::int), false, 0, ''
FROM faults_case item JOIN indicators_caseverdict verdict ON verdict.case_id = item.id, generate_series(1, 5) step
""".replace("%%", "%")


if __name__ == "__main__":
    main()
