"""Business days, due dates, reminders, interest and receipts."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import allocation, due_dates, dunning, interest
from mayorista.rules.allocation import Kind, Line, Open, Receipt, State
from mayorista.rules.due_dates import Component, PaymentTerm, RunsFrom
from mayorista.rules.dunning import Debt, Stop
from mayorista.rules.errors import Invalid
from mayorista.rules.periods import Month

D = Decimal
NONE_SENT: frozenset[tuple[str, str]] = frozenset()


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("month", "number", "expected"),
        [
            ((2026, 12), 1, "2026-12-01"),
            ((2026, 12), 5, "2026-12-07"),
            ((2026, 8), 1, "2026-08-03"),
            ((2026, 8), 4, "2026-08-07"),  # 6 August
            ((2027, 1), 1, "2027-01-04"),  # 1 January and a week-end
            ((2026, 9), 10, "2026-09-15"),  # 14 September in Cochabamba
        ],
    )
    def test_are_counted_past_week_ends_and_holidays(self, month, number, expected):
        assert due_dates.business_day(Month(*month), number) == day(expected)

    @pytest.mark.parametrize(
        ("on", "after", "before"),
        [
            ("2026-11-24", "2026-11-24", "2026-11-24"),
            ("2026-11-28", "2026-11-30", "2026-11-27"),
            ("2026-12-25", "2026-12-28", "2026-12-24"),
        ],
    )
    def test_shift_forward_or_back(self, on, after, before):
        assert due_dates.on_or_after(day(on)) == day(after)
        assert due_dates.on_or_before(day(on)) == day(before)

    def test_another_calendar_may_hold(self):
        every = lambda _: True  # noqa: E731 - a calendar without holidays
        assert due_dates.business_day(Month(2026, 8), 5, every) == day("2026-08-05")


class TestLimits:
    def test_of_arrears(self):
        found = due_dates.limits(Month(2026, 11))
        assert (found.coordinated, found.defined, found.remitted, found.invoiced) == tuple(
            map(day, ("2026-12-01", "2026-12-02", "2026-12-03", "2026-12-07"))
        )

    def test_of_an_advance(self):
        found = due_dates.limits(Month(2026, 12), Component.ADVANCE)
        assert (found.coordinated, found.defined, found.remitted, found.invoiced) == tuple(
            map(day, ("2026-11-25", "2026-11-28", "2026-11-30", "2026-12-07"))
        )

    def test_of_an_advance_at_the_turn_of_the_year_and_in_february(self):
        assert due_dates.limits(Month(2027, 1), Component.ADVANCE).coordinated == day("2026-12-25")
        days = due_dates.LimitDays(advance_defined=30)
        assert due_dates.limits(Month(2027, 3), Component.ADVANCE, days=days).defined == day("2027-02-28")


class TestDueDate:
    @pytest.mark.parametrize(
        ("term", "expected"),
        [
            (PaymentTerm(), "2027-01-06"),
            (PaymentTerm(runs_from=RunsFrom.ISSUE), "2027-01-03"),
            (PaymentTerm(days=15, in_business_days=True), "2026-12-29"),
            (PaymentTerm(runs_from=RunsFrom.ISSUE, to_business_day=True), "2027-01-04"),
            (PaymentTerm(days=0), "2026-12-07"),
        ],
    )
    def test_runs_as_the_contract_says(self, term, expected):
        found = due_dates.due_date(term, issued_on=day("2026-12-04"), delivered_on=day("2026-12-07"))
        assert found == day(expected)

    def test_waits_for_a_mail_that_bounced(self):
        assert due_dates.due_date(PaymentTerm(), issued_on=day("2026-12-04"), delivered_on=None) is None

    @pytest.mark.parametrize("days", [-1, 367])
    def test_refuses_an_impossible_term(self, days):
        with pytest.raises(Invalid):
            PaymentTerm(days=days)


def debt(invoice: str = "F1", due: str = "2026-11-24", balance: str = "1000", **more) -> Debt:
    customer = more.pop("customer", "ISP-014")
    return Debt(invoice, customer, more.pop("currency", "BOB"), day(due) if due else None, D(balance), **more)


def sends(plan: dunning.Plan) -> list[tuple[str, str]]:
    return [send for notice in plan.notices for send in notice.sends]


class TestReminders:
    @pytest.mark.parametrize(
        ("on", "step"),
        [
            ("2026-11-18", None),
            ("2026-11-19", "D-5"),
            ("2026-11-23", "D-5"),
            ("2026-11-24", "D0"),
            ("2026-11-30", "D+5"),  # the 29th is a Sunday
            ("2026-12-08", "D+5"),
            ("2026-12-09", "D+15"),
            ("2026-12-28", "D+30"),  # the 24th is a Thursday, but 30 days later
        ],
    )
    def test_walk_the_calendar(self, on, step):
        found = sends(dunning.plan([debt(released=True)], day(on), sent=NONE_SENT))
        assert found == ([("F1", step)] if step else [])

    @pytest.mark.parametrize("on", ["2026-11-28", "2026-11-29", "2026-12-25"])
    def test_rest_when_offices_rest(self, on):
        assert not dunning.plan([debt(due="2026-11-01")], day(on), sent=NONE_SENT).notices

    def test_leave_once(self):
        sent = frozenset({("F1", "D0")})
        assert not dunning.plan([debt()], day("2026-11-25"), sent=sent).notices
        assert not dunning.plan([debt()], day("2026-11-24"), sent=frozenset({("F1", "D+5")})).notices

    def test_of_steps_missed_only_the_furthest_leaves(self):
        assert sends(dunning.plan([debt()], day("2026-12-10"), sent=NONE_SENT)) == [("F1", "D+15")]

    def test_are_one_mail_a_customer_with_all_that_is_due(self):
        debts = [
            debt("F3", "2026-11-29"),
            debt("F1", "2026-11-10", "500.50"),
            debt("F2", "2026-11-20", "10", currency="USD"),
            debt("F9", "2026-11-24", customer="ISP-002"),
            debt("F4", "2026-12-20"),
        ]
        random.Random(3).shuffle(debts)
        found = dunning.plan(debts, day("2026-11-25"), sent=frozenset({("F2", "D+5")}))
        mine = next(notice for notice in found.notices if notice.customer == "ISP-014")
        assert [(entry.debt.invoice, entry.step and entry.step.code) for entry in mine.entries] == [
            ("F1", "D+15"),
            ("F2", None),
            ("F3", "D-5"),
        ]
        assert (mine.step.code, dict(mine.totals)) == ("D+15", {"BOB": D("1500.50"), "USD": D(10)})
        assert [notice.customer for notice in found.notices] == ["ISP-002", "ISP-014"]

    def test_are_not_sent_to_one_who_had_the_mail_of_the_day(self):
        assert not dunning.plan(
            [debt()], day("2026-11-24"), sent=NONE_SENT, told=frozenset({"ISP-014"})
        ).notices

    @pytest.mark.parametrize(
        ("state", "why"),
        [
            ({"balance": "0"}, Stop.PAID),
            ({"due": ""}, None),
            ({"receipts": D(1000)}, Stop.RECEIPT),
            ({"receipts": D(400), "disputed": D(600)}, Stop.RECEIPT),
            ({"disputed": D(1000)}, Stop.DISPUTE),
            ({"promised_for": day("2026-11-24")}, Stop.PROMISE),
            ({"paused_until": day("2026-11-25")}, Stop.PAUSE),
        ],
    )
    def test_are_kept_back_with_their_reason(self, state, why):
        found = dunning.plan([debt(**state)], day("2026-11-24"), sent=NONE_SENT)
        assert not found.notices
        assert [reason for _, _, reason in found.kept_back] == ([why] if why else [])

    @pytest.mark.parametrize(
        ("state", "amount"),
        [
            ({"disputed": D(600)}, "400"),
            ({"receipts": D(100), "disputed": D(600)}, "300"),
            ({"promised_for": day("2026-11-23")}, "1000"),
            ({"paused_until": day("2026-11-24")}, "1000"),
        ],
    )
    def test_claim_only_what_is_neither_disputed_nor_covered(self, state, amount):
        found = dunning.plan([debt(**state)], day("2026-11-24"), sent=NONE_SENT)
        assert found.notices[0].entries[0].amount == D(amount)

    def test_the_last_step_waits_for_legal_and_the_rest_goes_on(self):
        old, new = debt("F1", "2026-10-20"), debt("F2", "2026-11-24")
        found = dunning.plan([old, new], day("2026-11-24"), sent=NONE_SENT)
        assert sends(found) == [("F2", "D0")]
        assert [entry.debt.invoice for entry in found.notices[0].entries] == ["F1", "F2"]
        assert [(step.code, why) for _, step, why in found.kept_back] == [("D+30", Stop.LEGAL)]
        released = dunning.plan([debt("F1", "2026-10-20", released=True)], day("2026-11-24"), sent=NONE_SENT)
        assert sends(released) == [("F1", "D+30")]

    @given(st.lists(st.integers(-40, 40), max_size=6), st.integers(0, 2**16))
    def test_day_after_day_never_repeat_and_never_mail_twice(self, offsets, seed):
        start = day("2026-11-02")
        debts = [
            debt(
                f"F{number}",
                (start + dt.timedelta(days=offset)).isoformat(),
                released=True,
                customer=f"C{number % 2}",
            )
            for number, offset in enumerate(offsets)
        ]
        random.Random(seed).shuffle(debts)
        sent: list[tuple[str, str]] = []
        for ahead in range(90):
            found = dunning.plan(debts, start + dt.timedelta(days=ahead), sent=frozenset(sent))
            customers = [notice.customer for notice in found.notices]
            assert len(customers) == len(set(customers))
            sent += sends(found)
        assert len(sent) == len(set(sent))
        order = [step.code for step in dunning.STEPS]
        for each in debts:
            mine = [order.index(code) for invoice, code in sent if invoice == each.invoice]
            assert mine == sorted(mine)
            assert mine[-1:] == [4]


class TestAgeing:
    @pytest.mark.parametrize(
        ("late", "bucket"),
        [(-5, "por vencer"), (0, "por vencer"), (1, "1-15"), (15, "1-15"), (16, "16-30"), (30, "16-30"), (31, "31-60"), (61, "61-90"), (90, "61-90"), (91, "> 90")],
    )  # fmt: skip
    def test_a_bucket_ends_on_its_last_day(self, late, bucket):
        assert dunning.bucket(day("2026-06-01"), day("2026-06-01") + dt.timedelta(days=late)) == bucket

    def test_sums_by_customer_and_currency(self):
        debts = [
            debt("F1", "2026-11-20", "5"),
            debt("F2", "2026-11-21", "6"),
            debt("F3", "", "7"),
            debt("F4", balance="0"),
        ]
        assert dunning.ageing(debts, day("2026-11-24")) == {
            ("ISP-014", "BOB", "1-15"): D(11),
            ("ISP-014", "BOB", "por vencer"): D(7),
        }

    def test_only_undisputed_overdue_debt_suspends(self):
        debts = [
            debt("F1", "2026-11-20", "100", disputed=D(60)),
            debt("F2", "2026-11-24", "50"),
            debt("F3", "", "9"),
        ]
        assert dunning.suspendable(debts, day("2026-11-24")) == D(40)


class TestInterest:
    def test_is_simple_by_days_of_365(self):
        part = interest.Part(D(10000), day("2026-01-01"), day("2027-01-01"))
        assert interest.interest([part]) == D("600.00")

    def test_is_rounded_once(self):
        part = interest.Part(D("33.33"), day("2026-01-01"), day("2026-01-02"))
        assert interest.interest([part] * 10, yearly_rate=D("0.10")) == D("0.09")

    def test_a_dispute_stops_its_part_and_a_lost_one_owes_from_the_due_date(self):
        asked = {"balance": D(1000), "disputed": D(600), "due_on": day("2026-01-01"), "on": day("2026-03-02")}
        assert interest.late_parts(**asked) == (interest.Part(D(400), day("2026-01-02"), day("2026-03-02")),)
        lost = interest.late_parts(**asked, lost_on=day("2026-02-20"))
        assert lost == (interest.Part(D(1000), day("2026-01-02"), day("2026-03-02")),)
        assert interest.interest(lost) == D("9.70")

    def test_nothing_is_owed_on_the_due_date_itself(self):
        asked = {"balance": D(1000), "disputed": D(0), "due_on": day("2026-01-01")}
        assert interest.late_parts(**asked, on=day("2026-01-02")) == ()
        assert interest.late_parts(**asked, on=day("2026-01-03"))[0].days == 1


INVOICES = (
    Open("F2", "BOB", dt.date(2026, 11, 30), D(500)),
    Open("F1", "BOB", dt.date(2026, 10, 31), D(1000)),
)


def receipt(amount: str, **more) -> Receipt:
    return Receipt(D(amount), more.pop("currency", "BOB"), has_bank_document=more.pop("proof", True), **more)


class TestAllocation:
    def test_is_proposed_over_the_oldest_first(self):
        assert allocation.propose(receipt("1200"), INVOICES) == (
            Line("F1", Kind.PAYMENT, D(1000)),
            Line("F2", Kind.PAYMENT, D(200)),
        )

    def test_pays_what_is_disputed_last(self):
        invoices = (Open("F1", "BOB", dt.date(2026, 10, 31), D(1000), disputed=D(640)), INVOICES[0])
        assert allocation.propose(receipt("860"), invoices) == (
            Line("F1", Kind.PAYMENT, D(360)),
            Line("F2", Kind.PAYMENT, D(500)),
        )
        assert allocation.propose(receipt("1100"), invoices) == (
            Line("F1", Kind.PAYMENT, D(600)),
            Line("F2", Kind.PAYMENT, D(500)),
        )

    def test_leaves_the_rest_on_account(self):
        lines = allocation.propose(receipt("1700.25"), INVOICES)
        found = allocation.allocate(receipt("1700.25"), lines, INVOICES)
        assert (found.on_account, found.states) == (D("200.25"), {"F1": State.PAID, "F2": State.PAID})

    def test_partial_and_whole(self):
        lines = [
            Line("F1", Kind.PAYMENT, D(960)),
            Line("F1", Kind.BANK_CHARGE, D("9.50")),
            Line("F1", Kind.WITHHOLDING, D(30), "CERT-1"),
            Line("F1", Kind.ROUNDING, D("0.50")),
            Line("F2", Kind.COMPENSATION, D(100), "ACTA-7"),
        ]
        found = allocation.allocate(receipt("960"), lines, INVOICES)
        assert found.states == {"F1": State.PAID, "F2": State.PARTIAL}
        assert (found.balances, found.on_account) == ({"F2": D(400), "F1": D(0)}, D(0))

    def test_in_another_currency_with_its_difference(self):
        dollars = receipt("100", currency="USD", rate=D("9.955"), bolivianos=D("995.50"))
        lines = [Line("F1", Kind.PAYMENT, D("995.50")), Line("F1", Kind.EXCHANGE_DIFFERENCE, D("4.50"))]
        assert allocation.allocate(dollars, lines, INVOICES).states == {"F1": State.PAID}

    @pytest.mark.parametrize(
        ("given_receipt", "lines", "field"),
        [
            (receipt("100"), [Line("F1", Kind.PAYMENT, D("100.01"))], "lines"),
            (receipt("5000"), [Line("F2", Kind.PAYMENT, D("500.01"))], "lines"),
            (receipt("10"), [Line("F9", Kind.PAYMENT, D(10))], "lines[0].invoice"),
            (receipt("10"), [Line("F1", Kind.PAYMENT, D(-1))], "lines[0].amount"),
            (receipt("10"), [Line("F1", Kind.PAYMENT, D(0))], "lines[0].amount"),
            (receipt("10"), [Line("F1", Kind.PAYMENT, D("1.001"))], "lines[0].amount"),
            (receipt("10"), [Line("F1", Kind.WITHHOLDING, D(5))], "lines[0].proof"),
            (receipt("10"), [Line("F1", Kind.COMPENSATION, D(5), " ")], "lines[0].proof"),
            (receipt("10"), [Line("F1", Kind.ROUNDING, D("1.01"))], "lines[0].amount"),
            (receipt("-1"), [], "amount"),
            (receipt("50000", proof=False), [], "file"),
            (receipt("1", currency="USD", rate=D(7)), [], "bolivianos"),
            (receipt("6000", currency="USD", rate=D(10), bolivianos=D(60000), proof=False), [], "file"),
        ],
    )
    def test_refuses_and_names(self, given_receipt, lines, field):
        with pytest.raises(Invalid) as found:
            allocation.allocate(given_receipt, lines, INVOICES)
        assert field in [error.field for error in found.value.errors]

    def test_below_fifty_thousand_needs_no_bank_document(self):
        assert allocation.allocate(receipt("49999.99", proof=False), [], INVOICES).on_account == D("49999.99")

    @given(st.integers(0, 400_000), st.lists(st.integers(1, 100_000), min_size=1, max_size=5))
    def test_what_came_is_spent_or_on_account(self, cents, balances):
        invoices = [
            Open(f"F{number}", "BOB", dt.date(2026, 1, 1 + number), D(balance) / 100)
            for number, balance in enumerate(balances)
        ]
        came = receipt(f"{cents / 100:.2f}")
        found = allocation.allocate(came, allocation.propose(came, invoices), invoices)
        spent = sum(each.balance for each in invoices) - sum(found.balances.values())
        assert spent + found.on_account == came.amount
        assert found.on_account == max(D(0), came.amount - sum(each.balance for each in invoices))
