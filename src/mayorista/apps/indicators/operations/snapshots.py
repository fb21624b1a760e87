"""A month as it was reported: counted once, kept with the set that was used and every case, never changed (R-K4)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from mayorista.apps.indicators.models import CaseVerdict, ContractControl, Snapshot
from mayorista.apps.indicators.operations import controls, judging
from mayorista.apps.indicators.operations.criteria import KIND
from mayorista.apps.indicators.queries import criteria as sets
from mayorista.apps.indicators.queries import late as late_queries
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live
from mayorista.rules import lapaz, periods
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.indicators.cases import Outcome
from mayorista.rules.indicators.fraction import Quotient
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Act

SETTLED = (Outcome.EFFICIENT, Outcome.NOT_EFFICIENT)


@transaction.atomic
def take(*, month: Month, actor: Actor, at: dt.datetime, reason: str = "") -> Snapshot:
    """Report a month that is over.

    Raises Invalid for one that is not or that was before the first day of use, Conflict when it was reported and no
    reason is given. Cases that were "en curso" in the report before and are settled now are counted here (G-07), and so
    are, named apart, those registered after their own month was reported: what was reported does not change.
    """
    require(actor, Act.TAKE_SNAPSHOT)
    if at < month.ends_at:
        raise Invalid(
            _("%(m)s todavía no terminó.") % {"m": month.words.capitalize()},
            field="month",
            remedy=_("Informe un mes terminado."),
        )
    begin = procedure.first_day_of_use(at=at)
    if begin is None or month < periods.month_of(begin):
        raise Invalid(
            _("%(m)s es anterior al primer día de uso del sistema.") % {"m": month.words.capitalize()},
            field="month",
            remedy=_("Informe un mes desde %(m)s.") % {"m": periods.month_of(begin or at.date()).words},
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('indicators.snapshot'))")
    first = dt.date.fromordinal(month.first)
    last = Snapshot.objects.filter(month=first).order_by("-sequence").first()
    if last is not None and not reason.strip():
        raise Conflict(
            _("%(m)s ya se informó.") % {"m": month.words.capitalize()},
            remedy=_("Para informarlo otra vez escriba el motivo; lo informado queda."),
        )
    judging.judge_due(at=at)
    controls.open_month(month=month, at=at)
    version = sets.in_force().of(month)
    content = _content(month, version)
    row = Snapshot.objects.create(
        month=first,
        sequence=last.sequence + 1 if last else 1,
        criteria_id=version.id,
        content=content,
        sha256=digest(content),
        reason=reason.strip()[:300],
        taken_at=at,
        taken_by_id=actor.user_id,
    )
    official, second = content["first"]["official"], content["second"]
    journal.record(
        dossier_id=dossiers.standing(kind=KIND).id,
        act=Act.TAKE_SNAPSHOT,
        text=_("Informado %(m)s: indicador 1 %(a)d de %(b)d, indicador 2 %(c)d de %(d)d. %(late)s%(reason)s")
        % {
            "m": month.words,
            "a": official[0],
            "b": official[1],
            "c": second[0],
            "d": second[1],
            "late": _("Registrados después del cierre de su mes: %(n)d. ") % {"n": len(content["late"])}
            if content["late"]
            else "",
            "reason": row.reason,
        },
        actor=actor,
        at=at,
        payload={"month": str(month), "sequence": row.sequence, "sha256": row.sha256},
    )
    live.bump("indicators")
    return row


def take_due(*, actor: Actor, at: dt.datetime) -> Snapshot | None:
    """Report last month on its day (parameter `indicators.snapshot_day`) unless it was; for a job, safe to repeat."""
    today = lapaz.local(at).date()
    month = periods.month_of(today).previous
    due = procedure.parameter("indicators.snapshot_day", at=at)
    begin = procedure.first_day_of_use(at=at)
    if begin is None or month < periods.month_of(begin):
        return None
    if today.day < due or Snapshot.objects.filter(month=dt.date.fromordinal(month.first)).exists():
        return None
    return take(month=month, actor=actor, at=at)


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the one canonical spelling of a snapshot's content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(month: Month, version: sets.Version) -> dict[str, Any]:
    """Everything the figure rests on, so that it can be read and checked when the rows have gone on."""
    first = dt.date.fromordinal(month.first)
    cases = _cases(CaseVerdict.objects.filter(month=first))
    waiting = _waiting(month)
    carried = _cases(CaseVerdict.objects.filter(case__dossier__number__in=waiting, outcome__in=SETTLED))
    late = _late(month)
    running = [each["number"] for each in late if each["outcome"] == Outcome.IN_PROGRESS]
    counted = [*cases, *carried, *late]
    controls = list(
        ContractControl.objects.filter(month=first)
        .order_by("contract__number")
        .values_list("contract__number", "state", "failed")
    )
    settled = [state for _number, state, _failed in controls if state != "OPEN"]
    return {
        "month": str(month),
        "criteria": {"number": version.number, "content": rules.written(version.criteria)},
        "first": {
            "official": _pair([each for each in counted if each["claimed"]]),
            "extended": _pair(counted),
            "in_progress": sum(each["claimed"] and each["outcome"] == Outcome.IN_PROGRESS for each in cases),
            "excluded": sum(each["outcome"] == Outcome.EXCLUDED for each in cases),
        },
        "second": [settled.count("ON_TIME"), len(settled)],
        "cases": cases,
        "carried": carried,
        "late": late,
        "waiting": sorted({*waiting, *running} - {each["number"] for each in carried}),
        "controls": [
            {"contract": number, "state": state, "failed": failed} for number, state, failed in controls
        ],
    }


def _cases(rows: Any) -> list[dict[str, Any]]:
    wanted = rows.order_by("case__dossier__number").values_list(
        "case__dossier__number", "claimed", "outcome", "failed"
    )
    return [
        {"number": number, "claimed": claimed, "outcome": outcome, "failed": failed}
        for number, claimed, outcome, failed in wanted
    ]


def _late(month: Month) -> list[dict[str, Any]]:
    """The cases of months reported before that no report names, each with its month."""
    rows = CaseVerdict.objects.filter(case__dossier__number__in=late_queries.in_no_report(before=month))
    months = dict(rows.values_list("case__dossier__number", "month"))
    return [each | {"month": f"{months[each['number']]:%Y-%m}"} for each in _cases(rows)]


def _pair(cases: list[dict[str, Any]]) -> list[int]:
    settled = [each for each in cases if each["outcome"] in SETTLED]
    made = Quotient(sum(each["outcome"] == Outcome.EFFICIENT for each in settled), len(settled))
    return [made.numerator, made.denominator]


def _waiting(month: Month) -> list[str]:
    """The cases that the last report of the month before left "en curso", of its month or carried to it."""
    before = (
        Snapshot.objects.filter(month=dt.date.fromordinal(month.previous.first)).order_by("-sequence").first()
    )
    if before is None:
        return []
    found: list[dict[str, Any]] = before.content["cases"]
    still: list[str] = before.content["waiting"]
    return still + [each["number"] for each in found if each["outcome"] == Outcome.IN_PROGRESS]
