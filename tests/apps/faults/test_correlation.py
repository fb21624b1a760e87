"""Alarms become faults, cases and outages (A.1, G-17, G-41, G-42)."""

from __future__ import annotations

import threading
from unittest import mock

import pytest
from django.db import connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mayorista.apps.faults.models import Case, Fault, Outage, OutageInterval
from mayorista.apps.faults.operations import alarmed, correlation, opening, restoration
from mayorista.apps.monitoring.models import Change, Outcome, Verdict
from mayorista.apps.monitoring.operations import quarantine
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.rules.alarms import outages
from tests import alarms, network
from tests.alarms import T0, alert, correlate, later, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def net() -> network.Network:
    return network.build()


@pytest.fixture
def source(net) -> int:
    return alarms.make_source()


def shape() -> list[tuple]:
    """Faults as (element, severity, started, [(circuit, effect, start, proposed)]): what is left, without numbers."""
    found = []
    for fault in Fault.objects.exclude(state="VOID").select_related("resource"):
        circuits = sorted(
            (o.service.circuit_code, o.effect, o.started_at, o.restoration_proposed_at)
            for o in Outage.objects.filter(case__fault=fault).select_related("service")
        )
        found.append(
            (fault.resource.code if fault.resource else "", fault.severity, fault.started_at, circuits)
        )
    return sorted(found, key=str)


class TestOneCircuit:
    def test_opens_one_fault_one_case_and_one_outage(self, net, source):
        post(source, alert(T0, service="TIP-0001"), at=later(seconds=1))
        correlate(later(seconds=1))
        fault, case, outage = Fault.objects.get(), Case.objects.get(), Outage.objects.get()
        assert (fault.severity, fault.started_at, fault.detected_at) == (1, T0, later(seconds=1))
        assert (case.customer_id, case.alarm_origin, case.claim_origin) == (net.customers[1].pk, True, False)
        assert (outage.service_id, outage.effect, outage.started_at) == (net.services[1].pk, "TOTAL", T0)
        assert set(WorkItem.objects.filter(done_at=None).values_list("step", flat=True)) >= {
            "A.1",
            "A.2",
            "A.3",
        }
        assert Verdict.objects.get().outcome == Outcome.OUTAGE

    def test_repeats_of_the_same_alarm_change_nothing(self, source):
        for k in range(5):
            post(source, alert(T0, service="TIP-0001"), at=later(seconds=k))
            correlate(later(seconds=k))
        assert (Fault.objects.count(), OutageInterval.objects.count()) == (1, 1)

    def test_a_second_occurrence_before_closing_adds_an_interval(self, source):
        post(source, alert(T0, service="TIP-0001"), at=T0)
        correlate(T0)
        post(source, alert(T0, later(3), service="TIP-0001"), at=later(3))
        correlate(later(3))
        assert Outage.objects.get().restoration_proposed_at == later(3)
        post(source, alert(later(4), service="TIP-0001"), at=later(4))
        correlate(later(4))
        assert Outage.objects.get().restoration_proposed_at is None
        assert list(OutageInterval.objects.order_by("starts_at").values_list("starts_at", "ends_at")) == [
            (T0, later(3)),
            (later(4), None),
        ]

    def test_a_resolved_alarm_proposes_the_restoration_and_closes_nothing(self, source):
        post(source, alert(T0, service="TIP-0001"), at=T0)
        correlate(T0)
        post(source, alert(T0, later(20), service="TIP-0001"), at=later(20))
        correlate(later(20))
        outage = Outage.objects.get()
        assert (outage.restoration_proposed_at, outage.restored_at, outage.closed_at) == (
            later(20),
            None,
            None,
        )
        assert WorkItem.objects.filter(key="restore", done_at=None).count() == 1
        assert JournalEntry.objects.filter(act="PROPOSE_RESTORATION").exists()

    def test_fires_again_and_withdraws_the_proposal(self, source):
        post(source, alert(T0, later(2), service="TIP-0001"), at=later(2))
        correlate(later(2))
        post(source, alert(later(3), service="TIP-0001"), at=later(3))
        correlate(later(3))
        assert Outage.objects.get().restoration_proposed_at is None
        assert not WorkItem.objects.filter(key="restore", done_at=None).exists()

    def test_a_short_outage_already_over_is_opened_with_its_restoration_proposed(self, source):
        post(source, alert(T0, later(1), service="TIP-0001"), at=later(1))
        correlate(later(1))
        outage = Outage.objects.get()
        assert (outage.started_at, outage.restoration_proposed_at) == (T0, later(1))

    def test_several_alarms_of_one_circuit_are_one_outage_over_when_all_are_over(self, source):
        post(
            source,
            alert(T0, service="TIP-0001"),
            alert(later(seconds=5), name="CircuitUnreachable", circuit="TIP-0001"),
            at=later(1),
        )
        correlate(later(1))
        post(source, alert(T0, later(9), service="TIP-0001"), at=later(9))
        correlate(later(9))
        assert Outage.objects.get().restoration_proposed_at is None
        post(
            source,
            alert(later(seconds=5), later(10), name="CircuitUnreachable", circuit="TIP-0001"),
            at=later(10),
        )
        correlate(later(10))
        assert Outage.objects.get().restoration_proposed_at == later(10)

    def test_below_the_threshold_opens_nothing_and_is_kept(self, source):
        post(source, alert(T0, severity="info", service="TIP-0001"), at=T0)
        correlate(T0)
        assert not Fault.objects.exists()
        assert Verdict.objects.get().outcome == Outcome.BELOW

    def test_a_worse_alarm_raises_the_severity_and_the_effect(self, source):
        post(source, alert(T0, severity="major", name="PacketLoss", service="TIP-0001"), at=T0)
        correlate(T0)
        assert (Fault.objects.get().severity, Outage.objects.get().effect) == (2, "PARTIAL")
        before = Outage.objects.get().due_at
        post(source, alert(later(1), service="TIP-0001"), at=later(1))
        correlate(later(1))
        assert (Fault.objects.get().severity, Outage.objects.get().effect) == (1, "TOTAL")
        assert Outage.objects.get().due_at < before

    def test_three_cuts_within_a_quarter_of_an_hour_are_an_intermittence(self, source):
        for k in range(3):
            post(source, alert(later(3 * k), later(3 * k + 1), service="TIP-0001"), at=later(3 * k + 1))
            correlate(later(3 * k + 1))
        assert Outage.objects.get().effect == "INTERMITTENT"

    def test_a_sender_whose_clock_runs_ahead_counts_from_when_it_posted(self, source):
        post(source, alert(later(180), service="TIP-0001"), at=T0)
        correlate(T0)
        assert Outage.objects.get().started_at == T0


class TestMassEvent:
    def test_an_alarm_of_the_upstream_is_one_fault_with_a_case_per_isp(self, net, source):
        post(source, alert(T0, upstream="UP-ANDINO-1"), at=T0)
        correlate(T0)
        fault = Fault.objects.get()
        assert (fault.kind, fault.resource_id) == ("MASS", net.upstream.pk)
        assert (Case.objects.count(), Outage.objects.count()) == (3, 6)

    def test_three_circuits_sharing_an_element_within_two_minutes_are_one_fault(self, net, source):
        for k, circuit in enumerate(("TIP-0000", "TIP-0001", "TIP-0002")):
            post(source, alert(later(seconds=50 * k), service=circuit), at=later(seconds=50 * k))
            correlate(later(seconds=50 * k))
        fault = Fault.objects.exclude(state="VOID").get()
        assert (fault.kind, fault.resource_id) == ("MASS", net.upstream.pk)
        assert Case.objects.filter(closed_at=None).count() == 3
        assert Fault.objects.filter(state="VOID").count() == 1  # the second moved into the first

    def test_two_circuits_stay_apart(self, source):
        post(source, alert(T0, service="TIP-0000"), alert(T0, service="TIP-0001"), at=T0)
        correlate(T0)
        assert Fault.objects.count() == 2

    def test_circuits_that_share_nothing_stay_apart(self, db):
        net = network.build(circuits=4, nodes=0, ride_upstream=False)
        source = alarms.make_source()
        post(source, *(alert(T0, service=each.circuit_code) for each in net.services), at=T0)
        correlate(T0)
        assert Fault.objects.count() == 4

    def test_what_began_much_earlier_stays_apart(self, source):
        post(source, alert(T0, service="TIP-0000"), at=T0)
        correlate(T0)
        post(source, *(alert(later(10), service=f"TIP-000{k}") for k in (1, 2, 3)), at=later(10))
        correlate(later(10))
        assert sorted(len(circuits) for *_rest, circuits in shape()) == [1, 3]

    def test_the_upstreams_alarm_gathers_the_circuits_that_alarmed_before_it(self, net, source):
        post(source, alert(T0, service="TIP-0000"), alert(T0, service="TIP-0001"), at=T0)
        correlate(T0)
        post(source, alert(later(seconds=20), upstream="UP-ANDINO-1"), at=later(seconds=21))
        correlate(later(seconds=21))
        [(element, severity, started, circuits)] = shape()
        assert (element, severity, started, len(circuits)) == ("UP-ANDINO-1", 1, T0, 6)

    def test_a_fault_with_a_dac_is_not_moved(self, net, source):
        from mayorista.apps.faults.models import DacForm
        from mayorista.apps.procedure.operations import dossiers

        post(source, alert(T0, service="TIP-0000"), at=T0)
        correlate(T0)
        own = Fault.objects.get()
        home = dossiers.open_dossier(kind="DAC", number="DAC-2026-000001", headline="x", state="x", at=T0)
        DacForm.objects.create(dossier=home, fault=own, token="t" * 20, opened_at=T0)
        post(source, *(alert(later(1), service=f"TIP-000{k}") for k in (1, 2)), at=later(1))
        correlate(later(1))
        own.refresh_from_db()
        assert own.closed_at is None
        assert Outage.objects.filter(case__fault=own).count() == 3

    def test_the_customers_own_fault_is_not_drawn_in(self, source):
        post(source, alert(T0, service="TIP-0000"), at=T0)
        correlate(T0)
        Fault.objects.update(attribution="CUSTOMER")
        post(source, *(alert(later(1), service=f"TIP-000{k}") for k in (1, 2, 3)), at=later(1))
        correlate(later(1))
        own = Fault.objects.get(attribution="CUSTOMER")
        assert own.closed_at is None

    def test_recovery_of_a_part_proposes_only_that_part(self, source):
        up = [alert(T0, service=f"TIP-000{k}") for k in range(4)]
        post(source, *up, at=T0)
        correlate(T0)
        post(source, *(alert(T0, later(5), service=f"TIP-000{k}") for k in range(2)), at=later(5))
        correlate(later(5))
        assert Outage.objects.filter(restoration_proposed_at=later(5)).count() == 2
        assert not WorkItem.objects.filter(key="restore", done_at=None).exists()
        post(source, *(alert(T0, later(6), service=f"TIP-000{k}") for k in (2, 3)), at=later(6))
        correlate(later(6))
        assert WorkItem.objects.filter(key="restore", done_at=None).count() == 1


class TestUnknown:
    def test_names_nothing_known_and_is_shown_to_a_person(self, source):
        post(source, alert(T0, instance="pe99.example"), at=T0)
        correlate(T0)
        assert Verdict.objects.get().outcome == Outcome.UNKNOWN
        assert WorkItem.objects.get(key="unknown-alarms").done_at is None
        assert not Fault.objects.exists()


class TestPoison:
    def test_an_alarm_that_breaks_the_correlator_is_set_aside_and_not_in_the_way(self, source, monkeypatch):
        real = outages.effect_of

        def breaks(labels, severity):
            if labels["service"] == "TIP-0003":
                raise ZeroDivisionError("poison")
            return real(labels, severity)

        monkeypatch.setattr(outages, "effect_of", breaks)
        post(source, *(alert(later(200 * k), service=f"TIP-000{k}") for k in range(6)), at=later(1001))
        correlate(later(1001))
        assert Outage.objects.count() == 5
        aside = Verdict.objects.get(outcome=Outcome.SET_ASIDE)
        assert "poison" in aside.error
        assert not Change.objects.exists()
        monkeypatch.undo()
        quarantine.retry_set_aside(
            occurrence_id=aside.occurrence_id, actor=actors.for_job("tests"), at=later(1002)
        )
        correlate(later(1002))
        assert Outage.objects.count() == 6

    def test_a_database_error_of_one_alarm_costs_only_that_one(self, source, monkeypatch):
        real = opening.open_faults

        def breaks(*, openings, **more):
            if any(
                hit.occurrence_ids and hit.service_id == poisoned for each in openings for hit in each.hits
            ):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1/0")
            return real(openings=openings, **more)

        poisoned = network.Service.objects.get(circuit_code="TIP-0002").pk
        monkeypatch.setattr(opening, "open_faults", breaks)
        post(source, *(alert(later(200 * k), service=f"TIP-000{k}") for k in range(4)), at=later(900))
        correlate(later(900))
        assert (Outage.objects.count(), Verdict.objects.filter(outcome=Outcome.SET_ASIDE).count()) == (3, 1)


class TestOrder:
    """Any order and repetition of the posts, correlated in any batches, ends in the same faults."""

    REPORTS = (
        *(({"service": f"TIP-000{k}"}, 30 * k, None) for k in range(4)),
        ({"service": "TIP-0001"}, 30, 400),
        ({"service": "TIP-0002"}, 500, None),
        ({"upstream": "UP-ANDINO-1"}, 60, None),
        ({"upstream": "UP-ANDINO-1"}, 60, 450),
        ({"service": "TIP-0005", "name": "PacketLoss", "severity": "major"}, 3000, None),
    )

    @settings(max_examples=12)
    @given(st.permutations(REPORTS), st.integers(1, 4), st.lists(st.booleans(), min_size=16, max_size=16))
    def test_ends_in_the_same_shape(self, net, source, reports, size, turns):
        at = later(seconds=9000)
        shapes = []
        for arrivals in (list(self.REPORTS), [*reports, *reports[:3]]):
            with transaction.atomic():
                for number, first in enumerate(range(0, len(arrivals), size)):
                    part = arrivals[first : first + size]
                    post(source, *(_alert(*each) for each in part), at=at)
                    if turns[number % 16]:
                        correlate(at)
                correlate(at)
                shapes.append(shape())
                transaction.set_rollback(True)
        assert shapes[0] == shapes[1]


def _alert(labels: dict[str, str], start: int, end: int | None):
    return alert(later(seconds=start), None if end is None else later(seconds=end), **labels)


@pytest.mark.django_db(transaction=True)
class TestTwoCorrelators:
    def test_at_once_do_not_make_two_faults(self):
        network.build(circuits=12, isps=4)
        source = alarms.make_source()
        errors: list[BaseException] = []
        ended = threading.Event()

        def work() -> None:
            try:
                while not ended.is_set() or Change.objects.exists():
                    correlation.correlate(at=later(10), limit=3)
            except BaseException as error:  # noqa: BLE001 - told to the test
                errors.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for k in range(12):
            post(source, alert(later(seconds=k), service=f"TIP-{k:04d}"), at=later(1))
            post(
                source,
                alert(later(seconds=k), name="CircuitUnreachable", circuit=f"TIP-{k:04d}"),
                at=later(1),
            )
        ended.set()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert Fault.objects.exclude(state="VOID").count() == 1
        assert Outage.objects.filter(closed_at=None).count() == 12
        assert Case.objects.filter(closed_at=None).count() == 4
        assert OutageInterval.objects.count() == 24

    def test_a_case_opened_by_hand_at_the_same_moment_is_the_same_case(self):
        """The correlator has looked and found nothing; before it writes, a person opens the case."""
        net = network.build()
        source = alarms.make_source()
        post(source, alert(T0, service="TIP-0001"), at=T0)
        real, opened = opening.open_faults, []

        def late(**given):
            if not opened:
                opened.append(True)
                thread = threading.Thread(target=_open_by_hand, args=(net.services[1].pk,))
                thread.start()
                thread.join(20)
            return real(**given)

        with mock.patch.object(alarmed.opening, "open_faults", late):
            correlate(later(1))
        assert (Fault.objects.count(), Outage.objects.count()) == (1, 1)
        case = Case.objects.get()
        assert case.alarm_origin
        assert OutageInterval.objects.filter(occurrence__isnull=False).count() == 1


def _open_by_hand(service_id: int) -> None:
    hit = opening.Hit(service_id, "TOTAL", T0)
    opening.open_fault(
        hits=[hit], severity=1, detected_at=T0, origin="MANUAL", actor=actors.for_job("person"), at=T0
    )
    connections.close_all()


class TestRelapse:
    def test_a_circuit_that_a_person_called_restored_and_that_fails_again_is_down_again(self, source):
        post(source, alert(T0, service="TIP-0001"), at=T0)
        correlate(T0)
        fault = Fault.objects.get()
        post(source, alert(T0, later(10), service="TIP-0001"), at=later(10))
        correlate(later(10))
        restoration.restore(
            fault_id=fault.pk, restored_at=later(10), actor=actors.for_job("tests"), at=later(11)
        )
        post(source, alert(later(15), service="TIP-0001"), at=later(15))
        correlate(later(15))
        outage = Outage.objects.get()
        assert (outage.restored_at, outage.restoration_proposed_at) == (None, None)
        assert Fault.objects.get().restored_at is None
        assert WorkItem.objects.filter(key="relapse", done_at=None).exists()

    def test_what_a_person_said_about_the_end_stands(self, source):
        post(source, alert(T0, service="TIP-0001"), at=T0)
        correlate(T0)
        fault = Fault.objects.get()
        restoration.restore(
            fault_id=fault.pk, restored_at=later(8), actor=actors.for_job("tests"), at=later(9)
        )
        post(source, alert(T0, later(10), service="TIP-0001"), at=later(10))
        correlate(later(10))
        assert OutageInterval.objects.get().ends_at == later(8)
        assert Outage.objects.get().restored_at == later(8)


class TestClosed:
    def test_the_end_of_an_alarm_whose_case_is_closed_opens_nothing(self, source):
        post(source, alert(T0, service="TIP-0001"), at=T0)
        correlate(T0)
        Outage.objects.update(closed_at=later(5))
        Case.objects.update(closed_at=later(5), state="TOLD")
        Fault.objects.update(closed_at=later(5), state="CLOSED")
        post(source, alert(T0, later(9), service="TIP-0001"), at=later(9))
        correlate(later(9))
        assert Fault.objects.count() == 1

    def test_a_new_occurrence_after_closing_is_a_new_fault(self, source):
        self.test_the_end_of_an_alarm_whose_case_is_closed_opens_nothing(source)
        post(source, alert(later(20), service="TIP-0001"), at=later(20))
        correlate(later(20))
        assert Fault.objects.count() == 2


class TestProtection:
    def test_losing_only_the_spare_path_opens_nothing(self, db):
        net = network.build(circuits=2, isps=1, ride_upstream=False)
        network.Ride.objects.create(service=net.services[0], resource=net.upstream, primary=False)
        source = alarms.make_source()
        post(source, alert(T0, upstream="UP-ANDINO-1"), at=T0)
        correlate(T0)
        assert not Fault.objects.exists()
        assert Verdict.objects.get().outcome == Outcome.IDLE

    def test_losing_the_main_path_with_a_spare_one_left_is_a_degradation(self, db):
        net = network.build(circuits=2, isps=1)
        spare = network.Resource.objects.create(code="LK-2", kind="LINK", name="Respaldo")
        network.Ride.objects.create(service=net.services[0], resource=spare, primary=False)
        source = alarms.make_source()
        post(source, alert(T0, upstream="UP-ANDINO-1"), at=T0)
        correlate(T0)
        effects = dict(Outage.objects.values_list("service__circuit_code", "effect"))
        assert effects == {"TIP-0000": "PARTIAL", "TIP-0001": "TOTAL"}
