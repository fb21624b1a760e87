"""The regulator's sheet of a month: each long interruption, what it asks, until when, and what was done (G-38)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Case, Outage, RegulatorAnswer
from mayorista.apps.faults.operations import regulator as duties
from mayorista.apps.monitoring.models import MaintenanceWindow
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.queries import papers
from mayorista.rules import lapaz, periods, regulator
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month
from mayorista.rules.regulator import Duty, Interruption, Standing
from mayorista.rules.workdays import Calendar

COLOURS = {
    Standing.MET: ("green", "circle-check"),
    Standing.LATE: ("red", "circle-x"),
    Standing.RUNNING: ("amber", "clock"),
    Standing.OVERDUE: ("red", "alert-triangle"),
    Standing.NOT_REQUIRED: ("", "minus"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One duty of one interruption. `fault_id` 0 for a planned one, which nobody answers here."""

    number: str
    what: str
    customers: int
    circuits: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    minutes: int
    planned: bool
    duty: Duty
    due_at: dt.datetime | None
    done_at: dt.datetime | None
    evidence: str
    standing: Standing
    fault_id: int = 0

    @property
    def duty_title(self) -> str:
        """What is asked."""
        return _(regulator.DUTY_TITLES[self.duty])

    @property
    def standing_title(self) -> str:
        """Where it stands, in words."""
        return _(regulator.STANDING_TITLES[self.standing])

    @property
    def colour(self) -> str:
        """The tag's colour."""
        return COLOURS[self.standing][0]

    @property
    def icon(self) -> str:
        """The tag's icon."""
        return COLOURS[self.standing][1]


@dataclass(frozen=True, slots=True)
class RegulatorPage:
    """A month's sheet. `active` says whether the duties open tasks."""

    month: Month
    next: Month | None
    active: bool
    limits: regulator.Limits
    lines: tuple[Line, ...]

    @property
    def overdue(self) -> int:
        """How many wait past their limit."""
        return sum(line.standing is Standing.OVERDUE for line in self.lines)


def month_page(*, month: Month, at: dt.datetime) -> RegulatorPage:
    """Return the sheet of a month; a fixed number of reads. Raises Invalid for a month that has not begun."""
    now = periods.month_of(lapaz.local(at).date())
    if month > now:
        raise Invalid(
            _("%(m)s todavía no empieza.") % {"m": month.words.capitalize()},
            field="month",
            remedy=_("Elija este mes o uno anterior."),
        )
    limits, works = duties.limits(at=at), procedure.calendar(at=at)
    lines = [*_of_faults(month, limits, works, at), *_of_windows(month, limits, works, at)]
    return RegulatorPage(
        month,
        month.next if month < now else None,
        bool(procedure.parameter("att.active", at=at)),
        limits,
        tuple(sorted(lines, key=lambda line: (line.starts_at, line.number, line.duty))),
    )


def _of_faults(month: Month, limits: regulator.Limits, works: Calendar, at: dt.datetime) -> list[Line]:
    found = [
        (fault, timers)
        for fault in duties.counted(since=month.starts_at, until=month.ends_at)
        if (timers := regulator.timers(duties.interruption(fault), limits, at=at, works=works))
    ]
    ids = [fault.pk for fault, _timers in found]
    answers = {
        (row.fault_id, row.duty): row
        for row in RegulatorAnswer.objects.filter(fault_id__in=ids).order_by("id")
    }
    customers = Counter(Case.objects.filter(fault_id__in=ids).values_list("fault_id", flat=True))
    circuits = dict(
        Outage.objects.filter(case__fault_id__in=ids)
        .values_list("case__fault_id")
        .annotate(Count("service_id", distinct=True))
        .order_by()
    )
    lines = []
    for fault, timers in found:
        what = duties.interruption(fault)
        for timer in timers:
            answer = answers.get((fault.pk, timer.duty.value))
            done = answer.done_at if answer else None
            lines.append(
                Line(
                    number=fault.dossier.number,
                    what=fault.dossier.headline,
                    customers=customers[fault.pk],
                    circuits=circuits.get(fault.pk, 0),
                    starts_at=what.starts_at,
                    ends_at=what.ends_at,
                    minutes=what.seconds(at) // 60,
                    planned=False,
                    duty=timer.duty,
                    due_at=timer.due_at,
                    done_at=done,
                    evidence=" ".join(filter(None, (answer.reference, answer.note))) if answer else "",
                    standing=timer.standing(
                        at=at, done_at=done, not_required=answer is not None and not answer.required
                    ),
                    fault_id=fault.pk,
                )
            )
    return lines


def _of_windows(month: Month, limits: regulator.Limits, works: Calendar, at: dt.datetime) -> list[Line]:
    rows = (
        MaintenanceWindow.objects.filter(
            starts_at__gte=month.starts_at, starts_at__lt=month.ends_at, cancelled_at=None
        )
        .select_related("dossier")
        .order_by("starts_at", "id")
    )
    lines = []
    for row in rows:
        told = row.announced_at if row.tell_customers else None
        what = Interruption(row.starts_at, row.ends_at, planned=True, announced_at=told)
        lines += [
            Line(
                number=row.dossier.number,
                what=row.title,
                customers=0,
                circuits=0,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                minutes=what.seconds(at) // 60,
                planned=True,
                duty=timer.duty,
                due_at=timer.due_at,
                done_at=told,
                evidence=_("aviso a los clientes") if told else "",
                standing=timer.standing(at=at, done_at=told),
            )
            for timer in regulator.timers(what, limits, at=at, works=works)
        ]
    return lines


def sheet_pdf(page: RegulatorPage, *, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of a month's sheet."""
    limits = page.limits
    data = {
        **papers.house(at=at),
        "month": page.month.words,
        "limits": _(
            "Interrupciones de más de %(m)d minutos continuos. Reporte en %(d)d días hábiles; deber adicional sobre "
            "%(h)d horas; aviso previo de %(n)d días a las programadas."
        )
        % {
            "m": limits.report_minutes,
            "d": limits.report_days,
            "h": limits.further_hours,
            "n": limits.notice_days,
        },
        "lines": [
            {
                "number": line.number,
                "what": line.what,
                "hit": _("clientes: %(c)d · circuitos: %(s)d") % {"c": line.customers, "s": line.circuits}
                if line.customers
                else _("programada"),
                "from": lapaz.moment(line.starts_at),
                "to": lapaz.moment(line.ends_at) if line.ends_at else _("sigue"),
                "minutes": f"{line.minutes}",
                "duty": line.duty_title,
                "due": lapaz.moment(line.due_at) if line.due_at else "—",
                "done": lapaz.moment(line.done_at) if line.done_at else "—",
                "evidence": line.evidence,
                "standing": line.standing_title,
                "bad": line.standing in {Standing.LATE, Standing.OVERDUE},
            }
            for line in page.lines
        ],
    }
    content: bytes = adapter("documents").render("regulator", data, at=at)
    return f"att-{page.month}.pdf", content
