"""Maintenance mutes visibly, is told to customers, and what overruns becomes a case (G-42, G-47)."""

from __future__ import annotations

import pytest

from mayorista.apps.contracts.models import Suspension
from mayorista.apps.customers.models import Contact, ContactRole
from mayorista.apps.faults.models import Fault, Outage
from mayorista.apps.messaging.models import Message
from mayorista.apps.monitoring import queries
from mayorista.apps.monitoring.models import MaintenanceWindow, Outcome, Verdict
from mayorista.apps.monitoring.operations import changes, maintenance
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import DossierLink, JournalEntry, WorkItem
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, Stale
from mayorista.rules.procedure import Role
from tests import alarms, network
from tests.alarms import T0, alert, correlate, later, post
from tests.apps.monitoring.test_people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def net() -> network.Network:
    made = network.build()
    for number, customer in enumerate(made.customers[:2]):
        contact = Contact.objects.create(full_name=f"Guardia {number}", email=f"noc{number}@isp.example")
        ContactRole.objects.create(contact=contact, customer=customer, role="ON_CALL")
    return made


@pytest.fixture
def source(net) -> int:
    return alarms.make_source()


def plan(net, start: float = 10, end: float = 60, **more) -> MaintenanceWindow:
    given = {
        "title": "Cambio de tarjeta",
        "starts_at": later(start),
        "ends_at": later(end),
        "service_ids": [net.services[1].pk],
        "resource_ids": [],
        "actor": for_job("tests"),
        "at": T0,
    }
    return maintenance.plan_window(**{**given, **more})


class TestMuting:
    def test_an_alarm_within_the_window_opens_nothing_and_stays_visible(self, net, source):
        window = plan(net)
        post(source, alert(later(20), service="TIP-0001"), at=later(20))
        correlate(later(20))
        assert not Fault.objects.exists()
        assert Verdict.objects.get().outcome == Outcome.MUTED
        [row] = queries.alarm_page(chosen="MUTED").rows
        assert (row.maintenance, row.circuits) == (window.number, ("TIP-0001",))
        assert queries.window(number=window.number, at=later(20)).muted_now == 1

    def test_what_ends_within_the_window_is_no_outage(self, net, source):
        plan(net)
        post(source, alert(later(20), later(30), service="TIP-0001"), at=later(30))
        correlate(later(30))
        maintenance.attend(at=later(61))
        correlate(later(61))
        assert not Fault.objects.exists()

    def test_what_still_fires_at_the_end_is_a_case_that_counts_from_there(self, net, source):
        window = plan(net)
        post(source, alert(later(20), service="TIP-0001"), at=later(20))
        correlate(later(20))
        maintenance.attend(at=later(60))
        correlate(later(60))
        fault, outage = Fault.objects.get(), Outage.objects.get()
        assert (fault.kind, outage.started_at) == ("MAINTENANCE", later(60))
        assert DossierLink.objects.filter(source=window.dossier_id, target=fault.dossier_id).exists()
        assert JournalEntry.objects.filter(dossier=fault.dossier_id, act="OVERRUN").exists()

    def test_is_attended_to_once_only(self, net, source):
        plan(net)
        post(source, alert(later(20), service="TIP-0001"), at=later(20))
        correlate(later(20))
        for minute in (60, 61, 62):
            maintenance.attend(at=later(minute))
            changes.recheck_unmuted(at=later(minute))
            correlate(later(minute))
        assert (Fault.objects.count(), Outage.objects.count()) == (1, 1)
        assert JournalEntry.objects.filter(act="MAINTENANCE_END").count() == 1

    def test_what_began_before_the_window_is_a_case(self, net, source):
        plan(net)
        post(source, alert(later(9), service="TIP-0001"), at=later(9))
        correlate(later(9))
        assert Outage.objects.get().started_at == later(9)

    def test_a_circuit_not_covered_is_not_muted(self, net, source):
        plan(net)
        post(source, alert(later(20), service="TIP-0002"), at=later(20))
        correlate(later(20))
        assert Outage.objects.count() == 1

    def test_a_window_of_an_element_covers_what_rides_on_it(self, net, source):
        plan(net, service_ids=[], resource_ids=[net.upstream.pk])
        post(source, alert(later(20), upstream="UP-ANDINO-1"), at=later(20))
        correlate(later(20))
        assert not Fault.objects.exists()

    def test_an_upstreams_alarm_hits_those_that_are_not_muted(self, net, source):
        plan(net)
        post(source, alert(later(20), upstream="UP-ANDINO-1"), at=later(20))
        correlate(later(20))
        assert Outage.objects.count() == 5
        maintenance.attend(at=later(60))
        correlate(later(60))
        assert Outage.objects.count() == 6
        assert Outage.objects.get(service=net.services[1]).started_at == later(60)

    def test_cancelling_brings_back_what_it_muted(self, net, source):
        window = plan(net)
        post(source, alert(later(20), service="TIP-0001"), at=later(20))
        correlate(later(20))
        maintenance.cancel_window(
            window_id=window.pk,
            reason="no se hace",
            version=window.version,
            actor=for_job("tests"),
            at=later(25),
        )
        correlate(later(25))
        assert Outage.objects.get().started_at == later(25)


class TestSuspension:
    def test_mutes_and_what_fires_when_it_is_lifted_is_correlated_again(self, net, source):
        held = Suspension.objects.create(service=net.services[1], starts_at=T0, reason="falta de pago")
        post(source, alert(later(5), service="TIP-0001"), at=later(5))
        correlate(later(5))
        assert Verdict.objects.get().suspension_id == held.pk
        Suspension.objects.update(ends_at=later(30))
        assert changes.recheck_unmuted(at=later(29)) == 0
        assert changes.recheck_unmuted(at=later(30)) == 1
        correlate(later(30))
        assert Outage.objects.get().started_at == later(30)
        assert changes.recheck_unmuted(at=later(31)) == 0


class TestNotices:
    def test_each_isp_is_told_of_its_own_circuits_at_creation_start_and_end(self, net):
        plan(net, service_ids=[net.services[0].pk, net.services[1].pk, net.services[3].pk])
        maintenance.attend(at=later(10))
        maintenance.attend(at=later(60))
        letters = list(Message.objects.order_by("id").values_list("subject", "body", "recipients"))
        assert len(letters) == 6
        for subject, body, _recipients in letters:
            assert ("ISP DEMO 000" in subject) != ("ISP DEMO 001" in subject)
            assert ("TIP-0001" in body) == ("ISP DEMO 001" in subject)
        assert any("Inicio" in subject for subject, *_rest in letters)
        assert any("Fin" in subject for subject, *_rest in letters)

    def test_who_can_not_be_reached_is_a_work_item(self, net):
        plan(net, service_ids=[net.services[2].pk])
        assert "ISP DEMO 002" in WorkItem.objects.get(key="unreachable-creation").title
        assert not Message.objects.exists()

    def test_can_be_planned_without_telling(self, net):
        plan(net, tell_customers=False)
        maintenance.attend(at=later(10))
        assert not Message.objects.exists()

    def test_cancelling_is_told(self, net):
        window = plan(net)
        maintenance.cancel_window(window_id=window.pk, reason="lluvia", actor=for_job("tests"), at=later(1))
        assert "anulado" in Message.objects.latest("id").subject


class TestPlanning:
    def test_names_every_wrong_field(self, net):
        with pytest.raises(Invalid) as caught:
            plan(net, title=" ", start=60, end=10, service_ids=[])
        assert {each.field for each in caught.value.errors} == {"title", "ends_at", "targets"}

    @pytest.mark.parametrize("wrong", [{"service_ids": [999_999]}, {"resource_ids": [999_999]}])
    def test_refuses_what_does_not_exist(self, net, wrong):
        with pytest.raises(Invalid, match="no existe"):
            plan(net, **wrong)

    def test_refuses_a_window_that_is_over(self, net):
        with pytest.raises(Invalid, match="terminado"):
            plan(net, start=-60, end=-10)

    def test_is_not_for_support(self, net):
        with pytest.raises(NotAllowed):
            plan(net, actor=person(Role.SUPPORT))

    def test_cancelling_needs_a_reason_a_fresh_form_and_an_open_window(self, net):
        window = plan(net)
        given = {"window_id": window.pk, "actor": for_job("tests")}
        with pytest.raises(Invalid):
            maintenance.cancel_window(reason="", at=T0, **given)
        with pytest.raises(Stale):
            maintenance.cancel_window(reason="x", at=T0, version=7, **given)
        with pytest.raises(Conflict):
            maintenance.cancel_window(reason="x", at=later(60), **given)

    def test_shows_where_a_window_stands(self, net):
        window = plan(net)
        states = [queries.window(number=window.number, at=later(minute)).state for minute in (0, 10, 60)]
        assert states == ["PLANNED", "RUNNING", "DONE"]
        assert [row.number for row in queries.windows(at=T0)] == [window.number]
        assert queries.windows(at=later(60)) == []
        assert queries.windows(at=later(60), past=True)[0].circuits == ("TIP-0001",)
