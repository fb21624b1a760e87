"""Maintenance mutes visibly and its overrun is a case; two who act at once make one case, one form, one notice."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections

from mayorista.apps.faults.models import Case, Claim, CustomerNotice, DacIssue, Fault, Outage
from mayorista.apps.faults.operations import claims, dac, notices
from mayorista.apps.monitoring.models import Occurrence, Verdict
from mayorista.apps.monitoring.operations import changes, maintenance
from mayorista.rules.errors import Conflict


@pytest.fixture
def valle(world):
    return world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014", rides_on="ORU-TAM")


def window(world, minutes: int) -> None:
    maintenance.plan_window(
        title="Cambio de tarjeta",
        starts_at=world.at,
        ends_at=world.at + dt.timedelta(minutes=minutes),
        service_ids=[],
        resource_ids=[world.resource("ORU-TAM")],
        actor=world.actor("noc"),
        at=world.at - dt.timedelta(hours=1),
    )


class TestMaintenance:
    def test_mutes_an_alarm_inside_its_window_and_the_alarm_stays_visible(self, world, valle):
        window(world, 60)
        world.pass_minutes(5)
        world.alarm(service="TIP-0141")
        assert not Case.objects.exists()
        assert Occurrence.objects.count() == 1
        assert Verdict.objects.get().outcome == "MUTED"

    def test_that_overran_is_a_case_from_the_end_of_the_window(self, world, valle):
        window(world, 60)
        began = world.pass_minutes(5)
        world.alarm(service="TIP-0141", started=began)
        end = world.pass_minutes(56)
        maintenance.attend(at=world.at)
        changes.recheck_unmuted(at=world.at)
        world.correlate()
        outage = Outage.objects.get()
        assert outage.started_at == end - dt.timedelta(minutes=1)
        assert Fault.objects.get().kind in {"MAINTENANCE", "FAILURE"}

    def test_that_ended_in_time_leaves_nothing(self, world, valle):
        window(world, 60)
        began = world.pass_minutes(5)
        world.alarm(service="TIP-0141", started=began)
        world.pass_minutes(20)
        world.alarm(service="TIP-0141", started=began, ended=world.at)
        world.pass_minutes(60)
        maintenance.attend(at=world.at)
        changes.recheck_unmuted(at=world.at)
        world.correlate()
        assert not Case.objects.exists()

    def test_is_told_to_the_customers_when_it_is_planned(self, world, valle, channels):
        window(world, 60)
        world.settle()
        assert any("Cambio de tarjeta" in mail.body for mail in channels.mail.sent)


def at_once(*acts) -> list[Exception]:
    """Run the acts in threads that start together; return what they raised."""
    raised: list[Exception] = []
    gate = threading.Barrier(len(acts))

    def run(act) -> None:
        gate.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - what was raised is what the test looks at
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
class TestBothAtOnce:
    @pytest.fixture
    def world(self, transactional_db, channels):
        from tests.stories.world import make_world

        return make_world()

    def test_alarm_and_claim_of_one_outage_are_one_case_with_both_origins(self, world, valle):
        world.post_alarm(service="TIP-0141")

        def claim() -> None:
            claims.register_claim(
                channel="PHONE",
                who="Guardia",
                words="no hay servicio",
                claimed_at=world.at,
                service_ids=[world.service("TIP-0141")],
                actor=world.actor("soporte"),
                at=world.at,
            )

        assert at_once(claim, world.correlate) == []
        world.correlate()
        case = Case.objects.get()
        assert Outage.objects.count() == 1
        assert (case.claim_origin, case.alarm_origin) == (True, True)

    def test_two_claims_of_one_circuit_are_one_case(self, world, valle):
        def claim() -> None:
            claims.register_claim(
                channel="PHONE",
                who="Guardia",
                words="no hay servicio",
                claimed_at=world.at,
                service_ids=[world.service("TIP-0141")],
                actor=world.actor("soporte"),
                at=world.at,
            )

        assert at_once(claim, claim, claim) == []
        assert (Case.objects.count(), Outage.objects.count(), Claim.objects.count()) == (1, 1, 3)

    def test_two_openings_of_one_form_take_one_number(self, world, valle):
        world.alarm(service="TIP-0141")
        fault = world.fault()
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)

        def issue() -> None:
            dac.issue_opening(
                fault_id=fault.pk, form=dac.OpeningForm(), actor=world.actor("noc"), at=world.at
            )

        raised = at_once(issue, issue)
        assert [type(each) for each in raised] == [Conflict]
        assert DacIssue.objects.get().form.dossier.number == "DAC-2026-000001"

    def test_two_who_tell_the_customer_tell_once(self, world, valle):
        world.alarm(service="TIP-0141")
        fault = world.fault()
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        case = world.case(valle)

        def tell() -> None:
            notices.tell_customers(
                case_ids=[case.pk], kind="SOLUTION", actor=world.actor("gerente"), at=world.at
            )

        raised = at_once(tell, tell, tell)
        assert [type(each) for each in raised] == [Conflict, Conflict]
        assert CustomerNotice.objects.count() == 1
