"""An invoicing group: several circuits, one amount."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mayorista.rules.errors import Invalid
from mayorista.rules.rating import reading, writing
from tests.rules.money import random_cases
from tests.rules.money.cases import TIERS, answer, case, change
from tests.rules.money.test_rules import LATE, MAY, PRIOR


def group(*services: dict, **more) -> dict:
    billing = services[0]["billing"] | more.pop("billing", {})
    bare = [
        {name: value for name, value in each.items() if name not in {"billing", "tax"}} for each in services
    ]
    return {"services": bare, "billing": billing} | more


def circuit(name: str, *changes: dict, **more) -> dict:
    return case(*changes, **more) | {"circuit": name}


class TestGroup:
    def test_every_line_names_its_circuit_in_blocks(self):
        asked = group(
            circuit("TIP-0142", mbps="100", one_offs=[{"text": "x", "amount": "5"}]),
            circuit("TIP-0141", change("b", "2026-04-16", "700"), one_offs=[{"text": "y", "amount": "6"}]),
            one_offs=[{"text": "z", "amount": "7"}],
        )
        found = [(line.get("circuit"), line["kind"], line["amount"]) for line in answer(asked)["lines"]]
        assert found == [
            ("TIP-0141", "service", "2000.00"),
            ("TIP-0141", "service", "2800.00"),
            ("TIP-0142", "service", "800.00"),
            ("TIP-0141", "one_off", "6.00"),
            ("TIP-0142", "one_off", "5.00"),
            (None, "one_off", "7.00"),
        ]

    def test_the_credit_is_applied_once_and_one_circuit_may_be_negative(self):
        negative = circuit("B", one_offs=[{"text": "nota", "amount": "-4500"}])
        found = answer(group(circuit("A"), negative, billing={"opening_credit": "1000"}))
        assert (found["lines_total"], found["total"], found["credit_applied"]) == (
            "3500.00",
            "2500.00",
            "1000.00",
        )

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def test_is_the_sum_of_its_services(self, chance):
        first = random_cases.make(chance, simple=True)
        second = random_cases.make(chance, simple=True) | {"billing": first["billing"]}
        together = answer(group(first | {"circuit": "A"}, second | {"circuit": "B"}))
        alone = [writing.answered(reading.read(each)) for each in (first, second)]
        assert Fraction(together["lines_total"]) == sum(Fraction(each["lines_total"]) for each in alone)
        assert answer(group(second | {"circuit": "B"}, first | {"circuit": "A"})) == together

    def test_its_services_share_the_tiers(self):
        price = {"effective": "2025-01-01", "model": "graduated", "tiers": TIERS, "tier_scope": "contract"}
        found = answer(group(circuit("A", mbps="900", price=price), circuit("B", mbps="600", price=price)))
        assert (found["lines_total"], len(found["lines"])) == ("12750.00", 2)

    def test_one_minimum_completes_all_and_is_computed_again(self):
        asked = group(circuit("A"), circuit("B", mbps="100"), minimum_invoice="6000")
        assert answer(asked)["lines"][-1]["amount"] == "1200.00"
        later = group(
            circuit("A", change("b", "2026-04-16", "600", LATE), billing=MAY, prior_invoices=[PRIOR]),
            circuit("B", mbps="100", billing=MAY, prior_invoices=[PRIOR]),
            minimum_invoice="6000",
            prior_invoices=[PRIOR],
        )
        found = [(line.get("circuit"), line["kind"], line["amount"]) for line in answer(later)["lines"]]
        assert found == [
            ("A", "service", "4800.00"),
            ("B", "service", "800.00"),
            (None, "minimum_complement", "400.00"),
            ("A", "debit_adjustment", "400.00"),
            (None, "credit_adjustment", "-400.00"),
        ]

    @pytest.mark.parametrize(
        ("services", "field"),
        [
            ([circuit("A"), circuit("A")], "services[1].circuit"),
            ([circuit("A"), case()], "services[1].circuit"),
            ([circuit("A"), circuit("B", contract={"currency": "BOB"})], "services[1].contract.currency"),
        ],
    )
    def test_refuses_and_names(self, services, field):
        with pytest.raises(Invalid) as found:
            answer(group(*services))
        assert found.value.field == field

    def test_names_the_circuit_whose_price_is_missing(self):
        late = {"effective": "2026-04-20", "model": "flat", "monthly_fee": "1"}
        with pytest.raises(Invalid) as found:
            answer(group(circuit("A"), circuit("TIP-9", price=late)))
        assert found.value.field == "services[TIP-9].contract.prices"

    def test_the_tax_is_of_the_whole(self):
        found = answer(group(circuit("A"), circuit("B"), tax={"model": "included", "rate": "0.13"}))
        assert Decimal(found["tax_included"]) == Decimal("1040.00")
