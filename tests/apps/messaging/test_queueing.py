"""Messages enter the outbox in the transaction of their cause, or not at all."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from mayorista.apps.customers import operations as customers
from mayorista.apps.messaging import operations, queries
from mayorista.apps.messaging.models import Message, MessageTemplate
from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.operations import files
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound
from mayorista.rules.ports import messages as port
from mayorista.rules.ports.messages import ReplyButton
from tests.apps.messaging.support import NOW, WRITER, row, take_in, text_from

pytestmark = pytest.mark.django_db

CLOSING = {
    "cliente": "VALLE FIBRA",
    "caso": "DANO-2026-000148",
    "hora": "02:12",
    "causa": "corte",
    "duracion": "04:17",
}


def mail(house, **changes):
    return operations.queue_email(
        **{
            "dossier_id": house.case_id,
            "to": ["noc@vallefibra.example"],
            "subject": "Solución de daño",
            "body": "Señores",
            "cause": "A.7",
            "actor": house.actor,
            "at": NOW,
            **changes,
        }
    )


def whatsapp(house, **changes):
    return operations.queue_whatsapp(
        **{
            "dossier_id": house.case_id,
            "contact_id": house.contact_id,
            "cause": "A.7",
            "actor": house.actor,
            "at": NOW,
            **changes,
        }
    )


class TestQueueEmail:
    def test_writes_row_job_and_journal_together(self, house):
        message = mail(house)
        assert row(message.pk).state == "QUEUED"
        assert ProcrastinateJob.objects.filter(queueing_lock=f"messages.deliver:{message.pk}").count() == 1
        assert JournalEntry.objects.filter(dossier_id=house.case_id, act="MESSAGE_QUEUED").count() == 1

    def test_leaves_nothing_when_its_cause_is_rolled_back(self, house):
        with transaction.atomic():
            mail(house)
            transaction.set_rollback(True)
        assert not Message.objects.exists()
        assert not ProcrastinateJob.objects.filter(task_name="messages.deliver").exists()

    def test_has_a_message_id_that_comes_from_its_row(self, house):
        message = mail(house)
        assert message.message_id_header == f"<{message.reference}@comteco.example>"

    def test_continues_the_thread_of_what_it_answers(self, house):
        first = mail(house)
        second = mail(house, in_reply_to_id=first.pk)
        third = mail(house, in_reply_to_id=second.pk)
        assert third.payload["references"] == [first.message_id_header, second.message_id_header]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"to": []}, "to"),
            ({"to": ["no es correo"]}, "to"),
            ({"to": ["a@b.example\nBcc: c@d.example"]}, "to"),
            ({"subject": " "}, "subject"),
            ({"body": ""}, "body"),
        ],
    )
    def test_refuses_in_words_what_cannot_be_sent(self, house, changes, field):
        with pytest.raises(Invalid) as refused:
            mail(house, **changes)
        assert refused.value.errors[0].field == field
        assert not Message.objects.exists()

    def test_refuses_a_file_that_does_not_exist(self, house):
        with pytest.raises(NotFound):
            mail(house, attachments=[987654])

    def test_one_bad_draft_stops_the_whole_batch(self, house):
        good = operations.MailDraft(house.case_id, ["a@b.example"], "Asunto", "Texto", "A.7")
        bad = operations.MailDraft(house.case_id, ["nada"], "Asunto", "Texto", "A.7")
        with pytest.raises(Invalid):
            operations.queue_many(drafts=[good, bad], actor=house.actor, at=NOW)
        assert not Message.objects.exists()


class TestQueueWhatsapp:
    def test_fills_a_template_with_named_values(self, house, channels):
        message = whatsapp(house, template_code="aviso_cierre_falla", params=CLOSING)
        assert "VALLE FIBRA" in message.body
        assert message.payload["buttons"][0] == ["conformidad:DANO-2026-000148:si", "Sí, restablecido"]
        operations.deliver(message_id=message.pk, at=NOW)
        sent = channels.whatsapp.sent[0]
        assert (sent.to, sent.template, sent.parameters[1]) == (
            WRITER,
            "aviso_cierre_falla",
            "DANO-2026-000148",
        )

    def test_names_every_value_that_is_missing(self, house):
        with pytest.raises(Invalid) as refused:
            whatsapp(house, template_code="aviso_cierre_falla", params={"cliente": "X"})
        assert [each.field for each in refused.value.errors] == ["caso", "hora", "causa", "duracion"]

    def test_makes_a_value_with_line_breaks_fit(self, house):
        message = whatsapp(
            house, template_code="aviso_cierre_falla", params={**CLOSING, "causa": "corte\n de  fibra"}
        )
        assert message.payload["parameters"][3] == "corte de fibra"

    def test_refuses_a_template_without_opt_in(self, house):
        customers.withdraw_opt_in(contact_id=house.contact_id, reason="lo pidió", actor=_all(house), at=NOW)
        with pytest.raises(Invalid, match="consentimiento"):
            whatsapp(house, template_code="aviso_cierre_falla", params=CLOSING)

    def test_refuses_free_text_outside_the_window(self, house):
        with pytest.raises(Conflict, match="24 horas"):
            whatsapp(house, text="hola")

    def test_takes_free_text_inside_the_window(self, house, channels):
        take_in(text_from(WRITER, "hola", wamid="wamid.A"))
        message = whatsapp(house, text="Buenas noches", at=NOW + dt.timedelta(hours=23))
        operations.deliver(message_id=message.pk, at=NOW + dt.timedelta(hours=23))
        assert channels.whatsapp.sent[0].text == "Buenas noches"

    def test_does_not_send_free_text_when_the_window_closed_meanwhile(self, house, channels):
        take_in(text_from(WRITER, "hola", wamid="wamid.A"))
        message = whatsapp(house, text="Buenas noches", at=NOW + dt.timedelta(hours=23))
        operations.deliver(message_id=message.pk, at=NOW + dt.timedelta(hours=25))
        assert channels.whatsapp.sent == []
        assert (row(message.pk).state, row(message.pk).error_code) == ("FAILED", "131047")

    def test_refuses_a_template_that_meta_paused(self, house):
        MessageTemplate.objects.filter(code="aviso_cierre_falla").update(approval="PAUSED")
        with pytest.raises(Conflict, match="no está aprobada"):
            whatsapp(house, template_code="aviso_cierre_falla", params=CLOSING)

    def test_gives_each_file_a_message_of_its_own(self, house):
        take_in(text_from(WRITER, "hola", wamid="wamid.A"))
        stored = [
            files.store(
                dossier_id=house.case_id,
                name=name,
                content=b"%PDF-1.7 x" + name.encode(),
                content_type=kind,
                actor=house.actor,
                at=NOW,
            )
            for name, kind in (("acta.pdf", "application/pdf"), ("foto.jpg", "image/jpeg"))
        ]
        whatsapp(house, text="Van dos archivos", attachments=[each.pk for each in stored])
        kinds = list(Message.objects.filter(direction="OUT").order_by("id").values_list("kind", "body"))
        assert kinds == [("DOCUMENT", "Van dos archivos"), ("IMAGE", "")]

    def test_carries_buttons_in_the_window(self, house, channels):
        take_in(text_from(WRITER, "hola", wamid="wamid.A"))
        message = whatsapp(
            house, text="¿Quedó bien?", buttons=[ReplyButton("conformidad:DANO-2026-000148:si", "Sí")]
        )
        operations.deliver(message_id=message.pk, at=NOW)
        assert channels.whatsapp.sent[0].buttons == (ReplyButton("conformidad:DANO-2026-000148:si", "Sí"),)


class TestSend:
    def test_asks_who_may_write_to_a_customer(self, house):
        draft = operations.MailDraft(house.case_id, ["a@b.example"], "Asunto", "Texto", "A.4")
        with pytest.raises(NotAllowed):
            operations.send(draft=draft, actor=house.auditor, at=NOW)
        assert operations.send(draft=draft, actor=house.actor, at=NOW).author_id == house.actor.user_id


class TestCancelHeld:
    def test_takes_a_message_back_within_its_seconds(self, house, channels):
        message = mail(house, hold_seconds=10)
        operations.cancel_held(message_id=message.pk, actor=house.actor, at=NOW + dt.timedelta(seconds=5))
        operations.deliver(message_id=message.pk, at=NOW + dt.timedelta(seconds=11))
        assert row(message.pk).state == "CANCELLED"
        assert channels.mail.sent == []

    def test_does_not_let_it_go_early(self, house, channels):
        message = mail(house, hold_seconds=10)
        done = operations.deliver(message_id=message.pk, at=NOW + dt.timedelta(seconds=9))
        assert channels.mail.sent == []
        assert done.retry_at == NOW + dt.timedelta(seconds=10)
        operations.deliver(message_id=message.pk, at=NOW + dt.timedelta(seconds=10))
        assert len(channels.mail.sent) == 1

    def test_comes_too_late_once_it_left(self, house):
        message = mail(house, hold_seconds=10)
        operations.deliver(message_id=message.pk, at=NOW + dt.timedelta(seconds=10))
        with pytest.raises(Conflict, match="ya salió"):
            operations.cancel_held(
                message_id=message.pk, actor=house.actor, at=NOW + dt.timedelta(seconds=11)
            )


class TestTexts:
    def test_every_whatsapp_template_would_be_taken_by_meta(self, house):
        from mayorista.rules.whatsapp import check_template_body

        for each in queries.text_list(kind="TEMPLATE"):
            assert check_template_body(each.body, each.variables) == [], each.code
            assert all(len(title) <= 25 for title in each.buttons)

    def test_every_other_text_uses_its_own_variables_only(self, house):
        from mayorista.rules.whatsapp import check_text, variables_of

        for each in [*queries.text_list(kind="TEXT"), *queries.text_list(kind="QUICK")]:
            assert check_text(each.body, each.variables) == [], each.code
            used = {*variables_of(each.body), *variables_of(each.subject)}
            assert used == set(each.variables), each.code

    def test_an_edited_mail_counts_at_once_and_the_old_version_stays(self, house):
        manager = _all(house)
        operations.save_text(
            code="cierre_falla_correo",
            subject="Otro {{caso}}",
            body="Estimados {{cliente}}",
            actor=manager,
            at=NOW,
            version=1,
        )
        assert queries.text("cierre_falla_correo").usable_version == 2
        assert MessageTemplate.objects.filter(code="cierre_falla_correo").count() == 2

    def test_an_edited_template_waits_for_meta(self, house, channels):
        body = queries.text("retomar_atencion").body.replace("información", "novedades")
        operations.save_text(
            code="retomar_atencion", subject="", body=body, actor=_all(house), at=NOW, version=1
        )
        assert queries.text("retomar_atencion").usable_version == 1
        channels.whatsapp.approvals = [
            port.TemplateApproval("retomar_atencion", "es", "APPROVED", id="55501")
        ]
        operations.submit_templates(actor=_all(house), at=NOW)
        assert queries.text("retomar_atencion").usable_version == 2
        known = {each.name: each.known_id for each in channels.whatsapp.handed_in}
        assert known["retomar_atencion"] == "55501", "Meta has that name: its text is replaced"

    def test_a_text_with_a_wrong_variable_is_refused(self, house):
        with pytest.raises(Invalid, match="No hay dato"):
            operations.save_text(
                code="rr_confirmar",
                subject="",
                body="Hola {{cualquiera}}",
                actor=_all(house),
                at=NOW,
                version=1,
            )

    def test_two_people_do_not_overwrite_each_other(self, house):
        operations.save_text(
            code="rr_confirmar", subject="", body="Uno {{caso}}", actor=_all(house), at=NOW, version=1
        )
        with pytest.raises(Conflict):
            operations.save_text(
                code="rr_confirmar", subject="", body="Dos {{caso}}", actor=_all(house), at=NOW, version=1
            )

    def test_the_state_of_templates_follows_meta(self, house, channels):
        from mayorista.rules.ports.messages import TemplateApproval

        channels.whatsapp.approvals = [
            TemplateApproval("retomar_atencion", "es", "APPROVED"),
            TemplateApproval("aviso_cierre_falla", "es", "REJECTED", "INVALID"),
        ]
        operations.sync_templates(at=NOW)
        states = {each.code: each.approval for each in queries.text_list(kind="TEMPLATE")}
        assert states["retomar_atencion"] == "APPROVED"
        assert states["aviso_cierre_falla"] == "REJECTED"
        assert states["aviso_avance_falla"] == "DRAFT"


def _all(house):
    from mayorista.apps.procedure.actors import Actor
    from mayorista.rules.procedure import Role

    return Actor(user_id=house.actor.user_id, roles=frozenset(Role), name="todos")
