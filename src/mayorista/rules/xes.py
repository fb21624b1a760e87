"""The journal as an event log for process mining: XES 1.0 (IEEE 1849), one trace per dossier.

Written piece by piece, so a log of any length needs the memory of one event. Extensions declared are
those of the standard: Concept, Time, Organizational, Lifecycle. What XML 1.0 cannot hold is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from mayorista.rules import lapaz

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EXTENSIONS = (
    ("Concept", "concept"),
    ("Time", "time"),
    ("Organizational", "org"),
    ("Lifecycle", "lifecycle"),
)
# Which acts move a work item through the standard life cycle; all others complete something.
TRANSITIONS = {
    "CLAIM_ITEM": "assign",
    "RELEASE_ITEM": "reassign",
    "SNOOZE_ITEM": "suspend",
    "WAKE_ITEM": "resume",
    "OPEN_CASE": "start",
    "REOPEN": "resume",
    "VOID_CASE": "ate_abort",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One act of the journal. `trace` is the dossier's number; `step` may be empty."""

    trace: str
    kind: str
    customer: str
    step: str
    act: str
    who: str
    role: str
    at: dt.datetime
    text: str


def transition(act: str) -> str:
    """Return the life cycle's transition that an act makes."""
    return TRANSITIONS.get(act, "complete")


def written(events: Iterable[Event], *, name: str) -> Iterator[str]:
    """Yield an XES document. The events of a trace stand together, in the order of time."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<log xes.version="1.0" xes.features="" xmlns="http://www.xes-standard.org/">\n'
    for title, prefix in EXTENSIONS:
        yield f'<extension name="{title}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>\n'
    yield '<global scope="trace"><string key="concept:name" value="-"/></global>\n'
    yield (
        '<global scope="event"><string key="concept:name" value="-"/>'
        '<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>'
        '<string key="lifecycle:transition" value="complete"/></global>\n'
    )
    yield '<classifier name="Paso" keys="concept:name"/>\n'
    yield '<classifier name="Paso y transicion" keys="concept:name lifecycle:transition"/>\n'
    yield _text("concept:name", name) + _text("lifecycle:model", "standard") + "\n"
    trace: str | None = None
    for event in events:
        if event.trace != trace:
            if trace is not None:
                yield "</trace>\n"
            trace = event.trace
            yield f"<trace>{_text('concept:name', trace)}{_text('kind', event.kind)}{_text('customer', event.customer)}\n"
        yield _event(event)
    if trace is not None:
        yield "</trace>\n"
    yield "</log>\n"


def _event(event: Event) -> str:
    return (
        f"<event>{_text('concept:name', event.step or event.act)}"
        f"{_text('lifecycle:transition', transition(event.act))}"
        f'<date key="time:timestamp" value="{lapaz.utc(event.at)}"/>'
        f"{_text('org:resource', event.who)}{_text('org:role', event.role)}"
        f"{_text('act', event.act)}{_text('text', event.text)}</event>\n"
    )


def _text(key: str, value: str) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(NOT_XML.sub('', value))}/>" if value else ""
