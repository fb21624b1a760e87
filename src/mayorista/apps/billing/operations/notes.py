"""Credit and debit notes: what changes the debt of an issued invoice, which itself is never edited (R23)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import CreditProposal, Invoice, Note
from mayorista.apps.billing.operations.invoices import PDF, Paper, refuse_not_pdf
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, links, live, serials
from mayorista.rules import credits as credit_rules
from mayorista.rules import formats, money, periods
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.procedure.models import StoredFile

Kind = Note.Kind
SERIES = {Kind.CREDIT: "NC", Kind.DEBIT: "ND"}


@transaction.atomic
def issue(
    *,
    invoice_id: int,
    kind: str,
    total: Decimal,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    number_external: str = "",
    authorization: str = "",
    pdf: Paper | None = None,
    credit_id: int | None = None,
) -> Note:
    """Issue a note on an invoice; its number is taken here, without gaps. `credit_id` is an approved SLA credit it carries.

    The paper of a note on an invoice of our own series is made here; else `number_external`, `authorization` and `pdf`
    are those of the billing system in use, and the PDF may follow (`attaching`).

    Raises Invalid (amount, reason), Conflict when credit notes would exceed the invoice or the credit was applied
    already, NotFound, NotAllowed.
    """
    require(actor, Act.ISSUE_NOTE)
    wanted = Kind(kind)
    # Invoices are append-only for this role, so no row lock: the dossier is what is held.
    invoice = Invoice.objects.filter(pk=invoice_id).select_related("dossier").first()
    if invoice is None:
        raise Invalid(_("No existe esa factura."), field="invoice_id")
    dossiers.lock(dossier_id=invoice.dossier_id)
    if total <= 0 or money.scaled(total, 2, field="total") <= 0:
        raise Invalid(_("El importe debe ser mayor que cero."), field="total")
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se emite la nota."))
    if pdf is not None:
        if invoice.origin == Invoice.Origin.INTERNAL:
            raise Invalid(
                _("El PDF de una nota de la serie propia se hace aquí."),
                field="pdf",
                remedy=_("Emítala sin archivo."),
            )
        refuse_not_pdf(pdf)
    owed = invoice.total + sum_of(invoice_id, Kind.DEBIT) - sum_of(invoice_id, Kind.CREDIT)
    if wanted is Kind.CREDIT and total > owed:
        raise Conflict(
            _("La nota supera lo que queda de la factura (%(t)s).") % {"t": formats.number(owed)},
            field="total",
        )
    credit = _carry(credit_id, invoice, total, wanted) if credit_id is not None else None
    number = serials.next_number(series=SERIES[wanted], at=at)
    home = dossiers.open_dossier(
        kind="NOTE",
        number=number,
        headline=f"{wanted.label} sobre {invoice.number}: {reason.strip()}",
        state="emitida",
        customer_id=invoice.dossier.customer_id,
        at=at,
    )
    share = Decimal(0)
    if invoice.tax:
        share = money.amount(
            money.cents(invoice.tax) * money.cents(total) * 2 // money.cents(invoice.total) // 2
        )
    note = Note.objects.create(
        dossier=home,
        invoice=invoice,
        kind=wanted,
        total=total,
        tax=share,
        reason=reason.strip()[:300],
        number_external=number_external.strip()[:40],
        authorization=authorization.strip()[:120],
        pdf=_keep(home.pk, pdf, actor, at) if pdf is not None else None,
        issued_by_id=actor.person,
        issued_at=at,
    )
    links.link(source_id=invoice.dossier_id, target_id=home.pk, kind="NOTE")
    if credit is not None:
        links.link(source_id=credit.dossier_id, target_id=home.pk, kind="NOTE")
    text = _("%(kind)s %(n)s por %(t)s: %(why)s") % {
        "kind": wanted.label,
        "n": number,
        "t": formats.number(total),
        "why": reason.strip(),
    }
    for dossier_id in (home.pk, invoice.dossier_id):
        journal.record(dossier_id=dossier_id, act=Act.ISSUE_NOTE, text=text, actor=actor, at=at, step="B.5")
    live.bump("billing")
    return note


def _keep(dossier_id: int, pdf: Paper, actor: Actor, at: dt.datetime) -> StoredFile:
    return files.store(
        dossier_id=dossier_id,
        name=pdf.name,
        content=pdf.content,
        content_type=PDF,
        actor=actor,
        at=at,
        kind="NOTE",
    )


def note_by_id(note_id: int) -> Note:
    """Return a note with its invoice. Raises NotFound."""
    found = Note.objects.filter(pk=note_id).select_related("dossier", "invoice__packet").first()
    if found is None:
        raise NotFound(_("No existe esa nota."))
    return found


def sum_of(invoice_id: int, kind: Note.Kind) -> Decimal:
    """Return what the notes of a kind on an invoice come to."""
    found = Note.objects.filter(invoice_id=invoice_id, kind=kind).aggregate(sum=Sum("total"))["sum"]
    return found or Decimal(0)


def _carry(credit_id: int, invoice: Invoice, total: Decimal, kind: Note.Kind) -> CreditProposal:
    credit = CreditProposal.objects.select_for_update().filter(pk=credit_id).first()
    if credit is None or credit.state != CreditProposal.State.APPROVED:
        raise Conflict(_("Ese crédito no está aprobado."), field="credit_id")
    done = []
    if credit.carried_how:
        done = [
            credit_rules.Treatment.DISCOUNT
            if credit.carried_how == "DISCOUNT"
            else credit_rules.Treatment.NOTE
        ]
    credit_rules.treat_once(done, credit_rules.Treatment.NOTE)
    if kind is not Kind.CREDIT or total != credit.amount or credit.month != invoice.month:
        raise Invalid(
            _("El crédito es de %(m)s por %(t)s.")
            % {"m": periods.month_of(credit.month).words, "t": formats.number(credit.amount)},
            field="total",
        )
    credit.carried_how = "NOTE"
    credit.save(update_fields=["carried_how"])
    return credit
