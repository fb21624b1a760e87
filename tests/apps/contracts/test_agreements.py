"""Clauses, prices, links and the bandwidth line: what contradicts itself is refused, in the database too."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts import queries
from mayorista.apps.contracts.models import (
    BandwidthPeriod,
    Contract,
    PriceVersion,
    Service,
    ServiceHolding,
    SpeedChange,
    Terms,
)
from mayorista.apps.contracts.operations import speed
from mayorista.apps.procedure.models import JournalEntry
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.rating import Billing, Case, rate
from tests.stories import agreements as deal
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

NOVEMBER = periods.parse_month("2026-11")


@pytest.fixture
def carrier(world):  # noqa: F811
    deal.people(world)
    world.move_to(3)
    world.customer = world.isp("VALLE FIBRA S.R.L.", "TIP-0141", "TIP-0142")
    world.contract = deal.contract(world, world.customer)
    return world


def agree(world, **said):  # noqa: F811
    return contracts.agree_price(
        **{
            "contract_id": world.contract,
            "service_id": world.service("TIP-0141"),
            "effective_date": dt.date(2026, 1, 1),
            "model": "per_mbps",
            "price": {"unit_price": "11.50"},
            "actor": world.actor("admin"),
            "at": world.at,
            **said,
        }
    )


class TestTerms:
    def test_of_an_addendum_end_the_former_where_they_begin(self, carrier):
        contracts.agree_terms(
            contract_id=carrier.contract,
            starts_date=dt.date(2026, 7, 1),
            payment_days=15,
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        contracts.agree_terms(
            contract_id=carrier.contract,
            starts_date=dt.date(2026, 4, 1),
            payment_days=20,
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        assert list(
            Terms.objects.order_by("starts_date").values_list("starts_date", "ends_date", "payment_days")
        ) == [
            (dt.date(2026, 1, 1), dt.date(2026, 4, 1), None),
            (dt.date(2026, 4, 1), dt.date(2026, 7, 1), 20),
            (dt.date(2026, 7, 1), None, 15),
        ]

    def test_keep_what_is_not_named(self, carrier):
        for day, more in (
            (dt.date(2026, 2, 1), {"min_kbps": 500_000}),
            (dt.date(2026, 3, 1), {"payment_days": 15}),
        ):
            contracts.agree_terms(
                contract_id=carrier.contract,
                starts_date=day,
                actor=carrier.actor("admin"),
                at=carrier.at,
                **more,
            )
        row = Terms.objects.get(starts_date=dt.date(2026, 3, 1))
        assert (row.min_kbps, row.payment_days) == (500_000, 15)

    def test_correct_the_row_of_the_same_day_and_say_so(self, carrier):
        same = {
            "contract_id": carrier.contract, "starts_date": dt.date(2026, 1, 1), "payment_days": 15,
            "actor": carrier.actor("admin"), "at": carrier.at,
        }  # fmt: skip
        with pytest.raises(
            Invalid, match=r"Ya hay condiciones desde ese día.*días para pagar: 15"
        ) as refusal:
            contracts.agree_terms(**same)
        assert refusal.value.field == "starts_date"
        assert Terms.objects.get().payment_days is None
        contracts.agree_terms(**same, correction="error de transcripción")
        assert Terms.objects.get().payment_days == 15
        dossier_id = Contract.objects.get().dossier_id
        told = carrier.journal(dossier_id)[-1]
        assert "Condiciones desde el 01/01/2026. días para pagar: 15" in told
        assert "Corrige las del mismo día: error de transcripción." in told
        entry = JournalEntry.objects.filter(dossier_id=dossier_id, payload__has_key="former").get()
        assert (entry.payload["former"]["payment_days"], entry.payload["former"]["tax_rate"]) == (
            None,
            "0.1300",
        )

    def test_said_again_for_the_same_day_need_no_reason_when_nothing_changes(self, carrier):
        contracts.agree_terms(
            contract_id=carrier.contract, starts_date=dt.date(2026, 1, 1), actor=carrier.actor("admin"), at=carrier.at
        )  # fmt: skip
        assert Terms.objects.count() == 1

    @pytest.mark.parametrize(
        ("clauses", "fields"),
        [
            ({"currency": "EUR"}, {"currency", "rate_source"}),
            ({"invoice_currency": "USD"}, {"rate_source"}),
            ({"invoice_currency": "USD", "rate_day": "FIXED"}, {"fixed_rate"}),
            ({"tax_rate": Decimal("1.5")}, {"tax_rate"}),
            ({"minimum_invoice": Decimal(-1)}, {"minimum_invoice"}),
            ({"min_kbps": 0}, {"min_kbps"}),
            ({"payment_days": 99999}, {"payment_days"}),
            ({"changes_per_month": 0}, {"changes_per_month"}),
            ({"renewal_notice_days": 30}, {"renewal_notice_days"}),
            (
                {"sla_credit": {"model": "percent_bands", "bands": [{"below": "101", "credit_pct": "x"}]}},
                {"sla_credit.bands[0].credit_pct"},
            ),
            ({"sla_credit": {"model": "magia"}}, {"sla_credit.model"}),
        ],
    )
    def test_that_contradict_are_named(self, carrier, clauses, fields):
        with pytest.raises(Invalid) as wrong:
            contracts.agree_terms(
                contract_id=carrier.contract,
                starts_date=dt.date(2026, 2, 1),
                actor=carrier.actor("admin"),
                at=carrier.at,
                **clauses,
            )
        assert {each.field for each in wrong.value.errors} == fields
        assert Terms.objects.count() == 1

    @pytest.mark.parametrize("day", [None, dt.date(2025, 12, 31), dt.date(2028, 1, 1)])
    def test_hold_within_the_contract(self, carrier, day):
        with pytest.raises(Invalid) as wrong:
            contracts.agree_terms(
                contract_id=carrier.contract, starts_date=day, actor=carrier.actor("admin"), at=carrier.at
            )
        assert wrong.value.field == "starts_date"

    def test_are_agreed_by_interconexion(self, carrier):
        for who in ("ventas", "noc", "gerente"):
            with pytest.raises(NotAllowed):
                contracts.agree_terms(
                    contract_id=carrier.contract,
                    starts_date=dt.date(2026, 2, 1),
                    actor=carrier.actor(who),
                    at=carrier.at,
                )


class TestPrices:
    @pytest.mark.parametrize(
        ("model", "price"),
        [
            ("flat", {"monthly_fee": "9000.00"}),
            ("per_mbps", {"unit_price": "11.5"}),
            (
                "volume",
                {"tiers": [{"up_to": "1000", "unit_price": "12"}, {"up_to": None, "unit_price": "10.5"}]},
            ),
            (
                "graduated",
                {
                    "tiers": [
                        {"up_to": 1000, "unit_price": Decimal(12)},
                        {"up_to": None, "unit_price": "10.5"},
                    ]
                },
            ),
            ("committed_burst", {"commit_price": "11", "burst_price": "13", "burst_rounding": "ceil_mbps"}),
        ],
    )
    def test_of_the_five_models_are_rated(self, carrier, model, price):
        deal.hold(carrier, carrier.contract, "TIP-0141", model=model, price=price)
        (own,) = queries.rating_services([carrier.contract], month=NOVEMBER, as_of=carrier.at)[
            carrier.contract
        ].services
        assert rate(Case(own.service, Billing(NOVEMBER, carrier.at, "BOB"))).total > 0

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"price": {"unit_price": "-1"}}, "unit_price"),
            ({"price": {"unit_price": "once"}}, "unit_price"),
            ({"price": {}}, "unit_price"),
            ({"price": {"unit_price": "1", "monthly_fee": "2"}}, "monthly_fee"),
            ({"model": "gratis"}, "model"),
            ({"effective_date": None}, "effective_date"),
            ({"effective_date": dt.date(2025, 12, 31)}, "effective_date"),
            (
                {
                    "model": "volume",
                    "price": {
                        "tiers": [{"up_to": "500", "unit_price": "1"}, {"up_to": "400", "unit_price": "1"}]
                    },
                },
                "tiers[1].up_to",
            ),
            (
                {
                    "model": "volume",
                    "price": {
                        "tiers": [{"up_to": None, "unit_price": "1"}, {"up_to": "4", "unit_price": "1"}]
                    },
                },
                "tiers[0].up_to",
            ),
            (
                {"model": "graduated", "price": {"tiers": [{"up_to": "1000", "unit_price": "12"}]}},
                "tiers[0].up_to",
            ),
            (
                {
                    "model": "committed_burst",
                    "price": {"commit_price": "1", "burst_price": "1", "burst_rounding": "x"},
                },
                "burst_rounding",
            ),
        ],
    )
    def test_that_contradict_are_refused_with_the_line(self, carrier, said, field):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        with pytest.raises(Invalid) as wrong:
            agree(carrier, **said)
        assert [each.field for each in wrong.value.errors] == [field]
        assert PriceVersion.objects.count() == 1

    def test_begin_with_the_circuit(self, carrier):
        contracts.hold_service(
            contract_id=carrier.contract,
            service_id=carrier.service("TIP-0141"),
            starts_date=dt.date(2026, 2, 1),
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        with pytest.raises(Invalid, match="este primer precio rige recién"):
            agree(carrier, effective_date=dt.date(2026, 3, 1))

    def test_of_a_circuit_elsewhere_are_refused(self, carrier):
        with pytest.raises(Invalid) as wrong:
            agree(carrier)
        assert wrong.value.field == "service_id"

    def test_agreed_late_are_unknown_before(self, carrier):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        then = carrier.at
        carrier.move_to(20)
        agree(carrier, effective_date=dt.date(2026, 11, 1), price={"unit_price": "10.00"})
        found = {
            as_of: rate(Case(own.service, Billing(NOVEMBER, as_of, "BOB"))).total
            for as_of in (then, carrier.at)
            for own in queries.rating_services([carrier.contract], month=NOVEMBER, as_of=as_of)[
                carrier.contract
            ].services
        }
        assert list(found.values()) == [2_300_000, 2_000_000]

    def test_of_one_day_the_last_agreed_holds(self, carrier):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        carrier.pass_minutes(5)
        with pytest.raises(Invalid, match=r"Ya hay un precio desde ese día: .*11,50") as refusal:
            agree(carrier, price={"unit_price": "10.00"})
        assert refusal.value.field == "effective_date"
        agree(carrier, price={"unit_price": "10.00"}, correction="error de transcripción")
        told = carrier.journal(Contract.objects.get().dossier_id)[-1]
        assert "Corrige el anterior (Bs 11,50 por Mbps): error de transcripción." in told
        assert PriceVersion.objects.count() == 2
        (own,) = queries.rating_services([carrier.contract], month=NOVEMBER, as_of=carrier.at)[
            carrier.contract
        ].services
        assert rate(Case(own.service, Billing(NOVEMBER, carrier.at, "BOB"))).total == 2_000_000


class TestTheLine:
    """The database refuses a hole or an overlap whoever writes."""

    def periods_of(self, *rows) -> None:
        service = Service.objects.get(circuit_code="TIP-0141")
        with transaction.atomic():
            for place, (start, end) in enumerate(rows):
                BandwidthPeriod.objects.create(
                    service=service,
                    starts_date=start,
                    ends_date=end,
                    kbps=1000,
                    first=place == 0,
                    follows_end=start if place else None,
                )
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @transaction.atomic
    def cut_out(self, start: dt.date) -> None:
        BandwidthPeriod.objects.filter(starts_date=start).delete()
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_without_hole_or_overlap_stands(self, carrier):
        self.periods_of((dt.date(2026, 1, 1), dt.date(2026, 2, 1)), (dt.date(2026, 2, 1), None))

    @pytest.mark.parametrize(
        ("second", "constraint"),
        [
            (dt.date(2026, 2, 2), "bandwidth_no_hole"),
            (dt.date(2026, 1, 31), "bandwidth_no_overlap"),
        ],
    )
    def test_with_one_is_refused(self, carrier, second, constraint):
        with pytest.raises(IntegrityError, match=constraint):
            self.periods_of((dt.date(2026, 1, 1), dt.date(2026, 2, 1)), (second, None))

    def test_that_begins_in_the_middle_is_refused(self, carrier):
        service = Service.objects.get(circuit_code="TIP-0141")
        with (
            pytest.raises(IntegrityError, match="bandwidth_only_the_first_follows_none"),
            transaction.atomic(),
        ):
            BandwidthPeriod.objects.create(service=service, starts_date=dt.date(2026, 1, 1), kbps=1)

    def test_loses_no_middle(self, carrier):
        self.periods_of(
            (dt.date(2026, 1, 1), dt.date(2026, 2, 1)),
            (dt.date(2026, 2, 1), dt.date(2026, 3, 1)),
            (dt.date(2026, 3, 1), None),
        )
        with pytest.raises(IntegrityError, match="bandwidth_no_hole"):
            self.cut_out(dt.date(2026, 2, 1))

    def test_ends_with_the_circuit(self, carrier):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        contracts.end_service(
            service_id=carrier.service("TIP-0141"),
            ended_date=dt.date(2026, 11, 20),
            reason="se va",
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        assert deal.line("TIP-0141") == [(dt.date(2026, 1, 1), dt.date(2026, 11, 20), 2000)]
        assert ServiceHolding.objects.get().ends_date == dt.date(2026, 11, 20)
        (own,) = queries.rating_services([carrier.contract], month=NOVEMBER, as_of=carrier.at)[
            carrier.contract
        ].services
        assert rate(Case(own.service, Billing(NOVEMBER, carrier.at, "BOB"))).lines[0].days == 19

    def test_of_a_circuit_with_contract_is_not_edited_by_hand(self, carrier):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        with pytest.raises(Invalid, match="con contrato no se edita") as wrong:
            contracts.save_service(
                service_id=carrier.service("TIP-0141"),
                capacity="5 Gbps",
                actor=carrier.actor("admin"),
                at=carrier.at,
            )
        assert wrong.value.field == "capacity"


class TestATakeOver:
    @pytest.fixture
    def other(self, carrier):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        carrier.buyer = carrier.isp("ANDESNET LTDA.", mobile="70000099")
        carrier.theirs = deal.contract(carrier, carrier.buyer, "CT-200")
        return carrier

    def take(self, world, on: dt.date) -> None:  # noqa: F811
        contracts.take_over(
            service_id=world.service("TIP-0141"),
            contract_id=world.theirs,
            on=on,
            actor=world.actor("admin"),
            at=world.at,
        )

    def test_in_mid_month_bills_each_holder_its_days(self, other):
        other.move_to(16)
        self.take(other, dt.date(2026, 11, 16))
        contracts.agree_price(
            contract_id=other.theirs,
            service_id=other.service("TIP-0141"),
            effective_date=dt.date(2026, 11, 16),
            model="per_mbps",
            price={"unit_price": "12.00"},
            actor=other.actor("admin"),
            at=other.at,
        )
        found = queries.rating_services([other.contract, other.theirs], month=NOVEMBER, as_of=other.at)
        totals = {
            pk: rate(Case(found[pk].services[0].service, Billing(NOVEMBER, other.at, "BOB"))).total
            for pk in found
        }
        assert totals == {other.contract: 1_150_000, other.theirs: 1_200_000}
        service = Service.objects.get(circuit_code="TIP-0141")
        assert (service.customer_id, service.contract_id) == (other.buyer, other.theirs)
        assert service.status == "ACTIVE"
        assert deal.line("TIP-0141") == [(dt.date(2026, 1, 1), None, 2000)]

    def test_to_come_changes_the_customer_on_its_day(self, other):
        self.take(other, dt.date(2026, 11, 16))
        assert Service.objects.get(circuit_code="TIP-0141").customer_id == other.customer
        assert contracts.settle_holders(at=other.at) == 0
        other.move_to(16, hour=0)
        assert contracts.settle_holders(at=other.at) == 1
        assert contracts.settle_holders(at=other.at) == 0
        assert Service.objects.get(circuit_code="TIP-0141").customer_id == other.buyer

    @pytest.mark.parametrize("day", [None, dt.date(2026, 1, 1), dt.date(2028, 1, 1)])
    def test_outside_the_contracts_is_refused(self, other, day):
        with pytest.raises(Invalid) as wrong:
            self.take(other, day)
        assert wrong.value.field == "on"

    def test_to_the_contract_it_is_in_is_refused(self, other):
        with pytest.raises(Invalid, match="ya está en ese contrato"):
            contracts.take_over(
                service_id=other.service("TIP-0141"),
                contract_id=other.contract,
                on=dt.date(2026, 11, 16),
                actor=other.actor("admin"),
                at=other.at,
            )

    def test_is_the_only_way_to_another_contract(self, other):
        second = deal.contract(other, other.customer, "CT-101")
        with pytest.raises(Invalid, match="ya está en otro contrato ese día"):
            contracts.hold_service(
                contract_id=second,
                service_id=other.service("TIP-0141"),
                starts_date=dt.date(2026, 11, 1),
                actor=other.actor("admin"),
                at=other.at,
            )

    def test_of_a_circuit_held_by_none_is_refused(self, other):
        with pytest.raises(Conflict):
            contracts.take_over(
                service_id=other.service("TIP-0142"),
                contract_id=other.theirs,
                on=dt.date(2026, 11, 16),
                actor=other.actor("admin"),
                at=other.at,
            )


class TestRatingServices:
    def test_reads_as_often_for_many_as_for_one(self, carrier, django_assert_num_queries):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        others = []
        for number in range(5):
            carrier.circuit(carrier.customer, f"TIP-05{number}")
            others.append(deal.contract(carrier, carrier.customer, f"CT-5{number}"))
            deal.hold(carrier, others[-1], f"TIP-05{number}")
        for ids in ([carrier.contract], [carrier.contract, *others]):
            with django_assert_num_queries(7):
                found = queries.rating_services(ids, month=NOVEMBER, as_of=carrier.at)
            assert set(found) == set(ids)

    def test_names_what_is_broken_and_gives_the_others(self, carrier):
        deal.hold(carrier, carrier.contract, "TIP-0141")
        bare = contracts.save_contract(
            customer_id=carrier.customer,
            number="CT-7",
            starts_date=dt.date(2026, 1, 1),
            actor=carrier.actor("admin"),
            at=carrier.at,
        ).id
        priceless = deal.contract(carrier, carrier.customer, "CT-8")
        contracts.hold_service(
            contract_id=priceless,
            service_id=carrier.service("TIP-0142"),
            starts_date=dt.date(2026, 1, 1),
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        found = queries.rating_services([carrier.contract, bare, priceless], month=NOVEMBER, as_of=carrier.at)
        assert found[carrier.contract].problem is None
        assert (found[bare].problem.field, found[priceless].problem.field) == ("terms", "TIP-0142.precios")
        PriceVersion.objects.update(terms={"unit_price": "x"})
        broken = queries.rating_services([carrier.contract], month=NOVEMBER, as_of=carrier.at)[
            carrier.contract
        ]
        assert (broken.services, broken.problem.field) == ((), "TIP-0141.precios[01/01/2026].unit_price")

    def test_gives_the_customers_other_groups_as_siblings_where_tiers_ask(self, carrier):
        tiers = {"tiers": [{"up_to": "2000", "unit_price": "12"}, {"up_to": None, "unit_price": "10"}]}
        other = deal.contract(carrier, carrier.customer, "CT-101", tier_scope="customer")
        contracts.agree_terms(
            contract_id=carrier.contract,
            starts_date=dt.date(2026, 1, 1),
            tier_scope="customer",
            correction="error de transcripción",
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        deal.hold(carrier, carrier.contract, "TIP-0141", model="volume", price=tiers)
        deal.hold(carrier, other, "TIP-0142", model="volume", price=tiers)
        found = queries.rating_services([carrier.contract], month=NOVEMBER, as_of=carrier.at)[
            carrier.contract
        ]
        assert [each.circuit for each in found.services[0].service.siblings] == ["TIP-0142"]
        assert rate(Case(found.services[0].service, Billing(NOVEMBER, carrier.at, "BOB"))).total == 2_000_000
        together = queries.rating_services(
            [carrier.contract, other],
            month=NOVEMBER,
            as_of=carrier.at,
            groups={carrier.contract: 1, other: 1},
        )
        assert together[carrier.contract].services[0].service.siblings == ()

    def test_gives_suspensions_and_clauses(self, carrier):
        contracts.agree_terms(
            contract_id=carrier.contract,
            starts_date=dt.date(2026, 1, 1),
            suspension_bills="none",
            payment_days=15,
            reconnection_fee=Decimal("150.00"),
            minimum_invoice=Decimal("1000.00"),
            correction="error de transcripción",
            actor=carrier.actor("admin"),
            at=carrier.at,
        )
        deal.hold(carrier, carrier.contract, "TIP-0141")
        held = contracts.suspend_service(
            service_id=carrier.service("TIP-0141"),
            starts_at=carrier.at,
            reason="mora",
            actor=carrier.actor("interconexion"),
            at=carrier.at,
        )
        carrier.move_to(13)
        contracts.end_suspension(
            suspension_id=held, ends_at=carrier.at, actor=carrier.actor("interconexion"), at=carrier.at
        )
        found = queries.rating_services([carrier.contract], month=NOVEMBER, as_of=carrier.at)[
            carrier.contract
        ]
        answer = rate(Case(found.services[0].service, Billing(NOVEMBER, carrier.at, "BOB")))
        assert [(line.kind, line.days) for line in answer.lines] == [
            ("service", 3),
            ("service", 18),
            ("reconnection_fee", 0),
        ]
        assert (found.clauses.payment_days, found.clauses.minimum_invoice) == (15, Decimal("1000.00"))


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_decide_once(self, world):  # noqa: F811
        deal.people(world)
        world.move_to(3)
        customer = world.isp("VALLE FIBRA S.R.L.", "TIP-0141")
        deal.hold(world, deal.contract(world, customer), "TIP-0141")
        change = deal.ask(world, "TIP-0141", 1_000_000, dt.date(2026, 11, 16))
        actor, results, ready = world.actor("gerente"), [], threading.Barrier(4)

        def decide(approve: bool) -> None:
            ready.wait()
            try:
                speed.decide(
                    change_id=change.pk, approve=approve, reason="a la vez", actor=actor, at=world.at
                )
                results.append("decided")
            except Conflict as refused:
                results.append(refused.message)
            finally:
                connection.close()

        threads = [threading.Thread(target=decide, args=(place % 2 == 0,)) for place in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results)[-1:] == ["decided"]
        assert results.count("decided") == 1
        assert SpeedChange.objects.get().state in {"APPROVED", "REJECTED"}
