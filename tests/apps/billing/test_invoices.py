"""B.4 and B.5: packets that are never touched, invoices equal to the cent, series without gaps, mails that can come back."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import threading
from decimal import Decimal

import pypdf
import pytest
from django.db import DatabaseError, connection, transaction

from mayorista.apps.billing import exports, queries
from mayorista.apps.billing.models import AttachedPaper, Dispatch, Invoice, Month, Note, Packet, Run, RunRow
from mayorista.apps.billing.operations import attaching, dispatching, invoices, months, notes, packets, runs
from mayorista.apps.billing.queries import note_papers
from mayorista.apps.customers.models import Customer
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.procedure.models import JournalEntry
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from tests import billing_world as bills
from tests.fiscal import PDF, archive, xml


class TestAPacket:
    def test_says_what_is_invoiced_and_is_mailed_once_with_its_files(self, carrier):
        bills.sent(carrier)
        packet = Packet.objects.get()
        assert packet.dossier.number == "PAQ-2026-000001"
        assert [line["amount"] for line in packet.content["lines"]] == ["23000.00", "5750.00"]
        mail = Message.objects.get(cause="B.4")
        assert mail.recipients == ["facturacion@comteco.example"]
        assert MessageAttachment.objects.filter(message=mail).count() == 2

    def test_is_superseded_by_a_new_one_when_it_was_observed(self, carrier):
        row = bills.sent(carrier)[0]
        months.observe(
            month_id=row.pk, reason="falta la adenda", actor=carrier.actor("facturacion"), at=carrier.at
        )
        bills.run(carrier, "DEFINE", "interconexion")
        carrier.pass_minutes(1)
        bills.run(carrier, "SEND", "interconexion")
        first, second = Packet.objects.order_by("pk")
        assert second.supersedes_id == first.pk
        assert second.content["supersedes"] == "PAQ-2026-000001"
        bills.run(carrier, "ISSUE", "facturacion")
        assert Invoice.objects.get().packet_id == second.pk

    def test_is_acknowledged_once(self, carrier):
        bills.sent(carrier)
        pk = Packet.objects.get().pk
        with pytest.raises(NotAllowed):
            packets.acknowledge(packet_ids=[pk], actor=carrier.actor("interconexion"), at=carrier.at)
        assert packets.acknowledge(packet_ids=[pk], actor=carrier.actor("facturacion"), at=carrier.at) == 1
        with pytest.raises(Conflict):
            packets.acknowledge(packet_ids=[pk], actor=carrier.actor("facturacion"), at=carrier.at)

    @pytest.mark.parametrize("name", ["=1+1", "+591", "@SUM(A1)", "-2"])
    def test_never_starts_a_formula(self, carrier, name):
        bills.sent(carrier)
        content = Packet.objects.get().content
        content["customer"]["name"] = name
        cell = next(
            iter(
                list(
                    csv.reader(io.StringIO(exports.packets_csv([content]).decode("utf-8-sig")), delimiter=";")
                )[1:]
            )
        )[2]
        assert cell == f"'{name}"
        import openpyxl

        sheet = openpyxl.load_workbook(io.BytesIO(exports.packets_xlsx([content]))).active
        assert sheet["C2"].value == f"'{name}"
        assert sheet["C2"].data_type == "s"

    @pytest.mark.parametrize("table", ["billing_packet", "billing_invoice", "billing_note"])
    def test_and_invoices_and_notes_are_append_only(self, carrier, table):
        invoice = bills.invoiced(carrier)[0]
        notes.issue(
            invoice_id=invoice.pk,
            kind="CREDIT",
            total=Decimal(1),
            reason="x",
            actor=carrier.actor("facturacion"),
            at=carrier.at,
        )
        for verb in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(verb)


class TestOwnSeries:
    def test_numbers_have_no_gaps_though_an_issue_fails(self, carrier, monkeypatch):
        for number in range(3):
            bills.billed(carrier, f"RED {number} S.R.L.", f"RED-{number}", contract=f"CT-R{number}", mail="")
        bills.sent(carrier)
        ids = list(Month.objects.order_by("pk").values_list("pk", flat=True))
        actor = carrier.actor("facturacion")
        invoices.issue_portion(month_ids=ids[:1], actor=actor, at=carrier.at)

        def dies(*_args, **_more):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):  # noqa: PT012 -- undone inside
            patch.setattr(invoices, "_close", dies)
            invoices.issue_portion(month_ids=ids, actor=actor, at=carrier.at)
        invoices.issue_portion(month_ids=ids, actor=actor, at=carrier.at)
        numbers = list(Invoice.objects.order_by("pk").values_list("number", flat=True))
        assert numbers == [f"FAC-INT-2026-{n:06d}" for n in range(1, 5)]

    def test_nothing_to_pay_has_no_invoice(self, carrier):
        from mayorista.apps.contracts.models import PriceVersion

        PriceVersion.objects.update(price_model="flat", terms={"monthly_fee": "0"})
        row = bills.defined(carrier)[0]
        assert row.state == "NOTHING"
        with pytest.raises(Conflict):
            runs.start(kind="SEND", month=bills.NOVEMBER, actor=carrier.actor("interconexion"), at=carrier.at)

    def test_paper_is_the_same_whenever_it_is_made_and_says_it_is_not_fiscal(self, carrier):
        from mayorista.apps.billing.queries import papers

        invoice = Invoice.objects.select_related("packet").get(pk=bills.invoiced(carrier)[0].pk)
        one, other = (papers.Facts.read([invoice], at=carrier.at).pdf(invoice) for _ in range(2))
        assert one == other
        words = pypdf.PdfReader(io.BytesIO(one)).pages[0].extract_text()
        assert "DOCUMENTO NO FISCAL" in words
        assert "Son: Veintiocho mil setecientos cincuenta 00/100 Bolivianos" in words
        assert "28.750,00" in words


class TestExternal:
    def register(self, world, **said):
        row = Month.objects.get()
        return invoices.register(
            **{
                "month_id": row.pk, "number": "1234", "issued_date": dt.date(2026, 12, 2), "total": Decimal("28750.00"),
                "authorization": "44AAEC00", "pdf": invoices.Paper("f.pdf", PDF), "actor": world.actor("facturacion"),
                "at": world.at, **said,
            }
        )  # fmt: skip

    def test_equals_the_packet_to_the_cent(self, carrier):
        bills.sent(carrier)
        for total, difference in (("28750.01", "0,01"), ("28749.99", "-0,01")):
            with pytest.raises(Conflict, match=f"difieren en {difference}"):
                self.register(carrier, total=Decimal(total))
        made = self.register(carrier)
        assert (made.origin, made.number, Month.objects.get().state) == ("EXTERNAL", "1234", "INVOICED")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"issued_date": dt.date(2026, 12, 3)},
            {"number": " "},
            {"pdf": invoices.Paper("f.pdf", b"<html>")},
            {"pdf": None},
        ],
    )
    def test_refuses_what_can_not_be(self, carrier, wrong):
        bills.sent(carrier)
        with pytest.raises(Invalid):
            self.register(carrier, **wrong)
        assert not Invoice.objects.exists()

    def test_is_registered_once(self, carrier):
        bills.sent(carrier)
        self.register(carrier)
        with pytest.raises(Conflict):
            self.register(carrier, number="1235")

    def test_a_zip_is_matched_by_nit_and_amount_and_differences_are_listed(self, carrier):
        bills.billed(carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="p@andesnet.example")
        Customer.objects.filter(name__startswith="VALLE").update(nit="1023456024")
        Customer.objects.filter(name__startswith="ANDES").update(nit="1098765011")
        bills.sent(carrier)
        held = archive(
            fac1__xml=xml("1023456024", "28750"),
            fac1__pdf=PDF,
            fac2__xml=xml("1098765011", "22999.99", "2"),
            fac2__pdf=PDF,
            fac3__xml=xml("5555555", "10", "3"),
            fac3__pdf=PDF,
            falso__pdf=b"MZ",
            virus__exe=b"MZ",
            malo__xml=b"<a",
            sin__pdf=PDF,
        )
        actor = carrier.actor("facturacion")
        before = {
            each.name: each
            for each in invoices.import_archive(archive=held, actor=actor, at=carrier.at, keep=False)
        }
        assert before["fac1.xml"].outcome == "MATCHED"
        assert not Invoice.objects.exists()
        found = {
            each.name: each for each in invoices.import_archive(archive=held, actor=actor, at=carrier.at)
        }
        assert {name: each.outcome for name, each in found.items()} == {
            "fac1.xml": "REGISTERED", "fac2.xml": "DIFFERS", "fac3.xml": "REFUSED", "falso.pdf": "REFUSED",
            "virus.exe": "REFUSED", "malo.xml": "REFUSED", "sin.pdf": "REFUSED",
        }  # fmt: skip
        assert "espera Bs 23.000,00 (difiere en -0,01)" in found["fac2.xml"].text
        made = Invoice.objects.get()
        assert (made.number, made.authorization, made.issued_date) == ("1", "44AAEC00", dt.date(2026, 12, 2))
        assert made.pdf is not None
        assert made.xml is not None
        again = {
            each.name: each.outcome
            for each in invoices.import_archive(archive=held, actor=actor, at=carrier.at)
        }
        assert again["fac1.xml"] == "KNOWN"
        assert Invoice.objects.count() == 1

    def test_a_bomb_and_what_is_no_zip_are_refused(self, carrier):
        actor = carrier.actor("facturacion")
        with pytest.raises(Invalid, match="ZIP"):
            invoices.import_archive(archive=b"no", actor=actor, at=carrier.at)
        bomb = archive(bomba__xml=b"0" * 19_000_000)
        found = invoices.import_archive(archive=bomb, actor=actor, at=carrier.at)
        assert [each.outcome for each in found] == ["REFUSED"]
        entities = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
        found = invoices.import_archive(
            archive=archive(e__xml=entities, e__pdf=PDF), actor=actor, at=carrier.at
        )
        assert "no se lee" in found[0].text


class TestAPdfThatCameLater:
    """Invoices entered before the PDF was asked for lack it; others got the wrong one."""

    LATER = b"%PDF-1.7\n% the right one\n%%EOF\n"

    @pytest.fixture
    def lacking(self, carrier, monkeypatch):
        """As rows of before were written."""
        with monkeypatch.context() as patch:
            patch.setattr(invoices, "_keep", lambda *_: None)
            return self.registered(carrier)

    def registered(self, world):
        bills.sent(world)
        return TestExternal().register(world)

    def attach(self, world, content=LATER, who="facturacion", name="factura-1234.pdf"):
        return attaching.attach_to_invoice(
            invoice_id=Invoice.objects.get().pk,
            paper=invoices.Paper(name, content),
            actor=world.actor(who),
            at=world.at,
        )

    def dispatched(self, world):
        return dispatching.dispatch(
            invoice_id=Invoice.objects.get().pk, actor=world.actor("facturacion"), at=world.at
        )

    def attachments(self, message_id):
        return [
            each.file.sha256
            for each in MessageAttachment.objects.filter(message_id=message_id).select_related("file")
        ]

    def test_lets_it_be_dispatched_with_it(self, carrier, lacking):
        with pytest.raises(Invalid, match="no tiene su PDF"):
            self.dispatched(carrier)
        made = self.attach(carrier)
        digest = hashlib.sha256(self.LATER).hexdigest()
        assert (made.sequence, made.file.sha256, queries.open_invoices()[0].pdf_id) == (
            1,
            digest,
            made.file_id,
        )
        line = JournalEntry.objects.filter(dossier_id=lacking.dossier_id).latest("pk")
        assert "versión 1" in line.text
        assert digest in line.text
        assert self.attachments(self.dispatched(carrier).message_id) == [digest]

    @pytest.mark.usefixtures("lacking")
    def test_goes_with_the_whole_month(self, carrier):
        assert bills.run(carrier, "DISPATCH", "facturacion").refused == 1
        self.attach(carrier)
        assert bills.run(carrier, "DISPATCH", "facturacion").done == 1

    def test_is_replaced_by_a_further_version_only_while_nothing_left(self, carrier):
        invoice = self.registered(carrier)
        made = self.attach(carrier)
        assert made.sequence == 2
        assert "Reemplaza a «f.pdf», que se conserva." in (
            JournalEntry.objects.filter(dossier_id=invoice.dossier_id).latest("pk").text
        )
        sent = self.dispatched(carrier)
        assert self.attachments(sent.message_id) == [made.file.sha256]
        with pytest.raises(Conflict, match="ya se despachó"):
            self.attach(carrier, PDF)
        dispatching.undo(dispatch_id=sent.pk, actor=carrier.actor("facturacion"), at=carrier.at)
        assert self.attach(carrier, PDF).sequence == 3

    @pytest.mark.usefixtures("lacking")
    def test_is_judged_by_its_content_and_by_who_hands_it_over(self, carrier):
        with pytest.raises(Invalid, match="no es un PDF"):
            self.attach(carrier, b"<html>")
        with pytest.raises(NotAllowed):
            self.attach(carrier, who="ventas")
        assert not AttachedPaper.objects.exists()

    def test_is_not_for_our_own_series(self, carrier):
        bills.invoiced(carrier)
        with pytest.raises(Conflict, match="se hace aquí"):
            self.attach(carrier)

    @pytest.mark.usefixtures("lacking")
    def test_is_append_only(self, carrier):
        self.attach(carrier)
        for verb in (
            "UPDATE billing_attachedpaper SET sequence = 9",
            "DELETE FROM billing_attachedpaper",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(verb)


class TestDispatch:
    def sent_mail(self, world) -> Dispatch:
        made = dispatching.dispatch(
            invoice_id=Invoice.objects.get().pk, actor=world.actor("facturacion"), at=world.at
        )
        world.pass_minutes(1)
        messaging.deliver(message_id=made.message_id, at=world.at)
        return made

    def card(self):
        return queries.open_invoices()[0]

    def test_leaves_after_ten_seconds_and_starts_the_term(self, carrier, channels):
        bills.invoiced(carrier)
        assert self.card().due_date is None
        made = dispatching.dispatch(
            invoice_id=Invoice.objects.get().pk, actor=carrier.actor("facturacion"), at=carrier.at
        )
        messaging.deliver(message_id=made.message_id, at=carrier.at)
        assert channels.mails_to(bills.PAYS) == []
        carrier.pass_minutes(1)
        messaging.deliver(message_id=made.message_id, at=carrier.at)
        assert [file.name for file in channels.mails_to(bills.PAYS)[0].attachments] == [
            "FAC-INT-2026-000001.pdf"
        ]
        assert self.card().due_date == dt.date(2027, 1, 1)

    def test_is_undone_within_its_seconds_and_sent_anew(self, carrier, channels):
        bills.invoiced(carrier)
        made = dispatching.dispatch(
            invoice_id=Invoice.objects.get().pk, actor=carrier.actor("facturacion"), at=carrier.at
        )
        assert dispatching.undo(dispatch_id=made.pk, actor=carrier.actor("facturacion"), at=carrier.at) == 1
        assert Month.objects.get().state == "INVOICED"
        self.sent_mail(carrier)
        assert len(channels.mails_to(bills.PAYS)) == 1
        with pytest.raises(Conflict, match="ya salieron"):
            dispatching.undo(
                dispatch_id=Dispatch.objects.latest("pk").pk,
                actor=carrier.actor("facturacion"),
                at=carrier.at,
            )
        with pytest.raises(Conflict, match="ya se despachó"):
            self.sent_mail(carrier)

    def test_a_bounce_holds_the_due_date_until_a_mail_arrives(self, carrier):
        bills.invoiced(carrier)
        made = self.sent_mail(carrier)
        dispatching.settle_deliveries()
        assert Dispatch.objects.get().delivered_at is not None
        Message.objects.filter(pk=made.message_id).update(state="FAILED", failed_at=carrier.at)
        dispatching.settle_deliveries()
        assert Dispatch.objects.get().delivered_at is None
        assert (self.card().due_date, self.card().undelivered) == (None, True)
        carrier.move_to(9, month=12)
        self.sent_mail(carrier)
        assert (self.card().due_date, self.card().undelivered) == (dt.date(2027, 1, 8), False)

    def test_a_customer_without_contact_is_listed_and_the_others_go(self, carrier):
        bills.billed(carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="")
        bills.invoiced(carrier)
        done = bills.run(carrier, "DISPATCH", "facturacion")
        assert (done.done, done.refused) == (1, 1)
        assert "contacto de facturación" in RunRow.objects.get().reason

    def test_a_run_is_undone_whole(self, carrier):
        bills.billed(carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="p@andesnet.example")
        bills.invoiced(carrier)
        done = bills.run(carrier, "DISPATCH", "facturacion")
        assert runs.undo(run_id=done.pk, actor=carrier.actor("facturacion"), at=carrier.at) == 2
        assert set(Message.objects.filter(cause="B.5").values_list("state", flat=True)) == {"CANCELLED"}

    def test_by_terms_from_issue_is_known_at_once(self, world):
        world.move_to(3)
        bills.billed(world, payment_days=15, payment_from="ISSUE")
        bills.invoiced(world)
        assert self.card().due_date == dt.date(2026, 12, 17)


class TestNotes:
    def issue(self, world, kind="CREDIT", total="100.00", **more):
        return notes.issue(
            **{
                "invoice_id": Invoice.objects.get().pk, "kind": kind, "total": Decimal(total), "reason": "cobro de más",
                "actor": world.actor("facturacion"), "at": world.at, **more,
            }
        )  # fmt: skip

    def test_change_what_is_owed(self, carrier):
        bills.invoiced(carrier)
        made = self.issue(carrier)
        assert (made.dossier.number, made.tax) == ("NC-2026-000001", Decimal("13.00"))
        assert self.issue(carrier, "DEBIT", "50.00").dossier.number == "ND-2026-000001"
        card = queries.open_invoices()[0]
        assert (card.total, card.notes, card.owed) == (
            Decimal("28750.00"),
            Decimal("-50.00"),
            Decimal("28700.00"),
        )

    def test_never_exceed_the_invoice(self, carrier):
        bills.invoiced(carrier)
        self.issue(carrier, total="28000.00")
        with pytest.raises(Conflict, match="750,00"):
            self.issue(carrier, total="750.01")
        self.issue(carrier, total="750.00")
        assert queries.open_invoices() == []
        assert Note.objects.count() == 2

    @pytest.mark.parametrize("wrong", [{"reason": " "}, {"total": "0"}, {"total": "-5"}])
    def test_refuse_what_says_too_little(self, carrier, wrong):
        bills.invoiced(carrier)
        with pytest.raises(Invalid):
            self.issue(carrier, **wrong)

    def test_are_the_encargada_s(self, carrier):
        bills.invoiced(carrier)
        with pytest.raises(NotAllowed):
            self.issue(carrier, actor=carrier.actor("interconexion"))


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_issue_each_invoice_once_without_gaps(self, carrier):
        for number in range(12):
            bills.billed(
                carrier,
                f"RED {number:02d} S.R.L.",
                f"RED-{number:02d}",
                contract=f"CT-R{number:02d}",
                mail="",
            )
        bills.sent(carrier)
        actor = carrier.actor("facturacion")
        ids = [runs.start(kind="ISSUE", month=bills.NOVEMBER, actor=actor, at=carrier.at) for _ in range(2)]
        troubles: list[BaseException] = []
        gate = threading.Barrier(4)

        def work(run_id: int) -> None:
            try:
                gate.wait(10)
                while runs.advance(run_id=run_id, at=carrier.at):
                    pass
            except BaseException as trouble:  # noqa: BLE001 - told below
                troubles.append(trouble)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(pk,)) for pk in ids * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not troubles
        assert sorted(Invoice.objects.values_list("number", flat=True)) == [
            f"FAC-INT-2026-{n:06d}" for n in range(1, 14)
        ]
        assert Run.objects.filter(ended_at=None).count() == 0


class TestANoteGoesOut:
    def note(self, world, **more) -> Note:
        return TestNotes().issue(world, **more)

    def dispatched(self, world, note: Note) -> Dispatch:
        return dispatching.dispatch_note(note_id=note.pk, actor=world.actor("facturacion"), at=world.at)

    def arrived(self, world, made: Dispatch) -> None:
        world.pass_minutes(1)
        messaging.deliver(message_id=made.message_id, at=world.at)
        dispatching.settle_deliveries()

    def test_with_its_own_paper_that_says_it_is_not_fiscal(self, carrier, channels):
        bills.invoiced(carrier)
        note = self.note(carrier)
        self.arrived(carrier, self.dispatched(carrier, note))
        mail = channels.mails_to(bills.PAYS)[0]
        assert mail.subject == (
            "Nota de crédito N.º NC-2026-000001 – Factura N.º FAC-INT-2026-000001 – noviembre de 2026"
        )
        assert "Motivo: cobro de más." in mail.body
        assert "Esta nota disminuye lo adeudado" in mail.body
        assert [file.name for file in mail.attachments] == ["NC-2026-000001.pdf"]
        page = note_papers.pdf(notes.note_by_id(note.pk), at=carrier.at)
        words = pypdf.PdfReader(io.BytesIO(page)).pages[0].extract_text()
        for said in (
            "DOCUMENTO NO FISCAL",
            "NC-2026-000001",
            "FAC-INT-2026-000001",
            "cobro de más",
            "Son: Cien 00/100 Bolivianos",
        ):
            assert said in words
        # The invoice was not sent by it: its term does not run.
        card = queries.open_invoices()[0]
        assert (card.delivered_at, card.message_state) == (None, "")

    def test_once_and_again_only_after_it_came_back_or_was_undone(self, carrier):
        bills.invoiced(carrier)
        note = self.note(carrier)
        actor = carrier.actor("facturacion")
        first = self.dispatched(carrier, note)
        with pytest.raises(Conflict, match="La nota ya se despachó"):
            self.dispatched(carrier, note)
        assert dispatching.undo(dispatch_id=first.pk, actor=actor, at=carrier.at) == 1
        assert Month.objects.get().state == "INVOICED"
        second = self.dispatched(carrier, note)
        assert second.sequence == 2
        self.arrived(carrier, second)
        Message.objects.filter(pk=second.message_id).update(state="FAILED", failed_at=carrier.at)
        dispatching.settle_deliveries()
        second.refresh_from_db()
        assert second.delivered_at is None
        assert self.dispatched(carrier, note).sequence == 3

    def test_of_the_billing_system_in_use_with_the_file_it_came_with_or_got_later(self, carrier):
        bills.sent(carrier)
        TestExternal().register(carrier)
        bare = self.note(carrier)
        with pytest.raises(Invalid, match="no tiene su PDF"):
            self.dispatched(carrier, bare)
        actor, paper = carrier.actor("facturacion"), invoices.Paper("nota.pdf", PDF)
        assert (
            attaching.attach_to_note(note_id=bare.pk, paper=paper, actor=actor, at=carrier.at).sequence == 1
        )
        whole = self.note(carrier, number_external="88", authorization="44BB", pdf=paper)
        mails = [self.dispatched(carrier, each).message for each in (bare, whole)]
        assert "N.º 88 " in mails[1].subject
        for mail in mails:
            assert MessageAttachment.objects.get(message=mail).file.name == "nota.pdf"
        with pytest.raises(Conflict, match="ya se despachó"):
            attaching.attach_to_note(note_id=bare.pk, paper=paper, actor=actor, at=carrier.at)
        with pytest.raises(Invalid, match="no es un PDF"):
            self.note(carrier, pdf=invoices.Paper("nota.pdf", b"<html>"))

    def test_not_by_whoever_may_not_and_not_with_a_file_for_our_own_series(self, carrier):
        bills.invoiced(carrier)
        note = self.note(carrier)
        with pytest.raises(NotAllowed):
            dispatching.dispatch_note(note_id=note.pk, actor=carrier.actor("interconexion"), at=carrier.at)
        with pytest.raises(Invalid, match="se hace aquí"):
            self.note(carrier, pdf=invoices.Paper("nota.pdf", PDF))
        with pytest.raises(Conflict, match="se hace aquí"):
            attaching.attach_to_note(
                note_id=note.pk,
                paper=invoices.Paper("nota.pdf", PDF),
                actor=carrier.actor("facturacion"),
                at=carrier.at,
            )
