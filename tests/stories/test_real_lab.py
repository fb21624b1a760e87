"""A real link is cut; real Prometheus and Alertmanager tell; a real mail arrives; the recovery is proposed."""

from __future__ import annotations

import datetime as dt

import pytest
from imap_tools import MailBoxUnencrypted

import lab.mailbox
import lab.network
from lab.processes import wait_for
from mayorista.apps.contracts.operations import naming
from mayorista.apps.faults.models import Case, Fault, Outage, OutageInterval
from mayorista.apps.faults.operations import analysis, coordination, dac
from mayorista.apps.monitoring.models import Occurrence
from mayorista.apps.monitoring.operations import sources
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import people
from mayorista.interfaces import clock
from tests import network as rows
from tests import processes

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.lab,
    pytest.mark.mailbox,
    pytest.mark.process,
    pytest.mark.needs(*lab.network.PROGRAMS, *lab.mailbox.PROGRAMS, root=True),
]

CIRCUIT = "TIP-0001"
TOKEN = "the-token-of-the-real-lab-0123456789"


def person(username: str, role: str, email: str = ""):
    user = people.write_user(
        username=username,
        full_name=username.capitalize(),
        roles=[role],
        email=email,
        password="x" * 12,
        at=clock.now(),
    )
    return people.actor_for(user=user, at=clock.now())


@pytest.fixture
def carrier():
    """A circuit that the lab's alarms name, a source, and the people of the night."""
    made = rows.build(circuits=2, isps=2, nodes=1)
    job = actors.for_job("tests")
    naming.add_nms_name(
        labels={"pe": "CBBA-BR1", "name": lab.network.SESSION},
        service_id=made.services[1].pk,
        actor=job,
        at=clock.now(),
    )
    sources.create_source(code="prometheus", name="Prometheus", token=TOKEN, actor=job, at=clock.now())
    return made


def subjects(box: lab.mailbox.Mailbox, user: str) -> list[str]:
    with MailBoxUnencrypted("127.0.0.1", box.imap).login(user, box.password) as opened:
        return [message.subject for message in opened.fetch(mark_seen=False)]


def test_a_cut_link_becomes_a_case_its_dac_reaches_the_gerente_and_the_recovery_is_proposed(
    carrier, throwaway_database
):
    with lab.mailbox.running(users=("gerente",)) as box:
        gerente = person("gerente", "MANAGER", box.address("gerente"))
        soporte, noc = person("soporte", "SUPPORT"), person("noc", "NOC")
        mail = {
            "MAYORISTA_SMTP_URL": box.smtp_url,
            "MAYORISTA_MAIL_FROM": f"Mayorista <{box.address('noc')}>",
        }
        with (
            processes.web(throwaway_database) as port,
            processes.running("worker", env=processes.environ(throwaway_database, **mail)),
            lab.network.running(
                hook=f"http://127.0.0.1:{port}/hooks/alertmanager/prometheus", token=TOKEN, circuit=CIRCUIT
            ) as cable,
        ):
            assert not Fault.objects.exists()

            cut_at = clock.now()
            cable.cut()
            wait_for("la caída", Outage.objects.exists, within=30)
            opened_after = clock.now() - cut_at
            wait_for("las dos alarmas", lambda: OutageInterval.objects.count() == 2, within=30)
            outage, fault, case = Outage.objects.get(), Fault.objects.get(), Case.objects.get()
            assert (outage.service_id, outage.effect) == (carrier.services[1].pk, "TOTAL")
            assert abs(outage.started_at - cut_at) < dt.timedelta(seconds=15)
            assert (fault.severity, case.alarm_origin) == (1, True)
            print(f"caso abierto {opened_after.total_seconds():.1f} s después del corte")

            analysis.diagnose(
                fault_id=fault.pk, attribution="INTERNAL", cause_code="I-FIB", reason="Sin luz en el tramo propio",
                actor=soporte, at=clock.now(),
            )  # fmt: skip
            coordination.hand_over(fault_id=fault.pk, actor=soporte, at=clock.now())
            coordination.accept(fault_id=fault.pk, actor=noc, at=clock.now())
            issue = dac.issue_opening(
                fault_id=fault.pk,
                form=dac.OpeningForm(
                    element="Tramo CBBA-BR1 – ISP", impact="100 % del tráfico", diagnosis="Corte de fibra"
                ),
                actor=noc,
                at=clock.now(),
            )
            number = issue.form.dossier.number
            wait_for(
                "el D.A.C. en el buzón",
                lambda: any(number in each for each in subjects(box, "gerente")),
                within=60,
            )
            with MailBoxUnencrypted("127.0.0.1", box.imap).login("gerente", box.password) as mailbox:
                [letter] = [each for each in mailbox.fetch() if number in each.subject]
            assert [each.content_type for each in letter.attachments] == ["application/pdf"]
            assert letter.attachments[0].payload.startswith(b"%PDF")
            assert gerente.user_id

            cable.mend()
            wait_for(
                "la propuesta de restablecimiento",
                lambda: Outage.objects.get().restoration_proposed_at is not None,
                within=60,
            )
            outage = Outage.objects.get()
            assert outage.restored_at is None
            assert outage.closed_at is None
            assert not Occurrence.objects.filter(ends_at=None).exists()
            wait_for(
                "la tarea", lambda: WorkItem.objects.filter(key="restore", done_at=None).exists(), within=10
            )
