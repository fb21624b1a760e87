"""What alarms begin: one outage is one case, a broken upstream is one fault, a flap is closed in one act."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.faults.models import (
    Case,
    CustomerNotice,
    DacForm,
    DacIssue,
    Fault,
    Outage,
    OutageInterval,
)
from mayorista.apps.faults.operations import (
    claims,
    dac,
    escalation,
    notices,
    opening,
    regroup,
    restoration,
)
from mayorista.rules.errors import Conflict
from mayorista.rules.procedure import Role


@pytest.fixture
def valle(world):
    return world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014")


def claim(world, code: str) -> Case:
    return claims.register_claim(
        channel="PHONE",
        who="Guardia",
        words="no hay servicio",
        claimed_at=world.at,
        service_ids=[world.service(code)],
        actor=world.actor("soporte"),
        at=world.at,
    )


class TestOneOutage:
    def test_alarm_first_and_claim_after_is_one_case_with_both_origins(self, world, valle):
        world.alarm(service="TIP-0141")
        world.pass_minutes(3)
        case = claim(world, "TIP-0141")
        assert (case.alarm_origin, case.claim_origin) == (True, True)
        assert (Case.objects.count(), Fault.objects.count(), Outage.objects.count()) == (1, 1, 1)

    def test_claim_first_and_alarm_after_is_one_case_with_both_origins(self, world, valle):
        case = claim(world, "TIP-0141")
        world.pass_minutes(2)
        world.alarm(service="TIP-0141")
        case.refresh_from_db()
        assert (case.alarm_origin, case.claim_origin) == (True, True)
        assert (Case.objects.count(), Fault.objects.count(), Outage.objects.count()) == (1, 1, 1)

    def test_the_same_alarm_again_changes_nothing(self, world, valle):
        started = world.at
        for _again in range(5):
            world.alarm(service="TIP-0141", started=started)
            world.pass_minutes(1)
        assert (Case.objects.count(), OutageInterval.objects.count()) == (1, 1)

    def test_that_clears_is_proposed_as_restored_and_not_closed(self, world, valle):
        started = world.at
        world.alarm(service="TIP-0141", started=started)
        world.pass_minutes(12)
        world.alarm(service="TIP-0141", started=started, ended=world.at)
        outage = world.outage("TIP-0141")
        assert outage.restoration_proposed_at == world.at
        assert (outage.restored_at, outage.closed_at) == (None, None)
        assert world.fault().state == Fault.State.DETECTED

    def test_that_fires_again_before_it_is_closed_adds_an_interval(self, world, valle):
        first = world.at
        world.alarm(service="TIP-0141", started=first)
        world.pass_minutes(2)
        world.alarm(service="TIP-0141", started=first, ended=world.at)
        world.pass_minutes(3)
        world.alarm(service="TIP-0141", started=world.at)
        outage = world.outage("TIP-0141")
        assert Outage.objects.count() == 1
        assert OutageInterval.objects.filter(outage=outage).count() == 2
        assert outage.restoration_proposed_at is None

    def test_that_falls_again_after_the_closing_form_is_not_told_as_solved(self, world, valle, channels):
        world.alarm(service="TIP-0141")
        fault = world.fault()
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        assert "A.7" in world.steps(Role.MANAGER)
        world.pass_minutes(5)
        world.alarm(service="TIP-0141", started=world.at)
        fault.refresh_from_db()
        assert (fault.state, fault.restored_at, fault.acknowledged_at) == (Fault.State.REPAIR, None, None)
        assert "A.7" not in world.steps(Role.MANAGER)
        assert world.outage("TIP-0141").restored_at is None
        with pytest.raises(Conflict):
            world.tell(world.case(valle))
        world.pass_minutes(20)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        world.tell(world.case(valle))
        assert world.case(valle).state == Case.State.TOLD
        assert DacIssue.objects.filter(part="CLOSING").count() == 2
        assert not [item for item in world.tray(Role.NOC) if "Volvió" in item or "volvió" in item]

    def test_of_an_unknown_circuit_waits_for_a_person(self, world, valle):
        world.alarm(service="TIP-9999")
        assert not Case.objects.exists()
        assert any("A.1" in item for item in world.tray(Role.NOC))


class TestFlap:
    def test_that_cleared_itself_is_closed_in_one_act_and_its_minutes_count(self, world, valle):
        started = world.at
        world.alarm(service="TIP-0141", started=started)
        world.pass_minutes(3)
        world.alarm(service="TIP-0141", started=started, ended=world.at)
        fault = world.fault()
        restoration.close_self_cleared(fault_ids=[fault.pk], actor=world.actor("noc"), at=world.at)
        case = world.case(valle)
        assert (case.state, case.fault.cause_code) == (Case.State.CLOSED_SELF, "N-SIN")
        assert OutageInterval.objects.get().ends_at - OutageInterval.objects.get().starts_at == dt.timedelta(
            minutes=3
        )
        assert not DacForm.objects.exists()
        assert not world.tray(Role.NOC)

    @pytest.mark.parametrize("why", ["still firing", "too long", "claimed"])
    def test_is_refused_when_it_is_none(self, world, valle, why):
        started = world.at
        world.alarm(service="TIP-0141", started=started)
        world.pass_minutes(6 if why == "too long" else 3)
        if why != "still firing":
            world.alarm(service="TIP-0141", started=started, ended=world.at)
        if why == "claimed":
            claim(world, "TIP-0141")
        with pytest.raises(Conflict, match="N-SIN"):
            restoration.close_self_cleared(
                fault_ids=[world.fault().pk], actor=world.actor("noc"), at=world.at
            )


class TestMassEvent:
    @pytest.fixture
    def three(self, world):
        return [
            world.isp("ANDESNET LTDA.", "TIP-0032", "TIP-0033", mobile="70000032", rides_on="ORU-TAM"),
            world.isp("RED TUNARI S.R.L.", "TIP-0077", mobile="70000077", rides_on="ORU-TAM"),
            world.isp("CABLE SUR DEMO", "TIP-0090", mobile="70000090", rides_on="ORU-TAM"),
        ]

    def test_of_an_upstream_is_one_fault_one_case_per_isp_one_outage_per_circuit(self, world, three):
        world.alarm(alertname="UpstreamDown", upstream="ORU-TAM")
        assert (Fault.objects.count(), Case.objects.count(), Outage.objects.count()) == (1, 3, 4)
        assert world.fault().resource.code == "ORU-TAM"
        assert world.fault().kind == Fault.Kind.MASS

    def test_of_circuits_sharing_an_element_within_two_minutes_joins_one_fault(self, world, three):
        for code in ("TIP-0032", "TIP-0077", "TIP-0090"):
            world.alarm(service=code)
            world.pass_minutes(0.5)
        assert Fault.objects.filter(closed_at=None).count() == 1
        assert Case.objects.filter(closed_at=None).count() == 3

    def test_is_told_with_one_dac_and_one_notice_per_isp_that_names_no_other(self, world, three, channels):
        world.alarm(alertname="UpstreamDown", upstream="ORU-TAM")
        fault = world.fault()
        world.protocols(fault)
        world.diagnose(fault, "EXTERNAL", "E-UPS")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        cases = [world.case(customer) for customer in three]
        world.tell(*cases)
        assert DacForm.objects.count() == 1
        assert CustomerNotice.objects.count() == 3
        names = {"ANDESNET", "TUNARI", "CABLE SUR"}
        letters = [mail for mail in channels.mail.sent if "Solución" in mail.subject]
        assert len(letters) == 3
        for letter in letters:
            assert sum(name in letter.body + letter.subject for name in names) == 1
        for message in channels.whatsapp.sent:
            if message.template == "aviso_cierre_falla":
                assert sum(name in message.text + " ".join(message.parameters) for name in names) == 1
        fault.refresh_from_db()
        assert fault.state == Fault.State.CLOSED

    def test_notices_composed_for_all_name_each_its_own_circuits(self, world, three):
        world.alarm(alertname="UpstreamDown", upstream="ORU-TAM")
        ids = list(Case.objects.values_list("id", flat=True))
        composed = {
            each.customer: each.circuits
            for each in notices.compose(case_ids=ids, kind="OPENING", at=world.at)
        }
        assert composed == {
            "ANDESNET LTDA.": "TIP-0032, TIP-0033",
            "RED TUNARI S.R.L.": "TIP-0077",
            "CABLE SUR DEMO": "TIP-0090",
        }

    def test_of_which_one_circuit_is_the_customers_is_detached_into_a_fault_of_its_own(self, world, three):
        world.alarm(alertname="UpstreamDown", upstream="ORU-TAM")
        fault = world.fault()
        outage = world.outage("TIP-0077")
        number = world.case(three[1]).dossier.number
        made = regroup.detach(
            fault_id=fault.pk,
            outage_ids=[outage.pk],
            reason="su equipo no tiene energía",
            actor=world.actor("soporte"),
            at=world.at,
        )
        assert world.case(three[1]).fault_id == made.pk
        assert world.case(three[1]).dossier.number == number, "the number that was told stays"
        world.diagnose(made, "CUSTOMER", "C-ENE")
        assert Case.objects.filter(fault=fault).count() == 2

    def test_never_takes_others_into_a_fault_that_is_one_customers_own(self, world, three):
        world.alarm(service="TIP-0032")
        own = world.fault()
        world.diagnose(own, "CUSTOMER", "C-ENE")
        world.pass_minutes(1)
        world.alarm(service="TIP-0077")
        world.alarm(service="TIP-0090")
        world.alarm(alertname="UpstreamDown", upstream="ORU-TAM")
        assert {case.customer_id for case in Case.objects.filter(fault=own)} == {three[0]}
        others = {world.case(customer).fault_id for customer in three[1:]}
        assert len(others) == 1
        assert own.pk not in others
        assert Fault.objects.get(pk=others.pop()).attribution == ""

    def test_of_a_case_that_keeps_circuits_detaches_with_a_case_of_its_own(self, world, three):
        world.alarm(alertname="UpstreamDown", upstream="ORU-TAM")
        made = regroup.detach(
            fault_id=world.fault().pk,
            outage_ids=[world.outage("TIP-0033").pk],
            reason="otra causa",
            actor=world.actor("noc"),
            at=world.at,
        )
        assert Case.objects.filter(customer_id=three[0]).count() == 2
        assert Outage.objects.get(case__fault=made).service.circuit_code == "TIP-0033"


class TestJoinedByHand:
    def test_two_faults_become_one_and_the_customers_numbers_stay(self, world):
        first = world.isp("ANDESNET LTDA.", "TIP-0032", mobile="70000032")
        second = world.isp("RED TUNARI S.R.L.", "TIP-0077", mobile="70000077")
        world.alarm(service="TIP-0032")
        world.pass_minutes(30)
        world.alarm(service="TIP-0077")
        source, target = world.case(second).fault, world.case(first).fault
        regroup.merge(source_id=source.pk, target_id=target.pk, actor=world.actor("noc"), at=world.at)
        assert world.case(second).fault_id == target.pk
        source.refresh_from_db()
        assert source.state == Fault.State.VOID
        assert Outage.objects.filter(case__fault=target).count() == 2

    def test_is_refused_for_the_one_that_has_a_dac(self, world):
        world.isp("ANDESNET LTDA.", "TIP-0032", mobile="70000032")
        second = world.isp("RED TUNARI S.R.L.", "TIP-0077", mobile="70000077")
        world.alarm(service="TIP-0032")
        target = world.fault()
        world.pass_minutes(30)
        world.alarm(service="TIP-0077")
        source = world.case(second).fault
        world.diagnose(source, "INTERNAL", "I-EQP")
        world.coordinate(source)
        world.open_dac(source)
        with pytest.raises(Conflict, match=r"D\.A\.C\."):
            regroup.merge(source_id=source.pk, target_id=target.pk, actor=world.actor("noc"), at=world.at)


class TestVoid:
    def test_of_a_false_alarm_needs_a_reason_and_no_claim(self, world, valle):
        world.alarm(service="TIP-0141")
        case = world.case(valle)
        regroup.void_case(
            case_id=case.pk, reason="prueba de laboratorio", actor=world.actor("noc"), at=world.at
        )
        case.refresh_from_db()
        assert (case.state, case.fault.state) == (Case.State.VOID, Fault.State.VOID)

    def test_of_a_claimed_one_is_refused(self, world, valle):
        case = claim(world, "TIP-0141")
        with pytest.raises(Conflict, match="reclamo"):
            regroup.void_case(case_id=case.pk, reason="x", actor=world.actor("noc"), at=world.at)


class TestEscalation:
    def test_tells_each_level_once_when_its_time_has_come(self, world, valle, channels):
        from mayorista.apps.procedure.operations import parameters

        parameters.change_parameter(
            name="escalation.contacts",
            value={"1": ["jefe.noc@comteco.example"], "2": ["gerente@comteco.example"], "3": []},
            valid_from=world.at,
            reason="contactos",
            actor=world.actor("gerente"),
            at=world.at,
        )
        world.alarm(service="TIP-0141")
        world.pass_minutes(119)
        assert escalation.escalate(at=world.at) == 0
        world.pass_minutes(1)
        assert [escalation.escalate(at=world.at) for _again in range(2)] == [1, 0]
        world.pass_minutes(120)
        assert escalation.escalate(at=world.at) == 1
        world.settle()
        assert len(channels.mails_to("jefe.noc@comteco.example")) == 1
        assert any("escalamiento" in item for item in world.tray(Role.MANAGER))

    def test_leaves_alone_what_is_restored(self, world, valle):
        world.alarm(service="TIP-0141")
        restoration.restore(
            fault_id=world.fault().pk, restored_at=world.at, actor=world.actor("noc"), at=world.at
        )
        world.pass_minutes(600)
        escalation.escalate(at=world.at)
        assert world.fault().escalation == 0, "what is still due goes up by itself, not the outage"

    def test_of_a_closing_that_nobody_sends_goes_up_by_its_own_age(self, world, valle):
        world.alarm(service="TIP-0141")
        fault = world.fault()
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        issue = world.open_dac(fault)
        dac.acknowledge(form_id=issue.form_id, actor=world.actor("gerente"), at=world.at)
        world.restore_and_verify(fault)
        world.pass_minutes(119)
        assert escalation.escalate(at=world.at) == 0
        world.pass_minutes(15)
        assert escalation.escalate(at=world.at) > 0
        assert any(
            "Enviar cierre D.A.C." in text and "vencido" in text for text in world.journal(fault.dossier_id)
        )


class TestByHand:
    def test_a_circuit_already_in_a_case_names_it(self, world, valle):
        world.alarm(service="TIP-0141")
        with pytest.raises(Conflict, match=world.case(valle).dossier.number):
            opening.open_by_hand(
                service_ids=[world.service("TIP-0141")],
                effect="TOTAL",
                severity=1,
                started_at=world.at,
                actor=world.actor("noc"),
                at=world.at,
            )
