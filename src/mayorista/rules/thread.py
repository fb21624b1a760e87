"""The conversation and timeline of a case as a document that can leave the system (R-A4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mayorista.rules import lapaz

if TYPE_CHECKING:
    from datetime import datetime


class Side(StrEnum):
    """Where a line comes from: the customer, the house, or an act or alarm."""

    IN = "IN"
    OUT = "OUT"
    ACT = "ACT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """One message, act, alarm or document. `heading` says what it is ("WhatsApp", "Diagnóstico")."""

    at: datetime
    side: Side
    heading: str
    who: str = ""
    text: str = ""
    state: str = ""
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadContent:
    """A case with its lines in any order; `exported_by` is the person who asks for the paper."""

    case_number: str
    customer: str
    services: tuple[str, ...]
    state: str
    opened_at: datetime
    exported_at: datetime
    exported_by: str
    lines: tuple[ThreadLine, ...]
    fault_number: str = ""
    closed_at: datetime | None = None
    procedure_code: str = "GC-PRC-OPE-CUM-02"
    procedure_revision: str = "0"
    procedure_title: str = "POST VENTA CLIENTE INTERNET MAYORISTA"


def document(content: ThreadContent, *, carrier: str) -> dict[str, Any]:
    """The data of template `thread` (JSON types only), lines by day of La Paz, oldest first."""
    ordered = sorted(content.lines, key=lambda line: line.at)
    return {
        "carrier": carrier,
        "procedure": {
            "title": content.procedure_title,
            "code": content.procedure_code,
            "revision": content.procedure_revision,
        },
        "number": content.case_number,
        "fault": content.fault_number,
        "customer": content.customer,
        "services": list(content.services),
        "state": content.state,
        "opened": lapaz.moment(content.opened_at),
        "closed": lapaz.moment(content.closed_at),
        "exported": lapaz.moment(content.exported_at),
        "exported_by": content.exported_by,
        "counts": {
            "in": sum(line.side is Side.IN for line in ordered),
            "out": sum(line.side is Side.OUT for line in ordered),
            "act": sum(line.side is Side.ACT for line in ordered),
        },
        "days": [
            {"day": lapaz.day(day), "lines": [_line(line) for line in lines]}
            for day, lines in groupby(ordered, key=lambda line: lapaz.local(line.at).date())
        ],
    }


def _line(line: ThreadLine) -> dict[str, Any]:
    return {
        "at": lapaz.clock(line.at),
        "side": line.side.value,
        "heading": line.heading,
        "who": line.who,
        "text": line.text,
        "state": line.state,
        "attachments": list(line.attachments),
    }
