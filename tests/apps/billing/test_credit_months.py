"""Credits of a month from its outages: proposed once, computed again, a difference after the decision."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.apps.billing.models import Amount, AmountLine, CreditProposal
from mayorista.apps.billing.operations import credit_months, credits  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Service
from mayorista.apps.faults.models import Fault, Outage
from mayorista.apps.faults.operations import analysis, restoration
from mayorista.apps.overview.queries import availability as pages
from mayorista.apps.procedure.models import Dossier, DossierLink, JournalEntry, WorkItem
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.lapaz import LA_PAZ
from mayorista.rules.procedure import CAUSES
from tests import billing_world as bills

NOVEMBER = bills.NOVEMBER
BANDS = {
    "model": "percent_bands",
    "bands": [{"below": "99.9", "credit_pct": "10"}, {"below": "99", "credit_pct": "20"}],
}


@pytest.fixture
def carrier(world):
    """A contract with a ladder of bands; TIP-0141 costs Bs 23.000 a month."""
    world.move_to(3)
    world.contract = bills.billed(world, sla_credit=BANDS)
    return world


def cut(world, hours: float, *, day: int = 12, circuit: str = "TIP-0141", cause: str = "I-FIB") -> Fault:
    """An outage told by an alarm and restored after some hours."""
    world.move_to(day, hour=8)
    world.alarm(circuit=circuit)
    fault = world.fault()
    world.pass_minutes(10)
    world.diagnose(fault, {"I": "INTERNAL", "C": "CUSTOMER", "E": "EXTERNAL"}[cause[0]], cause)
    world.pass_minutes(60 * hours - 10)
    restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
    fault.refresh_from_db()
    return fault


def compute(world, who: str = "interconexion", month=NOVEMBER):
    return credit_months.compute(month=month, actor=world.actor(who), at=world.at)


def approve(world) -> None:
    ids = list(CreditProposal.objects.filter(state="PROPOSED").values_list("pk", flat=True))
    credits.decide(credit_ids=ids, approve=True, actor=world.actor("gerente"), at=world.at)


def page(world, circuit: str = "TIP-0141") -> pages.HolderMonth:
    return pages.service_page(circuit=circuit, month=NOVEMBER, at=world.at).holders[0]


class TestPropose:
    def test_an_outage_of_two_hours_earns_what_the_ladder_says(self, carrier):
        cut(carrier, 2)
        bills.after(carrier)
        assert compute(carrier).proposed == 1
        made = CreditProposal.objects.get()
        assert (made.base, made.amount, made.outage_seconds) == (
            Decimal("23000.00"),
            Decimal("2300.00"),
            7200,
        )
        assert made.contract_id == carrier.contract
        assert made.computation["percent"] == "99.7222"
        assert made.computation["pieces"][0]["from"] == "2026-11-12T08:00:00-04:00"
        case = Outage.objects.get().case.dossier
        assert made.case_numbers == [case.number]
        assert DossierLink.objects.filter(source=case, target=made.dossier, kind="CREDIT").exists()
        assert "B.3 Decidir crédito de TIP-0141 por Bs 2.300,00" in carrier.tray("MANAGER")

    def test_is_done_once_however_often_it_runs(self, carrier):
        cut(carrier, 2)
        bills.after(carrier)
        for who in ("interconexion", "gerente"):
            compute(carrier, who)
        credit_months.sweep(actor=bills.JOB, at=carrier.at)
        credit_months.sweep(actor=bills.JOB, at=carrier.at)
        assert CreditProposal.objects.count() == 1
        assert WorkItem.objects.filter(key="credit", done_at=None).count() == 1

    def test_waits_for_the_end_of_the_month_and_for_who_may(self, carrier):
        cut(carrier, 2)
        with pytest.raises(Conflict):
            compute(carrier)
        bills.after(carrier)
        with pytest.raises(NotAllowed):
            compute(carrier, "noc")

    def test_the_clock_proposes_what_ended_last(self, carrier):
        cut(carrier, 12)
        bills.after(carrier)
        assert credit_months.sweep(actor=bills.JOB, at=carrier.at) == {"2026-11": 1}
        assert CreditProposal.objects.get().amount == Decimal("4600.00")

    def test_what_the_customer_caused_earns_nothing_and_says_why(self, carrier):
        cut(carrier, 2, cause="C-ENE")
        bills.after(carrier)
        assert compute(carrier).proposed == 0
        mine = page(carrier)
        assert (mine.percent, mine.excluded_seconds) == ("100,0000 %", 7200)
        assert mine.pieces[0].why == "C-ENE Energía del cliente"

    def test_without_a_ladder_the_month_is_shown_and_nothing_proposed(self, carrier):
        bills.billed(carrier, "OTRO ISP", "TIP-0200", contract="CT-200")
        cut(carrier, 2, circuit="TIP-0200")
        bills.after(carrier)
        assert compute(carrier).proposed == 0
        assert page(carrier, "TIP-0200").percent == "99,7222 %"

    def test_an_outage_over_the_end_of_the_month_counts_in_each(self, carrier):
        carrier.move_to(30, hour=19)
        carrier.alarm(circuit="TIP-0141")
        fault = carrier.fault()
        carrier.pass_minutes(9 * 60)
        restoration.restore(
            fault_id=fault.pk, restored_at=carrier.at, actor=carrier.actor("noc"), at=carrier.at
        )
        carrier.move_to(3, month=1, year=2027)
        compute(carrier)
        compute(carrier, month=periods.parse_month("2026-12"))
        seconds = dict(CreditProposal.objects.values_list("month", "outage_seconds"))
        assert seconds == {dt.date(2026, 11, 1): 5 * 3600, dt.date(2026, 12, 1): 4 * 3600}


class TestTermsWrittenLate:
    def approved(self, world) -> None:
        """November's credit of ten per cent was decided; it is February, and nobody acts on its outage."""
        cut(world, 2)
        bills.after(world)
        credit_months.sweep(actor=bills.JOB, at=world.at)
        approve(world)
        world.move_to(3, month=2, year=2027)
        credit_months.sweep(actor=bills.JOB, at=world.at)
        assert CreditProposal.objects.count() == 1
        world.pass_minutes(90)

    def proposed(self, world) -> list[Decimal]:
        world.pass_minutes(10)
        credit_months.sweep(actor=bills.JOB, at=world.at)
        return list(CreditProposal.objects.filter(state="PROPOSED").values_list("amount", flat=True))

    def test_a_ladder_of_a_billed_month_proposes_the_difference(self, carrier):
        self.approved(carrier)
        richer = {**BANDS, "bands": [{"below": "99.9", "credit_pct": "15"}]}
        contracts.agree_terms(
            contract_id=carrier.contract, starts_date=dt.date(2026, 1, 1), sla_credit=richer, correction="error de transcripción", actor=carrier.actor("admin"), at=carrier.at
        )  # fmt: skip
        assert self.proposed(carrier) == [Decimal("1150.00")]

    def test_so_does_a_profile_that_leaves_the_cause_out(self, carrier):
        self.approved(carrier)
        profile = contracts.save_sla_profile(
            code="PLATA", name="SLA Plata", availability="99,9", excluded_causes=["I-FIB"], actor=carrier.actor("admin"), at=carrier.at
        )  # fmt: skip
        Service.objects.filter(circuit_code="TIP-0141").update(sla_profile_id=profile.id)
        assert self.proposed(carrier) == [Decimal("-2300.00")]


class TestARelapse:
    def fell_again(self, world) -> Fault:
        """Two hours of ours; restored; four hours more, which turn out to be the customer's power."""
        fault = cut(world, 2)
        world.pass_minutes(30)
        world.alarm(circuit="TIP-0141", instance="otra")
        assert JournalEntry.objects.filter(act="RELAPSE", dossier_id=fault.dossier_id).count() == 1
        world.pass_minutes(20)
        world.diagnose(fault, "CUSTOMER", "C-ENE")
        world.pass_minutes(220)
        restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
        return fault

    def test_diagnosed_anew_leaves_what_lay_before_as_it_was(self, carrier):
        self.fell_again(carrier)
        bills.after(carrier)
        compute(carrier)
        made = CreditProposal.objects.get()
        assert (made.amount, made.outage_seconds) == (Decimal("2300.00"), 7200)
        assert made.computation["review"].startswith("Reincidencia con otro diagnóstico")
        assert [piece["reason"] for piece in made.computation["pieces"]] == ["COUNTS", "CUSTOMER"]
        assert page(carrier).excluded_seconds == 4 * 3600

    def test_diagnosed_alike_is_one_outage(self, carrier):
        fault = self.fell_again(carrier)
        carrier.diagnose(fault, "INTERNAL", "I-FIB")
        bills.after(carrier)
        compute(carrier)
        made = CreditProposal.objects.get()
        assert made.outage_seconds == 6 * 3600
        assert "review" not in made.computation

    def diagnose(self, world, fault: Fault, attribution: str, cause: str, part: int) -> None:
        analysis.diagnose(
            fault_id=fault.pk, attribution=attribution, cause_code=cause, reason="medición", part=part,
            actor=world.actor("soporte"), at=world.at,
        )  # fmt: skip

    def test_a_part_that_is_over_is_diagnosed_anew_alone(self, carrier):
        fault = self.fell_again(carrier)
        self.diagnose(carrier, fault, "CUSTOMER", "C-EQP", 1)
        fault.refresh_from_db()
        assert (fault.attribution, fault.cause_code) == ("CUSTOMER", "C-ENE")
        assert JournalEntry.objects.filter(text__startswith="Diagnóstico del tramo 1").exists()
        with pytest.raises(Invalid):
            self.diagnose(carrier, fault, "INTERNAL", "I-FIB", 3)

    def test_all_parts_are_diagnosed_at_once(self, carrier):
        fault = self.fell_again(carrier)
        self.diagnose(carrier, fault, "INTERNAL", "I-ENE", 0)
        bills.after(carrier)
        compute(carrier)
        made = CreditProposal.objects.get()
        assert made.outage_seconds == 6 * 3600
        assert {piece["why"] for piece in made.computation["pieces"]} == {f"I-ENE {CAUSES['I-ENE'].title}"}

    def test_left_out_whole_is_put_before_the_gerente_and_stands_on_no_amount(self, carrier):
        fault = self.fell_again(carrier)
        self.diagnose(carrier, fault, "CUSTOMER", "C-EQP", 1)
        bills.after(carrier)
        compute(carrier)
        compute(carrier)
        made = CreditProposal.objects.get()
        assert (made.amount, made.state) == (Decimal(0), "PROPOSED")
        assert made.computation["review"].startswith("Reincidencia con todos sus tramos excluidos")
        assert any("Decidir crédito de TIP-0141" in each for each in carrier.tray("MANAGER"))
        approve(carrier)
        compute(carrier)
        assert CreditProposal.objects.count() == 1
        bills.defined(carrier)
        assert Amount.objects.get().total == Decimal("28750.00")
        assert not AmountLine.objects.filter(kind="sla_credit").exists()


class TestAgain:
    def test_a_new_attribution_computes_an_open_proposal_again(self, carrier):
        fault = cut(carrier, 2)
        bills.after(carrier)
        credit_months.sweep(actor=bills.JOB, at=carrier.at)
        carrier.pass_minutes(90)
        Fault.objects.filter(pk=fault.pk).update(attribution="CUSTOMER", cause_code="C-ENE")
        credit_months.sweep(actor=bills.JOB, at=carrier.at)
        made = CreditProposal.objects.select_related("dossier").get()
        assert (made.state, made.dossier.state) == ("REJECTED", "rechazado")
        assert not WorkItem.objects.filter(key="credit", done_at=None).exists()

    def test_after_the_approval_the_difference_is_proposed_and_carried_either_way(self, carrier):
        fault = cut(carrier, 2)
        bills.after(carrier)
        compute(carrier)
        approve(carrier)
        bills.defined(carrier)
        assert Amount.objects.get().total == Decimal("26450.00")
        Fault.objects.filter(pk=fault.pk).update(attribution="CUSTOMER", cause_code="C-ENE")
        compute(carrier)
        change = CreditProposal.objects.latest("pk")
        assert (change.state, change.amount, change.sequence) == ("PROPOSED", Decimal("-2300.00"), 2)
        assert CreditProposal.objects.get(sequence=1).amount == Decimal("2300.00")
        assert any("ajuste de crédito" in each for each in carrier.tray("MANAGER"))
        approve(carrier)
        compute(carrier)
        assert CreditProposal.objects.count() == 2
        bills.defined(carrier, NOVEMBER.next)
        assert Amount.objects.latest("pk").total == Decimal("31050.00")

    def test_an_old_month_is_computed_again_when_somebody_acts_on_its_outage(self, carrier):
        fault = cut(carrier, 2)
        carrier.move_to(2, month=2, year=2027)
        compute(carrier)
        approve(carrier)
        credit_months.sweep(actor=bills.JOB, at=carrier.at)
        carrier.pass_minutes(600)
        restoration.verify(fault_id=fault.pk, verification="ping", actor=carrier.actor("noc"), at=carrier.at)
        Fault.objects.filter(pk=fault.pk).update(attribution="CUSTOMER", cause_code="C-ENE")
        found = credit_months.sweep(actor=bills.JOB, at=carrier.at)
        assert found["2026-11"] == 1
        assert CreditProposal.objects.latest("pk").amount == Decimal("-2300.00")

    def test_a_rejected_one_is_not_proposed_again_while_nothing_changed(self, carrier):
        cut(carrier, 2)
        bills.after(carrier)
        compute(carrier)
        made = CreditProposal.objects.get()
        credits.decide(
            credit_ids=[made.pk], approve=False, reason="no", actor=carrier.actor("gerente"), at=carrier.at
        )
        assert compute(carrier).proposed == 0


class TestHolders:
    def test_the_credit_follows_the_holder_of_each_minute(self, carrier):
        other = bills.billed(carrier, "NUEVO TITULAR", "TIP-0300", contract="CT-300", sla_credit=BANDS)
        service = carrier.service("TIP-0141")
        contracts.take_over(
            service_id=service,
            contract_id=other,
            on=dt.date(2026, 11, 16),
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        cut(carrier, 6, day=20)
        bills.after(carrier)
        assert compute(carrier).problems == (("TIP-0141", "TIP-0141 no tiene precio en el contrato CT-300."),)
        contracts.agree_price(
            contract_id=other,
            service_id=service,
            effective_date=dt.date(2026, 11, 16),
            model="per_mbps",
            price={"unit_price": "11.50"},
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        compute(carrier)
        made = CreditProposal.objects.get()
        # 15 of 30 days: half the fee, and 6 hours of 15 days.
        assert (made.contract_id, made.base, made.amount) == (other, Decimal("11500.00"), Decimal("2300.00"))
        assert made.computation["percent"] == "98.3333"


class TestNumbers:
    def test_the_page_reads_a_fixed_number_of_times(self, carrier, django_assert_max_num_queries):
        cut(carrier, 2)
        cut(carrier, 1, day=20)
        cut(carrier, 1, day=21, circuit="TIP-0142")
        bills.after(carrier)
        with django_assert_max_num_queries(32):
            found = pages.month_page(month=NOVEMBER, at=carrier.at)
        assert [row.circuit for row in found.rows] == ["TIP-0141", "TIP-0142"]
        assert Dossier.objects.filter(kind="CREDIT").count() == 0

    def test_the_page_is_redone_by_hand(self, carrier):
        cut(carrier, 2)
        bills.after(carrier)
        mine = page(carrier)
        assert mine.service_seconds == 30 * 86400
        assert sum(piece.seconds for piece in mine.pieces if piece.counts) == mine.outage_seconds == 7200
        assert mine.pieces[0].starts_at == dt.datetime(2026, 11, 12, 8, tzinfo=LA_PAZ)
        assert mine.how == "disponibilidad 99,7222 % → 10 %"
        assert (mine.base, mine.amount) == (Decimal("23000.00"), Decimal("2300.00"))
        assert mine.ladder == "bajo 99,9 %: 10 %; bajo 99 %: 20 %"
