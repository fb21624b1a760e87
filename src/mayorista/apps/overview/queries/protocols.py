"""The protocols of step A.2, in force and in all their versions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.models import JournalEntry, Protocol


@dataclass(frozen=True, slots=True)
class ProtocolView:
    """A version of a protocol."""

    code: str
    version: int
    title: str
    body: str
    questions: tuple[tuple[str, str], ...]
    codes: tuple[str, ...]
    valid_from: dt.datetime
    file_id: int | None
    file_name: str
    changed_by: str
    reason: str = ""
    in_force: bool = False


def _view(row: Protocol, reason: str = "", *, in_force: bool = True) -> ProtocolView:
    return ProtocolView(
        row.code,
        row.version,
        row.title,
        row.body,
        tuple((each["question"], each["kind"]) for each in row.checklist),
        tuple(each["code"] for each in row.checklist),
        row.valid_from,
        row.file_id,
        row.file.name if row.file else "",
        row.changed_by.full_name if row.changed_by else "",
        reason,
        in_force,
    )


def protocols(*, at: dt.datetime) -> tuple[ProtocolView, ...]:
    """Return the versions in force at `at`."""
    return tuple(_view(row) for row in procedure_queries.protocols_in_force(at=at))


def versions(*, code: str, at: dt.datetime) -> tuple[ProtocolView, ...]:
    """Return all versions of one protocol, newest first, each with why it was published; two reads."""
    rows = list(Protocol.objects.filter(code=code).select_related("changed_by", "file").order_by("-version"))
    told = JournalEntry.objects.filter(dossier__number="FIJO-PROTOCOLS", payload__code=code)
    reasons = {
        payload.get("version"): str(payload.get("reason", ""))
        for payload in told.values_list("payload", flat=True)
    }
    now = next((row.version for row in rows if row.valid_from <= at), None)
    return tuple(_view(row, reasons.get(row.version, ""), in_force=row.version == now) for row in rows)
