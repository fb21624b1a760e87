"""Each rule R1-R22 at its borders, in tables of cases of our own."""

from __future__ import annotations

import pytest

from tests.rules.money.cases import TIERS, amounts, answer, case, change, spans

FLAT = {"effective": "2025-01-01", "model": "flat", "monthly_fee": "3000"}
BURST = {"effective": "2025-01-01", "model": "committed_burst", "commit_price": "6.00", "burst_price": "9.00"}
LATE = "2026-05-10T09:00:00-04:00"
"""Approved after April was invoiced."""
PRIOR = {"period": "2026-04", "as_of": "2026-05-01T08:00:00-04:00"}
MAY = {"period": "2026-05", "as_of": "2026-06-01T08:00:00-04:00"}


def runs(*parts: tuple) -> dict:
    """Traffic of (count, in, out) or (count, None)."""
    rle = [
        {"count": part[0], "missing": True}
        if part[1] is None
        else {"count": part[0], "in": part[1], "out": part[2]}
        for part in parts
    ]
    return {"interval_minutes": 5, "min_coverage": "0.90", "samples_rle": rle}


class TestPeriodR1:
    @pytest.mark.parametrize(
        ("clauses", "days"),
        [
            ({"start": "2026-04-01"}, [30]),
            ({"start": "2026-04-30"}, [1]),
            ({"start": "2026-05-01"}, []),
            ({"start": "2025-01-01", "end_exclusive": "2026-04-02"}, [1]),
            ({"start": "2025-01-01", "end_exclusive": "2026-04-01"}, []),
            ({"start": "2025-01-01", "end_exclusive": "2026-05-01"}, [30]),
            ({"start": "2026-04-10", "end_exclusive": "2026-04-10"}, []),
            ({"start": "2026-04-10", "end_exclusive": "2026-04-11"}, [1]),
        ],
    )
    def test_bills_from_the_start_to_the_day_before_the_end(self, clauses, days):
        assert [line["days"] for line in answer(case(contract=clauses))["lines"]] == days

    def test_does_not_know_an_end_agreed_later(self):
        ends = {"end_exclusive": "2026-04-16", "end_approved_at": "2026-05-03T10:00:00-04:00"}
        assert amounts(case(contract=ends)) == [("service", "4000.00")]
        after = case(contract=ends, billing=MAY, prior_invoices=[PRIOR])
        assert amounts(after) == [("credit_adjustment", "-2000.00")]

    def test_knows_an_end_agreed_at_the_very_instant(self):
        ends = {"end_exclusive": "2026-04-16", "end_approved_at": "2026-05-01T08:00:00-04:00"}
        assert amounts(case(contract=ends)) == [("service", "2000.00")]

    @pytest.mark.parametrize(
        ("period", "days"), [("2027-02", 28), ("2028-02", 29), ("2026-12", 31), ("2100-02", 28)]
    )
    def test_counts_the_days_of_the_month(self, period, days):
        found = answer(case(billing={"period": period, "as_of": "2101-01-01T00:00:00-04:00"}))
        assert [(line["days"], line["days_in_month"]) for line in found["lines"]] == [(days, days)]

    def test_of_a_month_without_a_day_has_no_line_and_no_total(self):
        found = answer(case(contract={"start": "2026-06-01"}))
        assert (found["lines"], found["total"], found["flags"]) == ([], "0.00", [])


class TestCutsR2R3:
    @pytest.mark.parametrize(
        ("effective", "expected"),
        [
            ("2026-03-31", [("04-01", 30, "700", "5600.00")]),
            ("2026-04-01", [("04-01", 30, "700", "5600.00")]),
            ("2026-04-02", [("04-01", 1, "500", "133.33"), ("04-02", 29, "700", "5413.33")]),
            ("2026-04-30", [("04-01", 29, "500", "3866.67"), ("04-30", 1, "700", "186.67")]),
            ("2026-05-01", [("04-01", 30, "500", "4000.00")]),
        ],
    )
    def test_the_day_of_the_change_bills_the_new_speed(self, effective, expected):
        assert spans(case(change("b", effective, "700"))) == expected

    def test_equal_neighbours_merge(self):
        same = case(change("b", "2026-04-10", "500"), change("c", "2026-04-20", "500"))
        assert spans(same) == [("04-01", 30, "500", "4000.00")]

    def test_a_price_version_cuts_even_if_it_says_the_same(self):
        prices = [FLAT, FLAT | {"effective": "2026-04-11"}]
        assert spans(case(contract={"prices": prices})) == [
            ("04-01", 10, "500", "1000.00"),
            ("04-11", 20, "500", "2000.00"),
        ]

    def test_a_change_of_model_cuts(self):
        prices = [FLAT, {"effective": "2026-04-16", "model": "per_mbps", "unit_price": "8"}]
        assert spans(case(contract={"prices": prices})) == [
            ("04-01", 15, "500", "1500.00"),
            ("04-16", 15, "500", "2000.00"),
        ]

    def test_a_flat_fee_shows_the_speed_of_its_last_day(self):
        flat = case(change("b", "2026-04-13", "200"), change("c", "2026-05-01", "900"), price=FLAT)
        assert spans(flat) == [("04-01", 30, "200", "3000.00")]


class TestRoundingR4:
    @pytest.mark.parametrize(
        ("unit", "days_start", "expected"),
        [
            ("10.01", "2026-04-16", "5.01"),
            ("10.03", "2026-04-16", "5.02"),
            ("0.01", "2026-04-16", "0.01"),
            ("0.009", "2026-04-16", "0.00"),
            ("0.0199999999", "2026-04-01", "0.02"),
        ],
    )
    def test_half_a_cent_goes_up_and_nothing_earlier(self, unit, days_start, expected):
        price = {"effective": "2025-01-01", "model": "per_mbps", "unit_price": unit}
        assert amounts(case(price=price, mbps="1", contract={"start": days_start})) == [("service", expected)]

    @pytest.mark.parametrize(
        ("period", "start", "fee_days", "changes", "expected"),
        [
            ("2026-11", "2025-01-01", "11.50", [change("b", "2026-11-16", "3000")], ["11500.00", "17250.00"]),
            ("2026-11", "2025-01-01", "11.50", [change("b", "2026-11-01", "3000")], ["34500.00"]),
            ("2026-11", "2025-01-01", "11.50", [change("b", "2026-11-30", "3000")], ["22233.33", "1150.00"]),
        ],
    )
    def test_published_practice_of_speed_changes(self, period, start, fee_days, changes, expected):
        price = {"effective": "2025-01-01", "model": "per_mbps", "unit_price": fee_days}
        asked = case(
            *changes,
            price=price,
            mbps="2000",
            contract={"start": start},
            billing={"period": period, "as_of": "2026-12-01T08:00:00-04:00"},
        )
        assert [amount for _, amount in amounts(asked)] == expected

    def test_february_of_a_leap_year_from_the_15th(self):
        price = {"effective": "2025-01-01", "model": "per_mbps", "unit_price": "12.00"}
        billing = {"period": "2028-02", "as_of": "2028-03-01T08:00:00-04:00"}
        asked = case(price=price, contract={"start": "2028-02-15"}, billing=billing)
        assert amounts(asked) == [("service", "3103.45")]


class TestModelsR5:
    @pytest.mark.parametrize(
        ("mbps", "volume", "graduated"),
        [
            ("0", "0.00", "0.00"),
            ("0.000001", "0.00", "0.00"),
            ("999.999999", "9000.00", "9000.00"),
            ("1000", "9000.00", "9000.00"),
            ("1000.000001", "7500.00", "9000.00"),
            ("1001", "7507.50", "9007.50"),
            ("5000", "37500.00", "39000.00"),
            ("5001", "30006.00", "39006.00"),
            ("6000", "36000.00", "45000.00"),
        ],
    )
    def test_tiers_include_their_limit(self, mbps, volume, graduated):
        for model, expected in (("volume", volume), ("graduated", graduated)):
            price = {"effective": "2025-01-01", "model": model, "tiers": TIERS}
            assert amounts(case(price=price, mbps=mbps)) == [("service", expected)]

    def test_graduated_makes_one_line_a_segment(self):
        price = {"effective": "2025-01-01", "model": "graduated", "tiers": TIERS}
        assert len(answer(case(change("b", "2026-04-11", "6000"), price=price))["lines"]) == 2


class TestApprovalR6:
    @pytest.mark.parametrize(
        ("one", "other", "wins"),
        [
            (("b", "2026-04-10T09:00:00-04:00"), ("c", "2026-04-11T09:00:00-04:00"), "700"),
            (("b", "2026-04-11T09:00:00-04:00"), ("c", "2026-04-10T09:00:00-04:00"), "900"),
            (("b", "2026-04-10T09:00:00-04:00"), ("c", "2026-04-10T13:00:00+00:00"), "700"),
            (("10", "2026-04-10T09:00:00-04:00"), ("9", "2026-04-10T09:00:00-04:00"), "900"),
        ],
    )
    def test_of_two_on_a_day_the_last_approved_then_the_higher_id(self, one, other, wins):
        asked = case(
            change(one[0], "2026-04-01", "900", one[1]), change(other[0], "2026-04-01", "700", other[1])
        )
        assert [line["billed_mbps"] for line in answer(asked)["lines"]] == [wins]

    @pytest.mark.parametrize("status", ["requested", "rejected", "cancelled", "APPROVED"])
    def test_what_is_not_approved_never_bills(self, status):
        asked = case(change("b", "2026-04-01", "900") | {"status": status})
        assert spans(asked) == [("04-01", 30, "500", "4000.00")]

    def test_of_one_known_and_one_approved_later_the_known_bills(self):
        asked = case(change("b", "2026-04-16", "900"), change("c", "2026-04-16", "700", LATE))
        assert [line["billed_mbps"] for line in answer(asked)["lines"]] == ["500", "900"]


class TestAdjustmentsR7:
    def test_one_line_a_month_and_none_for_zero(self):
        priors = [
            {"period": f"2026-0{month}", "as_of": f"2026-0{month + 1}-01T08:00:00-04:00"}
            for month in (2, 3, 4)
        ]
        asked = case(change("b", "2026-03-16", "600", LATE), billing=MAY, prior_invoices=priors)
        found = [line for line in answer(asked)["lines"] if "for_period" in line]
        assert [
            (line["for_period"], line["already_billed"], line["recomputed"], line["amount"]) for line in found
        ] == [
            ("2026-03", "4000.00", "4412.90", "412.90"),
            ("2026-04", "4000.00", "4800.00", "800.00"),
        ]
        assert {line["kind"] for line in found} == {"debit_adjustment"}

    def test_what_an_earlier_invoice_adjusted_counts_as_billed(self):
        asked = case(
            change("b", "2026-04-16", "700", LATE),
            change("c", "2026-04-16", "600", "2026-06-10T09:00:00-04:00"),
            billing={"period": "2026-06", "as_of": "2026-07-01T08:00:00-04:00"},
            prior_invoices=[PRIOR, MAY],
        )
        found = answer(asked)
        assert [
            (x["for_period"], x["already_billed"], x["amount"]) for x in found["lines"] if "for_period" in x
        ] == [
            ("2026-04", "4800.00", "-400.00"),
            ("2026-05", "5600.00", "-800.00"),
        ]
        assert [(x["kind"], x["amount"]) for x in found["prior_invoices"][1]["lines"]] == [
            ("service", "5600.00"),
            ("debit_adjustment", "800.00"),
        ]

    def test_uses_the_rate_of_the_invoice_that_carries_it(self):
        asked = case(
            change("b", "2026-04-16", "600", LATE),
            billing=MAY | {"invoice_currency": "BOB", "fx_rate": "9.1234"},
            prior_invoices=[PRIOR],
        )
        assert [line["amount_invoice_currency"] for line in answer(asked)["lines"]] == ["43792.32", "3649.36"]

    def test_a_month_invoiced_in_the_wrong_order_is_still_adjusted(self):
        asked = case(
            change("b", "2026-05-01", "600", "2026-06-05T09:00:00-04:00"),
            billing={"period": "2026-04", "as_of": "2026-06-10T08:00:00-04:00"},
            prior_invoices=[MAY],
        )
        assert amounts(asked) == [("service", "4000.00"), ("debit_adjustment", "800.00")]

    def test_price_learnt_later_adjusts_too(self):
        newer = {"effective": "2026-04-16", "model": "per_mbps", "unit_price": "10", "approved_at": LATE}
        prices = [{"effective": "2025-01-01", "model": "per_mbps", "unit_price": "8.00"}, newer]
        asked = case(contract={"prices": prices}, billing=MAY, prior_invoices=[PRIOR])
        assert amounts(asked) == [("service", "5000.00"), ("debit_adjustment", "500.00")]


class TestMinimumR8:
    @pytest.mark.parametrize(
        ("policy", "mbps", "expected", "refused"),
        [
            ("refuse", "299.999999", ["500"], ["b"]),
            ("refuse", "300", ["500", "300"], []),
            ("bill_at_minimum", "299", ["500", "300"], []),
            ("bill_at_minimum", "300", ["500", "300"], []),
            ("refuse", "900", ["500", "900"], []),
        ],
    )
    def test_exactly_the_minimum_is_allowed(self, policy, mbps, expected, refused):
        asked = case(change("b", "2026-04-16", mbps), contract={"min_mbps": "300", "min_policy": policy})
        found = answer(asked)
        assert [line["billed_mbps"] for line in found["lines"]] == expected
        assert found["refused_changes"] == refused

    def test_a_refused_change_leaves_another_of_its_day_standing(self):
        asked = case(
            change("b", "2026-04-16", "400", "2026-04-10T09:00:00-04:00"),
            change("c", "2026-04-16", "100", "2026-04-11T09:00:00-04:00"),
            contract={"min_mbps": "300", "min_policy": "refuse"},
        )
        assert [line["billed_mbps"] for line in answer(asked)["lines"]] == ["500", "400"]


class TestNoticeR9:
    @pytest.mark.parametrize(
        ("effective", "requested", "starts"),
        [
            ("2026-04-10", "2026-04-10", "04-20"),
            ("2026-04-10", "2026-03-01", "04-10"),
            ("2026-04-10", "2026-03-31", "04-10"),
            ("2026-04-10", "2026-04-01", "04-11"),
        ],
    )
    def test_a_downgrade_waits_from_its_request(self, effective, requested, starts):
        asked = case(
            change("b", effective, "400", requested_on=requested), contract={"downgrade_notice_days": 10}
        )
        assert spans(asked)[1][0] == starts

    def test_an_upgrade_does_not_wait(self):
        asked = case(
            change("b", "2026-04-10", "600", requested_on="2026-04-09"),
            contract={"downgrade_notice_days": 30},
        )
        assert spans(asked)[1][0] == "04-10"

    def test_without_a_request_the_day_of_the_approval_counts(self):
        late_evening = "2026-04-06T03:30:00+00:00"  # still the 5th in La Paz
        asked = case(change("b", "2026-04-06", "400", late_evening), contract={"downgrade_notice_days": 10})
        assert spans(asked)[1][0] == "04-15"

    @pytest.mark.parametrize(
        ("effective", "mbps"),
        [("2026-04-01", "700"), ("2026-04-02", "500"), ("2026-03-02", "700"), ("2026-05-01", "500")],
    )
    def test_next_cycle_waits_for_the_first(self, effective, mbps):
        asked = case(change("b", effective, "700"), contract={"change_policy": "next_cycle"})
        assert spans(asked) == [("04-01", 30, mbps, f"{int(mbps) * 8}.00")]

    def test_notice_first_then_next_cycle(self):
        clauses = {"downgrade_notice_days": 10, "downgrade_policy": "next_cycle"}
        asked = case(change("b", "2026-03-15", "400", requested_on="2026-03-25"), contract=clauses)
        assert spans(asked) == [("04-01", 30, "500", "4000.00")]
        on_time = case(change("b", "2026-03-15", "400", requested_on="2026-03-22"), contract=clauses)
        assert spans(on_time) == [("04-01", 30, "400", "3200.00")]

    def test_policies_of_both_directions_are_separate(self):
        clauses = {"downgrade_policy": "next_cycle"}
        asked = case(change("b", "2026-04-11", "800"), change("c", "2026-04-21", "600"), contract=clauses)
        assert [line[:3] for line in spans(asked)] == [("04-01", 10, "500"), ("04-11", 20, "800")]

    def test_the_first_speed_is_no_change(self):
        asked = case(contract={"start": "2026-04-10", "change_policy": "next_cycle"})
        asked["speed_changes"][0]["effective"] = "2026-04-10"
        assert spans(asked) == [("04-10", 21, "500", "2800.00")]

    def test_a_downgrade_overtaken_by_an_upgrade_never_bills(self):
        asked = case(
            change("b", "2026-03-20", "300", requested_on="2026-03-20"),
            change("c", "2026-04-06", "900"),
            contract={"downgrade_notice_days": 30},
        )
        assert [line[:3] for line in spans(asked)] == [("04-01", 5, "500"), ("04-06", 25, "900")]


class TestCurrencyR10:
    def test_negative_lines_round_away_from_zero_too(self):
        asked = case(
            one_offs=[{"text": "descuento", "amount": "-0.05"}],
            contract={"start": "2026-06-01"},
            billing={"invoice_currency": "BOB", "fx_rate": "0.5"},
        )
        found = answer(asked)
        assert found["lines"][0]["amount_invoice_currency"] == "-0.03"
        assert (found["total"], found["credit_carried_forward"], found["total_contract_currency"]) == (
            "0.00",
            "0.03",
            "-0.05",
        )

    def test_a_rate_beside_equal_currencies_is_of_no_account(self):
        assert "total_contract_currency" not in answer(case(billing={"fx_rate": "6.96"}))


class TestCreditsR11:
    BANDS = ({"below": "99.9", "credit_pct": "10"}, {"below": "99.5", "credit_pct": "25"})

    @pytest.mark.parametrize(
        ("outage", "credit"),
        [
            ("0", None),
            ("43", None),
            ("43.2", None),
            ("43.21", "-400.00"),
            ("216", "-400.00"),
            ("216.01", "-1000.00"),
            ("99999", "-1000.00"),
        ],
    )
    def test_bands_are_strict_and_the_largest_wins(self, outage, credit):
        sla = {"model": "percent_bands", "bands": list(self.BANDS), "outage_minutes": outage}
        found = [amount for kind, amount in amounts(case(sla=sla)) if kind == "sla_credit"]
        assert found == ([credit] if credit else [])

    @pytest.mark.parametrize(
        ("outage", "credit"),
        [("59.9", None), ("60", "-80.00"), ("119", "-80.00"), ("120", "-160.00"), ("3000", "-4000.00")],
    )
    def test_whole_hours_only(self, outage, credit):
        sla = {"model": "per_full_hour", "pct_per_hour": "2", "outage_minutes": outage}
        found = [amount for kind, amount in amounts(case(sla=sla)) if kind == "sla_credit"]
        assert found == ([credit] if credit else [])

    @pytest.mark.parametrize(
        ("multiplier", "outage", "credit", "capped"),
        [
            ("1", "43200", "-4000.00", False),
            ("2", "21600", "-4000.00", False),
            ("2", "21601", "-4000.00", True),
        ],
    )
    def test_never_more_than_the_base(self, multiplier, outage, credit, capped):
        sla = {"model": "pro_rata", "multiplier": multiplier, "outage_minutes": outage}
        line = answer(case(sla=sla))["lines"][-1]
        assert (line["amount"], line["capped"]) == (credit, capped)

    def test_published_practice_over_an_allowance(self):
        price = {"effective": "2025-01-01", "model": "flat", "monthly_fee": "34500"}
        sla = {"model": "pro_rata", "multiplier": "1", "outage_minutes": "60", "allowance_minutes": "43"}
        assert amounts(case(price=price, sla=sla))[-1] == ("sla_credit", "-13.58")

    @pytest.mark.parametrize(
        ("outage", "credit"),
        [("59", "-44.44"), ("60", "-133.33"), ("720", "-400.00"), ("1440", "-800.00"), ("4320", "-4000.00")],
    )
    def test_steps_by_duration(self, outage, credit):
        steps = [("0", "1/90"), ("60", "1/30"), ("720", "1/10"), ("1440", "1/5"), ("4320", "1")]
        sla = {
            "model": "duration_ladder",
            "steps": [{"from_minutes": since, "fraction": part} for since, part in steps],
            "outage_minutes": outage,
        }
        assert amounts(case(sla=sla))[-1] == ("sla_credit", credit)

    def test_the_best_single_rule_without_stacking(self):
        rules = [{"model": "per_full_hour", "pct_per_hour": "1"}, {"model": "pro_rata", "multiplier": "10"}]
        sla = {"model": "best_of", "rules": rules, "outage_minutes": "120"}
        assert amounts(case(sla=sla))[-1] == ("sla_credit", "-111.11")

    def test_minutes_and_base_are_of_the_billed_days(self):
        sla = {"model": "pro_rata", "outage_minutes": "216"}
        found = answer(case(contract={"start": "2026-04-16"}, sla=sla))
        assert (found["lines"][-1]["base_fee"], found["lines"][-1]["amount"]) == ("2000.00", "-20.00")

    def test_the_base_has_the_commit_and_not_the_burst(self):
        asked = case(
            price=BURST,
            traffic=runs((8640, "900", "10")),
            sla={"model": "pro_rata", "outage_minutes": "43200"},
            one_offs=[{"text": "x", "amount": "100"}],
        )
        assert answer(asked)["lines"][-1]["base_fee"] == "3000.00"

    def test_suspended_time_leaves_the_minutes(self):
        cut = {"cut": "2026-04-10T12:00:00-04:00", "reconnected": "2026-04-11T12:00:00-04:00"}
        sla = {"model": "pro_rata", "outage_minutes": "417.6"}
        assert amounts(case(suspensions=[cut], sla=sla))[-1] == ("sla_credit", "-40.00")
        twice = [cut, {"cut": "2026-04-10T18:00:00-04:00", "reconnected": "2026-04-11T12:00:00-04:00"}]
        assert amounts(case(suspensions=twice, sla=sla))[-1] == ("sla_credit", "-40.00")


class TestBurstR12:
    @pytest.mark.parametrize(
        ("high", "burst"), [(431, "0.00"), (432, "0.00"), (433, "22500.00"), (8640, "22500.00")]
    )
    def test_five_percent_are_dropped(self, high, burst):
        traffic = (
            runs((8640 - high, "400", "100"), (high, "3000", "100"))
            if high < 8640
            else runs((8640, "3000", "1"))
        )
        assert amounts(case(price=BURST, traffic=traffic)) == [("commit", "3000.00"), ("burst", burst)]

    def test_the_larger_direction_never_the_sum(self):
        found = answer(case(price=BURST, traffic=runs((8640, "400", "600"))))
        assert [found["lines"][1][name] for name in ("p95_in", "p95_out", "p95", "billed_mbps")] == [
            "400",
            "600",
            "600",
            "100",
        ]

    @pytest.mark.parametrize(
        ("missing", "kinds"), [(864, ["commit", "burst"]), (865, ["commit"]), (8640, ["commit"])]
    )
    def test_low_coverage_bills_the_commit_and_says_so(self, missing, kinds):
        parts = [(missing, None)] + ([(8640 - missing, "900", "10")] if missing < 8640 else [])
        found = answer(case(price=BURST, traffic=runs(*parts)))
        assert [line["kind"] for line in found["lines"]] == kinds
        assert found["flags"] == ([] if "burst" in kinds else ["p95_coverage_below_minimum"])

    def test_missing_samples_are_left_out_and_not_zero(self):
        found = answer(case(price=BURST, traffic=runs((140, None), (8100, "600", "10"), (400, "700", "10"))))
        burst = found["lines"][1]
        assert (burst["present_samples"], burst["discarded"], burst["p95"]) == (8500, 425, "600")

    def test_samples_that_end_early_are_missing(self):
        found = answer(case(price=BURST, traffic=runs((7000, "900", "10"))))
        assert found["flags"] == ["p95_coverage_below_minimum"]

    def test_no_samples_at_all_are_told(self):
        assert answer(case(price=BURST))["flags"] == ["p95_coverage_below_minimum"]

    def test_each_segment_has_its_own_samples(self):
        asked = case(
            change("b", "2026-04-11", "700"),
            price=BURST,
            traffic=runs((2880, "800", "1"), (5760, "1000", "1")),
        )
        assert [(line["kind"], line["billed_mbps"], line["amount"]) for line in answer(asked)["lines"]] == [
            ("commit", "500", "1000.00"),
            ("commit", "700", "2800.00"),
            ("burst", "300", "900.00"),
            ("burst", "300", "1800.00"),
        ]

    def test_one_segment_without_samples_raises_one_flag(self):
        asked = case(
            change("b", "2026-04-11", "700"), price=BURST, traffic=runs((2880, None), (5760, "1000", "1"))
        )
        found = answer(asked)
        assert [line["kind"] for line in found["lines"]] == ["commit", "commit", "burst"]
        assert found["flags"] == ["p95_coverage_below_minimum"]

    @pytest.mark.parametrize(("p95", "billed"), [("600", "100"), ("600.000001", "101"), ("600.5", "101")])
    def test_rounds_the_burst_up_to_whole_mbps(self, p95, billed):
        price = BURST | {"burst_rounding": "ceil_mbps"}
        found = answer(case(price=price, traffic=runs((8640, p95, "1"))))
        assert found["lines"][1]["billed_mbps"] == billed

    def test_samples_start_on_the_first_billed_day(self):
        asked = case(price=BURST, contract={"start": "2026-04-21"}, traffic=runs((2880, "800", "1")))
        assert amounts(asked) == [("commit", "1000.00"), ("burst", "900.00")]

    def test_is_not_computed_again(self):
        asked = case(
            change("b", "2026-04-16", "700", LATE),
            price=BURST,
            billing=MAY,
            prior_invoices=[PRIOR],
            traffic=runs((8928, "900", "1")),
        )
        assert amounts(asked) == [("commit", "4200.00"), ("burst", "1800.00"), ("debit_adjustment", "600.00")]


class TestTotalsR13R14R15:
    @pytest.mark.parametrize(
        ("opening", "one_off", "total", "applied", "carried"),
        [
            ("0", "0", "4000.00", "0.00", "0.00"),
            ("100.50", "0", "3899.50", "100.50", "0.00"),
            ("4000", "0", "0.00", "4000.00", "0.00"),
            ("4000.01", "0", "0.00", "4000.00", "0.01"),
            ("0", "-5000", "0.00", "0.00", "1000.00"),
            ("50", "-5000", "0.00", "0.00", "1050.00"),
        ],
    )
    def test_is_never_negative(self, opening, one_off, total, applied, carried):
        asked = case(billing={"opening_credit": opening}, one_offs=[{"text": "x", "amount": one_off}])
        found = answer(asked)
        assert (found["total"], found["credit_applied"], found["credit_carried_forward"]) == (
            total,
            applied,
            carried,
        )

    def test_tax_sits_inside_and_changes_nothing(self):
        found = answer(case(tax={"model": "included", "rate": "0.13"}, billing={"opening_credit": "0.01"}))
        assert (found["total"], found["tax_included"]) == ("3999.99", "520.00")

    def test_one_offs_are_not_prorated(self):
        asked = case(
            contract={"start": "2026-04-30"}, one_offs=[{"text": "Instalación", "amount": "100.005"}]
        )
        assert amounts(asked) == [("service", "133.33"), ("one_off", "100.01")]


class TestCreditOfAnotherMonthR17:
    SLA = {
        "model": "pro_rata",
        "outage_minutes": "432",
        "for_period": "2026-04",
        "cases": ["DANO-2026-000012"],
    }

    def test_names_its_month_and_cases_and_takes_the_base_as_billed(self):
        asked = case(
            change("b", "2026-04-16", "700", LATE), billing=MAY, prior_invoices=[PRIOR], sla=self.SLA
        )
        line = next(line for line in answer(asked)["lines"] if line["kind"] == "sla_credit")
        assert (line["for_period"], line["cases"], line["base_fee"], line["amount"]) == (
            "2026-04",
            ["DANO-2026-000012"],
            "4000.00",
            "-40.00",
        )

    @pytest.mark.parametrize(
        ("credited", "line"), [("0", ["-40.00"]), ("40", []), ("60", ["20.00"]), ("10.5", ["-29.50"])]
    )
    def test_after_the_approval_only_the_difference(self, credited, line):
        asked = case(billing=MAY, prior_invoices=[PRIOR], sla=self.SLA | {"already_credited": credited})
        assert [amount for kind, amount in amounts(asked) if kind == "sla_credit"] == line

    def test_several_months_in_order(self):
        march = {"period": "2026-03", "as_of": "2026-04-01T08:00:00-04:00"}
        asked = case(
            billing=MAY, prior_invoices=[march, PRIOR], sla=[self.SLA, self.SLA | {"for_period": "2026-03"}]
        )
        assert [line["for_period"] for line in answer(asked)["lines"] if line["kind"] == "sla_credit"] == [
            "2026-03",
            "2026-04",
        ]


class TestTemporaryR18:
    def test_returns_by_itself(self):
        boost = change("b", "2026-04-11", "900", end_exclusive="2026-04-21")
        assert [line[:3] for line in spans(case(boost))] == [
            ("04-01", 10, "500"),
            ("04-11", 10, "900"),
            ("04-21", 10, "500"),
        ]

    def test_no_notice_and_no_cycle_delay_it(self):
        boost = change("b", "2026-04-11", "900", end_exclusive="2026-04-21", requested_on="2026-04-10")
        clauses = {"change_policy": "next_cycle", "downgrade_notice_days": 30}
        assert [line[2] for line in spans(case(boost, contract=clauses))] == ["500", "900", "500"]

    def test_its_own_price_holds_for_its_days(self):
        own = {"model": "flat", "monthly_fee": "9000"}
        boost = change("b", "2026-04-11", "900", end_exclusive="2026-04-21", price=own)
        assert [line[3] for line in spans(case(boost))] == ["1333.33", "3000.00", "1333.33"]

    def test_returns_to_what_changed_below_it(self):
        boost = change("b", "2026-04-11", "900", end_exclusive="2026-04-21")
        assert [line[2] for line in spans(case(boost, change("c", "2026-04-15", "600")))] == [
            "500",
            "900",
            "600",
        ]

    def test_of_two_the_one_that_started_last_then_the_other(self):
        one = change("b", "2026-04-06", "900", end_exclusive="2026-04-26")
        two = change("c", "2026-04-11", "950", end_exclusive="2026-04-16")
        assert [line[2] for line in spans(case(one, two))] == ["500", "900", "950", "900", "500"]

    def test_may_be_lower_too(self):
        rest = change("b", "2026-04-11", "100", end_exclusive="2026-04-21")
        assert [line[2] for line in spans(case(rest))] == ["500", "100", "500"]
        assert answer(case(rest, contract={"min_mbps": "300"}))["refused_changes"] == ["b"]


class TestPoolR19:
    def test_adds_the_ports_per_stamp(self):
        ports = [{"samples_rle": runs((4320, "600", "1"), (4320, "100", "1"))["samples_rle"]}] * 2
        traffic = {"interval_minutes": 5, "min_coverage": "0.9", "ports": ports}
        assert answer(case(price=BURST, traffic=traffic))["lines"][1]["p95"] == "1200"

    def test_a_stamp_that_lacks_an_active_port_is_missing(self):
        whole = {"samples_rle": runs((8640, "600", "1"))["samples_rle"]}
        half = {"samples_rle": runs((4320, "600", "1"))["samples_rle"]}
        traffic = {"interval_minutes": 5, "min_coverage": "0.5", "ports": [whole, half]}
        found = answer(case(price=BURST, traffic=traffic))["lines"][1]
        assert (found["present_samples"], found["p95"]) == (4320, "1200")

    def test_a_port_counts_from_the_day_it_is_active(self):
        whole = {"samples_rle": runs((8640, "600", "1"))["samples_rle"]}
        later = {
            "samples_rle": runs((4320, None), (4320, "600", "1"))["samples_rle"],
            "active_from": "2026-04-16",
        }
        traffic = {"interval_minutes": 5, "min_coverage": "0.9", "ports": [whole, later]}
        assert answer(case(price=BURST, traffic=traffic))["lines"][1]["present_samples"] == 8640

    def test_members_count_only_where_the_bundle_was_not_measured(self):
        member = {"samples_rle": runs((8640, "300", "1"))["samples_rle"]}
        bundle = runs((8000, "900", "1"), (640, None))["samples_rle"]
        traffic = {
            "interval_minutes": 5,
            "min_coverage": "0.9",
            "ports": [{"samples_rle": bundle, "members": [member, member]}],
        }
        found = answer(case(price=BURST, traffic=traffic))["lines"][1]
        assert (found["present_samples"], found["p95"]) == (8640, "900")


class TestTierScopeR20:
    def sibling(self, mbps: str, **clauses) -> dict:
        document = case(mbps=mbps, contract=clauses)
        return {name: document[name] for name in ("contract", "speed_changes")}

    @pytest.mark.parametrize(
        ("model", "scope", "amount"),
        [
            ("volume", "service", "4500.00"),
            ("volume", "contract", "3750.00"),
            ("graduated", "contract", "4243.42"),
            ("graduated", "service", "4500.00"),
        ],
    )
    def test_the_summed_speed_chooses_the_tier(self, model, scope, amount):
        price = {"effective": "2025-01-01", "model": model, "tiers": TIERS, "tier_scope": scope}
        siblings = [self.sibling("800"), self.sibling("220")]
        asked = case(price=price, siblings=siblings)
        assert amounts(asked) == [("service", amount)]
        assert amounts(asked | {"siblings": siblings[::-1]}) == [("service", amount)]

    def test_an_amount_without_end_is_shown_as_a_fraction(self):
        price = {"effective": "2025-01-01", "model": "graduated", "tiers": TIERS, "tier_scope": "contract"}
        found = answer(case(price=price, siblings=[self.sibling("1020")]))["lines"][0]
        assert found["monthly_amount"] == "80625/19"

    def test_cuts_where_another_service_moves_the_tier(self):
        price = {"effective": "2025-01-01", "model": "volume", "tiers": TIERS, "tier_scope": "customer"}
        found = spans(case(price=price, siblings=[self.sibling("800", start="2026-04-16")]))
        assert found == [("04-01", 15, "500", "2250.00"), ("04-16", 15, "500", "1875.00")]


class TestMinimumInvoiceR21:
    @pytest.mark.parametrize(
        ("minimum", "clauses", "complement"),
        [
            ("4000", {}, []),
            ("4000.01", {}, ["0.01"]),
            ("5000", {}, ["1000.00"]),
            ("5000", {"start": "2026-04-16"}, ["500.00"]),
            ("5000", {"start": "2026-06-01"}, []),
        ],
    )
    def test_completes_the_billed_days(self, minimum, clauses, complement):
        asked = case(contract={"minimum_invoice": minimum} | clauses)
        assert [amount for kind, amount in amounts(asked) if kind == "minimum_complement"] == complement

    def test_counts_the_burst_but_not_credits_and_one_offs(self):
        asked = case(
            price=BURST,
            contract={"minimum_invoice": "5000"},
            traffic=runs((8640, "600", "1")),
            one_offs=[{"text": "x", "amount": "50"}],
            sla={"model": "pro_rata", "outage_minutes": "432"},
        )
        assert amounts(asked) == [
            ("commit", "3000.00"),
            ("burst", "900.00"),
            ("minimum_complement", "1100.00"),
            ("one_off", "50.00"),
            ("sla_credit", "-30.00"),
        ]

    def test_is_computed_again_with_the_burst_as_billed(self):
        asked = case(
            change("b", "2026-04-16", "700", LATE),
            contract={"minimum_invoice": "5000"},
            billing=MAY,
            prior_invoices=[PRIOR | {"burst": "500"}],
        )
        line = answer(asked)["lines"][-1]
        assert (line["already_billed"], line["recomputed"], line["amount"]) == (
            "4500.00",
            "4800.00",
            "300.00",
        )


class TestSuspensionR22:
    CUT = {"cut": "2026-04-10", "reconnected": "2026-04-21", "fee": "25.50"}

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ("full", [("04-01", 30, "500", "4000.00")]),
            ("none", [("04-01", 10, "500", "1333.33"), ("04-21", 10, "500", "1333.33")]),
            (
                "commit_only",
                [
                    ("04-01", 10, "500", "1333.33"),
                    ("04-11", 10, "200", "533.33"),
                    ("04-21", 10, "500", "1333.33"),
                ],
            ),
        ],
    )
    def test_from_the_day_after_the_cut_to_the_reconnection(self, policy, expected):
        asked = case(contract={"suspension_policy": policy, "min_mbps": "200"}, suspensions=[self.CUT])
        assert spans(asked) == expected
        assert amounts(asked)[-1] == ("reconnection_fee", "25.50")

    @pytest.mark.parametrize(
        ("cut", "days"),
        [
            ({"cut": "2026-03-15", "reconnected": "2026-04-01"}, [30]),
            ({"cut": "2026-03-31", "reconnected": "2026-04-02"}, [29]),
            ({"cut": "2026-04-29"}, [29]),
            ({"cut": "2026-04-30"}, [30]),
            ({"cut": "2026-04-10", "reconnected": "2026-04-10"}, [30]),
            ({"cut": "2026-04-10", "reconnected": "2026-04-11"}, [30]),
            ({"cut": "2026-02-10"}, []),
            ({"cut": "2026-04-10", "reconnected": "2026-04-21", "approved_at": LATE}, [30]),
        ],
    )
    def test_at_its_borders(self, cut, days):
        asked = case(contract={"suspension_policy": "none"}, suspensions=[cut])
        assert [line["days"] for line in answer(asked)["lines"]] == days

    def test_commit_only_bills_no_burst_on_those_days(self):
        asked = case(
            price=BURST,
            contract={"suspension_policy": "commit_only"},
            suspensions=[{"cut": "2026-04-10", "reconnected": "2026-04-21"}],
            traffic=runs((8640, "600", "1")),
        )
        assert amounts(asked) == [("commit", "3000.00"), ("burst", "300.00"), ("burst", "300.00")]

    def test_learnt_later_is_adjusted(self):
        cut = {"cut": "2026-04-10", "reconnected": "2026-04-21", "approved_at": LATE}
        asked = case(
            contract={"suspension_policy": "none"}, suspensions=[cut], billing=MAY, prior_invoices=[PRIOR]
        )
        assert amounts(asked)[-1] == ("credit_adjustment", "-1333.34")

    def test_a_reconnection_learnt_later_is_adjusted(self):
        cut = {"cut": "2026-04-10", "reconnected": "2026-04-21", "reconnected_approved_at": LATE}
        asked = case(
            contract={"suspension_policy": "none"}, suspensions=[cut], billing=MAY, prior_invoices=[PRIOR]
        )
        line = answer(asked)["lines"][-1]
        assert (line["already_billed"], line["recomputed"]) == ("1333.33", "2666.66")


class TestWithoutSpeed:
    def test_days_without_an_approved_speed_are_not_billed_and_told(self):
        asked = case()
        asked["speed_changes"][0] |= {"effective": "2026-04-11"}
        found = answer(asked)
        assert (spans(asked), found["flags"]) == ([("04-11", 20, "500", "2666.67")], ["days_without_speed"])

    def test_a_flat_fee_needs_none(self):
        asked = case(price=FLAT)
        asked["speed_changes"] = []
        assert spans(asked) == [("04-01", 30, None, "3000.00")]
