"""SLA credits (G-32, R17): computed and proposed, decided by the Gerente, then frozen with their computation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import CreditProposal
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.rules import formats, money, periods, workdays
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.procedure import Act, Role

State = CreditProposal.State
STEP = "B.3"


@transaction.atomic
def propose(
    *,
    service_id: int,
    month: Calendar,
    currency: str,
    base: Decimal,
    amount: Decimal,
    outage_seconds: int,
    computation: Mapping[str, Any],
    actor: Actor,
    at: dt.datetime,
    case_numbers: Sequence[str] = (),
) -> CreditProposal | None:
    """Propose what the outages of one service and month earn, or compute an open proposal again.

    A decided one stays as it is: what differs from it becomes a proposal of the signed difference. None where
    nothing is left to propose; an open proposal that earns nothing any more is rejected by the system.
    """
    first = dt.date.fromordinal(month.first)
    rows = list(
        CreditProposal.objects.select_for_update()
        .filter(service_id=service_id, month=first)
        .order_by("sequence")
    )
    decided = sum((row.amount for row in rows if row.state == State.APPROVED), Decimal(0))
    rejected_same = any(
        row.state == State.REJECTED and row.decided_by_id and row.computation == dict(computation)
        for row in rows
    )
    left = amount - decided
    open_ = next((row for row in rows if row.state == State.PROPOSED), None)
    if open_ is not None:
        if not left:
            _decide(open_, State.REJECTED, _("Los cortes ya no ganan crédito."), None, at)
            work.complete(dossier_ids=[open_.dossier_id], actor=actor, at=at, withdrawn=True)
            return None
        open_.base, open_.amount, open_.outage_seconds = base, left, outage_seconds
        open_.computation, open_.case_numbers, open_.currency = (
            dict(computation),
            list(case_numbers),
            currency,
        )
        open_.save()
        return open_
    if not left or rejected_same:
        return None
    return _open(
        service_id, first, rows, currency, base, left, outage_seconds, computation, case_numbers, actor, at
    )


def _open(
    service_id: int,
    first: dt.date,
    rows: Sequence[CreditProposal],
    currency: str,
    base: Decimal,
    amount: Decimal,
    outage_seconds: int,
    computation: Mapping[str, Any],
    case_numbers: Sequence[str],
    actor: Actor,
    at: dt.datetime,
) -> CreditProposal:
    brief = contracts.service_briefs([service_id])[0]
    words = periods.month_of(first).words
    home = dossiers.open_dossier(
        kind="CREDIT",
        number=serials.next_number(series="CRE", at=at),
        headline=f"Crédito por disponibilidad de {brief.circuit_code}, {words}",
        state=str(State.PROPOSED.label),
        at=at,
        search=" ".join(case_numbers),
    )
    proposal = CreditProposal.objects.create(
        dossier=home,
        service_id=service_id,
        month=first,
        currency=currency,
        base=base,
        amount=amount,
        outage_seconds=outage_seconds,
        computation=dict(computation),
        case_numbers=list(case_numbers),
        sequence=len(rows) + 1,
    )
    for number in case_numbers:
        case = procedure.dossier_by_number(number)
        if case is not None:
            links.link(source_id=case.pk, target_id=home.pk, kind="CREDIT")
    work.open_item(
        dossier_id=home.pk,
        step=STEP,
        key="credit",
        role=Role.MANAGER,
        title=_("Decidir crédito de %(c)s por %(t)s")
        % {
            "c": brief.circuit_code,
            "t": f"{money.currency_sign(currency)} {formats.number(amount)}",
        },
        due_at=workdays.after(at, 2),
        at=at,
    )
    journal.record(
        dossier_id=home.pk, act="PROPOSE_CREDIT", text=_("Crédito propuesto."), actor=actor, at=at, step=STEP
    )
    live.bump("billing")
    return proposal


@transaction.atomic
def decide(
    *, credit_ids: Sequence[int], approve: bool, actor: Actor, at: dt.datetime, reason: str = ""
) -> int:
    """The Gerente approves or rejects proposals; return how many. A rejection needs a reason.

    Raises Invalid, Conflict when one is decided already, NotFound, NotAllowed.
    """
    require(actor, Act.DECIDE_CREDIT)
    if not approve and not reason.strip():
        raise Invalid(_("Falta el motivo del rechazo."), field="reason")
    rows = list(CreditProposal.objects.select_for_update().filter(id__in=list(credit_ids)).order_by("id"))
    if not rows:
        raise NotFound(_("No existe ese crédito."))
    if any(row.state != State.PROPOSED for row in rows):
        raise Conflict(_("Ese crédito ya fue decidido."), remedy=_("Actualice la página."))
    state = State.APPROVED if approve else State.REJECTED
    for row in rows:
        _decide(row, state, reason.strip(), actor.person, at)
    work.complete(dossier_ids=[row.dossier_id for row in rows], keys=["credit"], actor=actor, at=at)
    journal.record_many(
        lines=[
            journal.Line(
                row.dossier_id,
                Act.DECIDE_CREDIT,
                (_("Crédito %(s)s. %(why)s") % {"s": state.label, "why": reason.strip()}).strip(),
                STEP,
            )
            for row in rows
        ],
        actor=actor,
        at=at,
    )
    live.bump("billing")
    return len(rows)


def _decide(
    row: CreditProposal, state: CreditProposal.State, reason: str, person: int | None, at: dt.datetime
) -> None:
    row.state, row.decision, row.decided_by_id, row.decided_at = state, reason[:300], person, at
    row.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    dossiers.change(dossier_id=row.dossier_id, state=str(state.label), closed_at=at)


def approved_sum(service_id: int, month: dt.date) -> Decimal:
    """Return what approved credits of a service and month come to."""
    rows = CreditProposal.objects.filter(service_id=service_id, month=month, state=State.APPROVED)
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
