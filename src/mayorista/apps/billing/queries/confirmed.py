"""What a confirmation of gate 2.1 holds to: a month as it would be billed now, kept as its total and a digest.

# Note [What a confirmation lets pass]
Both sides confirm "cambios y montos"; nothing that neither saw may be defined (R-B2.1). The digest covers every
line but the one-offs, and what a person can move beside them: credit brought forward, tax, an agreed exchange rate.
One-offs are compared by name, because B.3 lets two kinds of them come after the gate: an adjustment with its reason
within one department's limit, and what the Gerente approved (which adds it to what was seen). All else, also the
withdrawal of what was seen, lets the confirmation fall. The exchange rate of the day of issue is left out: it is
another one each day, and nobody moves it.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import OneOff
from mayorista.apps.billing.queries import inputs
from mayorista.rules import formats, money
from mayorista.rules.errors import Invalid
from mayorista.rules.rating import Kind, groups

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from mayorista.apps.billing.models import Month
    from mayorista.apps.billing.queries.inputs import Prepared
    from mayorista.rules.rating.groups import GroupAnswer

log = logging.getLogger("mayorista.billing")
LARGEST = 10**15
"""Cents."""
PORTION = 500


@dataclass(frozen=True, slots=True)
class Basis:
    """A month as it would be billed: in the invoice's currency, its digest, the one-offs that stand in it.

    `small`: those one-offs that B.3 lets a department add by itself.
    """

    total: Decimal
    digest: str
    one_offs: frozenset[int]
    small: frozenset[int]


def rated_of(prepared: Prepared) -> GroupAnswer:
    """Return what a month comes to. Raises Invalid with what is wrong."""
    if prepared.problem is not None:
        raise prepared.problem
    assert prepared.group is not None
    rated = groups.rate(prepared.group)
    answer = rated.answer
    # An amount has 16 digits here: a slip of the finger in a price can pass that.
    if max(abs(answer.total), abs(answer.lines_total), abs(answer.credit_carried_forward)) >= LARGEST:
        raise Invalid(
            _("El monto pasa de %(largest)s.") % {"largest": formats.number(money.amount(LARGEST))},
            field="total",
            remedy=_("Revise los precios y velocidades del contrato."),
        )
    return rated


def basis(prepared: Prepared, rated: GroupAnswer) -> Basis:
    """Return what a confirmation of this month would hold to. See Note [What a confirmation lets pass]."""
    answer = rated.answer
    assert prepared.group is not None
    assert prepared.clauses is not None
    own = Counter((each.text, int(each.amount * 100)) for each in prepared.one_offs)
    said = []
    for line in answer.lines:
        if own and line.kind is Kind.ONE_OFF:
            key = (getattr(line.evidence, "text", ""), line.cents)
            if own[key] > 0:
                own[key] -= 1
                continue
        said.append(f"{line.kind.value}|{line.circuit}|{line.start}|{line.end}|{line.cents}")
    fixed = "" if prepared.clauses.rate_day == "ISSUE" else prepared.rate
    billing = prepared.group.billing
    said.append(f"{answer.currency}|{billing.opening_credit}|{prepared.group.tax_rate}|{fixed}")
    return Basis(
        money.amount(answer.total),
        hashlib.sha256("\n".join(said).encode()).hexdigest(),
        frozenset(each.pk for each in prepared.one_offs),
        frozenset(
            each.pk
            for each in prepared.one_offs
            if each.kind == OneOff.Kind.ADJUSTMENT and not each.needs_approval
        ),
    )


def measure(rows: Sequence[Month], *, at: dt.datetime) -> dict[int, Basis | Invalid]:
    """Return of each month (groups joined) what it would be billed as, or what is wrong with it, by its id."""
    found: dict[int, Basis | Invalid] = {}
    for month in sorted({row.month for row in rows}):
        mine = [row for row in rows if row.month == month]
        for start in range(0, len(mine), PORTION):
            found |= _portion(mine[start : start + PORTION], at)
    return found


def _portion(rows: Sequence[Month], at: dt.datetime) -> dict[int, Basis | Invalid]:
    """One that no rule foresaw stands alone in the end, and does not stop the others."""
    try:
        prepared = inputs.prepare(rows, as_of=at)
        return {row.pk: _of(prepared[row.pk]) for row in rows}
    except DatabaseError:
        raise
    except Exception as error:
        if len(rows) == 1:
            log.exception("month %d can not be rated", rows[0].pk)
            return {
                rows[0].pk: Invalid(
                    _("No se puede calcular (%(kind)s).") % {"kind": type(error).__name__},
                    remedy=_("Revise los datos del contrato."),
                )
            }
    half = len(rows) // 2
    return _portion(rows[:half], at) | _portion(rows[half:], at)


def _of(prepared: Prepared) -> Basis | Invalid:
    try:
        return basis(prepared, rated_of(prepared))
    except Invalid as error:
        return error


def holds(row: Month, now: Basis) -> bool:
    """Whether what was confirmed of a month is what would be billed now, but for what B.3 lets pass."""
    seen = frozenset(row.seen_one_offs)
    return row.seen_digest == now.digest and seen <= now.one_offs and now.one_offs - seen <= now.small


def is_confirmed(row: Month) -> bool:
    """Whether a side has confirmed."""
    return row.confirmed_at is not None or row.manager_confirmed_at is not None


def seen_total(row: Month) -> Decimal | None:
    """Return the amount that was confirmed last."""
    return row.manager_confirmed_total if row.manager_confirmed_total is not None else row.confirmed_total


def moved_words(row: Month, now: Basis) -> str:
    """Say how a month differs from what was confirmed."""
    sign, before = money.currency_sign(row.group.currency), seen_total(row)
    said = {"sign": sign, "now": formats.number(now.total), "before": formats.number(before or 0)}
    if before is None:
        return _("Se confirmó sin guardar el monto; ahora %(sign)s %(now)s.") % said
    if before == now.total:
        return _("Las líneas cambiaron desde su confirmación; el total sigue en %(sign)s %(now)s.") % said
    return (
        _("El monto cambió desde su confirmación: antes %(sign)s %(before)s, ahora %(sign)s %(now)s.") % said
    )
