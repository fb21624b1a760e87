"""Delivery: every answer of the other side, two workers with one job, workers that die."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import OperationalError, connection, connections
from procrastinate.contrib.django.models import ProcrastinateJob

from mayorista.apps.messaging import operations, queries
from mayorista.apps.messaging.models import (
    ChannelHealth,
    Conversation,
    DestinationPause,
    Message,
    MessageTemplate,
)
from mayorista.apps.messaging.operations import delivering
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.rules.errors import Conflict, NotAllowed, NotFound
from mayorista.rules.ports import messages as port
from mayorista.rules.procedure import Role
from tests.apps.messaging.support import NOW, WRITER, row, status, take_in, text_from

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)


def later(**amount):
    return NOW + dt.timedelta(**amount)


@pytest.fixture
def mail(house):
    def queue(**changes):
        return operations.queue_email(
            **{
                "dossier_id": house.case_id,
                "to": ["noc@vallefibra.example"],
                "subject": "Asunto",
                "body": "Texto",
                "cause": "A.7",
                "actor": house.actor,
                "at": NOW,
                **changes,
            }
        ).pk

    return queue


@pytest.fixture
def chat(house):
    """Free text in an open window."""
    take_in(text_from(WRITER, "hola", wamid="wamid.ABRE"))

    def queue(text="Buenas noches", **changes):
        return operations.queue_whatsapp(
            **{
                "dossier_id": house.case_id,
                "contact_id": house.contact_id,
                "text": text,
                "cause": "A.4",
                "actor": house.actor,
                "at": NOW,
                **changes,
            }
        ).pk

    return queue


def items(house):
    return list(WorkItem.objects.filter(dossier_id=house.case_id, done_at=None).values_list("key", flat=True))


class TestDeliver:
    def test_keeps_the_proof_of_acceptance(self, house, mail, channels):
        done = operations.deliver(message_id=mail(), at=later(seconds=1))
        assert done.state == "ACCEPTED"
        kept = row(done.message_id)
        assert kept.accepted_at == later(seconds=1)
        assert kept.payload["server_answer"] == "250 2.0.0 Ok"
        assert channels.mail.sent[0].dossier_number == "DANO-2026-000148"

    def test_sends_once_however_often_the_job_runs(self, mail, channels):
        message_id = mail()
        for _turn in range(3):
            operations.deliver(message_id=message_id, at=NOW)
        assert len(channels.mail.sent) == 1

    def test_knows_nothing_of_a_message_that_is_not_there(self, house):
        assert operations.deliver(message_id=424242, at=NOW).state == ""

    def test_the_claim_is_decided_by_the_row_itself_not_by_a_list_of_ids(self, mail):
        """`WHERE id IN (SELECT …)` would be judged on an old snapshot by the second of two workers."""
        from django.test.utils import CaptureQueriesContext

        message_id = mail()
        with CaptureQueriesContext(connection) as captured:
            delivering._claim(message_id, NOW)
        update = next(each["sql"] for each in captured if each["sql"].startswith("UPDATE"))
        assert '"messaging_message"."id" IN' not in update
        assert '"messaging_message"."state" IN' in update

    def test_a_channel_that_is_not_configured_lets_nothing_leave(self, house, mail, channels):
        channels.mail.configured = False
        message_id = mail()
        assert operations.deliver(message_id=message_id, at=NOW).state == "QUEUED"
        assert channels.mail.sent == []
        light = {each.channel: each for each in queries.health(at=NOW)}["EMAIL"]
        assert (light.state, light.words, light.waiting) == ("UNCONFIGURED", "sin configurar", 1)


class TestTemporaryRefusal:
    def test_waits_longer_each_time_and_gives_up_with_a_work_item(self, house, chat, channels):
        message_id, at, pauses = chat(), NOW, []
        channels.whatsapp.problems = [port.TemporaryRefusal("internal", code="131000") for _turn in range(6)]
        for _turn in range(5):
            done = operations.deliver(message_id=message_id, at=at)
            assert done.state == "QUEUED"
            pauses.append(done.retry_at - at)
            at = done.retry_at
        assert pauses == sorted(pauses)
        assert pauses[-1] > 8 * pauses[0]
        assert operations.deliver(message_id=message_id, at=at).state == "FAILED"
        assert f"fallido:{message_id}" in items(house)

    def test_is_not_tried_before_its_time(self, chat, channels):
        message_id = chat()
        channels.whatsapp.problems = [port.TemporaryRefusal("x", code="131000")]
        due = operations.deliver(message_id=message_id, at=NOW).retry_at
        assert operations.deliver(message_id=message_id, at=due - SECOND).retry_at == due
        assert channels.whatsapp.sent == []

    def test_keeps_the_time_that_the_other_side_asked_for(self, chat, channels):
        message_id = chat()
        channels.whatsapp.problems = [port.TemporaryRefusal("x", code="131000", retry_after=900)]
        assert operations.deliver(message_id=message_id, at=NOW).retry_at == later(seconds=900)

    def test_no_connection_pauses_the_channel_and_is_no_attempt_of_the_message(self, mail, channels):
        first, second = mail(), mail()
        channels.mail.problems = [port.TemporaryRefusal("refused", code="connect")]
        done = operations.deliver(message_id=first, at=NOW)
        assert (row(first).attempts, row(first).state) == (0, "QUEUED")
        assert operations.deliver(message_id=second, at=NOW).retry_at == done.retry_at
        assert channels.mail.sent == []
        operations.deliver(message_id=second, at=done.retry_at)
        assert len(channels.mail.sent) == 1
        assert ChannelHealth.objects.get(pk="EMAIL").state == "OK"

    def test_a_mail_server_away_for_a_day_loses_nothing(self, mail, channels):
        message_id, at = mail(), NOW
        channels.mail.problems = [port.TemporaryRefusal("refused", code="connect") for _turn in range(40)]
        while channels.mail.problems:
            at = operations.deliver(message_id=message_id, at=at).retry_at
        assert operations.deliver(message_id=message_id, at=at).state == "ACCEPTED"
        assert WorkItem.objects.filter(key="canal:EMAIL", done_at__isnull=False).count() == 1


class TestPairRate:
    def test_waits_four_to_the_n_for_one_person_and_keeps_the_order(self, house, chat, channels):
        one, two, three = chat("uno"), chat("dos"), chat("tres")
        channels.whatsapp.problems = [port.TemporaryRefusal("pair", code="131056") for _turn in range(3)]
        at, pauses = NOW, []
        for _turn in range(3):
            done = operations.deliver(message_id=one, at=at)
            pauses.append(int((done.retry_at - at).total_seconds()))
            assert operations.deliver(message_id=two, at=at).state == "QUEUED"
            at = done.retry_at
        assert pauses == [4, 16, 64]
        done = operations.deliver(message_id=one, at=at)
        assert done.then == (two,)
        done = operations.deliver(message_id=two, at=at)
        assert done.then == (three,)
        operations.deliver(message_id=three, at=at)
        assert [each.text for each in channels.whatsapp.sent] == ["uno", "dos", "tres"]
        assert not DestinationPause.objects.exists()

    def test_does_not_hold_up_other_people(self, house, chat, channels):
        take_in(text_from("59170000009", "hola", wamid="wamid.OTRO"))
        other = Conversation.objects.exclude(identity__wa_id=WRITER).get()
        slow = chat("uno")
        quick = operations.queue_whatsapp(
            dossier_id=house.case_id,
            identity_id=other.identity_id,
            text="dos",
            cause="A.4",
            actor=house.actor,
            at=NOW,
        ).pk
        channels.whatsapp.problems = [port.TemporaryRefusal("pair", code="131056")]
        operations.deliver(message_id=slow, at=NOW)
        assert operations.deliver(message_id=quick, at=NOW).state == "ACCEPTED"

    def test_a_second_message_waits_even_when_its_job_comes_first(self, chat, channels):
        one, two = chat("uno"), chat("dos")
        assert operations.deliver(message_id=two, at=NOW).state == "QUEUED"
        operations.deliver(message_id=one, at=NOW)
        operations.deliver(message_id=two, at=NOW)
        assert [each.text for each in channels.whatsapp.sent] == ["uno", "dos"]


class TestChannelStop:
    def test_an_expired_token_stops_the_channel_and_calls_the_administrator(self, house, chat, channels):
        one, two = chat("uno"), chat("dos")
        channels.whatsapp.problems = [port.ChannelStopped("Session has expired", code="190")]
        assert operations.deliver(message_id=one, at=NOW).state == "QUEUED"
        assert operations.deliver(message_id=two, at=later(hours=5)).state == "QUEUED"
        assert channels.whatsapp.sent == []
        item = WorkItem.objects.get(key="canal:WHATSAPP", done_at=None)
        assert item.role == Role.ADMIN
        light = {each.channel: each for each in queries.health(at=NOW)}["WHATSAPP"]
        assert (light.state, light.code, light.waiting) == ("STOPPED", "190", 2)

    def test_an_administrator_resumes_it_and_the_sweep_takes_up_what_waits(self, house, chat, channels):
        one = chat("uno")
        channels.whatsapp.problems = [port.ChannelStopped("x", code="190")]
        operations.deliver(message_id=one, at=NOW)
        with pytest.raises(NotAllowed):
            operations.resume_channel(channel="WHATSAPP", actor=house.actor, at=NOW)
        admin = Actor(user_id=house.actor.user_id, roles=frozenset({Role.ADMIN}))
        operations.resume_channel(channel="WHATSAPP", actor=admin, at=later(minutes=1))
        assert operations.deliver(message_id=one, at=later(minutes=1)).state == "ACCEPTED"
        assert not WorkItem.objects.filter(key="canal:WHATSAPP", done_at=None).exists()

    def test_a_check_stops_a_dead_channel_before_anybody_waits(self, house, channels):
        channels.whatsapp.checks = [port.ChannelStopped("expired", code="190")]
        operations.check_channels(at=NOW)
        assert ChannelHealth.objects.get(pk="WHATSAPP").state == "STOPPED"
        operations.check_channels(at=later(minutes=2))
        assert ChannelHealth.objects.get(pk="WHATSAPP").state == "OK"

    def test_mail_goes_on_while_whatsapp_stands(self, house, chat, mail, channels):
        channels.whatsapp.problems = [port.ChannelStopped("x", code="190")]
        operations.deliver(message_id=chat(), at=NOW)
        assert operations.deliver(message_id=mail(), at=NOW).state == "ACCEPTED"


class TestPermanentRefusal:
    def test_fails_at_once_with_a_reason_in_spanish_and_a_work_item(self, house, chat, channels):
        message_id = chat()
        channels.whatsapp.problems = [port.PermanentRefusal("undeliverable", code="131026")]
        assert operations.deliver(message_id=message_id, at=NOW).state == "FAILED"
        bubble = queries.bubbles_of([message_id])[message_id]
        assert "no tiene WhatsApp en este número" in bubble.error
        assert "correo" in bubble.remedy
        assert f"fallido:{message_id}" in items(house)
        assert JournalEntry.objects.filter(dossier_id=house.case_id, act="MESSAGE_FAILED").count() == 1

    def test_marks_a_contact_that_cannot_be_reached(self, house, chat, channels):
        channels.whatsapp.problems = [port.PermanentRefusal("x", code="131026")]
        operations.deliver(message_id=chat(), at=NOW)
        reach = queries.reach([house.contact_id], at=NOW)[house.contact_id]
        assert not reach.whatsapp
        assert "no tiene WhatsApp" in reach.why_no_whatsapp

    def test_blocks_a_template_that_meta_does_not_know(self, house, channels):
        params = {"cliente": "X", "caso": "DANO-2026-000148"}
        message = operations.queue_whatsapp(
            dossier_id=house.case_id,
            contact_id=house.contact_id,
            template_code="retomar_atencion",
            params=params,
            cause="A.4",
            actor=house.actor,
            at=NOW,
        )
        channels.whatsapp.problems = [port.PermanentRefusal("template missing", code="132001")]
        operations.deliver(message_id=message.pk, at=NOW)
        assert MessageTemplate.objects.get(code="retomar_atencion").approval == "PAUSED"
        assert WorkItem.objects.get(key="plantilla:retomar_atencion").role == Role.ADMIN

    def test_an_act_of_the_manager_goes_to_the_managers_tray(self, house, mail, channels):
        channels.mail.problems = [port.PermanentRefusal("no such user", code="550")]
        message_id = mail(cause="A.7")
        operations.deliver(message_id=message_id, at=NOW)
        assert WorkItem.objects.get(key=f"fallido:{message_id}").role == Role.MANAGER


class TestSendByEmail:
    def test_says_the_same_by_mail_and_closes_the_trouble(self, house, chat, channels):
        message_id = chat("Su servicio fue restablecido.")
        channels.whatsapp.problems = [port.PermanentRefusal("x", code="131026")]
        operations.deliver(message_id=message_id, at=NOW)
        letter = operations.send_by_email(message_id=message_id, actor=house.actor, at=NOW)
        assert (letter.recipients, letter.body) == (
            ["noc@vallefibra.example"],
            "Su servicio fue restablecido.",
        )
        assert "DANO-2026-000148" in letter.subject
        assert f"fallido:{message_id}" not in items(house)

    def test_is_refused_for_what_is_not_a_whatsapp_of_ours(self, house, mail):
        with pytest.raises(Conflict):
            operations.send_by_email(message_id=mail(), actor=house.actor, at=NOW)


class TestSomeRecipientsRefused:
    def test_nobody_gets_the_mail_twice(self, house, mail, channels):
        message_id = mail(to=["a@x.example", "lleno@x.example", "nadie@x.example"])
        channels.mail.problems = [
            port.MailReceipt(
                "250 ok",
                (
                    port.RefusedRecipient("lleno@x.example", "452", "full", temporary=True),
                    port.RefusedRecipient("nadie@x.example", "550", "unknown", temporary=False),
                ),
            )
        ]
        operations.deliver(message_id=message_id, at=NOW)
        assert row(message_id).recipients == ["a@x.example"]
        again = Message.objects.get(recipients=["lleno@x.example"])
        gone = Message.objects.get(recipients=["nadie@x.example"])
        assert (again.state, gone.state) == ("QUEUED", "FAILED")
        assert again.message_id_header == row(message_id).message_id_header
        assert f"fallido:{gone.pk}" in items(house)
        operations.deliver(message_id=again.pk, at=again.next_try_at)
        assert [each.recipients for each in channels.mail.sent][-1] == ("lleno@x.example",)


class TestUncertain:
    def test_is_never_sent_again_by_itself(self, house, chat, channels):
        message_id = chat()
        channels.whatsapp.problems = [port.UncertainOutcome("timeout")]
        assert operations.deliver(message_id=message_id, at=NOW).state == "UNCERTAIN"
        for hours in range(1, 48, 5):
            operations.sweep(at=later(hours=hours))
            assert operations.deliver(message_id=message_id, at=later(hours=hours)).state == "UNCERTAIN"
        assert channels.whatsapp.sent == []
        assert f"incierto:{message_id}" in items(house)

    def test_a_defect_of_an_adapter_is_uncertain_too(self, chat, channels):
        channels.whatsapp.problems = [ZeroDivisionError()]
        assert operations.deliver(message_id=chat(), at=NOW).state == "UNCERTAIN"

    def test_a_status_with_our_reference_proves_that_it_went(self, house, chat, channels):
        message_id = chat()
        channels.whatsapp.problems = [port.UncertainOutcome("timeout")]
        operations.deliver(message_id=message_id, at=NOW)
        reference = f"msg:{row(message_id).reference}"
        take_in(status("wamid.NUEVO", "delivered", reference=reference, at=later(seconds=5)))
        kept = row(message_id)
        assert (kept.state, kept.provider_id) == ("DELIVERED", "wamid.NUEVO")
        assert f"incierto:{message_id}" not in items(house)

    def test_a_person_may_send_it_again_as_a_new_message(self, house, chat, channels):
        message_id = chat()
        channels.whatsapp.problems = [port.UncertainOutcome("timeout")]
        operations.deliver(message_id=message_id, at=NOW)
        with pytest.raises(NotAllowed):
            operations.resend(message_id=message_id, actor=house.auditor, at=NOW)
        again = operations.resend(message_id=message_id, actor=house.actor, at=NOW)
        assert again.retry_of_id == message_id
        assert again.reference != row(message_id).reference
        assert operations.deliver(message_id=again.pk, at=NOW).state == "ACCEPTED"
        assert f"incierto:{message_id}" not in items(house)
        with pytest.raises(Conflict, match="ya fue reenviado"):
            operations.resend(message_id=message_id, actor=house.actor, at=NOW)

    def test_a_person_may_say_that_it_arrived(self, house, mail, channels):
        message_id = mail()
        channels.mail.problems = [port.UncertainOutcome("lost after DATA")]
        operations.deliver(message_id=message_id, at=NOW)
        operations.confirm_arrived(
            message_id=message_id, how="por teléfono", actor=house.actor, at=later(hours=1)
        )
        assert row(message_id).state == "ACCEPTED"
        with pytest.raises(Conflict):
            operations.resend(message_id=message_id, actor=house.actor, at=later(hours=1))
        with pytest.raises(NotFound):
            operations.resend(message_id=987654, actor=house.actor, at=later(hours=1))

    def test_a_restored_backup_sends_nothing_by_itself(self, house, mail, chat, channels):
        ids = [mail(), chat()]
        assert operations.suspect_after_restore(at=later(hours=1)) == 2
        operations.sweep(at=later(hours=2))
        for message_id in ids:
            operations.deliver(message_id=message_id, at=later(hours=2))
            assert row(message_id).state == "UNCERTAIN"
        assert channels.mail.sent == []


class TestWorkerThatDied:
    def test_leaves_its_message_uncertain_after_the_lease(self, house, mail, channels):
        message_id = mail()
        delivering._claim(message_id, NOW)  # SENDING is written, then the process is gone
        operations.sweep(at=NOW + delivering.LEASE)
        assert row(message_id).state == "SENDING"
        operations.sweep(at=NOW + delivering.LEASE + SECOND)
        assert row(message_id).state == "UNCERTAIN"
        assert f"incierto:{message_id}" in items(house)
        assert channels.mail.sent == []

    def test_holds_up_nobody_for_longer_than_the_lease(self, chat, channels):
        one, two = chat("uno"), chat("dos")
        delivering._claim(one, NOW)
        assert operations.deliver(message_id=two, at=later(seconds=60)).state == "QUEUED"
        operations.sweep(at=NOW + delivering.LEASE + SECOND)
        assert operations.deliver(message_id=two, at=NOW + delivering.LEASE + SECOND).state == "ACCEPTED"

    def test_was_only_slow_and_its_late_answer_still_counts(self, house, chat, channels):
        message_id = chat()
        token = delivering._claim(message_id, NOW)
        operations.reap(at=later(hours=1))
        delivering._accepted(message_id, token, "wamid.TARDE", later(hours=1))
        assert (row(message_id).state, row(message_id).provider_id) == ("ACCEPTED", "wamid.TARDE")
        assert f"incierto:{message_id}" not in items(house)

    def test_a_job_that_was_lost_is_deferred_again(self, mail, channels):
        message_id = mail()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        assert operations.sweep(at=later(seconds=4))["deferred"] == 0
        assert operations.sweep(at=later(seconds=30))["deferred"] == 1
        assert operations.sweep(at=later(seconds=50))["deferred"] == 0
        assert ProcrastinateJob.objects.filter(queueing_lock=f"messages.deliver:{message_id}").count() == 1

    def test_what_cannot_leave_calls_a_person_after_ten_minutes_once(self, house, mail, channels):
        channels.mail.configured = False
        message_id = mail()
        assert operations.sweep(at=later(minutes=9))["late"] == 0
        assert operations.sweep(at=later(minutes=11))["late"] == 1
        assert operations.sweep(at=later(minutes=12))["late"] == 0
        assert f"demorado:{message_id}" in items(house)
        channels.mail.configured = True
        assert operations.deliver(message_id=message_id, at=later(minutes=13)).state == "ACCEPTED"
        assert f"demorado:{message_id}" not in items(house)


@pytest.mark.django_db(transaction=True)
class TestDatabaseAway:
    def test_what_the_other_side_answered_is_written_when_it_is_back(self, house, mail, channels):
        message_id = mail()
        take = channels.mail.send

        def send_and_lose_the_database(outgoing):
            receipt = take(outgoing)
            with pytest.raises(OperationalError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return receipt

        channels.mail.send = send_and_lose_the_database
        with pytest.raises(operations.AnswerNotWritten) as waiting:
            operations.deliver(message_id=message_id, at=NOW)
        connection.close()
        assert row(message_id).state == "SENDING"
        assert waiting.value.write().state == "ACCEPTED"
        assert row(message_id).state == "ACCEPTED"
        assert len(channels.mail.sent) == 1


@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    def test_with_the_same_jobs_send_each_message_once(self, house, mail, channels):
        ids = [mail(body=f"n.º {number}") for number in range(30)]
        barrier = threading.Barrier(6)
        problems = []

        def work():
            try:
                barrier.wait()
                for message_id in ids:
                    operations.deliver(message_id=message_id, at=NOW)
            except Exception as problem:  # noqa: BLE001 - told in the main thread
                problems.append(problem)
            finally:
                connections.close_all()

        workers = [threading.Thread(target=work) for _each in range(6)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert problems == []
        assert sorted(each.body for each in channels.mail.sent) == sorted(
            f"n.º {number}" for number in range(30)
        )
        assert set(Message.objects.values_list("state", flat=True)) == {"ACCEPTED"}

    def test_send_the_messages_of_one_person_in_order(self, house, chat, channels):
        ids = [chat(f"{number:02d}") for number in range(12)]
        barrier = threading.Barrier(4)

        def work(mine):
            try:
                barrier.wait()
                for _turn in range(12):
                    for message_id in mine:
                        operations.deliver(message_id=message_id, at=NOW)
            finally:
                connections.close_all()

        workers = [
            threading.Thread(target=work, args=(ids[start::2] + ids[(1 - start) % 2 :: 2],))
            for start in (0, 1, 0, 1)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [each.text for each in channels.whatsapp.sent] == [f"{number:02d}" for number in range(12)]
