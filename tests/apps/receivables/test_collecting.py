"""Contacts, promises, objections, hand-overs: what is done about a debt, and what it stops."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pypdf
import pytest
from django.db import DatabaseError, transaction

from mayorista.apps.billing.models import Note
from mayorista.apps.contracts.models import ContractDocument
from mayorista.apps.messaging.models import Message
from mayorista.apps.overview.queries import collection as pages
from mayorista.apps.overview.queries import collection_reminders
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import files
from mayorista.apps.receivables.models import ContactLog, Handover, Objection, Promise
from mayorista.apps.receivables.operations import (
    contacts,
    handovers,
    objections,
    promises,
    reminders,
    telling_statements,
)
from mayorista.apps.receivables.queries import ageing, balances, papers, statements
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound
from tests import collection_world as debts
from tests import scans
from tests.stories import agreements as deal

JOB = for_job("cobranza")


def act(world, who: str) -> dict:
    return {"actor": world.actor(who), "at": world.at}


def item(key: str) -> WorkItem:
    return WorkItem.objects.filter(key=key).latest("id")


def mails(world):
    return collection_reminders.reminder_page(at=world.at).mails


class TestTheLog:
    def said(self, world, **more):
        return {
            "customer_id": world.invoice.customer_id,
            "channel": "PHONE",
            "person": "Ana Rojas",
            "result": "NO_CONTACT",
            **more,
        }

    def test_puts_the_next_action_into_the_tray_of_who_wrote_it(self, debtor):
        debtor.move_to(28, month=12)
        due = dt.date(2026, 12, 30)
        contacts.log(
            **self.said(debtor, next_action="Llamar otra vez", next_on=due), **act(debtor, "cartera")
        )
        first = item("next-call")
        assert (first.role, first.title) == ("PORTFOLIO", "Llamar otra vez: VALLE FIBRA S.R.L.")
        contacts.log(**self.said(debtor, next_action="Visitar", next_on=due), **act(debtor, "interconexion"))
        first.refresh_from_db()
        assert first.done_at is not None
        assert item("next-call").role == "INTERCONNECTION"
        debtor.move_to(30, month=12)
        assert pages.ageing_page(at=debtor.at, view="llamar").counts["llamar"] == 1

    def test_names_every_wrong_field(self, debtor):
        wrong = self.said(debtor, channel="HUMO", person=" ", result="", next_on=dt.date(2020, 1, 1))
        with pytest.raises(Invalid) as refused:
            contacts.log(**wrong, **act(debtor, "cartera"))
        fields = {each.field for each in refused.value.errors}
        assert fields == {"channel", "person", "result", "next_action", "next_on"}
        with pytest.raises(NotFound):
            contacts.log(**self.said(debtor, invoice_id=10**9), **act(debtor, "cartera"))
        with pytest.raises(NotAllowed):
            contacts.log(**self.said(debtor), **act(debtor, "facturacion"))

    def test_is_never_edited(self, debtor):
        contacts.log(**self.said(debtor), **act(debtor, "cartera"))
        with pytest.raises(DatabaseError), transaction.atomic():
            ContactLog.objects.update(text="otra cosa")


class TestAPromise:
    def make(self, world, on: dt.date, amount="28750.00", who="interconexion"):
        return promises.make(
            invoice_id=world.invoice.pk, amount=Decimal(amount), promised_on=on, who="Ana Rojas", **act(world, who)
        )  # fmt: skip

    def test_stops_reminders_and_stands_in_the_log(self, debtor):
        debtor.move_to(28, month=12)
        assert mails(debtor)
        self.make(debtor, dt.date(2026, 12, 30))
        assert not mails(debtor)
        assert ContactLog.objects.get().result == "PROMISE"
        assert item("next-call").title.startswith("Verificar la promesa")

    def test_is_broken_the_day_after_and_reminds_again(self, debtor):
        debtor.move_to(28, month=12)
        self.make(debtor, dt.date(2026, 12, 30))
        debtor.move_to(30, month=12, hour=19)
        assert promises.decide_due(actor=JOB, at=debtor.at) == (0, 0)
        debtor.move_to(31, month=12)
        assert promises.decide_due(actor=JOB, at=debtor.at) == (0, 1)
        assert promises.decide_due(actor=JOB, at=debtor.at) == (0, 0)
        assert Promise.objects.get().state == "BROKEN"
        assert item("broken-promise").title.startswith("Promesa incumplida: llamar a VALLE FIBRA")
        assert item("broken-promise").dossier.kind == "CUSTOMER"
        assert mails(debtor)

    def test_is_kept_by_what_was_paid_since(self, debtor):
        debtor.move_to(28, month=12)
        debts.paid(debtor, debtor.invoice, "750.00")
        debtor.pass_minutes(1)
        self.make(debtor, dt.date(2026, 12, 30), "10000.00")
        debtor.pass_minutes(1)
        assert promises.decide_due(actor=JOB, at=debtor.at) == (0, 0)
        debts.paid(debtor, debtor.invoice, "10000.00", reference="2")
        assert promises.decide_due(actor=JOB, at=debtor.at) == (1, 0)

    def test_replaces_the_former_and_can_be_withdrawn(self, debtor):
        debtor.move_to(28, month=12)
        first = self.make(debtor, dt.date(2026, 12, 29))
        second = self.make(debtor, dt.date(2026, 12, 30))
        first.refresh_from_db()
        assert first.state == "WITHDRAWN"
        promises.withdraw(promise_id=second.pk, reason="era otra factura", **act(debtor, "cartera"))
        assert mails(debtor)
        with pytest.raises(Conflict):
            promises.withdraw(promise_id=second.pk, reason="otra vez", **act(debtor, "cartera"))

    @pytest.mark.parametrize(
        ("amount", "day", "field"),
        [("0.00", 30, "amount"), ("28750.01", 30, "amount"), ("1.00", 27, "promised_on")],
    )
    def test_is_refused_beyond_the_debt_or_in_the_past(self, debtor, amount, day, field):
        debtor.move_to(28, month=12)
        with pytest.raises(Invalid) as refused:
            self.make(debtor, dt.date(2026, 12, day), amount)
        assert refused.value.errors[0].field == field


class TestAnObjection:
    def raise_it(self, world, amount="750.00", on=dt.date(2026, 12, 10), who="interconexion"):
        return objections.object_to(
            invoice_id=world.invoice.pk, amount=Decimal(amount), words="cobran un circuito de más", raised_on=on,
            **act(world, who),
        )  # fmt: skip

    def decide(self, world, row, granted: str):
        return objections.decide(
            objection_id=row.pk, granted=Decimal(granted), decision="según el contrato", **act(world, "gerente")
        )  # fmt: skip

    def test_in_time_holds_its_part_until_the_note_of_what_is_granted(self, debtor):
        debtor.move_to(28, month=12)
        row = self.raise_it(debtor)
        assert row.timely
        assert item(f"objection-{row.pk}").role == "MANAGER"
        assert mails(debtor)[0].total == "Bs 28.000,00"
        self.decide(debtor, row, "500.00")
        # The rest is claimed again, what was granted waits for its note.
        assert mails(debtor)[0].total == "Bs 28.250,00"
        assert item(f"objection-note-{row.pk}").role == "BILLING"
        with pytest.raises(NotAllowed):
            objections.issue_note(objection_id=row.pk, **act(debtor, "gerente"))
        made = objections.issue_note(objection_id=row.pk, **act(debtor, "facturacion"))
        assert Note.objects.get(pk=made.note_id).total == Decimal("500.00")
        assert balances.balances_of([debtor.invoice.pk])[debtor.invoice.pk].open == Decimal("28250.00")
        assert mails(debtor)[0].total == "Bs 28.250,00"
        with pytest.raises(Conflict):
            objections.issue_note(objection_id=row.pk, **act(debtor, "facturacion"))

    def test_lost_is_claimed_again(self, debtor):
        debtor.move_to(28, month=12)
        row = self.raise_it(debtor, "28750.00")
        assert not mails(debtor)
        self.decide(debtor, row, "0.00")
        row.refresh_from_db()
        assert row.state == "LOST"
        assert mails(debtor)[0].total == "Bs 28.750,00"
        with pytest.raises(Conflict):
            self.decide(debtor, row, "0.00")

    def test_is_timely_by_the_days_of_the_contract(self, world):
        world.move_to(3)
        world.invoice = debts.owed(world, objection_days=10)
        world.move_to(28, month=12)
        assert self.raise_it(world, on=dt.date(2026, 12, 12)).timely
        late = self.raise_it(world, on=dt.date(2026, 12, 13))
        assert not late.timely
        assert mails(world)[0].total == "Bs 28.000,00"  # the late one stops nothing

    def test_is_refused_beyond_what_is_open_and_not_objected(self, debtor):
        debtor.move_to(28, month=12)
        self.raise_it(debtor, "28000.00")
        with pytest.raises(Invalid):
            self.raise_it(debtor, "750.01")
        with pytest.raises(Invalid):
            self.raise_it(debtor, "1.00", on=dt.date(2027, 1, 10))
        with pytest.raises(NotAllowed):
            self.raise_it(
                debtor, "1.00", who="cartera-no"
            ) if "cartera-no" in debtor.users else self.raise_it(debtor, "1.00", who="noc")

    def test_is_not_decided_by_who_wrote_it(self, debtor):
        from mayorista.rules.procedure import Role

        debtor.person("dos", Role.MANAGER, Role.INTERCONNECTION)
        debtor.move_to(28, month=12)
        row = self.raise_it(debtor, who="dos")
        with pytest.raises(Conflict):
            objections.decide(objection_id=row.pk, granted=Decimal(0), decision="no", **act(debtor, "dos"))


class TestAgeing:
    def test_falls_into_buckets_by_days_late(self, debtor):
        for day, month, year, bucket in (
            (22, 12, 2026, "por vencer"),
            (6, 1, 2027, "1-15"),
            (21, 1, 2027, "16-30"),
            (22, 1, 2027, "31-60"),
            (22, 3, 2027, "61-90"),
            (23, 3, 2027, "> 90"),
        ):
            debtor.move_to(day, month=month, year=year)
            row = ageing.aged(on=debtor.today)[0]
            assert {name for name, amount in row.buckets.items() if amount} == {bucket}, debtor.today
            assert row.total == debts.TOTAL

    def test_sums_by_currency_and_names_what_is_known(self, debtor):
        debtor.move_to(28, month=12)
        promises.make(
            invoice_id=debtor.invoice.pk, amount=Decimal(100), promised_on=dt.date(2026, 12, 29), who="Ana",
            **act(debtor, "cartera"),
        )  # fmt: skip
        page = pages.ageing_page(at=debtor.at)
        assert page.totals[0][0] == "Bs"
        assert page.totals[0][2] == debts.TOTAL
        assert page.rows[0].aged.promised_on == dt.date(2026, 12, 29)
        assert page.rows[0].aged.last_result == "promesa de pago"


class TestAStatement:
    def test_adds_up_from_opening_to_closing(self, debtor):
        debtor.move_to(28, month=12)
        debts.paid(debtor, debtor.invoice, "8750.00", paid_on=dt.date(2026, 12, 20))
        found = statements.statement(
            customer_id=debtor.invoice.customer_id, currency="BOB", since=dt.date(2026, 12, 10), until=debtor.today
        )  # fmt: skip
        assert found.opening == debts.TOTAL
        assert [(each.kind, each.amount, each.balance) for each in found.movements] == [
            ("pago", Decimal("-8750.00"), Decimal("20000.00"))
        ]
        assert found.closing == Decimal("20000.00")
        assert found.open_invoices[0].open == Decimal("20000.00")

    def test_counts_what_stands_on_account_and_not_what_was_rejected(self, debtor):
        from mayorista.apps.receivables.models import Receipt

        debtor.move_to(28, month=12)
        row = debts.paid(debtor, debtor.invoice, "1000.00")
        debts.taken_back(debtor, row)
        said = {"customer_id": debtor.invoice.customer_id, "currency": "BOB", "since": dt.date(2026, 12, 1)}
        found = statements.statement(until=debtor.today, **said)
        assert found.movements[-1].kind == "pago a cuenta"
        assert found.closing == Decimal("27750.00")
        Receipt.objects.filter(pk=row.pk).update(state="REJECTED")
        assert statements.statement(until=debtor.today, **said).closing == debts.TOTAL

    def test_is_a_pdf_and_goes_by_mail(self, debtor):
        debtor.move_to(28, month=12)
        said = {
            "customer_id": debtor.invoice.customer_id,
            "currency": "BOB",
            "since": dt.date(2026, 1, 1),
            "until": debtor.today,
        }
        _name, content = papers.statement_pdf(statements.statement(**said), at=debtor.at)
        text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
        assert "28.750,00" in text
        assert debtor.invoice.number in text
        pk = telling_statements.send_statement(**said, **act(debtor, "cartera"))
        assert Message.objects.get(pk=pk).state == "HELD"
        with pytest.raises(NotAllowed):
            telling_statements.send_statement(**said, **act(debtor, "legal"))


class TestHandOvers:
    def late(self, debtor):
        debtor.move_to(25, month=1, year=2027)  # 34 days

    def test_cartera_gets_what_is_late_once_and_loses_what_is_paid(self, debtor):
        debtor.move_to(21, month=1, year=2027)  # 30 days
        assert handovers.escalate_due(actor=JOB, at=debtor.at) == 0
        self.late(debtor)
        assert handovers.escalate_due(actor=JOB, at=debtor.at) == 1
        assert handovers.escalate_due(actor=JOB, at=debtor.at) == 0
        assert item("portfolio").role == "PORTFOLIO"
        assert pages.ageing_page(at=debtor.at, view="cartera").counts["cartera"] == 1
        debts.paid(debtor, debtor.invoice, debts.TOTAL)
        handovers.escalate_due(actor=JOB, at=debtor.at)
        assert Handover.objects.get().closed_at is not None
        assert item("portfolio").withdrawn

    def test_an_objection_in_time_stops_it(self, debtor):
        debtor.move_to(28, month=12)
        Objection.objects.create(
            invoice=debtor.invoice, amount=debts.TOTAL, words="todo", raised_on=dt.date(2026, 12, 10), timely=True,
            author=debtor.users["interconexion"],
        )  # fmt: skip
        self.late(debtor)
        assert handovers.escalate_due(actor=JOB, at=debtor.at) == 0

    def test_legal_gets_one_indexed_pdf(self, debtor):
        from mayorista.apps.contracts.models import Contract

        owner = Contract.objects.get(number="CT-100")
        for kind, name, content, content_type in (
            ("CONTRACT", "contrato.pdf", _two_pages(), "application/pdf"),
            ("POWER", "poder.png", b"\x89PNG\r\n\x1a\n123", "image/png"),
            ("SLA", "roto.pdf", deal.PDF, "application/pdf"),
            ("ECONOMIC", "oferta.png", scans.png(), "image/png"),
        ):
            kept = files.store(
                dossier_id=owner.dossier_id, name=name, content=content, content_type=content_type, **act(debtor, "legal")
            )  # fmt: skip
            ContractDocument.objects.create(
                contract=owner, kind=kind, file=kept, added_at=debtor.at, added_by=debtor.users["legal"]
            )
        debtor.move_to(17, month=12)
        debts.remind(debtor)
        debtor.pass_minutes(1)
        debtor.settle()
        self.late(debtor)
        with pytest.raises(NotAllowed):
            handovers.hand_to_legal(customer_id=debtor.invoice.customer_id, **act(debtor, "gerente"))
        kept = handovers.hand_to_legal(customer_id=debtor.invoice.customer_id, **act(debtor, "cartera"))
        _row, content = files.read(file_id=kept.pk)
        book = pypdf.PdfReader(io.BytesIO(content))
        texts = [page.extract_text() for page in book.pages]
        total = len(texts)
        assert "Expediente".upper() in texts[0].upper()
        assert "poder.png" in texts[0]
        assert "roto.pdf" in texts[0]
        assert [text.count("Folio") >= 1 for text in texts] == [True] * total
        assert f"Folio {total} de {total}" in texts[-1]
        titles = {str(each["/Title"]): book.get_destination_page_number(each) for each in book.outline}
        assert titles["Contrato CT-100: Contrato"] == 1
        scan = book.pages[next(page for title, page in titles.items() if "económic" in title.lower())]
        assert len(scan.images) == 1
        assert "oferta.png" not in texts[0]
        mails_at = titles["Recordatorios enviados"]
        assert "Cordialmente" in texts[mails_at]
        reference = Message.objects.filter(cause="B.6").first().message_id_header[1:20]
        assert reference in texts[mails_at].replace("\n", "")
        assert item("legal-file").role == "LEGAL"
        with pytest.raises(Conflict):
            handovers.hand_to_legal(customer_id=debtor.invoice.customer_id, **act(debtor, "cartera"))
        handovers.close_legal(
            customer_id=debtor.invoice.customer_id, outcome="acuerdo de pago", **act(debtor, "legal")
        )
        assert not Handover.objects.filter(to="LEGAL", closed_at=None).exists()

    def test_nothing_late_makes_no_file(self, debtor):
        debtor.move_to(28, month=12)
        with pytest.raises(Conflict):
            handovers.hand_to_legal(customer_id=debtor.invoice.customer_id, **act(debtor, "cartera"))


def _two_pages() -> bytes:
    writer = pypdf.PdfWriter()
    for _page in range(2):
        writer.add_blank_page(width=612, height=792)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_the_clock_does_all_of_it(debtor, monkeypatch):
    from mayorista.interfaces.jobs import receivables as jobs

    debtor.move_to(25, month=1, year=2027)
    monkeypatch.setattr(jobs.clock, "now", lambda: debtor.at)
    jobs.receivables_collection(timestamp=0)
    assert Handover.objects.count() == 1
    assert reminders.STEP == "B.6"
