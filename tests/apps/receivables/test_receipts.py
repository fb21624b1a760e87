"""B.7 and B.8: a receipt is known once, its money is spread to the cent, accounting is told once and decides."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from mayorista.apps.billing.models import ExchangeRate
from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import Dossier, DossierLink, JournalEntry, RoleGrant, WorkItem
from mayorista.apps.procedure.operations import parameters
from mayorista.apps.receivables import queries
from mayorista.apps.receivables.models import AccountingNotice, Allocation, NoticedReceipt, Receipt
from mayorista.apps.receivables.operations import accounting, allocations, receipts
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, Stale
from tests import receipts_world as money

JOB = for_job("accounting")


def tasks(receipt: Receipt) -> set[tuple[str, str]]:
    rows = WorkItem.objects.filter(dossier_id=receipt.dossier_id, done_at=None)
    return set(rows.values_list("role", "key"))


def state_of(invoice) -> tuple[str, bool]:
    home = Dossier.objects.get(pk=invoice.dossier_id)
    return home.state, home.closed_at is not None


def spread(receipt: Receipt) -> dict[str, Decimal]:
    rows = Allocation.objects.filter(receipt=receipt, undone_at=None).select_related("invoice")
    return {
        (row.invoice.number if row.invoice else "a cuenta") + ("" if row.kind == "PAYMENT" else f" {row.kind}"): row.amount
        for row in rows
    }  # fmt: skip


class TestRegistering:
    def test_keeps_file_and_money_on_account_with_its_tasks(self, carrier, invoice):
        receipt = money.register(carrier, invoice)
        assert receipt.dossier.number == "CP-2026-000001"
        assert receipt.file.content_type == "application/pdf"
        assert spread(receipt) == {"a cuenta": Decimal("28750.00")}
        assert tasks(receipt) == {("INTERCONNECTION", "imputar"), ("INTERCONNECTION", "informar")}
        due = WorkItem.objects.get(dossier_id=receipt.dossier_id, key="informar").due_at
        assert due == dt.datetime(2026, 12, 3, 22, 0, tzinfo=dt.UTC)  # one business day, 18:00 in La Paz

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"amount": "-1"}, "amount"),
            ({"amount": "0"}, "amount"),
            ({"amount": "100000000.01"}, "amount"),
            ({"amount": "1.001"}, "amount"),
            ({"amount": "NaN"}, "amount"),
            ({"paid_on": dt.date(2026, 12, 3)}, "paid_on"),
            ({"paid_on": dt.date(2016, 12, 3)}, "paid_on"),
            ({"currency": "EUR"}, "currency"),
            ({"bank": " . "}, "bank"),
            ({"reference": "N.º 000"}, "reference"),
            ({"upload": receipts.Paper("a.pdf", b"MZ\x90 un programa")}, "file"),
            ({"upload": receipts.Paper("a.pdf", b"<html><script>")}, "file"),
            ({"upload": receipts.Paper("a.pdf", b"")}, "file"),
            ({"upload": receipts.Paper("a.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024))}, "file"),
            ({"upload": None, "amount": "50000"}, "file"),
            ({"upload": None, "currency": "USD", "amount": "100"}, "file"),
        ],
    )
    def test_refuses_at_the_field_what_can_not_be(self, carrier, invoice, said, field):
        said = {"amount": "10.00", **said}
        with pytest.raises(Invalid) as refused:
            money.register(carrier, invoice, **said)
        assert field in {each.field for each in refused.value.errors}
        assert not Receipt.objects.exists()
        assert not Dossier.objects.filter(kind="RECEIPT").exists()

    def test_names_every_wrong_field_at_once(self, carrier, invoice):
        with pytest.raises(Invalid) as refused:
            money.register(carrier, invoice, "-5", bank="", reference="", paid_on=dt.date(2027, 1, 1))
        assert {each.field for each in refused.value.errors} == {"bank", "reference", "paid_on", "amount"}

    @pytest.mark.parametrize(
        ("bank", "reference"),
        [
            ("Banco Unión", "TRF-000123"),
            ("BANCO UNION S.A.", "trf 000123"),
            ("unión", "Ref. TRF000123"),
        ],
    )
    def test_knows_the_same_bank_and_reference_however_written(self, carrier, invoice, bank, reference):
        first = money.register(carrier, invoice, "100.00")
        with pytest.raises(receipts.Duplicate) as known:
            money.register(
                carrier, invoice, "100.00", bank=bank, reference=reference, upload=money.pdf("otro")
            )
        assert known.value.number == first.dossier.number
        assert first.dossier.number in known.value.message

    def test_knows_the_same_file(self, carrier, invoice):
        first = money.register(carrier, invoice, "100.00", upload=money.pdf("igual"))
        with pytest.raises(receipts.Duplicate) as known:
            money.register(carrier, invoice, "100.00", reference="otra-9", upload=money.pdf("igual"))
        assert (known.value.number, known.value.field) == (first.dossier.number, "file")

    def test_another_bank_with_the_same_reference_is_another(self, carrier, invoice):
        money.register(carrier, invoice, "100.00")
        money.register(carrier, invoice, "100.00", bank="Banco Bisa", upload=money.pdf("otro"))
        assert Receipt.objects.count() == 2

    def test_one_withdrawn_may_be_written_down_again(self, carrier, invoice):
        first = money.register(carrier, invoice, "100.00")
        accounting.withdraw(
            receipt_id=first.pk,
            reason="cliente equivocado",
            actor=carrier.actor("interconexion"),
            at=carrier.at,
        )
        assert tasks(first) == set()
        assert spread(first) == {}
        again = money.register(carrier, invoice, "100.00")
        assert again.dossier.number == "CP-2026-000002"

    @pytest.mark.parametrize("who", ["noc", "gerente", "ventas", "contabilidad", "legal"])
    def test_is_not_for_every_role(self, carrier, invoice, who):
        with pytest.raises(NotAllowed):
            money.register(carrier, invoice, who=who)

    @pytest.mark.django_db(transaction=True)
    def test_two_people_at_once_register_it_once(self, carrier, invoice):
        outcomes = []
        start = threading.Barrier(2)

        def attempt():
            try:
                start.wait()
                outcomes.append(money.register(carrier, invoice, "100.00").dossier.number)
            except Conflict as error:
                outcomes.append(error.message)
            finally:
                connection.close()

        threads = [threading.Thread(target=attempt) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert Receipt.objects.count() == 1
        assert min(outcomes) == "CP-2026-000001"
        assert "CP-2026-000001" in max(outcomes)


class TestAllocating:
    def test_a_whole_payment_pays_the_invoice_and_thanks_the_customer(self, carrier, channels, invoice):
        receipt = money.register(carrier, invoice)
        money.allocate(carrier, receipt, (invoice, "28750.00"))
        assert spread(receipt) == {invoice.number: Decimal("28750.00")}
        assert queries.open_balances() == []
        assert state_of(invoice) == ("pagada, por informar", False)
        assert tasks(receipt) == {("INTERCONNECTION", "informar")}
        mail = Message.objects.get(cause="B.7")
        assert mail.recipients == ["pagos@vallefibra.example"]
        assert f"Bs 28.750,00 a la factura {invoice.number}" in mail.body
        assert "sujeto a verificación" in mail.body
        link = DossierLink.objects.get(target=receipt.dossier, kind="RECEIPT")
        assert link.source_id == invoice.dossier_id

    def test_what_is_left_stands_on_account_and_is_used_later(self, carrier, invoice):
        receipt = money.register(carrier, invoice, "30000.00")
        money.allocate(carrier, receipt, (invoice, "20000.00"))
        assert spread(receipt) == {invoice.number: Decimal(20000), "a cuenta": Decimal(10000)}
        assert state_of(invoice)[0] == "pago parcial"
        money.allocate(carrier, receipt, (invoice, "8750.00"))
        live = Allocation.objects.filter(receipt=receipt, undone_at=None)
        assert live.aggregate(sum=Sum("amount_receipt_currency"))["sum"] == receipt.amount
        assert live.get(invoice=None).amount == Decimal("1250.00")
        assert Message.objects.filter(cause="B.7").count() == 1

    def test_all_of_it_may_stay_on_account(self, carrier, invoice):
        receipt = money.register(carrier, invoice, "500.00")
        allocations.leave_on_account(
            receipt_id=receipt.pk, actor=carrier.actor("interconexion"), at=carrier.at
        )
        assert tasks(receipt) == {("INTERCONNECTION", "informar")}
        assert "a cuenta de sus próximas facturas" in Message.objects.get(cause="B.7").body

    @pytest.mark.parametrize(
        ("amount", "kind", "why"),
        [
            ("28740.00", "BANK_CHARGE", "comisión por transferencia"),
            ("28740.00", "WITHHOLDING", "certificado 77"),
            ("28740.00", "COMPENSATION", "acta 5/2026"),
            ("28740.00", "EXCHANGE_DIFFERENCE", "tipo de cambio del banco"),
        ],
    )
    def test_a_difference_is_explained(self, carrier, invoice, amount, kind, why):
        receipt = money.register(carrier, invoice, amount)
        money.allocate(carrier, receipt, (invoice, amount), (invoice, "10.00", kind, why))
        assert queries.open_balances() == []
        assert spread(receipt) == {invoice.number: Decimal(amount), f"{invoice.number} {kind}": Decimal(10)}

    def test_a_rounding_has_a_limit_and_an_explanation(self, carrier, invoice):
        receipt = money.register(carrier, invoice, "28749.40")
        with pytest.raises(Invalid) as refused:
            money.allocate(carrier, receipt, (invoice, "28749.40"), (invoice, "0.60", "ROUNDING", " "))
        assert refused.value.errors[0].field == "lines[1].explanation"
        money.allocate(carrier, receipt, (invoice, "28749.40"), (invoice, "0.60", "ROUNDING", "centavos"))
        assert queries.open_balances() == []
        other = money.register(carrier, invoice, "5.00", reference="r-2")
        with pytest.raises(Invalid):
            money.allocate(carrier, other, (invoice, "2.00", "ROUNDING", "centavos"))

    @pytest.mark.parametrize(
        ("lines", "field"),
        [
            ([("28751.00",)], "lines"),
            ([("20000.00",), ("9000.00",)], "lines"),
            ([("-5.00",)], "lines[0].amount"),
            ([("1.005",)], "lines[0].amount"),
            ([], "lines"),
        ],
    )
    def test_refuses_more_than_there_is_or_is_owed(self, carrier, invoice, lines, field):
        receipt = money.register(carrier, invoice, "28751.00")
        with pytest.raises(Invalid) as refused:
            money.allocate(carrier, receipt, *((invoice, *line) for line in lines))
        assert field in {each.field for each in refused.value.errors}
        assert spread(receipt) == {"a cuenta": Decimal("28751.00")}

    def test_a_receipt_pays_its_own_customer_only(self, carrier, invoice):
        other = carrier.isp("RED TUNARI S.R.L.")
        receipt = money.register(carrier, other, "100.00")
        with pytest.raises(Invalid) as refused:
            money.allocate(carrier, receipt, (invoice, "100.00"))
        assert refused.value.errors[0].field == "lines[0].invoice"

    def test_dollars_pay_bolivianos_at_the_rate_of_the_day_to_the_cent(self, carrier, invoice):
        ExchangeRate.objects.create(
            currency="USD",
            on=dt.date(2026, 12, 1),
            source="BCB",
            rate=Decimal("6.97"),
            entered_by=carrier.users["facturacion"],
            entered_at=carrier.at,
        )
        receipt = money.register(carrier, invoice, "1000.00", currency="USD")
        money.allocate(carrier, receipt, (invoice, "6970.00"))
        row = Allocation.objects.get(receipt=receipt, undone_at=None)
        assert (row.amount, row.amount_receipt_currency) == (Decimal("6970.00"), Decimal("1000.00"))
        part = money.register(carrier, invoice, "1000.00", currency="USD", reference="usd-2")
        money.allocate(carrier, part, (invoice, "100.00"))
        rows = Allocation.objects.filter(receipt=part, undone_at=None)
        assert sorted(rows.values_list("amount_receipt_currency", flat=True)) == [
            Decimal("14.35"),
            Decimal("985.65"),
        ]

    def test_without_a_rate_another_currency_is_refused(self, carrier, invoice):
        receipt = money.register(carrier, invoice, "100.00", currency="USD")
        with pytest.raises(Invalid) as refused:
            money.allocate(carrier, receipt, (invoice, "697.00"))
        assert refused.value.field == "rate"
        money.allocate(carrier, receipt, (invoice, "697.00"), rate=Decimal("6.97"))
        assert spread(receipt) == {invoice.number: Decimal("697.00")}

    def test_is_undone_by_a_counter_act_and_the_debt_is_back(self, carrier, invoice):
        receipt = money.register(carrier, invoice)
        money.allocate(carrier, receipt, (invoice, "28750.00"))
        row = Allocation.objects.get(receipt=receipt, invoice=invoice)
        undo = {"allocation_id": row.pk, "actor": carrier.actor("facturacion"), "at": carrier.at}
        with pytest.raises(Invalid):
            allocations.undo(reason=" ", **undo)
        allocations.undo(reason="era de otra factura", **undo)
        assert spread(receipt) == {"a cuenta": Decimal("28750.00")}
        assert queries.open_balances()[0].open == Decimal("28750.00")
        assert state_of(invoice) == ("emitida", False)
        assert ("INTERCONNECTION", "imputar") in tasks(receipt)
        row.refresh_from_db()
        assert (row.undone_by, row.undone_reason) == (carrier.users["facturacion"], "era de otra factura")
        with pytest.raises(Conflict):
            allocations.undo(reason="otra vez", **undo)

    def test_an_older_form_is_refused(self, carrier, invoice):
        receipt = money.register(carrier, invoice)
        money.allocate(carrier, receipt, (invoice, "1.00"), version=1)
        with pytest.raises(Stale):
            money.allocate(carrier, receipt, (invoice, "1.00"), version=1)

    def test_a_customer_without_a_contact_is_said_in_the_journal(self, carrier, invoice):
        other = carrier.isp("SIN CORREO S.R.L.")
        receipt = money.register(carrier, other, "100.00")
        allocations.leave_on_account(
            receipt_id=receipt.pk, actor=carrier.actor("interconexion"), at=carrier.at
        )
        assert JournalEntry.objects.filter(act="RECEIPT_NOT_ACKNOWLEDGED").exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_receipts_at_once_never_pay_an_invoice_twice(self, carrier, invoice):
        rows = [money.register(carrier, invoice, reference=f"r-{n}") for n in range(2)]
        start = threading.Barrier(2)
        outcomes = []

        def attempt(receipt):
            try:
                start.wait()
                money.allocate(carrier, receipt, (invoice, "28750.00"))
                outcomes.append("pagada")
            except Invalid:
                outcomes.append("rechazado")
            finally:
                connection.close()

        threads = [threading.Thread(target=attempt, args=[row]) for row in rows]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sorted(outcomes) == ["pagada", "rechazado"]
        assert queries.balances_of([invoice.pk])[invoice.pk].excess == 0


class TestTellingAccounting:
    def paid(self, carrier, invoice, **more) -> Receipt:
        receipt = money.register(carrier, invoice, **more)
        money.allocate(carrier, receipt, (invoice, "28750.00"))
        return receipt

    def test_carries_the_file_and_ends_the_procedure(self, carrier, invoice):
        receipt = self.paid(carrier, invoice)
        (notice,) = money.inform(carrier, receipt)
        mail = notice.message
        assert mail.recipients == ["contabilidad@comteco.example"]
        assert (
            mail.subject == f"Pago cliente Internet Mayorista – VALLE FIBRA S.R.L. – Factura {invoice.number}"
        )
        assert "Saldo pendiente del cliente: ninguno" in mail.body
        assert MessageAttachment.objects.get(message=mail).file_id == receipt.file_id
        assert state_of(invoice) == ("concluida, por conciliar", True)
        assert JournalEntry.objects.filter(dossier=invoice.dossier, act="PROCEDURE_ENDED").count() == 1
        assert tasks(receipt) == {("ACCOUNTING", "conciliar")}

    def test_is_impossible_without_the_file(self, carrier, invoice):
        receipt = (
            self.paid(carrier, invoice, upload=None)
            if False
            else money.register(carrier, invoice, upload=None)
        )
        with pytest.raises(Conflict, match="sin comprobante adjunto"):
            money.inform(carrier, receipt)
        receipts.attach(
            receipt_id=receipt.pk, upload=money.pdf(), actor=carrier.actor("interconexion"), at=carrier.at
        )
        money.inform(carrier, receipt)
        assert AccountingNotice.objects.count() == 1

    def test_never_happens_twice(self, carrier, invoice):
        receipt = self.paid(carrier, invoice)
        (notice,) = money.inform(carrier, receipt)
        with pytest.raises(Conflict):
            money.inform(carrier, receipt)
        with pytest.raises(IntegrityError), transaction.atomic():
            NoticedReceipt.objects.create(notice=notice, receipt=receipt)
        with pytest.raises(Conflict):
            receipts.attach(
                receipt_id=receipt.pk,
                upload=money.pdf("b"),
                actor=carrier.actor("interconexion"),
                at=carrier.at,
            )

    def test_all_or_none_of_those_chosen(self, carrier, invoice):
        good = self.paid(carrier, invoice)
        bad = money.register(carrier, invoice, "1.00", reference="sin-archivo-1", upload=None)
        with pytest.raises(Conflict):
            money.inform(carrier, good, bad)
        assert not AccountingNotice.objects.exists()

    def test_a_partial_payment_does_not_end_it(self, carrier, invoice):
        receipt = money.register(carrier, invoice, "1000.00")
        money.allocate(carrier, receipt, (invoice, "1000.00"))
        money.inform(carrier, receipt)
        assert state_of(invoice) == ("pago parcial", False)
        rest = money.register(carrier, invoice, "27750.00", reference="r-2")
        money.allocate(carrier, rest, (invoice, "27750.00"))
        assert state_of(invoice) == ("pagada, por informar", False)
        money.inform(carrier, rest)
        assert state_of(invoice) == ("concluida, por conciliar", True)

    def test_once_a_day_at_seventeen_where_the_parameter_says_so(self, carrier, invoice):
        parameters.change_parameter(
            name="accounting.notice",
            value="DAILY",
            valid_from=carrier.at,
            reason="acordado",
            actor=carrier.actor("gerente"),
            at=carrier.at,
        )
        self.paid(carrier, invoice)
        second = money.register(carrier, invoice, "10.00", reference="r-2")
        allocations.leave_on_account(
            receipt_id=second.pk, actor=carrier.actor("interconexion"), at=carrier.at
        )
        money.register(carrier, invoice, "20.00", reference="r-3")  # nobody has said where its money goes
        money.register(carrier, invoice, "30.00", reference="r-4", upload=None)
        assert accounting.inform_due(actor=JOB, at=carrier.at) == 0
        carrier.move_to(2, month=12, hour=17)
        assert accounting.inform_due(actor=JOB, at=carrier.at) == 2
        assert accounting.inform_due(actor=JOB, at=carrier.at) == 0
        mail = AccountingNotice.objects.get().message
        assert MessageAttachment.objects.filter(message=mail).count() == 2
        assert "2 comprobante(s)" in mail.subject
        assert "Total: Bs 28.760,00" in mail.body

    def test_the_daily_mail_waits_for_a_business_day(self, carrier, invoice):
        money.register(carrier, invoice)
        carrier.move_to(5, month=12, hour=18)  # a Saturday
        assert accounting.inform_due(actor=JOB, at=carrier.at) == 0

    def test_reconciling_makes_the_money_certain(self, carrier, invoice):
        receipt = self.paid(carrier, invoice)
        with pytest.raises(Conflict):
            money.reconcile(carrier, receipt)
        money.inform(carrier, receipt)
        money.reconcile(carrier, receipt)
        assert state_of(invoice) == ("concluida", True)
        assert queries.balances_of([invoice.pk])[invoice.pk].provisional == 0
        assert tasks(receipt) == set()
        with pytest.raises(Conflict):
            money.reconcile(carrier, receipt)

    def test_who_defined_the_amount_may_not_reconcile(self, carrier, invoice):
        receipt = self.paid(carrier, invoice)
        money.inform(carrier, receipt)
        RoleGrant.objects.create(
            user=carrier.users["interconexion"], role="ACCOUNTING", granted_at=carrier.at
        )
        with pytest.raises(Conflict, match="Quien definió el monto"):
            money.reconcile(carrier, receipt, "interconexion")
        money.reconcile(carrier, receipt)

    def test_nor_by_reconciling_before_it_is_allocated(self, carrier, invoice):
        receipt = money.register(carrier, invoice)
        money.inform(carrier, receipt)
        RoleGrant.objects.create(
            user=carrier.users["interconexion"], role="ACCOUNTING", granted_at=carrier.at
        )
        money.reconcile(carrier, receipt, "interconexion")
        with pytest.raises(Conflict, match="Quien definió el monto"):
            money.allocate(carrier, receipt, (invoice, "28750.00"), who="facturacion")

    def test_a_rejection_opens_the_debt_and_tells_billing(self, carrier, invoice):
        receipt = self.paid(carrier, invoice)
        money.inform(carrier, receipt)
        with pytest.raises(Invalid):
            money.reject(carrier, receipt, " ")
        money.reject(carrier, receipt)
        assert queries.open_balances()[0].open == Decimal("28750.00")
        assert state_of(invoice) == ("emitida", False)
        mail = Message.objects.get(cause="B.8", subject__startswith="Comprobante rechazado")
        assert mail.recipients == ["facturacion@comteco.example"]
        assert f"Vuelven a quedar impagas: {invoice.number}" in mail.body
        assert tasks(receipt) == {("BILLING", "rechazado")}
        accounting.note_rejection(receipt_id=receipt.pk, actor=carrier.actor("facturacion"), at=carrier.at)
        assert tasks(receipt) == set()
        money.register(carrier, invoice)  # the same paper, now right, is taken again

    def test_what_was_reconciled_may_still_be_rejected(self, carrier, invoice):
        receipt = self.paid(carrier, invoice)
        money.inform(carrier, receipt)
        money.reconcile(carrier, receipt)
        money.reject(carrier, receipt, "cheque devuelto")
        assert state_of(invoice) == ("emitida", False)

    def test_a_later_change_is_told_too(self, carrier, invoice):
        receipt = money.register(carrier, invoice, "30000.00")
        money.inform(carrier, receipt)
        money.allocate(carrier, receipt, (invoice, "28750.00"))
        mail = Message.objects.get(subject__startswith="Cambio de imputación")
        assert "Bs 1.250,00 a cuenta" in mail.body
        assert state_of(invoice) == ("concluida, por conciliar", True)

    @pytest.mark.parametrize("who", ["facturacion", "contabilidad", "gerente"])
    def test_is_interconexions(self, carrier, invoice, who):
        receipt = self.paid(carrier, invoice)
        with pytest.raises(NotAllowed):
            accounting.inform(receipt_ids=[receipt.pk], actor=carrier.actor(who), at=carrier.at)
