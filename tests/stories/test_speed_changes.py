"""B.2: a customer asks for another speed; from the letter to the line that bills, with a clock moved by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.apps.contracts import queries
from mayorista.apps.contracts.models import PriceVersion, Service, SpeedChange, WorkOrder
from mayorista.apps.contracts.operations import speed
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.models import DossierLink, JournalEntry, WorkItem
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.procedure import Role
from mayorista.rules.rating import Billing, Case, rate
from tests.stories import agreements as deal

State = SpeedChange.State


@pytest.fixture
def isp(world):
    """An ISP with one circuit of 2 Gbps at Bs 11,50 a Mbps since January."""
    deal.people(world)
    world.move_to(3)
    customer = world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
    contract = deal.contract(world, customer)
    deal.hold(world, contract, "TIP-0141")
    world.contract = contract
    return world


def month_of(world, month: str, as_of: dt.datetime | None = None):
    """What the circuit's month comes to, as billing would rate it."""
    found = queries.rating_services(
        [world.contract], month=periods.parse_month(month), as_of=as_of or world.at
    )
    (own,) = found[world.contract].services
    return rate(Case(own.service, Billing(periods.parse_month(month), as_of or world.at, "BOB")))


def now(change: SpeedChange) -> SpeedChange:
    return SpeedChange.objects.select_related("dossier").get(pk=change.pk)


def said(change: SpeedChange) -> str:
    return JournalEntry.objects.get(dossier=change.dossier, act="EXECUTE_SPEED").text


class TestAnIncrease:
    def test_goes_from_the_letter_to_the_line_that_bills(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        assert now(change).state == State.REQUESTED
        assert isp.tray(Role.NOC) == [f"B.2 Verificar capacidad para {change.dossier.number}"]

        isp.move_to(4)
        deal.approve(isp, change)
        entry = JournalEntry.objects.filter(dossier=change.dossier, act="DECIDE_SPEED").get()
        assert "noviembre de 2026 Bs 28.750,00; diciembre de 2026 Bs 34.500,00" in entry.text

        isp.move_to(16)
        deal.carry_out(isp, change)
        assert now(change).state == State.EXECUTED
        assert deal.line("TIP-0141") == [(dt.date(2026, 1, 1), None, 2000)]

        isp.move_to(17)
        speed.accept(change_id=change.pk, how="acta firmada", actor=isp.actor("interconexion"), at=isp.at)
        assert now(change).state == State.IN_FORCE
        assert deal.line("TIP-0141") == [
            (dt.date(2026, 1, 1), dt.date(2026, 11, 16), 2000),
            (dt.date(2026, 11, 16), None, 3000),
        ]
        assert Service.objects.get(circuit_code="TIP-0141").capacity_kbps == 3_000_000
        assert [line.cents for line in month_of(isp, "2026-11").lines] == [1_150_000, 1_725_000]

        told = Message.objects.filter(dossier=change.dossier).order_by("pk").values_list("subject", "body")
        assert [subject for subject, _body in told] == [
            f"Cambio de velocidad {change.dossier.number} ejecutado – TIP-0141",
            "Confirmación de aumento de velocidad – TIP-0141",
        ]
        confirmation = told[1][1]
        assert "de 2 Gbps a 3 Gbps, vigente desde el 16/11/2026" in confirmation
        assert (
            "El nuevo importe mensual es de Bs 34.500,00; para noviembre de 2026 se facturará Bs 28.750,00"
            in confirmation
        )
        assert "3.000 Mbps × Bs 11,50 × 15/30 días = Bs 17.250,00" in confirmation
        assert not WorkItem.objects.filter(dossier=change.dossier, done_at=None).exists()
        order = WorkOrder.objects.get()
        assert order.state == "DONE"
        assert DossierLink.objects.filter(
            source=change.dossier, target=order.dossier, kind="speed-change-work-order"
        ).exists()

    def test_waits_for_the_noc_before_the_gerente(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        with pytest.raises(Conflict, match="está solicitado"):
            speed.decide(change_id=change.pk, approve=True, actor=isp.actor("gerente"), at=isp.at)

    def test_that_the_network_can_not_carry_needs_a_reason(self, isp):
        change = deal.ask(isp, "TIP-0141", 9_000_000, dt.date(2026, 11, 16))
        answers = {**deal.CHECKED, "uplink": {"state": "BAD", "note": "91 % al percentil 95"}}
        with pytest.raises(Invalid, match="rojo"):
            speed.check_capacity(
                change_id=change.pk,
                answers=answers,
                verdict="YES",
                margin=Decimal(3),
                actor=isp.actor("noc"),
                at=isp.at,
            )
        speed.check_capacity(
            change_id=change.pk, answers=answers, verdict="NO", margin=None, actor=isp.actor("noc"), at=isp.at
        )
        with pytest.raises(Invalid, match="la red no lo soporta"):
            speed.decide(change_id=change.pk, approve=True, actor=isp.actor("gerente"), at=isp.at)
        speed.decide(
            change_id=change.pk, approve=False, reason="sin capacidad", actor=isp.actor("gerente"), at=isp.at
        )
        assert now(change).state == State.REJECTED
        assert isp.tray(Role.INTERCONNECTION) == [
            f"B.2 Comunicar al cliente el rechazo de {change.dossier.number}"
        ]

    def test_leaves_an_incomplete_checklist_unsaved_and_names_each_item(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        with pytest.raises(Invalid) as wrong:
            speed.check_capacity(
                change_id=change.pk, answers={}, verdict="", margin=None, actor=isp.actor("noc"), at=isp.at
            )
        assert {each.field for each in wrong.value.errors} == {*deal.CHECKED, "verdict"}


class TestADecrease:
    def test_skips_the_noc_and_bills_from_the_first_of_the_next_month(self, isp):
        change = deal.ask(isp, "TIP-0141", 1_000_000, dt.date(2026, 11, 10))
        assert now(change).state == State.COORDINATION
        assert any("Por contrato se factura desde el 01/12/2026" in each["text"] for each in change.findings)
        deal.approve(isp, change)
        isp.move_to(10)
        deal.carry_out(isp, change)
        speed.accept(change_id=change.pk, how="correo", actor=isp.actor("interconexion"), at=isp.at)
        assert deal.line("TIP-0141")[-1] == (dt.date(2026, 11, 10), None, 1000)
        assert month_of(isp, "2026-11").total == 2_300_000
        assert month_of(isp, "2026-12").total == 1_150_000

    def test_below_the_minimum_is_refused_with_the_clause(self, isp):
        from mayorista.apps.contracts import operations as contracts

        contracts.agree_terms(
            contract_id=isp.contract,
            starts_date=dt.date(2026, 1, 1),
            min_kbps=1_500_000,
            clause_references={"min_kbps": "7.2"},
            correction="error de transcripción",
            actor=isp.actor("admin"),
            at=isp.at,
        )
        with pytest.raises(Invalid, match=r"no acepta menos de 1,5 Gbps \(cl\. 7\.2\)") as wrong:
            deal.ask(isp, "TIP-0141", 1_000_000, dt.date(2026, 11, 10))
        assert wrong.value.field == "to_kbps"
        assert not SpeedChange.objects.exists()
        contracts.agree_terms(
            contract_id=isp.contract,
            starts_date=dt.date(2026, 1, 1),
            min_policy="bill_at_minimum",
            correction="error de transcripción",
            actor=isp.actor("admin"),
            at=isp.at,
        )
        change = deal.ask(isp, "TIP-0141", 1_000_000, dt.date(2026, 11, 10))
        assert any("se facturarán 1,5 Gbps" in each["text"] for each in change.findings)


class TestSilence:
    def test_accepts_after_48_hours_and_confirms_the_day_of_execution(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(isp, change)
        isp.move_to(5)
        deal.carry_out(isp, change)
        isp.pass_minutes(48 * 60 - 1)
        assert speed.accept_silent(at=isp.at) == 0
        isp.pass_minutes(1)
        assert speed.accept_silent(at=isp.at) == 1
        assert speed.accept_silent(at=isp.at) == 0
        change = now(change)
        assert (change.state, change.effective_date, change.accepted_how) == (
            State.IN_FORCE,
            dt.date(2026, 11, 5),
            "silencio de 48 horas",
        )
        assert deal.line("TIP-0141")[-1] == (dt.date(2026, 11, 5), None, 3000)

    def test_of_an_execution_told_late_counts_from_when_it_was_told(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(isp, change)
        isp.move_to(9)
        deal.carry_out(isp, change, when=isp.at - dt.timedelta(days=4))
        assert speed.accept_silent(at=isp.at) == 0
        isp.pass_minutes(48 * 60)
        assert speed.accept_silent(at=isp.at) == 1
        assert now(change).effective_date == dt.date(2026, 11, 5)

    def test_does_not_accept_what_was_objected_to(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(isp, change)
        isp.move_to(5)
        deal.carry_out(isp, change)
        speed.object_to(
            change_id=change.pk, words="no vemos más de 2 Gbps", actor=isp.actor("interconexion"), at=isp.at
        )
        isp.pass_minutes(72 * 60)
        assert speed.accept_silent(at=isp.at) == 0
        speed.cancel(
            change_id=change.pk, reason="se volvió a 2 Gbps", actor=isp.actor("interconexion"), at=isp.at
        )
        assert now(change).state == State.CANCELLED
        assert deal.line("TIP-0141") == [(dt.date(2026, 1, 1), None, 2000)]
        assert month_of(isp, "2026-11").total == 2_300_000

    def test_runs_again_when_the_objection_is_settled(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(isp, change)
        isp.move_to(5)
        deal.carry_out(isp, change)
        speed.object_to(
            change_id=change.pk, words="no vemos más", actor=isp.actor("interconexion"), at=isp.at
        )
        isp.pass_minutes(60)
        speed.withdraw_objection(
            change_id=change.pk, words="era su equipo", actor=isp.actor("interconexion"), at=isp.at
        )
        isp.pass_minutes(47 * 60)
        assert speed.accept_silent(at=isp.at) == 0
        isp.pass_minutes(60)
        assert speed.accept_silent(at=isp.at) == 1


class TestATemporaryIncrease:
    def test_returns_by_itself(self, isp):
        change = deal.ask(
            isp,
            "TIP-0141",
            4_000_000,
            dt.date(2026, 11, 10),
            temporary_until=dt.date(2026, 11, 20),
            own_price={"model": "per_mbps", "unit_price": "9.00"},
        )
        deal.approve(isp, change)
        isp.move_to(10)
        deal.carry_out(isp, change)
        speed.accept(change_id=change.pk, how="correo", actor=isp.actor("interconexion"), at=isp.at)
        back = SpeedChange.objects.get(returns=change)
        assert (back.state, back.to_kbps, back.wanted_date) == (
            State.APPROVED,
            2_000_000,
            dt.date(2026, 11, 20),
        )
        assert deal.line("TIP-0141") == [
            (dt.date(2026, 1, 1), dt.date(2026, 11, 10), 2000),
            (dt.date(2026, 11, 10), dt.date(2026, 11, 20), 4000),
            (dt.date(2026, 11, 20), None, 2000),
        ]
        lines = month_of(isp, "2026-11").lines
        assert [(line.days, line.cents) for line in lines] == [(9, 690_000), (10, 1_200_000), (11, 843_333)]

        isp.move_to(19, hour=19)
        assert speed.order_returns(at=isp.at) == 0
        isp.move_to(20, hour=0)
        assert speed.order_returns(at=isp.at) == 1
        assert speed.order_returns(at=isp.at) == 0
        assert isp.tray(Role.NOC) == [f"B.2 Ejecutar retorno {back.dossier.number}"]
        speed.execute(
            change_id=back.pk,
            executed_at=isp.at,
            evidence="policer 4G → 2G",
            actor=isp.actor("noc"),
            at=isp.at,
        )
        assert now(back).state == State.IN_FORCE
        assert Service.objects.get(circuit_code="TIP-0141").capacity_kbps == 2_000_000
        assert [line.cents for line in month_of(isp, "2026-11").lines] == [690_000, 1_200_000, 843_333]

    def test_lies_over_a_lasting_change_that_comes_meanwhile(self, isp):
        boost = deal.ask(
            isp, "TIP-0141", 4_000_000, dt.date(2026, 11, 10), temporary_until=dt.date(2026, 11, 20)
        )
        deal.approve(isp, boost)
        isp.move_to(10)
        deal.carry_out(isp, boost)
        speed.accept(change_id=boost.pk, how="correo", actor=isp.actor("interconexion"), at=isp.at)
        lasting = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 15))
        assert (lasting.from_kbps, lasting.state) == (2_000_000, State.REQUESTED)
        isp.move_to(15)
        deal.approve(isp, lasting)
        deal.carry_out(isp, lasting)
        speed.accept(change_id=lasting.pk, how="correo", actor=isp.actor("interconexion"), at=isp.at)
        assert deal.line("TIP-0141")[1:] == [
            (dt.date(2026, 11, 10), dt.date(2026, 11, 20), 4000),
            (dt.date(2026, 11, 20), None, 3000),
        ]

    def test_over_before_it_was_executed_is_refused(self, isp):
        change = deal.ask(
            isp, "TIP-0141", 4_000_000, dt.date(2026, 11, 10), temporary_until=dt.date(2026, 11, 12)
        )
        deal.approve(isp, change)
        isp.move_to(12)
        with pytest.raises(Invalid, match="ya terminó"):
            deal.carry_out(isp, change)


class TestAnotherDayThanTheApproved:
    def test_before_it_the_approved_day_bills_and_a_reason_is_needed(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        deal.approve(isp, change)
        isp.move_to(12)
        with pytest.raises(Invalid, match="aprobó desde el 16/11/2026"):
            deal.carry_out(isp, change)
        deal.carry_out(isp, change, why="ventana del proveedor")
        speed.accept(change_id=change.pk, how="acta", actor=isp.actor("interconexion"), at=isp.at)
        assert deal.line("TIP-0141")[1:] == [(dt.date(2026, 11, 16), None, 3000)]
        assert [line.cents for line in month_of(isp, "2026-11").lines] == [1_150_000, 1_725_000]
        assert "rige desde el 16/11/2026: ventana del proveedor" in said(change)
        assert Service.objects.get(circuit_code="TIP-0141").capacity_kbps == 2_000_000
        isp.move_to(16)
        speed.order_returns(at=isp.at)
        assert Service.objects.get(circuit_code="TIP-0141").capacity_kbps == 3_000_000

    def test_approved_for_the_past_and_done_now_needs_a_reason(self, isp):
        isp.move_to(24)
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 10, 11))
        deal.approve(isp, change)
        with pytest.raises(Invalid) as refused:
            deal.carry_out(isp, change)
        assert [(each.field, "11/10/2026" in str(each)) for each in refused.value.errors] == [
            ("why_other_day", True)
        ]
        deal.carry_out(isp, change, why="la red no lo tenía")
        assert now(change).effective_date == dt.date(2026, 11, 24)
        assert "Aprobado desde el 11/10/2026, rige desde el 24/11/2026: la red no lo tenía" in said(change)

    def test_later_than_it_is_an_ordinary_delay(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 10))
        deal.approve(isp, change)
        isp.move_to(12)
        deal.carry_out(isp, change)
        assert now(change).effective_date == dt.date(2026, 11, 12)


class TestABackdatedChange:
    def test_is_written_into_the_past_and_billed_as_known(self, isp):
        isp.move_to(2, month=12)
        before = month_of(isp, "2026-11", isp.at)
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        assert any(each["code"] == "PAST" for each in change.findings)
        deal.approve(isp, change)
        isp.move_to(4, month=12)
        deal.carry_out(isp, change, when=dt.datetime(2026, 11, 16, 14, tzinfo=dt.UTC))
        speed.accept(change_id=change.pk, how="acta", actor=isp.actor("interconexion"), at=isp.at)
        as_known_then = month_of(isp, "2026-11", isp.at - dt.timedelta(days=2))
        assert (before.total, as_known_then.total) == (2_300_000, 2_300_000)
        assert month_of(isp, "2026-11").total == 2_875_000

    def test_before_a_later_one_splits_the_line_without_a_hole(self, isp):
        later = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 20))
        deal.approve(isp, later)
        isp.move_to(20)
        deal.carry_out(isp, later)
        speed.accept(change_id=later.pk, how="acta", actor=isp.actor("interconexion"), at=isp.at)
        earlier = deal.ask(isp, "TIP-0141", 2_500_000, dt.date(2026, 11, 6))
        deal.approve(isp, earlier)
        deal.carry_out(isp, earlier, when=dt.datetime(2026, 11, 6, 14, tzinfo=dt.UTC))
        speed.accept(change_id=earlier.pk, how="acta", actor=isp.actor("interconexion"), at=isp.at)
        assert deal.line("TIP-0141") == [
            (dt.date(2026, 1, 1), dt.date(2026, 11, 6), 2000),
            (dt.date(2026, 11, 6), dt.date(2026, 11, 20), 2500),
            (dt.date(2026, 11, 20), None, 3000),
        ]

    def test_on_the_first_day_of_the_circuit_is_refused(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 1, 1))
        deal.approve(isp, change)
        with pytest.raises(Invalid, match="un cambio rige después"):
            deal.carry_out(isp, change, when=dt.datetime(2026, 1, 1, 14, tzinfo=dt.UTC))


class TestAnAddendum:
    @pytest.fixture
    def strict(self, isp):
        self.demand(isp)
        return isp

    def demand(self, isp) -> None:
        """The contract asks for a signed addendum."""
        from mayorista.apps.contracts import operations as contracts

        contracts.agree_terms(
            contract_id=isp.contract,
            starts_date=dt.date(2026, 1, 1),
            requires_addendum=True,
            correction="error de transcripción",
            actor=isp.actor("admin"),
            at=isp.at,
        )

    def order(self, world, change) -> None:
        speed.order(
            change_id=change.pk, window_at=world.at, rollback="policer anterior", actor=world.actor("interconexion"), at=world.at
        )  # fmt: skip

    def test_that_is_missing_keeps_the_order_from_the_network(self, strict):
        change = deal.ask(strict, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(strict, change)
        strict.move_to(5)
        with pytest.raises(Conflict, match="exige adenda firmada antes de la orden") as refusal:
            self.order(strict, change)
        assert "la Gerencia la dispensa" in refusal.value.remedy
        assert now(change).state == State.APPROVED
        speed.attach_addendum(
            change_id=change.pk,
            number="Adenda 1",
            signed_date=dt.date(2026, 11, 5),
            upload=deal.paper("adenda.pdf"),
            actor=strict.actor("interconexion"),
            at=strict.at,
        )
        self.order(strict, change)
        assert now(change).state == State.ORDERED

    def test_that_is_missing_keeps_an_accepted_change_from_force(self, isp):
        strict = isp
        change = deal.ask(strict, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(strict, change)
        strict.move_to(5)
        # Ordered before the contract came to ask for it.
        self.order(strict, change)
        self.demand(strict)
        deal.carry_out(strict, change)
        strict.pass_minutes(48 * 60)
        assert speed.accept_silent(at=strict.at) == 1
        assert now(change).state == State.ACCEPTED
        assert month_of(strict, "2026-11").total == 2_300_000
        assert strict.tray(Role.INTERCONNECTION) == [
            f"B.2 Adjuntar adenda firmada de {change.dossier.number}"
        ]
        strict.move_to(9)
        speed.attach_addendum(
            change_id=change.pk,
            number="Adenda 1",
            signed_date=dt.date(2026, 11, 9),
            upload=deal.paper("adenda.pdf"),
            actor=strict.actor("interconexion"),
            at=strict.at,
        )
        assert (now(change).state, now(change).effective_date) == (State.IN_FORCE, dt.date(2026, 11, 5))
        assert strict.tray(Role.INTERCONNECTION) == []

    def test_is_dispensed_with_by_the_gerente_for_fifteen_days(self, strict):
        change = deal.ask(strict, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(strict, change)
        with pytest.raises(NotAllowed):
            speed.waive_addendum(
                change_id=change.pk, reason="urgente", actor=strict.actor("interconexion"), at=strict.at
            )
        strict.move_to(5)
        speed.waive_addendum(
            change_id=change.pk, reason="evento deportivo", actor=strict.actor("gerente"), at=strict.at
        )
        deal.carry_out(strict, change)
        speed.accept(change_id=change.pk, how="correo", actor=strict.actor("interconexion"), at=strict.at)
        assert now(change).state == State.IN_FORCE
        debt = WorkItem.objects.get(dossier=change.dossier, done_at=None)
        assert (debt.key, debt.due_at) == ("addendum-debt", dt.datetime(2026, 11, 20, 22, tzinfo=dt.UTC))
        speed.attach_addendum(
            change_id=change.pk,
            number="Adenda 1",
            signed_date=dt.date(2026, 11, 5),
            upload=deal.paper("adenda.pdf"),
            actor=strict.actor("interconexion"),
            at=strict.at,
        )
        assert not WorkItem.objects.filter(dossier=change.dossier, done_at=None).exists()


class TestNothingBills:
    def test_of_what_was_cancelled_or_failed(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 5))
        deal.approve(isp, change)
        speed.order(
            change_id=change.pk,
            window_at=isp.at,
            rollback="volver",
            actor=isp.actor("interconexion"),
            at=isp.at,
        )
        speed.fail(
            change_id=change.pk,
            reason="óptica sin luz; se volvió a 2 Gbps",
            actor=isp.actor("noc"),
            at=isp.at,
        )
        assert now(change).state == State.APPROVED
        assert WorkOrder.objects.get().state == "CANCELLED"
        speed.cancel(
            change_id=change.pk, reason="el cliente desiste", actor=isp.actor("interconexion"), at=isp.at
        )
        assert month_of(isp, "2026-11").total == 2_300_000
        assert not WorkItem.objects.filter(dossier=change.dossier, done_at=None).exists()
        with pytest.raises(Conflict, match="está cancelado"):
            speed.cancel(change_id=change.pk, reason="otra vez", actor=isp.actor("interconexion"), at=isp.at)


class TestTheGate:
    def test_holds_a_month_only_while_a_change_that_touches_it_is_undecided(self, isp):
        november, october = periods.parse_month("2026-11"), periods.parse_month("2026-10")
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        held = queries.undecided_changes([isp.contract], month=november)
        assert [each.number for each in held[isp.contract]] == [change.dossier.number]
        assert queries.undecided_changes([isp.contract], month=october) == {}
        assert queries.undecided_changes([isp.contract], month=november.next).keys() == {isp.contract}
        deal.approve(isp, change)
        assert queries.undecided_changes([isp.contract], month=november) == {}
        (seen,) = queries.changes_of_month([isp.contract], month=november)[isp.contract]
        assert (seen.state, seen.undecided, seen.in_force) == ("APPROVED", False, False)


class TestTheDecision:
    def test_of_many_says_what_became_of_each(self, isp):
        deal.hold(isp, isp.contract, _second(isp))
        first = deal.ask(isp, "TIP-0141", 1_000_000, dt.date(2026, 11, 16))
        second = deal.ask(isp, "TIP-0142", 1_000_000, dt.date(2026, 11, 16))
        speed.decide(change_id=second.pk, approve=False, reason="no", actor=isp.actor("gerente"), at=isp.at)
        results = speed.decide_many(
            change_ids=[first.pk, second.pk, 999_999], approve=True, actor=isp.actor("gerente"), at=isp.at
        )
        assert [bool(each.problem) for each in results] == [False, True, True]
        assert "está rechazado" in results[1].problem
        assert now(first).state == State.APPROVED

    def test_is_the_gerentes_alone(self, isp):
        change = deal.ask(isp, "TIP-0141", 1_000_000, dt.date(2026, 11, 16))
        for who in ("interconexion", "noc", "ventas"):
            with pytest.raises(NotAllowed):
                speed.decide(change_id=change.pk, approve=True, actor=isp.actor(who), at=isp.at)

    def test_refuses_without_a_reason(self, isp):
        change = deal.ask(isp, "TIP-0141", 1_000_000, dt.date(2026, 11, 16))
        with pytest.raises(Invalid, match="motivo"):
            speed.decide(change_id=change.pk, approve=False, actor=isp.actor("gerente"), at=isp.at)


class TestARequest:
    def test_names_everything_wrong_at_once(self, isp):
        with pytest.raises(Invalid) as wrong:
            speed.request_change(
                service_id=isp.service("TIP-0141"),
                to_kbps=None,
                wanted_date=None,
                door="",
                requested_by=" ",
                requested_date=None,
                actor=isp.actor("interconexion"),
                at=isp.at,
            )
        assert {each.field for each in wrong.value.errors} == {
            "to_kbps",
            "wanted_date",
            "door",
            "requested_by",
            "requested_date",
        }

    def test_by_letter_comes_with_the_letter_and_it_is_what_it_says(self, isp):
        with pytest.raises(Invalid, match="Falta el documento"):
            deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16), upload=None)
        with pytest.raises(Invalid, match=r"«carta\.pdf» no es un PDF"):
            deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16), upload=deal.paper(content=b"hola"))
        assert deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16)).document_id

    def test_of_somebody_unknown_is_told_to_who_decides(self, isp):
        change = deal.ask(isp, "TIP-0141", 3_000_000, dt.date(2026, 11, 16), requested_by="Pedro Nadie")
        assert any(each["code"] == "AUTHORITY" for each in change.findings)

    def test_for_the_speed_it_has_is_refused(self, isp):
        with pytest.raises(Invalid, match="ya tiene 2 Gbps"):
            deal.ask(isp, "TIP-0141", 2_000_000, dt.date(2026, 11, 16))

    def test_of_a_price_for_a_lasting_change_is_refused(self, isp):
        with pytest.raises(Invalid, match="Solo un cambio temporal"):
            deal.ask(
                isp,
                "TIP-0141",
                3_000_000,
                dt.date(2026, 11, 16),
                own_price={"model": "flat", "monthly_fee": "1"},
            )
        with pytest.raises(Invalid) as wrong:
            deal.ask(
                isp,
                "TIP-0141",
                3_000_000,
                dt.date(2026, 11, 16),
                temporary_until=dt.date(2026, 11, 20),
                own_price={"model": "per_mbps", "unit_price": "-1"},
            )
        assert wrong.value.field == "own_price.unit_price"


class TestHistory:
    def test_is_imported_once_and_rated(self, isp):
        steps = [
            speed.Step(dt.date(2026, 3, 10), 2_500_000),
            speed.Step(dt.date(2026, 6, 1), 3_000_000, until=dt.date(2026, 6, 16)),
        ]
        service = isp.service("TIP-0141")
        assert speed.record_history(service_id=service, steps=steps, actor=isp.actor("admin"), at=isp.at) == 2
        assert speed.record_history(service_id=service, steps=steps, actor=isp.actor("admin"), at=isp.at) == 0
        assert [row[2] for row in deal.line("TIP-0141")] == [2000, 2500, 3000, 2500]
        assert month_of(isp, "2026-06").total == 1_725_000 + 1_437_500

    def test_names_the_step_that_is_wrong(self, isp):
        steps = [speed.Step(dt.date(2026, 3, 10), 2_500_000), speed.Step(dt.date(2025, 3, 10), 0)]
        with pytest.raises(Invalid) as wrong:
            speed.record_history(
                service_id=isp.service("TIP-0141"), steps=steps, actor=isp.actor("admin"), at=isp.at
            )
        assert {each.field for each in wrong.value.errors} == {"steps[1].day", "steps[1].kbps"}
        assert PriceVersion.objects.count() == 1


def _second(world) -> str:
    from mayorista.apps.customers.models import Customer

    world.circuit(Customer.objects.get().pk, "TIP-0142")
    return "TIP-0142"
