"""The PDF of an invoice or note that was entered without it, or with the wrong one: a version of its own until it is dispatched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import AttachedPaper, Invoice
from mayorista.apps.billing.operations import dispatching, invoices, months, notes
from mayorista.apps.billing.queries import note_papers, papers
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, live
from mayorista.rules.errors import Conflict
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt


@transaction.atomic
def attach_to_invoice(
    *, invoice_id: int, paper: invoices.Paper, actor: Actor, at: dt.datetime
) -> AttachedPaper:
    """Keep the PDF of an invoice of the billing system in use; the newest is what its mail takes.

    Raises Invalid for what is no PDF, Conflict once a mail took the former or where the paper is made here, NotFound.
    """
    require(actor, Act.ISSUE_INVOICE)
    invoice = invoices.invoice_by_id(invoice_id)
    if invoice.origin == Invoice.Origin.INTERNAL:
        raise Conflict(_("El PDF de una factura de la serie propia se hace aquí."))
    if invoice.packet is not None:
        months.locked(invoice.packet.month_id)  # no dispatch of it meanwhile
    dispatching.refuse_on_its_way(dispatching.last_of(invoice))
    return _attach(invoice.dossier_id, invoice.pdf_id, paper, Act.ISSUE_INVOICE, "INVOICE", actor, at)


@transaction.atomic
def attach_to_note(*, note_id: int, paper: invoices.Paper, actor: Actor, at: dt.datetime) -> AttachedPaper:
    """Keep the PDF of a note of the billing system in use; raises as `attach_to_invoice` does."""
    require(actor, Act.ISSUE_NOTE)
    note = notes.note_by_id(note_id)
    if note_papers.is_own(note):
        raise Conflict(_("El PDF de una nota de la serie propia se hace aquí."))
    dossiers.lock(dossier_id=note.dossier_id)  # no dispatch of it meanwhile
    dispatching.refuse_on_its_way(dispatching.last_of(note))
    return _attach(note.dossier_id, note.pdf_id, paper, Act.ISSUE_NOTE, "NOTE", actor, at)


def _attach(
    dossier_id: int,
    first_id: int | None,
    paper: invoices.Paper,
    act: Act,
    kind: str,
    actor: Actor,
    at: dt.datetime,
) -> AttachedPaper:
    """`first_id` is the file that came when it was entered: version 1 where there is one."""
    invoices.refuse_not_pdf(paper)
    dossiers.lock(dossier_id=dossier_id)
    last = AttachedPaper.objects.filter(dossier_id=dossier_id).order_by("-sequence").first()
    sequence = (last.sequence if last else int(first_id is not None)) + 1
    stored = files.store(
        dossier_id=dossier_id,
        name=paper.name,
        content=paper.content,
        content_type=invoices.PDF,
        actor=actor,
        at=at,
        kind=kind,
    )
    made = AttachedPaper.objects.create(
        dossier_id=dossier_id, sequence=sequence, file=stored, attached_by_id=actor.person, attached_at=at
    )
    text = _("PDF adjuntado, versión %(v)s: «%(n)s», SHA-256 %(h)s.") % {
        "v": sequence,
        "n": stored.name,
        "h": stored.sha256,
    }
    former = papers.versions(dossier_id, first_id)[sequence - 2] if sequence > 1 else None
    if former is not None:
        text += " " + _("Reemplaza a «%(n)s», que se conserva.") % {"n": former.name}
    journal.record(
        dossier_id=dossier_id,
        act=act,
        text=text,
        actor=actor,
        at=at,
        step="B.5",
        payload={"file": stored.pk, "sha256": stored.sha256},
    )
    live.bump("billing")
    return made
