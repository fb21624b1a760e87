"""Statements as banks write them, and what a movement may be."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.rules import bank_statements as rules
from mayorista.rules.errors import Invalid

DAY = dt.date(2026, 12, 1)
UNION = [
    ["BANCO UNIÓN S.A.", None, None],
    ["Extracto de cuenta 1-0000", None, None],
    ["Fecha Movimiento", "Nro. Documento", "GLOSA", "Débito", "Crédito", "Saldo"],
    [DAY, "000123", "TRANSF VALLE FIBRA", None, Decimal(28750), Decimal(90000)],
    [DAY, "124", "COMISIÓN", Decimal("15.5"), None, Decimal("89984.5")],
    ["02/12/2026", "125", "DEPÓSITO", "", "1.234,50", ""],
    ["Total", None, None, Decimal("15.5"), Decimal("29984.5"), None],
]


def read(rows, bank="Banco Unión", currency="BOB"):
    return rules.read(rows, bank=bank, currency=currency)


def test_money_that_came_in_is_read_between_titles_and_totals():
    found = read(UNION)
    assert [(m.position, m.booked_on, m.reference, m.amount) for m in found.movements] == [
        (4, DAY, "000123", Decimal("28750.00")),
        (6, dt.date(2026, 12, 2), "125", Decimal("1234.50")),
    ]
    assert found.left == 1


def test_one_signed_column_and_a_currency_of_its_own():
    rows = [
        ["Moneda", "Monto", "Descripción", "Referencia", "Fecha"],
        ["$us", "100.00", "pago", "A1", "2026-12-01"],
        ["Bs.", "-5,00", "cargo", "A2", "2026-12-01"],
    ]
    found = read(rows)
    assert [(m.currency, m.amount) for m in found.movements] == [("USD", Decimal("100.00"))]
    assert found.left == 1


def test_the_value_date_stands_in_for_the_date():
    found = read([["Fecha valor", "Abono"], [DAY, "10"]])
    assert found.movements[0].booked_on == DAY


def test_two_equal_movements_of_a_file_are_two_and_known_again():
    rows = [["Fecha", "Abono", "Glosa"], [DAY, "10", "pago"], [DAY, "10", "pago"]]
    first, second = (read(rows).movements for _ in range(2))
    assert first[0].fingerprint != first[1].fingerprint
    assert [m.fingerprint for m in first] == [m.fingerprint for m in second]
    more = read([["Glosa", "Fecha", "Abono"], ["pago", "01/12/2026", "10,00"], ["otro", DAY, "11"]])
    assert more.movements[0].fingerprint == first[0].fingerprint


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["Fecha", "Saldo"], [DAY, "1"]], "fila de títulos"),
        ([], "fila de títulos"),
        ([["Fecha", "Abono"], ["31/02/2026", "5"]], "Fila 2"),
        ([["Fecha", "Abono"], [DAY, "cinco"]], "Fila 2"),
        ([["Fecha", "Abono"], [DAY, Decimal("1.005")]], "más de dos decimales"),
        ([["Fecha", "Abono"], [DAY, Decimal("1e12")]], "demasiado grande"),
        ([["Fecha", "Abono", "Moneda"], [DAY, "5", "EUR"]], "Moneda desconocida"),
        ([["Fecha", "Abono"]], "no tiene movimientos"),
    ],
)
def test_what_can_not_be_read_is_named(rows, words):
    with pytest.raises(Invalid) as refused:
        read(rows)
    assert words in " ".join(each.message for each in refused.value.errors)
    assert {each.field for each in refused.value.errors} == {"file"}


def test_what_a_spreadsheet_computed_is_taken_to_the_cent():
    found = read([["Fecha", "Abono"], [DAY, Decimal("3.3000000000000003")]])
    assert found.movements[0].amount == Decimal("3.30")


def candidate(pk: int, **more) -> rules.Candidate:
    said = {
        "bank_key": "union",
        "reference_key": "99999",
        "paid_on": DAY,
        "currency": "BOB",
        "amount": Decimal("28750.00"),
        **more,
    }
    return rules.Candidate(pk, **said)


def test_the_likeliest_receipt_comes_first_and_other_sums_never():
    movement = read(UNION).movements[0]
    found = rules.propose(
        movement,
        "Banco Unión",
        [
            candidate(1, amount=Decimal("28750.01")),
            candidate(2, currency="USD"),
            candidate(3, paid_on=dt.date(2026, 11, 1)),
            candidate(4, bank_key="bisa"),
            candidate(5, paid_on=dt.date(2026, 11, 29)),
            candidate(6, reference_key="123", paid_on=dt.date(2026, 10, 1)),
        ],
    )
    assert found == (6, 5, 4)
