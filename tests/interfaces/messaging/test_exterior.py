"""The whole round: a person at the local WhatsApp writes, Mayorista answers, the person presses a button."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from mayorista.apps.customers import operations as customers
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.messaging import operations, queries
from mayorista.apps.messaging.models import Message, MessageAttachment
from mayorista.apps.procedure import wiring
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import dossiers, files
from mayorista.interfaces import clock
from mayorista.interfaces.jobs import messages as tasks
from tests import standin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

PHONE = "59170000001"


@pytest.fixture
def exterior(tmp_path, live_server, settings):
    made = standin.start(tmp_path, hook=f"{live_server.url}/hooks/whatsapp")
    settings.WHATSAPP_APP_SECRET = standin.SECRET
    settings.WHATSAPP_BASE_URL = f"{made.base_url}/v25.0"
    settings.WHATSAPP_PHONE_NUMBER_ID, settings.WHATSAPP_BUSINESS_ID = standin.PNID, standin.WABA
    settings.WHATSAPP_TOKEN = standin.TOKEN
    settings.SMTP_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{made.smtp}", "NOC <noc@comteco.example>"
    wiring._build.cache_clear()
    yield made
    wiring.adapter("whatsapp").close()
    wiring._build.cache_clear()
    made.stop()


@pytest.fixture
def case(exterior):
    at, actor = clock.now(), for_job("pruebas")
    saved = customers.save_customer(name="VALLE FIBRA S.R.L.", actor=actor, at=at)
    customer_id = customer_queries.customer_by_dossier(dossier_id=saved.dossier_id).id
    roles = [customers.ContactRoleWish(customer_id=customer_id, role="TECHNICAL")]
    contact = customers.save_contact(
        full_name="Guardia Valle", phone="70000001", roles=roles, actor=actor, at=at
    )
    customers.record_opt_in(contact_id=contact.id, how="x", actor=actor, at=at)
    made = dossiers.open_dossier(
        kind="CASE", number="DANO-2026-000148", headline="x", state="x", at=at, customer_id=saved.dossier_id
    )
    made.contact_id = contact.id
    return made


TASKS = {
    "messages.deliver": tasks.deliver,
    "messages.read_webhook": tasks.read_webhook,
    "messages.download": tasks.download,
    "messages.tell_read": tasks.tell_read,
}


def work_until(condition):
    """Do the deferred jobs as a worker would, until something has come about."""
    done: set[int] = set()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for job in ProcrastinateJob.objects.filter(task_name__in=TASKS).exclude(pk__in=done).order_by("pk"):
            done.add(job.pk)
            TASKS[job.task_name](**job.args)
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about in 60 s")


def incoming(**criteria):
    return Message.objects.filter(direction="IN", **criteria)


class TestRound:
    def test_a_claim_an_answer_a_file_and_a_pressed_button(self, exterior, case):
        exterior.post("/whatsapp/nuevo", numero="70000001", nombre="Operador", texto="Tenemos caída total")
        work_until(lambda: incoming(body="Tenemos caída total").exists())
        assert incoming().get().dossier_id == case.pk

        answer = operations.queue_whatsapp(
            dossier_id=case.pk,
            contact_id=case.contact_id,
            text="Ya lo vemos",
            cause="A.4",
            actor=for_job("x"),
            at=clock.now(),
        )
        work_until(lambda: Message.objects.get(pk=answer.pk).state == "DELIVERED")
        assert "Ya lo vemos" in httpx.get(f"{exterior.base_url}/whatsapp/{PHONE}").text
        work_until(lambda: Message.objects.get(pk=answer.pk).state == "READ")

        picture = b"\x89PNG\r\n\x1a\n" + b"\x00" * 2000
        httpx.post(
            f"{exterior.base_url}/whatsapp/{PHONE}/enviar",
            data={"texto": "Luces del equipo"},
            files={"archivo": ("luces.png", picture, "image/png")},
        )
        work_until(lambda: MessageAttachment.objects.filter(state="STORED").exists())
        stored = MessageAttachment.objects.get()
        assert files.read(file_id=stored.file_id)[1] == picture

        params = {"cliente": "VALLE FIBRA", "caso": "DANO-2026-000148"}
        asked = operations.queue_whatsapp(
            dossier_id=case.pk,
            contact_id=case.contact_id,
            template_code="confirmar_restablecimiento",
            params=params,
            cause="A.4",
            actor=for_job("x"),
            at=clock.now(),
        )
        work_until(lambda: Message.objects.get(pk=asked.pk).state in ("DELIVERED", "READ"))
        wamid = Message.objects.get(pk=asked.pk).provider_id
        exterior.post(f"/whatsapp/{PHONE}/boton", wamid=wamid, dato="conformidad:DANO-2026-000148:si")
        work_until(lambda: incoming(kind="BUTTON").exists())
        pressed = next(each for each in queries.messages_to_act_on() if each.button)
        assert (pressed.button.answer, pressed.in_reply_to_id, pressed.dossier_id) == (
            "si",
            asked.pk,
            case.pk,
        )

        talk = queries.thread([case.pk], at=clock.now())
        # WhatsApp stamps whole seconds: within one second no order can be known.
        assert sorted(each.direction for each in talk.bubbles) == ["IN", "IN", "IN", "OUT", "OUT"]
        assert talk.counterparts[0].window.open

    def test_free_text_after_a_day_fails_with_its_reason(self, exterior, case):
        exterior.post("/whatsapp/nuevo", numero="70000001", nombre="Operador", texto="hola")
        work_until(lambda: incoming().exists())
        import sqlite3

        with sqlite3.connect(exterior.folder / "standins" / "exterior.sqlite3", timeout=10) as store:
            store.execute("UPDATE phone SET wrote_at = wrote_at - 90000")
        store.close()
        late = operations.queue_whatsapp(
            dossier_id=case.pk,
            contact_id=case.contact_id,
            text="¿Sigue?",
            cause="A.4",
            actor=for_job("x"),
            at=clock.now(),
        )
        work_until(lambda: Message.objects.get(pk=late.pk).state == "FAILED")
        assert Message.objects.get(pk=late.pk).error_code == "131047"

    def test_an_answer_that_got_lost_is_settled_by_the_status(self, exterior, case):
        exterior.settings(falla="w-cut-after", veces=1, pair_limit=1)
        params = {"cliente": "VALLE FIBRA", "caso": "DANO-2026-000148"}
        sent = operations.queue_whatsapp(
            dossier_id=case.pk,
            contact_id=case.contact_id,
            template_code="retomar_atencion",
            params=params,
            cause="A.4",
            actor=for_job("x"),
            at=clock.now(),
        )
        work_until(lambda: Message.objects.get(pk=sent.pk).state == "DELIVERED")
        assert exterior.rows("SELECT count(*) AS n FROM message WHERE ours = 0")[0]["n"] == 1

    def test_templates_learn_their_state_from_the_local_whatsapp(self, exterior, case):
        operations.sync_templates(at=clock.now())
        assert {each.approval for each in queries.text_list(kind="TEMPLATE")} == {"APPROVED"}

    def test_channels_are_found_alive(self, exterior, case):
        operations.check_channels(at=clock.now())
        assert [(each.state, each.checked_at is not None) for each in queries.health(at=clock.now())] == [
            ("OK", True)
        ] * 2


class TestPages:
    @pytest.mark.parametrize(
        "path",
        [
            "/whatsapp",
            "/whatsapp/59170000001",
            "/correo",
            "/correo/1",
            "/correo/99",
            "/fallas",
            "/",
            "/salud",
        ],
    )
    def test_each_page_answers(self, exterior, path):
        assert httpx.get(exterior.base_url + path, follow_redirects=True).status_code == 200

    def test_says_what_is_wrong_with_a_number(self, exterior):
        answer = exterior.post("/whatsapp/nuevo", numero="123", texto="x")
        assert answer.status_code == 422
        assert "Teléfono «123»" in answer.text

    def test_does_not_take_a_form_of_another_site(self, exterior):
        answer = httpx.post(
            f"{exterior.base_url}/whatsapp/nuevo",
            data={"numero": "70000001", "texto": "x"},
            headers={"Origin": "http://malo.example"},
        )
        assert answer.status_code == 403

    def test_shows_text_as_text(self, exterior):
        exterior.post(
            "/whatsapp/nuevo", numero="70000001", nombre="<b>X</b>", texto="<script>alert(1)</script>"
        )
        page = httpx.get(f"{exterior.base_url}/whatsapp/{PHONE}").text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_asks_for_the_token(self, exterior):
        answer = httpx.post(f"{exterior.base_url}/v25.0/{standin.PNID}/messages", json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)

    def test_keeps_what_it_knows_over_a_restart(self, exterior):
        exterior.post("/whatsapp/nuevo", numero="70000001", nombre="Operador", texto="antes")
        exterior.stop()
        again = standin.start(exterior.folder, web=exterior.web, smtp=exterior.smtp)
        try:
            assert "antes" in httpx.get(f"{again.base_url}/whatsapp/{PHONE}").text
        finally:
            again.stop()

    def test_offers_every_fault_it_names(self, exterior):
        from mayorista.interfaces.standins import pages

        for choice in pages.FAULTS:
            assert (pages.requested_fault(choice, 2) is None) is (choice == "")
        exterior.settings(falla="m-550", veces=3)
        assert json.loads(
            exterior.rows("SELECT value FROM setting WHERE name = 'mail_faults'")[0]["value"]
        ) == [{"code": 550, "http": 400, "times": 3}]
