"""A storm under one upstream through the true front door: HTTP, the worker, the board.

Counted at the end: one fault, one case per ISP, one outage per circuit, one notice per ISP to preview, no
answer of 5xx. The posts come shuffled, some twice, over several connections at once.
"""

from __future__ import annotations

import datetime as dt
import http.client
import random
import threading
import time
from collections import Counter

import pytest
from django.test import Client

from mayorista.apps.faults.models import Case, Fault, Outage
from mayorista.apps.faults.operations import notices
from mayorista.apps.monitoring.models import Alarm, Change
from mayorista.apps.monitoring.operations import sources
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import people
from mayorista.interfaces import clock
from mayorista.interfaces.lab import bodies
from mayorista.rules.procedure import Role
from tests import network, processes

TOKEN = "the-token-of-the-storm-0123456789"
KINDS, SENDERS = 10, 4

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


def posts_of(circuits: int, grouped: int) -> list[bytes]:
    """`KINDS` alarms of each circuit in bodies of `grouped`, shuffled; every tenth body comes twice."""
    begun = clock.now() - dt.timedelta(seconds=30)
    alerts = [
        bodies.alert(
            {
                "alertname": f"WholesaleAlarm{kind}",
                "severity": "critical" if kind < KINDS // 2 else "major",
                "service": f"TIP-{circuit:04d}",
            },
            starts_at=begun + dt.timedelta(seconds=circuit % 20),
        )
        for circuit in range(circuits)
        for kind in range(KINDS)
    ]
    chance = random.Random(7)
    chance.shuffle(alerts)
    posts = [bodies.post(alerts[start : start + grouped]) for start in range(0, len(alerts), grouped)]
    posts += posts[::10]
    chance.shuffle(posts)
    return posts


def send(port: int, posts: list[bytes]) -> Counter[int]:
    """Post all from several connections; how often each answer came."""
    answers: Counter[int] = Counter()
    lock = threading.Lock()

    def sender(share: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        for body in share:
            connection.request("POST", "/hooks/alertmanager/nms", body, headers)
            response = connection.getresponse()
            response.read()
            with lock:
                answers[response.status] += 1
        connection.close()

    threads = [threading.Thread(target=sender, args=(posts[lane::SENDERS],)) for lane in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def until(done, *, patience: float) -> None:
    """Wait for the correlator; what there is by then is judged by the test."""
    deadline = time.monotonic() + patience
    while not done() and time.monotonic() < deadline:
        time.sleep(0.2)


def storm(database, *, circuits: int, isps: int, grouped: int, patience: float) -> None:
    """Post the storm to a running platform and count what it left."""
    sources.create_source(code="nms", name="NMS", token=TOKEN, actor=for_job("pruebas"), at=clock.now())
    network.build(circuits=circuits, isps=isps, nodes=20)
    begun = time.monotonic()
    with (
        processes.web(database, threads=SENDERS + 2) as port,
        processes.running("worker", env=processes.environ(database)),
    ):
        answers = send(port, posts_of(circuits, grouped))
        until(lambda: not Change.objects.exists() and Outage.objects.count() >= circuits, patience=patience)
    print(f"{circuits * KINDS} alarmas en {time.monotonic() - begun:.1f} s, respuestas {dict(answers)}")
    assert set(answers) == {200}
    assert Alarm.objects.count() == circuits * KINDS
    fault = Fault.objects.get(closed_at=None)
    assert Fault.objects.exclude(pk=fault.pk).exclude(state="VOID").count() == 0
    cases = Case.objects.filter(closed_at=None)
    assert cases.count() == cases.values("customer_id").distinct().count() == isps
    assert set(cases.values_list("fault_id", flat=True)) == {fault.pk}
    outages = Outage.objects.filter(closed_at=None)
    assert outages.count() == outages.values("service_id").distinct().count() == circuits
    composed = notices.compose(
        case_ids=list(cases.values_list("pk", flat=True)), kind="OPENING", at=clock.now()
    )
    assert len(composed) == len({each.case_id for each in composed}) == isps
    assert sum(len(each.circuits.split(", ")) for each in composed) == circuits
    assert preview(fault.dossier.number).count('name="case"') == isps


def preview(number: str) -> str:
    """The screen on which all notices of a fault are read before they go."""
    user = people.write_user(
        username="noc",
        full_name="Noelia Ortega",
        roles=[Role.NOC],
        email="noc@comteco.example",
        password="un-turno-de-noche-27",
        at=clock.now(),
    )
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/avisos/", {"dano": number, "clase": "OPENING"})
    assert answer.status_code == 200
    return answer.content.decode()


class TestStorm:
    def test_a_tenth_of_the_storm_is_one_fault(self, throwaway_database):
        storm(throwaway_database, circuits=200, isps=30, grouped=100, patience=120)

    @pytest.mark.soak
    def test_the_whole_storm_is_one_fault(self, throwaway_database):
        storm(throwaway_database, circuits=2_000, isps=300, grouped=200, patience=300)
