"""The audit's search in a journal of 1,000,000 lines: by period, person, kind, text and number, the first page and a late one.

Asked: a page under 50 ms by the median. Lines are written in bulk over a year, as many people and dossiers as an
installation has after some years.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
from typing import Any

from bench import machine, platform

LINES, ROUNDS = 1_000_000, 15
AT = dt.datetime(2026, 12, 2, 14, 0, tzinfo=dt.UTC)


def main() -> None:
    """Measure and print."""
    print("## La búsqueda de la auditoría en un millón de renglones\n")
    print(machine.describe(), "\n")
    with platform.running(web=False):
        measure()


def measure() -> None:
    """Write the journal, print the median and the slowest of each search."""
    from mayorista.apps.overview.queries import audit

    begun = time.perf_counter()
    person = _write()
    print(f"{LINES} renglones escritos en {time.perf_counter() - begun:.0f} s")
    asked: tuple[tuple[str, dict[str, str], int], ...] = (
        ("siete días (sin filtros)", {}, 1),
        ("un año", {"desde": "01/12/2025"}, 1),
        ("un año, página 200", {"desde": "01/12/2025"}, 200),
        ("una persona, 90 días", {"persona": person}, 1),
        ("una clase, 90 días", {"clase": "CASE"}, 1),
        ("una palabra frecuente, 90 días", {"texto": "avance"}, 1),
        ("una palabra rara, 90 días", {"texto": "zanja"}, 1),
        ("una palabra rara, un año", {"texto": "zanja", "desde": "01/12/2025"}, 1),
        ("un expediente", {"numero": "BANCO-00500"}, 1),
    )
    for name, said, page in asked:
        times = []
        for _round in range(ROUNDS):
            start = time.perf_counter()
            found = audit.audit_page(audit.read_filters(said, at=AT), page=page)
            times.append((time.perf_counter() - start) * 1000)
        total = f"más de {found.pages.total}" if found.pages.more else str(found.pages.total)
        print(
            f"- {name}: {total} · mediana {statistics.median(times):.0f} ms, la más lenta {max(times):.0f} ms"
        )
    print(machine.describe(), "\n")


def _write() -> str:
    """Write the lines; return the id of one of those who acted."""
    from django.db import connection

    from mayorista.apps.procedure.operations import people
    from mayorista.rules.procedure import Role

    users: list[Any] = [
        people.write_user(
            username=f"banco{each}",
            full_name=f"Persona {each}",
            roles=[Role.NOC],
            email=f"banco{each}@comteco.example",
            password="un-turno-de-noche-27",
            at=AT,
        )
        for each in range(8)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_DOSSIERS, {"at": AT})
        cursor.execute(_LINES, {"lines": LINES, "at": AT, "first": users[0].pk, "users": len(users)})
        cursor.execute("ANALYZE")
    return str(users[3].pk)


_DOSSIERS = """
INSERT INTO procedure_dossier (kind, number, headline, state, search_text, version, opened_at)
SELECT CASE n %% 3 WHEN 0 THEN 'CASE' WHEN 1 THEN 'INVOICE' ELSE 'FAULT' END, 'BANCO-' || lpad(n::text, 5, '0'),
    'expediente ' || n, 'abierto', '', 1, %(at)s
FROM generate_series(1, 5000) n
"""
_LINES = """
INSERT INTO procedure_journalentry (dossier_id, at, act, step, text, user_id, role, job, payload)
SELECT home.id, %(at)s - (%(lines)s - n) * interval '31.5 seconds', 'NOTE', '',
    CASE WHEN n %% 50000 = 7 THEN 'Se encontró una zanja abierta en el tramo' ELSE 'Registro de avance número ' || n END,
    %(first)s + n %% %(users)s, 'NOC', '', '{}'::jsonb
FROM generate_series(1, %(lines)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM procedure_dossier WHERE number LIKE 'BANCO-%%') home
    ON home.place = n %% 5000
"""


if __name__ == "__main__":
    main()
