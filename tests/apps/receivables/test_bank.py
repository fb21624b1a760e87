"""Statements of the bank, the carrier's own accounts, and the tables for accounting."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.db import IntegrityError, transaction

from mayorista.apps.billing.operations import notes
from mayorista.apps.overview.queries import receipts_bank, receipts_export
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.models import Dossier, RoleGrant, WorkItem
from mayorista.apps.procedure.operations import parameters
from mayorista.apps.receivables.models import BankAccount, StatementLine
from mayorista.apps.receivables.operations import accounting, bank_accounts, bank_statements
from mayorista.apps.receivables.operations.receipts import Paper
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from tests import receipts_world as money

HEADS = ["Fecha", "Nro. Documento", "Glosa", "Débito", "Crédito"]


def sheet(*rows, heads=HEADS) -> bytes:
    book = openpyxl.Workbook()
    tab = book.active
    tab.append(["Banco Unión"])
    tab.append(heads)
    for row in rows:
        tab.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


PAID = [dt.datetime(2026, 12, 1), "TRF-123", "VALLE FIBRA", None, 28750.0]
ODD = [dt.datetime(2026, 12, 1), "9", "SIN NOMBRE", None, 10.5]


def load(carrier, content: bytes, who: str = "contabilidad", name: str = "extracto.xlsx", **more):
    said = {"bank": "Banco Unión", "currency": "BOB", **more}
    return bank_statements.load(upload=Paper(name, content), actor=carrier.actor(who), at=carrier.at, **said)


class TestAStatement:
    def test_is_kept_with_each_movement_once(self, carrier, invoice):
        assert load(carrier, sheet(PAID, ODD)).new == 2
        again = load(carrier, sheet(PAID, ODD, [dt.datetime(2026, 12, 2), "10", "otro", None, 1]))
        assert (again.number, again.new, again.known) == ("EXT-2026-000002", 1, 2)
        with pytest.raises(Conflict, match="no trae abonos nuevos"):
            load(carrier, sheet(PAID))
        assert StatementLine.objects.count() == 3

    def test_is_read_from_every_sheet_that_has_its_heading(self, carrier, invoice):
        book = openpyxl.Workbook()
        book.active.append(["Resumen del mes"])
        for title, rows in (("Noviembre", [ODD]), ("Diciembre", [PAID, ODD])):
            tab = book.create_sheet(title)
            for row in (HEADS, *rows):
                tab.append(row)
        held = io.BytesIO()
        book.save(held)
        # What stands on two sheets is one movement.
        assert load(carrier, held.getvalue()).new == 2
        lines = StatementLine.objects.order_by("position").values_list("position", "reference")
        assert list(lines) == [(3, "9"), (5, "TRF-123")]

    def test_in_csv_as_banks_write_it(self, carrier, invoice):
        text = 'Fecha;Referencia;Glosa;Abono\r\n01/12/2026;="00123";Depósito;"28.750,00"\r\n'
        load(carrier, text.encode("cp1252"), name="extracto.csv")
        line = StatementLine.objects.get()
        assert (line.reference, line.amount, line.description) == ("00123", Decimal("28750.00"), "Depósito")

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (sheet(["01/12/2026", "=1+1", "x", None, 5]), "fórmula"),
            (b"Fecha,Abono\r\n01/12/2026,=1+1\r\n", "fórmula"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 libro viejo", "antiguo"),
            (b"\x00\x01\x02 nada", "no es un extracto"),
            (b"%PDF-1.4 nada de filas", "fila de títulos"),
            (b"", "vacío"),
        ],
    )
    def test_that_is_unsafe_or_unreadable_is_refused_whole(self, carrier, invoice, content, words):
        with pytest.raises(Invalid) as refused:
            load(carrier, content)
        assert words in str(refused.value)
        assert not StatementLine.objects.exists()
        assert not Dossier.objects.filter(kind="BANK_STATEMENT").exists()

    def test_with_macros_or_a_bomb_inside_is_refused(self, carrier, invoice):
        for extra, content in (
            ("xl/vbaProject.bin", b"macro"),
            ("xl/media/x.bin", b"0" * (70 * 1024 * 1024)),
        ):
            held = io.BytesIO(sheet(PAID))
            with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(extra, content)
            with pytest.raises(Invalid):
                load(carrier, held.getvalue())
        assert not StatementLine.objects.exists()

    def test_proposes_the_receipt_and_the_invoice_that_owes_as_much(
        self, carrier, invoice, django_assert_num_queries
    ):
        loaded = load(carrier, sheet(PAID, ODD))
        page = receipts_bank.statement_page(number=loaded.number)
        assert [guess.number for guess in page.rows[0].invoices] == [invoice.number]
        receipt = money.register(carrier, invoice)
        page = receipts_bank.statement_page(number=loaded.number)
        assert [guess.number for guess in page.rows[0].receipts] == [receipt.dossier.number]
        assert page.rows[1].receipts == page.rows[1].invoices == ()
        with django_assert_num_queries(7):
            receipts_bank.statement_page(number=loaded.number)

    def test_a_person_confirms_and_may_take_it_back(self, carrier, invoice):
        load(carrier, sheet(PAID, ODD))
        first, second = StatementLine.objects.order_by("position")
        receipt = money.register(carrier, invoice)
        acts = {"actor": carrier.actor("contabilidad"), "at": carrier.at}
        with pytest.raises(Conflict, match="El movimiento es por"):
            bank_statements.match(line_id=second.pk, receipt_id=receipt.pk, **acts)
        bank_statements.match(line_id=first.pk, receipt_id=receipt.pk, **acts)
        with pytest.raises(Conflict):
            bank_statements.match(line_id=first.pk, receipt_id=receipt.pk, **acts)
        bank_statements.release(line_id=first.pk, **acts)
        bank_statements.set_aside(line_id=first.pk, reason="es de otro servicio", **acts)
        bank_statements.match(line_id=first.pk, receipt_id=receipt.pk, **acts)
        first.refresh_from_db()
        assert (first.receipt_id, first.set_aside) == (receipt.pk, "")

    def test_of_another_bank_than_the_receipt_says_so_and_is_never_matched_unseen(self, carrier, invoice):
        loaded = load(carrier, sheet(PAID))
        receipt = money.register(carrier, invoice, bank="BNB")
        said = "El extracto es de Banco Unión y el comprobante dice BNB."
        page = receipts_bank.statement_page(number=loaded.number)
        assert [guess.differs for guess in page.rows[0].receipts] == [said]
        acts = {"actor": carrier.actor("contabilidad"), "at": carrier.at}
        line = StatementLine.objects.get()
        with pytest.raises(Conflict, match="el comprobante dice BNB"):
            bank_statements.match(line_id=line.pk, receipt_id=receipt.pk, **acts)
        bank_statements.match(line_id=line.pk, receipt_id=receipt.pk, other_bank=True, **acts)
        assert said in procedure.journal_of([receipt.dossier_id]).order_by("-id")[0].text

    def test_a_receipt_written_down_for_another_bank_says_so_in_its_journal(self, carrier, invoice):
        load(carrier, sheet(PAID))
        receipt = money.register(carrier, invoice, bank="BNB", line_id=StatementLine.objects.get().pk)
        words = " ".join(line.text for line in procedure.journal_of([receipt.dossier_id]))
        assert "El extracto es de Banco Unión y el comprobante dice BNB." in words

    def test_a_receipt_is_written_down_from_a_movement_once(self, carrier, invoice):
        load(carrier, sheet(PAID))
        line = StatementLine.objects.get()
        receipt = money.register(carrier, invoice, line_id=line.pk)
        line.refresh_from_db()
        assert line.receipt_id == receipt.pk
        with pytest.raises(Conflict):
            money.register(carrier, invoice, reference="otra", line_id=line.pk)

    def test_a_rejected_receipt_lets_its_movement_go(self, carrier, invoice):
        load(carrier, sheet(PAID))
        line = StatementLine.objects.get()
        receipt = money.register(carrier, invoice, line_id=line.pk)
        money.inform(carrier, receipt)
        money.reject(carrier, receipt)
        line.refresh_from_db()
        assert line.receipt_id is None

    def test_is_not_for_every_role(self, carrier, invoice):
        with pytest.raises(NotAllowed):
            load(carrier, sheet(PAID), who="facturacion")


class TestTheCarriersAccounts:
    def propose(self, carrier, who: str = "facturacion", **more) -> BankAccount:
        said = {
            "bank": "Banco Unión",
            "number": "1-0000 1234",
            "currency": "BOB",
            "holder": "COMTECO R.L.",
            "reason": "nota 15/2026",
            **more,
        }
        return bank_accounts.propose(actor=carrier.actor(who), at=carrier.at, **said)

    def decide(self, carrier, account, who: str = "gerente", *, approve: bool = True):
        return bank_accounts.decide(
            account_id=account.pk, approve=approve, actor=carrier.actor(who), at=carrier.at
        )

    def told(self, carrier) -> str:
        return procedure.parameter("billing.accounts", at=carrier.at)

    def test_are_told_only_when_another_person_approved(self, carrier, invoice):
        before = self.told(carrier)
        account = self.propose(carrier)
        assert self.told(carrier) == before
        assert WorkItem.objects.filter(key=f"cuenta:{account.pk}", done_at=None, role="MANAGER").exists()
        self.decide(carrier, account)
        assert self.told(carrier) == "Banco Unión, cuenta en bolivianos 1-0000 1234 a nombre de COMTECO R.L."
        assert not WorkItem.objects.filter(key=f"cuenta:{account.pk}", done_at=None).exists()

    def test_nobody_approves_the_own_proposal(self, carrier, invoice):
        account = self.propose(carrier, "contabilidad")
        with pytest.raises(Conflict, match="no lo aprueba"):
            self.decide(carrier, account, "contabilidad")
        RoleGrant.objects.create(user=carrier.users["gerente"], role="BILLING", granted_at=carrier.at)
        mine = self.propose(carrier, "gerente", number="2-0000 9999")
        with pytest.raises(Conflict):
            self.decide(carrier, mine, "gerente")
        with pytest.raises(IntegrityError), transaction.atomic():
            BankAccount.objects.filter(pk=mine.pk).update(
                state="IN_FORCE", decided_by=carrier.users["gerente"], decided_at=carrier.at
            )

    def test_end_by_two_people_too(self, carrier, invoice):
        account = self.propose(carrier)
        self.decide(carrier, account)
        other = self.propose(carrier, number="777-0001")
        self.decide(carrier, other)
        bank_accounts.propose_closing(
            account_id=account.pk, reason="se cerró", actor=carrier.actor("contabilidad"), at=carrier.at
        )
        assert "1-0000 1234" in self.told(carrier)
        with pytest.raises(Conflict):
            self.decide(carrier, account, "contabilidad")
        self.decide(carrier, account)
        assert "1-0000 1234" not in self.told(carrier)
        assert "777-0001" in self.told(carrier)

    def test_a_refused_one_is_told_to_nobody(self, carrier, invoice):
        before = self.told(carrier)
        account = self.propose(carrier)
        self.decide(carrier, account, approve=False)
        assert self.told(carrier) == before
        with pytest.raises(Conflict):
            self.decide(carrier, account)

    def test_are_not_edited_as_a_parameter(self, carrier, invoice):
        with pytest.raises(Conflict, match="no se edita aquí"):
            parameters.change_parameter(
                name="billing.accounts",
                value="Banco Pirata 666",
                valid_from=carrier.at,
                reason="urgente",
                actor=carrier.actor("gerente"),
                at=carrier.at,
            )

    def test_a_number_once_and_no_nonsense(self, carrier, invoice):
        self.propose(carrier)
        with pytest.raises(Invalid, match="ya está propuesta"):
            self.propose(carrier, number="1 0000-1234")
        with pytest.raises(Invalid) as refused:
            self.propose(carrier, bank=" ", number="abc", holder="", reason="", currency="EUR")
        assert len(refused.value.errors) == 5


class TestTheTablesForAccounting:
    def test_balance_and_say_every_receipt_and_invoice(self, carrier, invoice):
        receipt = money.register(carrier, invoice, "28000.00", bank="=Banco()", reference="+1")
        money.allocate(carrier, receipt, (invoice, "27000.00"), (invoice, "10.00", "BANK_CHARGE", "comisión"))
        gone = money.register(carrier, invoice, "5.00", reference="r-2")
        accounting.withdraw(
            receipt_id=gone.pk, reason="error", actor=carrier.actor("interconexion"), at=carrier.at
        )
        notes.issue(
            invoice_id=invoice.pk,
            kind="CREDIT",
            total=Decimal("100.00"),
            reason="acuerdo",
            actor=carrier.actor("facturacion"),
            at=carrier.at,
        )
        tables = receipts_export.tables(first=dt.date(2026, 12, 1), last=dt.date(2026, 12, 31), at=carrier.at)
        receipts, invoices, entries = tables
        assert [row[0] for row in receipts.rows] == [
            "CP-2026-000001",
            "CP-2026-000002",
            "TOTAL sin rechazados",
        ]
        assert (receipts.rows[-1][7], receipts.rows[-1][9]) == (Decimal("28000.00"), Decimal("1000.00"))
        row = dict(zip(invoices.columns, invoices.rows[0], strict=True))
        assert (row["Total"], row["IVA 13 %"], row["IT 3 %"], row["Notas"], row["Cobrado"], row["Saldo"]) == (
            Decimal("28750.00"), Decimal("3737.50"), Decimal("862.50"), Decimal("-100.00"), Decimal("27010.00"),
            Decimal("1640.00"),
        )  # fmt: skip
        total = entries.rows[-1]
        assert total[6] == total[7] > 0
        by_account = {each[4]: each for each in entries.rows if each[1] == "CP-2026-000001"}
        assert by_account["2.1.3.01 Anticipos de clientes"][7] == Decimal("1000.00")

    def test_of_no_days_is_refused(self, carrier, invoice):
        with pytest.raises(Invalid):
            receipts_export.tables(first=dt.date(2026, 12, 2), last=dt.date(2026, 12, 1), at=carrier.at)
