"""Cases that belong to a month already reported and that no report of it could know: registered, or dated back, since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from mayorista.apps.indicators.models import Snapshot
from mayorista.rules.periods import Month


def in_no_report(*, before: Month) -> list[str]:
    """Return the cases of reported months before a month that not one report names; one read."""
    first = dt.date.fromordinal(before.first)
    months = Snapshot.objects.filter(month__lt=first).values_list("month", flat=True).distinct()
    return [number for number, _month in _asked(_OF_ANY, list(months))]


def after_the_report(months: Sequence[Month]) -> list[tuple[str, dt.date]]:
    """Return (case, month) of what the reports of these months do not name; a month without report gives none."""
    wanted = [dt.date.fromordinal(each.first) for each in months]
    reported = Snapshot.objects.filter(month__in=wanted).values_list("month", flat=True).distinct()
    return _asked(_OF_ITS_OWN, list(reported))


def _asked(narrow: tuple[str, str], months: list[dt.date]) -> list[tuple[str, dt.date]]:
    if not months:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LATE.format(of=narrow[0], which=narrow[1]), {"months": months})
        return list(cursor.fetchall())


_LATE = """
WITH named AS MATERIALIZED (
    SELECT report.month, each ->> 'number' AS number
    FROM indicators_snapshot report
    CROSS JOIN LATERAL jsonb_array_elements(
        (report.content -> 'cases') || (report.content -> 'carried') || coalesce(report.content -> 'late', '[]')
    ) each
    WHERE {of}
)
SELECT dossier.number, verdict.month
FROM indicators_caseverdict verdict
JOIN faults_case kase ON kase.id = verdict.case_id
JOIN procedure_dossier dossier ON dossier.id = kase.dossier_id
WHERE verdict.month = ANY(%(months)s)
    AND NOT EXISTS (SELECT FROM named WHERE named.number = dossier.number AND {which})
ORDER BY verdict.month, dossier.number
"""
_OF_ANY = ("true", "true")
_OF_ITS_OWN = ("report.month = ANY(%(months)s)", "named.month = verdict.month")
