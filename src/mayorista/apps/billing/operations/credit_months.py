"""The credits of a month, computed from its outages and proposed (G-32): by the clock, or when a person asks.

# Note [Computed again]
A proposal follows what is known until it is decided: an attribution that changes, a stop that is documented, a claim
that is withdrawn. After the decision only the signed difference is proposed (`credits.propose`). What was acted on
in the faults' journal since the last sweep says which circuits and months to compute again, and what was written of
clauses and SLA profiles, which circuits of the last twelve months; one computation runs at a
time, so that a job started twice and a person who presses the button propose once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import CreditProposal, CreditSweep
from mayorista.apps.billing.operations import credits  # noqa: A004 -- SLA credits
from mayorista.apps.billing.queries import availability as months
from mayorista.apps.billing.queries.availability import ServiceMonth
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.faults import queries as faults
from mayorista.apps.procedure.actors import Actor, require
from mayorista.rules import lapaz, periods
from mayorista.rules.errors import Conflict
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Act

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('mayorista.billing.credits'))"
OVERLAP = dt.timedelta(hours=1)
FIRST_LOOK = dt.timedelta(days=62)
TERMS_REACH_MONTHS = 12


class Computed(NamedTuple):
    """How many circuits were looked at, what is proposed now, and what could not be computed: (circuit, why)."""

    services: int
    proposed: int
    problems: tuple[tuple[str, str], ...]


@transaction.atomic
def compute(
    *, month: Month, actor: Actor, at: dt.datetime, service_ids: Iterable[int] | None = None
) -> Computed:
    """Propose what the outages of a month that is over earn; safe to repeat.

    Without `service_ids`, every circuit with an outage or with a credit already proposed. Raises Conflict while the
    month goes on, NotAllowed.
    """
    if not actor.may(Act.DECIDE_CREDIT):
        require(actor, Act.DEFINE_AMOUNT)
    if at < month.ends_at:
        raise Conflict(
            f"{month.words.capitalize()} no terminó todavía.",
            remedy="Los créditos se calculan cerrado el mes.",
        )
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    known = CreditProposal.objects.filter(month=dt.date.fromordinal(month.first))
    wanted = (
        months.hit_services(month) | set(known.values_list("service_id", flat=True))
        if service_ids is None
        else set(service_ids)
    )
    found = months.of_services(wanted, month=month, at=at)
    holders = set(known.values_list("service_id", "contract_id"))
    proposed, problems = 0, []
    for each in found:
        if each.problem:
            problems.append((each.circuit, each.problem))
        elif each.contract_id is not None and (
            each.credit is not None or (each.service_id, each.contract_id) in holders
        ):
            proposed += _propose(each, month, actor, at)
    return Computed(len(wanted), proposed, tuple(problems))


def _propose(each: ServiceMonth, month: Month, actor: Actor, at: dt.datetime) -> bool:
    credit = each.credit
    amount = credit.amount if credit is not None else Decimal(0)
    return (
        credits.propose(
            service_id=each.service_id,
            contract_id=each.contract_id,
            month=month,
            currency=credit.currency if credit is not None else "BOB",
            base=credit.base if credit is not None else Decimal(0),
            amount=amount,
            outage_seconds=each.judged.availability.outage_seconds,
            computation=computation(each),
            case_numbers=each.cases,
            actor=actor,
            at=at,
        )
        is not None
    )


def computation(each: ServiceMonth) -> dict[str, Any]:
    """Return how a credit came about, so that it can be redone by hand years later. Instants in La Paz, to the second."""
    figure = each.judged.availability
    words = (
        _("Reincidencia con otro diagnóstico: revisar la atribución de cada tramo.")
        if each.judged.counted
        else _("Reincidencia con todos sus tramos excluidos: revisar la atribución de cada uno.")
    )
    return {
        **({"review": words} if each.relapsed else {}),
        "how": each.credit.how if each.credit is not None else "",
        "ladder": dict(each.ladder),
        "percent": str(figure.percent),
        "promised": str(each.terms.availability),
        "service_seconds": figure.service_seconds,
        "outage_seconds": figure.outage_seconds,
        "sla": each.terms.source,
        "clock_start": each.terms.clock_start,
        "ignore_below_seconds": each.terms.ignore_below_seconds,
        "rounding": each.terms.rounding,
        "pieces": [
            {
                "from": _moment(piece.start),
                "to": _moment(piece.end),
                "seconds": piece.seconds,
                "case": piece.case,
                "reason": piece.reason.value,
                "why": piece.why,
                "proof": piece.proof,
            }
            for piece in each.judged.pieces
        ],
    }


def _moment(second: int) -> str:
    return dt.datetime.fromtimestamp(second, tz=lapaz.LA_PAZ).isoformat()


@transaction.atomic
def sweep(*, actor: Actor, at: dt.datetime) -> Mapping[str, int]:
    """Compute the month that ended last, and every older month whose outages or terms were touched since the last sweep.

    Return how many proposals stand by month ("2026-11"). A periodic act; see Note [Computed again].
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    mark = CreditSweep.objects.order_by("id").first()
    since = (mark.upto - OVERLAP) if mark else at - FIRST_LOOK
    last = periods.month_of(at).previous
    answer = {str(last): compute(month=last, actor=actor, at=at).proposed}
    for month, services in sorted(_touched(since, last, at).items()):
        answer[str(month)] = compute(month=month, actor=actor, at=at, service_ids=services).proposed
    CreditSweep.objects.update_or_create(id=mark.pk if mark else 1, defaults={"upto": at})
    return answer


def _touched(since: dt.datetime, last: Month, at: dt.datetime) -> dict[Month, set[int]]:
    """Circuits by closed month before the last."""
    found: dict[Month, set[int]] = {}
    for service_id, start, end in faults.touched_since(since):
        month = periods.month_of(start)
        until = periods.month_of(end or at)
        while month <= until and month < last:
            found.setdefault(month, set()).add(service_id)
            month = month.next
    for month, services in _agreed_anew(since, last).items():
        found.setdefault(month, set()).update(services)
    return found


def _agreed_anew(since: dt.datetime, last: Month) -> dict[Month, set[int]]:
    """Circuits with an outage or a credit in one of the twelve months before the last, whose terms were written since."""
    services = contracts.agreed_anew(since)
    if services is not None and not services:
        return {}
    found, month = {}, last
    for _back in range(TERMS_REACH_MONTHS):
        month = month.previous
        first = dt.date.fromordinal(month.first)
        known = CreditProposal.objects.filter(month=first).values_list("service_id", flat=True)
        hit = months.hit_services(month) | set(known)
        mine = hit if services is None else hit & services
        if mine:
            found[month] = mine
    return found
