"""The protocols of step A.2, in force and in all their versions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.models import Protocol


@dataclass(frozen=True, slots=True)
class ProtocolView:
    """A version of a protocol."""

    code: str
    version: int
    title: str
    body: str
    questions: tuple[tuple[str, str], ...]
    valid_from: dt.datetime
    file_id: int | None
    changed_by: str


def _view(row: Protocol) -> ProtocolView:
    return ProtocolView(
        row.code,
        row.version,
        row.title,
        row.body,
        tuple((each["question"], each["kind"]) for each in row.checklist),
        row.valid_from,
        row.file_id,
        row.changed_by.full_name if row.changed_by else "",
    )


def protocols(*, at: dt.datetime) -> tuple[ProtocolView, ...]:
    """Return the versions in force at `at`."""
    return tuple(_view(row) for row in procedure_queries.protocols_in_force(at=at))


def versions(*, code: str) -> tuple[ProtocolView, ...]:
    """Return all versions of one protocol, newest first."""
    return tuple(
        _view(row)
        for row in Protocol.objects.filter(code=code).select_related("changed_by").order_by("-version")
    )
