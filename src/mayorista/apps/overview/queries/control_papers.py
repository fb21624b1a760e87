"""A contract control on paper, to be filed with the contract."""

from __future__ import annotations

import datetime as dt

from mayorista.apps.overview.queries.controls import ControlLine
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.queries import papers
from mayorista.rules import lapaz

TEMPLATE = "control"


def control_pdf(page: ControlLine, *, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of one control as it stands."""
    data = {
        **papers.house(at=at),
        "contract": page.contract,
        "customer": page.customer,
        "month": page.month.words,
        "state": page.state_name,
        "good": page.state == "ON_TIME",
        "checked": lapaz.moment(page.checked_at),
        "items": [
            {
                "number": str(cell.number),
                "title": cell.title + ("" if cell.mandatory else " (no obligatorio)"),
                "state": cell.state_name,
                "bad": cell.state in {"LATE", "MISSED"},
                "facts": [
                    {
                        "due": lapaz.moment(fact.due_at),
                        "done": lapaz.moment(fact.done_at) or "—",
                        "evidence": fact.evidence,
                        "number": fact.number,
                    }
                    for fact in cell.facts
                ],
            }
            for cell in page.items
        ],
    }
    content: bytes = adapter("documents").render(TEMPLATE, data, at=at)
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in page.contract)
    return f"control-{page.month}-{safe}.pdf", content
