"""Workers are killed with -9 while a month is defined, sent, issued and dispatched; the receiving side counts.

No gap in a series, no amount, packet, invoice or mail missing or twice, whatever the instant of the kill.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from mayorista.apps.billing.models import Amount, AmountLine, Dispatch, Invoice, Month, Packet, Run, RunRow
from mayorista.apps.billing.operations import months, runs
from mayorista.apps.contracts.models import BandwidthPeriod, Contract, PriceVersion, ServiceHolding, Terms
from mayorista.apps.messaging import jobs
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.models import Message
from mayorista.apps.onboarding.operations import scale_contracts
from mayorista.apps.procedure.models import JournalEntry, RoleGrant
from mayorista.apps.procedure.operations import people
from mayorista.interfaces import clock
from mayorista.rules import periods
from mayorista.rules.procedure import Role
from tests.workers import received, slow_down

NOVEMBER = periods.parse_month("2026-11")
AT = dt.datetime(2026, 12, 2, 14, 0, tzinfo=dt.UTC)
STEPS = (("DEFINE", "interconexion"), ("SEND", "interconexion"), ("ISSUE", "facturacion"), ("DISPATCH", "facturacion"))  # fmt: skip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


class Office:
    """The people of a month, by name."""

    def __init__(self):
        self.users = {
            name: people.write_user(
                username=name,
                full_name=name.title(),
                roles=[role],
                email=f"{name}@comteco.example",
                phone_e164="",
                password="un-turno-de-noche-27",
                at=AT,
            )
            for name, role in (
                ("interconexion", Role.INTERCONNECTION),
                ("gerente", Role.MANAGER),
                ("facturacion", Role.BILLING),
            )
        }

    def actor(self, name):
        return people.actor_for(user=self.users[name], at=AT)


@pytest.fixture
def office():
    return Office()


def coordinate(office, contracts):
    """`contracts` contracts with their month confirmed by both sides."""
    scale_contracts.load_contracts(at=AT - dt.timedelta(days=60), contracts=contracts)
    months.open_months(month=NOVEMBER, actor=office.actor("interconexion"), at=AT)
    ids = list(Month.objects.values_list("id", flat=True))
    for manager, who in ((False, "interconexion"), (True, "gerente")):
        months.confirm_side(month_ids=ids, manager=manager, actor=office.actor(who), at=AT)
    return len(ids)


def carry_through(run, worker, kills, instants, patience):
    """Work at a run through `kills` deaths of the worker, at whatever instant, until it has ended."""
    deadline = time.monotonic() + patience
    for _kill in range(kills):
        worker.start()
        begun = Run.objects.values("done", "refused", "beat_at").get(pk=run)
        while not _taken_up(run) and not _ended(run):
            assert time.monotonic() < deadline, f"nobody took the run up: {worker.words()}"
            time.sleep(0.02)
        time.sleep(next(instants))
        worker.kill()
        now = Run.objects.values("done", "refused", "beat_at").get(pk=run)
        print("killed", begun["done"], "→", now["done"])
        _release(run)
    worker.start()
    while not _ended(run):
        assert time.monotonic() < deadline, f"the run does not end: {worker.words()}"
        time.sleep(0.1)


def _taken_up(run):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'doing' AND args->>'run_id' = %s",
            [runs.ADVANCE, str(run)],
        )
        return cursor.fetchone()[0] > 0


def _ended(run):
    return Run.objects.filter(pk=run, ended_at__isnull=False).exists()


def _release(run):
    """What the minute's job does with a run that stands still, without waiting for the minute; the dead job is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = %s AND status = 'doing' AND args->>'run_id' = %s",
            [runs.ADVANCE, str(run)],
        )
    stale = runs.stale(at=clock.now() + dt.timedelta(days=365))
    assert set(stale) <= {run}
    jobs.defer(runs.ADVANCE, "run_id", stale)


def deliver_all(worker, patience):
    """Until every mail has left or is known to be uncertain."""
    deadline = time.monotonic() + patience
    while Message.objects.filter(state__in=["QUEUED", "HELD", "SENDING"]).exists():
        messaging.sweep(at=clock.now())
        assert time.monotonic() < deadline, worker.words()
        time.sleep(0.5)


def through_all_steps(office, exterior, worker, *, contracts, kills, reach, patience):
    """`kills` deaths in each of the four steps, up to `reach` s after it was taken up; judged at the end."""
    slow_down(exterior, 0.005)
    count = coordinate(office, contracts)
    chance = random.Random(11)
    instants = iter(lambda: chance.uniform(0, reach), None)
    for kind, who in STEPS:
        run = runs.start(kind=kind, month=NOVEMBER, actor=office.actor(who), at=AT)
        carry_through(run, worker, kills, instants, patience)
        worker.kill()
        ended = Run.objects.get(pk=run)
        assert (ended.done, ended.refused) == (count, 0)
    worker.start()
    deliver_all(worker, patience)
    time.sleep(1)
    worker.kill()
    judge(exterior, count)


def judge(exterior, count):
    for model in (Amount, Packet, Invoice, Dispatch):
        assert model.objects.count() == count, model.__name__
    # The worker's own clock may have opened months of its present, too.
    rows = Month.objects.filter(month=dt.date.fromordinal(NOVEMBER.first))
    assert set(rows.values_list("state", flat=True)) == {"DISPATCHED"}
    assert Amount.objects.values("month").distinct().count() == count
    lines = dict(AmountLine.objects.values_list("amount").annotate(sum=Sum("value")))
    assert all(lines[row.pk] == row.total for row in Amount.objects.all())
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    series = numbers[0].rpartition("-")[0]
    assert numbers == [f"{series}-{each:06d}" for each in range(1, count + 1)]
    packets = sorted(Packet.objects.values_list("dossier__number", flat=True))
    assert packets == [f"PAQ-2026-{each:06d}" for each in range(1, count + 1)]
    told = Counter(
        JournalEntry.objects.filter(act__in=["DEFINE_AMOUNT", "SEND_PACKET"]).values_list("act", flat=True)
    )
    assert set(told.values()) == {count}
    counted = received(exterior)
    sent = list(Message.objects.filter(direction="OUT"))
    assert Counter(message.cause for message in sent) == {"B.5": count, "B.4": 1}
    lost = [m.pk for m in sent if not counted[m.message_id_header] and m.state != "UNCERTAIN"]
    doubled = [m.pk for m in sent if counted[m.message_id_header] > 1]
    assert (lost, doubled) == ([], [])
    assert set(counted) <= {m.message_id_header for m in sent}
    print(Counter(m.state for m in sent))


class TestKilled:
    def test_a_month_is_whole_after_a_kill_in_each_step(self, office, exterior, worker):
        through_all_steps(office, exterior, worker, contracts=200, kills=1, reach=0.3, patience=200)

    @pytest.mark.soak
    def test_a_month_is_whole_after_five_kills_in_each_step(self, office, exterior, worker):
        through_all_steps(office, exterior, worker, contracts=2_000, kills=5, reach=0.8, patience=3_000)


# ---- broken contracts


def break_seven(ids):
    """Make seven contracts wrong as mistaken data would, each in its own way; their ids."""
    chosen = Contract.objects.filter(pk__in=ids[3::40][:7]).order_by("pk")
    broken = [contract.pk for contract in chosen]
    services = [
        ServiceHolding.objects.filter(contract_id=pk).order_by("pk").values_list("service", flat=True)[0]
        for pk in broken
    ]
    PriceVersion.objects.filter(service_id=services[0]).delete()
    PriceVersion.objects.filter(service_id=services[1]).update(terms={"unit_price": "doce"})
    PriceVersion.objects.filter(service_id=services[2]).update(
        price_model="graduated",
        terms={"tiers": [{"up_to": "10", "unit_price": "1"}, {"up_to": "5", "unit_price": "1"}]},
    )
    Terms.objects.filter(contract_id=broken[3]).update(
        currency="USD", invoice_currency="BOB", rate_source="BCB"
    )
    BandwidthPeriod.objects.filter(service_id=services[4]).delete()
    Terms.objects.filter(contract_id=broken[5]).delete()
    PriceVersion.objects.filter(service_id=services[6]).update(terms={"unit_price": "99999999999999"})
    return broken


def seven_of(office, contracts):
    count = coordinate(office, contracts)
    broken = break_seven(list(Contract.objects.order_by("pk").values_list("pk", flat=True)))
    run = runs.start(kind="DEFINE", month=NOVEMBER, actor=office.actor("interconexion"), at=AT)
    while runs.advance(run_id=run, at=AT):
        pass
    ended = Run.objects.get(pk=run)
    reasons = dict(RunRow.objects.filter(run_id=run).values_list("month__group__name", "reason"))
    print(reasons)
    assert (ended.done, ended.refused) == (count - 7, 7)
    assert len(reasons) == 7
    assert all(len(reason) > 15 for reason in reasons.values())
    assert Amount.objects.count() == count - 7
    assert Month.objects.filter(state="COORDINATED").count() == 7
    return broken


class TestBroken:
    def test_seven_are_listed_with_reasons_and_the_others_defined(self, office):
        seven_of(office, 280)

    @pytest.mark.soak
    def test_of_a_thousand_993_are_defined(self, office):
        seven_of(office, 1_000)

    def test_one_that_no_rule_foresaw_is_listed_too(self, office):
        coordinate(office, 12)
        # A word of a former version, say: no rule knows it, and no constraint refuses it.
        Terms.objects.filter(contract=Contract.objects.order_by("pk")[4]).update(upgrade_policy="never")
        run = runs.start(kind="DEFINE", month=NOVEMBER, actor=office.actor("interconexion"), at=AT)
        assert not runs.advance(run_id=run, at=AT)
        ended = Run.objects.get(pk=run)
        assert (ended.done, ended.refused) == (11, 1)
        assert "never" in RunRow.objects.get().reason

    def test_who_may_no_longer_leaves_all_with_the_reason(self, office):
        count = coordinate(office, 5)
        run = runs.start(kind="DEFINE", month=NOVEMBER, actor=office.actor("interconexion"), at=AT)
        RoleGrant.objects.filter(user=office.users["interconexion"]).update(revoked_at=AT)
        assert not runs.advance(run_id=run, at=AT)
        ended = Run.objects.get(pk=run)
        assert (ended.done, ended.refused) == (0, count)


# ---- at once


class TestAtOnce:
    @pytest.mark.parametrize(("kind", "who"), STEPS[:3])
    def test_two_runs_by_two_people_do_each_row_once(self, office, kind, who):
        count = coordinate(office, 60)
        other = people.write_user(
            username="otra",
            full_name="Otra",
            roles=[Role.INTERCONNECTION, Role.BILLING],
            email="otra@comteco.example",
            phone_e164="",
            password="un-turno-de-noche-27",
            at=AT,
        )
        for before, person in STEPS[: [step for step, _w in STEPS].index(kind)]:
            pk = runs.start(kind=before, month=NOVEMBER, actor=office.actor(person), at=AT)
            while runs.advance(run_id=pk, at=AT):
                pass
        made = [
            runs.start(kind=kind, month=NOVEMBER, actor=actor, at=AT)
            for actor in (office.actor(who), people.actor_for(user=other, at=AT))
        ]
        errors = _at_once([made[0], made[1], made[0], made[1]])
        assert errors == []
        model = {"DEFINE": Amount, "SEND": Packet, "ISSUE": Invoice}[kind]
        assert model.objects.count() == count
        assert sum(Run.objects.filter(pk__in=made).values_list("done", flat=True)) == count
        if kind == "ISSUE":
            assert max(Invoice.objects.values_list("number", flat=True)).endswith(f"{count:06d}")
        assert Amount.objects.aggregate(sum=Sum("total"))["sum"] > Decimal(0)


def _at_once(ids):
    gate = threading.Barrier(len(ids))
    errors = []

    def advance(pk):
        gate.wait()
        try:
            while runs.advance(run_id=pk, at=AT):
                pass
        except Exception as error:  # noqa: BLE001 - any is a failure of the test
            errors.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=advance, args=(pk,)) for pk in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
