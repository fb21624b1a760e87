"""What WhatsApp posts: duplicates, disorder, odd shapes, and where each message belongs."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError
from procrastinate.contrib.django.models import ProcrastinateJob

from mayorista.apps.messaging import operations, queries
from mayorista.apps.messaging.models import (
    Conversation,
    DeliveryEvent,
    Message,
    MessageAttachment,
    WebhookEvent,
    WebhookRun,
)
from mayorista.apps.messaging.operations import troubles
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.apps.procedure.operations import dossiers, files
from mayorista.rules.errors import Conflict, NotAllowed, NotFound
from mayorista.rules.ports import messages as port
from mayorista.rules.procedure import Role
from tests.apps.messaging.support import (
    BUSINESS,
    MANIFEST,
    NOW,
    WRITER,
    envelope,
    row,
    sample,
    status,
    take_in,
    text_from,
)

pytestmark = pytest.mark.django_db

INBOUND = [each["file"] for each in MANIFEST["archivos"] if each["file"].startswith("in-")]


def later(**amount):
    return NOW + dt.timedelta(**amount)


def incoming():
    return Message.objects.filter(direction="IN")


def _execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


class TestReceiveWebhook:
    def test_keeps_the_body_byte_by_byte(self, house):
        take_in("in-01-text.json")
        assert bytes(WebhookEvent.objects.get().body) == sample("in-01-text.json")

    def test_the_same_body_twice_is_one_event_and_one_message(self, house):
        take_in("in-01-text.json")
        take_in("in-01-text.json")
        assert WebhookEvent.objects.count() == 1
        assert incoming().count() == 1

    def test_the_same_message_in_other_bytes_is_one_message(self, house):
        take_in("in-01-text.json")
        take_in(json.dumps(json.loads(sample("in-01-text.json"))).encode())
        assert WebhookEvent.objects.count() == 2
        assert incoming().count() == 1

    @pytest.mark.parametrize("name", INBOUND)
    def test_understands_every_sample(self, house, name):
        run = take_in(name)
        assert (run.outcome, run.problem) == ("DONE", "")
        assert incoming().count() == 1

    def test_can_be_replayed_without_effect(self, house):
        run = take_in("in-01-text.json")
        operations.process_webhook_event(event_id=run.event_id, at=later(hours=1))
        assert incoming().count() == 1
        assert WebhookRun.objects.count() == 2

    def test_takes_every_item_of_every_level(self, house):
        one = json.loads(text_from(WRITER, "uno", wamid="wamid.1"))
        two = json.loads(text_from(WRITER, "dos", wamid="wamid.2"))
        two["entry"][0]["changes"][0]["value"]["messages"].append(
            json.loads(text_from(WRITER, "tres", wamid="wamid.3"))["entry"][0]["changes"][0]["value"][
                "messages"
            ][0]
        )
        one["entry"][0]["changes"].append(two["entry"][0]["changes"][0])
        one["entry"].append(json.loads(text_from(WRITER, "cuatro", wamid="wamid.4"))["entry"][0])
        assert take_in(json.dumps(one).encode()).items == 4
        assert set(incoming().values_list("body", flat=True)) == {"uno", "dos", "tres", "cuatro"}

    def test_one_odd_item_does_not_hide_its_neighbours(self, house):
        good = json.loads(text_from(WRITER, "bien", wamid="wamid.1"))
        good["entry"][0]["changes"][0]["value"]["messages"].insert(0, {"type": "text"})
        run = take_in(json.dumps(good).encode())
        assert run.outcome == "PARTLY"
        assert incoming().get().body == "bien"
        assert WorkItem.objects.filter(key=f"webhook:{run.event_id}").exists()

    def test_a_body_that_is_not_json_is_kept_and_shown(self, house):
        run = take_in(b"{nonsense")
        assert run.outcome == "PARTLY"
        assert WorkItem.objects.filter(key=f"webhook:{run.event_id}").exists()

    def test_an_unsupported_type_is_a_message_like_another(self, house):
        take_in("in-15-unsupported.json")
        assert incoming().get().body == "Mensaje no soportado (poll)"

    def test_nul_characters_do_not_stop_it(self, house):
        take_in(text_from(WRITER, "antes\x00después", wamid="wamid.N"))
        assert incoming().get().body == "antesdespués"

    def test_the_application_cannot_change_what_was_told(self, house):
        take_in("in-01-text.json")
        for statement in (
            "UPDATE messaging_webhookevent SET body = ''",
            "DELETE FROM messaging_deliveryevent",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                _execute(statement)

    def test_an_event_without_a_job_is_found_by_the_sweep(self, house):
        event_id = operations.receive_webhook(body=sample("in-01-text.json"), signature="", at=NOW)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        assert operations.sweep(at=later(seconds=30))["webhooks"] == 0
        assert operations.sweep(at=later(seconds=90))["webhooks"] == 1
        operations.process_webhook_event(event_id=event_id, at=later(seconds=91))
        assert operations.sweep(at=later(seconds=180))["webhooks"] == 0

    def test_an_account_error_stops_the_channel(self, house):
        take_in(envelope({"errors": [{"code": 131031, "title": "Business Account locked"}]}))
        light = {each.channel: each for each in queries.health(at=NOW)}["WHATSAPP"]
        assert light.state == "STOPPED"

    def test_a_notice_of_the_account_is_written_down_and_is_no_trouble(self, house):
        change = {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}
        run = take_in(json.dumps({"object": "x", "entry": [{"id": "1", "changes": [change]}]}).encode())
        assert run.outcome == "DONE"
        assert "VERIFIED_ACCOUNT" in JournalEntry.objects.get(act="CHANNEL_ERROR").text

    @pytest.mark.parametrize(("event", "told"), [("REJECTED", True), ("PAUSED", True), ("APPROVED", False)])
    def test_a_template_update_changes_its_state_and_tells_the_administrator(self, house, event, told):
        troubles.template_turned(queries.text("retomar_atencion"), "PAUSED", "x", at=NOW)
        body = {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": "1",
                    "changes": [
                        {
                            "field": "message_template_status_update",
                            "value": {
                                "event": event,
                                "message_template_name": "retomar_atencion",
                                "message_template_language": "es",
                                "reason": "ABUSIVE_CONTENT",
                            },
                        }
                    ],
                }
            ],
        }
        take_in(json.dumps(body).encode())
        assert queries.text("retomar_atencion").approval == event
        item = WorkItem.objects.get(key="plantilla:retomar_atencion", role=Role.ADMIN)
        assert (item.done_at is None) is told


@pytest.mark.django_db(transaction=True)
class TestConcurrentDuplicates:
    def test_leave_one_message_one_window_and_one_work_item(self, house):
        bodies = [
            json.dumps(json.loads(sample("in-01-text.json")), indent=spaces).encode() for spaces in range(8)
        ]
        ids = [operations.receive_webhook(body=body, signature="", at=NOW) for body in bodies]
        barrier, problems = threading.Barrier(8), []

        def read(event_id):
            try:
                barrier.wait()
                run = operations.process_webhook_event(event_id=event_id, at=NOW)
                problems.extend([run.problem] if run.problem else [])
            finally:
                connections.close_all()

        readers = [threading.Thread(target=read, args=(event_id,)) for event_id in ids]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert problems == []
        assert incoming().count() == 1
        assert Conversation.objects.count() == 1
        assert WorkItem.objects.filter(key__startswith="responder:").count() == 1

    def test_posted_at_once_are_one_event(self, house):
        barrier, ids = threading.Barrier(6), []

        def post():
            try:
                barrier.wait()
                ids.append(operations.receive_webhook(body=sample("in-01-text.json"), signature="", at=NOW))
            finally:
                connections.close_all()

        posters = [threading.Thread(target=post) for _each in range(6)]
        for poster in posters:
            poster.start()
        for poster in posters:
            poster.join()
        assert len(ids) == 6
        assert len(set(ids)) == 1


class TestWindow:
    def test_opens_with_what_the_person_wrote_and_closes_two_minutes_early(self, house):
        take_in("in-01-text.json")
        identity = incoming().get().conversation.identity_id
        assert queries.window_of(identity, later(hours=23, minutes=57)).open
        assert not queries.window_of(identity, later(hours=23, minutes=58, seconds=1)).open

    def test_is_not_shortened_by_an_old_message_that_comes_late(self, house):
        take_in(text_from(WRITER, "nuevo", wamid="wamid.2", at=NOW))
        take_in(text_from(WRITER, "viejo", wamid="wamid.1", at=later(hours=-10)))
        identity = incoming().first().conversation.identity_id
        assert queries.window_of(identity, NOW).last_inbound_at == NOW

    def test_is_not_opened_by_a_notice_of_the_system(self, house):
        take_in("in-17-system-changed-number.json")
        identity = incoming().get().conversation.identity_id
        assert not queries.window_of(identity, NOW).open
        assert WorkItem.objects.filter(key="numero:59170000001:59160000002").exists()


class TestPlace:
    def test_a_reply_goes_where_the_message_it_quotes_is(self, house):
        other = dossiers.open_dossier(
            kind="CASE",
            number="DANO-2026-000149",
            headline="x",
            state="x",
            at=NOW,
            customer_id=house.customer_dossier_id,
        )
        take_in(text_from(WRITER, "hola", wamid="wamid.0"))
        sent = operations.queue_whatsapp(
            dossier_id=other.pk,
            contact_id=house.contact_id,
            text="¿Ya?",
            cause="A.4",
            actor=house.actor,
            at=NOW,
        )
        operations.deliver(message_id=sent.pk, at=NOW)
        take_in(text_from(WRITER, "sí", wamid="wamid.1", reply_to=row(sent.pk).provider_id))
        answer = incoming().get(provider_id="wamid.1")
        assert (answer.dossier_id, answer.in_reply_to_id) == (other.pk, sent.pk)

    def test_a_button_names_its_case_itself(self, house):
        take_in(
            envelope(
                {
                    "messages": [
                        {
                            "from": WRITER,
                            "id": "wamid.B",
                            "timestamp": "1795486310",
                            "type": "button",
                            "button": {"payload": "conformidad:DANO-2026-000148:no", "text": "Aún con falla"},
                        }
                    ]
                }
            )
        )
        message = queries.messages_to_act_on()[0]
        assert message.dossier_id == house.case_id
        assert (message.button.act, message.button.number, message.button.answer) == (
            "conformidad",
            "DANO-2026-000148",
            "no",
        )

    def test_the_only_open_case_of_the_writers_customer_takes_it(self, house):
        take_in("in-01-text.json")
        assert incoming().get().dossier_id == house.case_id
        assert (
            WorkItem.objects.filter(
                dossier_id=house.case_id, step="A.4", key__startswith="responder:"
            ).count()
            == 1
        )

    def test_two_open_cases_leave_it_to_a_person(self, house):
        dossiers.open_dossier(
            kind="CASE",
            number="DANO-2026-000149",
            headline="x",
            state="x",
            at=NOW,
            customer_id=house.customer_dossier_id,
        )
        take_in("in-01-text.json")
        message = incoming().get()
        assert (message.dossier_id, message.needs_filing) == (house.customer_dossier_id, True)
        assert WorkItem.objects.filter(
            dossier_id=house.customer_dossier_id, key__startswith="clasificar:"
        ).exists()

    def test_a_closed_case_is_not_open(self, house):
        dossiers.change(dossier_id=house.case_id, closed_at=NOW)
        take_in("in-01-text.json")
        assert incoming().get().dossier_id == house.customer_dossier_id

    def test_an_unknown_writer_waits_on_the_standing_dossier(self, house):
        take_in(text_from("59179999999", "¿hola?", wamid="wamid.X"))
        message = incoming().get()
        assert message.dossier_id == dossiers.standing(kind="UNKNOWN_WRITERS").pk
        assert queries.unfiled()[0].id == message.pk

    def test_a_writer_with_only_a_user_id_can_write_and_be_answered(self, house, channels):
        take_in(
            envelope(
                {
                    "contacts": [
                        {"user_id": "BO.777", "profile": {"name": "Sin número", "username": "sinnumero"}}
                    ],
                    "messages": [
                        {
                            "from_user_id": "BO.777",
                            "id": "wamid.U",
                            "timestamp": "1795485600",
                            "type": "text",
                            "text": {"body": "hola"},
                        }
                    ],
                }
            )
        )
        message = queries.unfiled()[0]
        assert message.writer == "Sin número"
        answer = operations.queue_whatsapp(
            dossier_id=message.dossier_id,
            identity_id=message.identity_id,
            text="Hola",
            cause="A.4",
            actor=house.actor,
            at=NOW,
        )
        operations.deliver(message_id=answer.pk, at=NOW)
        assert (channels.whatsapp.sent[0].to, channels.whatsapp.sent[0].recipient) == ("", "BO.777")


class TestFileMessage:
    def test_moves_what_the_writer_wrote_so_far_and_says_so_on_both_sides(self, house):
        for number in range(3):
            take_in(text_from("59179999999", str(number), wamid=f"wamid.{number}"))
        with pytest.raises(NotAllowed):
            operations.file_message(
                message_id=incoming().first().pk, dossier_id=house.case_id, actor=house.auditor, at=NOW
            )
        moved = operations.file_message(
            message_id=incoming().order_by("id").first().pk,
            dossier_id=house.case_id,
            actor=house.actor,
            at=NOW,
        )
        assert moved == 3
        assert set(incoming().values_list("dossier_id", "needs_filing")) == {(house.case_id, False)}
        assert not WorkItem.objects.filter(key__startswith="clasificar:", done_at=None).exists()
        unknown = dossiers.standing(kind="UNKNOWN_WRITERS").pk
        assert set(JournalEntry.objects.filter(act="FILE_MESSAGE").values_list("dossier_id", flat=True)) == {
            house.case_id,
            unknown,
        }

    def test_does_not_file_our_own_messages(self, house):
        message = operations.queue_email(
            dossier_id=house.case_id,
            to=["a@b.example"],
            subject="x",
            body="y",
            cause="A.7",
            actor=house.actor,
            at=NOW,
        )
        with pytest.raises(Conflict):
            operations.file_message(
                message_id=message.pk, dossier_id=house.case_id, actor=house.actor, at=NOW
            )


class TestMarkMessage:
    def test_says_claim_or_question_and_journals_each_change(self, house):
        take_in("in-01-text.json")
        message_id = incoming().get().pk
        operations.mark_message(message_id=message_id, mark="CLAIM", actor=house.actor, at=NOW)
        operations.mark_message(message_id=message_id, mark="CLAIM", actor=house.actor, at=NOW)
        operations.mark_message(message_id=message_id, mark="QUESTION", actor=house.actor, at=NOW)
        texts = list(
            JournalEntry.objects.filter(act="MARK_MESSAGE").order_by("id").values_list("text", flat=True)
        )
        assert len(texts) == 2
        assert "de «reclamo» a «consulta»" in texts[1]


class TestMarkSeen:
    def test_shows_the_writer_that_we_read_once(self, house, channels):
        take_in("in-01-text.json")
        talk = incoming().get().conversation_id
        operations.mark_seen(conversation_id=talk, at=later(minutes=1))
        operations.mark_seen(conversation_id=talk, at=later(minutes=2))
        jobs = ProcrastinateJob.objects.filter(queueing_lock=f"messages.tell_read:{talk}")
        assert jobs.count() == 1
        assert operations.tell_read(conversation_id=talk)
        assert channels.whatsapp.read == ["wamid.DEMO-IN-0001"]

    def test_knows_no_conversation_that_is_not_there(self, house):
        with pytest.raises(NotFound):
            operations.mark_seen(conversation_id=424242, at=NOW)


class TestPartlyReadEvents:
    def test_are_those_to_replay(self, house):
        take_in("in-01-text.json")
        odd = take_in(b"{nonsense")
        assert queries.partly_read_events() == [odd.event_id]


class TestMarkActed:
    def test_lets_one_of_two_workers_act(self, house):
        take_in("in-01-text.json")
        message = queries.messages_to_act_on()[0]
        assert operations.mark_acted(message_ids=[message.id], at=NOW) == 1
        assert operations.mark_acted(message_ids=[message.id], at=NOW) == 0
        assert queries.messages_to_act_on() == []


class TestStatuses:
    def sent(self, house):
        take_in(text_from(WRITER, "hola", wamid="wamid.ABRE"))
        message = operations.queue_whatsapp(
            dossier_id=house.case_id,
            contact_id=house.contact_id,
            text="Hola",
            cause="A.4",
            actor=house.actor,
            at=NOW,
        )
        operations.deliver(message_id=message.pk, at=NOW)
        return row(message.pk)

    def test_never_go_down_again(self, house):
        message = self.sent(house)
        for word, seconds in (("read", 30), ("sent", 1), ("delivered", 2)):
            take_in(status(message.provider_id, word, at=later(seconds=seconds)))
        kept = row(message.pk)
        assert kept.state == "READ"
        assert (kept.sent_at, kept.delivered_at, kept.read_at) == (
            later(seconds=1),
            later(seconds=2),
            later(seconds=30),
        )

    def test_are_kept_once(self, house):
        message = self.sent(house)
        for spaces in range(3):
            take_in(json.dumps(json.loads(status(message.provider_id, "sent")), indent=spaces).encode())
        assert DeliveryEvent.objects.count() == 1

    def test_that_come_before_the_answer_of_our_call_find_their_message(self, house):
        take_in(status("wamid.PRUEBA-00001", "sent", at=later(seconds=1)))
        assert self.sent(house).state == "SENT"

    def test_stored_in_the_same_instant_are_matched_by_the_sweep(self, house):
        message = self.sent(house)
        DeliveryEvent.objects.create(
            channel="WHATSAPP",
            provider_id=message.provider_id,
            status="delivered",
            occurred_at=NOW,
            received_at=NOW,
        )
        assert operations.sweep(at=later(seconds=5))["orphans"] == 1
        assert row(message.pk).state == "DELIVERED"
        assert operations.sweep(at=later(seconds=9))["orphans"] == 0

    def test_a_failure_calls_a_person_with_a_reason(self, house):
        message = self.sent(house)
        take_in(status(message.provider_id, "failed", code=131047))
        bubble = queries.bubbles_of([message.pk])[message.pk]
        assert bubble.state == "FAILED"
        assert "24 horas" in bubble.error
        assert WorkItem.objects.filter(key=f"fallido:{message.pk}", done_at=None).exists()

    def test_a_failure_after_delivery_is_shown_as_a_conflict(self, house):
        message = self.sent(house)
        take_in(status(message.provider_id, "delivered", at=later(seconds=1)))
        take_in(status(message.provider_id, "failed", code=131026, at=later(seconds=2)))
        bubble = queries.bubbles_of([message.pk])[message.pk]
        assert (bubble.state, bubble.conflict) == ("DELIVERED", True)
        assert "también la entrega" in bubble.error

    def test_delivery_after_a_failure_takes_the_work_item_away(self, house):
        message = self.sent(house)
        take_in(status(message.provider_id, "failed", code=131026, at=later(seconds=1)))
        take_in(status(message.provider_id, "delivered", at=later(seconds=2)))
        assert row(message.pk).state == "DELIVERED"
        assert not WorkItem.objects.filter(key=f"fallido:{message.pk}", done_at=None).exists()

    def test_of_a_stranger_are_kept_and_harm_nobody(self, house):
        assert take_in("st-05-failed-131047-window.json").outcome == "DONE"
        assert DeliveryEvent.objects.get().error_code == "131047"


PDF = b"%PDF-1.7\n1 0 obj"


class TestDownload:
    def pointer(self, house):
        take_in("in-04-document-comprobante.json")
        return MessageAttachment.objects.get()

    def test_hangs_the_file_on_the_dossier_by_what_it_is(self, house, channels):
        attachment = self.pointer(house)
        channels.whatsapp.files = {"300000000000002": port.Media(PDF, "text/html")}
        assert operations.download(attachment_id=attachment.pk, at=NOW) == "STORED"
        bubble = queries.thread([house.case_id], at=NOW).bubbles[0]
        assert (bubble.attachments[0].content_type, bubble.attachments[0].name) == (
            "application/pdf",
            "comprobante_transferencia_nov2026.pdf",
        )
        assert files.read(file_id=bubble.attachments[0].file_id)[1] == PDF

    def test_never_believes_that_markup_is_a_picture(self, house, channels):
        attachment = self.pointer(house)
        channels.whatsapp.files = {"300000000000002": port.Media(b"<svg onload=alert(1)>", "image/svg+xml")}
        operations.download(attachment_id=attachment.pk, at=NOW)
        stored = MessageAttachment.objects.get()
        assert stored.content_type == "text/plain"
        assert stored.name.endswith(".txt")

    def test_tries_twice_again_with_long_pauses_and_then_asks_the_person(self, house, channels):
        attachment = self.pointer(house)
        channels.whatsapp.problems = [port.TemporaryRefusal("x", code="131052") for _turn in range(3)]
        assert operations.download(attachment_id=attachment.pk, at=NOW) == "PENDING"
        assert operations.download(attachment_id=attachment.pk, at=later(minutes=2)) == "PENDING"
        assert operations.download(attachment_id=attachment.pk, at=later(minutes=72)) == "FAILED"
        assert WorkItem.objects.filter(key=f"archivo:{attachment.pk}").exists()

    def test_once_stored_it_is_not_fetched_again(self, house, channels):
        attachment = self.pointer(house)
        channels.whatsapp.files = {"300000000000002": port.Media(PDF, "application/pdf")}
        operations.download(attachment_id=attachment.pk, at=NOW)
        channels.whatsapp.files = {}
        assert operations.download(attachment_id=attachment.pk, at=NOW) == ""


class TestThread:
    def test_shows_all_a_bubble_needs_in_a_fixed_number_of_queries(
        self, house, channels, django_assert_max_num_queries
    ):
        for number in range(20):
            take_in(text_from(WRITER, f"mensaje {number}", wamid=f"wamid.{number}", at=later(seconds=number)))
        sent = operations.queue_whatsapp(
            dossier_id=house.case_id,
            contact_id=house.contact_id,
            text="Recibido",
            cause="A.4",
            actor=house.actor,
            at=later(minutes=1),
            in_reply_to_id=incoming().order_by("created_at").last().pk,
        )
        operations.deliver(message_id=sent.pk, at=later(minutes=1))
        take_in(status(row(sent.pk).provider_id, "read", at=later(minutes=2)))
        with django_assert_max_num_queries(5):
            thread = queries.thread([house.case_id], at=later(minutes=3))
        assert len(thread.bubbles) == 21
        last = thread.bubbles[-1]
        assert (last.who, last.quoted.text, last.state_title) == ("Ana Soporte", "mensaje 19", "leído")
        assert [tick.title for tick in last.ticks] == ["aceptado", "leído"]
        person = thread.counterparts[0]
        assert (person.name, person.address, person.unread, person.window.open) == (
            "Guardia Valle",
            "+591 70000001",
            20,
            True,
        )
        operations.mark_seen(conversation_id=person.conversation_id, at=later(minutes=3))
        assert queries.thread([house.case_id], at=later(minutes=3)).counterparts[0].unread == 0

    def test_answering_does_the_work_item(self, house):
        take_in("in-01-text.json")
        assert WorkItem.objects.filter(key__startswith="responder:", done_at=None).exists()
        operations.send(
            draft=operations.WhatsAppDraft(
                dossier_id=house.case_id, contact_id=house.contact_id, text="Ya vamos", cause="A.4"
            ),
            actor=house.actor,
            at=NOW,
        )
        assert not WorkItem.objects.filter(key__startswith="responder:", done_at=None).exists()

    def test_business_is_the_number_written_to(self, house):
        take_in("in-01-text.json")
        assert incoming().get().conversation.identity.business_id == BUSINESS
