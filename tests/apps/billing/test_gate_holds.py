"""Gate 2.1 holds to the amounts: what neither side saw is never defined; B.3's small adjustments pass (R-B2.1, G-46)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.apps.billing.models import Amount, CreditProposal, Month, Run, RunRow
from mayorista.apps.billing.operations import amounts, months, one_offs
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import PriceVersion
from mayorista.apps.contracts.operations import speed
from mayorista.apps.overview.queries import billing as pages
from mayorista.apps.procedure.models import Dossier, JournalEntry, WorkItem
from mayorista.rules.errors import Conflict, Invalid
from tests import billing_world as bills
from tests.stories import agreements as deal

NOVEMBER = bills.NOVEMBER


def confirm(world, who: str) -> int:
    return months.confirm(
        month_ids=list(Month.objects.values_list("pk", flat=True)), actor=world.actor(who), at=world.at
    )


def define(world) -> Amount:
    return amounts.define_amount(
        month_id=Month.objects.get().pk, actor=world.actor("interconexion"), at=world.at
    )


def add(world, amount: str, kind: str = "CHARGE", reason: str = "según acta"):
    return one_offs.add(
        month_id=Month.objects.get().pk, kind=kind, text="instalación", amount=Decimal(amount), reason=reason,
        actor=world.actor("interconexion"), at=world.at,
    )  # fmt: skip


def row(world) -> pages.MonthRow:
    return pages.month_page(month=NOVEMBER, at=world.at).rows[0]


def refused(world, before: str, now: str) -> None:
    """Defining is refused with both amounts, and the month waits for both sides again."""
    with pytest.raises(Invalid, match=f"antes Bs {before}, ahora Bs {now}.*confirman de nuevo"):
        define(world)
    month = Month.objects.get()
    assert (month.state, month.confirmed_at, month.manager_confirmed_at) == ("PENDING", None, None)
    assert not Amount.objects.exists()
    assert JournalEntry.objects.filter(act="RETURN_MONTH", payload__now__isnull=False).count() == 1
    assert WorkItem.objects.filter(key__in=["coordinate", "approve"], done_at=None).count() == 2
    assert row(world).returned.endswith(f"antes Bs {before}, ahora Bs {now}.")
    assert pages.unchanged_ids(NOVEMBER) == []


@pytest.fixture
def gated(carrier):
    """November coordinated by both sides at Bs 28.750,00, and over."""
    bills.coordinated(carrier)
    bills.after(carrier)
    return carrier


class TestWhatNeitherSideSaw:
    def test_a_price_changed_after_both_confirmed(self, gated):
        PriceVersion.objects.filter(service__circuit_code="TIP-0142").update(terms={"unit_price": "12.50"})
        assert "antes Bs 28.750,00" in row(gated).returned
        refused(gated, "28.750,00", "29.250,00")
        assert confirm(gated, "interconexion") == confirm(gated, "gerente") == 1
        assert Month.objects.get().returned == ""
        assert define(gated).total == Decimal("29250.00")

    def test_a_credit_approved_after_both_confirmed(self, gated):
        service = gated.service("TIP-0142")
        CreditProposal.objects.create(
            dossier=Dossier.objects.get(pk=Month.objects.get().dossier_id), service_id=service, contract_id=gated.contract,
            month=dt.date(2026, 11, 1), state="APPROVED", currency="BOB", base=Decimal(5750), amount=Decimal("575.00"),
            outage_seconds=7200, computation={}, decided_at=gated.at,
        )  # fmt: skip
        refused(gated, "28.750,00", "28.175,00")

    def test_a_change_of_speed_executed_late(self, carrier):
        change = deal.ask(carrier, "TIP-0142", 1_000_000, dt.date(2026, 11, 16))
        row_ = bills.opened(carrier)[0]
        months.defer(month_id=row_.pk, reason="falta obra", actor=carrier.actor("gerente"), at=carrier.at)
        bills.coordinated(carrier)
        carrier.move_to(16)
        deal.approve(carrier, change)
        deal.carry_out(carrier, change)
        carrier.move_to(19)
        assert speed.accept_silent(at=carrier.at) == 1
        bills.after(carrier)
        refused(carrier, "28.750,00", "31.625,00")

    def test_a_withdrawn_adjustment_that_both_saw(self, carrier):
        bills.opened(carrier)
        made = add(carrier, "-100.00", "ADJUSTMENT")
        bills.coordinated(carrier)
        one_offs.withdraw(one_off_id=made.pk, actor=carrier.actor("interconexion"), at=carrier.at)
        assert Month.objects.get().state == "PENDING"
        assert row(carrier).returned.endswith("antes Bs 28.650,00, ahora Bs 28.750,00.")

    def test_a_withdrawn_charge_that_the_gerente_approved_after_the_gate(self, gated):
        made = add(gated, "50.00")
        one_offs.approve(one_off_id=made.pk, actor=gated.actor("gerente"), at=gated.at)
        one_offs.withdraw(one_off_id=made.pk, actor=gated.actor("interconexion"), at=gated.at)
        assert Month.objects.get().state == "PENDING"

    def test_falls_by_the_clock_too_and_only_where_it_moved(self, gated):
        bills.billed(gated, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="pagos@andesnet.example")
        assert months.recheck(actor=bills.JOB, at=gated.at) == 0
        PriceVersion.objects.filter(service__circuit_code="TIP-0142").update(terms={"unit_price": "12.50"})
        assert months.recheck(actor=bills.JOB, at=gated.at) == 1
        assert months.recheck(actor=bills.JOB, at=gated.at) == 0
        assert Month.objects.get(group__code="CT-100").state == "PENDING"

    def test_a_run_leaves_it_out_and_defines_the_others(self, carrier):
        bills.billed(carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="pagos@andesnet.example")
        bills.coordinated(carrier)
        bills.after(carrier)
        PriceVersion.objects.filter(service__circuit_code="TIP-0142").update(terms={"unit_price": "12.50"})
        run = bills.run(carrier, "DEFINE", "interconexion")
        assert (run.done, run.refused) == (1, 1)
        assert dict(Month.objects.values_list("group__code", "state")) == {
            "CT-100": "PENDING",
            "CT-032": "DEFINED",
        }


class TestOneSide:
    def test_falls_when_the_other_confirms_another_amount(self, carrier):
        bills.opened(carrier)
        confirm(carrier, "interconexion")
        PriceVersion.objects.filter(service__circuit_code="TIP-0142").update(terms={"unit_price": "12.50"})
        assert confirm(carrier, "gerente") == 1
        month = Month.objects.get()
        assert (month.state, month.confirmed_at, month.manager_confirmed_total) == (
            "PENDING",
            None,
            Decimal("29250.00"),
        )
        assert confirm(carrier, "interconexion") == 1
        assert Month.objects.get().state == "COORDINATED"

    def test_confirms_only_what_its_screen_showed(self, carrier):
        pk = bills.opened(carrier)[0].pk
        seen = {pk: row(carrier).this}
        PriceVersion.objects.filter(service__circuit_code="TIP-0142").update(terms={"unit_price": "12.50"})
        with pytest.raises(Conflict, match=r"antes Bs 28\.750,00, ahora Bs 29\.250,00"):
            months.confirm_side(
                month_ids=[pk], manager=False, seen=seen, actor=carrier.actor("interconexion"), at=carrier.at
            )

    def test_confirms_nothing_that_can_not_be_calculated(self, carrier):
        bills.billed(carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="pagos@andesnet.example")
        bills.opened(carrier)
        PriceVersion.objects.filter(service__circuit_code="TIP-0142").delete()
        ids = list(Month.objects.values_list("pk", flat=True))
        done = months.confirm_side(
            month_ids=ids, manager=False, actor=carrier.actor("interconexion"), at=carrier.at
        )
        assert done.count == 1
        assert done.left_out[0][0] == "CT-100"
        with pytest.raises(Conflict, match=r"CT-100 no puede confirmarse: TIP-0142 no tiene precio"):
            confirm(carrier, "interconexion")

    def test_of_before_amounts_were_kept_confirms_again(self, gated):
        Month.objects.update(seen_digest="", confirmed_total=None, manager_confirmed_total=None)
        with pytest.raises(Invalid, match="sin guardar el monto"):
            define(gated)


class TestWhatPasses:
    def test_a_small_adjustment_with_its_reason(self, gated):
        add(gated, "-100.00", "ADJUSTMENT")
        assert row(gated).returned == ""
        assert (row(gated).seen, row(gated).this) == (Decimal("28750.00"), Decimal("28650.00"))
        assert define(gated).total == Decimal("28650.00")

    def test_and_its_withdrawal(self, gated):
        made = add(gated, "-100.00", "ADJUSTMENT")
        one_offs.withdraw(one_off_id=made.pk, actor=gated.actor("interconexion"), at=gated.at)
        assert define(gated).total == Decimal("28750.00")

    @pytest.mark.parametrize(
        ("kind", "amount", "total"), [("ADJUSTMENT", "-3000.00", "25750.00"), ("CHARGE", "50.00", "28800.00")]
    )
    def test_what_the_gerente_approved(self, gated, kind, amount, total):
        made = add(gated, amount, kind)
        with pytest.raises(Invalid, match="espera a la Gerencia"):
            define(gated)
        assert Month.objects.get().state == "COORDINATED"
        one_offs.approve(one_off_id=made.pk, actor=gated.actor("gerente"), at=gated.at)
        assert define(gated).total == Decimal(total)


class TestACharge:
    @pytest.mark.parametrize("kind", ["CHARGE", "RECONNECTION", "INTEREST"])
    def test_wants_a_reason_and_above_the_limit_the_gerente(self, carrier, kind):
        bills.opened(carrier)
        with pytest.raises(Invalid) as refusal:
            add(carrier, "50.00", kind, reason=" ")
        assert refusal.value.field == "reason"
        assert not add(carrier, "50.00", kind).needs_approval
        assert add(carrier, "9000.00", kind).needs_approval

    def test_of_the_clock_waits_for_the_gerente_once_a_side_confirmed(self, gated):
        made = one_offs.add(
            month_id=Month.objects.get().pk, kind="INTEREST", text="mora de octubre", amount=Decimal("12.00"),
            actor=bills.JOB, at=gated.at,
        )  # fmt: skip
        assert made.needs_approval
        assert any("Decidir interés por mora" in each for each in gated.tray("MANAGER"))


class TestTheUnusual:
    def test_prices_agreed_by_the_rules_move_it_as_well(self, gated):
        contracts.agree_price(
            contract_id=gated.contract, service_id=gated.service("TIP-0142"), effective_date=dt.date(2026, 11, 16),
            model="per_mbps", price={"unit_price": "23.00"}, actor=gated.actor("admin"), at=gated.at,
        )  # fmt: skip
        refused(gated, "28.750,00", "31.625,00")


class TestAnOldRefusal:
    @pytest.mark.parametrize(("kind", "said"), [("DEFINE", ""), ("DISPATCH", "sin contacto")])
    def test_is_told_only_of_the_step_that_the_month_waits_for(self, carrier, kind, said):
        bills.invoiced(carrier)
        run = Run.objects.create(
            kind=kind, month=dt.date(2026, 11, 1), started_by_id=carrier.actor("facturacion").person,
            started_at=carrier.at, beat_at=carrier.at, ended_at=carrier.at,
        )  # fmt: skip
        RunRow.objects.create(run=run, month=Month.objects.get(), reason="sin contacto")
        assert row(carrier).problem == said
