"""The way A.1 → A.3 → A.4: what is the customer's is supported by WhatsApp until solved, without D.A.C."""

from __future__ import annotations

import pytest

from mayorista.apps.faults.models import Case, Claim, DacForm, Fault, Outage
from mayorista.apps.faults.operations import claims, dac, notices, opening, support
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging.drafts import WhatsAppDraft
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.procedure import Role

NUMBER = "59170000077"


@pytest.fixture
def tunari(world):
    return world.isp("RED TUNARI S.R.L.", "TIP-0077", mobile="70000077")


@pytest.fixture
def fault(world, tunari):
    made = opening.open_by_hand(
        service_ids=[world.service("TIP-0077")],
        effect="PARTIAL",
        severity=2,
        started_at=world.at,
        actor=world.actor("noc"),
        at=world.at,
    )
    world.pass_minutes(3)
    world.diagnose(made, "CUSTOMER", "C-ENE")
    return made


def solve(world, case) -> None:
    support.record_solution(
        case_id=case.pk,
        solution="el cliente repuso la energía de su equipo",
        restored_at=world.at,
        actor=world.actor("soporte"),
        at=world.at,
    )


class TestSupport:
    def test_ends_with_solution_and_the_customers_confirmation_and_no_dac(
        self, world, tunari, fault, channels
    ):
        case = world.case(tunari)
        assert world.tray(Role.SUPPORT) == ["A.4 Dar soporte por WhatsApp"]
        world.customer_writes(NUMBER, "seguimos sin servicio")
        messaging.send(
            draft=WhatsAppDraft(
                dossier_id=case.dossier_id,
                cause="A.4",
                identity_id=_identity(),
                text="¿Podría confirmar si su equipo tiene energía?",
            ),
            actor=world.actor("soporte"),
            at=world.at,
        )
        world.settle()
        assert channels.whatsapps_to(NUMBER)[-1].text.startswith("¿Podría confirmar")
        world.pass_minutes(20)
        solve(world, case)
        world.customer_writes(NUMBER, button=f"conformidad:{case.dossier.number}:si")
        world.settle()
        case.refresh_from_db()
        fault.refresh_from_db()
        assert (case.state, fault.state) == (Case.State.CLOSED_SUPPORT, Fault.State.CLOSED)
        assert "WhatsApp" in case.confirmed_how
        assert not DacForm.objects.exists()
        assert not world.steps(Role.MANAGER)

    def test_refuses_a_dac(self, world, tunari, fault):
        with pytest.raises(Conflict, match=r"no genera D\.A\.C\."):
            dac.issue_opening(
                fault_id=fault.pk, form=dac.OpeningForm(), actor=world.actor("noc"), at=world.at
            )

    def test_refuses_the_gerentes_notice(self, world, tunari, fault):
        with pytest.raises(Conflict):
            notices.tell_customers(
                case_ids=[world.case(tunari).pk], kind="SOLUTION", actor=world.actor("gerente"), at=world.at
            )

    def test_is_not_closed_without_a_solution(self, world, tunari, fault):
        with pytest.raises(Invalid, match="solución"):
            support.record_solution(
                case_id=world.case(tunari).pk,
                solution="  ",
                restored_at=world.at,
                actor=world.actor("soporte"),
                at=world.at,
            )
        with pytest.raises(Conflict, match="solución"):
            support.confirm_solution(
                case_id=world.case(tunari).pk, how="dijo que sí", actor=world.actor("soporte"), at=world.at
            )

    def test_is_closed_by_support_alone(self, world, tunari, fault):
        with pytest.raises(NotAllowed):
            support.record_solution(
                case_id=world.case(tunari).pk,
                solution="x",
                restored_at=world.at,
                actor=world.actor("gerente"),
                at=world.at,
            )

    def test_closes_without_answer_after_twelve_hours_and_says_so(self, world, tunari, fault):
        case = world.case(tunari)
        solve(world, case)
        from mayorista.apps.procedure.actors import for_job

        world.pass_minutes(11 * 60 + 59)
        assert support.close_silent(actor=for_job("soporte"), at=world.at) == 0
        world.pass_minutes(1)
        assert support.close_silent(actor=for_job("soporte"), at=world.at) == 1
        case.refresh_from_db()
        assert case.state == Case.State.CLOSED_SILENT
        assert any("sin respuesta" in text for text in world.journal(case.dossier_id))

    def test_does_not_close_in_silence_a_case_whose_customer_wrote(self, world, tunari, fault):
        case = world.case(tunari)
        solve(world, case)
        from mayorista.apps.procedure.actors import for_job

        world.pass_minutes(60)
        world.customer_writes(NUMBER, "todavía no funciona bien")
        world.pass_minutes(12 * 60)
        assert support.close_silent(actor=for_job("soporte"), at=world.at) == 0

    def test_is_reopened_by_the_button_still_failing(self, world, tunari, fault):
        case = world.case(tunari)
        solve(world, case)
        support.confirm_solution(
            case_id=case.pk, how="por teléfono", actor=world.actor("soporte"), at=world.at
        )
        world.pass_minutes(30)
        world.customer_writes(NUMBER, button=f"conformidad:{case.dossier.number}:no")
        world.settle()
        case.refresh_from_db()
        assert (case.state, case.reopened) == (Case.State.SUPPORT, 1)
        assert Outage.objects.get(case=case).restored_at is None


def _identity() -> int:
    from mayorista.apps.customers.models import WhatsAppIdentity

    return WhatsAppIdentity.objects.get(wa_id=NUMBER).pk


class TestMessages:
    def test_marked_as_a_claim_counts_and_is_answered_with_the_number(self, world, tunari, fault, channels):
        case = world.case(tunari)
        message_id = world.customer_writes(NUMBER, "estamos caídos, por favor su apoyo")
        claims.register_claim(
            channel="WHATSAPP",
            who="Guardia",
            words="estamos caídos, por favor su apoyo",
            claimed_at=world.at,
            case_id=case.pk,
            message_id=message_id,
            actor=world.actor("soporte"),
            at=world.at,
        )
        world.settle()
        case.refresh_from_db()
        assert case.claim_origin
        assert case.dossier.number in channels.whatsapps_to(NUMBER)[-1].text

    def test_marked_back_as_a_question_counts_no_more_and_the_change_is_journaled(self, world, tunari, fault):
        case = world.case(tunari)
        message_id = world.customer_writes(NUMBER, "¿cómo va?")
        for mark in ("CLAIM", "QUESTION"):
            claims.mark_message(
                message_id=message_id, mark=mark, case_id=case.pk, actor=world.actor("soporte"), at=world.at
            )
        case.refresh_from_db()
        assert not case.claim_origin
        assert Claim.objects.get().withdrawn_at == world.at
        assert sum("marcado" in text for text in world.journal(case.dossier_id)) == 2
