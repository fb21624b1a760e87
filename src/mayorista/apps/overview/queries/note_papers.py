"""A credit or debit note on screen: what it says, its PDF, the mail that takes it to its customer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from mayorista.apps.billing.models import Dispatch, Note
from mayorista.apps.billing.operations import notes
from mayorista.apps.billing.queries import note_papers, papers
from mayorista.apps.customers import queries as customers
from mayorista.apps.overview.queries.dispatches import DispatchRow, at_rest, dispatch_row
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.models import JournalEntry, StoredFile
from mayorista.rules import money


@dataclass(frozen=True, slots=True)
class NotePage:
    """A note. `subject` and `body` are the mail as it would leave now, `to` whom it reaches."""

    id: int
    number: str
    kind: str
    number_external: str
    authorization: str
    invoice_id: int
    invoice: str
    customer: str
    customer_code: str
    sign: str
    total: Decimal
    reason: str
    issued_at: dt.datetime
    own: bool
    papers: tuple[StoredFile, ...]
    to: tuple[str, ...]
    subject: str
    body: str
    dispatches: tuple[DispatchRow, ...]
    journal: tuple[JournalEntry, ...]

    @property
    def at_rest(self) -> bool:
        """Whether no mail of it is on its way or arrived."""
        return at_rest(self.dispatches)

    @property
    def lacks_paper(self) -> bool:
        """Whether its PDF was never handed over."""
        return not self.own and not self.papers

    @property
    def dispatchable(self) -> bool:
        """Whether a mail may leave now."""
        return self.at_rest and not self.lacks_paper and bool(self.to)


def note_page(*, note_id: int, at: dt.datetime) -> NotePage:
    """Return a note with its mail as it would leave now. Raises NotFound."""
    row = notes.note_by_id(note_id)
    card = customers.customer(customer_id=row.invoice.customer_id)
    reach = customers.contacts_for_many({card.id}, ["BILLING"])
    filled = note_papers.mail(row, at=at)
    sent = Dispatch.objects.filter(note=row).select_related("message").order_by("-sequence")
    return NotePage(
        id=row.pk,
        number=row.dossier.number,
        kind=str(Note.Kind(row.kind).label).capitalize(),
        number_external=row.number_external,
        authorization=row.authorization,
        invoice_id=row.invoice_id,
        invoice=row.invoice.number,
        customer=card.name,
        customer_code=card.code,
        sign=money.currency_sign(row.invoice.currency),
        total=row.total,
        reason=row.reason,
        issued_at=row.issued_at,
        own=note_papers.is_own(row),
        papers=tuple(papers.versions(row.dossier_id, row.pdf_id)),
        to=tuple(dict.fromkeys(each.email for each in reach.get(card.id, []) if each.email)),
        subject=filled.subject,
        body=filled.body,
        dispatches=tuple(dispatch_row(each) for each in sent),
        journal=tuple(procedure.journal_of([row.dossier_id]).order_by("-at", "-id")[:40]),
    )


def note_pdf(*, note_id: int, at: dt.datetime) -> tuple[str, bytes] | None:
    """Return the name and PDF of a note whose paper is made here; None for another. Raises NotFound."""
    row = notes.note_by_id(note_id)
    return (f"{row.dossier.number}.pdf", note_papers.pdf(row, at=at)) if note_papers.is_own(row) else None
