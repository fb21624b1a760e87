"""Money on paper: exact integers inside, cents at the line, HALF_UP half away from zero (R4, R10, R16).

Prices are held in units of 10^-10, speeds in whole bits per second (10^-6 Mbps), so that their product
is an integer in units of 10^-16: a month's amount is exact without fractions and is rounded once, at
its line. Nothing here is a float.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from mayorista.rules.errors import Invalid

PRICE_PLACES = 10
MBPS_PLACES = 6
PLACES = PRICE_PLACES + MBPS_PLACES
SCALE: int = 10**PLACES
CENT = 100
LARGEST_DIGITS = 15
_NAMES = {"BOB": "Bs", "USD": "USD"}


def scaled(value: Decimal, places: int, *, field: str = "") -> int:
    """Return `value` × 10^places as the integer it is. Raises Invalid for more decimals, NaN or absurd size."""
    if not value.is_finite():
        raise Invalid("No es un número.", field=field, remedy="Escriba una cifra, por ejemplo 11.50.")
    if value.adjusted() >= LARGEST_DIGITS:
        raise Invalid(
            f"El número tiene más de {LARGEST_DIGITS} cifras enteras.", field=field, remedy="Revise la cifra."
        )
    whole = rest = 0
    if value and value.adjusted() < -places:
        rest = 1  # the digits of 1E-99999999 would not fit the memory
    else:
        numerator, denominator = value.as_integer_ratio()
        whole, rest = divmod(numerator * int(10**places), denominator)
    if rest:
        raise Invalid(
            f"{value} tiene más de {places} decimales.", field=field, remedy=f"Use hasta {places} decimales."
        )
    return whole


def half_up(numerator: int, denominator: int) -> int:
    """Return the nearest integer to numerator/denominator, halves away from zero; the denominator is positive."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((denominator - 2 * numerator) // (2 * denominator))


def cents(value: Decimal | Fraction) -> int:
    """Return an amount in cents, rounded half away from zero."""
    numerator, denominator = value.as_integer_ratio()
    return half_up(numerator * CENT, denominator)


def amount(in_cents: int) -> Decimal:
    """Return cents as an amount of two decimals."""
    return Decimal(in_cents).scaleb(-2)


def text(in_cents: int) -> str:
    """Return cents as digits with a point: -926 is "-9.26"."""
    sign = "-" if in_cents < 0 else ""
    whole, rest = divmod(abs(in_cents), CENT)
    return f"{sign}{whole}.{rest:02d}"


def plain(value: int, places: int) -> str:
    """Return value × 10^-places with the decimals it has: (85000, 4) is "8.5"."""
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def mbps_text(bps: int) -> str:
    """Return a speed in Mbps with the decimals it has."""
    return plain(bps, MBPS_PLACES)


def ratio_text(numerator: int, denominator: int) -> str:
    """Return the exact value as a decimal where it ends, else as a fraction "a/b"."""
    value = Fraction(numerator, denominator)
    rest, places = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        places = max(places, power)
    if rest != 1:
        return fraction_text(numerator, denominator)
    return plain(value.numerator * 10**places // value.denominator, places)


def fraction_text(numerator: int, denominator: int) -> str:
    """Return the fraction in lowest terms, "4250/1"."""
    value = Fraction(numerator, denominator)
    return f"{value.numerator}/{value.denominator}"


def convert(in_cents: int, rate: tuple[int, int]) -> int:
    """Return cents of another currency at a rate given as (numerator, denominator), HALF_UP (R10)."""
    return half_up(in_cents * rate[0], rate[1])


def currency_sign(currency: str) -> str:
    """Return how the currency stands before an amount: BOB is "Bs"."""
    return _NAMES.get(currency, currency)
