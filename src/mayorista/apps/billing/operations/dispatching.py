"""B.5: an invoice, or a note on it, goes to the billing contacts by e-mail, with its papers, and can be taken back for ten seconds.

A message that fails or bounces leaves the invoice undelivered: it shows there, and a term that runs from delivery
does not begin (G-25, G-37).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import Dispatch, Invoice, Month, Note
from mayorista.apps.billing.operations import amounts, months, notes
from mayorista.apps.billing.operations.amounts import Refusal
from mayorista.apps.billing.queries import note_papers, papers
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging.drafts import MailDraft
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, live
from mayorista.rules.delivery import STATE_TITLES
from mayorista.rules.delivery import State as Delivery
from mayorista.rules.errors import Conflict, DomainError, Invalid, NotFound
from mayorista.rules.procedure import Act

State = Month.State
ROLE = "BILLING"


@transaction.atomic
def dispatch(*, invoice_id: int, actor: Actor, at: dt.datetime) -> Dispatch:
    """Send one invoice (again: after a bounce) to the billing contacts of its customer.

    Raises Invalid without contacts or papers, Conflict while a former mail is on its way, NotAllowed.
    """
    require(actor, Act.DISPATCH_INVOICE)
    invoice = (
        Invoice.objects.filter(pk=invoice_id).select_related("packet__month", "dossier", "group").first()
    )
    if invoice is None:
        raise NotFound(_("No existe esa factura."))
    if invoice.packet is not None:
        months.locked(invoice.packet.month_id)  # one dispatch of it at a time
    refuse_on_its_way(last_of(invoice))
    return _send([invoice], None, actor, at)[0]


@transaction.atomic
def dispatch_note(*, note_id: int, actor: Actor, at: dt.datetime) -> Dispatch:
    """Send one credit or debit note (again: after a bounce), as an invoice is sent.

    Raises Invalid without contacts or paper, Conflict while a former mail is on its way, NotFound, NotAllowed.
    """
    require(actor, Act.DISPATCH_INVOICE)
    note = notes.note_by_id(note_id)
    dossiers.lock(dossier_id=note.dossier_id)  # one dispatch of it at a time
    refuse_on_its_way(last_of(note))
    reach = customers.contacts_for_many({note.invoice.customer_id}, [ROLE])
    to = _recipients(reach.get(note.invoice.customer_id, []))
    note_papers.require_paper(note)
    attachments = [_note_paper(note, actor, at)]
    return _queue([_Parcel(note, to, note_papers.mail(note, at=at), attachments)], None, actor, at)[0]


def _note_paper(note: Note, actor: Actor, at: dt.datetime) -> int:
    """The id of what is attached: what came for it, or the paper made here (kept once)."""
    came = note_papers.came(note)
    if came is not None:
        return came
    kept = procedure.files_of([note.dossier_id]).filter(kind=note_papers.OWN_PDF).first()
    stored = kept or files.store(
        dossier_id=note.dossier_id,
        name=f"{note.dossier.number}.pdf",
        content=note_papers.pdf(note, at=at),
        content_type="application/pdf",
        actor=actor,
        at=at,
        kind=note_papers.OWN_PDF,
    )
    return stored.pk


def last_of(paper: Invoice | Note) -> Dispatch | None:
    """Return the last time that an invoice or note was sent."""
    return Dispatch.objects.filter(_of([paper])).select_related("message").order_by("-sequence").first()


def _of(papers: Sequence[Invoice | Note]) -> Q:
    return Q(invoice__in=[each.pk for each in papers if isinstance(each, Invoice)]) | Q(
        note__in=[each.pk for each in papers if isinstance(each, Note)]
    )


def refuse_on_its_way(last: Dispatch | None) -> None:
    """Raise Conflict for what left and did not come back."""
    if last is None or last.undone_at is not None:
        return
    if last.message.state not in {Delivery.FAILED, Delivery.CANCELLED}:
        raise Conflict(
            _("%(what)s ya se despachó (%(s)s).")
            % {
                "what": _("La nota") if last.note_id else _("La factura"),
                "s": STATE_TITLES[Delivery(last.message.state)],
            },
            remedy=_("Actualice la página."),
        )


@transaction.atomic
def dispatch_portion(
    *, month_ids: Iterable[int], run_id: int | None, actor: Actor, at: dt.datetime
) -> list[Refusal]:
    """Send the invoices of these months; return those refused (no contact, no paper)."""
    require(actor, Act.DISPATCH_INVOICE)
    rows = list(
        Month.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(id__in=list(month_ids), state=State.INVOICED)
        .order_by("id")
    )
    invoices = {
        each.packet.month_id: each
        for each in Invoice.objects.filter(packet__month__in=rows).select_related(
            "packet__month", "dossier", "group"
        )
        if each.packet is not None
    }
    refused, good = [], []
    reach = customers.contacts_for_many({each.customer_id for each in invoices.values()}, [ROLE])
    attached = papers.attached([each.dossier_id for each in invoices.values()])
    for row in rows:
        invoice = invoices[row.pk]
        try:
            _recipients(reach.get(invoice.customer_id, []))
            papers.require_paper(invoice, attached)
        except Invalid as error:
            refused.append(Refusal(row.pk, f"{error.message} {error.remedy}".strip(), error.field))
        else:
            good.append(invoice)
    if good:
        try:
            with transaction.atomic():
                _send(good, run_id, actor, at)
        except DomainError:
            refused += _one_by_one(good, run_id, actor, at)
    return refused


def _one_by_one(good: Sequence[Invoice], run_id: int | None, actor: Actor, at: dt.datetime) -> list[Refusal]:
    """One of many can not be sent: each on its own, so that the others go."""
    refused = []
    for invoice in good:
        assert invoice.packet is not None
        try:
            with transaction.atomic():
                _send([invoice], run_id, actor, at)
        except DomainError as error:
            text = f"{error.message} {error.remedy}".strip()
            refused.append(Refusal(invoice.packet.month_id, text[:500], error.field[:160]))
    return refused


def _recipients(cards: Sequence[customers.ContactCard]) -> list[str]:
    found = list(dict.fromkeys(card.email for card in cards if card.email))
    if not found:
        raise Invalid(
            _("El cliente no tiene contacto de facturación con correo."),
            field="to",
            remedy=_("Regístrelo en la página del cliente."),
        )
    return found


@dataclass(frozen=True, slots=True)
class _Parcel:
    """An invoice or note as it leaves: to whom, with which words and files."""

    paper: Invoice | Note
    to: Sequence[str]
    filled: Filled
    attachments: Sequence[int]


def _send(invoices: Sequence[Invoice], run_id: int | None, actor: Actor, at: dt.datetime) -> list[Dispatch]:
    reach = customers.contacts_for_many({each.customer_id for each in invoices}, [ROLE])
    facts = papers.Facts.read(invoices, at=at)
    parcels = []
    for invoice in invoices:
        filled = facts.mail(invoice)
        to = _recipients(reach.get(invoice.customer_id, []))
        parcels.append(_Parcel(invoice, to, filled, _papers(invoice, facts, actor, at)))
    made = _queue(parcels, run_id, actor, at)
    _mark(invoices, State.DISPATCHED, actor, at)
    return made


def _queue(parcels: Sequence[_Parcel], run_id: int | None, actor: Actor, at: dt.datetime) -> list[Dispatch]:
    hold = procedure.parameter("notice.undo_seconds", at=at)
    messages = messaging.queue_many(
        drafts=[
            MailDraft(
                dossier_id=each.paper.dossier_id,
                to=each.to,
                subject=each.filled.subject,
                body=each.filled.body,
                cause="B.5",
                attachments=each.attachments,
                hold_seconds=hold,
            )
            for each in parcels
        ],
        actor=actor,
        at=at,
    )
    former = Dispatch.objects.filter(_of([each.paper for each in parcels]))
    last: dict[tuple[int | None, int | None], int] = {
        (row["invoice_id"], row["note_id"]): row["last"]
        for row in former.values("invoice_id", "note_id").annotate(last=Max("sequence"))
    }
    made = []
    for each, message in zip(parcels, messages, strict=True):
        invoice = each.paper if isinstance(each.paper, Invoice) else None
        note = each.paper if isinstance(each.paper, Note) else None
        key = (invoice.pk if invoice else None, note.pk if note else None)
        made.append(
            Dispatch(
                invoice=invoice,
                note=note,
                message=message,
                run_id=run_id,
                sequence=last.get(key, 0) + 1,
                sent_by_id=actor.user_id,
                sent_at=at,
                leaves_at=at + dt.timedelta(seconds=hold),
            )
        )
    return Dispatch.objects.bulk_create(made)


def _papers(invoice: Invoice, facts: papers.Facts, actor: Actor, at: dt.datetime) -> list[int]:
    """The ids of what is attached: the papers that came with it, or the one made here (kept once)."""
    came = facts.attached.get(invoice.dossier_id, invoice.pdf_id)
    if came is not None:
        return [each for each in (came, invoice.xml_id) if each is not None]
    known = facts.stored.get(invoice.dossier_id)
    if known is not None:
        return [known]
    return [
        files.store(
            dossier_id=invoice.dossier_id,
            name=f"{invoice.number}.pdf",
            content=facts.pdf(invoice),
            content_type="application/pdf",
            actor=actor,
            at=at,
            kind=papers.OWN_PDF,
        ).pk
    ]


def _mark(invoices: Sequence[Invoice], state: Month.State, actor: Actor, at: dt.datetime) -> None:
    rows = [each.packet.month for each in invoices if each.packet is not None]
    for row in rows:
        row.state = state
    Month.objects.filter(id__in=[row.pk for row in rows]).update(state=state)
    months.tell_states(rows)
    for month in {row.month for row in rows}:
        amounts.settle(month=month, actor=actor, at=at)


@transaction.atomic
def undo(*, actor: Actor, at: dt.datetime, run_id: int | None = None, dispatch_id: int | None = None) -> int:
    """Take back the mails of a run, or one, that have not left; return how many. Raises Conflict when all have."""
    require(actor, Act.DISPATCH_INVOICE)
    rows = Dispatch.objects.select_for_update(of=("self",)).filter(undone_at=None)
    rows = rows.filter(run_id=run_id) if run_id is not None else rows.filter(pk=dispatch_id or 0)
    undone = []
    for row in rows.select_related("invoice__packet__month", "invoice__dossier", "note").order_by("id"):
        try:
            with transaction.atomic():
                messaging.cancel_held(message_id=row.message_id, actor=actor, at=at)
        except Conflict:
            continue
        row.undone_at = at
        undone.append(row)
    if not undone:
        raise Conflict(_("Los correos ya salieron: no se pueden deshacer."))
    Dispatch.objects.bulk_update(undone, ["undone_at"])
    _mark([row.invoice for row in undone if row.invoice is not None], State.INVOICED, actor, at)
    journal.record_many(
        lines=[
            journal.Line(paper.dossier_id, Act.DISPATCH_INVOICE, _("Despacho deshecho: no salió."), "B.5")
            for row in undone
            if (paper := row.invoice or row.note) is not None
        ],
        actor=actor,
        at=at,
    )
    live.bump("billing")
    return len(undone)


@transaction.atomic
def settle_deliveries() -> int:
    """Write down when the mail of each dispatch was taken by the other side; a failed one is taken back (a periodic act)."""
    _follow_resent()
    rows = list(
        Dispatch.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(delivered_at=None, undone_at=None)
        .exclude(message__accepted_at=None)
        .exclude(message__state=Delivery.FAILED)
        .select_related("message")
        .order_by("id")[:2000]
    )
    bounced = list(
        Dispatch.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(delivered_at__isnull=False, message__state=Delivery.FAILED)
        .select_related("message")
    )
    for row in rows:
        row.delivered_at = row.message.accepted_at
    for row in bounced:
        row.delivered_at = None
    Dispatch.objects.bulk_update([*rows, *bounced], ["delivered_at"], batch_size=500)
    return len(rows) + len(bounced)


def _follow_resent() -> None:
    """A mail that came back and that a person sent again among the messages is this dispatch from then on."""
    failed = list(
        Dispatch.objects.select_for_update(of=("self",), skip_locked=True).filter(
            undone_at=None, message__state=Delivery.FAILED
        )
    )
    again = message_queries.resent_as([row.message_id for row in failed])
    moved = [row for row in failed if row.message_id in again]
    for row in moved:
        row.message_id, row.delivered_at = again[row.message_id], None
    Dispatch.objects.bulk_update(moved, ["message", "delivered_at"], batch_size=500)
