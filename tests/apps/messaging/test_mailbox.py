"""Incoming mail: taken once, put where it belongs, told to a person; nothing happens because a mail says so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from mayorista.apps.customers import operations as customers
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.messaging import operations, queries
from mayorista.apps.messaging.models import (
    ChannelHealth,
    IncomingMail,
    MailboxPosition,
    MailReading,
    Message,
    MessageAttachment,
)
from mayorista.apps.messaging.operations import mailbox as mailbox_operations
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import JournalEntry, StoredFile, WorkItem
from mayorista.apps.procedure.operations import dossiers, files
from mayorista.rules.errors import Conflict, NotAllowed
from mayorista.rules.ports import mailbox as port
from mayorista.rules.procedure import Role
from tests import fakes
from tests.apps.messaging.support import NOW
from tests.rules.mail import letters

NAME = "noc@127.0.0.1/INBOX"
NOC = "Guardia <noc@vallefibra.example>"
PDF = ("comprobante.pdf", "application/pdf", letters.PDF)


@pytest.fixture
def box() -> fakes.Mailbox:
    return fakes.Mailbox(arrived_at=NOW - dt.timedelta(minutes=2))


def collect(box: fakes.Mailbox, at: dt.datetime = NOW) -> int:
    return operations.collect(session=box, name=NAME, at=at)


def come(box: fakes.Mailbox, raw: bytes, *, size: int = 0, at: dt.datetime = NOW) -> MailReading:
    """One mail arrives, is taken and read."""
    uid = box.lay(raw, size=size)
    collect(box, at)
    mail = IncomingMail.objects.get(uidvalidity=box.uidvalidity, uid=uid)
    operations.read_mail(mail_id=mail.pk, at=at)
    return MailReading.objects.get(mail=mail)


def items(key: str = "") -> list[WorkItem]:
    return list(WorkItem.objects.filter(done_at=None, key__startswith=key).order_by("id"))


def sent(house, *, to=("noc@vallefibra.example",), cause="A.4", dossier_id=0) -> Message:
    """A mail of ours that the server took."""
    message = operations.queue_email(
        dossier_id=dossier_id or house.case_id, to=list(to), subject="Caso", body="Texto", cause=cause, actor=house.actor, at=NOW
    )  # fmt: skip
    operations.deliver(message_id=message.pk, at=NOW)
    message.refresh_from_db()
    assert message.state == "ACCEPTED"
    return message


def payer(house, *roles: str, email: str = "pagos@vallefibra.example") -> None:
    card = customer_queries.customer_by_code(code="ISP-014")
    wishes = [customers.ContactRoleWish(customer_id=card.id, role=each) for each in roles or ("BILLING",)]
    every = Actor(user_id=house.actor.user_id, roles=frozenset(Role), name="x")
    customers.save_contact(
        full_name="Pagos Valle", email=email, phone="+59170000077", roles=wishes, actor=every, at=NOW
    )


class TestTaking:
    def test_each_mail_is_taken_once(self, house, box):
        box.lay(letters.mail())
        box.lay(letters.mail(message_id="<dos@x.example>", body="otro"))
        assert (collect(box), collect(box)) == (2, 0)
        assert box.fetched == [1, 2]
        assert MailboxPosition.objects.get().last_uid == 2
        assert IncomingMail.objects.count() == MailReading.objects.count() == 2

    def test_a_connection_that_breaks_begins_where_it_broke(self, house, box):
        for number in range(5):
            box.lay(letters.mail(message_id=f"<{number}@x.example>", body=str(number)))
        box.breaks_at = 4
        with pytest.raises(port.MailboxAway):
            collect(box)
        assert IncomingMail.objects.count() == 3
        box.breaks_at = 0
        assert collect(box) == 2
        assert box.fetched == [1, 2, 3, 4, 5]

    def test_a_new_validity_brings_copies_and_no_second_message(self, house, box):
        come(box, letters.mail(from_=NOC))
        box.uidvalidity = 2
        box.lay(letters.mail(from_=NOC, message_id="<nuevo@x.example>", body="nuevo"))
        assert collect(box) == 2
        for mail in IncomingMail.objects.filter(uidvalidity=2):
            operations.read_mail(mail_id=mail.pk, at=NOW)
        assert [each.outcome for each in MailReading.objects.order_by("id")] == ["MESSAGE", "COPY", "MESSAGE"]
        assert Message.objects.filter(direction="IN").count() == 2
        assert JournalEntry.objects.filter(act="MAILBOX_BEGUN").count() == 2

    def test_an_old_mailbox_that_is_read_for_the_first_time_begins_with_the_recent(self, house, box):
        for number in range(3):
            box.lay(letters.mail(message_id=f"<{number}@x.example>"))
        box.since = lambda day: [3] if day < NOW.date() else []
        assert collect(box) == 1
        assert box.fetched == [3]

    def test_an_empty_new_mailbox_takes_what_comes(self, house, box):
        assert collect(box) == 0
        assert come(box, letters.mail(from_=NOC)).outcome == "MESSAGE"

    def test_a_mail_that_comes_while_the_reading_begins_is_not_skipped(self, house, box):
        def since(_day):
            box.since = lambda _day: []
            box.lay(letters.mail(from_=NOC))
            return []

        box.since = since
        assert collect(box) + collect(box) == 1

    def test_what_was_taken_can_not_be_changed(self, house, box):
        come(box, letters.mail())
        with pytest.raises(DatabaseError), transaction.atomic():
            IncomingMail.objects.update(size=0)

    def test_a_lost_job_is_found_again(self, house, box):
        box.lay(letters.mail())
        collect(box)
        assert mailbox_operations.unread(at=NOW) == []
        assert len(mailbox_operations.unread(at=NOW + dt.timedelta(minutes=2))) == 1
        assert operations.sweep(at=NOW + dt.timedelta(minutes=2))["mails"] == 1


class TestPlace:
    def test_an_answer_goes_where_the_question_was(self, house, box):
        ours = sent(house)
        answer = letters.mail(
            from_="otro@yahoo.example", in_reply_to=ours.message_id_header, subject="RE: Caso"
        )
        message = come(box, answer).message
        assert (message.dossier_id, message.needs_filing, message.in_reply_to_id) == (
            house.case_id,
            False,
            ours.pk,
        )
        [item] = items("responder")
        assert (item.role, item.step, item.dossier_id) == ("SUPPORT", "A.4", house.case_id)
        assert "desconocido" in item.title

    def test_an_answer_to_an_answer_goes_there_too(self, house, box):
        ours = sent(house)
        come(box, letters.mail(in_reply_to=ours.message_id_header))
        second = letters.mail(
            message_id="<dos@x.example>", references="<perdido@x> <uno@vallefibra.example>", body="más"
        )
        assert come(box, second).message.dossier_id == house.case_id

    def test_a_number_in_the_subject_counts_from_who_answers_for_that_customer(self, house, box):
        dossiers.open_dossier(kind="CASE", number="DANO-2026-000200", headline="x", state="x", at=NOW, customer_id=house.customer_dossier_id)  # fmt: skip
        known = come(box, letters.mail(from_=NOC, subject="re: dano-2026-000148 sigue")).message
        assert (known.dossier_id, known.needs_filing) == (house.case_id, False)
        forged = come(
            box, letters.mail(from_="x@otro.example", subject="DANO-2026-000148", message_id="<f@x>")
        ).message
        assert forged.needs_filing
        assert forged.dossier_id != house.case_id

    def test_who_keeps_watch_writes_to_the_only_open_case(self, house, box):
        assert come(box, letters.mail(from_=NOC)).message.dossier_id == house.case_id

    def test_who_only_pays_does_not(self, house, box):
        payer(house)
        message = come(box, letters.mail()).message
        assert (message.dossier_id, message.needs_filing) == (house.customer_dossier_id, True)
        [item] = items("clasificar")
        assert item.role == "INTERCONNECTION"

    def test_an_unknown_sender_waits_for_a_person_in_a_task(self, house, box):
        message = come(box, letters.mail(from_="nadie@otro.example")).message
        [item] = items("clasificar")
        assert (message.needs_filing, item.dossier.number) == (True, "FIJO-UNKNOWN_WRITERS")
        assert "desconocido" in item.title
        operations.file_message(message_id=message.pk, dossier_id=house.case_id, actor=house.actor, at=NOW)
        assert items("clasificar") == []

    def test_each_mail_is_filed_by_itself(self, house, box):
        first = come(box, letters.mail(from_="nadie@otro.example")).message
        second = come(box, letters.mail(from_="nadie@otro.example", message_id="<2@x>", body="otro")).message
        assert (
            operations.file_message(message_id=first.pk, dossier_id=house.case_id, actor=house.actor, at=NOW)
            == 1
        )
        second.refresh_from_db()
        assert second.needs_filing
        assert len(items("clasificar")) == 1

    def test_mails_without_sender_have_nobody_and_are_told_apart(self, house, box):
        rows = [
            come(box, letters.mail(from_="", message_id=f"<{n}@x>", body=str(n))).message for n in range(2)
        ]
        assert [row.conversation_id for row in rows] == [None, None]
        assert (
            operations.file_message(
                message_id=rows[0].pk, dossier_id=house.case_id, actor=house.actor, at=NOW
            )
            == 1
        )
        bubbles = queries.thread([house.case_id], at=NOW).bubbles
        assert bubbles[-1].who == "(sin remitente)"

    def test_a_machine_is_not_answered(self, house, box):
        ours = sent(house)
        absent = letters.mail(
            "Auto-Submitted: auto-replied",
            from_=NOC,
            in_reply_to=ours.message_id_header,
            subject="Fuera de oficina",
        )
        message = come(box, absent).message
        assert (message.kind, message.dossier_id) == ("AUTO", house.case_id)
        assert items("responder") == []
        assert Message.objects.filter(direction="OUT").count() == 1

    def test_our_own_mail_that_comes_back_is_no_message(self, house, box):
        ours = sent(house)
        reading = come(box, letters.mail(message_id=ours.message_id_header))
        assert (reading.outcome, reading.message) == ("OWN", None)

    def test_an_id_used_twice_loses_no_mail(self, house, box):
        come(box, letters.mail(body="uno"))
        second = come(box, letters.mail(body="dos")).message
        assert (second.body, second.message_id_header) == ("dos", "")

    def test_an_answer_by_mail_ends_the_task(self, house, box):
        come(box, letters.mail(from_=NOC))
        assert len(items("responder")) == 1
        draft = operations.MailDraft(house.case_id, ["noc@vallefibra.example"], "RE", "Ya va", "A.4")
        operations.send(draft=draft, actor=house.actor, at=NOW)
        assert items("responder") == []

    def test_the_server_says_when_it_came_not_the_sender(self, house, box):
        message = come(box, letters.mail(from_=NOC, date="Mon, 1 Jan 1990 00:00:00 +0000")).message
        assert message.created_at == box.arrived_at
        box.arrived_at = NOW + dt.timedelta(days=400)
        later = come(box, letters.mail(from_=NOC, message_id="<2@x>", body="dos")).message
        assert later.created_at == NOW


class TestFiles:
    def test_are_kept_by_what_they_are_as_downloads(self, house, box):
        raw = letters.with_files(PDF, ("foto.pdf", "application/pdf", b"\xff\xd8\xff\xe0x"), from_=NOC)
        message = come(box, raw).message
        first, second = MessageAttachment.objects.filter(message=message).order_by("position")
        assert files.read(file_id=first.file_id)[1] == letters.PDF
        assert (second.name, second.content_type) == ("foto.jpg", "image/jpeg")
        assert "no es «.pdf»" in second.error_text
        assert StoredFile.objects.filter(kind="MAIL", dossier_id=house.case_id).count() == 2
        bubble = queries.thread([house.case_id], at=NOW).bubbles[-1]
        assert [(each.inline, each.download) for each in bubble.attachments] == [(False, True)] * 2

    def test_go_along_when_a_person_files_the_mail(self, house, box):
        message = come(box, letters.with_files(PDF, from_="nadie@otro.example")).message
        operations.file_message(message_id=message.pk, dossier_id=house.case_id, actor=house.actor, at=NOW)
        assert StoredFile.objects.get(kind="MAIL").dossier_id == house.case_id

    def test_a_mail_too_big_is_named_never_loaded(self, house, box):
        reading = come(box, letters.mail(from_=NOC, subject="Fotos"), size=200 * 1024 * 1024)
        assert reading.outcome == "UNREADABLE"
        [item] = items("clasificar")
        assert "200 MB" in item.title
        assert (reading.message.subject, reading.message.body) == ("Fotos", "")

    def test_a_mail_too_odd_is_told_to_a_person(self, house, box):
        reading = come(
            box, letters.mail("Content-Type: multipart/mixed; boundary=b", from_=NOC, body="\n--x" * 30_000)
        )
        assert (reading.outcome, reading.message.kind) == ("UNREADABLE", "UNREADABLE")
        assert "no se pudo leer" in items("clasificar")[0].title

    def test_a_mail_that_breaks_our_reading_is_not_lost(self, house, box, monkeypatch):
        monkeypatch.setattr("mayorista.apps.messaging.operations.placing._waiting", lambda *_: 1 / 0)
        reading = come(box, letters.mail(from_=NOC))
        assert reading.outcome == "UNREADABLE"
        assert "ZeroDivisionError" in reading.problem
        assert len(items("clasificar")) == 1


class TestReceipt:
    def test_a_file_from_who_pays_may_be_a_receipt(self, house, box):
        payer(house)
        message = come(box, letters.with_files(PDF)).message
        [item] = items("comprobante")
        assert (item.step, item.role, item.key) == ("B.7", "INTERCONNECTION", f"comprobante:{message.pk}")
        assert message.needs_filing

    def test_a_file_in_answer_to_an_invoice_may_be_one_whoever_sends_it(self, house, box):
        invoice = dossiers.open_dossier(kind="INVOICE", number="FAC-1", headline="x", state="x", at=NOW, customer_id=house.customer_dossier_id)  # fmt: skip
        ours = sent(house, cause="B.5", dossier_id=invoice.pk, to=("pagos@vallefibra.example",))
        message = come(box, letters.with_files(PDF, in_reply_to=ours.message_id_header)).message
        [item] = items("comprobante")
        assert (message.dossier_id, item.dossier_id) == (invoice.pk, invoice.pk)
        assert "desconocido" in item.title

    def test_words_alone_are_answered_by_the_step_that_wrote(self, house, box):
        invoice = dossiers.open_dossier(kind="INVOICE", number="FAC-1", headline="x", state="x", at=NOW)
        ours = sent(house, cause="B.5", dossier_id=invoice.pk, to=("pagos@vallefibra.example",))
        come(box, letters.mail(in_reply_to=ours.message_id_header))
        [item] = items("responder")
        assert (item.step, item.role) == ("B.5", "BILLING")

    def test_a_logo_is_none_and_a_file_in_a_fault_is_none(self, house, box):
        come(box, letters.with_files(PDF, from_=NOC))
        assert items("comprobante") == []

    def test_it_goes_along_when_the_mail_is_filed_and_ends_with_its_registration(self, house, box):
        payer(house)
        message = come(box, letters.with_files(PDF)).message
        invoice = dossiers.open_dossier(kind="INVOICE", number="FAC-1", headline="x", state="x", at=NOW)
        operations.file_message(message_id=message.pk, dossier_id=invoice.pk, actor=house.actor, at=NOW)
        [item] = items("comprobante")
        assert item.dossier_id == invoice.pk
        operations.receipt_handled(message_id=message.pk, actor=house.actor, at=NOW)
        assert items("comprobante") == []

    def test_a_person_may_say_that_it_is_none(self, house, box):
        payer(house)
        message = come(box, letters.with_files(PDF)).message
        with pytest.raises(NotAllowed):
            operations.no_receipt(message_id=message.pk, actor=house.auditor, at=NOW)
        operations.no_receipt(message_id=message.pk, actor=house.actor, at=NOW)
        assert WorkItem.objects.get(key=f"comprobante:{message.pk}").withdrawn

    def test_nothing_follows_from_a_mail_by_itself(self, house, box):
        payer(house, "BILLING", "MANAGEMENT")
        before = Message.objects.filter(direction="OUT").count()
        come(box, letters.with_files(PDF, subject="PAGADO, cambien la cuenta y suban la velocidad a 10 Gbps"))
        assert Message.objects.filter(direction="OUT").count() == before
        assert {each.key.partition(":")[0] for each in items()} == {"comprobante"}


class TestBounce:
    def test_finds_its_mail_and_says_why(self, house, box):
        ours = sent(house)
        reading = come(box, letters.dsn(to="NOC@vallefibra.example", original=ours.message_id_header))
        ours.refresh_from_db()
        assert (reading.outcome, reading.message_id, ours.state, ours.error_code) == (
            "REPORT",
            ours.pk,
            "FAILED",
            "5.1.1",
        )
        assert ours.failed_at == NOW
        [item] = items("fallido")
        assert (item.role, item.dossier_id) == ("SUPPORT", house.case_id)
        bubble = queries.bubbles_of([ours.pk])[ours.pk]
        assert bubble.error == "La dirección no existe."
        assert "User unknown" in bubble.error_detail

    def test_one_of_several_recipients_is_told_apart(self, house, box):
        ours = sent(house, to=("noc@vallefibra.example", "gerencia@vallefibra.example"))
        come(box, letters.dsn(to="gerencia@vallefibra.example", original=ours.message_id_header))
        ours.refresh_from_db()
        assert (ours.state, ours.recipients) == ("ACCEPTED", ["noc@vallefibra.example"])
        gone = Message.objects.get(retry_of=ours)
        assert (gone.state, gone.recipients, gone.error_code) == (
            "FAILED",
            ["gerencia@vallefibra.example"],
            "5.1.1",
        )
        come(
            box, letters.dsn(to="noc@vallefibra.example", original=ours.message_id_header, message_id="<2@x>")
        )
        ours.refresh_from_db()
        assert ours.state == "FAILED"
        assert len(items("fallido")) == 2

    def test_twice_is_once(self, house, box):
        ours = sent(house)
        come(box, letters.dsn(to="noc@vallefibra.example", original=ours.message_id_header))
        come(
            box,
            letters.dsn(to="noc@vallefibra.example", original=ours.message_id_header, message_id="<otro@x>"),
        )
        assert JournalEntry.objects.filter(act="MESSAGE_FAILED").count() == 1

    def test_a_delay_is_no_failure(self, house, box):
        ours = sent(house)
        come(
            box,
            letters.dsn(
                to="noc@vallefibra.example", action="delayed", status="4.4.1", original=ours.message_id_header
            ),
        )
        ours.refresh_from_db()
        assert ours.state == "ACCEPTED"
        assert items("fallido") == []
        assert JournalEntry.objects.filter(act="MESSAGE_DELAYED").count() == 1

    def test_delivery_proves_what_was_uncertain(self, house, box):
        ours = sent(house)
        Message.objects.filter(pk=ours.pk).update(state="UNCERTAIN")
        come(
            box,
            letters.dsn(
                to="noc@vallefibra.example",
                action="delivered",
                status="2.0.0",
                original=ours.message_id_header,
            ),
        )
        ours.refresh_from_db()
        assert (ours.state, ours.delivered_at) == ("DELIVERED", NOW)

    def test_an_invented_report_changes_nothing_and_is_told(self, house, box):
        ours = sent(house)
        come(box, letters.dsn(to="otro@vallefibra.example", original=ours.message_id_header))
        come(
            box,
            letters.dsn(to="noc@vallefibra.example", original="<inventado@x.example>", message_id="<2@x>"),
        )
        ours.refresh_from_db()
        assert ours.state == "ACCEPTED"
        assert JournalEntry.objects.filter(act="REPORT_UNCLEAR").count() == 1
        assert len(items("rebote")) == 1

    def test_a_report_may_overtake_our_own_note(self, house, box, channels):
        """The bounce is read while our worker still waits to write down that the server took the mail."""
        message = operations.queue_email(
            dossier_id=house.case_id, to=["noc@vallefibra.example"], subject="x", body="x", cause="A.4", actor=house.actor, at=NOW
        )  # fmt: skip
        take = channels.mail.send

        def slow(mail):
            come(box, letters.dsn(to="noc@vallefibra.example", original=message.message_id_header))
            return take(mail)

        channels.mail.send = slow
        operations.deliver(message_id=message.pk, at=NOW)
        message.refresh_from_db()
        assert (message.state, message.error_code) == ("FAILED", "5.1.1")

    def test_it_can_be_sent_again_once_the_address_is_right(self, house, box):
        ours = sent(house)
        come(box, letters.dsn(to="noc@vallefibra.example", original=ours.message_id_header))
        again = operations.resend(message_id=ours.pk, actor=house.actor, at=NOW)
        assert again.message_id_header != ours.message_id_header
        assert items("fallido") == []
        with pytest.raises(Conflict):
            operations.resend(message_id=ours.pk, actor=house.actor, at=NOW)


class TestHealth:
    def test_a_mailbox_that_is_refused_is_told_at_once_and_revives_when_read(self, house):
        problem = port.MailboxClosed("AUTHENTICATIONFAILED", code="login")
        pause = operations.mailbox_failed(problem=problem, closed=True, at=NOW)
        assert dt.timedelta(minutes=1) <= pause <= dt.timedelta(minutes=10)
        assert ChannelHealth.objects.get(pk="MAILBOX").state == "STOPPED"
        assert len(items("canal:MAILBOX")) == 1
        operations.mailbox_worked(waits_by="IDLE", at=NOW)
        assert items("canal:MAILBOX") == []
        assert ChannelHealth.objects.get(pk="MAILBOX").state == "OK"

    def test_one_that_is_away_is_told_when_it_stays_away_and_asked_ever_more_seldom(self, house):
        problem = port.MailboxAway("Connection refused", code="connect")
        pauses = [operations.mailbox_failed(problem=problem, closed=False, at=NOW) for _ in range(12)]
        assert pauses[0] < dt.timedelta(seconds=10)
        assert pauses[-1] == dt.timedelta(minutes=2)
        assert len(items("canal:MAILBOX")) == 1

    def test_reading_writes_little(self, house):
        operations.mailbox_worked(waits_by="IDLE", at=NOW)
        before = ChannelHealth.objects.get(pk="MAILBOX").checked_at
        operations.mailbox_worked(waits_by="IDLE", at=NOW + dt.timedelta(seconds=5))
        assert ChannelHealth.objects.get(pk="MAILBOX").checked_at == before

    def test_its_light_is_there_only_when_it_is_configured_and_goes_out_when_nobody_reads(
        self, house, settings
    ):
        from mayorista.apps.procedure import wiring

        assert [each.channel for each in queries.health(at=NOW)] == ["WHATSAPP", "EMAIL"]
        assert queries.mailbox(at=NOW).light.state == "UNCONFIGURED"
        settings.IMAP_URL = "imap://noc:x@127.0.0.1:1/INBOX"
        wiring._build.cache_clear()
        operations.mailbox_worked(waits_by="IDLE", at=NOW)
        state = queries.mailbox(at=NOW)
        assert (state.light.ok, state.waits_by, state.name) == (True, "IDLE", "noc@127.0.0.1:1/INBOX")
        assert not queries.mailbox(at=NOW + dt.timedelta(minutes=11)).light.ok
        assert queries.health(at=NOW + dt.timedelta(minutes=11))[-1].state == "PAUSED"


def test_a_mail_costs_few_statements(house, box, django_assert_max_num_queries):
    box.lay(letters.with_files(PDF, from_=NOC))
    collect(box)
    mail = IncomingMail.objects.get()
    with django_assert_max_num_queries(45):
        operations.read_mail(mail_id=mail.pk, at=NOW)
    assert connection.vendor == "postgresql"
