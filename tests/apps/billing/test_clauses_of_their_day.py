"""Clauses that change: an addendum corrects no month before it; one agreed late corrects those it reaches, once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from mayorista.apps.billing.models import Amount, AmountLine
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.operations import speed
from mayorista.rules import periods
from tests import billing_world as bills
from tests.stories import agreements as deal

DECEMBER, JANUARY = periods.parse_month("2026-12"), periods.parse_month("2027-01")


def at_least_800(world, starts: dt.date) -> None:
    """From a day on nothing below 800 Mbps is billed: TIP-0142 runs at 500."""
    contracts.agree_terms(
        contract_id=world.contract,
        starts_date=starts,
        min_kbps=800_000,
        min_policy="bill_at_minimum",
        correction="error de transcripción",
        actor=world.actor("admin"),
        at=world.at,
    )


def terms(world, starts: dt.date, **clauses) -> None:
    clauses = {"min_policy": "bill_at_minimum"} | clauses
    contracts.agree_terms(
        contract_id=world.contract,
        starts_date=starts,
        correction="error de transcripción",
        actor=world.actor("admin"),
        at=world.at,
        **clauses,
    )


def total(month) -> Decimal:
    """What a month came to; its sheet is redone on the way, also where it corrects months under other clauses."""
    amount = Amount.objects.filter(month__month=dt.date.fromordinal(month.first)).latest("sequence")
    assert bills.redone(amount)
    return amount.total


def adjustments() -> list[tuple[str, dt.date, Decimal]]:
    rows = AmountLine.objects.filter(kind__endswith="_adjustment").select_related("service")
    return sorted((row.service.circuit_code if row.service else "", row.for_month, row.value) for row in rows)


def test_from_december_on_corrects_no_november(carrier):
    bills.sent(carrier)
    carrier.move_to(5, month=12)
    at_least_800(carrier, dt.date(2026, 12, 1))
    # Something else of November is learnt, so that it is computed again: 2.500 Mbps from the 16th, 5.750 × 15/30.
    change = deal.ask(carrier, "TIP-0141", 2_500_000, dt.date(2026, 11, 16))
    deal.approve(carrier, change)
    deal.carry_out(carrier, change, when=dt.datetime(2026, 11, 16, 14, tzinfo=dt.UTC))
    speed.accept(change_id=change.pk, how="acta", actor=carrier.actor("interconexion"), at=carrier.at)
    bills.defined(carrier, DECEMBER)
    assert adjustments() == [("TIP-0141", dt.date(2026, 11, 1), Decimal("2875.00"))]
    # 28.750 + 800 × 11,50 + 2.875
    assert total(DECEMBER) == Decimal("40825.00")


def test_agreed_late_corrects_the_months_it_reaches_once(carrier):
    bills.sent(carrier)
    carrier.move_to(5, month=12)
    at_least_800(carrier, dt.date(2026, 11, 1))
    bills.defined(carrier, DECEMBER)
    # November was billed 500 × 11,50 = 5.750 instead of 9.200.
    assert adjustments() == [("TIP-0142", dt.date(2026, 11, 1), Decimal("3450.00"))]
    assert total(DECEMBER) == Decimal("23000.00") + Decimal("9200.00") + Decimal("3450.00")
    bills.defined(carrier, JANUARY)
    assert len(adjustments()) == 1
    assert total(JANUARY) == Decimal("32200.00")


def test_a_minimum_agreed_late_completes_the_months_it_reaches(carrier):
    bills.sent(carrier)
    carrier.move_to(5, month=12)
    terms(carrier, dt.date(2026, 11, 1), minimum_invoice=Decimal(40_000), min_kbps=800_000)
    bills.defined(carrier, DECEMBER)
    # November by its clauses: 23.000 + 800 × 11,50 = 32.200, and 40.000 - 32.200 = 7.800 to the minimum.
    november = dt.date(2026, 11, 1)
    assert adjustments() == [("", november, Decimal("7800.00")), ("TIP-0142", november, Decimal("3450.00"))]
    assert total(DECEMBER) == Decimal("40000.00") + Decimal("7800.00") + Decimal("3450.00")
    bills.defined(carrier, JANUARY)
    assert len(adjustments()) == 2
    assert total(JANUARY) == Decimal("40000.00")


def test_a_month_under_another_minimum_is_completed_to_its_own(carrier):
    terms(carrier, dt.date(2026, 11, 1), minimum_invoice=Decimal(40_000))
    bills.sent(carrier)  # 28.750 + 11.250
    carrier.move_to(5, month=12)
    terms(carrier, dt.date(2026, 12, 1), minimum_invoice=Decimal(30_000))
    change = deal.ask(carrier, "TIP-0141", 2_500_000, dt.date(2026, 11, 16))
    deal.approve(carrier, change)
    deal.carry_out(carrier, change, when=dt.datetime(2026, 11, 16, 14, tzinfo=dt.UTC))
    speed.accept(change_id=change.pk, how="acta", actor=carrier.actor("interconexion"), at=carrier.at)
    bills.defined(carrier, DECEMBER)
    # November comes to 31.625 and 8.375 to its own 40.000: what the speed adds, the complement gives back.
    november = dt.date(2026, 11, 1)
    assert adjustments() == [("", november, Decimal("-2875.00")), ("TIP-0141", november, Decimal("2875.00"))]
    assert total(DECEMBER) == Decimal("28750.00") + Decimal("5750.00")
