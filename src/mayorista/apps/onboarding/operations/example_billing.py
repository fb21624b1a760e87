"""Two months billed, one in coordination: what the billing and collection screens of the demonstration show.

Done by the operations of the house at the instants at which people would have done it; what the mail servers
answered is written as they would have. Nothing happens where a month is open already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from mayorista.apps.billing.models import Dispatch, Invoice, Month, Packet
from mayorista.apps.billing.operations import dispatching, groups, months, packets, rates, runs
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.apps.receivables.operations import accounting, allocations, opening, receipts
from mayorista.rules import lapaz, periods
from mayorista.rules.errors import DomainError
from mayorista.rules.periods import Month as Calendar

JOB = for_job("datos de ejemplo")
ActorOf = Callable[[str, dt.datetime], Actor]
_PAPER = b"%PDF-1.4\n% comprobante de ejemplo\n%%EOF\n"


def load(*, at: dt.datetime, actor_of: ActorOf) -> None:
    """Bill the two months before this one, and open this one."""
    if Month.objects.exists():
        return
    groups.form_groups(actor=JOB, at=at)
    today = lapaz.local(at).date()
    current = periods.month_of(today)
    for day in range(8):
        on = today - dt.timedelta(days=day)
        rates.record(
            currency="USD",
            on=on,
            source="BCB",
            rate=Decimal("6.96"),
            actor=actor_of("interconexion", at),
            at=at,
        )
    for month in (current.previous.previous, current.previous):
        _bill(month, at, actor_of)
    months.open_months(month=current, actor=JOB, at=at)
    _deliver(current.previous, at)
    _collect(current.previous.previous, at, actor_of)


def _instant(month: Calendar, day: int, at: dt.datetime, hour: int = 10) -> dt.datetime:
    """A morning of the month after `month`, never later than now."""
    on = dt.date.fromordinal(month.after) + dt.timedelta(days=day - 1)
    return min(dt.datetime.combine(on, dt.time(hour), tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC), at)


def _bill(month: Calendar, at: dt.datetime, actor_of: ActorOf) -> None:
    """Coordination, amounts, packets, acknowledgement, invoices, dispatch: each on its day."""
    opened = min(_instant(month, 1, at) - dt.timedelta(days=4), at)
    months.open_months(month=month, actor=JOB, at=opened)
    ids = list(
        Month.objects.filter(month=dt.date.fromordinal(month.first))
        .order_by("id")
        .values_list("id", flat=True)
    )
    if not ids:
        return
    # When the month is over: what changes after a confirmation lets it fall.
    closed = _instant(month, 1, at, 9)
    for who in ("interconexion", "gerente"):
        months.confirm(month_ids=ids, actor=actor_of(who, closed), at=closed)
    _run("DEFINE", month, "interconexion", _instant(month, 1, at, 11), actor_of)
    _run("SEND", month, "interconexion", _instant(month, 2, at), actor_of)
    sent = list(Packet.objects.filter(month_id__in=ids).values_list("id", flat=True))
    if sent:
        when = _instant(month, 2, at, 12)
        packets.acknowledge(packet_ids=sent, actor=actor_of("facturacion", when), at=when)
    _run("ISSUE", month, "facturacion", _instant(month, 3, at), actor_of)
    _run("DISPATCH", month, "facturacion", _instant(month, 3, at, 15), actor_of)


def _run(kind: str, month: Calendar, who: str, at: dt.datetime, actor_of: ActorOf) -> None:
    try:
        run = runs.start(kind=kind, month=month, actor=actor_of(who, at), at=at)
    except DomainError:
        return  # none of the month is ready for it
    while runs.advance(run_id=run, at=at):
        pass


def _deliver(last: Calendar, at: dt.datetime) -> None:
    """All mails of the invoices arrived but one of the last month, which came back."""
    rows = list(Dispatch.objects.exclude(invoice=None).select_related("message", "invoice").order_by("id"))
    bounced = next(
        (
            row
            for row in reversed(rows)
            if row.invoice and row.invoice.month == dt.date.fromordinal(last.first)
        ),
        None,
    )
    for row in rows:
        mail = Message.objects.filter(pk=row.message_id)
        if row is bounced:
            mail.update(
                state="FAILED",
                failed_at=min(row.leaves_at + dt.timedelta(minutes=3), at),
                error_code="5.1.1",
                error_text="550 5.1.1 No existe ese buzón",
            )
        else:
            mail.update(state="DELIVERED", accepted_at=min(row.leaves_at, at), sent_at=min(row.leaves_at, at))
    dispatching.settle_deliveries()


def _collect(month: Calendar, at: dt.datetime, actor_of: ActorOf) -> None:
    """Of the earlier month one invoice is paid and reconciled, one in part, one is disputed."""
    rows = list(Invoice.objects.filter(month=dt.date.fromordinal(month.first)).order_by("id"))
    receiver, books = actor_of("interconexion", at), actor_of("contabilidad", at)
    paid_on = lapaz.local(at).date() - dt.timedelta(days=2)
    for place, (invoice, share) in enumerate(zip(rows, (Decimal(1), Decimal("0.4")), strict=False)):
        amount = (invoice.total * share).quantize(Decimal("0.01"))
        receipt = receipts.register(
            customer_id=invoice.customer_id,
            bank="Banco Unión",
            reference=f"4471{place:04d}",
            paid_on=paid_on,
            currency=invoice.currency,
            amount=amount,
            upload=receipts.Paper(f"comprobante-{place + 1}.pdf", _PAPER + str(place).encode()),
            actor=receiver,
            at=at,
        )
        allocations.allocate(
            receipt_id=receipt.pk, lines=[allocations.Wanted(invoice.pk, amount)], actor=receiver, at=at
        )
        if share == 1:
            accounting.inform(receipt_ids=[receipt.pk], actor=receiver, at=at)
            accounting.reconcile(receipt_id=receipt.pk, actor=books, at=at)
    if len(rows) > 2:
        opening.record_objection(
            invoice_id=rows[2].pk,
            amount=(rows[2].total / 10).quantize(Decimal("0.01")),
            raised_on=max(rows[2].issued_date, paid_on),
            words="Objeta los dos días en que el enlace estuvo fuera de servicio.",
            actor=receiver,
            at=at,
        )
