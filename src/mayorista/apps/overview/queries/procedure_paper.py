"""The written procedure in its official layout: header, sections, flow charts, steps, indicators, revision register."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.procedure import diagrams, written
from mayorista.apps.procedure.models import ProcedureRevision
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.queries import papers
from mayorista.rules import lapaz, process_map
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import ROLE_TITLES, STEPS, Role

TEMPLATE = "procedure"


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A line of the revision register (R-01)."""

    revision: int
    status: str
    date: str
    prepared_by: str
    approved_by: str
    in_force: bool


def register(*, at: dt.datetime) -> tuple[RevisionRow, ...]:
    """Return all revisions, newest first; one is in force: the newest whose date has come."""
    rows = list(ProcedureRevision.objects.order_by("-revision"))
    today = lapaz.local(at).date()
    current = next((row.pk for row in rows if row.valid_from <= today), None)
    return tuple(
        RevisionRow(
            row.revision, row.status, row.date_text, row.prepared_by, row.approved_by, row.pk == current
        )
        for row in rows
    )


def procedure_pdf(*, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of the revision in force. Raises NotFound where none is."""
    rows = register(at=at)
    current = next((row for row in rows if row.in_force), None)
    if current is None:
        raise NotFound(_("Ninguna revisión del procedimiento está en vigencia."))
    house = papers.house(at=at)
    house["procedure"] = house["procedure"] | {"revision": str(current.revision), "date": current.date}
    drawing, text = diagrams.drawing(), written.text(current.revision)
    data: dict[str, Any] = {
        **house,
        "written": text,
        "charts": {
            pool.name[0]: process_map.svg(process_map.stage(drawing, pool.id), printed=True)
            for pool in drawing.bands
            if pool.pool
        },
        "steps": _steps(text),
        "register": [
            [
                str(row.revision),
                row.status,
                row.date,
                row.prepared_by or "—",
                row.approved_by or "—",
                _("en vigencia") if row.in_force else "",
            ]
            for row in rows
        ],
    }
    content: bytes = adapter("documents").render(TEMPLATE, data, at=at)
    return f"{house['procedure']['code']}-rev-{current.revision}.pdf", content


def _steps(text: dict[str, Any]) -> list[list[str]]:
    """Each step with what the program asks of it and whom the text names for it."""
    responsible = {
        f"{stage['code']}.{step['number']}": ROLE_TITLES[Role(group["role"])]
        for stage in text["stages"]
        for group in stage["groups"]
        for step in group["steps"]
    }
    return [
        [
            step.code,
            step.title,
            step.imperative,
            responsible[step.code],
            ", ".join(step.follows) or _("concluye"),
        ]
        for step in STEPS.values()
    ]
