"""Late interest: simple, by days of a 365-day year, on what is not disputed (R25).

Agreed in the contract, else the legal 6 % a year from default (Civil Code, arts. 411 and 414). A timely objection
stops it for the disputed part; lost, that part owes it from the original due date; won, it is settled by a note.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from mayorista.rules import money
from mayorista.rules.errors import Invalid

LEGAL_RATE = Decimal("0.06")
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a debt that was late on the days [since, until): `since` is the day after the due date."""

    amount: Decimal
    since: dt.date
    until: dt.date

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise Invalid(
                "Un saldo en mora no puede ser negativo.", field="amount", remedy="Revise la cifra."
            )

    @property
    def days(self) -> int:
        """How many days it was late."""
        return max(0, (self.until - self.since).days)


def interest(parts: Iterable[Part], *, yearly_rate: Decimal = LEGAL_RATE) -> Decimal:
    """Return the interest of some parts, exact and rounded once to two decimals."""
    if yearly_rate < 0:
        raise Invalid("La tasa no puede ser negativa.", field="yearly_rate", remedy="Revise la cifra.")
    total = sum((Fraction(part.amount) * part.days for part in parts), Fraction(0))
    return money.amount(money.cents(total * Fraction(yearly_rate) / YEAR_DAYS))


def late_parts(
    *, balance: Decimal, disputed: Decimal, due_on: dt.date, on: dt.date, lost_on: dt.date | None = None
) -> tuple[Part, ...]:
    """Return what owes interest on the date `on`, that day not included.

    While the dispute runs only the undisputed part; once it is lost (`lost_on`) the whole, from the due date.
    """
    since = due_on + dt.timedelta(days=1)
    lost = lost_on is not None and lost_on <= on
    owed = balance if lost else balance - disputed
    return (Part(owed, since, on),) if owed > 0 and since < on else ()
