"""Customers who owe: invoices issued, mailed and delivered, and the days of their reminders."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from mayorista.apps.billing.models import Invoice, InvoicingGroup
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.operations import dossiers, files
from mayorista.apps.receivables.models import Allocation, Receipt, ReminderMail
from mayorista.apps.receivables.operations import allocations, reminders
from mayorista.rules.procedure import Role
from tests import billing_world as bills

# The invoice of November is issued on 2 December and due on 22 December, 20 days from its issue.
CLAUSES = {"payment_days": 20, "payment_from": "ISSUE"}
TOTAL = Decimal("28750.00")
PAPER = b"%PDF-1.4\n%%EOF\n"


def people(world) -> None:
    for name, role in (
        ("cartera", Role.PORTFOLIO),
        ("contabilidad", Role.ACCOUNTING),
        ("auditor", Role.AUDITOR),
    ):
        if name not in world.users:
            world.person(name, role)


def owed(world, **clauses) -> Invoice:
    """A customer with one invoice that reached it; the clock stands on 2 December."""
    bills.billed(world, **{**CLAUSES, **clauses})
    people(world)
    invoice = bills.invoiced(world)[0]
    dispatch(world)
    return invoice


def dispatch(world) -> None:
    bills.run(world, "DISPATCH", "facturacion")
    world.pass_minutes(1)
    world.settle()


def paid(
    world, invoice: Invoice, amount: Decimal | str, *, reference: str = "1", paid_on: dt.date | None = None
) -> Receipt:
    """A receipt that was registered and put on the invoice."""
    home = dossiers.open_dossier(
        kind="RECEIPT",
        number=f"COMP-{reference}",
        headline="comprobante",
        state="registrado",
        at=world.at,
        customer_id=invoice.dossier.customer_id,
    )
    person = world.users["interconexion"].pk
    content = PAPER + reference.encode()
    kept = files.store(
        dossier_id=home.pk,
        name="comprobante.pdf",
        content=content,
        content_type="application/pdf",
        actor=world.actor("interconexion"),
        at=world.at,
    )
    row = Receipt.objects.create(
        dossier=home,
        customer_id=invoice.customer_id,
        door="HAND",
        bank="Banco Demo",
        bank_key="banco demo",
        reference=reference,
        reference_key=reference,
        paid_on=paid_on or world.today,
        currency=invoice.currency,
        amount=Decimal(amount),
        file=kept,
        file_sha256=kept.sha256,
        registered_by_id=person,
        registered_at=world.at,
    )
    if Decimal(amount):
        Allocation.objects.create(
            receipt=row,
            invoice=invoice,
            amount=Decimal(amount),
            amount_receipt_currency=Decimal(amount),
            made_by_id=person,
            made_at=world.at,
        )
    return row


def taken_back(world, receipt: Receipt) -> None:
    """What the receipt had paid stands on account again."""
    row = Allocation.objects.get(receipt=receipt, undone_at=None, invoice__isnull=False)
    allocations.undo(
        allocation_id=row.pk, reason="se equivocó", actor=world.actor("interconexion"), at=world.at
    )


def remind(world, *customer_ids: int, who: str = "interconexion") -> reminders.Sent:
    ids = customer_ids or tuple(Invoice.objects.values_list("customer_id", flat=True).distinct())
    return reminders.send(customer_ids=ids, actor=world.actor(who), at=world.at)


def mails() -> list[Message]:
    return list(Message.objects.filter(cause="B.6").order_by("id"))


def live_mails() -> int:
    return ReminderMail.objects.filter(undone_at=None).count()


def opening(world, customer_id: int, number: str, due: dt.date, total: str = "100.00") -> Invoice:
    """An unpaid invoice of the former books."""
    home = dossiers.open_dossier(
        kind="INVOICE",
        number=f"FACTURA-{number}",
        headline="saldo",
        state="emitida",
        at=world.at,
        customer_id=customers.customer(customer_id=customer_id).dossier_id,
    )
    return Invoice.objects.create(
        dossier=home,
        group=InvoicingGroup.objects.first(),
        customer_id=customer_id,
        month=dt.date(2026, 10, 1),
        origin="OPENING",
        number=number,
        issued_date=due - dt.timedelta(days=20),
        due_date=due,
        currency="BOB",
        total=Decimal(total),
        tax=Decimal("13.00"),
        issued_at=world.at,
    )


def another(world, number: int) -> Invoice:
    """One more customer with an invoice of the former books, due on 24 January 2027."""
    customer_id = world.isp(f"RED {number} S.R.L.", mobile=f"7200{number:04d}")
    return opening(world, customer_id, f"RED-{number}", dt.date(2027, 1, 24))
