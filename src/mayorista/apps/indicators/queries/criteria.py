"""Which set of criteria rules which month."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from mayorista.apps.indicators.models import CriteriaVersion
from mayorista.rules import periods
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class Version:
    """An approved set."""

    id: int
    number: int
    title: str
    valid_from: Month
    criteria: rules.CriteriaSet


@dataclass(frozen=True, slots=True)
class InForce:
    """The approved sets, oldest first."""

    versions: tuple[Version, ...]

    def of(self, month: Month) -> Version:
        """Return the set of a month: the newest that began by then; before the first, the first."""
        place = bisect_right([each.valid_from for each in self.versions], month)
        return self.versions[max(place - 1, 0)]


def in_force() -> InForce:
    """Return all approved sets; one read. There is always one: revision 0 brings it."""
    rows = CriteriaVersion.objects.filter(state=CriteriaVersion.State.APPROVED).order_by("valid_from")
    return InForce(
        tuple(
            Version(row.pk, row.number, row.title, periods.month_of(row.valid_from), rules.read(row.content))
            for row in rows
            if row.valid_from is not None
        )
    )
