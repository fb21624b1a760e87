"""What can be asked of imports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.onboarding import columns, template
from mayorista.apps.onboarding.models import ImportRun, ImportState
from mayorista.apps.onboarding.operations.importing import Counts, count
from mayorista.apps.onboarding.values import Problem
from mayorista.apps.procedure.operations import files
from mayorista.rules.errors import NotFound

STATUS_TITLES = {"NEW": "nuevo", "CHANGED": "cambia", "SAME": "sin cambios", "BAD": "por corregir"}


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a preview as shown."""

    sheet: str
    label: str
    status: str
    status_title: str
    rows: int
    changes: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class ImportPage:
    """An import run with everything its page shows."""

    id: int
    file_name: str
    state: str
    state_title: str
    uploaded_by: str
    uploaded_at: dt.datetime
    applied_by: str
    applied_at: dt.datetime | None
    plan_hash: str
    counts: Counts
    customers: Counts
    entries: tuple[EntryRow, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    ignored: tuple[str, ...]
    file_id: int
    correction_file_id: int | None

    @property
    def waiting(self) -> bool:
        """Whether it waits for a person's yes or no."""
        return self.state == ImportState.PREVIEWED


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of the list of imports."""

    id: int
    file_name: str
    state: str
    state_title: str
    uploaded_by: str
    uploaded_at: dt.datetime
    counts: Counts


def import_page(*, run_id: int, with_sales: bool = False) -> ImportPage:
    """Return one import run, or one that Ventas has not handed over yet. Raises NotFound."""
    runs = ImportRun.objects.select_related("uploaded_by", "applied_by")
    run = runs.filter(pk=run_id, with_sales=with_sales).first()
    if run is None:
        raise NotFound(_("No existe esa importación."))
    found = tuple(Problem(**each) for each in run.problems)
    return ImportPage(
        id=run.pk,
        file_name=run.file_name,
        state=run.state,
        state_title=ImportState(run.state).label,
        uploaded_by=str(run.uploaded_by or _("terminal")),
        uploaded_at=run.uploaded_at,
        applied_by=str(run.applied_by or _("terminal")) if run.applied_at else "",
        applied_at=run.applied_at,
        plan_hash=run.plan_hash,
        counts=count(run.plan),
        customers=count(run.plan, sheet=columns.CUSTOMERS.title),
        entries=tuple(_entry(entry) for entry in run.plan),
        problems=tuple(each for each in found if not each.warning),
        warnings=tuple(each for each in found if each.warning),
        ignored=tuple(run.outcome.get("ignored", ())),
        file_id=run.file_id,
        correction_file_id=run.correction_file_id,
    )


def import_list(*, limit: int = 50) -> list[ImportRow]:
    """Return the newest import runs."""
    rows = (
        ImportRun.objects.filter(with_sales=False)
        .select_related("uploaded_by")
        .defer("problems")
        .order_by("-uploaded_at", "-pk")[:limit]
    )
    return [
        ImportRow(
            run.pk,
            run.file_name,
            run.state,
            ImportState(run.state).label,
            str(run.uploaded_by or _("terminal")),
            run.uploaded_at,
            count(run.plan),
        )
        for run in rows
    ]


def template_workbook() -> tuple[str, bytes]:
    """Return the name and content of the workbook to fill."""
    return template.FILE_NAME, template.workbook()


def hand_over_template() -> tuple[str, bytes]:
    """Return the name and content of the workbook with which Ventas hands contracts over."""
    return template.HAND_OVER_NAME, template.workbook(columns.HANDED)


def correction_workbook(*, run_id: int) -> bytes:
    """Return the workbook of what could not load. Raises NotFound when all could."""
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None or run.correction_file_id is None:
        raise NotFound(_("Esa importación no tiene libro por corregir."))
    return files.read(file_id=run.correction_file_id)[1]


def documented_sheets() -> tuple[columns.Sheet, ...]:
    """Return the sheets and columns of the template, for the help page and docs."""
    return columns.SHOWN


def handed_sheets() -> tuple[columns.Sheet, ...]:
    """Return the sheets with which Ventas hands contracts over."""
    return columns.HANDED


def _entry(entry: dict[str, Any]) -> EntryRow:
    return EntryRow(
        sheet=entry["sheet"],
        label=entry["label"],
        status=entry["status"],
        status_title=STATUS_TITLES[entry["status"]],
        rows=len(entry["rows"]),
        changes=tuple((sheet, number, text) for sheet, number, text in entry["changes"]),
    )
