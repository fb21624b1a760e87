from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.errors import Invalid
from mayorista.rules.indicators.fraction import NOTHING, Quotient, Standing, combined

quotients = st.integers(0, 10**6).flatmap(lambda of: st.builds(Quotient, st.integers(0, of), st.just(of)))


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown", "standing"),
    [
        (9, 10, "90,00 %", Standing.ACCEPTED),
        (17, 19, "89,47 %", Standing.OBSERVED),
        (89_996, 100_000, "89,99 %", Standing.OBSERVED),
        (2, 3, "66,66 %", Standing.OBSERVED),
        (0, 7, "0,00 %", Standing.OBSERVED),
        (7, 7, "100,00 %", Standing.ACCEPTED),
        (0, 0, "Sin reclamos en el período", Standing.NONE),
    ],
)
def test_is_shown_truncated_and_judged_unrounded(numerator, denominator, shown, standing):
    made = Quotient(numerator, denominator)
    assert made.shown("Sin reclamos en el período") == shown
    assert made.standing() is standing


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 3), (4, 3), (1, 0)])
def test_an_impossible_fraction_is_refused(numerator, denominator):
    with pytest.raises(Invalid):
        Quotient(numerator, denominator)


@given(quotients)
def test_lies_between_nothing_and_all(made):
    if made.denominator:
        assert 0 <= made.percent <= 100
        assert made.hundredths <= made.percent * 100 < made.hundredths + 1


@given(quotients, quotients)
def test_a_longer_period_lies_between_its_parts(first, second):
    whole = first + second
    if first.denominator and second.denominator:
        assert min(first.percent, second.percent) <= whole.percent <= max(first.percent, second.percent)


@given(quotients, st.decimals(1, 100, places=2))
def test_what_shows_the_threshold_or_more_is_accepted(made, threshold):
    accepted = made.standing(threshold) is Standing.ACCEPTED
    if made.denominator and Fraction(made.hundredths, 100) >= Fraction(threshold):
        assert accepted
    if accepted:
        assert made.percent >= Fraction(threshold)


@given(quotients)
def test_what_is_below_ninety_never_shows_as_ninety(made):
    if made.denominator and made.percent < 90:
        assert Fraction(made.shown("")[:-2].replace(",", ".")) < 90
        assert made.standing() is Standing.OBSERVED


@given(quotients, st.integers(1, 1000))
def test_more_that_pass_never_lower_it(made, more):
    if made.denominator:
        assert (made + Quotient(more, more)).percent >= made.percent


def test_one_red_makes_the_light_red():
    assert combined(Standing.ACCEPTED, Standing.OBSERVED) is Standing.OBSERVED
    assert combined(Standing.ACCEPTED, Standing.NONE) is Standing.ACCEPTED
    assert combined(Standing.NONE, Standing.NONE) is Standing.NONE
    assert NOTHING.standing(Decimal(1)) is Standing.NONE
