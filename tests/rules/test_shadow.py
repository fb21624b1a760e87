"""Why two amounts differ: the fewest causes that meet the difference, never one that does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mayorista.rules.shadow import Candidate, Cause, explain

CIRCUIT = Candidate(Cause.CIRCUIT, Decimal("-5750.00"), "falta TIP-0142", "circuit TIP-0142")
CREDIT = Candidate(Cause.CREDIT, Decimal("13.58"), "no descuenta", "credit")
LAST = Candidate(Cause.PRICE, Decimal("-5736.42"), "a otro precio", "circuit TIP-0141", 9)


def causes(ours: str, theirs: str, *candidates: Candidate, lines: int = 2) -> list[Cause]:
    return [each.cause for each in explain(Decimal(ours), Decimal(theirs), candidates, lines=lines).causes]


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("28750.00", [Cause.EQUAL]),
        ("28750.02", [Cause.ROUNDING]),
        ("23000.00", [Cause.CIRCUIT]),
        ("23000.01", [Cause.CIRCUIT]),
        ("28763.58", [Cause.CREDIT]),
        ("23013.58", [Cause.PRICE]),
        ("23013.59", [Cause.PRICE]),
        ("28000.00", []),
    ],
)
def test_the_fewest_causes_that_meet_it(theirs, expected):
    assert causes("28750.00", theirs, CIRCUIT, CREDIT, LAST) == expected


def test_two_together():
    assert set(causes("28750.00", "23013.58", CIRCUIT, CREDIT)) == {Cause.CIRCUIT, Cause.CREDIT}


def test_one_circuit_has_one_cause_at_a_time():
    other = Candidate(Cause.SPEED, Decimal("100.00"), "a otra velocidad", "circuit TIP-0142")
    assert causes("28750.00", "23100.00", CIRCUIT, other) == []


def test_what_is_left_is_told():
    found = explain(Decimal("100.00"), Decimal("150.00"), [CREDIT], lines=1)
    assert (found.cause, found.left) == (Cause.UNKNOWN, Decimal("50.00"))
