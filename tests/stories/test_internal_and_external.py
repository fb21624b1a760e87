"""The way A.1 → A.2 → A.3 → A.5 → A.6 → A.7: what is external or internal ends with the Gerente's notice."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.faults.models import Case, DacAcknowledgement, DacIssue, Fault, OutageInterval
from mayorista.apps.faults.operations import (
    analysis,
    claims,
    coordination,
    dac,
    notices,
    opening,
    restoration,
    support,
)
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.operations import files
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, Stale
from mayorista.rules.procedure import Role


@pytest.fixture
def valle(world):
    return world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142", mobile="70000014", rides_on="ORU-TAM")


def opened(world, *circuits: str) -> Fault:
    return opening.open_by_hand(
        service_ids=[world.service(code) for code in circuits],
        effect="TOTAL",
        severity=1,
        started_at=world.at,
        actor=world.actor("noc"),
        at=world.at,
    )


class TestExternal:
    def test_goes_from_detection_to_the_notice_of_the_gerente(self, world, valle, channels):
        fault = opened(world, "TIP-0141")
        assert world.tray(Role.NOC) == ["A.1 Reconocer la caída", "A.2 Completar protocolos"]
        assert "A.3 Diagnosticar" in world.tray(Role.SUPPORT)

        world.pass_minutes(2)
        analysis.acknowledge(fault_id=fault.pk, actor=world.actor("noc"), at=world.at)
        world.protocols(fault)
        world.pass_minutes(5)
        world.diagnose(fault, "EXTERNAL", "E-FIB", element="tramo contratado Oruro – Tambo Quemado")
        assert "A.5 Entregar el daño al NOC" in world.tray(Role.SUPPORT)
        assert "A.6 Enviar apertura D.A.C." in world.tray(Role.NOC)

        world.coordinate(fault)
        coordination.open_ticket(
            fault_id=fault.pk,
            provider_id=world.provider_id,
            reference="TA-88213",
            contact="mesa de ayuda",
            etr_at=world.at + dt.timedelta(hours=4),
            actor=world.actor("noc"),
            at=world.at,
        )
        world.pass_minutes(3)
        issue = world.open_dac(fault)
        assert issue.form.dossier.number == "DAC-2026-000001"
        world.settle()
        (mail,) = channels.mails_to("gerente@comteco.example")
        assert "DAC-2026-000001" in mail.subject
        assert mail.attachments[0].content.startswith(b"%PDF")
        assert channels.whatsapps_to("59170099001")[0].template == "aviso_dac_gerencia"
        assert "A.6 Enviar avance D.A.C." in world.tray(Role.NOC)

        dac.acknowledge(form_id=issue.form_id, actor=world.actor("gerente"), at=world.at)
        assert DacAcknowledgement.objects.filter(issue=issue).exists()

        world.pass_minutes(60)
        photos = [
            files.store(
                dossier_id=fault.dossier_id,
                name=f"corte-{number}.txt",
                content=b"km 41,2 " * size,
                content_type="text/plain",
                actor=world.actor("noc"),
                at=world.at,
            ).pk
            for number, size in ((1, 10), (2, messaging.MAX_MAIL_BYTES // 8), (3, 20))
        ]
        dac.issue_progress(
            fault_id=fault.pk,
            form=dac.ProgressForm(text="Proveedor ubica corte a 41,2 km de Oruro; cuadrilla en camino"),
            actor=world.actor("noc"),
            at=world.at,
            file_ids=photos,
        )
        world.settle()
        enclosed = [each.name for each in channels.mails_to("gerente@comteco.example")[-1].attachments]
        assert enclosed == ["DAC-2026-000001-2-avance.pdf", "corte-1.txt", "corte-3.txt"], (
            "what has no room is left out"
        )
        world.pass_minutes(120)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        case = world.case(valle)
        assert world.tray(Role.MANAGER)[-1] == "A.7 Comunicar la solución" or "A.7" in world.steps(
            Role.MANAGER
        )

        world.tell(case)
        case.refresh_from_db()
        fault.refresh_from_db()
        assert (case.state, fault.state) == (Case.State.TOLD, Fault.State.CLOSED)
        letters = [mail for mail in channels.mail.sent if "Solución de daño" in mail.subject]
        assert len(letters) == 1
        assert case.dossier.number in letters[0].body
        told = [
            each for each in channels.whatsapps_to("59170000014") if each.template == "aviso_cierre_falla"
        ]
        assert len(told) == 1
        assert world.steps(Role.NOC) <= {"A.6"}, "nothing of the fault is left to do but acknowledgements"

    def test_its_dac_says_what_the_case_knows_without_typing(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.protocols(fault)
        world.diagnose(fault, "EXTERNAL", "E-UPS", element="tramo contratado")
        world.coordinate(fault)
        coordination.open_ticket(
            fault_id=fault.pk,
            provider_id=world.provider_id,
            reference="T-1",
            actor=world.actor("noc"),
            at=world.at,
        )
        issue = world.open_dac(fault)
        content = issue.content
        assert content["services"][0]["circuit_code"] == "TIP-0141"
        assert content["services"][0]["capacity"] == "2 Gbps"
        assert content["opening"]["provider"]["ticket"] == "T-1"
        assert content["opening"]["cause_code"] == "E-UPS"
        assert len(issue.content_hash) == 64

    def test_is_not_told_to_the_customer_before_the_closing(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        with pytest.raises(Conflict, match="cierre"):
            world.tell(world.case(valle))
        world.restore_and_verify(fault)
        with pytest.raises(Conflict, match="cierre"):
            world.tell(world.case(valle))

    def test_is_closed_by_the_closing_of_nobody_but_the_gerente(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        for wrong in ("noc", "soporte", "admin"):
            with pytest.raises(NotAllowed):
                world.tell(world.case(valle), who=wrong)
        assert world.case(valle).closed_at is None

    def test_needs_the_protocols_before_the_closing_but_not_before(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        with pytest.raises(Conflict, match=r"A\.2"):
            world.close_dac(fault)
        world.protocols(fault)
        assert world.close_dac(fault).part == DacIssue.Part.CLOSING

    def test_sends_opening_and_closing_in_one_go_when_it_was_short(self, world, valle, channels):
        fault = opened(world, "TIP-0141")
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-CFG")
        world.coordinate(fault)
        world.restore_and_verify(fault)
        dac.issue_closing(
            fault_id=fault.pk,
            form=dac.ClosingForm(
                root_cause="filtro mal aplicado", rfo_pending=False, preventive=_prevention()
            ),
            opening=dac.OpeningForm(),
            actor=world.actor("noc"),
            at=world.at,
        )
        assert list(DacIssue.objects.order_by("sequence").values_list("part", flat=True)) == [
            "OPENING",
            "CLOSING",
        ]

    def test_one_with_both_roles_does_diagnosis_and_coordination_in_one_act(self, world, valle):
        world.person("ambos", Role.NOC, Role.SUPPORT)
        fault = opened(world, "TIP-0141")
        world.diagnose(fault, "INTERNAL", "I-EQP", who="ambos")
        fault.refresh_from_db()
        assert fault.coordinated_at == world.at
        assert "A.5 Emitir orden de trabajo" in world.tray(Role.NOC)

    def test_takes_an_rfo_that_is_pending_and_asks_for_it_within_three_business_days(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.protocols(fault)
        world.diagnose(fault, "EXTERNAL", "E-NAT")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        dac.issue_closing(
            fault_id=fault.pk,
            form=dac.ClosingForm(
                rfo_pending=True, preventive=_prevention(), sla_rule="acta policial 12/2026 por bloqueo"
            ),
            actor=world.actor("noc"),
            at=world.at,
        )
        world.tell(world.case(valle))
        assert "A.6 Registrar la causa raíz (RFO pendiente)" in world.tray(Role.NOC)
        dac.issue_correction(
            fault_id=fault.pk,
            form=dac.ClosingForm(root_cause="deslizamiento en el km 41"),
            reason="llegó el RFO del proveedor",
            actor=world.actor("noc"),
            at=world.pass_minutes(600),
        )
        assert "A.6 Registrar la causa raíz (RFO pendiente)" not in world.tray(Role.NOC)


def _prevention():
    from mayorista.rules import dac as rules

    return [rules.Preventive(text="reemplazo", responsible="Energía", due_date=dt.date(2026, 12, 5))]


class TestTheNotice:
    @pytest.fixture
    def ready(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-ENE")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        world.settle()
        return fault

    def test_can_be_undone_before_it_leaves(self, world, valle, ready, channels):
        case = world.case(valle)
        (notice,) = notices.tell_customers(
            case_ids=[case.pk], kind="SOLUTION", actor=world.actor("gerente"), at=world.at
        )
        world.at += dt.timedelta(seconds=5)
        notices.undo(notice_id=notice.pk, actor=world.actor("gerente"), at=world.at)
        world.pass_minutes(5)
        world.settle()
        case.refresh_from_db()
        assert case.closed_at is None
        assert "A.7" in world.steps(Role.MANAGER)
        assert not [mail for mail in channels.mail.sent if "Solución" in mail.subject]
        world.tell(case)
        case.refresh_from_db()
        assert case.state == Case.State.TOLD

    def test_is_sent_once_when_two_press_at_the_same_time(self, world, valle, ready):
        case = world.case(valle)
        notices.tell_customers(case_ids=[case.pk], kind="SOLUTION", actor=world.actor("gerente"), at=world.at)
        with pytest.raises(Conflict, match="ya fue comunicada"):
            notices.tell_customers(
                case_ids=[case.pk], kind="SOLUTION", actor=world.actor("gerente"), at=world.at
            )

    def test_is_signed_by_gerencia_when_a_delegate_acts_at_three_in_the_morning(self, world, valle, ready):
        from mayorista.apps.procedure.models import JournalEntry
        from mayorista.apps.procedure.operations import people

        people.delegate(
            role="MANAGER",
            delegate_id=world.users["delegada"].pk,
            starts_at=world.at,
            ends_at=world.at + dt.timedelta(hours=8),
            reason="turno noche",
            actor=world.actor("gerente"),
            at=world.at,
        )
        world.tell(world.case(valle), who="delegada")
        case = world.case(valle)
        entry = JournalEntry.objects.get(dossier_id=case.dossier_id, act="TELL_CUSTOMER")
        assert entry.user == world.users["delegada"]
        assert entry.on_behalf_of == world.users["gerente"]
        assert "Gerencia de Planificación" in entry.text
        letter = Message.objects.get(cause="A.7", channel="EMAIL")
        assert "Gerencia de Planificación" in letter.body
        assert "Delegada" not in letter.body

    def test_of_a_delegation_that_ended_is_refused(self, world, valle, ready):
        from mayorista.apps.procedure.operations import people

        people.delegate(
            role="MANAGER",
            delegate_id=world.users["delegada"].pk,
            starts_at=world.at,
            ends_at=world.at + dt.timedelta(hours=1),
            reason="",
            actor=world.actor("gerente"),
            at=world.at,
        )
        world.pass_minutes(61)
        with pytest.raises(NotAllowed):
            world.tell(world.case(valle), who="delegada")

    def test_edited_by_hand_reaches_the_mail_as_edited(self, world, valle, ready, channels):
        case = world.case(valle)
        notices.tell_customers(
            case_ids=[case.pk],
            kind="SOLUTION",
            texts_by_case={case.pk: "Estimados: su servicio está bien desde las 02:12."},
            actor=world.actor("gerente"),
            at=world.at,
        )
        world.pass_minutes(1)
        world.settle()
        (letter,) = [mail for mail in channels.mail.sent if "Solución" in mail.subject]
        assert letter.body == "Estimados: su servicio está bien desde las 02:12."
        # The window is closed: WhatsApp carries the approved template, and the journal does not say otherwise.
        (chat,) = [each for each in channels.whatsapp.sent if each.template == "aviso_cierre_falla"]
        assert "02:12" not in chat.text
        assert any("la plantilla aprobada" in text for text in world.journal(case.dossier_id))

    def test_by_itself_after_n_minutes_only_when_so_configured(self, world, valle, ready):
        from mayorista.apps.procedure.operations import parameters

        world.pass_minutes(90)
        assert notices.send_unattended(at=world.at) == 0
        parameters.change_parameter(
            name="notice.auto_send_minutes",
            value=45,
            valid_from=world.at,
            reason="noches",
            actor=world.actor("gerente"),
            at=world.at,
        )
        assert notices.send_unattended(at=world.at) == 1
        world.pass_minutes(1)
        world.settle()
        assert world.case(valle).state == Case.State.TOLD


class TestReattribution:
    def test_from_customer_to_external_reopens_the_right_way_and_keeps_both_analyses(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.diagnose(fault, "CUSTOMER", "C-ENE")
        assert "A.4 Dar soporte por WhatsApp" in world.tray(Role.SUPPORT)
        world.pass_minutes(20)
        world.diagnose(fault, "EXTERNAL", "E-FIB")
        fault.refresh_from_db()
        assert fault.attribution == "EXTERNAL"
        assert "A.4 Dar soporte por WhatsApp" not in world.tray(Role.SUPPORT)
        assert "A.5 Entregar el daño al NOC" in world.tray(Role.SUPPORT)
        from mayorista.apps.faults.models import Diagnosis

        assert list(Diagnosis.objects.order_by("id").values_list("attribution", flat=True)) == [
            "CUSTOMER",
            "EXTERNAL",
        ]
        assert any("Reclasificado" in text for text in world.journal(fault.dossier_id))

    def test_to_the_customer_is_refused_once_a_dac_went_out(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        with pytest.raises(Conflict, match=r"D\.A\.C\."):
            world.diagnose(fault, "CUSTOMER", "C-ENE")

    def test_of_a_disputed_one_needs_a_second_person_and_the_gerente(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.diagnose(fault, "CUSTOMER", "C-CFG")
        analysis.dispute(
            fault_id=fault.pk, words="nuestro equipo está bien", actor=world.actor("soporte"), at=world.at
        )
        opinion = {
            "fault_id": fault.pk,
            "attribution": "INTERNAL",
            "cause_code": "I-BGP",
            "reason": "filtro de prefijos nuestro",
            "at": world.at,
        }
        with pytest.raises(NotAllowed, match="otra persona"):
            analysis.give_second_opinion(actor=world.actor("soporte"), **opinion)
        analysis.give_second_opinion(actor=world.actor("colega"), **opinion)
        with pytest.raises(NotAllowed):
            analysis.decide_dispute(
                fault_id=fault.pk, uphold=False, decision="x", actor=world.actor("colega"), at=world.at
            )
        analysis.decide_dispute(
            fault_id=fault.pk,
            uphold=False,
            decision="se acepta el segundo análisis",
            actor=world.actor("gerente"),
            at=world.at,
        )
        fault.refresh_from_db()
        assert (fault.attribution, fault.disputed) == ("INTERNAL", False)
        assert "A.5 Entregar el daño al NOC" in world.tray(Role.SUPPORT)

    def test_of_a_disputed_one_cannot_go_round_the_form_that_was_sent(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        analysis.dispute(fault_id=fault.pk, words="no es así", actor=world.actor("soporte"), at=world.at)
        with pytest.raises(Conflict, match=r"D\.A\.C\."):
            analysis.give_second_opinion(
                fault_id=fault.pk,
                attribution="CUSTOMER",
                cause_code="C-CFG",
                reason="su filtro",
                actor=world.actor("colega"),
                at=world.at,
            )


class TestReopened:
    def test_goes_the_whole_way_again_and_the_form_gets_a_second_closing(self, world, valle, channels):
        fault = opened(world, "TIP-0141")
        world.protocols(fault)
        world.diagnose(fault, "INTERNAL", "I-EQP")
        world.coordinate(fault)
        world.open_dac(fault)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        world.tell(world.case(valle))
        world.pass_minutes(30)
        support.reopen(
            case_id=world.case(valle).pk,
            reason="el cliente dice que sigue sin servicio",
            actor=world.actor("soporte"),
            at=world.at,
        )
        case = world.case(valle)
        assert (case.state, case.reopened) == (Case.State.OPEN, 1)
        assert OutageInterval.objects.filter(outage__case=case, ends_at=None).count() == 1
        world.pass_minutes(30)
        world.restore_and_verify(fault)
        world.close_dac(fault)
        world.tell(world.case(valle))
        assert world.case(valle).state == Case.State.TOLD
        assert DacIssue.objects.filter(part="CLOSING").count() == 2

    def test_after_a_day_is_the_gerentes_and_after_two_nobodys(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.diagnose(fault, "CUSTOMER", "C-ENE")
        support.record_solution(
            case_id=world.case(valle).pk,
            solution="energía repuesta",
            restored_at=world.at,
            actor=world.actor("soporte"),
            at=world.at,
        )
        support.confirm_solution(
            case_id=world.case(valle).pk, how="llamada", actor=world.actor("soporte"), at=world.at
        )
        world.pass_minutes(25 * 60)
        with pytest.raises(Conflict, match="24"):
            support.reopen(
                case_id=world.case(valle).pk, reason="x", actor=world.actor("soporte"), at=world.at
            )
        world.pass_minutes(24 * 60)
        with pytest.raises(Conflict, match="48"):
            support.reopen(
                case_id=world.case(valle).pk, reason="x", actor=world.actor("gerente"), at=world.at
            )


class TestStaleForm:
    def test_shows_both_versions_when_somebody_changed_the_case_meanwhile(self, world, valle):
        from mayorista.apps.faults.operations import locking

        fault = opened(world, "TIP-0141")
        seen = locking.version_of(Fault.objects.select_related("dossier").get(pk=fault.pk))
        analysis.acknowledge(fault_id=fault.pk, actor=world.actor("noc"), at=world.at)
        with pytest.raises(Stale) as caught:
            world.diagnose(fault, "INTERNAL", "I-EQP", version=seen)
        assert caught.value.mine["razón"]
        assert any("Reconocido" in each for each in caught.value.theirs.values())


class TestClocks:
    def test_of_the_contract_stop_for_a_documented_wait_and_not_without_proof(self, world, valle):
        fault = opened(world, "TIP-0141")
        outage = world.outage("TIP-0141")
        before = outage.due_at
        with pytest.raises(Invalid, match="prueba"):
            restoration.stop_clock(
                outage_ids=[outage.pk],
                reason="CUSTOMER_WAIT",
                evidence=" ",
                actor=world.actor("noc"),
                at=world.at,
            )
        world.pass_minutes(20)
        restoration.stop_clock(
            outage_ids=[outage.pk],
            reason="CUSTOMER_WAIT",
            evidence="mensaje WhatsApp 22:15",
            actor=world.actor("noc"),
            at=world.at,
        )
        world.pass_minutes(9)
        restoration.resume_clock(outage_ids=[outage.pk], actor=world.actor("noc"), at=world.at)
        outage.refresh_from_db()
        assert outage.due_at - before == dt.timedelta(minutes=9)
        assert fault.pk


class TestClaim:
    def test_by_phone_on_an_open_case_joins_it_and_counts_once(self, world, valle):
        fault = opened(world, "TIP-0141")
        world.pass_minutes(3)
        case = claims.register_claim(
            channel="PHONE",
            who="Ing. de guardia",
            words="estamos sin servicio internacional",
            claimed_at=world.at,
            service_ids=[world.service("TIP-0141")],
            actor=world.actor("soporte"),
            at=world.at,
        )
        assert case.fault_id == fault.pk
        assert case.claim_origin
        assert Case.objects.count() == 1
        assert "A.1 Decir el número de caso a Ing. de guardia" in world.tray(Role.SUPPORT)

    def test_first_opens_the_case(self, world, valle):
        case = claims.register_claim(
            channel="PHONE",
            who="Guardia",
            words="no hay Internet",
            claimed_at=world.at,
            service_ids=[world.service("TIP-0142")],
            actor=world.actor("soporte"),
            at=world.at,
        )
        assert (case.claim_origin, case.alarm_origin) == (True, False)
        assert case.dossier.number == "DANO-2026-000001"

    def test_names_every_missing_field_at_once(self, world, valle):
        with pytest.raises(Invalid) as caught:
            claims.register_claim(
                channel="PALOMA",
                who="",
                words=" ",
                claimed_at=world.at + dt.timedelta(hours=1),
                actor=world.actor("soporte"),
                at=world.at,
            )
        assert {error.field for error in caught.value.errors} == {"who", "words", "channel", "claimed_at"}
