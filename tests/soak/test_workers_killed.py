"""Workers are killed with -9 while messages go out; the receiving side counts.

Lost: neither received nor shown as uncertain. Doubled: received twice. Neither may happen.
"""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from django.db import connection

from mayorista.apps.customers import operations as customers
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.messaging import operations
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import dossiers
from mayorista.interfaces import clock
from tests.workers import received, slow_down

ARRIVED = {"ACCEPTED", "SENT", "DELIVERED", "READ"}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


def queue(count, people):
    """Half e-mail, half WhatsApp to `people` phones."""
    at, actor = clock.now(), for_job("pruebas")
    case = dossiers.open_dossier(kind="CASE", number="DANO-2026-000001", headline="x", state="x", at=at)
    saved = customers.save_customer(name="VALLE FIBRA S.R.L.", actor=actor, at=at)
    customer_id = customer_queries.customer_by_dossier(dossier_id=saved.dossier_id).id
    contacts = []
    for number in range(people):
        roles = [customers.ContactRoleWish(customer_id=customer_id, role="TECHNICAL")]
        contact = customers.save_contact(
            full_name=f"Persona {number}", phone=f"7{number:07d}", roles=roles, actor=actor, at=at
        )
        customers.record_opt_in(contact_id=contact.id, how="x", actor=actor, at=at)
        contacts.append(contact.id)
    drafts = []
    for number in range(count // 2):
        drafts.append(
            operations.MailDraft(case.pk, [f"isp{number}@x.example"], f"n.º {number}", "Texto", "A.7")
        )
        params = {"cliente": f"n.º {number}", "caso": "DANO-2026-000001"}
        drafts.append(
            operations.WhatsAppDraft(
                case.pk,
                "A.7",
                contact_id=contacts[number % people],
                template_code="retomar_atencion",
                params=params,
            )
        )
    operations.queue_many(drafts=drafts, actor=actor, at=at)


def out_and_kill(exterior, worker, *, count, people, kills, pause, patience):
    exterior.settings(duplicate_percent=10, shuffle_ms=300)
    slow_down(exterior, pause)
    queue(count, people)
    chance = random.Random(7)
    deadline = time.monotonic() + patience
    for kill in range(1, kills + 1):
        worker.start()
        goal = count * kill // (kills + 2)
        while sum(received(exterior).values()) < goal:
            assert time.monotonic() < deadline, (
                f"only {sum(received(exterior).values())} received: {worker.words()}"
            )
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 2 * pause + 0.05))
        worker.kill()
    worker.start()
    while Message.objects.filter(state__in=["QUEUED", "HELD", "SENDING"]).exists():
        operations.sweep(at=clock.now())
        assert time.monotonic() < deadline, (
            f"{Counter(Message.objects.values_list('state', flat=True))}: {worker.words()}"
        )
        time.sleep(1)
    while exterior.rows("SELECT count(*) AS n FROM webhook")[0]["n"]:
        assert time.monotonic() < deadline, "the stand-in's webhooks were not taken"
        time.sleep(0.2)
    while (
        connection.cursor()
        .execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'messages.read_webhook' AND status = 'todo'"
        )
        .fetchone()[0]
    ):
        assert time.monotonic() < deadline, "webhooks were not read"
        time.sleep(0.2)
    time.sleep(1)
    worker.kill()
    return judge(exterior)


def judge(exterior):
    counted = received(exterior)
    states, lost, doubled = Counter(), [], []
    for message in Message.objects.filter(direction="OUT"):
        key = message.message_id_header or f"msg:{message.reference}"
        times = counted.pop(key, 0)
        states[message.state] += 1
        if times > 1:
            doubled.append((message.pk, times))
        if times == 0 and message.state != "UNCERTAIN":
            lost.append((message.pk, message.state))
        if times == 1 and message.channel == "WHATSAPP" and message.state not in ARRIVED:
            lost.append((message.pk, f"a status of it came and it is still {message.state}"))
        elif times == 1 and message.state not in ARRIVED | {"UNCERTAIN"}:
            lost.append((message.pk, f"received and shown as {message.state}"))
    assert not counted, "messages were received that nobody queued"
    return states, lost, doubled


class TestKilledWorkers:
    def test_three_kills_lose_nothing_and_double_nothing(self, exterior, worker):
        states, lost, doubled = out_and_kill(
            exterior, worker, count=200, people=20, kills=3, pause=0.03, patience=240
        )
        print("states", dict(states))
        assert (lost, doubled) == ([], [])
        assert sum(states.values()) == 200
        uncertain = WorkItem.objects.filter(key__startswith="incierto:", done_at=None).count()
        assert uncertain == states["UNCERTAIN"]

    @pytest.mark.soak
    def test_twenty_kills_lose_nothing_and_double_nothing(self, exterior, worker):
        states, lost, doubled = out_and_kill(
            exterior, worker, count=2000, people=200, kills=20, pause=0.03, patience=1500
        )
        print("states", dict(states))
        assert (lost, doubled) == ([], [])
        assert sum(states.values()) == 2000
        uncertain = WorkItem.objects.filter(key__startswith="incierto:", done_at=None).count()
        assert uncertain == states["UNCERTAIN"]
