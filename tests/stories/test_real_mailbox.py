"""A real worker, a real postfix and dovecot: what bounces is known, what people answer arrives within seconds, and
neither a restart of the server nor a mailbox with new numbers loses or doubles a mail."""

from __future__ import annotations

import time

import pytest

import lab.mailbox
from lab.processes import wait_for
from mayorista.apps.messaging import operations
from mayorista.apps.messaging.models import ChannelHealth, IncomingMail, MailReading, Message
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import dossiers
from mayorista.interfaces import clock
from tests import processes
from tests.rules.mail import letters

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.mailbox,
    pytest.mark.process,
    pytest.mark.needs(*lab.mailbox.PROGRAMS, root=True),
]


def answers() -> int:
    return Message.objects.filter(direction="IN").count()


def read() -> dict[str, int]:
    found: dict[str, int] = {}
    for outcome in MailReading.objects.values_list("outcome", flat=True):
        found[outcome] = found.get(outcome, 0) + 1
    return found


def test_the_mailbox_of_the_house(throwaway_database):
    with lab.mailbox.running(users=("noc",)) as box:
        env = {
            "MAYORISTA_SMTP_URL": box.smtp_url,
            "MAYORISTA_MAIL_FROM": f"Mayorista <{box.address('noc')}>",
            "MAYORISTA_IMAP_URL": box.imap_url("noc"),
        }
        home = dossiers.open_dossier(
            kind="CASE", number="DANO-2026-000001", headline="x", state="x", at=clock.now()
        )
        ours = operations.queue_email(
            dossier_id=home.pk, to=["pagos@vallefibra.example"], subject="Factura", body="Adjunta", cause="B.5",
            actor=for_job("pruebas"), at=clock.now(),
        )  # fmt: skip
        with processes.running("worker", env=processes.environ(throwaway_database, **env)):
            # postfix knows no world outside: it takes the mail and sends it back, as a server on the way does.
            wait_for("el rebote", lambda: Message.objects.get(pk=ours.pk).state == "FAILED", within=60)
            assert Message.objects.get(pk=ours.pk).error_code == "5.1.2"
            assert WorkItem.objects.filter(key=f"fallido:{ours.pk}", role="BILLING", done_at=None).exists()

            begun = time.monotonic()
            box.post(letters.mail(in_reply_to=ours.message_id_header), to=box.address("noc"))
            wait_for("la respuesta", lambda: answers() == 1, within=20)
            print(f"respuesta en su caso a los {time.monotonic() - begun:.1f} s (IDLE)")
            assert Message.objects.get(direction="IN").dossier_id == home.pk

            box.stop_imap()
            box.post(letters.mail(message_id="<2@x.example>", body="durante el corte"), to=box.address("noc"))
            wait_for(
                "el canal en pausa",
                lambda: ChannelHealth.objects.filter(pk="MAILBOX", state="PAUSED").exists(),
                within=30,
            )
            box.start_imap()
            wait_for("el correo del corte", lambda: answers() == 2, within=60)
            wait_for(
                "el canal bien",
                lambda: ChannelHealth.objects.filter(pk="MAILBOX", state="OK").exists(),
                within=30,
            )

            before = IncomingMail.objects.count()
            box.renumber("noc")
            box.post(
                letters.mail(message_id="<3@x.example>", body="después de la mudanza"), to=box.address("noc")
            )
            wait_for("el correo nuevo", lambda: answers() == 3, within=60)
            wait_for("todo leído", lambda: "WAITING" not in read(), within=30)
            assert IncomingMail.objects.count() == 2 * before + 1
            assert read() == {"REPORT": 1, "MESSAGE": 3, "COPY": 3}
        names = box.flags("noc")
        assert len(names) == 4
        assert not [each for each in names if "S" in each.partition(":2,")[2]]
