"""Entries suggested to accounting: what an invoice, a note and a receipt move, each balanced to the cent.

The IVA sits inside the price (13 % of the total); the IT (3 % of the total) is an expense of ours. Plans and
percentages are parameters; accounting decides what it books.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mayorista.rules import money
from mayorista.rules.allocation import Kind

ZERO = Decimal(0)
OF_KIND = {
    Kind.BANK_CHARGE: "bank_charges",
    Kind.WITHHOLDING: "withholdings",
    Kind.COMPENSATION: "compensation",
    Kind.EXCHANGE_DIFFERENCE: "exchange",
    Kind.ROUNDING: "rounding",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an account of the plan (by its key), what it takes and what it gives."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Settled:
    """What a receipt settles of an invoice: its kind, and the amount as the books see it (one currency)."""

    kind: Kind
    amount: Decimal


def share(total: Decimal, percent: int) -> Decimal:
    """Return a percentage of a total, to the cent, halves up."""
    return money.amount(money.half_up(money.cents(total) * percent, 100))


def of_invoice(total: Decimal, *, tax: Decimal, iva_percent: int, it_percent: int) -> tuple[Entry, ...]:
    """Return the entries of an invoice (a debit note likewise); `tax` is the IVA it states, 0 where it states none."""
    iva = tax or share(total, iva_percent)
    it = share(total, it_percent)
    return (
        Entry("receivable", debit=total),
        Entry("income", credit=total - iva),
        Entry("iva", credit=iva),
        *((Entry("it_expense", debit=it), Entry("it_payable", credit=it)) if it else ()),
    )


def of_credit_note(total: Decimal, *, tax: Decimal, iva_percent: int, it_percent: int) -> tuple[Entry, ...]:
    """Return the entries of a credit note: those of an invoice the other way round."""
    whole = of_invoice(total, tax=tax, iva_percent=iva_percent, it_percent=it_percent)
    return tuple(Entry(each.account, debit=each.credit, credit=each.debit) for each in whole)


def of_receipt(
    amount: Decimal, settled: Sequence[Settled], *, booked_before: bool = False
) -> tuple[Entry, ...]:
    """Return the entries of a receipt: money to the bank, what it pays, what stays as an advance, each difference.

    `booked_before`: the former books have it as an advance already; only what it pays now moves.
    """
    paid = sum((each.amount for each in settled if each.kind is Kind.PAYMENT), ZERO)
    came, source = (paid, "advances") if booked_before else (amount, "bank")
    found = [Entry(source, debit=came)] if came else []
    if paid:
        found.append(Entry("receivable", credit=paid))
    if came - paid:
        found.append(Entry("advances", credit=came - paid))
    for each in settled:
        if each.kind is Kind.PAYMENT or not each.amount:
            continue
        there, here = Entry(OF_KIND[each.kind], debit=each.amount), Entry("receivable", credit=each.amount)
        found += [there, here] if each.amount > 0 else [_turned(there), _turned(here)]
    return tuple(found)


def _turned(entry: Entry) -> Entry:
    return Entry(entry.account, debit=-entry.credit, credit=-entry.debit)


def sums(entries: Iterable[Entry]) -> tuple[Decimal, Decimal]:
    """Return the debit and the credit of some entries; equal where they balance."""
    every = list(entries)
    return sum((e.debit for e in every), ZERO), sum((e.credit for e in every), ZERO)
