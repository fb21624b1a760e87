"""Suggested entries balance, whatever came."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import entries
from mayorista.rules.allocation import Kind

CENTS = st.integers(1, 10**11).map(lambda cents: Decimal(cents).scaleb(-2))
TAXES = {"iva_percent": 13, "it_percent": 3}


def test_an_invoice_of_28750():
    found = entries.of_invoice(Decimal("28750.00"), tax=Decimal("3737.50"), **TAXES)
    assert [(e.account, e.debit, e.credit) for e in found] == [
        ("receivable", Decimal("28750.00"), 0),
        ("income", 0, Decimal("25012.50")),
        ("iva", 0, Decimal("3737.50")),
        ("it_expense", Decimal("862.50"), 0),
        ("it_payable", 0, Decimal("862.50")),
    ]


def test_a_receipt_with_a_bank_charge_and_an_advance():
    settled = [
        entries.Settled(Kind.PAYMENT, Decimal("900.00")),
        entries.Settled(Kind.BANK_CHARGE, Decimal("10.00")),
        entries.Settled(Kind.EXCHANGE_DIFFERENCE, Decimal("-2.00")),
    ]
    found = entries.of_receipt(Decimal("1000.00"), settled)
    assert [(e.account, e.debit, e.credit) for e in found] == [
        ("bank", Decimal("1000.00"), 0),
        ("receivable", 0, Decimal("900.00")),
        ("advances", 0, Decimal("100.00")),
        ("bank_charges", Decimal("10.00"), 0),
        ("receivable", 0, Decimal("10.00")),
        ("exchange", 0, Decimal("2.00")),
        ("receivable", Decimal("2.00"), 0),
    ]


@given(CENTS, st.integers(0, 100), st.integers(0, 100))
def test_an_invoice_and_its_credit_note_balance_and_cancel(total, iva, it):
    percents = {"iva_percent": iva, "it_percent": it}
    invoice = entries.of_invoice(total, tax=Decimal(0), **percents)
    note = entries.of_credit_note(total, tax=Decimal(0), **percents)
    debit, credit = entries.sums(invoice)
    assert debit == credit
    assert entries.sums(note) == (credit, debit)


@given(CENTS, st.lists(st.tuples(st.sampled_from(list(Kind)), CENTS, st.booleans()), max_size=6))
def test_a_receipt_balances(amount, parts):
    settled = [
        entries.Settled(kind, -part if negative and kind is not Kind.PAYMENT else part)
        for kind, part, negative in parts
    ]
    paid = sum((each.amount for each in settled if each.kind is Kind.PAYMENT), Decimal(0))
    found = entries.of_receipt(max(amount, paid), settled)
    debit, credit = entries.sums(found)
    assert debit == credit
    assert all(each.debit >= 0 and each.credit >= 0 for each in found)


def test_an_advance_of_the_former_books_moves_only_what_it_pays():
    found = entries.of_receipt(
        Decimal("1000.00"), [entries.Settled(Kind.PAYMENT, Decimal("300.00"))], booked_before=True
    )
    assert [(e.account, e.debit, e.credit) for e in found] == [
        ("advances", Decimal("300.00"), 0),
        ("receivable", 0, Decimal("300.00")),
    ]
    assert entries.of_receipt(Decimal("1000.00"), [], booked_before=True) == ()
