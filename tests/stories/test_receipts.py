"""The money comes in: a partial one by WhatsApp, a duplicate, the rest with a bank charge, accounting, a cheque sent back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import Dossier, DossierLink, JournalEntry, WorkItem
from mayorista.apps.procedure.operations import files
from mayorista.apps.receivables import queries
from mayorista.apps.receivables.models import AccountingNotice, Receipt, StatementLine
from mayorista.apps.receivables.operations import accounting, bank_statements, receipts
from mayorista.apps.receivables.operations.receipts import Paper
from mayorista.rules.errors import Conflict
from tests import billing_world as bills
from tests import receipts_world as money


def tray(role: str) -> set[str]:
    rows = WorkItem.objects.filter(role=role, done_at=None, dossier__kind="RECEIPT")
    return set(rows.values_list("title", flat=True))


def document(world, number: str, content: bytes) -> tuple[int, int]:
    """A document that a customer sent by WhatsApp, fetched; (message, file)."""
    message = Message.objects.get(pk=world.customer_writes(number, "Adjunto el comprobante del pago"))
    stored = files.store(
        dossier_id=message.dossier_id,
        name="transferencia.pdf",
        content=content,
        content_type="application/pdf",
        actor=for_job("whatsapp"),
        at=world.at,
        kind="WHATSAPP",
    )
    MessageAttachment.objects.create(
        message=message, name=stored.name, content_type=stored.content_type, file=stored
    )
    return message.pk, stored.pk


def test_the_money_of_november(world, channels):  # noqa: PLR0915 -- one story, told from its beginning to its end
    # The invoice of November, Bs 28.750,00, went out.
    world.move_to(3)
    bills.billed(world)
    invoice = money.billed(world)
    valle = invoice.customer_id

    # 10 December: the guard of the ISP sends a document by WhatsApp. Interconexión writes it down from the message.
    world.move_to(10, month=12)
    paper = b"%PDF-1.4\n% transferencia 555\n%%EOF\n"
    message_id, file_id = document(world, f"591{7:01d}{valle:07d}", paper)
    said = {"bank": "Banco Unión", "reference": "TRF 555", "paid_on": dt.date(2026, 12, 9), "upload": None}
    first = money.register(world, valle, "20000.00", message_id=message_id, file_id=file_id, **said)
    assert (first.door, first.file.name) == ("WHATSAPP", "transferencia.pdf")
    assert tray("INTERCONNECTION") == {
        f"Imputar comprobante {first.dossier.number}",
        f"Informar a Contabilidad {first.dossier.number}",
    }

    # The same paper comes again by hand, at another desk: it is refused and the first one is shown.
    with pytest.raises(receipts.Duplicate) as known:
        money.register(
            world, valle, "20000.00", who="facturacion", upload=Paper("otro nombre.pdf", paper),
            reference="otra", paid_on=dt.date(2026, 12, 9),
        )  # fmt: skip
    assert known.value.number == first.dossier.number

    # It pays a part; the customer is thanked, and accounting told with the paper.
    money.allocate(world, first, (invoice, "20000.00"))
    world.pass_minutes(1)
    for mail in Message.objects.filter(cause="B.7"):
        messaging.deliver(message_id=mail.pk, at=world.at)
    thanks = channels.mails_to(bills.PAYS)[-1]
    assert f"Bs 20.000,00 a la factura {invoice.number}" in thanks.body
    money.inform(world, first)
    messaging.deliver(message_id=AccountingNotice.objects.get().message_id, at=world.at)
    told = channels.mails_to("contabilidad@comteco.example")[-1]
    assert [file.name for file in told.attachments] == ["transferencia.pdf"]
    assert "Saldo pendiente del cliente: Bs 8.750,00" in told.body
    home = Dossier.objects.get(pk=invoice.dossier_id)
    assert (home.state, home.closed_at) == ("pago parcial", None)

    # 15 December: the rest, less the bank's charge; Bs 100 too much stand on account.
    world.move_to(15, month=12)
    second = money.register(
        world, valle, "8840.00", reference="CHQ-9", bank="BMSC", paid_on=dt.date(2026, 12, 14)
    )
    money.allocate(world, second, (invoice, "8740.00"), (invoice, "10.00", "BANK_CHARGE", "giro al interior"))
    assert queries.open_balances() == []
    money.inform(world, second)
    home.refresh_from_db()
    assert home.state == "concluida, por conciliar"
    assert JournalEntry.objects.filter(dossier=home, act="PROCEDURE_ENDED").count() == 1

    # Accounting uploads the statement: the first is there; it is confirmed and reconciled. Not by who defined the amount.
    text = "Fecha;Referencia;Glosa;Abono\n09/12/2026;555;TRANSFERENCIA;20.000,00\n10/12/2026;1;OTRO;5,00\n"
    bank_statements.load(
        upload=Paper("extracto.csv", text.encode()),
        bank="Banco Unión",
        currency="BOB",
        actor=world.actor("contabilidad"),
        at=world.at,
    )
    line = StatementLine.objects.get(amount=Decimal("20000.00"))
    bank_statements.match(
        line_id=line.pk, receipt_id=first.pk, actor=world.actor("contabilidad"), at=world.at
    )
    money.reconcile(world, first)
    assert queries.balances_of([invoice.pk])[invoice.pk].provisional == Decimal("8750.00")

    # The second was a cheque, and came back: the debt is open again, Facturación knows.
    world.move_to(18, month=12)
    money.reject(world, second, "cheque devuelto")
    balance = queries.balances_of([invoice.pk])[invoice.pk]
    assert (balance.open, balance.provisional) == (Decimal("8750.00"), 0)
    home.refresh_from_db()
    assert (home.state, home.closed_at) == ("pago parcial", None)
    assert tray("BILLING") == {f"Comprobante rechazado {second.dossier.number}: la deuda vuelve"}
    accounting.note_rejection(receipt_id=second.pk, actor=world.actor("facturacion"), at=world.at)
    with pytest.raises(Conflict):
        money.inform(world, second)

    # A transfer makes it good: nothing is owed, and the procedure ends for good.
    world.move_to(21, month=12)
    third = money.register(world, valle, "8750.00", reference="TRF-777", paid_on=dt.date(2026, 12, 21))
    money.allocate(world, third, (invoice, "8750.00"))
    money.inform(world, third)
    money.reconcile(world, third)
    home.refresh_from_db()
    assert (home.state, home.closed_at is not None) == ("concluida", True)
    assert tray("INTERCONNECTION") == tray("ACCOUNTING") == tray("BILLING") == set()

    # The trace: the message led to the receipt, the invoice to its receipts, each receipt to its notice.
    leads = DossierLink.objects.filter(source=home, kind="RECEIPT").values_list("target_id", flat=True)
    assert set(leads) == set(Receipt.objects.values_list("dossier_id", flat=True))
    assert DossierLink.objects.filter(source=first.dossier, kind="ACCOUNTING_NOTICE").count() == 1
    assert Message.objects.get(pk=message_id).dossier_id == first.dossier_id
