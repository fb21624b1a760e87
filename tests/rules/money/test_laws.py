"""Laws of an amount, on cases by chance: equality with the oracle, order, time, splitting."""

from __future__ import annotations

import copy
import datetime as dt
import random
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mayorista.rules.errors import Invalid
from mayorista.rules.rating import invoice, reading, writing
from tests.rules.money import oracle, random_cases

SWEEP = 40
seeds = st.integers(min_value=0, max_value=2**32)
driven = st.randoms(use_true_random=False)
few = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def answered(case: dict) -> dict | None:
    """The answer, or None where the samples given are more than the month has room for."""
    try:
        return writing.answered(reading.read(case))
    except Invalid as error:
        if error.field != "traffic.samples_rle":
            raise
        return None


def differences(case: dict) -> list[str]:
    """What the product and the oracle say differently."""
    found = answered(case)
    if found is None:
        return []
    lines, totals, low = oracle.rate(case)
    mine = [(line["kind"], Fraction(line["amount"])) for line in found["lines"]]
    wrong = [] if mine == lines else [f"lines {mine} != {lines}"]
    wrong += [
        f"{name} {found.get(name)} != {value}"
        for name, value in totals.items()
        if value is not None and Fraction(found[name]) != value
    ]
    return wrong if ("p95_coverage_below_minimum" in found["flags"]) == low else [*wrong, "flags"]


class TestAgainstExactFractions:
    @settings(max_examples=25, deadline=None)
    @given(seeds)
    def test_every_amount_is_the_oracles_in_thousands_of_cases(self, seed):
        chance = random.Random(seed)
        for _ in range(SWEEP):
            case = random_cases.make(chance)
            assert not differences(case), case

    @few
    @given(driven)
    def test_every_amount_is_the_oracles_in_cases_that_shrink(self, chance):
        case = random_cases.make(chance)
        assert not differences(case)

    @pytest.mark.soak
    def test_every_amount_is_the_oracles_in_a_hundred_thousand_cases(self):
        for seed in range(100_000):
            case = random_cases.make(random.Random(seed))
            assert not differences(case), seed


class TestTotals:
    @few
    @given(driven)
    def test_is_never_negative_and_carries_the_rest(self, chance):
        case = random_cases.make(chance)
        found = answered(case)
        assume(found is not None)
        opening = Fraction(case["billing"].get("opening_credit", 0))
        total, carried = Fraction(found["total"]), Fraction(found["credit_carried_forward"])
        assert total >= 0
        assert carried >= 0
        assert total - carried == Fraction(found["lines_total"]) - opening
        assert 0 <= Fraction(found["credit_applied"]) <= opening

    @few
    @given(driven)
    def test_is_the_sum_of_the_lines_as_printed(self, chance):
        found = answered(random_cases.make(chance))
        assume(found is not None)
        shown = [line.get("amount_invoice_currency", line["amount"]) for line in found["lines"]]
        assert Fraction(found["lines_total"]) == sum(map(Fraction, shown), Fraction(0))

    @few
    @given(driven)
    def test_rounds_each_line_by_less_than_a_cent(self, chance):
        found = answered(random_cases.make(chance))
        assume(found is not None)
        for line in found["lines"]:
            off = Fraction(line["amount"]) - Fraction(line["exact"])
            assert abs(off) <= Fraction(1, 200)
            if abs(off) == Fraction(1, 200):
                assert abs(Fraction(line["amount"])) > abs(Fraction(line["exact"]))


class TestOrder:
    @few
    @given(driven, seeds)
    def test_of_the_lists_given_is_of_no_account(self, chance, seed):
        case = random_cases.make(chance)
        first = answered(case)
        assume(first is not None)
        shuffled = copy.deepcopy(case)
        mix = random.Random(seed)
        for each in (
            shuffled["speed_changes"],
            shuffled["contract"]["prices"],
            shuffled.get("suspensions", []),
        ):
            mix.shuffle(each)
        for each in (shuffled.get("siblings", []), shuffled.get("prior_invoices", [])):
            mix.shuffle(each)
        second = answered(shuffled)
        reconnections = [line["amount"] for line in first["lines"] if line["kind"] == "reconnection_fee"]
        assert sorted(reconnections) == sorted(
            line["amount"] for line in second["lines"] if line["kind"] == "reconnection_fee"
        )
        for found in (first, second):
            found["lines"] = [line for line in found["lines"] if line["kind"] != "reconnection_fee"]
        assert first == second


class TestTime:
    @few
    @given(driven)
    def test_that_only_passes_changes_nothing(self, chance):
        """What is approved by one instant is what counts until the next approval."""
        case = random_cases.make(chance)
        first = answered(case)
        assume(first is not None)
        as_of = dt.datetime.fromisoformat(case["billing"]["as_of"])
        later = [at for at in _instants(case) if at > as_of]
        case["billing"]["as_of"] = (
            min(later, default=as_of + dt.timedelta(days=9)) - dt.timedelta(seconds=1)
        ).isoformat()
        second = answered(case)
        assert first | {"as_of": ""} == second | {"as_of": ""}

    @few
    @given(driven)
    def test_and_adjustments_bring_a_month_to_what_is_known(self, chance):
        """First invoice + adjustments = recomputed, for each month already issued."""
        case = random_cases.make(chance)
        case.pop("traffic", None)
        assume("prior_invoices" in case)
        found = answered(case)
        asked = reading.read(case)
        for prior in case["prior_invoices"]:
            alone = {"billing": case["billing"] | {"period": prior["period"]}, "prior_invoices": []}
            now = oracle.month_total(case | alone, prior, oracle.instant(case["billing"]["as_of"]))
            billed = Fraction(0)
            for each in [*map(writing.answer, invoice.rate_priors(asked)), found]:
                for line in each["lines"]:
                    own = each["period"] == prior["period"] and line["kind"] in {
                        "service",
                        "commit",
                        "minimum_complement",
                    }
                    if own or (line.get("for_period") == prior["period"] and "adjustment" in line["kind"]):
                        billed += Fraction(line["amount"])
            assert billed == now


class TestSplitting:
    @few
    @given(driven, st.integers(min_value=0, max_value=30))
    def test_a_month_at_any_day_with_the_same_speed_changes_nothing(self, chance, offset):
        case = random_cases.make(chance, simple=True)
        case["contract"].pop("min_mbps", None)
        first = answered(case)
        day = dt.date.fromisoformat(f"{case['billing']['period']}-01") + dt.timedelta(days=offset)
        speed = _speed_on(case, day)
        assume(
            speed is not None
            and all(change["effective"] != day.isoformat() for change in case["speed_changes"])
        )
        case["speed_changes"].append(
            {"id": "z1", "effective": day.isoformat(), "mbps": speed, "status": "approved", "approved_at": "2020-01-01T00:00:00-04:00"}
        )  # fmt: skip
        case["contract"] |= {
            "change_policy": "immediate",
            "downgrade_policy": "immediate",
            "downgrade_notice_days": 0,
        }
        plain = copy.deepcopy(case)
        plain["speed_changes"].pop()
        assume(answered(plain) == first)  # without delays already the same
        assert answered(case) == first

    @few
    @given(driven)
    def test_a_price_version_that_says_the_same_costs_at_most_a_cent_a_line(self, chance):
        case = random_cases.make(chance, simple=True)
        found = answered(case)
        prices = sorted(case["contract"]["prices"], key=lambda price: price["effective"])
        again = prices[-1] | {"effective": f"{case['billing']['period']}-15"}
        assume(again["effective"] > prices[-1]["effective"])
        case["contract"]["prices"].append(again)
        cut = answered(case)
        apart = abs(Fraction(cut["lines_total"]) - Fraction(found["lines_total"]))
        assert apart <= Fraction(len(cut["lines"]) + len(found["lines"]), 200)


def _instants(case: dict) -> list[dt.datetime]:
    services = [case, *case.get("siblings", [])]
    found = [change["approved_at"] for each in services for change in each["speed_changes"]]
    found += [each["contract"].get("end_approved_at") for each in services]
    found += [
        cut.get(name)
        for each in services
        for cut in each.get("suspensions", [])
        for name in ("approved_at", "reconnected_approved_at")
    ]
    return [dt.datetime.fromisoformat(each) for each in found if each is not None]


def _speed_on(case: dict, day: dt.date) -> str | None:
    """The permanent speed asked for on a day, by the oracle's word."""
    contract = case["contract"] | {
        "change_policy": "immediate",
        "downgrade_policy": "immediate",
        "downgrade_notice_days": 0,
    }
    steps, _, _ = oracle.permanent_changes(
        case | {"contract": contract}, oracle.instant(case["billing"]["as_of"])
    )
    speeds = [mbps for starts, mbps in steps if starts <= day]
    if not speeds:
        return None
    value = speeds[-1]
    return str(value) if value.denominator == 1 else f"{float(value):.6f}"
