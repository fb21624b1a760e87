"""Sets of criteria as screens and papers tell them: who proposed, who approved, from when, and each limit in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.indicators.models import CriteriaVersion
from mayorista.rules import periods
from mayorista.rules.errors import NotFound
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class CriteriaRow:
    """A set as a list shows it."""

    id: int
    number: int
    title: str
    state: str
    state_name: str
    valid_from: Month | None
    reason: str
    drafted_by: str
    drafted_at: dt.datetime
    approved_by: str
    approved_at: dt.datetime | None
    version: int
    content: dict[str, Any]
    words: tuple[tuple[str, str], ...]


def criteria_list() -> list[CriteriaRow]:
    """Return all sets, newest first."""
    rows = CriteriaVersion.objects.select_related("drafted_by", "approved_by").order_by("-number")
    return [_criteria_row(row) for row in rows]


def criteria_row(criteria_id: int) -> CriteriaRow:
    """Return one set. Raises NotFound."""
    row = CriteriaVersion.objects.select_related("drafted_by", "approved_by").filter(pk=criteria_id).first()
    if row is None:
        raise NotFound(_("No existe ese conjunto de criterios."))
    return _criteria_row(row)


def _criteria_row(row: CriteriaVersion) -> CriteriaRow:
    return CriteriaRow(
        row.pk,
        row.number,
        row.title,
        row.state,
        row.get_state_display(),
        periods.month_of(row.valid_from) if row.valid_from else None,
        row.reason,
        str(row.drafted_by) if row.drafted_by else "",
        row.drafted_at,
        str(row.approved_by) if row.approved_by else "",
        row.approved_at,
        row.version,
        row.content,
        words_of(rules.read(row.content)),
    )


def words_of(criteria: rules.CriteriaSet) -> tuple[tuple[str, str], ...]:
    """Return a set in words: each criterion with its limit by severity, or that it does not count."""
    found = []
    for each in rules.Criterion:
        if each not in criteria.on:
            limit = _("no cuenta")
        elif each in criteria.minutes:
            limit = " · ".join(_minutes(criteria.minutes[each][severity]) for severity in rules.SEVERITIES)
        elif each is rules.Criterion.RESTORED:
            limit = _repair(criteria)
        elif each is rules.Criterion.LASTED:
            limit = f"{criteria.lasted_hours} h"
        else:
            limit = _("sí o no")
        found.append((rules.TITLES[each], limit))
    return (*found, (_("Umbral de aceptación"), f"{criteria.threshold.normalize():f} %".replace(".", ",")))


def _repair(criteria: rules.CriteriaSet) -> str:
    if not criteria.repair_minutes:
        return _("el tiempo del contrato")
    own = "; ".join(
        f"{CLASS_TITLES[key]}: " + " · ".join(_minutes(limits[severity]) for severity in rules.SEVERITIES)
        for key, limits in criteria.repair_minutes.items()
    )
    return (
        own
        if len(criteria.repair_minutes) == len(rules.CLASSES)
        else _("%(own)s; el resto, el contrato") % {"own": own}
    )


CLASS_TITLES = {"EXTERNAL": "externo", "INTERNAL": "interno", "CUSTOMER": "del cliente"}


def _minutes(minutes: int) -> str:
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
