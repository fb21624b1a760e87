"""Amounts in words, on a table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mayorista.rules import words
from mayorista.rules.errors import Invalid


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "cero"),
        (1, "uno"),
        (15, "quince"),
        (16, "dieciséis"),
        (20, "veinte"),
        (21, "veintiuno"),
        (22, "veintidós"),
        (26, "veintiséis"),
        (30, "treinta"),
        (31, "treinta y uno"),
        (45, "cuarenta y cinco"),
        (99, "noventa y nueve"),
        (100, "cien"),
        (101, "ciento uno"),
        (121, "ciento veintiuno"),
        (199, "ciento noventa y nueve"),
        (200, "doscientos"),
        (500, "quinientos"),
        (700, "setecientos"),
        (900, "novecientos"),
        (999, "novecientos noventa y nueve"),
        (1000, "mil"),
        (1001, "mil uno"),
        (1100, "mil cien"),
        (2000, "dos mil"),
        (2400, "dos mil cuatrocientos"),
        (21000, "veintiún mil"),
        (21021, "veintiún mil veintiuno"),
        (31000, "treinta y un mil"),
        (41001, "cuarenta y un mil uno"),
        (100000, "cien mil"),
        (101000, "ciento un mil"),
        (121000, "ciento veintiún mil"),
        (200000, "doscientos mil"),
        (500001, "quinientos mil uno"),
        (999999, "novecientos noventa y nueve mil novecientos noventa y nueve"),
        (1000000, "un millón"),
        (1000001, "un millón uno"),
        (1100000, "un millón cien mil"),
        (2000000, "dos millones"),
        (21000000, "veintiún millones"),
        (101000000, "ciento un millones"),
        (1000000000, "mil millones"),
        (1001000000, "mil un millones"),
        (21021021021, "veintiún mil veintiún millones veintiún mil veintiuno"),
        (
            999999999999,
            "novecientos noventa y nueve mil novecientos noventa y nueve millones novecientos noventa y nueve mil novecientos noventa y nueve",
        ),
    ],
)
def test_a_number_is_said(number, said):
    assert words.number(number) == said


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("2400", "BOB", "Son: Dos mil cuatrocientos 00/100 Bolivianos"),
        ("2400.00", "BOB", "Son: Dos mil cuatrocientos 00/100 Bolivianos"),
        ("0.05", "BOB", "Son: Cero 05/100 Bolivianos"),
        ("1.10", "BOB", "Son: Uno 10/100 Bolivianos"),
        ("28750.5", "BOB", "Son: Veintiocho mil setecientos cincuenta 50/100 Bolivianos"),
        ("1000000.99", "USD", "Son: Un millón 99/100 Dólares estadounidenses"),
        ("7", "EUR", "Son: Siete 00/100 EUR"),
    ],
)
def test_an_amount_closes_an_invoice(amount, currency, said):
    assert words.amount(Decimal(amount), currency) == said


@pytest.mark.parametrize("amount", ["-0.01", "1.001", "1000000000000", "NaN", "Infinity"])
def test_what_can_not_be_said_is_refused(amount):
    with pytest.raises(Invalid):
        words.amount(Decimal(amount), "BOB")


def test_every_number_up_to_ten_thousand_is_said_differently():
    assert len({words.number(number) for number in range(10_000)}) == 10_000
