"""B.8: accounting is told with the receipt attached, and says whether the money arrived (G-30, G-36).

Telling ends the procedure for the invoices that are paid. A receipt is told of once in all: the database keeps it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing import queries as billing
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.apps.receivables.models import (
    AccountingNotice,
    Allocation,
    NoticedReceipt,
    Receipt,
    StatementLine,
)
from mayorista.apps.receivables.operations import allocations, receipts, telling
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

State = Receipt.State
SERIES = "AVC"
SINGLE, DAILY = "SINGLE", "DAILY"
# A mail carries at most this much of files, below what the outbox takes (20 MB); more receipts go in a second one.
MAIL_BYTES = 18 * 1024 * 1024
DAILY_HOUR = 17


@transaction.atomic
def inform(
    *, receipt_ids: Sequence[int], actor: Actor, at: dt.datetime, together: bool | None = None
) -> list[AccountingNotice]:
    """Tell accounting of these receipts, each with its file: one mail each, or one for all by parameter or `together`.

    All or none. Raises Conflict where one has no file, is told already or rejected; Invalid without an address;
    NotAllowed.
    """
    require(actor, Act.INFORM_ACCOUNTING)
    rows = receipts.locked_many(receipt_ids)
    if not rows:
        raise Invalid(_("No eligió ningún comprobante."), remedy=_("Marque al menos uno."))
    for row in rows:
        _refuse_unready(row)
    to = telling.accounting_address(at)
    if not to:
        raise Invalid(
            _("Falta el correo de Contabilidad."),
            field="to",
            remedy=_("Complete el parámetro accounting.email."),
        )
    if together is None:
        together = procedure.parameter("accounting.notice", at=at) == DAILY
    portions = _portions(rows) if together else [[row] for row in rows]
    notices = [
        _send(portion, to, telling.daily_notice(portion, at=at) if together else telling.single_notice(portion[0]), actor, at)
        for portion in portions
    ]  # fmt: skip
    _mark_informed(rows, actor, at)
    return notices


def _refuse_unready(row: Receipt) -> None:
    number = row.dossier.number
    if row.state != State.REGISTERED:
        raise Conflict(
            _("%(n)s ya no se informa: está %(s)s.") % {"n": number, "s": State(row.state).label},
            remedy=_("Actualice la página."),
        )
    if row.file is None:
        raise Conflict(
            _("%(n)s no tiene archivo: sin comprobante adjunto no se informa a Contabilidad.")
            % {"n": number},
            field="file",
            remedy=_("Adjunte el comprobante."),
        )


def _portions(rows: Sequence[Receipt]) -> list[list[Receipt]]:
    portions: list[list[Receipt]] = [[]]
    size = 0
    for row in rows:
        assert row.file is not None
        if portions[-1] and size + row.file.size > MAIL_BYTES:
            portions.append([])
            size = 0
        portions[-1].append(row)
        size += row.file.size
    return portions


def _send(
    rows: Sequence[Receipt], to: Sequence[str], filled: Filled, actor: Actor, at: dt.datetime
) -> AccountingNotice:
    number = serials.next_number(series=SERIES, at=at)
    home = dossiers.open_dossier(
        kind="ACCOUNTING_NOTICE",
        number=number,
        headline=filled.subject,
        state="enviado",
        customer_id=rows[0].dossier.customer_id if len(rows) == 1 else None,
        at=at,
        search=" ".join(row.dossier.number for row in rows),
    )
    message = messaging.queue_email(
        dossier_id=home.pk,
        to=to,
        subject=filled.subject,
        body=filled.body,
        attachments=[row.file_id for row in rows if row.file_id is not None],
        cause="B.8",
        actor=actor,
        at=at,
    )
    notice = AccountingNotice.objects.create(
        dossier=home, message=message, sent_by_id=actor.user_id, sent_at=at
    )
    NoticedReceipt.objects.bulk_create(NoticedReceipt(notice=notice, receipt=row) for row in rows)
    links.link_many(pairs=[(row.dossier_id, home.pk) for row in rows], kind="ACCOUNTING_NOTICE")
    journal.record_many(
        lines=[
            journal.Line(
                row.dossier_id,
                Act.INFORM_ACCOUNTING,
                _("Informado a Contabilidad con el comprobante adjunto (%(n)s).") % {"n": number},
                "B.8",
                {"notice": notice.pk},
            )
            for row in rows
        ],
        actor=actor,
        at=at,
    )
    return notice


def _mark_informed(rows: Sequence[Receipt], actor: Actor, at: dt.datetime) -> None:
    for row in rows:
        receipts.write(row, state=State.INFORMED)
        dossiers.change(dossier_id=row.dossier_id, state=str(State.INFORMED.label))
        receipts.open_items(row, at=at, keys={receipts.RECONCILE_KEY})
    work.complete(
        dossier_ids=[row.dossier_id for row in rows],
        keys=[receipts.INFORM_KEY],
        actor=actor,
        at=at,
    )
    allocations.restate(_invoices_of(rows), actor=actor, at=at)
    live.bump("receipts")


def _invoices_of(rows: Sequence[Receipt]) -> list[int]:
    found = Allocation.objects.filter(receipt__in=rows, undone_at=None, invoice__isnull=False)
    return list(found.values_list("invoice_id", flat=True).distinct())


def inform_due(*, actor: Actor, at: dt.datetime) -> int:
    """Where the parameter says one mail a day: tell accounting of all that is allocated and has its file.

    Called each hour; does nothing before 17:00 of a business day. Returns how many receipts went.
    """
    local = lapaz.local(at)
    if local.hour < DAILY_HOUR or not procedure.calendar(at=at)(local.date()):
        return 0
    if procedure.parameter("accounting.notice", at=at) != DAILY:
        return 0
    waiting = (
        Receipt.objects.filter(state=State.REGISTERED, file__isnull=False)
        .exclude(dossier_id__in=_undecided())
        .order_by("id")
    )
    ids = list(waiting.values_list("id", flat=True))
    if ids:
        inform(receipt_ids=ids, actor=actor, at=at, together=True)
    return len(ids)


def _undecided() -> list[int]:
    """The dossiers whose money nobody has spread or left on account yet."""
    return list(
        procedure.open_items_with_key(receipts.ALLOCATE_KEY, step="B.7").values_list("dossier_id", flat=True)
    )


@transaction.atomic
def reconcile(*, receipt_id: int, actor: Actor, at: dt.datetime, version: int | None = None) -> Receipt:
    """Accounting (or Cartera) says that the money arrived.

    Raises Conflict when the receipt was not informed, or when who reconciles defined an amount that it pays (G-36).
    """
    require(actor, Act.RECONCILE_RECEIPT)
    receipt = receipts.locked(receipt_id, version)
    number = receipt.dossier.number
    if receipt.state != State.INFORMED:
        raise Conflict(
            _("%(n)s está %(s)s: se concilia lo informado.") % {"n": number, "s": State(receipt.state).label},
            remedy=_("Actualice la página."),
        )
    invoice_ids = _invoices_of([receipt])
    allocations.refuse_definer(actor.person, invoice_ids)
    receipts.write(receipt, state=State.RECONCILED, reconciled_by_id=actor.person, reconciled_at=at)
    dossiers.change(dossier_id=receipt.dossier_id, state=str(State.RECONCILED.label), closed_at=at)
    _close(receipt, invoice_ids, _("Conciliado: el dinero está en la cuenta."), actor, at)
    return receipt


def _close(receipt: Receipt, invoice_ids: Sequence[int], text: str, actor: Actor, at: dt.datetime) -> None:
    homes = [card.dossier_id for card in billing.invoice_card(invoice_ids).values()]
    journal.record_many(
        lines=[
            journal.Line(
                home,
                Act.RECONCILE_RECEIPT,
                text if home == receipt.dossier_id else f"{receipt.dossier.number}: {text}",
                "B.8",
                {"receipt": receipt.pk},
            )
            for home in [receipt.dossier_id, *homes]
        ],
        actor=actor,
        at=at,
    )
    work.complete(dossier_ids=[receipt.dossier_id], actor=actor, at=at)
    allocations.restate(invoice_ids, actor=actor, at=at)
    live.bump("receipts")


@transaction.atomic
def reject(
    *, receipt_id: int, reason: str, actor: Actor, at: dt.datetime, version: int | None = None
) -> Receipt:
    """Accounting says that the money did not arrive, or was taken back: the debt opens again, Facturación is told.

    Raises Invalid without a reason, Conflict when accounting does not know the receipt or has rejected it.
    """
    require(actor, Act.RECONCILE_RECEIPT)
    receipt = receipts.locked(receipt_id, version)
    if receipt.state not in {State.INFORMED, State.RECONCILED}:
        raise Conflict(
            _("%(n)s está %(s)s: se rechaza lo informado.")
            % {"n": receipt.dossier.number, "s": State(receipt.state).label}
        )
    invoice_ids = _take_back(receipt, reason, actor, at)
    numbers = [card.number for card in billing.invoice_card(invoice_ids).values()]
    telling.tell_rejection(receipt, numbers, reason=reason.strip(), actor=actor, at=at)
    receipts.open_items(receipt, at=at, keys={receipts.REJECTED_KEY})
    return receipt


def _take_back(receipt: Receipt, reason: str, actor: Actor, at: dt.datetime) -> list[int]:
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué."))
    invoice_ids = allocations.undo_all(receipt, reason=reason.strip(), actor=actor, at=at)
    StatementLine.objects.filter(receipt=receipt).update(receipt=None, matched_by=None, matched_at=None)
    receipts.write(receipt, state=State.REJECTED, state_reason=reason.strip()[:300])
    dossiers.change(dossier_id=receipt.dossier_id, state=str(State.REJECTED.label), closed_at=at)
    _close(receipt, invoice_ids, _("Rechazado: %(why)s") % {"why": reason.strip()}, actor, at)
    return invoice_ids


@transaction.atomic
def withdraw(
    *, receipt_id: int, reason: str, actor: Actor, at: dt.datetime, version: int | None = None
) -> Receipt:
    """Take back a receipt that was written down by mistake, before accounting was told; it stays in the books.

    Raises Invalid without a reason, Conflict once it was informed, NotAllowed.
    """
    require(actor, Act.REGISTER_RECEIPT)
    receipt = receipts.locked(receipt_id, version)
    if receipt.state != State.REGISTERED:
        raise Conflict(
            _("%(n)s ya se informó a Contabilidad: solo ella lo rechaza.") % {"n": receipt.dossier.number}
        )
    _take_back(receipt, reason, actor, at)
    return receipt


@transaction.atomic
def note_rejection(*, receipt_id: int, actor: Actor, at: dt.datetime) -> Receipt:
    """The Encargada has taken note that a receipt was rejected. Raises Conflict when there is nothing to note."""
    require(actor, Act.NOTE_REJECTION)
    receipt = receipts.locked(receipt_id)
    if not work.complete(dossier_ids=[receipt.dossier_id], keys=[receipts.REJECTED_KEY], actor=actor, at=at):
        raise Conflict(_("No hay un rechazo pendiente de %(n)s.") % {"n": receipt.dossier.number})
    journal.record(
        dossier_id=receipt.dossier_id,
        act=Act.NOTE_REJECTION,
        text=_("Facturación tomó nota del rechazo."),
        actor=actor,
        at=at,
        step="B.8",
    )
    return receipt
