"""B.6.1: the calendar, one mail a day, never twice; what stops a reminder and who releases it."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection

from mayorista.apps.billing.models import Invoice
from mayorista.apps.customers.models import Contact, Customer
from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.overview.queries import collection_reminders as pages
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry, Parameter, WorkItem
from mayorista.apps.procedure.operations import holidays
from mayorista.apps.receivables.models import Objection, Promise, Reminder, ReminderMail
from mayorista.apps.receivables.operations import reminders
from mayorista.apps.receivables.queries import wording
from mayorista.interfaces.jobs import receivables as jobs
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from tests import billing_world as bills
from tests import collection_world as debts
from tests import receipts_world as money


def page(world):
    return pages.reminder_page(at=world.at)


def stops(world) -> dict[str, str]:
    return {row.step: row.stop for row in page(world).held}


class TestTheCalendar:
    def test_names_the_step_of_the_day_and_all_that_is_owed(self, debtor):
        debtor.move_to(16, month=12)
        assert page(debtor).mails == ()
        debtor.move_to(17, month=12)
        mail = page(debtor).mails[0]
        assert (mail.step, mail.to) == ("D-5", (bills.PAYS,))
        assert mail.subject == f"[COMTECO] Recordatorio de pago – Factura {debtor.invoice.number}"
        assert "Bs 28.750,00, vence el 22/12/2026" in mail.body

    @pytest.mark.parametrize(
        ("day", "month", "year", "step", "words"),
        [
            (17, 12, 2026, "D-5", "Cordialmente"),
            (22, 12, 2026, "D0", "hoy vence"),
            (28, 12, 2026, "D+5", "no registramos el pago"),  # 27/12 is a Sunday
            (6, 1, 2027, "D+15", "se derivará a U.T. Cartera"),
        ],
    )
    def test_hardens_its_words(self, debtor, day, month, year, step, words):
        debtor.move_to(day, month=month, year=year)
        mail = page(debtor).mails[0]
        assert mail.step == step
        assert words in mail.body

    @pytest.mark.parametrize(
        ("late", "text"),
        [
            ((0, 0), "recordatorio_vencimiento"),
            ((0, 4), "recordatorio_mora"),
            ((0, -2), "recordatorio_preventivo"),
        ],
    )
    def test_says_that_it_is_due_today_only_where_each_invoice_is(self, late, text):
        entries = [SimpleNamespace(days_late=days) for days in late]
        assert wording.text_for(SimpleNamespace(step=SimpleNamespace(offset=0), entries=entries)) == text

    def test_rests_on_days_without_offices(self, debtor):
        debtor.move_to(27, month=12)
        assert page(debtor).mails == ()
        with pytest.raises(Conflict):
            debts.remind(debtor)

    def test_rests_on_a_holiday_by_decree_and_goes_out_the_next_day(self, debtor):
        holidays.change_holiday(
            on=dt.date(2026, 12, 17), kind="ADDED", name="Duelo", scope="NATIONAL", reason="D.S. 1",
            actor=for_job("prueba"), at=debtor.at,
        )  # fmt: skip
        debtor.move_to(17, month=12)
        assert not page(debtor).works
        assert page(debtor).mails == ()
        debtor.move_to(18, month=12)
        assert page(debtor).mails[0].step == "D-5"

    def test_is_a_parameter(self, debtor):
        Parameter.objects.create(
            name="collection.reminder_days", value=[-10, 3], valid_from=debtor.at, reason="prueba"
        )
        debtor.move_to(14, month=12)  # D-10 is a Saturday
        assert page(debtor).mails[0].step == "D-10"


class TestSending:
    def test_puts_mail_steps_and_journal_together(self, debtor):
        debtor.move_to(17, month=12)
        sent = debts.remind(debtor)
        mail = ReminderMail.objects.get(pk=sent.mail_ids[0])
        assert mail.message.state == "HELD"
        step = Reminder.objects.get()
        assert (step.stage, step.sent_on, step.message_id) == (-5, debtor.today, mail.message_id)
        assert JournalEntry.objects.filter(act="SEND_REMINDER", dossier=debtor.invoice.dossier).exists()
        debtor.pass_minutes(1)
        debtor.settle()
        assert Message.objects.get(pk=mail.message_id).state == "ACCEPTED"

    def test_happens_once_a_day_and_step(self, debtor):
        debtor.move_to(17, month=12)
        debts.remind(debtor)
        with pytest.raises(Conflict):
            debts.remind(debtor)
        debtor.move_to(18, month=12)
        with pytest.raises(Conflict):
            debts.remind(debtor)
        debtor.move_to(22, month=12)
        debts.remind(debtor)
        assert len(debts.mails()) == 2

    def test_of_many_are_shown_by_pages_and_counted_whole(self, debtor, monkeypatch):
        monkeypatch.setattr(pages, "_MAILS_SHOWN", 1)
        nobody = Customer.objects.get(pk=debtor.isp("LEJOS S.R.L.", "TIP-0999")).pk
        debts.opening(debtor, nobody, "VIEJA-2", dt.date(2026, 12, 22))
        debtor.move_to(22, month=12)
        first, second = (pages.reminder_page(at=debtor.at, number=number) for number in (1, 2))
        assert [len(each.mails) for each in (first, second)] == [1, 1]
        assert {first.mails[0].customer_id, second.mails[0].customer_id} == {
            debtor.invoice.customer_id,
            nobody,
        }
        assert (first.pages.last, first.ready, second.ready) == (2, 1, 1)
        assert pages.ready(at=debtor.at) == [debtor.invoice.customer_id]

    def test_is_one_mail_for_two_invoices(self, debtor):
        self.second_invoice(debtor)
        debtor.move_to(21, month=1, year=2027)
        reminders.release(invoice_ids=[debtor.invoice.pk], actor=debtor.actor("legal"), at=debtor.at)
        debtor.move_to(22, month=1, year=2027)  # a holiday: D-5 of the second goes on Monday
        debtor.move_to(25, month=1, year=2027)
        mail = page(debtor).mails[0]
        assert mail.step == "D+30"
        assert {each.step for each in mail.invoices} == {"D+30", "D-5"}
        debts.remind(debtor)
        assert len(debts.mails()) == 1
        assert Reminder.objects.exclude(sent_on=None).count() == 2

    @staticmethod
    def second_invoice(world) -> Invoice:
        first = world.invoice
        from mayorista.apps.procedure.operations import dossiers

        home = dossiers.open_dossier(
            kind="INVOICE", number="FAC-VIEJA-1", headline="saldo", state="emitida", at=world.at,
            customer_id=first.dossier.customer_id,
        )  # fmt: skip
        return Invoice.objects.create(
            dossier=home, group=first.group, customer_id=first.customer_id, month=dt.date(2026, 10, 1), origin="OPENING",
            number="VIEJA-1", issued_date=dt.date(2026, 12, 2), due_date=dt.date(2027, 1, 27), currency="BOB",
            total=Decimal("100.00"), tax=Decimal("13.00"), issued_at=world.at,
        )  # fmt: skip

    def test_can_be_taken_back_for_ten_seconds_and_sent_again(self, debtor):
        debtor.move_to(17, month=12)
        sent = debts.remind(debtor)
        assert (
            reminders.undo(mail_id=sent.mail_ids[0], actor=debtor.actor("interconexion"), at=debtor.at) == 1
        )
        assert Reminder.objects.exclude(sent_on=None).count() == 0
        debtor.settle()
        assert debts.mails()[0].state == "CANCELLED"
        again = debts.remind(debtor)
        debtor.pass_minutes(1)
        debtor.settle()
        with pytest.raises(Conflict):
            reminders.undo(mail_id=again.mail_ids[0], actor=debtor.actor("interconexion"), at=debtor.at)

    def test_names_who_has_no_address_and_sends_to_the_others(self, debtor):
        Contact.objects.filter(email=bills.PAYS).update(email="")
        debtor.move_to(17, month=12)
        sent = debts.remind(debtor)
        assert not sent.mail_ids
        assert "no tiene contacto de facturación" in sent.refused[0].reason
        assert ReminderMail.objects.count() == 0
        assert "contacto" in page(debtor).mails[0].problem

    @pytest.mark.parametrize("who", ["cartera", "legal", "facturacion", "gerente", "auditor", "noc"])
    def test_is_interconexions(self, debtor, who):
        debtor.move_to(17, month=12)
        with pytest.raises(NotAllowed):
            debts.remind(debtor, who=who)

    def test_a_bounce_shows_where_it_was_sent(self, debtor):
        debtor.move_to(17, month=12)
        debts.remind(debtor)
        debtor.pass_minutes(1)
        debtor.settle()
        Message.objects.filter(cause="B.6").update(state="FAILED", error_text="550 buzón inexistente")
        assert page(debtor).sent[0].error == "550 buzón inexistente"


class TestWhatStopsIt:
    def at_d5(self, debtor) -> None:
        debtor.move_to(28, month=12)

    def test_a_receipt_that_covers_it(self, debtor):
        debts.paid(debtor, debtor.invoice, debts.TOTAL)
        self.at_d5(debtor)
        assert page(debtor).mails == ()

    def test_a_part_paid_claims_the_rest(self, debtor):
        debts.paid(debtor, debtor.invoice, "8750.00")
        self.at_d5(debtor)
        assert page(debtor).mails[0].total == "Bs 20.000,00"

    def test_money_on_account_that_covers_it(self, debtor):
        row = debts.paid(debtor, debtor.invoice, debts.TOTAL)
        debts.taken_back(debtor, row)
        self.at_d5(debtor)
        assert stops(debtor) == {"D+5": "RECEIPT"}
        row.state = "REJECTED"
        row.save()
        assert page(debtor).mails[0].total == "Bs 28.750,00"

    def test_a_promise_until_the_day_after(self, debtor):
        Promise.objects.create(
            invoice=debtor.invoice, amount=debts.TOTAL, promised_on=dt.date(2026, 12, 29), made_at=debtor.at,
            who="Ana Rojas", author=debtor.users["interconexion"],
        )  # fmt: skip
        self.at_d5(debtor)
        assert stops(debtor) == {"D+5": "PROMISE"}
        debtor.move_to(30, month=12)
        assert page(debtor).mails[0].step == "D+5"

    def test_a_timely_objection_of_that_part_only(self, debtor):
        made = Objection.objects.create(
            invoice=debtor.invoice, amount=Decimal("750.00"), words="cobran de más", raised_on=dt.date(2026, 12, 10),
            timely=True, author=debtor.users["interconexion"],
        )  # fmt: skip
        self.at_d5(debtor)
        assert page(debtor).mails[0].total == "Bs 28.000,00"
        made.amount = debts.TOTAL
        made.save()
        assert stops(debtor) == {"D+5": "DISPUTE"}
        made.timely = False
        made.save()
        assert page(debtor).mails[0].total == "Bs 28.750,00"

    def test_a_pause_with_its_reason(self, debtor):
        self.at_d5(debtor)
        said = {
            "customer_id": debtor.invoice.customer_id,
            "actor": debtor.actor("cartera"),
            "at": debtor.at,
        }
        with pytest.raises(Invalid):
            reminders.pause(until=debtor.today, reason="acuerdo", **said)
        reminders.pause(until=dt.date(2026, 12, 31), reason="acuerdo verbal", **said)
        assert "acuerdo verbal" in page(debtor).held[0].why
        reminders.resume(**said)
        assert page(debtor).mails

    def test_d30_waits_for_legal(self, debtor):
        debtor.move_to(21, month=1, year=2027)
        assert stops(debtor) == {"D+30": "LEGAL"}
        reminders.prepare(at=debtor.at)
        assert WorkItem.objects.get(key="release").role == "LEGAL"
        with pytest.raises(NotAllowed):
            reminders.release(
                invoice_ids=[debtor.invoice.pk], actor=debtor.actor("interconexion"), at=debtor.at
            )
        reminders.release(invoice_ids=[debtor.invoice.pk], actor=debtor.actor("legal"), at=debtor.at)
        assert WorkItem.objects.get(key="release").done_at is not None
        mail = page(debtor).mails[0]
        assert mail.step == "D+30"
        assert "último plazo de 5 días hábiles" in mail.body
        debts.remind(debtor)
        assert Reminder.objects.get(stage=30).released_by == debtor.users["legal"]
        names = [each.name for each in MessageAttachment.objects.order_by("message_id", "position")][-2:]
        assert names[0].startswith("carta-prelegal-")
        assert names[1].startswith("estado-de-cuenta-")


class TestTheJob:
    def test_opens_one_task_a_day_from_its_hour(self, debtor):
        debtor.move_to(17, month=12, hour=8)
        assert reminders.prepare(at=debtor.at) == 0
        debtor.move_to(17, month=12)
        reminders.prepare(at=debtor.at)
        reminders.prepare(at=debtor.at)
        item = WorkItem.objects.get(key="reminders")
        assert item.title == "Revisar y enviar los recordatorios del 17/12/2026 (1)"
        debts.remind(debtor)
        item.refresh_from_db()
        assert item.done_at is not None

    def test_sends_by_itself_only_where_the_parameter_says_so(self, debtor, monkeypatch):
        debtor.move_to(17, month=12)
        monkeypatch.setattr(jobs.clock, "now", lambda: debtor.at)
        jobs.receivables_reminders(timestamp=0)
        assert debts.mails() == []
        Parameter.objects.create(
            name="collection.automatic", value=True, valid_from=debtor.at, reason="prueba"
        )
        jobs.receivables_reminders(timestamp=0)
        jobs.receivables_reminders(timestamp=0)
        assert len(debts.mails()) == 1
        assert ReminderMail.objects.get().sent_by is None


class TestAReceiptWithinItsSeconds:
    def test_that_pays_all_it_asks_for_recalls_it(self, debtor):
        debtor.move_to(17, month=12)
        debts.remind(debtor)
        money.register(debtor, debtor.invoice, "28750.00")
        assert debts.mails()[-1].state == "CANCELLED"
        assert Reminder.objects.get().sent_on is None
        entry = JournalEntry.objects.filter(dossier_id=debtor.invoice.dossier_id, act="SEND_REMINDER").latest(
            "id"
        )
        assert entry.text.startswith("Recordatorio retirado antes de salir: llegó CP-")
        assert page(debtor).mails == ()

    def test_that_pays_a_part_lets_it_go(self, debtor):
        debtor.move_to(17, month=12)
        debts.remind(debtor)
        receipt = money.register(debtor, debtor.invoice, "28749.99")
        money.allocate(debtor, receipt, (debtor.invoice, "28749.99"))
        assert debts.mails()[-1].state == "HELD"

    def test_that_comes_when_it_left_recalls_nothing(self, debtor, channels):
        debtor.move_to(17, month=12)
        debts.remind(debtor)
        debtor.pass_minutes(1)
        debtor.settle()
        money.register(debtor, debtor.invoice, "28750.00")
        assert debts.mails()[-1].state == "ACCEPTED"
        assert Reminder.objects.get().sent_on is not None


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_people_and_the_job_send_one_mail(self, debtor):
        debtor.move_to(17, month=12)
        actors = [debtor.actor("interconexion"), debtor.actor("interconexion"), for_job("cobranza")]
        begin = threading.Barrier(len(actors))
        outcomes: list[str] = []

        def go(actor) -> None:
            begin.wait()
            try:
                reminders.send(customer_ids=[debtor.invoice.customer_id], actor=actor, at=debtor.at)
                outcomes.append("sent")
            except Conflict:
                outcomes.append("late")
            finally:
                connection.close()

        threads = [threading.Thread(target=go, args=(actor,)) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["late", "late", "sent"]
        assert len(debts.mails()) == 1

    def test_killed_in_the_middle_leaves_nothing(self, debtor, monkeypatch):
        debtor.move_to(17, month=12)
        monkeypatch.setattr(reminders.live, "bump", lambda *_topics: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            debts.remind(debtor)
        assert (ReminderMail.objects.count(), Reminder.objects.count(), debts.mails()) == (0, 0, [])
        monkeypatch.undo()
        debts.remind(debtor)
        assert len(debts.mails()) == 1
