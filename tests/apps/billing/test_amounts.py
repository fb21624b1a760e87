"""B.3: amounts with their sheets, exact and each once; what is broken is left out by name."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import ClassVar

import pytest
from django.db import DatabaseError, connection, transaction

from mayorista.apps.billing.models import Amount, AmountLine, CreditProposal, Month, OneOff, Run, RunRow
from mayorista.apps.billing.operations import amounts, credits, months, one_offs, rates, runs  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.contracts.models import PriceVersion, Service
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.rating import groups, reading, writing
from tests import billing_world as bills
from tests.stories import agreements as deal

DECEMBER = periods.parse_month("2026-12")


def texts() -> list[str]:
    return list(AmountLine.objects.order_by("amount_id", "position").values_list("text", flat=True))


class TestASheet:
    def test_says_each_line_so_that_it_can_be_redone(self, carrier):
        change = deal.ask(carrier, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        deal.approve(carrier, change)
        carrier.move_to(16)
        deal.carry_out(carrier, change)
        deal.speed.accept(
            change_id=change.pk, how="acta", actor=carrier.actor("interconexion"), at=carrier.at
        )
        bills.defined(carrier)
        assert texts() == [
            "TIP-0141: 2.000 Mbps × Bs 11,50 × 15/30 días = Bs 11.500,00 · del 1 al 15 de noviembre · contrato CT-100 cl. 4.2",
            (
                "TIP-0141: 3.000 Mbps × Bs 11,50 × 15/30 días = Bs 17.250,00 · del 16 al 30 de noviembre · contrato CT-100 cl. 4.2"
                " · velocidad según SCV-2026-000001"
            ),
            "TIP-0142: 500 Mbps × Bs 11,50 × 30/30 días = Bs 5.750,00 · del 1 al 30 de noviembre · contrato CT-100 cl. 4.2",
        ]
        assert Amount.objects.get().total == Decimal("34500.00")

    def test_is_redone_from_itself_to_the_cent(self, carrier):
        bills.defined(carrier)
        sheet = Amount.objects.get().sheet
        again = reading.read(sheet["asked"])
        assert isinstance(again, groups.Group)
        assert writing.answer(groups.rate(again).answer) == sheet["answer"]

    def test_lines_sum_to_the_total(self, carrier):
        bills.defined(carrier)
        assert sum(AmountLine.objects.values_list("value", flat=True)) == Amount.objects.get().total

    @pytest.mark.parametrize("table", ["billing_amount", "billing_amountline"])
    def test_is_append_only(self, carrier, table):
        bills.defined(carrier)
        for verb in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(verb)


class TestWhatIsLearntLater:
    def test_is_one_adjustment_in_the_next_amount(self, carrier):
        bills.defined(carrier)
        # A change in force since 16 November, known only in December, after November's amount.
        change = deal.ask(
            carrier, "TIP-0141", 3_000_000, dt.date(2026, 11, 16), requested_date=dt.date(2026, 11, 10)
        )
        deal.approve(carrier, change)
        deal.carry_out(carrier, change, dt.datetime(2026, 11, 16, 14, tzinfo=dt.UTC))
        deal.speed.accept(
            change_id=change.pk, how="acta", actor=carrier.actor("interconexion"), at=carrier.at
        )
        bills.run(carrier, "SEND", "interconexion")
        bills.defined(carrier, DECEMBER)
        newest = Amount.objects.latest("pk")
        line = AmountLine.objects.get(amount=newest, kind="debit_adjustment")
        assert (line.value, line.for_month) == (Decimal("5750.00"), dt.date(2026, 11, 1))
        assert "noviembre de 2026: corresponde Bs 28.750,00 menos facturado Bs 23.000,00" in line.text
        assert line.cause_dossier.number == "SCV-2026-000001"
        # And once: January finds nothing more to correct.
        bills.run(carrier, "SEND", "interconexion", DECEMBER)
        bills.defined(carrier, periods.parse_month("2027-01"))
        assert not AmountLine.objects.filter(
            amount=Amount.objects.latest("pk"), kind__endswith="adjustment"
        ).exists()

    def test_nothing_learnt_makes_no_line(self, carrier):
        bills.sent(carrier)
        bills.defined(carrier, DECEMBER)
        assert AmountLine.objects.filter(amount=Amount.objects.latest("pk")).count() == 2


class TestCredits:
    def propose(self, world, amount="13.58"):
        return credits.propose(
            service_id=Service.objects.get(circuit_code="TIP-0141").pk,
            month=periods.parse_month("2026-10"),
            currency="BOB",
            base=Decimal("23000.00"),
            amount=Decimal(amount),
            outage_seconds=1020,
            computation={"how": "17 min", "amount": amount},
            case_numbers=["DANO-2026-000001"],
            actor=bills.JOB,
            at=world.at,
        )

    def test_are_carried_once_the_gerente_approves(self, carrier):
        made = self.propose(carrier)
        with pytest.raises(NotAllowed):
            credits.decide(
                credit_ids=[made.pk], approve=True, actor=carrier.actor("interconexion"), at=carrier.at
            )
        credits.decide(credit_ids=[made.pk], approve=True, actor=carrier.actor("gerente"), at=carrier.at)
        bills.defined(carrier)
        amount = Amount.objects.get()
        assert amount.total == Decimal("28736.42")
        assert bills.redone(amount)
        # Who redoes the sheet by hand finds the numbers of the credit, not only that it was approved.
        [line] = AmountLine.objects.filter(amount=amount, kind="sla_credit")
        assert "23.000,00 × (17 min)" in line.text
        made.refresh_from_db()
        assert (made.carried_by_id, made.carried_how) == (amount.pk, "DISCOUNT")
        bills.run(carrier, "SEND", "interconexion")
        bills.defined(carrier, DECEMBER)
        assert Amount.objects.latest("pk").total == Decimal("28750.00")

    def test_without_approval_change_nothing(self, carrier):
        self.propose(carrier)
        bills.defined(carrier)
        assert Amount.objects.get().total == Decimal("28750.00")

    def test_are_computed_again_until_decided_then_the_difference_is_proposed(self, carrier):
        made = self.propose(carrier)
        assert self.propose(carrier, "20.00").pk == made.pk
        credits.decide(credit_ids=[made.pk], approve=True, actor=carrier.actor("gerente"), at=carrier.at)
        assert self.propose(carrier, "20.00") is None
        difference = self.propose(carrier, "25.00")
        assert (difference.amount, difference.sequence) == (Decimal("5.00"), 2)

    def test_above_the_month_are_carried_on_never_negative(self, carrier):
        made = self.propose(carrier, "30000.00")
        credits.decide(credit_ids=[made.pk], approve=True, actor=carrier.actor("gerente"), at=carrier.at)
        row = bills.defined(carrier)[0]
        amount = Amount.objects.get()
        assert (row.state, amount.total, amount.credit_carried) == ("NOTHING", Decimal(0), Decimal("1250.00"))
        bills.defined(carrier, DECEMBER)
        newest = Amount.objects.latest("pk")
        assert (newest.credit_applied, newest.total) == (Decimal("1250.00"), Decimal("27500.00"))

    def test_rejected_need_a_reason_and_are_not_decided_twice(self, carrier):
        made = self.propose(carrier)
        with pytest.raises(Invalid):
            credits.decide(credit_ids=[made.pk], approve=False, actor=carrier.actor("gerente"), at=carrier.at)
        credits.decide(
            credit_ids=[made.pk],
            approve=False,
            reason="fuerza mayor",
            actor=carrier.actor("gerente"),
            at=carrier.at,
        )
        with pytest.raises(Conflict):
            credits.decide(credit_ids=[made.pk], approve=True, actor=carrier.actor("gerente"), at=carrier.at)


class TestExchange:
    @pytest.fixture
    def dollars(self, world):
        world.move_to(3)
        world.contract = bills.billed(
            world, "ANDESNET LTDA.", "TIP-0032", contract="CT-USD", currency="USD", invoice_currency="BOB",
            rate_source="BCB", rate_day="PERIOD_END",
        )  # fmt: skip
        return world

    def test_a_day_without_rate_is_refused_by_name(self, dollars):
        row = bills.opened(dollars)[0]
        bills.after(dollars)
        missing = r"Falta el tipo de cambio de USD del 30/11/2026 \(BCB\)"
        with pytest.raises(Conflict, match=missing):
            months.confirm(month_ids=[row.pk], actor=dollars.actor("interconexion"), at=dollars.at)
        Month.objects.update(state="COORDINATED")
        with pytest.raises(Invalid, match=missing):
            amounts.define_amount(month_id=row.pk, actor=dollars.actor("interconexion"), at=dollars.at)
        assert not Amount.objects.exists()

    def test_converts_each_line_and_says_the_rate(self, dollars):
        dollars.move_to(30)
        rates.record(
            currency="USD", on=dt.date(2026, 11, 30), source="bcb", rate=Decimal("9.973"),
            actor=dollars.actor("facturacion"), at=dollars.at,
        )  # fmt: skip
        row = bills.defined(dollars)[0]
        amount = Amount.objects.get()
        assert (amount.currency, amount.total) == ("BOB", Decimal("229379.00"))
        assert (row.fx_rate, row.fx_source) == (Decimal("9.973"), "BCB 30/11/2026")
        line = AmountLine.objects.get()
        assert (line.value, line.contract_value) == (Decimal("229379.00"), Decimal("23000.00"))
        assert "USD 23.000,00" in line.text
        assert "× 9,973 = Bs 229.379,00" in line.text

    def test_a_rate_is_not_changed(self, dollars):
        said = {
            "currency": "USD",
            "on": dt.date(2026, 11, 2),
            "source": "BCB",
            "actor": dollars.actor("facturacion"),
        }
        rates.record(rate=Decimal("9.97"), at=dollars.at, **said)
        rates.record(rate=Decimal("9.97"), at=dollars.at, **said)
        with pytest.raises(Conflict, match="9,97"):
            rates.record(rate=Decimal("9.98"), at=dollars.at, **said)
        with pytest.raises(Invalid):
            rates.record(rate=Decimal(-1), at=dollars.at, **{**said, "source": "X"})
        with pytest.raises(NotAllowed):
            rates.record(rate=Decimal("9.98"), at=dollars.at, **{**said, "actor": dollars.actor("noc")})


class TestAdjustments:
    def add(self, world, amount, **more):
        row = bills.opened(world)[0] if not Month.objects.exists() else Month.objects.get()
        said = {"kind": "ADJUSTMENT", "text": "cortesía", "reason": "acuerdo", **more}
        return one_offs.add(
            month_id=row.pk, amount=Decimal(amount), actor=world.actor("interconexion"), at=world.at, **said
        )

    def test_small_ones_count_and_are_told(self, carrier):
        self.add(carrier, "-100.00")
        bills.defined(carrier)
        assert Amount.objects.get().total == Decimal("28650.00")
        assert "cortesía = −Bs 100,00" in texts()[-1]

    def test_large_ones_hold_the_amount_until_the_gerente_approves(self, carrier):
        made = self.add(carrier, "-3000.00")
        assert made.needs_approval
        row = Month.objects.get()
        with pytest.raises(Conflict, match="espera a la Gerencia"):
            bills.coordinated(carrier)
        with pytest.raises(NotAllowed):
            one_offs.approve(one_off_id=made.pk, actor=carrier.actor("interconexion"), at=carrier.at)
        one_offs.approve(one_off_id=made.pk, actor=carrier.actor("gerente"), at=carrier.at)
        bills.coordinated(carrier)
        bills.after(carrier)
        amount = amounts.define_amount(month_id=row.pk, actor=carrier.actor("interconexion"), at=carrier.at)
        assert amount.total == Decimal("25750.00")

    def test_many_small_ones_are_a_large_one(self, carrier):
        found = [self.add(carrier, "-1000.00").needs_approval for _ in range(4)]
        assert found == [False, False, True, True]

    @pytest.mark.parametrize("wrong", [{"reason": " "}, {"text": ""}, {"kind": "CHARGE"}])
    def test_refuse_what_says_too_little(self, carrier, wrong):
        with pytest.raises(Invalid):
            self.add(carrier, "-10.00", **wrong)

    def test_withdrawn_ones_do_not_bill(self, carrier):
        made = self.add(carrier, "500.00")
        one_offs.withdraw(one_off_id=made.pk, actor=carrier.actor("interconexion"), at=carrier.at)
        bills.defined(carrier)
        assert Amount.objects.get().total == Decimal("28750.00")
        assert OneOff.objects.count() == 1


class TestAWholeMonth:
    def test_leaves_out_what_is_broken_with_its_reason(self, carrier):
        for number in range(12):
            bills.billed(
                carrier,
                f"RED {number:02d} S.R.L.",
                f"RED-{number:02d}",
                contract=f"CT-R{number:02d}",
                mail="",
            )
        bills.coordinated(carrier)
        # Broken after both sides confirmed: before, they could not have.
        for number in range(3):
            PriceVersion.objects.filter(contract__number=f"CT-R{number:02d}").delete()
        # Two more are broken otherwise: tiers that end below the speed.
        for number in range(3, 5):
            PriceVersion.objects.filter(contract__number=f"CT-R{number:02d}").update(
                price_model="volume", terms={"tiers": [{"up_to": "100", "unit_price": "12"}]}
            )
        bills.after(carrier)
        done = bills.run(carrier, "DEFINE", "interconexion")
        assert (done.total, done.done, done.refused) == (13, 8, 5)
        reasons = dict(RunRow.objects.values_list("month__group__code", "reason"))
        assert set(reasons) == {f"CT-R{number:02d}" for number in range(5)}
        assert "RED-00 no tiene precio" in reasons["CT-R00"]
        assert "tramos terminan en 100 Mbps" in reasons["CT-R03"]
        assert Amount.objects.count() == 8

    def test_defined_twice_defines_once(self, carrier):
        bills.defined(carrier)
        with pytest.raises(Conflict, match="listo"):
            runs.start(
                kind="DEFINE", month=bills.NOVEMBER, actor=carrier.actor("interconexion"), at=carrier.at
            )
        assert Amount.objects.count() == 1

    def test_is_undone_before_its_packet_leaves(self, carrier):
        bills.coordinated(carrier)
        bills.after(carrier)
        done = bills.run(carrier, "DEFINE", "interconexion")
        assert runs.undo(run_id=done.pk, actor=carrier.actor("interconexion"), at=carrier.at) == 1
        assert Month.objects.get().state == "COORDINATED"
        bills.run(carrier, "DEFINE", "interconexion")
        assert list(Amount.objects.order_by("pk").values_list("sequence", flat=True)) == [1, 2]
        bills.run(carrier, "SEND", "interconexion")
        with pytest.raises(Conflict):
            months.reopen(
                month_ids=[Month.objects.get().pk], actor=carrier.actor("interconexion"), at=carrier.at
            )

    def test_killed_goes_on_where_it_stopped(self, carrier, monkeypatch):
        for number in range(5):
            bills.billed(carrier, f"RED {number} S.R.L.", f"RED-{number}", contract=f"CT-R{number}", mail="")
        bills.coordinated(carrier)
        bills.after(carrier)
        monkeypatch.setitem(runs._PORTION, Run.Kind.DEFINE, 2)
        pk = runs.start(
            kind="DEFINE", month=bills.NOVEMBER, actor=carrier.actor("interconexion"), at=carrier.at
        )
        runs.advance(run_id=pk, at=carrier.at)

        def dies(*_args, **_more):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):  # noqa: PT012 -- undone inside
            patch.setattr(amounts, "_close", dies)
            runs.advance(run_id=pk, at=carrier.at)
        assert Amount.objects.count() == 2
        carrier.pass_minutes(2)
        assert runs.stale(at=carrier.at) == [pk]
        while runs.advance(run_id=pk, at=carrier.at):
            pass
        assert Amount.objects.count() == 6
        assert Run.objects.get().done == 6

    @pytest.mark.parametrize("who", ["gerente", "facturacion", "ventas", "noc"])
    def test_is_interconexion_s(self, carrier, who):
        bills.coordinated(carrier)
        with pytest.raises(NotAllowed):
            runs.start(kind="DEFINE", month=bills.NOVEMBER, actor=carrier.actor(who), at=carrier.at)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_define_each_amount_once(self, carrier):
        for number in range(20):
            bills.billed(
                carrier,
                f"RED {number:02d} S.R.L.",
                f"RED-{number:02d}",
                contract=f"CT-R{number:02d}",
                mail="",
            )
        carrier.person("otra", *carrier.actor("interconexion").roles)
        bills.coordinated(carrier)
        bills.after(carrier)
        actors = [carrier.actor("interconexion"), carrier.actor("otra")]
        ids = [
            runs.start(kind="DEFINE", month=bills.NOVEMBER, actor=actor, at=carrier.at) for actor in actors
        ]
        troubles: list[BaseException] = []
        gate = threading.Barrier(4)

        def work(run_id: int) -> None:
            try:
                gate.wait(10)
                while runs.advance(run_id=run_id, at=carrier.at):
                    pass
            except BaseException as trouble:  # noqa: BLE001 - told below
                troubles.append(trouble)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(pk,)) for pk in ids * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not troubles
        assert Amount.objects.count() == 21
        assert set(Month.objects.values_list("state", flat=True)) == {"DEFINED"}
        assert CreditProposal.objects.count() == 0


class TestPools:
    """R19 by clause: one commitment for several circuits, their traffic added stamp by stamp."""

    BURST: ClassVar = {"commit_price": "10", "burst_price": "20"}

    def burst(self, world, code="TIP-0141", **more):
        from mayorista.apps.contracts import operations as contracts

        return contracts.agree_price(
            contract_id=world.contract,
            service_id=world.service(code),
            effective_date=dt.date(2026, 11, 1),
            model="committed_burst",
            price={**self.BURST, **more},
            actor=world.actor("admin"),
            at=world.at,
        )

    def samples(self, code: str, mbps: int) -> None:
        from mayorista.apps.contracts.models import TrafficDay
        from mayorista.rules import percentile

        day = percentile.pack([(mbps * 10**6, 0)] * 288)
        TrafficDay.objects.bulk_create(
            TrafficDay(
                service=Service.objects.get(circuit_code=code),
                port="Te0/0/0/3",
                on=dt.date(2026, 11, number),
                samples=day,
                present=288,
                source="prueba",
                received_at=dt.datetime(2026, 12, 1, tzinfo=dt.UTC),
            )
            for number in range(1, 31)
        )

    def test_add_the_traffic_of_the_circuits_named(self, carrier):
        self.burst(carrier, pool=["TIP-0142"])
        self.samples("TIP-0141", 1_900)
        self.samples("TIP-0142", 400)
        bills.defined(carrier)
        # 2,000 Mbps at 10, the 300 above at 20, and the other circuit's 500 Mbps at 11.50 as before.
        assert Amount.objects.get().total == Decimal("31750.00")
        lines = list(AmountLine.objects.values_list("kind", "value"))
        assert ("burst", Decimal("6000.00")) in lines
        assert bills.redone(Amount.objects.get())

    def test_without_the_clause_each_stands_alone(self, carrier):
        self.burst(carrier)
        self.samples("TIP-0141", 1_900)
        self.samples("TIP-0142", 400)
        bills.defined(carrier)
        assert Amount.objects.get().total == Decimal("25750.00")

    def test_a_member_without_samples_leaves_the_commitment_alone_with_a_flag(self, carrier):
        self.burst(carrier, pool=["TIP-0142"])
        self.samples("TIP-0141", 2_300)
        bills.defined(carrier)
        assert Amount.objects.get().total == Decimal("25750.00")
        assert bills.redone(Amount.objects.get())

    @pytest.mark.parametrize("pool", [["TIP-0141"], ["NADA-1"]])
    def test_name_other_circuits_of_the_contract(self, carrier, pool):
        with pytest.raises(Invalid) as refused:
            self.burst(carrier, pool=pool)
        assert refused.value.errors[0].field == "pool"

    def test_bill_no_traffic_twice(self, carrier):
        self.burst(carrier, pool=["TIP-0142"])
        with pytest.raises(Invalid, match="ya se suma"):
            self.burst(carrier, "TIP-0142")

    def test_are_estimated_by_the_percentile_of_the_sum(self, carrier):
        from mayorista.apps.billing.queries import estimates

        found = estimates.estimate(
            month="2026-11",
            currency="BOB",
            model="committed_burst",
            mbps=Decimal(2000),
            unit_price=Decimal(10),
            burst_price=Decimal(20),
            p95_mbps=Decimal(2300),
            at=carrier.at,
        )
        assert found.total == Decimal("26000.00")
