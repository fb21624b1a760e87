"""Which cases left the written path in a month: where, by whom, with what reason."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from mayorista.apps.procedure.models import JournalEntry
from mayorista.rules import conformance, lapaz, periods
from mayorista.rules.conformance import Departure
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month

# What leaves the path before it began: these end a fault by a way of their own.
BY_ANOTHER_WAY = ("VOID", "CLOSED_SELF")


@dataclass(frozen=True, slots=True)
class Line:
    """One departure. `who` is "" where nobody acted: a step that was passed over."""

    departure: Departure
    number: str
    headline: str
    step: str
    at: dt.datetime
    who: str
    reason: str

    @property
    def title(self) -> str:
        """How the path was left, in words."""
        return _(conformance.TITLES[self.departure])


@dataclass(frozen=True, slots=True)
class ConformancePage:
    """A month: how many faults there were, how many left the path, and each departure."""

    month: Month
    next: Month | None
    faults: int
    departed: int
    counts: tuple[tuple[Departure, str, int], ...]
    wanted: str
    lines: tuple[Line, ...]

    @property
    def kept(self) -> int:
        """How many faults kept to the path."""
        return self.faults - self.departed


def month_page(*, month: Month, at: dt.datetime, kind: str = "") -> ConformancePage:
    """Return the departures of a month, newest first; a fixed number of reads.

    Those of faults by the month in which the fault was detected, acts by when they were done. Raises Invalid for a
    month that has not begun and for a kind that is none.
    """
    now = periods.month_of(lapaz.local(at).date())
    if month > now:
        raise Invalid(
            _("%(m)s todavía no empieza.") % {"m": month.words.capitalize()},
            field="month",
            remedy=_("Elija este mes o uno anterior."),
        )
    if kind and kind not in set(Departure):
        raise Invalid(
            _("«%(kind)s» no es una clase de desvío.") % {"kind": kind[:30]},
            field="clase",
            remedy=_("Elija una de la lista."),
        )
    faults, of_paths = _of_paths(month)
    lines = [*of_paths, *_of_acts(month), *_reclassified(month)]
    lines.sort(key=lambda line: (line.at, line.number, line.step), reverse=True)
    counted = Counter(line.departure for line in lines)
    touched = {line.number for line in lines}
    return ConformancePage(
        month,
        month.next if month < now else None,
        len(faults),
        sum(not touched.isdisjoint(numbers) for numbers in faults),
        tuple((each, _(conformance.TITLES[each]), counted[each]) for each in Departure if counted[each]),
        kind,
        tuple(line for line in lines if not kind or line.departure == kind),
    )


def _of_paths(month: Month) -> tuple[list[list[str]], list[Line]]:
    """The faults of a month, each as its own number and those of its cases, and what their paths say."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PATHS, {"since": month.starts_at, "until": month.ends_at, "others": list(BY_ANOTHER_WAY)}
        )
        rows = cursor.fetchall()
    lines = []
    for number, headline, attribution, closed_at, by_another_way, detected_at, steps, _cases in rows:
        ended = closed_at is not None and not by_another_way
        lines += [
            Line(found.departure, number, headline, found.step, closed_at or detected_at, "", "")
            for found in conformance.of_path(steps or (), attribution, ended=ended)
        ]
    return [[row[0], *(row[-1] or ())] for row in rows], lines


def _of_acts(month: Month) -> list[Line]:
    rows = (
        JournalEntry.objects.filter(
            at__gte=month.starts_at, at__lt=month.ends_at, act__in=list(conformance.OF_ACT)
        )
        .select_related("user", "dossier")
        .order_by("at", "id")
    )
    return [_line(conformance.OF_ACT[row.act], row) for row in rows if _departs(row)]


def _departs(row: JournalEntry) -> bool:
    """An approved month is a departure only when it went on without a decision."""
    return row.act != "APPROVE_MONTH" or bool(row.payload.get("deferred"))


def _line(departure: Departure, row: JournalEntry) -> Line:
    who = str(row.user) if row.user else row.job
    return Line(departure, row.dossier.number, row.dossier.headline, row.step, row.at, who, row.text)


def _reclassified(month: Month) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(_RECLASSIFIED, {"since": month.starts_at, "until": month.ends_at})
        rows = cursor.fetchall()
    return [
        Line(Departure.RECLASSIFIED, number, headline, "A.3", at, who, reason)
        for number, headline, at, who, reason in rows
    ]


# The steps of a fault and its cases, each by when it was first done.
_PATHS = """
SELECT home.number, home.headline, fault.attribution, fault.closed_at,
    EXISTS (SELECT FROM faults_case c WHERE c.fault_id = fault.id AND c.state = ANY(%(others)s)) OR fault.state = 'VOID',
    fault.detected_at,
    (SELECT array_agg(step ORDER BY first_at, step) FROM (
        SELECT entry.step, min(entry.at) AS first_at FROM procedure_journalentry entry
        WHERE entry.step <> '' AND (entry.dossier_id = fault.dossier_id OR entry.dossier_id IN (
            SELECT c.dossier_id FROM faults_case c WHERE c.fault_id = fault.id))
        GROUP BY entry.step) firsts),
    (SELECT array_agg(own.number) FROM faults_case c JOIN procedure_dossier own ON own.id = c.dossier_id
        WHERE c.fault_id = fault.id)
FROM faults_fault fault JOIN procedure_dossier home ON home.id = fault.dossier_id
WHERE fault.detected_at >= %(since)s AND fault.detected_at < %(until)s
ORDER BY fault.detected_at, fault.id
"""
_RECLASSIFIED = """
SELECT home.number, home.headline, each.decided_at, person.full_name, each.reason
FROM (
    SELECT fault_id, decided_at, author_id, reason, attribution,
        lag(attribution) OVER (PARTITION BY fault_id ORDER BY decided_at, id) AS before
    FROM faults_diagnosis
) each
JOIN faults_fault fault ON fault.id = each.fault_id
JOIN procedure_dossier home ON home.id = fault.dossier_id
JOIN procedure_user person ON person.id = each.author_id
WHERE each.before IS NOT NULL AND each.before <> each.attribution
    AND each.decided_at >= %(since)s AND each.decided_at < %(until)s
"""
