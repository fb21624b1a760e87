"""Keep how long the tasks of each step took in the months that are over, for medians over a year."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from mayorista.apps.indicators.models import StepSpans
from mayorista.apps.indicators.queries import step_spans
from mayorista.rules import lapaz, periods
from mayorista.rules.periods import Month

MONTHS = 24


def keep_months(*, at: dt.datetime) -> int:
    """Keep each of the last months that is over and not kept, or was forgotten since; return how many. Safe to repeat."""
    month = periods.month_of(lapaz.local(at).date())
    wanted = []
    for _each in range(MONTHS):
        month = month.previous
        wanted.append(dt.date.fromordinal(month.first))
    known = set(StepSpans.objects.filter(month__in=wanted, step="").values_list("month", flat=True))
    return sum(_keep(periods.month_of(first)) for first in wanted if first not in known)


@transaction.atomic
def _keep(month: Month) -> bool:
    """Read a month and keep it. Its lock waits for whoever is about to change it; who comes later forgets it again."""
    first = dt.date.fromordinal(month.first)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indicators_lock_spans(%s)", [first])
    if StepSpans.objects.filter(month=first, step="").exists():
        return False
    rows = [StepSpans(month=first, step=step, spans=spans) for step, spans in step_spans.read([month])]
    StepSpans.objects.bulk_create([StepSpans(month=first, step="", spans=b""), *rows])
    return True
