"""The demo's mailbox: people answer our mails on its pages, the real adapter reads them."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from mayorista.apps.customers import operations as customers
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.messaging import operations
from mayorista.apps.messaging.models import MailReading, Message, MessageAttachment
from mayorista.apps.procedure import wiring
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import dossiers
from mayorista.interfaces import clock
from mayorista.interfaces.jobs import loops
from mayorista.interfaces.jobs import mailbox as loop
from mayorista.rules.ports import mailbox as port
from tests import standin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]
PDF = b"%PDF-1.4\n% un comprobante\n"


@pytest.fixture
def exterior(tmp_path, settings):
    made = standin.start(tmp_path)
    settings.SMTP_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{made.smtp}", "NOC <noc@comteco.example>"
    settings.IMAP_URL = f"imap://noc:{standin.IMAP_PASSWORD}@127.0.0.1:{made.imap}/INBOX"
    wiring._build.cache_clear()
    yield made
    wiring._build.cache_clear()
    made.stop()


@pytest.fixture
def reading():
    """The worker's loop in a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=loops.keep_running, args=("mailbox", loop.run, stop))
    thread.start()
    yield
    stop.set()
    thread.join(15)
    assert not thread.is_alive()


def fill_in(exterior, path: str, fields: dict[str, str], **more) -> None:
    """Send a form of the stand-in's pages; a mail lies in the mailbox afterwards."""
    before = exterior.rows("SELECT count(*) AS n FROM inbox")[0]["n"]
    answer = httpx.post(exterior.base_url + path, data=fields, timeout=30, **more)
    assert answer.status_code == 303, (answer.status_code, answer.text)
    assert exterior.rows("SELECT count(*) AS n FROM inbox")[0]["n"] == before + 1


def wait_for(outcome: str, count: int = 1) -> MailReading:
    """Read what was taken, as the queue's job does, until so many had that outcome."""
    deadline = time.monotonic() + 90  # a refused connection is tried again after half a minute
    while time.monotonic() < deadline:
        for each in MailReading.objects.filter(outcome="WAITING"):
            operations.read_mail(mail_id=each.mail_id, at=clock.now())
        if MailReading.objects.filter(outcome=outcome).count() >= count:
            return MailReading.objects.filter(outcome=outcome).latest("id")
        time.sleep(0.1)
    raise AssertionError(list(MailReading.objects.values_list("outcome", "problem")))


def test_an_answer_with_a_file_a_bounce_and_an_absence(exterior, reading):
    at, actor = clock.now(), for_job("pruebas")
    saved = customers.save_customer(name="VALLE FIBRA S.R.L.", actor=actor, at=at)
    customer_id = customer_queries.customer_by_dossier(dossier_id=saved.dossier_id).id
    customers.save_contact(
        full_name="Pagos", email="pagos@vallefibra.example", phone="70000001",
        roles=[customers.ContactRoleWish(customer_id, "BILLING")], actor=actor, at=at,
    )  # fmt: skip
    home = dossiers.open_dossier(
        kind="INVOICE", number="FAC-7", headline="x", state="x", at=at, customer_id=saved.dossier_id
    )
    ours = operations.queue_email(
        dossier_id=home.pk, to=["pagos@vallefibra.example"], subject="Factura FAC-7", body="Adjunta", cause="B.5", actor=actor, at=at
    )  # fmt: skip
    operations.deliver(message_id=ours.pk, at=clock.now())
    [mail] = exterior.rows("SELECT id FROM mail")
    page = httpx.get(f"{exterior.base_url}/correo/{mail['id']}").text
    assert "Responder como el destinatario" in page

    begun = time.monotonic()
    fill_in(
        exterior,
        f"/correo/{mail['id']}/responder",
        {"de": "pagos@vallefibra.example", "asunto": "RE: Factura", "texto": "Pagado"},
        files={"archivo": ("depósito.pdf", PDF, "application/pdf")},
    )
    answer = wait_for("MESSAGE").message
    print(f"respuesta leída en {time.monotonic() - begun:.1f} s")
    assert (answer.dossier_id, answer.in_reply_to_id, answer.body) == (home.pk, ours.pk, "Pagado")
    assert MessageAttachment.objects.get(message=answer).name == "depósito.pdf"
    assert WorkItem.objects.filter(step="B.7", key=f"comprobante:{answer.pk}").exists()

    fill_in(exterior, f"/correo/{mail['id']}/ausencia", {})
    assert wait_for("MESSAGE", 2).message.kind == "AUTO"
    fill_in(exterior, f"/correo/{mail['id']}/rebote", {"codigo": "4.4.1"})
    wait_for("REPORT")
    assert Message.objects.get(pk=ours.pk).state == "ACCEPTED"
    fill_in(exterior, f"/correo/{mail['id']}/rebote", {"codigo": "5.2.2"})
    wait_for("REPORT", 2)
    bounced = Message.objects.get(pk=ours.pk)
    assert (bounced.state, bounced.error_code) == ("FAILED", "5.2.2")

    fill_in(exterior, "/correo/escribir", {"de": "x@nadie.example", "asunto": "Hola", "texto": "¿?"})
    assert wait_for("MESSAGE", 3).message.needs_filing
    assert "x@nadie.example" in httpx.get(f"{exterior.base_url}/correo/escribir").text


@pytest.mark.parametrize("told", ["in IDLE", "beside an answer"])
def test_a_mail_that_comes_between_the_search_and_the_wait_is_found(exterior, told):
    with exterior.mailbox().open() as session:
        assert session.above(0) == []
        fill_in(exterior, "/correo/escribir", {"de": "x@nadie.example", "asunto": "Hola", "texto": "¿?"})
        if told == "beside an answer":
            session.fetch(1000, limit=1)
        begun = time.monotonic()
        session.wait(60, lambda: True)
        assert time.monotonic() - begun < 20
        assert session.above(0) == [1]
        session.wait(1, lambda: time.monotonic() - begun < 20)  # told once: the next wait waits


def test_a_wrong_password_is_refused(exterior):
    with pytest.raises(port.MailboxClosed), exterior.mailbox(password="no").open():
        pass
