"""A case's conversation and timeline on paper, whole (R-A4): what leaves the system is not cut to a screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mayorista.apps.faults.models import OutageInterval
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.overview.queries import case_facts, case_timeline
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import lapaz, thread

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.overview.queries.case_facts import Facts
    from mayorista.apps.overview.queries.case_timeline import Entry

WHOLE = 50_000


@dataclass(frozen=True, slots=True)
class Paper:
    """A document made on demand: its file name and the PDF."""

    name: str
    content: bytes


def conversation(*, number: str, by: str, at: dt.datetime) -> Paper:
    """The conversation and timeline of a case (or of a fault that hits several customers) as a PDF.

    `by` is who asks for it, printed on every page. Raises NotFound.
    """
    fault, case = case_facts.find(number)
    facts = _whole(case_facts.gather(fault=fault, case=case, at=at), at)
    dossier = case.dossier if case else fault.dossier
    names = procedure_queries.parameters(at=at)
    content = thread.ThreadContent(
        case_number=dossier.number,
        fault_number=fault.dossier.number if case else "",
        customer=f"{case.customer.name} ({case.customer.code})" if case else _customers(facts),
        services=tuple(outage.service.circuit_code for outage in facts.outages),
        state=dossier.state,
        opened_at=dossier.opened_at,
        closed_at=dossier.closed_at,
        exported_at=at,
        exported_by=by,
        lines=tuple(_line(entry) for day in case_timeline.days(facts) for entry in day.entries),
        procedure_code=names["procedure.code"],
        procedure_revision=names["procedure.revision"].removeprefix("Rev. "),
        procedure_title=names["procedure.title"],
    )
    sheet = thread.document(content, carrier=names["carrier.name"])
    return Paper(f"{dossier.number}-conversacion.pdf", adapter("documents").render("thread", sheet, at=at))


def _whole(facts: Facts, at: dt.datetime) -> Facts:
    lines = JournalEntry.objects.filter(dossier_id__in=facts.dossier_ids).select_related(
        "user", "on_behalf_of"
    )
    intervals = OutageInterval.objects.filter(outage__in=[outage.pk for outage in facts.outages])
    return replace(
        facts,
        journal=list(lines.order_by("at", "id")[:WHOLE]),
        thread=message_queries.thread(facts.dossier_ids, at=at, limit=WHOLE),
        intervals=list(
            intervals.select_related("occurrence__alarm__source").order_by("starts_at", "id")[:WHOLE]
        ),
    )


def _customers(facts: Facts) -> str:
    return ", ".join(f"{case.customer.name} ({case.customer.code})" for case in facts.cases)


def _line(entry: Entry) -> thread.ThreadLine:
    if entry.message is None:
        heading = f"{entry.title} ({entry.step})" if entry.step and entry.kind != "alarm" else entry.title
        return thread.ThreadLine(
            at=entry.at, side=thread.Side.ACT, heading=heading, who=entry.who, text=entry.text
        )
    bubble = entry.message
    heading = " · ".join(word for word in (bubble.channel_title, bubble.mark_title, bubble.cause) if word)
    reached = [f"{tick.title} {lapaz.moment(tick.at)}" for tick in bubble.ticks]
    return thread.ThreadLine(
        at=entry.at,
        side=thread.Side.IN if bubble.incoming else thread.Side.OUT,
        heading=heading,
        who=" → ".join(word for word in (bubble.who, ", ".join(bubble.to)) if word),
        text="\n".join(word for word in (bubble.subject, bubble.text) if word),
        state=" · ".join(word for word in (*reached[-1:], bubble.error) if word) or bubble.state_title,
        attachments=tuple(file.name for file in bubble.attachments),
    )
