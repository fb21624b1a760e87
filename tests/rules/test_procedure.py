"""The procedure's table holds together and says what the written text says."""

from __future__ import annotations

import pytest

from mayorista.rules import workdays
from mayorista.rules.lapaz import LA_PAZ
from mayorista.rules.procedure import (
    CAUSES,
    STEPS,
    WHO_MAY,
    Act,
    Attribution,
    Role,
    cause_fits,
    causes_count_alike,
    route_after_analysis,
)


class TestSteps:
    def test_are_the_seven_of_a_and_the_eight_of_b_in_order(self):
        assert list(STEPS) == [f"A.{n}" for n in range(1, 8)] + [f"B.{n}" for n in range(1, 9)]

    def test_lead_only_to_steps_there_are(self):
        assert {code for step in STEPS.values() for code in step.follows} <= set(STEPS)

    def test_belong_to_those_the_text_names(self):
        owners = {code: step.role for code, step in STEPS.items() if code.startswith("A")}
        assert owners == {
            "A.1": Role.NOC,
            "A.2": Role.NOC,
            "A.3": Role.SUPPORT,
            "A.4": Role.SUPPORT,
            "A.5": Role.NOC,
            "A.6": Role.NOC,
            "A.7": Role.MANAGER,
        }

    @pytest.mark.parametrize(
        ("attribution", "step"),
        [(Attribution.CUSTOMER, "A.4"), (Attribution.EXTERNAL, "A.5"), (Attribution.INTERNAL, "A.5")],
    )
    def test_after_the_analysis_follow_the_attribution(self, attribution, step):
        assert route_after_analysis(attribution) == step
        assert step in STEPS["A.3"].follows


class TestActs:
    def test_each_says_who_may(self):
        assert set(WHO_MAY) == set(Act)

    def test_none_but_seeing_is_the_auditors(self):
        assert {act for act in Act if Role.AUDITOR in WHO_MAY[act]} == {
            Act.VIEW,
            Act.BROWSE_AGREEMENTS,
            Act.VIEW_BILLING,
            Act.VIEW_COLLECTION,
            Act.VIEW_SUSPENSION,
            Act.COPY_DOCUMENT,  # a marked copy is how one reads on paper
            Act.SUPERVISE,
            Act.VIEW_AUDIT,
            Act.VIEW_PARAMETERS,
            Act.VIEW_REPORTS,
        }

    def test_telling_the_customer_is_the_gerentes_alone(self):
        assert WHO_MAY[Act.TELL_CUSTOMER] == {Role.MANAGER}


class TestCauses:
    def test_begin_with_the_letter_of_their_class(self):
        letters = {Attribution.EXTERNAL: "E", Attribution.INTERNAL: "I", Attribution.CUSTOMER: "C", None: "N"}
        assert all(code[0] == letters[cause.attribution] for code, cause in CAUSES.items())

    def test_fit_their_class_and_none_other(self):
        assert cause_fits("E-FIB", Attribution.EXTERNAL)
        assert not cause_fits("E-FIB", Attribution.CUSTOMER)
        assert not cause_fits("X-XXX", Attribution.EXTERNAL)
        assert all(cause_fits("N-SIN", each) for each in Attribution)

    @pytest.mark.parametrize(
        ("one", "other", "alike"),
        [
            ("E-FIB", "E-UPS", True),
            ("E-FIB", "N-SIN", True),  # stands under any attribution, and counts as they do
            ("E-FIB", "E-OBR", False),  # force majeure
            ("E-FIB", "I-EQP", False),  # another attribution
            ("E-FIB", "NO-HAY", False),
        ],
    )
    def test_count_alike_under_one_attribution_with_one_effect(self, one, other, alike):
        assert causes_count_alike(one, other, Attribution.EXTERNAL) is alike


class TestWorkdays:
    @pytest.mark.parametrize(
        ("day", "works"),
        [
            ("2026-11-24", True),
            ("2026-11-28", False),  # Saturday
            ("2026-09-14", False),  # Cochabamba
            ("2026-08-06", False),  # Independence
            ("2026-12-25", False),
        ],
    )
    def test_know_weekends_and_the_holidays_of_cochabamba(self, day, works):
        import datetime as dt

        assert workdays.is_workday(dt.date.fromisoformat(day)) is works

    def test_after_friday_comes_monday_at_six_in_the_evening(self):
        import datetime as dt

        friday = dt.datetime(2026, 11, 27, 3, 0, tzinfo=LA_PAZ)
        assert workdays.after(friday, 3) == dt.datetime(2026, 12, 2, 18, 0, tzinfo=LA_PAZ)
